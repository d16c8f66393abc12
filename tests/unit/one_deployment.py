"""One deployment's log, a minute a fact, and plain facts to put in it."""

from datetime import UTC, datetime, timedelta

from domain.actions import (
    Action,
    Create,
    Decided,
    Ensure,
    Finding,
    Remove,
    Succeeded,
    Update,
)
from domain.deployment import Deployment
from domain.deployment_fold import evolve
from domain.facts import Fact, actions_stream, orders_stream, replica_stream, seen_stream
from domain.names import Key
from domain.objects import Kind, ObjectRef
from domain.orders import OrderFact, Origin, Rendered, Submitted
from domain.record import EventMetadata, Recorded, Who
from domain.replica import (
    ReplicaFact,
)
from domain.seen import (
    Change,
    Drifted,
    RolloutProgressed,
    SeenFact,
)
from domain.tracked_objects import TrackedObject

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KEY = Key("shop", "web")
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, KEY.namespace, KEY.object_name)
SPACE = ObjectRef(Kind.NAMESPACE.value, "", KEY.namespace)
DRIFT = Change("spec.replicas", 2, 5, "kubectl")


class Log:
    """One deployment's facts, a minute apart."""

    def __init__(self) -> None:
        self.deployment = Deployment(KEY)
        self.position = 0

    @property
    def now(self) -> datetime:
        return NOON + self.position * MINUTE

    def takes(self, *facts: Fact, uid: str = "p1") -> "Log":
        for fact in facts:
            self.position += 1
            metadata = EventMetadata(f"f{self.position}", Who("ann", "claimed"), KEY.subject, reason="because")
            recorded = Recorded(self.position, stream_of(fact, uid), 0, self.now, fact, metadata)
            self.deployment = evolve(self.deployment, recorded)
        return self

    def does(self, action: Action, *, settled: str = "s1", resource_version: str = "100", effect: str = "updated") -> "Log":
        done = Succeeded(action.id, action.ref, effect, True, "u1", resource_version, 3, settled)  # noqa: FBT003 (wrote)
        return self.takes(decided(action), done)

    def stands(self) -> "Log":
        """A version is submitted and its Deployment is there."""
        return self.takes(submitted(1)).does(create())

    @property
    def known(self) -> TrackedObject:
        return self.deployment.objects[WORKLOAD]


def stream_of(fact: Fact, uid: str) -> str:
    if isinstance(fact, ReplicaFact):
        return replica_stream(uid)
    if isinstance(fact, SeenFact):
        return seen_stream(KEY.subject)
    return orders_stream(KEY.subject) if isinstance(fact, OrderFact) else actions_stream(KEY.subject)


def submitted(number: int, *, incarnation: int = 1, enabled: bool = True, body: str = "b1") -> Submitted:
    return Submitted(
        number=number,
        incarnation=incarnation,
        key=f"k{number}",
        origin=Origin("submit"),
        source="src",
        spec="spec",
        objects=(Rendered(SPACE, "b0"), Rendered(WORKLOAD, body)),
        template="t1",
        image="web:1",
        digest="",
        machine_type="C4",
        replicas=2 if enabled else 0,
        enabled=enabled,
        deadline=600,
    )


def create(number: str = "a1", body: str = "b1") -> Create:
    return Create(number, WORKLOAD, body, "wanted")


def update(number: str = "a2", body: str = "b1", because: str = "drift") -> Update:
    return Update(number, WORKLOAD, body, "u1", because)


def remove(number: str = "a9") -> Remove:
    return Remove(number, WORKLOAD, "u1", "deleted")


def ensure() -> Ensure:
    return Ensure("a0", SPACE, "b0", "wanted")


def decided(*actions: Action, findings: tuple[Finding, ...] = ()) -> Decided:
    return Decided(7, NOON, "1", "p", actions, findings)


def found(*findings: Finding) -> Decided:
    return decided(findings=findings)


def drifted(*changes: Change, uid: str = "u1") -> Drifted:
    return Drifted(WORKLOAD, uid, "105", changes or (DRIFT,))


def progress(updated: int = 2, ready: int = 0, replicas: int = 2, generation: int = 3) -> RolloutProgressed:
    return RolloutProgressed("u1", generation, 2, replicas, updated, ready, ready)
