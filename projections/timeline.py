"""The timeline: what happened, one line a fact, in sentences that a person reads."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from domain.actions import Decided, Failed, NotAttempted, Succeeded, Unknown
from domain.cluster import Bound, ImitationSeen, ObservationGap, RewindAccepted, RewindFound, TookLead
from domain.facts import Fact, scope_in
from domain.filling import FillDone, FillFailed, FillProgressed, FillStarted
from domain.measuring import DurationLost, DurationMeasured
from domain.models import ModelRemoved, ModelSet
from domain.orders import (
    DeletionOrdered,
    Held,
    HostTaken,
    MarksOverruled,
    Resumed,
    SubmissionRefused,
    Submitted,
    ValuesRevealed,
)
from domain.platform import PlatformSet
from domain.project import PodSecuritySet, RegistryRemoved, RegistrySet, SecretRemoved, SecretSet
from domain.record import Recorded
from domain.replica import (
    BecameReady,
    BecameUnready,
    ContainerStarted,
    ImagePulled,
    ProbeFailed,
    ProbesAnswered,
    ReplicaCreated,
    ReplicaGone,
    ReplicaKilled,
    ReplicaLeaving,
    ReplicaScheduled,
    ReplicaUnschedulable,
    ReplicaUnsteady,
    ReplicaWaiting,
    ReplicaWarned,
    Restarted,
    StartupPassed,
)
from domain.scaling import Scaled, ScaledByHand, ScalingTroubled, ScalingTroubleEnded
from domain.seen import (
    Drifted,
    DriftEnded,
    MarkCleared,
    MarkDoubted,
    ObjectLeaving,
    ObjectMet,
    ObjectVanished,
    ReplicasRefused,
    RolloutProgressed,
    UnmanagedSeen,
)
from domain.unsound import NONSENSE, ObservationRefused, RowSetAside, Unreadable
from projections.told import actions, cluster, durations, fills, objects, orders, replicas, scalings, unsound
from projections.told.said import Kind, Said, Severity
from projections.wording import Clocked, instant, one_line

LONGEST = 600

PodOf = Callable[[str], str]
"""Names the pod of a replica by its uid; empty when it is not known."""


@dataclass(frozen=True, slots=True)
class Line:
    """One fact, told. `fact` is the name of its class, `replica` its pod's name and `uid` its uid, both empty for other facts."""

    position: int
    at: datetime
    id: str
    kind: Kind
    severity: Severity
    fact: str
    subject: str
    replica: str
    uid: str
    who: str
    text: str
    cause: str = ""
    correlation: str = ""
    times: int = 1
    """How many like facts in a row this line stands for."""


def line(recorded: Recorded[Fact], pod_of: PodOf, clocked: Clocked = instant) -> Line:
    """Tell one fact."""
    said = tell(recorded, clocked)
    circumstances = recorded.circumstances
    uid = replica_of(recorded)
    return Line(
        position=recorded.position,
        at=recorded.recorded_at,
        id=circumstances.id,
        kind=said.kind,
        severity=said.severity,
        fact=type(recorded.fact).__name__,
        subject=circumstances.subject,
        replica=pod_of(uid) if uid else "",
        uid=uid,
        who=circumstances.who.name,
        text=said.text,
        cause=circumstances.cause,
        correlation=circumstances.correlation,
    )


def timeline(history: Iterable[Recorded[Fact]], clocked: Clocked = instant) -> Iterator[Line]:
    """Tell a history from its beginning, so that all replicas' names are known from it."""
    pods: dict[str, str] = {}
    for recorded in history:
        if isinstance(recorded.fact, ReplicaCreated):
            pods[replica_of(recorded)] = recorded.fact.pod
        yield line(recorded, lambda uid: pods.get(uid, ""), clocked)


def replica_of(recorded: Recorded[Fact]) -> str:
    """Give the uid of the replica that a fact is about; empty when it is about none."""
    kind, _, uid = recorded.stream.partition("/")
    return uid if kind == "replica" else ""


def folded(lines: Iterable[Line]) -> Iterator[Line]:
    """Put like lines in a row together, as one that says how many; the newest place and time are kept."""
    waiting: Line | None = None
    for each in lines:
        if waiting and (waiting.text, waiting.uid, waiting.subject) == (each.text, each.uid, each.subject):
            waiting = replace(each, times=waiting.times + each.times)
            continue
        if waiting:
            yield waiting
        waiting = each
    if waiting:
        yield waiting


def tell(recorded: Recorded[Fact], clocked: Clocked = instant) -> Said:
    """Say what a fact says, on one line whatever foreign words are in it; every class of fact has its sentence."""
    try:
        said = _told(recorded, clocked)
    except NONSENSE as error:
        said = cluster.tell_nonsense(type(recorded.fact).__name__, error)
    return replace(said, text=one_line(said.text, LONGEST))


def _told(recorded: Recorded[Fact], clocked: Clocked) -> Said:  # noqa: C901, PLR0911, PLR0912 (one line a union)
    fact = recorded.fact
    match fact:
        case Submitted() | HostTaken() | SubmissionRefused() | DeletionOrdered() | Held() | Resumed() | ValuesRevealed():
            return orders.tell(fact, recorded.circumstances, clocked)
        case MarksOverruled():
            return orders.tell(fact, recorded.circumstances, clocked)
        case SecretSet() | SecretRemoved() | RegistrySet() | RegistryRemoved() | PodSecuritySet() | PlatformSet():
            return orders.tell_project(fact, recorded.circumstances, scope_in(recorded.stream))
        case Decided() | Succeeded() | Failed() | Unknown() | NotAttempted():
            return actions.tell(fact)
        case Bound() | TookLead() | ObservationGap() | RewindFound() | RewindAccepted() | ImitationSeen():
            return cluster.tell(fact, recorded.circumstances, clocked)
        case Drifted() | DriftEnded() | UnmanagedSeen() | ObjectMet() | ObjectLeaving() | ObjectVanished():
            return objects.tell(fact)
        case RolloutProgressed() | ReplicasRefused() | MarkDoubted() | MarkCleared():
            return objects.tell(fact)
        case Scaled() | ScaledByHand() | ScalingTroubled() | ScalingTroubleEnded():
            return scalings.tell(fact)
        case DurationMeasured() | DurationLost():
            return durations.tell(fact)
        case FillStarted() | FillProgressed() | FillDone() | FillFailed():
            return fills.tell(fact)
        case ModelSet() | ModelRemoved():
            return fills.tell_model(fact, recorded.circumstances)
        case ReplicaCreated() | ReplicaScheduled() | ReplicaUnschedulable() | ImagePulled() | ContainerStarted():
            return replicas.tell(fact)
        case StartupPassed() | BecameReady() | BecameUnready() | ReplicaWaiting() | Restarted() | ProbeFailed():
            return replicas.tell(fact)
        case ProbesAnswered() | ReplicaKilled() | ReplicaWarned() | ReplicaUnsteady() | ReplicaLeaving() | ReplicaGone():
            return replicas.tell(fact)
        case Unreadable() | RowSetAside() | ObservationRefused():
            return unsound.tell(fact, recorded.circumstances)
        case _:
            assert_never(fact)
