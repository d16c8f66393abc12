"""One replica's life, from its pod's creation to its end: the facts, and their fold.

Stream `replica/<pod uid>`. What Kubernetes does not publish is not invented: successes of probes are never known one by
one, failures are counted with the fidelity with which they are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeGuard, assert_never, get_args

from domain.changed import changed
from domain.pod_facts import (
    ImagePulling,
    ReplicaAdmitted,
    ReplicaChanged,
    ReplicaDisowned,
    ReplicaEnded,
    ReplicaLeaving,
    ReplicaRemoved,
)
from domain.probes import ProbeName
from domain.repeats import RepeatCount, count_told, gist
from domain.seen import Change

Fidelity = Literal["exact", "counted", "combined"]
"""exact: one event, one failure. counted: the difference of an event's counts. combined: Kubernetes merged similar events."""
Cause = Literal["startup probe", "liveness probe", "crashed", "out of memory", "completed", "unknown"]


@dataclass(frozen=True, slots=True)
class ReplicaCreated:
    """A pod came into being for an incarnation of a deployment, from the pod template with this digest."""

    pod: str
    namespace: str
    incarnation: int
    template: str
    created_at: datetime | None
    checks: tuple[ProbeName, ...] | None = None
    """The health checks that its container has, as the pod's own spec says; None on facts of before: not known."""


@dataclass(frozen=True, slots=True)
class ReplicaScheduled:
    """A node was found for it."""

    node: str


@dataclass(frozen=True, slots=True)
class ReplicaUnschedulable:
    """No node has a place for it; `message` is the scheduler's."""

    message: str


@dataclass(frozen=True, slots=True)
class ImagePulled:
    """The image is on the node; `digest` is what really runs."""

    image: str
    digest: str


@dataclass(frozen=True, slots=True)
class ContainerStarted:
    """The application's container runs, for the first time or again."""

    container_id: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class StartupPassed:
    """The startup probe succeeded (or there is none): the other probes begin now."""


@dataclass(frozen=True, slots=True)
class BecameReady:
    """It takes traffic from now on."""

    since: datetime | None


@dataclass(frozen=True, slots=True)
class BecameUnready:
    """It takes no traffic any more; `reason` is Kubernetes' word."""

    since: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class ReplicaWaiting:
    """Its container cannot run: `ImagePullBackOff`, `CrashLoopBackOff`, `CreateContainerConfigError` and the like."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """Its container ended and was, or will be, started again. `times` counts the restarts since the last such fact."""

    restarts: int
    times: int
    exit_code: int | None
    signal: int
    reason: str
    message: str
    cause: Cause
    """What is known when the restart is seen; a `ReplicaKilled` that arrives later puts the fold right (see `evolve`)."""
    finished_at: datetime | None
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProbeFailed:
    """Probe failures that an event told of: how many since the last such fact, and how surely that is known."""

    probe: ProbeName
    message: str
    times: int
    fidelity: Fidelity
    first_at: datetime | None
    last_at: datetime | None
    event: str
    """The uid of the core Event."""
    count: int
    """The count that the event stood at."""


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """One answer to an HTTP health check, as the relay before the application saw it. 502: the application did not answer it."""

    probe: ProbeName
    at: datetime
    status: int
    seconds: float

    @property
    def passed(self) -> bool:
        """Tell whether the kubelet takes it for a success, as far as its status goes."""
        return 200 <= self.status < 400


@dataclass(frozen=True, slots=True)
class ProbesAnswered:
    """Every answer to health checks since the last such fact: recorded where the spec asks for exact probes."""

    answers: tuple[ProbeAnswer, ...]


@dataclass(frozen=True, slots=True)
class ReplicaKilled:
    """The kubelet ends its container, and says why (event `Killing`)."""

    message: str
    probe: ProbeName | None
    at: datetime | None
    event: str
    count: int


@dataclass(frozen=True, slots=True)
class ReplicaWarned:
    """Any other Warning about it, in Kubernetes' words (`FailedMount`, `BackOff`, `Evicted`, …); `times` since the last."""

    reason: str
    message: str
    times: int
    event: str
    count: int


