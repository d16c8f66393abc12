"""Stories 7 and 12: other people's hands on what is ours, and a hold while an engineer mends things at night."""

import json
import time
import urllib.request
from typing import Any

import pytest

from domain.actions import Decided, Succeeded, Update
from domain.objects import Kind
from domain.seen import Change, Drifted, ObjectVanished
from tests.e2e.house import House, probe_spec, until

pytestmark = pytest.mark.node


def test_what_others_change_is_recorded_with_who_and_what_and_put_right(house: House) -> None:
    """Story 7."""
    house.engine()
    image = house.lab.probe_app("1")
    house.submit(probe_spec("web", image.ref))
    deployment = f"deployment/{house.ref(Kind.DEPLOYMENT, 'web').name}"

    house.kubectl("scale", deployment, "--replicas=3")
    assert _drift(house, "spec.replicas").now == 3
    until(lambda: house.live(Kind.DEPLOYMENT, "web")["spec"]["replicas"] == 1)

    house.kubectl("set", "image", deployment, f"app={house.lab.probe_app('2').ref}")
    path = "spec.template.spec.containers[name=app].image"
    change = _drift(house, path)
    assert change.manager.startswith("kubectl")
    until(lambda: image.digest in house.live(Kind.DEPLOYMENT, "web")["spec"]["template"]["spec"]["containers"][0]["image"])

    patch = {"spec": {"template": {"spec": {"containers": [{"name": "app", "livenessProbe": {"periodSeconds": 99}}]}}}}
    house.kubectl("patch", deployment, "-p", json.dumps(patch), "--field-manager=kubectl-edit")
    assert _drift(house, "spec.template.spec.containers[name=app].livenessProbe.periodSeconds").manager == "kubectl-edit"
    probe = "livenessProbe"
    until(lambda: house.live(Kind.DEPLOYMENT, "web")["spec"]["template"]["spec"]["containers"][0][probe]["periodSeconds"] == 1)

    before = house.live(Kind.DEPLOYMENT, "web")["metadata"]["uid"]
    house.kubectl("delete", deployment)
    until(lambda: any(isinstance(r.fact, ObjectVanished) for r in house.facts("web")))
    until(lambda: house.reckon("wait", "web", "--timeout", "240s", ok=False).exit == 0)
    assert house.live(Kind.DEPLOYMENT, "web")["metadata"]["uid"] != before

    pod = next(pod["metadata"]["name"] for pod in house.pods("web") if not pod["metadata"].get("deletionTimestamp"))
    house.kubectl("delete", "pod", pod, "--wait=false")
    until(lambda: pod not in [r.pod for r in house.deployment("web").replicas.values()])
    corrections = [a for r in house.facts("web") if isinstance(r.fact, Decided) for a in r.fact.actions if "drift" in a.because]
    done = {r.fact.action for r in house.facts("web") if isinstance(r.fact, Succeeded)}
    assert len([a for a in corrections if isinstance(a, Update) and a.id in done]) >= 3
    assert "spec.replicas" in house.reckon("events", "web", "--last", "0").out


def test_fields_that_are_not_ours_are_left_alone(house: House) -> None:
    """Story 7, the other side."""
    house.engine()
    house.submit(probe_spec("web", house.lab.probe_app("1").ref))
    deployment = f"deployment/{house.ref(Kind.DEPLOYMENT, 'web').name}"

    house.kubectl("annotate", deployment, "example.com/note=mine")
    house.kubectl("label", deployment, "team=blue")
    writes = _writes(house)
    time.sleep(4)

    metadata = house.live(Kind.DEPLOYMENT, "web")["metadata"]
    assert metadata["annotations"]["example.com/note"] == "mine"
    assert metadata["labels"]["team"] == "blue"
    assert _writes(house) == writes


