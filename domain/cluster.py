"""Facts about the cluster as a whole and about who acts on it. Stream `cluster/<uid>`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Bound:
    """From here on the ledger belongs to this cluster (uid of `kube-system`)."""

    cluster: str
    ledger: str
    description: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class TookLead:
    """An engine leads from now on; its appends carry this epoch. `observing`: it records and does not act."""

    holder: str
    epoch: int
    observing: bool


@dataclass(frozen=True, slots=True)
class ObservationGap:
    """Frames of this kind may have been missed between two times, and why. What happened then is known only by its result."""

    kind: str
    since: datetime | None
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class RewindFound:
    """An object was written by an action this ledger never recorded: an older copy was put back. No acting until accepted."""

    timeline: int
    position: int
    head: int
    object: str


@dataclass(frozen=True, slots=True)
class RewindAccepted:
    """A person accepts that what stands between the older copy and the cluster is lost; acting goes on under a new timeline."""

    timeline: int


ClusterFact = Bound | TookLead | ObservationGap | RewindFound | RewindAccepted
