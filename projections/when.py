"""When something happened: by the cluster's own clock where it says so, else when it was seen, else when it was recorded."""

from datetime import datetime, timedelta

from domain.facts import Fact
from domain.record import Recorded
from domain.replica import BecameReady, BecameUnready
from domain.seen import Drifted, ObjectVanished, UnmanagedSeen
from domain.shared_seen import NamespaceChanged
from projections.news_in_fact import news

WHOLE_SECOND = timedelta(seconds=1)
"""Times of the cluster are in whole seconds: what was seen within one is better told by our own clock."""
LATE = timedelta(seconds=5)
"""What is on record later than that after it happened is told with both times."""
_OWN = ("at", "finished_at", "last_at", "created_at")
"""The fields of observed facts that give the cluster's own time, the more telling first."""


def happened_at(recorded: Recorded[Fact]) -> datetime:
    """Say when a fact happened. A time of the cluster that lies after its sight is no time: clocks differ, or someone lies."""
    seen = recorded.metadata.observed_at
    if seen is None:
        return recorded.recorded_at
    own = _own_time(recorded.fact)
    return own if own is not None and own + WHOLE_SECOND < seen else seen


def happened_by(recorded: Recorded[Fact]) -> datetime:
    """Say by when a fact had happened at the latest: when it was seen, or within the whole second that the cluster says.

    What one watch tells comes in order: by this time the order stays, also where one of two was seen late and its time is cut
    to the second before it.
    """
    seen = recorded.metadata.observed_at or recorded.recorded_at
    return min(seen, happened_at(recorded) + WHOLE_SECOND - timedelta.resolution)


def has_time(fact: Fact) -> bool:
    """Tell whether the cluster itself gave a time for a fact: one without was seen then, and may have happened before."""
    return _own_time(fact) is not None


def recorded_late(happened: datetime, recorded_at: datetime) -> bool:
    """Tell whether a fact came on record so long after it happened that both times are worth telling."""
    return recorded_at - happened > LATE


def _own_time(fact: Fact) -> datetime | None:
    match fact:
        case BecameReady(since) | BecameUnready(since):
            return since
        case ObjectVanished():
            return None  # its time is that of the order, and it may have waited long since
        case Drifted() | UnmanagedSeen() | NamespaceChanged():
            return max((change.at for change in news(fact) if change.at is not None), default=None)
        case _:
            times = (getattr(fact, name, None) for name in _OWN)
            return next((time for time in times if isinstance(time, datetime)), None)
