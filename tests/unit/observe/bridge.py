"""The bridge: where sights come in and facts are kept; builders of sights with everything plain left out."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from domain import deployment_fold
from domain import world as worlds
from domain.actions import Create, Decided, Succeeded
from domain.deployment import Deployment, Version
from domain.facts import Fact, actions_stream
from domain.names import Key
from domain.objects import Fields, Kind, Mark, ObjectRef
from domain.observations import (
    ContainerSeen,
    EventSeen,
    Exit,
    Manager,
    ObjectSeen,
    Observation,
    Owner,
    PodSeen,
    PodSpecSeen,
    RolloutSeen,
    Running,
    Waiting,
    WatchEvent,
)
from domain.observe import News, observe, premature
from domain.orders import Rendered
from domain.record import EventMetadata, Recorded, Who
from domain.seen import AppliedState
from domain.world import World
from tests.unit.one_deployment import submitted

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
KEY = Key("shop", "web")
NAME = KEY.object_name
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, KEY.namespace, NAME)
SERVICE = ObjectRef(Kind.SERVICE.value, KEY.namespace, NAME)
POD = ObjectRef(Kind.POD.value, KEY.namespace, f"{NAME}-5b9f8c7d6-x7k2p")
REPLICA_SET = ObjectRef(Kind.REPLICA_SET.value, KEY.namespace, f"{NAME}-5b9f8c7d6")
DIGEST = "sha256:" + "a" * 64
IMAGE = "spec.template.spec.containers[name=app].image"
ENV = "spec.template.spec.containers[name=app].env[name=TOKEN].value"
OURS: Fields = {"spec.replicas": 2, IMAGE: "web:1", ENV: "hush"}
ALL: Fields = {**OURS, "spec.template.spec.dnsPolicy": "ClusterFirst"}
MARK = Mark("ledger", "A1", 0, 3)


UNCHECKED = PodSpecSeen(checks=(), spared=None, fields={})
"""A pod without health checks: what ends its container is no check."""
CHECKED = PodSpecSeen(checks=("liveness",), spared=20.0, fields={})
"""A pod whose liveness check may end its container 20 seconds after its start, at the earliest."""

PROOF = "proven"
OWNER = Owner(WORKLOAD, "u1", MARK, PROOF)
"""The Deployment object, as the API server tells it of a pod's owner."""


def proven(ref: ObjectRef, mark: Mark, proof: str) -> bool:
    """Of sights in these tests, this very word proves a mark."""
    return bool(ref and mark) and proof == PROOF


def ordered() -> Version:
    """A version whose objects stand where these tests look."""
    kinds = (Kind.DEPLOYMENT, Kind.SERVICE, Kind.AUTOSCALER, Kind.DISRUPTION_BUDGET)
    objects = tuple(Rendered(ObjectRef(kind.value, KEY.namespace, NAME), "body") for kind in kinds)
    return Version(replace(submitted(1), objects=objects), NOON, "f0")


ORDERED = ordered()


