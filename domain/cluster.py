"""Facts about the cluster as a whole and about who acts on it. Stream `cluster/<uid>`."""

from dataclasses import dataclass
from datetime import datetime

from domain.objects import ObjectRef


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
    build: str = ""
    """Its version; empty on a fact by an engine of before."""
    unled_since: datetime | None = None
    """Since when nobody led: the lease before was given up, or ran out, then. None where that is not known."""
    lost_by: str = ""
    """Whose lease ran out, so that it was killed, cut off or stood still; empty where it was given up in order."""


@dataclass(frozen=True, slots=True)
class ObservationGap:
    """Frames of this kind may have been missed between two times, and why. What happened then is known only by its result."""

    kind: str
    since: datetime | None
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class ApiServerUnheard:
    """The API server did not answer between two times, to no watch of any kind.

    By itself that lost nothing: where frames may have been missed, an `ObservationGap` of their kind stands beside it.
    """

    since: datetime
    until: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class RewindFound:
    """An object was written by an action this ledger never recorded: an older copy was put back. No acting until accepted.

    Only a mark that bears this ledger's own proof is taken for such a sign (`domain.marks`).
    """

    timeline: int
    position: int
    head: int
    object: str


@dataclass(frozen=True, slots=True)
class RewindAccepted:
    """A person accepts that what stands between the older copy and the cluster is lost; acting goes on under a new timeline."""

    timeline: int


@dataclass(frozen=True, slots=True)
class ImitationSeen:
    """An object carries this ledger's labels and belongs to no deployment of it. Told once; nothing is done about it.

    `claims` is the value of its deployment label, `why` says what it lacks, `manager` who wrote it (empty: not known).
    """

    ref: ObjectRef
    uid: str
    claims: str
    why: str
    manager: str


ClusterFact = Bound | TookLead | ObservationGap | ApiServerUnheard | RewindFound | RewindAccepted | ImitationSeen
