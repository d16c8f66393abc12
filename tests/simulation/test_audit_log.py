"""The API server's audit log as a source: who did it is on record once, whatever befalls the engine; of ours nothing is told."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from adapters.audit_log.following import AuditFile
from adapters.engine.auditing import Auditing
from domain.audit import RequestWitnessed
from domain.cluster import ObservationGap
from domain.deployment import Deployment
from domain.errors import Unreachable
from domain.facts import audited_stream
from domain.names import Key
from domain.project import shared_namespace
from domain.record import Append, Recorded
from domain.unsound import ObservationRefused
from reconciler.ledger_tail import LedgerTail
from reconciler.recording import Inputs
from reconciler.replay import replay
from reconciler.requests import AUDIT_LOG
from tests.simulation.engines import Process
from tests.simulation.weather import StormyLedger
from tests.simulation.world import World
from tests.unit.audit_log.entries import line

WEB = Key("shop", "web")
NAME = WEB.object_name


class AuditedWorld(World):
    """A world whose engines follow an audit log; entries are written at the world's time."""

    def __init__(self, log: Path, seed: str = "audit", engines: int = 1) -> None:
        self.log, self.written, self.sources = log, 0, list[Auditing]()
        super().__init__(seed, engines=engines)
        self.people.submit(WEB)
        self.run(60)

    def _inputs(self, tail: LedgerTail) -> Inputs:
        self.sources.append(Auditing(tail, AuditFile(self.log), clock=self.clock, wake=lambda: None))
        return Inputs(audit=self.sources[-1])

    def _round(self, process: Process) -> bool:
        if process.runs(self.clock()):
            cast("Auditing", process.loop.recording.inputs.audit).look()
        return super()._round(process)

    def close(self) -> None:
        for source in self.sources:
            source.close()

    def asked(self, verb: str = "delete", resource: str = "services", name: str = NAME, **more: object) -> None:
        self.written += 1
        more = {"at": self.clock(), "namespace": WEB.namespace, **more}
        with self.log.open("ab") as file:
            file.write(line(self.written, verb=verb, resource=resource, name=name, **more))

    @property
    def deployment(self) -> Deployment:
        return self.people.deployment(WEB)

    def told(self, kind: type = RequestWitnessed) -> list[Recorded[object]]:
        return [
            cast("Recorded[object]", recorded) for recorded in self.ledger.tail(0, 100_000) if isinstance(recorded.fact, kind)
        ]

    @property
    def users(self) -> list[str]:
        return [cast("RequestWitnessed", recorded.fact).user for recorded in self.told()]

    @property
    def engine(self) -> Process:
        return self.processes[0]


class AwayOnce(StormyLedger):
    """Is away when a request of others is to be recorded for the first time."""

    refused = 0

    def append(self, appends: Sequence[Append[Any]], **more: Any) -> tuple[Recorded[Any], ...]:  # noqa: ANN401
        if not self.refused and any(one.stream.startswith("audited/") for one in appends):
            self.refused += 1
            raise Unreachable("the ledger is away")
        return super().append(appends, **more)


class AwayWorld(AuditedWorld):
    ledger_class = AwayOnce


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AuditedWorld]:
    world = AuditedWorld(tmp_path / "audit.log")
    yield world
    world.close()


def test_who_wrote_on_what_is_ours_is_on_record_under_the_deployment(world: AuditedWorld) -> None:
    pod = next(iter(world.deployment.replicas.values())).pod
    world.asked("patch", "deployments")
    world.asked("delete", "pods", pod)
    world.asked("delete", "services", "strangers", namespace="elsewhere")
    world.asked("get", "deployments")
    world.run(30)

    assert [(r.stream, r.metadata.subject) for r in world.told()] == [(audited_stream(WEB.subject), WEB.subject)] * 2
    assert [request.ref.name for request in world.deployment.requests.newest] == [NAME, pod]


def test_what_is_about_a_project_or_a_node_stands_where_it_belongs(world: AuditedWorld) -> None:
    node = next(iter(world.deployment.replicas.values())).node
    world.asked("delete", "secrets", "db")
    world.asked("patch", "nodes", node, namespace="")
    world.asked("delete", "secrets", "all", namespace=shared_namespace(world.ledger.identity))
    world.run(30)

    assert [r.metadata.subject for r in world.told()] == [WEB.project, "", ""]


def test_of_our_own_writes_nothing_is_told(world: AuditedWorld) -> None:
    for audited in world.cluster.audit:
        resource = {"Deployment": "deployments", "Service": "services"}.get(audited.ref.kind)
        if resource and audited.audit:
            world.asked("patch", resource, audited.ref.name, audit=audited.audit, user="engine")
    assert world.written >= 2
    world.run(30)

    assert world.users == []


