"""Facts about a replica's pod that others bring about: who removes it, how its container ends, what is changed on it.

Stream `replica/<pod uid>`, like the rest of a replica's life (`domain.replica`). Each says only what the cluster itself
holds fast: a condition, an Event of the controller that did it, the node's own report, the API server's managedFields.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.seen import Change


@dataclass(frozen=True, slots=True)
class ReplicaLeaving:
    """It is being deleted and drains. Told anew where the reason (condition `DisruptionTarget`) is seen later.

    `at` is when its deletion was asked for (its deletionTimestamp less the grace period); `grace`, the seconds that it has to
    end by itself: 0 where it was removed at once, None where that is not known.
    """

    at: datetime | None = None
    grace: int | None = None
    reason: str = ""
    """`EvictionByEvictionAPI`, `PreemptionByScheduler`, `DeletionByTaintManager`, …; empty: the pod does not say."""
    message: str = ""


@dataclass(frozen=True, slots=True)
class ReplicaRemoved:
    """Its ReplicaSet's controller says that it deleted it (Event `SuccessfulDelete`), after the ReplicaSet was scaled down."""

    by: str
    """The ReplicaSet's name."""
    at: datetime | None
    event: str
    count: int


@dataclass(frozen=True, slots=True)
class ReplicaEnded:
    """How the container of a leaving or finished replica ended: it is not started again."""

    exit_code: int
    signal: int
    reason: str
    message: str
    started_at: datetime | None
    finished_at: datetime | None
    overdue: bool = False
    """It was killed (exit code 137) when its whole grace period had run out."""


@dataclass(frozen=True, slots=True)
class ReplicaDisowned:
    """It was taken out of its ReplicaSet: it runs on, is not counted, and another is made in its place."""

    changes: tuple[Change, ...]
    """Which labels."""
    manager: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ReplicaChanged:
    """The pod itself was changed where it stands: its image, size, labels, annotations. Each change names its hand."""

    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class ReplicaAdmitted:
    """The API server's admission made the pod other than its template: told once for each template and set of fields."""

    changes: tuple[Change, ...]
    """From the template's value to the pod's; the manager is what did it (`LimitRanger`), `admission` where that is not told."""


@dataclass(frozen=True, slots=True)
class ImagePulling:
    """Its image is not on the node and is pulled; told again when that is done and took long: then `seconds` says how long."""

    message: str
    at: datetime | None
    seconds: float | None = None
    event: str = ""
    count: int = 1
