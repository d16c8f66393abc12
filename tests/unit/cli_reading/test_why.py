"""`reckon why`: of a deployment, a replica, a restart, an object, a fact; for people and as data."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.actions import Decided
from domain.nodes_seen import NodeCordoned
from domain.objects import Kind
from domain.record import EventMetadata
from domain.replica import ProbeFailed, ReplicaKilled, Restarted
from domain.seen import Change, Drifted
from tests.stories import ENGINE
from tests.unit.cli_reading.conftest import Desk
from tests.unit.projections.why.scene import Scene

EVICTED = "EvictionByEvictionAPI"


@pytest.fixture
def scene(desk: Desk) -> Scene:
    scene = Scene.calm(desk.story("shop"))
    scene.told.healthy()
    return scene


def why(desk: Desk, *what: str) -> dict[str, Any]:
    shown = desk.reckon("why", *what, "-o", "json")
    assert shown.exit_code == 0, shown.output
    found: dict[str, Any] = json.loads(shown.stdout)
    return found


def test_of_what_is_well_it_says_what_makes_it_well(desk: Desk, scene: Scene) -> None:
    desk.tell(scene.told)

    found = why(desk, "shop")

    assert [link["fact"] for link in found["chain"]] == ["Decided", "BecameReady", "BecameReady", "BecameReady", "Submitted"]
    assert (found["root"], found["end"]) == ("person", "bob ordered it (claimed, not proved)")


def test_of_what_is_well_it_leads_to_the_replicas_that_are_ready_now_not_to_one_that_ended(desk: Desk, scene: Scene) -> None:
    judged = scene.newest(Decided).position
    scene.leaves(0, EVICTED).comes()
    desk.tell(scene.told)

    now, then = why(desk, "shop"), why(desk, str(judged))

    replicas = {"now": {scene.pod(n) for n in (1, 2, 3)}, "then": {scene.pod(n) for n in (0, 1, 2)}}
    assert {link["replica"] for link in now["chain"] if link["fact"] == "BecameReady"} == replicas["now"]
    assert {link["replica"] for link in then["chain"] if link["fact"] == "BecameReady"} == replicas["then"]
    assert now["end"] == "bob ordered it (claimed, not proved)"


def test_of_a_replica_that_was_evicted_in_a_drain_it_names_nobody_without_an_audit_log(desk: Desk, scene: Scene) -> None:
    scene.node(NodeCordoned("node-1", "kubectl-drain", scene.now)).later(2).leaves(0, EVICTED)
    desk.tell(scene.told)

    found = why(desk, scene.pod(0))
    shown = desk.reckon("why", scene.pod(0), columns=200).output

    assert [(link["fact"], link["surety"], link["how"]) for link in found["chain"]] == [
        ("ReplicaLeaving", "asked", "asked"),
        ("NodeCordoned", "beside", "beside"),
    ]
    assert found["root"] == "unknown"
    assert "bob" not in shown
    assert "beside: near in time; whether it has to do with it is not known" in shown
    assert "in the end: someone or something evicted it: the API server's audit log says who" in shown


def test_of_the_one_that_came_in_its_place_it_says_so_and_whom_the_audit_log_names(desk: Desk, scene: Scene) -> None:
    scene.asked("alice", "create", name=scene.pod(0), subresource="eviction").leaves(0, EVICTED).comes()
    desk.tell(scene.told)

    found = why(desk, f"Pod/{scene.pod(3)}")
    shown = desk.reckon("why", scene.pod(3).rpartition("-")[2], columns=250).output

    assert [link["surety"] for link in found["chain"]] == ["asked", "follows", "follows"]
    assert [link["how"] for link in found["chain"]] == ["asked", "derived", "derived"]
    assert [link["of"] for link in found["chain"]][1:] == [link["position"] for link in found["chain"]][:-1]
    assert f"(it came in place of {scene.pod(0)}: a ReplicaSet keeps its count)" in shown
    assert "follows from: no cause is named, but it follows necessarily from what is recorded" in shown
    assert "in the end: alice (by kubectl) asked for it, says the API server's audit log" in shown


def test_a_restart_is_asked_for_by_its_number(desk: Desk, scene: Scene) -> None:
    for n, code in ((1, 3), (2, 4)):
        scene.later().of(0, Restarted(n, 1, code, 0, "Error", "", "crashed", scene.now))
    scene.of(0, ReplicaKilled("Stopping container app", None, scene.now, "e", 1))
    desk.tell(scene.told)

    assert "exit code 3" in why(desk, scene.pod(0), "--restart", "1")["chain"][0]["text"]
    assert "exit code 4" in why(desk, scene.pod(0), "--restart", "2")["chain"][0]["text"]
    missing = desk.reckon("why", scene.pod(0), "--restart", "3")
    assert missing.exit_code == 4
    assert "restart 3 of replica" in missing.output
    assert "it was started again 2 times, as far as is known" in missing.output
    assert desk.reckon("why", "nothing", "--restart", "3").exit_code == 4
    assert desk.reckon("why", scene.pod(0), "--restart", "0").exit_code == 2


def test_an_object_is_asked_for_by_kind_and_name(desk: Desk, scene: Scene) -> None:
    service = scene.told.ref(Kind.SERVICE)
    scene.saw(Drifted(service, "u", "9", (Change("spec.selector.zone", "absent", "a", "kubectl-edit", scene.now),)))
    scene.node(NodeCordoned("node-1", "kubectl-drain", scene.now))
    desk.tell(scene.told)

    assert why(desk, f"service/{service.name}")["end"] == (
        "it was done on the cluster by field manager kubectl-edit, not by Deadreckon"
    )
    assert why(desk, "Node/node-1")["chain"][0]["fact"] == "NodeCordoned"
    missing = desk.reckon("why", "Service/other")
    assert missing.exit_code == 4
    assert "no deployment, replica, object or fact" in missing.output


def test_an_action_and_an_order_are_asked_for_by_the_ids_that_a_log_line_names(desk: Desk, scene: Scene) -> None:
    decided = next(one for one in scene.told.history if isinstance(one.fact, Decided) and one.fact.actions)
    assert isinstance(decided.fact, Decided)
    done, waits = decided.fact.actions[0].id, "waits-for-its-outcome"
    scene.told.decided(replace(decided.fact.actions[0], id=waits))
    history = scene.told.log.history
    history[:] = [replace(one, metadata=replace(one.metadata, correlation=f"of-{one.metadata.correlation}")) for one in history]
    order = history[decided.position - 1].metadata.correlation
    desk.tell(scene.told)

    assert why(desk, done)["chain"][0]["fact"] == "Succeeded"
    assert why(desk, waits)["chain"][0]["fact"] == "Decided"
    assert [link["fact"] for link in why(desk, order)["chain"]] == ["Submitted"]
    assert desk.reckon("why", "").exit_code == 4


def calls(desk: Desk, replica: str) -> int:
    """Count the functions that are called for an answer: the same on each machine."""
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    sys.setprofile(count)
    try:
        found = why(desk, replica)
    finally:
        sys.setprofile(None)
    assert found["chain"][0]["fact"] == "ReplicaLeaving"
    return counted


def test_an_answer_costs_as_much_more_as_the_history_is_longer(tmp_path: Path) -> None:
    costs = {}
    for many in (0, 500, 1000):
        desk = Desk(tmp_path / f"{many}.sqlite")
        scene = Scene.calm(desk.story("shop"))
        for n in range(many):
            failed = ProbeFailed("readiness", "503", 1, "exact", scene.now, scene.now, "e", n)
            about = EventMetadata(f"probe-{n}", ENGINE, scene.told.key.subject, observed_at=scene.now)
            scene.told.log.add(f"replica/{scene.replicas[2]}", failed, about)
        scene.leaves(2, EVICTED)
        desk.tell(scene.told)
        why(desk, scene.pod(2))  # what is loaded once is loaded
        costs[many] = calls(desk, scene.pod(2))

    assert costs[1000] - costs[0] < 2.2 * (costs[500] - costs[0])
    assert costs[500] > costs[0], "the control: they are read"
