"""One replica's life, from its pod's creation to its end: the facts, and their fold.

Stream `replica/<pod uid>`. What Kubernetes does not publish is not invented: successes of probes are never known one by
one, failures are counted with the fidelity with which they are known.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ProbeName = Literal["startup", "readiness", "liveness"]
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
    """Its container cannot run: `ImagePullBackOff`, `CrashLoopBackOff`, `CreateContainerConfigError`, …"""

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
    finished_at: datetime | None


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
class ReplicaKilled:
    """The kubelet ends its container, and says why (event `Killing`)."""

    message: str
    probe: ProbeName | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ReplicaWarned:
    """Any other Warning about it, in Kubernetes' words (`FailedMount`, `BackOff`, `Evicted`, …); `times` since the last."""

    reason: str
    message: str
    times: int
    event: str
    count: int


@dataclass(frozen=True, slots=True)
class ReplicaLeaving:
    """It is being deleted and drains."""


@dataclass(frozen=True, slots=True)
class ReplicaGone:
    """It is no more. `how` is seen (its deletion was watched) or missed (it was no longer there after a gap)."""

    how: Literal["seen", "missed"]


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
    | ReplicaKilled
    | ReplicaWarned
    | ReplicaLeaving
    | ReplicaGone
)
