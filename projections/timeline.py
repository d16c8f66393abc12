"""The timeline: what happened, one line a fact, in sentences that a person reads."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from domain.actions import Decided, Failed, NotAttempted, Succeeded, Unknown
from domain.audit import RequestWitnessed
from domain.cluster import ApiServerUnheard, Bound, ImitationSeen, ObservationGap, RewindAccepted, RewindFound, TookLead
from domain.facts import Fact, scope_in
from domain.filling import FillDone, FillFailed, FillProgressed, FillStarted
from domain.measuring import DurationLost, DurationMeasured
from domain.models import ModelRemoved, ModelSet
from domain.nodes_seen import NodeCame, NodeCordoned, NodeGone, NodeReady, NodeUncordoned, NodeUnready
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
from domain.pod_facts import (
    ImagePulling,
    ReplicaAdmitted,
    ReplicaChanged,
    ReplicaDisowned,
    ReplicaEnded,
    ReplicaLeaving,
    ReplicaRemoved,
)
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
    AdmissionChanged,
    Drifted,
    DriftEnded,
    MarkCleared,
    MarkDoubted,
    ObjectLeaving,
    ObjectMet,
    ObjectVanished,
    ReplicaSetScaled,
    ReplicasRefused,
    RolloutProgressed,
    UnmanagedSeen,
)
from domain.serving_seen import EndpointsChanged, LetGo, TakenUp
from domain.shared_seen import NamespaceChanged, NamespaceGone, NamespaceLeaving, SecretChanged, SecretVanished
from domain.unsound import NONSENSE, ObservationRefused, RowSetAside, Unreadable
from projections.attribution import UNKNOWN, Attribution, Surety
from projections.sentences import (
    actions,
    around,
    cluster,
    durations,
    fills,
    objects,
    orders,
    replicas,
    requests,
    scalings,
    serving,
    unsound,
)
from projections.sentences.sentence import Sentence, SentenceKind, Severity
from projections.traces import dates
from projections.when import happened_at, has_time
from projections.wording import Clocked, instant, one_line

LONGEST = 600

PodOf = Callable[[str], str]
"""Names the pod of a replica by its uid; empty when it is not known."""


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One fact, told. `fact` is the name of its class, `replica` its pod's name and `uid` its uid, both empty for other facts.

    `at` is when it happened (`projections.when`), `recorded_at` when it came on record.
    """

    position: int
    at: datetime
    recorded_at: datetime
    id: str
    kind: SentenceKind
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
    asked_by: str = ""
    """Whom the API server's audit log names for it; empty where it names nobody."""
    asked_surety: Surety = "not known"
    acting_as: str = ""
    """In whose name `who` acted, by `--as`; empty: in their own."""


HandOf = Callable[[Recorded[Fact]], Attribution]
"""Says whom the API server's audit log names for what a fact tells."""


def _nobody(_: Recorded[Fact]) -> Attribution:
    return UNKNOWN


def line(recorded: Recorded[Fact], pod_of: PodOf, clocked: Clocked = instant, hand_of: HandOf = _nobody) -> TimelineLine:
    """Tell one fact."""
    said, hand = tell(recorded, clocked), hand_of(recorded)
    metadata = recorded.metadata
    uid = replica_of(recorded)
    return TimelineLine(
        position=recorded.position,
        at=_at(recorded, hand),
        recorded_at=recorded.recorded_at,
        id=metadata.id,
        kind=said.kind,
        severity=said.severity,
        fact=type(recorded.fact).__name__,
        subject=metadata.subject,
        replica=pod_of(uid) if uid else "",
        uid=uid,
        who=metadata.who.name,
        text=f"{said.text}; the audit log names {hand}" if str(hand) else said.text,
        asked_by=str(hand),
        asked_surety=hand.surety,
        acting_as=metadata.who.acting_as,
        cause=metadata.cause,
        correlation=metadata.correlation,
    )


def _at(recorded: Recorded[Fact], hand: Attribution) -> datetime:
    """Say when it happened; where nothing in the cluster has the time of it, the audit log has that of the request behind it."""
    if hand.surety == "recorded" and dates(recorded.fact) and not has_time(recorded.fact):
        asked = hand.requests[0]
        return min(asked.answered_at or asked.at, happened_at(recorded))
    return happened_at(recorded)


