"""What a spec becomes on Kubernetes, field by field, and what must hold for every spec."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.machines.catalogue import load_catalogue
from adapters.spec_file.normal import spec_from_json, spec_json
from adapters.spec_file.reading import read_spec
from domain.machines import Machine
from domain.names import Key
from domain.objects import SHARED, WRITTEN, canonical
from domain.project import secret_object
from domain.spec import EnvVar, ExecCheck, Header, HealthChecks, HttpCheck, Literal, Probe, Resources, SecretRef, Spec
from reconciler.desired import Rendering, render
from reconciler.render_context import RenderContext
from tests.specs import specs

CATALOGUE = load_catalogue()
SPEC = Spec(
    "web app",
    "web:1",
    Resources("C4", 2, (8000, 9000)),
    command=("serve",),
    env=(EnvVar("PLAIN", Literal("text")), EnvVar("KEY", SecretRef("key")), EnvVar("EMPTY", Literal(""))),
    health=HealthChecks(
        startup=Probe(HttpCheck("/startup", 8000), failure_threshold=6),
        readiness=Probe(HttpCheck("/ready", 8000, (Header("X", "y"),)), initial_delay=5, timeout=2),
        liveness=Probe(ExecCheck(("cat", "/alive"))),
    ),
)


def rendered(spec: Spec = SPEC, *, key: Key | None = None, machine: Machine | None = None, **more: object) -> Rendering:
    given: dict[str, Any] = {
        "ledger": "ledger-1",
        "incarnation": 1,
        "image": spec.image,
        "secrets": dict.fromkeys(spec.secrets, 3),
        "deadline": spec.deadline(600),
        **more,
    }
    machine = machine or CATALOGUE.machines[spec.resources.machine_type]
    return render(RenderContext(spec, key or Key("default", spec.name), machine=machine, **given))


def one(rendering: Rendering, kind: str) -> dict[str, Any]:
    found = [manifest.content for manifest in rendering.manifests if manifest.ref.kind == kind]
    assert len(found) == 1
    return found[0]


def container(rendering: Rendering) -> dict[str, Any]:
    found: dict[str, Any] = one(rendering, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    return found


def test_the_objects_come_in_the_order_in_which_they_are_applied() -> None:
    kinds = [manifest.ref.kind for manifest in rendered().manifests]
    assert kinds == ["Namespace", "NetworkPolicy", "Service", "Deployment", "PodDisruptionBudget"]
    assert kinds == sorted(kinds, key=[kind.value for kind in WRITTEN].index)


def test_without_ports_there_is_no_service_and_no_draining() -> None:
    rendering = rendered(replace(SPEC, resources=Resources("C4", 2)))
    assert "Service" not in [manifest.ref.kind for manifest in rendering.manifests]
    assert "lifecycle" not in container(rendering)


@pytest.mark.parametrize(("replicas", "enabled", "budget"), [(1, True, False), (2, True, True), (2, False, False)])
def test_a_disruption_budget_comes_with_the_second_replica(*, replicas: int, enabled: bool, budget: bool) -> None:
    rendering = rendered(replace(SPEC, enabled=enabled, resources=Resources("C4", replicas)))
    assert ("PodDisruptionBudget" in [manifest.ref.kind for manifest in rendering.manifests]) is budget
    assert one(rendering, "Deployment")["spec"]["replicas"] == (replicas if enabled else 0)


def test_the_container_is_what_the_spec_says() -> None:
    assert container(rendered()) == {
        "name": "app",
        "image": "web:1",
        "imagePullPolicy": "IfNotPresent",
        "command": ["serve"],
        "env": [
            {"name": "PLAIN", "value": "text"},
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": secret_object("key", 3), "key": "value"}}},
            {"name": "EMPTY"},
        ],
        "ports": [
            {"containerPort": 8000, "name": "port-8000", "protocol": "TCP"},
            {"containerPort": 9000, "name": "port-9000", "protocol": "TCP"},
        ],
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
        "resources": {"limits": {"memory": "3686Mi"}, "requests": {"cpu": "1800m", "memory": "3686Mi"}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "startupProbe": {
            "httpGet": {"path": "/startup", "port": 8000, "scheme": "HTTP"},
            "periodSeconds": 10,
            "timeoutSeconds": 1,
            "successThreshold": 1,
            "failureThreshold": 6,
        },
        "readinessProbe": {
            "httpGet": {"path": "/ready", "port": 8000, "scheme": "HTTP", "httpHeaders": [{"name": "X", "value": "y"}]},
            "initialDelaySeconds": 5,
            "periodSeconds": 10,
            "timeoutSeconds": 2,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
        "livenessProbe": {
            "exec": {"command": ["cat", "/alive"]},
            "periodSeconds": 10,
            "timeoutSeconds": 1,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
    }


def test_a_rolling_update_takes_no_replica_away_before_another_serves() -> None:
    strategy = one(rendered(), "Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxSurge": "25%", "maxUnavailable": 0}


@pytest.mark.parametrize(
    ("health", "seconds"),
    [
        (HealthChecks(), 5),
        (HealthChecks(liveness=Probe(HttpCheck("/", 80))), 5),
        (HealthChecks(readiness=Probe(HttpCheck("/", 80))), 0),
        (HealthChecks(startup=Probe(HttpCheck("/", 80))), 0),
    ],
)
def test_a_replica_that_nothing_checks_has_to_last_a_little(health: HealthChecks, seconds: int) -> None:
    assert one(rendered(replace(SPEC, health=health)), "Deployment")["spec"]["minReadySeconds"] == seconds


def test_on_gpus_one_goes_before_another_comes_since_a_full_node_has_no_room() -> None:
    deployment = one(rendered(replace(SPEC, resources=Resources("A100x2", 2))), "Deployment")["spec"]
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    pod = deployment["template"]["spec"]
    assert pod["containers"][0]["resources"]["limits"] == {"memory": "162Gi", "nvidia.com/gpu": "2"}
    assert pod["nodeSelector"] == {"deadreckon.dev/gpu": "A100"}
    assert pod["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]


def test_quantities_are_written_as_the_api_server_writes_them() -> None:
    def requests(cpu: int, memory: int) -> dict[str, str]:
        found: dict[str, str] = container(rendered(machine=Machine("m", cpu, memory)))["resources"]["requests"]
        return found

    assert requests(2000, 2048) == {"cpu": "2", "memory": "2Gi"}
    assert requests(1500, 1500) == {"cpu": "1500m", "memory": "1500Mi"}
    assert requests(100, 2 * 1024 * 1024) == {"cpu": "100m", "memory": "2Ti"}


def test_a_project_may_ask_for_the_restricted_level() -> None:
    rendering = rendered(restricted=True)
    assert one(rendering, "Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert container(rendering)["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert one(rendering, "Deployment")["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"] is True


def test_a_deadline_is_never_less_than_a_replica_needs_to_start() -> None:
    assert SPEC.deadline(600) == 600
    assert SPEC.deadline(10) == 60 + 15 + 60
    assert replace(SPEC, rollout_deadline=900).deadline(600) == 900
    assert replace(SPEC, rollout_deadline=1).deadline(600) == 135


@given(specs)
def test_equal_specs_give_equal_bytes(spec: Spec) -> None:
    again = spec_from_json(spec_json(spec))
    assert again == spec
    assert rendered(again) == rendered(spec)


@given(specs)
def test_every_spec_is_a_file_that_reads_back_as_itself(spec: Spec) -> None:
    reading = read_spec(spec_json(spec).encode(), file="a.json", catalogue=CATALOGUE)
    assert reading.problems == ()
    assert reading.spec == spec


def template(rendering: Rendering) -> str:
    return rendering.template


def holds_while_scaling(spec: Spec, replicas: int, digest: Callable[[Rendering], str] = template) -> None:
    scaled = replace(spec, resources=replace(spec.resources, replicas=replicas))
    stopped = replace(spec, enabled=not spec.enabled)
    deadline = replace(spec, rollout_deadline=77)
    for other in (scaled, stopped, deadline):
        assert digest(rendered(other)) == digest(rendered(spec))


@given(specs, st.integers(0, 1000))
def test_a_scaling_restarts_nothing(spec: Spec, replicas: int) -> None:
    holds_while_scaling(spec, replicas)


def test_the_control_a_digest_over_the_whole_deployment_is_caught() -> None:
    with pytest.raises(AssertionError):
        holds_while_scaling(SPEC, 7, lambda rendering: canonical(one(rendering, "Deployment")))


def test_what_a_replica_is_made_of_changes_the_digest() -> None:
    digests = {
        rendered().template,
        rendered(image="web@sha256:0").template,
        rendered(secrets={"key": 4}).template,
        rendered(replace(SPEC, command=())).template,
        rendered(replace(SPEC, health=HealthChecks())).template,
        rendered(incarnation=2).template,
        rendered(machine=Machine("C4", 1, 4)).template,
    }
    assert len(digests) == 7


@given(specs)
def test_labels_say_whose_it_is_and_the_selector_never_changes(spec: Spec) -> None:
    key, rendering = Key("default", spec.name), rendered(spec)
    selector = {"deadreckon.dev/deployment": key.object_name, "deadreckon.dev/incarnation": "1"}
    deployment = one(rendering, "Deployment")
    assert deployment["spec"]["selector"] == {"matchLabels": selector}
    assert deployment["spec"]["template"]["metadata"]["labels"].items() >= selector.items()
    assert deployment["spec"]["template"]["metadata"]["labels"]["deadreckon.dev/template"] == rendering.template
    assert re.fullmatch(r"[0-9a-f]{16}", rendering.template)
    for manifest in rendering.manifests[1:]:
        labels = manifest.content["metadata"]["labels"]
        assert labels["deadreckon.dev/ledger"] == "ledger-1"
        assert manifest.ref.kind in SHARED or labels.items() >= selector.items()
        assert "deadreckon.dev/action" not in manifest.body


@given(specs, specs)
def test_the_namespace_is_the_same_for_all_of_a_project(one_spec: Spec, other: Spec) -> None:
    first, second = rendered(one_spec).manifests[0], rendered(other, incarnation=5).manifests[0]
    assert first == second
    assert first.content["metadata"]["labels"].keys() == {
        "app.kubernetes.io/managed-by",
        "deadreckon.dev/ledger",
        "deadreckon.dev/project",
        "pod-security.kubernetes.io/enforce",
    }