@dataclass
class Bridge:
    """A fleet, a world, and a ledger's head; `sees` records what it is told."""

    fleet: dict[str, Deployment] = field(default_factory=lambda: {NAME: Deployment(KEY, (ORDERED,))})
    world: World = field(default_factory=World)
    head: int = 10
    facts: list[Fact] = field(default_factory=list[Fact])
    applied_state: AppliedState | None = field(default_factory=lambda: AppliedState(OURS, ALL))

    @property
    def deployment(self) -> Deployment:
        return self.fleet[NAME]

    def looks(self, *observations: Observation, at: datetime = NOON) -> tuple[News, ...]:
        """Say what sights tell, and record nothing."""
        watch_event = WatchEvent(observations, at, "", "")
        return observe(
            self.fleet, watch_event, lambda _: self.applied_state, genuine=proven, world=self.world, cluster="c1", head=self.head
        )

    def sees(self, *observations: Observation, at: datetime = NOON) -> list[Fact]:
        """Record what sights tell, and give it."""
        told = self.looks(*observations, at=at)
        for news in told:
            self.records(news.stream, news.subject, news.fact)
        return [news.fact for news in told]

    def records(self, stream: str, subject: str, fact: Fact) -> None:
        self.head += 1
        self.facts.append(fact)
        metadata = EventMetadata(str(self.head), Who("recorder", "engine"), subject)
        recorded = Recorded(self.head, stream, 0, NOON, fact, metadata)
        if "/" not in subject:
            self.world = worlds.evolve(self.world, recorded)
            return
        name = Key.of(subject).object_name
        self.fleet[name] = deployment_fold.evolve(self.fleet[name], recorded)

    def acts(self, fact: Fact) -> None:
        self.records(actions_stream(KEY.subject), KEY.subject, fact)

    def begins(self, ref: ObjectRef = WORKLOAD, action: str = "A1") -> None:
        """An action is under way on an object."""
        self.acts(Decided(3, NOON, "1", "p", (Create(action, ref, "body", "test"),)))

    def applied(self, ref: ObjectRef = WORKLOAD, *, uid: str = "u1", resource_version: str = "100") -> None:
        """An object of ours stands there as we left it."""
        self.begins(ref)
        self.acts(Succeeded("A1", ref, "created", True, uid, resource_version, 1, "settled"))  # noqa: FBT003 (wrote)

    def early(self, observation: Observation) -> bool:
        return premature(self.fleet, WatchEvent((observation,), NOON, "", ""))


def container(**more: object) -> ContainerSeen:
    plain = ContainerSeen("c1", "web:1", DIGEST, started=True, ready=True, restarts=0, state=Running(NOON))
    return replace(plain, **more)  # type: ignore[arg-type] # a builder of tests: the tests fail where a name is wrong


def pod(**more: object) -> PodSeen:
    """A pod that was just made; nothing has happened to it yet."""
    plain = PodSeen(
        ref=POD,
        uid="p1",
        resource_version="200",
        deployment=NAME,
        incarnation=1,
        template="t1",
        created_at=NOON,
        node="",
        phase="Pending",
        scheduled=False,
        unschedulable="",
        ready=False,
        ready_since=None,
        not_ready_reason="",
        container=None,
        owner=OWNER,
        spec=UNCHECKED,
    )
    return replace(plain, **more)  # type: ignore[arg-type] # a builder of tests: the tests fail where a name is wrong


def running(**more: object) -> PodSeen:
    """A pod that takes traffic; `more` is about its container."""
    return pod(node="n1", ready=True, ready_since=NOON, container=container(**more))


def waiting(reason: str, message: str = "", **more: object) -> PodSeen:
    """A pod whose container waits."""
    halted = container(state=Waiting(reason, message), started=False, ready=False, **more)
    return pod(node="n1", container=halted, not_ready_reason="ContainersNotReady")


def ended(code: int, *, reason: str = "Error", message: str = "", after: int = 60) -> Exit:
    """A container that ran from noon for so many seconds."""
    return Exit(code, 0, reason, message, NOON, NOON + after * SECOND)


def event(reason: str, message: str, count: int = 1, **more: object) -> EventSeen:
    """A Warning about the pod's container; `Killing` is a Normal event, as on a real cluster."""
    plain = EventSeen(
        uid="e1",
        resource_version="300",
        about=POD,
        about_uid="p1",
        container="app",
        type="Normal" if reason == "Killing" else "Warning",
        reason=reason,
        message=message,
        count=count,
        first_at=NOON,
        last_at=NOON + 60 * SECOND,
        source="kubelet",
    )
    return replace(plain, **more)  # type: ignore[arg-type] # a builder of tests: the tests fail where a name is wrong


def workload(fields: Fields = ALL, *managers: Manager, resource_version: str = "101", **more: object) -> ObjectSeen:
    """The Deployment object, as we left it or with other fields."""
    plain = ObjectSeen(WORKLOAD, "u1", resource_version, 1, MARK, NAME, fields, managers)
    return replace(plain, **more)  # type: ignore[arg-type] # a builder of tests: the tests fail where a name is wrong


def rollout(ready: int = 0, **more: object) -> RolloutSeen:
    plain = RolloutSeen(WORKLOAD, "u1", "101", NAME, 1, 1, 2, 2, 2, ready, ready)
    return replace(plain, **more)  # type: ignore[arg-type] # a builder of tests: the tests fail where a name is wrong