@dataclass(frozen=True, slots=True)
class ReplicaUnsteady:
    """More happened to it between two times than is told one by one: so many changes, core Events, answers to health checks."""

    changes: int
    """How often it became ready, unready, or ended."""
    events: int
    answers: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ReplicaGone:
    """It is no more. `how` is seen (its deletion was watched), missed (it was no longer there after a gap), or foreign.

    foreign: an engine of before took it for a replica by its labels; it stands in a namespace that is not its deployment's.
    """

    how: Literal["seen", "missed", "foreign"]


ReplicaFact = (
    ReplicaCreated
    | ReplicaScheduled
    | ReplicaUnschedulable
    | ImagePulled
    | ContainerStarted
    | StartupPassed
    | BecameReady
    | BecameUnready
    | ReplicaWaiting
    | Restarted
    | ProbeFailed
    | ProbesAnswered
    | ReplicaKilled
    | ReplicaWarned
    | ReplicaUnsteady
    | ReplicaLeaving
    | ReplicaRemoved
    | ReplicaEnded
    | ReplicaDisowned
    | ReplicaChanged
    | ReplicaAdmitted
    | ImagePulling
    | ReplicaGone
)
_FACTS: frozenset[type] = frozenset(get_args(ReplicaFact))


def is_of_replica(fact: Any) -> TypeGuard[ReplicaFact]:  # noqa: ANN401 (all facts are asked)
    """Tell whether a fact is about a replica. Most facts are: `isinstance` would ask the classes one by one."""
    return type(fact) in _FACTS


@dataclass(frozen=True, slots=True)
class Replica:
    """What is known of one replica now.

    `counts` holds, for each core Event about it, what was told of it already; `said`, what was told of its waiting since it
    last ran. `last_killed` is a kill whose restart was not seen yet.
    """

    uid: str
    pod: str
    namespace: str
    incarnation: int
    template: str
    created_at: datetime | None = None
    node: str = ""
    unschedulable: str = ""
    image: str = ""
    digest: str = ""
    container_id: str = ""
    started: bool = False
    ready: bool = False
    restarts: int = 0
    waiting: ReplicaWaiting | None = None
    last_restart: Restarted | None = None
    last_killed: ReplicaKilled | None = None
    last_failure: ProbeFailed | None = None
    last_warning: ReplicaWarned | None = None
    leaving: bool = False
    why_leaving: ReplicaLeaving | None = None
    """What was told last of its leaving."""
    removed_by: str = ""
    """The ReplicaSet whose controller deleted it."""
    ended: ReplicaEnded | None = None
    disowned: bool = False
    """It was taken out of its ReplicaSet: it does not count as one of those that are wanted."""
    changed: Mapping[str, Change] = field(default_factory=dict[str, Change])
    """What was changed on the pod where it stands, by the field's path."""
    checks: tuple[ProbeName, ...] | None = None
    """Its health checks; None: not known."""
    counts: Mapping[str, RepeatCount] = field(default_factory=dict[str, RepeatCount])
    said: frozenset[str] = frozenset()
    answered_at: datetime | None = None
    """Up to when its answers to health checks are on record one by one."""

    @property
    def words(self) -> str:
        """Say in the replica's own words why it is not ready; empty when there is nothing to say."""
        if self.unschedulable:
            return f"no node: {self.unschedulable}"
        restart = self.last_restart
        if restart and (restart.message or restart.exit_code is not None):
            code = "" if restart.exit_code is None else f"exit code {restart.exit_code}"
            cause = "" if restart.cause in {"unknown", "crashed"} else f" after its {restart.cause}"
            return ": ".join(part for part in (f"{restart.reason} {code}{cause}".strip(), restart.message.strip()) if part)
        if self.waiting and self.waiting.reason != "ContainerCreating":
            return f"{self.waiting.reason}: {self.waiting.message}".rstrip(": ")
        if self.last_failure and not self.ready:
            return f"{self.last_failure.probe} probe: {self.last_failure.message}"
        if self.last_warning and not self.ready:
            return f"{self.last_warning.reason}: {self.last_warning.message}"
        return ""


def begin(uid: str, fact: ReplicaCreated) -> Replica:
    """Give the replica that a pod's creation makes."""
    return Replica(uid, fact.pod, fact.namespace, fact.incarnation, fact.template, fact.created_at, checks=fact.checks)