def timeline(history: Iterable[Recorded[Fact]], clocked: Clocked = instant) -> Iterator[TimelineLine]:
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


def folded(lines: Iterable[TimelineLine]) -> Iterator[TimelineLine]:
    """Put like lines in a row together, as one that says how many; the newest place and time are kept."""
    waiting: TimelineLine | None = None
    for each in lines:
        if waiting and (waiting.text, waiting.uid, waiting.subject) == (each.text, each.uid, each.subject):
            waiting = replace(each, times=waiting.times + each.times)
            continue
        if waiting:
            yield waiting
        waiting = each
    if waiting:
        yield waiting


def tell(recorded: Recorded[Fact], clocked: Clocked = instant) -> Sentence:
    """Say what a fact says, on one line whatever foreign words are in it; every class of fact has its sentence."""
    try:
        said = _told(recorded, clocked)
    except NONSENSE as error:
        said = cluster.tell_nonsense(type(recorded.fact).__name__, error)
    return replace(said, text=one_line(said.text, LONGEST))


def _told(recorded: Recorded[Fact], clocked: Clocked) -> Sentence:  # noqa: C901, PLR0911, PLR0912 (one line a union)
    fact = recorded.fact
    match fact:
        case Submitted() | HostTaken() | SubmissionRefused() | DeletionOrdered() | Held() | Resumed() | ValuesRevealed():
            return orders.tell(fact, recorded.metadata, clocked)
        case MarksOverruled():
            return orders.tell(fact, recorded.metadata, clocked)
        case SecretSet() | SecretRemoved() | RegistrySet() | RegistryRemoved() | PodSecuritySet() | PlatformSet():
            return orders.tell_project(fact, recorded.metadata, scope_in(recorded.stream))
        case Decided() | Succeeded() | Failed() | Unknown() | NotAttempted():
            return actions.tell(fact)
        case Bound() | TookLead() | ObservationGap() | RewindFound() | RewindAccepted() | ImitationSeen():
            return cluster.tell(fact, recorded.metadata, clocked)
        case ApiServerUnheard():
            return cluster.tell(fact, recorded.metadata, clocked)
        case NodeCordoned() | NodeUncordoned() | NodeUnready() | NodeReady() | NodeGone() | NodeCame():
            return around.tell_node(fact)
        case NamespaceChanged() | NamespaceLeaving() | NamespaceGone() | SecretChanged() | SecretVanished():
            return around.tell_shared(fact, clocked)
        case Drifted() | DriftEnded() | UnmanagedSeen() | AdmissionChanged() | ObjectMet() | ObjectLeaving() | ObjectVanished():
            return objects.tell(fact)
        case RolloutProgressed() | ReplicasRefused() | ReplicaSetScaled() | MarkDoubted() | MarkCleared():
            return objects.tell(fact)
        case EndpointsChanged() | TakenUp() | LetGo():
            return serving.tell(fact)
        case Scaled() | ScaledByHand() | ScalingTroubled() | ScalingTroubleEnded():
            return scalings.tell(fact)
        case DurationMeasured() | DurationLost():
            return durations.tell(fact)
        case FillStarted() | FillProgressed() | FillDone() | FillFailed():
            return fills.tell(fact)
        case ModelSet() | ModelRemoved():
            return fills.tell_model(fact, recorded.metadata)
        case ReplicaCreated() | ReplicaScheduled() | ReplicaUnschedulable() | ImagePulled() | ContainerStarted():
            return replicas.tell(fact)
        case StartupPassed() | BecameReady() | BecameUnready() | ReplicaWaiting() | Restarted() | ProbeFailed():
            return replicas.tell(fact)
        case ProbesAnswered() | ReplicaKilled() | ReplicaWarned() | ReplicaUnsteady() | ReplicaLeaving() | ReplicaGone():
            return replicas.tell(fact)
        case RequestWitnessed():
            return requests.tell(fact)
        case ReplicaRemoved() | ReplicaEnded() | ReplicaDisowned() | ReplicaChanged() | ReplicaAdmitted() | ImagePulling():
            return replicas.tell(fact)
        case Unreadable() | RowSetAside() | ObservationRefused():
            return unsound.tell(fact, recorded.metadata)
        case _:
            assert_never(fact)
