"""What comes in beside the watches: answers of replicas that are known, and how far the audit log was read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.audit import RequestWitnessed
from domain.names import Key
from domain.objects import Kind, ObjectRef
from domain.replica import ProbeAnswer, ProbesAnswered
from reconciler.recording import Inputs, ProbeAnswersRead
from reconciler.requests import AUDIT_LOG, AuditBatch
from tests.simulation.world import World

WEB = Key("shop", "web")
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, WEB.namespace, WEB.object_name)


@dataclass
class Log:
    """An audit log that gives what a test lays into it."""

    batches: list[AuditBatch] = field(default_factory=list[AuditBatch])

    def take(self) -> Sequence[AuditBatch]:
        given, self.batches = self.batches, []
        return given

    def forget(self) -> None:
        self.batches = []


def running(audit: Log | None = None, *answered: ProbeAnswersRead) -> World:
    """An engine that leads and has a deployment, with these inputs; only what it tells from now on is of interest."""
    world = World("recording")
    world.people.submit(WEB, "1", 1)
    world.run(60)
    waiting = list(answered)

    def witnessed() -> Sequence[ProbeAnswersRead]:
        given = tuple(waiting)
        waiting.clear()
        return given

    world.processes[0].loop.recording.inputs = Inputs(witnessed=witnessed, audit=audit or Log())
    return world


def answers(world: World, replica: str, subject: str = WEB.subject) -> ProbeAnswersRead:
    answer = ProbeAnswer("readiness", world.clock(), 200, 3)
    return ProbeAnswersRead(subject, replica, ProbesAnswered((answer,)), world.clock())


def test_answers_of_replicas_that_are_not_known_are_left_out() -> None:
    world = running()
    loop = world.processes[0].loop
    deployment = loop.tail.memory.deployment(WEB.subject)
    assert deployment is not None
    (known,) = deployment.replicas
    told = [answers(world, "p9"), answers(world, known), answers(world, known, "shop/other")]
    loop.recording.inputs = Inputs(witnessed=lambda: [told.pop(0) for _ in tuple(told)])
    head = world.ledger.head()
    loop.step()

    written = [one for one in world.ledger.tail(head) if isinstance(one.fact, ProbesAnswered)]
    assert [(one.stream, one.metadata.observed_at) for one in written] == [(f"replica/{known}", world.clock())]


def request(world: World, audit_id: str) -> RequestWitnessed:
    return RequestWitnessed(audit_id, "patch", WORKLOAD, "", "", "", "ann", "kubectl", "kubectl/1", 200, "", world.clock())


def test_how_far_the_audit_log_was_read_is_kept_with_what_it_told() -> None:
    log, done = Log(), list[str]()
    world = running(log)
    log.batches = [
        AuditBatch((request(world, "r1"),), "place 1", recorded=lambda: done.append("r1")),
        AuditBatch((request(world, "r2"),), "place 2", recorded=lambda: done.append("r2")),
        AuditBatch((), "", recorded=lambda: done.append("none")),
    ]
    world.processes[0].loop.step()

    assert world.ledger.watch_positions()[AUDIT_LOG] == "place 2"
    assert done == ["r1", "r2", "none"]
    witnessed = [one for one in world.ledger.tail(0, 10_000) if isinstance(one.fact, RequestWitnessed)]
    assert [one.fact.audit_id for one in witnessed if isinstance(one.fact, RequestWitnessed)] == ["r1", "r2"]
    assert [one.metadata.observed_at for one in witnessed] == [world.clock()] * 2


def test_how_far_it_was_read_is_kept_soon_also_where_it_told_nothing() -> None:
    log = Log()
    world = running(log)
    log.batches = [AuditBatch((), "place 3")]
    world.run(130)

    assert world.ledger.watch_positions()[AUDIT_LOG] == "place 3"