def evolve(replica: Replica, fact: ReplicaFact) -> Replica | None:  # noqa: C901, PLR0911, PLR0912 (one line a fact)
    """Take a fact in; None when the replica is no more."""
    match fact:
        case ReplicaCreated() | ReplicaUnsteady() | ReplicaAdmitted():
            return replica
        case ReplicaScheduled(node):
            return changed(replica, node=node, unschedulable="")
        case ReplicaUnschedulable(message):
            return changed(replica, unschedulable=message, said=replica.said | {trouble("Unschedulable", message)})
        case ImagePulled(image, digest):
            return changed(replica, image=image, digest=digest)
        case ContainerStarted(container_id):
            return changed(replica, container_id=container_id, started=False, waiting=None, said=frozenset())
        case StartupPassed():
            return changed(replica, started=True)
        case BecameReady():
            return changed(replica, ready=True, waiting=None)
        case BecameUnready():
            return changed(replica, ready=False)
        case ReplicaWaiting(reason, message):
            return changed(replica, waiting=fact, said=replica.said | {trouble(reason, message)})
        case Restarted():
            return _restarted(replica, fact)
        case ProbeFailed():
            return changed(replica, last_failure=fact, counts=count_told(replica.counts, fact.event, fact.count))
        case ProbesAnswered(answers):
            return changed(replica, answered_at=max((answer.at for answer in answers), default=replica.answered_at))
        case ReplicaKilled():
            return _killed(changed(replica, counts=count_told(replica.counts, fact.event, fact.count)), fact)
        case ReplicaWarned():
            return changed(replica, last_warning=fact, counts=count_told(replica.counts, fact.event, fact.count))
        case ReplicaLeaving():
            return changed(replica, leaving=True, why_leaving=fact)
        case ReplicaRemoved(by):
            return changed(replica, removed_by=by, counts=count_told(replica.counts, fact.event, fact.count))
        case ReplicaEnded():
            return changed(replica, ended=fact)
        case ReplicaDisowned():
            return changed(replica, disowned=True)
        case ReplicaChanged(changes):
            return changed(replica, changed={**replica.changed, **{change.path: change for change in changes}})
        case ImagePulling():
            return changed(replica, counts=count_told(replica.counts, fact.event, fact.count) if fact.event else replica.counts)
        case ReplicaGone():
            return None
        case _:
            assert_never(fact)


def trouble(reason: str, message: str) -> str:
    """Tell what a reason and a message come to. Of a crash loop's message only the seconds ever change."""
    return reason if reason == "CrashLoopBackOff" else f"{reason}: {gist(message)}"


def ended_by(killed: ReplicaKilled | None, started_at: datetime | None, finished_at: datetime | None) -> Cause | None:
    """Name the probe, where a kill for its sake fell into a container's life. Both times are the node's own, in whole seconds."""
    if killed is None or killed.probe is None:
        return None
    if killed.at is not None:
        if started_at is not None and killed.at < started_at - _SECOND:
            return None
        if finished_at is not None and killed.at > finished_at + _SECOND:
            return None
    return "startup probe" if killed.probe == "startup" else "liveness probe"


_SECOND = timedelta(seconds=1)
_CERTAIN = {"startup probe", "liveness probe", "out of memory"}


def _restarted(replica: Replica, fact: Restarted) -> Replica:
    known = fact.cause in {"startup probe", "liveness probe"}
    return changed(
        replica,
        restarts=fact.restarts,
        last_restart=fact,
        last_killed=None if known else replica.last_killed,
        started=False,
        ready=False,
        said=frozenset(),
    )


def _killed(replica: Replica, fact: ReplicaKilled) -> Replica:
    """Keep a kill until its restart is seen; where that came first, tell its cause now."""
    last = replica.last_restart
    if last is None or last.cause in _CERTAIN or last.finished_at is None or fact.at is None:
        return changed(replica, last_killed=fact)
    cause = ended_by(fact, last.started_at, last.finished_at)
    if cause is None:
        return changed(replica, last_killed=fact)
    return changed(replica, last_restart=changed(last, cause=cause))