def test_who_uses_the_id_of_an_action_again_is_another(world: AuditedWorld) -> None:
    used = next(one for one in world.cluster.audit if one.ref.kind == "Deployment")
    world.asked("patch", "deployments", audit=used.audit, user="engine")
    world.asked("patch", "deployments", audit=used.audit, user="mallory")
    world.run(30)
    world.run(3600)
    world.engine.die(world.clock())
    world.run(30)
    world.asked("patch", "deployments", audit=used.audit, user="eve")
    world.run(30)

    assert world.users == ["mallory", "eve"]


def _nothing(_: AuditedWorld) -> None: ...


def _dies(world: AuditedWorld) -> None:
    world.engine.die(world.clock())


def _loses_the_ledger(world: AuditedWorld) -> None:
    world.engine.loop.step_down()


@pytest.mark.parametrize("befalls", [_nothing, _dies, _loses_the_ledger])
def test_each_is_told_once_whatever_befalls_the_engine(world: AuditedWorld, befalls: Callable[[AuditedWorld], None]) -> None:
    for number in range(6):
        world.asked("patch", "deployments", user=f"u{number}")
        befalls(world)
        world.run(30)

    assert world.users == [f"u{number}" for number in range(6)]


def test_what_could_not_be_recorded_is_read_again(tmp_path: Path) -> None:
    world = AwayWorld(tmp_path / "audit.log")
    world.asked("patch", "deployments")
    world.run(60)

    assert isinstance(world.ledger, AwayOnce)
    assert world.ledger.refused == 1
    assert world.users == ["alice"]
    world.close()


def test_a_stand_by_reads_nothing_and_takes_over_without_loss_or_double(tmp_path: Path) -> None:
    world = AuditedWorld(tmp_path / "audit.log", engines=2)
    for number in range(3):
        world.asked("patch", "deployments", user=f"u{number}")
        world.run(30)
        leader = next(process for process in world.processes if process.loop.leadership.leading)
        leader.die(world.clock() + timedelta(seconds=30))
        world.run(60)

    assert world.users == ["u0", "u1", "u2"]
    world.close()


def test_the_place_is_kept_with_the_facts_and_a_gap_is_told(world: AuditedWorld) -> None:
    world.asked("patch", "deployments")
    world.run(30)
    assert AUDIT_LOG in world.ledger.watch_positions()
    world.engine.die(world.clock() + timedelta(seconds=30))
    world.run(10)
    world.asked("delete", "services")
    world.log.unlink()
    world.run(10)
    world.asked("patch", "deployments", user="bob")
    world.run(60)

    assert world.users == ["alice", "bob"]
    [gap] = [
        cast("ObservationGap", r.fact) for r in world.told(ObservationGap) if cast("ObservationGap", r.fact).kind == "AuditLog"
    ]
    assert gap.since is not None
    assert timedelta(seconds=15) < gap.until - gap.since < timedelta(seconds=60)


def test_what_cannot_be_read_is_told_once_and_costs_nothing_else(world: AuditedWorld) -> None:
    with world.log.open("ab") as file:
        file.write(b'{"verb":"delete"\n' * 500)
    world.asked("patch", "deployments")
    world.run(30)

    assert world.users == ["alice"]
    assert len(world.told(ObservationRefused)) == 1


def test_a_private_value_in_the_servers_words_is_masked(world: AuditedWorld) -> None:
    status = {"code": 403, "message": "denied: https://user:hushhush@host"}
    world.asked("patch", "deployments", responseStatus=status)
    world.run(30)

    [request] = world.deployment.requests.newest
    assert "denied" in request.message
    assert "hushhush" not in request.message


def test_what_is_witnessed_is_no_cause_of_what_is_decided_and_replays(world: AuditedWorld) -> None:
    world.asked("patch", "deployments")
    world.run(30)
    witnessed = {r.metadata.id for r in world.told()}
    world.people.scale(WEB, 3)
    world.run(60)

    assert not {r.metadata.cause for r in world.ledger.tail(0, 100_000)} & witnessed
    assert replay(WEB.subject, world.ledger.tail(0, 100_000), ledger=world.ledger.identity, document=world.ledger.document).equal


def test_a_post_is_answered_when_it_is_on_record_and_only_by_who_leads(world: AuditedWorld) -> None:
    auditing = cast("Auditing", world.engine.loop.recording.inputs.audit)
    world.asked("patch", "deployments")
    world.run(30)
    [request] = world.deployment.requests.newest
    requests = (request, replace(request, audit_id="posted", user="bob"))
    assert not auditing.posted(requests, 0.01), "nothing is on record before the loop's next round"
    world.run(5)
    assert auditing.take() == []
    answered: list[bool] = []
    post = threading.Thread(target=lambda: answered.append(auditing.posted(requests, 30)))
    post.start()
    while post.is_alive():
        world.run(1)

    assert answered == [True]
    assert world.users == ["alice", "bob"]
    world.engine.loop.step_down()
    assert not auditing.posted((request,), 0.01)