def test_a_hold_leaves_a_fix_by_hand_alone_and_resume_says_first_what_it_will_do(house: House) -> None:
    """Story 12, hold."""
    house.engine()
    house.submit(probe_spec("web", house.lab.probe_app("1").ref))
    deployment = f"deployment/{house.ref(Kind.DEPLOYMENT, 'web').name}"
    house.reckon("hold", "web", "--reason", "mending it by hand", "--for", "30m")

    house.kubectl("scale", deployment, "--replicas=2")

    _drift(house, "spec.replicas")
    time.sleep(3)
    assert house.live(Kind.DEPLOYMENT, "web")["spec"]["replicas"] == 2
    assert "mending it by hand" in house.reckon("get", "web").out
    said = house.reckon("resume", "web", "--yes", "--reason", "mended")
    assert "spec.replicas" in said.out + said.err
    until(lambda: house.live(Kind.DEPLOYMENT, "web")["spec"]["replicas"] == 1)


def test_what_is_not_served_is_not_called_healthy_and_requests_come_through_again_when_it_is(house: House) -> None:
    """Story 7, through the Service: a key added to its selector by hand, while a hold is on."""
    house.engine()
    house.submit(probe_spec("web", house.lab.probe_app("1").ref))
    url, service = house.service_url("web"), f"service/{house.ref(Kind.SERVICE, 'web').name}"
    assert until(lambda: _answers(url))
    assert _state(house) == "healthy"

    house.reckon("hold", "web", "--reason", "somebody looks at it", "--for", "30m")
    house.kubectl("patch", service, "-p", '{"spec":{"selector":{"tier":"canary"}}}')

    until(lambda: _state(house) == "unserved, held")
    assert until(lambda: not _answers(url))
    assert "has no endpoints: none of 1 ready replica is served" in house.reckon("get", "web").out
    house.reckon("resume", "web", "--yes")
    until(lambda: _state(house) == "healthy")
    assert until(lambda: _answers(url))

    theirs: dict[str, Any] = {
        "metadata": {"name": "theirs"},
        "spec": {"selector": house.live(Kind.SERVICE, "web")["spec"]["selector"]},
    }
    theirs["spec"]["ports"] = [{"port": 80, "targetPort": 8000}]
    house.kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "Service", **theirs}))
    until(lambda: "Service theirs" in house.reckon("get", "web").out)
    assert "sends requests to our pods" in house.reckon("events", "web", "--last", "0").out
    house.kubectl("delete", "service/theirs")
    until(lambda: "Service theirs" not in house.reckon("get", "web").out)


def test_a_stale_submission_after_a_rollback_is_refused_and_plan_says_exactly_what_then_happens(house: House) -> None:
    """Story 12, versions and plan."""
    house.engine()
    one, two = house.lab.probe_app("1").ref, house.lab.probe_app("2").ref
    house.submit(probe_spec("web", one))
    house.submit(probe_spec("web", two))
    house.reckon("rollback", "web", "--yes")

    stale = house.submit(probe_spec("web", two), "--if-version", "2", ok=False)

    assert stale.exit == 6, stale
    assert len(house.deployment("web").versions) == 3
    file = house.folder / "next.yaml"
    file.write_text(probe_spec("web", two, replicas=2))
    planned = house.reckon("plan", str(file), ok=False)
    assert planned.exit == 1, planned
    assert "image" in planned.out
    assert "replicas" in planned.out
    before = len(house.facts("web"))
    house.reckon("submit", str(file))
    acted = {a.ref.kind for r in house.facts("web")[before:] if isinstance(r.fact, Decided) for a in r.fact.actions}
    assert acted == {"Deployment", "PodDisruptionBudget"}
    assert all(kind in planned.out for kind in acted)
    assert "Service" not in acted
    assert house.reckon("plan", str(file), ok=False).exit == 0


def _state(house: House) -> str:
    return str(house.reckon("get", "web", "-o", "json").json["state"])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _drift(house: House, path: str) -> Change:
    def find() -> list[Change]:
        drifts = [r.fact for r in house.facts("web") if isinstance(r.fact, Drifted)]
        return [change for drift in drifts for change in drift.changes if change.path == path]

    return until(find)[-1]


def _writes(house: House) -> int:
    return sum(isinstance(r.fact, Succeeded) and r.fact.wrote for r in house.facts("web"))
