"""A tenant who writes our labels: on the one hand nobody else is troubled, on the other it is told who did it."""

import json
from contextlib import closing
from typing import Any

import pytest

from adapters.ledger.ledger import open_ledger
from domain.actions import Decided
from domain.cluster import ImitationSeen, RewindFound
from domain.objects import Kind
from domain.seen import MarkCleared, MarkDoubted
from tests.e2e.house import House, probe_spec, until

pytestmark = pytest.mark.node

TENANT = "someone-elses"
"""Who writes: kubectl's field manager of these stories."""


def _labels(house: House, name: str, **more: str) -> dict[str, str]:
    with closing(open_ledger(house.ledger_place)) as ledger:
        identity = ledger.identity
    ours = {"ledger": identity, "deployment": house.ref(Kind.DEPLOYMENT, name).name, "incarnation": "1", **more}
    return {f"deadreckon.dev/{key}": value for key, value in ours.items()}


def _make(house: House, namespace: str, kind: str, labels: dict[str, str], spec: dict[str, Any]) -> None:
    content = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "imitation", "labels": labels}, "spec": spec}
    house.lab.kubectl("-n", namespace, "create", "--field-manager", TENANT, "-f", "-", input=json.dumps(content))


def _imitations(house: House) -> list[ImitationSeen]:
    return [r.fact for r in house.facts() if isinstance(r.fact, ImitationSeen)]


def test_what_only_says_that_it_is_ours_is_told_and_changes_nothing_for_anybody(house: House) -> None:
    house.engine()
    image = house.lab.probe_app("1")
    house.submit(probe_spec("web", image.ref))
    tenant = f"{house.project}-tenant"
    house.lab.kubectl("create", "namespace", tenant)
    template = house.pods("web")[0]["metadata"]["labels"]["deadreckon.dev/template"]
    try:
        _make(house, tenant, "Service", _labels(house, "web", position="0.99999999"), {"ports": [{"port": 80}]})
        box = {"name": "app", "image": image.ref}
        _make(house, tenant, "Pod", _labels(house, "web", template=template), {"containers": [box]})

        until(lambda: len(_imitations(house)) == 2)
        told = _imitations(house)
        assert {one.ref.kind for one in told} == {"Service", "Pod"}
        assert {(one.ref.namespace, one.manager) for one in told} == {(tenant, TENANT)}
        assert not [r for r in house.facts() if isinstance(r.fact, RewindFound)]

        house.reckon("scale", "web", "2")
        assert {replica.namespace for replica in house.deployment("web").replicas.values()} == {
            house.ref(Kind.POD, "web").namespace
        }
        assert "2 of 2" in house.reckon("list").out or "2/2" in house.reckon("list").out
        assert "imitation" not in house.reckon("get", "web").out + house.reckon("logs", "web").out
        examined = house.reckon("doctor", ok=False).out
        assert tenant in examined
        assert TENANT in examined
    finally:
        house.lab.kubectl("delete", "namespace", tenant, "--wait=false")


def test_a_forged_mark_stops_the_one_deployment_and_a_person_overrules_it(house: House) -> None:
    house.engine()
    image = house.lab.probe_app("1").ref
    house.submit(probe_spec("web", image))
    house.submit(probe_spec("other", image))
    service = f"service/{house.ref(Kind.SERVICE, 'web').name}"

    house.kubectl("label", service, "--overwrite", "--field-manager", TENANT, "deadreckon.dev/position=0.99999999")

    doubt = until(lambda: [r.fact for r in house.facts("web") if isinstance(r.fact, MarkDoubted)])[-1]
    assert (doubt.ahead, doubt.manager) == (True, TENANT)
    house.reckon("scale", "web", "2", "--detach")
    house.quiet("web")
    assert house.live(Kind.DEPLOYMENT, "web")["spec"]["replicas"] == 1
    assert "blocked" in house.reckon("list").out
    assert "--accept-rewind" in house.reckon("get", "web").out
    house.reckon("scale", "other", "2")

    house.reckon("resume", "web", "--accept-rewind", "--yes", "--reason", "a label that someone wrote by hand")

    until(lambda: house.live(Kind.DEPLOYMENT, "web")["spec"]["replicas"] == 2)
    house.reckon("wait", "web", "--timeout", "240s")
    assert house.reckon("replay", "--all").exit == 0


def test_a_mark_that_no_label_of_ours_can_be_is_no_mark(house: House) -> None:
    house.engine()
    house.submit(probe_spec("web", house.lab.probe_app("1").ref))
    service = f"service/{house.ref(Kind.SERVICE, 'web').name}"

    house.kubectl("label", service, "--overwrite", f"deadreckon.dev/position={'9' * 61}")

    until(lambda: [r for r in house.facts("web") if isinstance(r.fact, MarkDoubted)])
    assert not house.deployment("web").doubted
    refused = house.reckon("resume", "--accept-rewind", "--yes", "--reason", "x", ok=False)
    assert refused.exit == 3, refused
    house.reckon("scale", "web", "2")
    house.kubectl("label", service, "--overwrite", f"deadreckon.dev/position={_position(house)}")
    until(lambda: [r for r in house.facts("web") if isinstance(r.fact, MarkCleared)])


def _position(house: House) -> str:
    made = next(r.fact for r in house.facts("web") if isinstance(r.fact, Decided) and r.fact.actions)
    return f"0.{made.position}"


def test_an_object_that_stands_under_our_name_with_our_labels_is_never_adopted(house: House) -> None:
    house.engine()
    house.submit(probe_spec("first", house.lab.probe_app("1").ref))
    name = house.ref(Kind.SERVICE, "web").name
    content = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": _labels(house, "web", action="a", position="0.1")},
        "spec": {"ports": [{"port": 80}], "selector": {"app": "mine"}},
    }
    house.kubectl("create", "--field-manager", TENANT, "-f", "-", text=json.dumps(content))

    said = house.submit(probe_spec("web", house.lab.probe_app("1").ref), "--timeout", "20s", ok=False)

    assert said.exit != 0
    until(lambda: "did not write it" in house.reckon("get", "web").out)
    assert house.live(Kind.SERVICE, "web")["spec"]["selector"] == {"app": "mine"}
    house.kubectl("delete", "service", name)
    until(lambda: house.reckon("wait", "web", "--timeout", "240s", ok=False).exit == 0)
