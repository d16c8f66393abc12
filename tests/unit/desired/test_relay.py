"""The relay beside a replica: when there is one, what its configuration says, and that nobody writes into it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from domain.project import secret_object
from domain.spec import Autoscaling, HealthChecks, HttpCheck, Metric, Probe, Resources, SecretRef, Spec
from reconciler.relay import caddyfile, ports
from tests.specs import specs
from tests.unit.desired.test_rendering import SPEC, one, rendered

TIMED = replace(SPEC.resources, autoscaling=Autoscaling(5, (Metric("requestDuration", 0.15),)))


def pod(spec: Spec) -> dict[str, Any]:
    found: dict[str, Any] = one(rendered(spec), "Deployment")["spec"]["template"]
    return found


def test_a_replica_that_needs_none_has_none_and_its_service_leads_to_the_application() -> None:
    assert [container["name"] for container in pod(SPEC)["spec"]["containers"]] == ["app"]
    assert "annotations" not in pod(SPEC)["metadata"]
    assert "volumes" not in pod(SPEC)["spec"]
    assert one(rendered(SPEC), "Service")["spec"]["ports"][0]["targetPort"] == 8000


@pytest.mark.parametrize(
    "spec",
    [
        replace(SPEC, resources=TIMED),
        replace(SPEC, basic_auth=SecretRef("key")),
        replace(SPEC, exact_probes=True),
        replace(SPEC, resources=replace(TIMED, autoscaling=replace(TIMED.autoscaling, enabled=False))),  # type: ignore[type-var]
    ],
    ids=["requests timed", "password", "exact probes", "timing switched off"],
)
def test_one_that_does_has_it_beside_the_application_and_only_the_endpoints_port_leads_there(spec: Spec) -> None:
    template, own = pod(spec), ports(spec)
    app, relay = template["spec"]["containers"]
    service = one(rendered(spec), "Service")["spec"]["ports"]
    assert (app["name"], relay["name"]) == ("app", "relay")
    assert [(port["port"], port["targetPort"]) for port in service] == [(8000, own.serving), (9000, 9000)]
    assert app["readinessProbe"]["httpGet"]["port"] == own.probes.get("readiness", 8000)
    assert relay["readinessProbe"]["httpGet"] == {"path": "/ready", "port": own.measures, "scheme": "HTTP"}
    assert template["metadata"]["annotations"]["deadreckon.dev/relay"] == caddyfile(spec)


def test_the_relay_stops_taking_requests_before_its_application_does_and_there_is_time_for_both() -> None:
    template = pod(replace(SPEC, resources=TIMED))["spec"]
    app, relay = (one["lifecycle"]["preStop"]["sleep"]["seconds"] for one in template["containers"])
    assert (app, relay) == (7, 5)
    assert template["terminationGracePeriodSeconds"] == 37


def test_a_password_comes_from_the_secrets_hash_and_stands_nowhere_in_the_template() -> None:
    protected = pod(replace(SPEC, basic_auth=SecretRef("key")))
    relay = protected["spec"]["containers"][1]
    assert relay["env"][-1] == {
        "name": "RELAY_PASSWORD_HASH",
        "valueFrom": {"secretKeyRef": {"name": secret_object("key", 3), "key": "bcrypt"}},
    }
    assert "paperspace {env.RELAY_PASSWORD_HASH}" in protected["metadata"]["annotations"]["deadreckon.dev/relay"]
    assert "basic_auth" not in caddyfile(replace(SPEC, resources=TIMED))


def test_the_relay_is_told_how_much_memory_it_has_and_where_it_may_write() -> None:
    relay = pod(replace(SPEC, resources=TIMED))["spec"]["containers"][1]

    assert relay["env"] == [{"name": "GOMEMLIMIT", "value": "96MiB"}, {"name": "XDG_DATA_HOME", "value": "/data"}]
    assert relay["volumeMounts"][1]["mountPath"] == "/data"


def test_its_ports_are_none_that_the_spec_names() -> None:
    crowded = Spec(
        "web",
        "web:1",
        Resources("C4", 1, (26_180, 8000)),
        health=HealthChecks(readiness=Probe(HttpCheck("/", 26_182))),
        basic_auth=SecretRef("key"),
    )
    assert {ports(crowded).serving, ports(crowded).measures} == {26_181, 26_183}


@given(specs)
def test_nothing_that_a_person_wrote_but_a_port_gets_into_its_configuration(spec: Spec) -> None:
    if not spec.resources.ports:
        return
    asked = replace(spec, basic_auth=None)
    plain = Spec("x", "x", Resources("C4", 1, spec.resources.ports), health=spec.health, exact_probes=spec.exact_probes)
    assert caddyfile(asked) == caddyfile(plain)


def test_a_scaling_that_is_switched_off_and_on_restarts_nothing() -> None:
    on = replace(SPEC, resources=TIMED)
    off = replace(SPEC, resources=replace(TIMED, autoscaling=replace(on.resources.autoscaling, enabled=False)))  # type: ignore[type-var]
    assert rendered(on).template == rendered(off).template


def test_under_the_stricter_rules_the_relay_is_as_harmless_as_the_application() -> None:
    security = pod(replace(SPEC, basic_auth=SecretRef("key")))["spec"]["containers"][1]["securityContext"]
    assert security["runAsNonRoot"]
    assert not security["allowPrivilegeEscalation"]
    assert security["capabilities"] == {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]}
