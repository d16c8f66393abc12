"""What a ReplicaSet does of itself: it keeps its count. For each replica that it makes there is a place that was to be filled.

All of a ReplicaSet's history is gone through in the order of the cluster's own times: a higher count opens places, a replica that
goes without the count having been lowered leaves one open, a new replica takes one. Where all open places came of one thing, the
new replica follows from it; where they came of several, none of them is told as the cause.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.facts import Fact
from domain.pod_facts import ReplicaDisowned, ReplicaEnded, ReplicaLeaving, ReplicaRemoved
from domain.record import Recorded
from domain.replica import ReplicaCreated, ReplicaGone, ReplicaWarned
from projections.when import happened_by
from projections.why.counts import Set, settings
from projections.why.links import NOTHING, Links, beside, follows
from projections.why.past import Past
from projections.wording import listed

_FAILED = "status:"
"""How the event of a pod's own end begins (`Evicted`, `NodeShutdown`, …): its ReplicaSet no longer counts it."""
_MOST = 10_000
"""Places that are gone through; more are not told apart."""


def replica_set_of(pod: str) -> str:
    """Name the ReplicaSet that a pod's name is made from."""
    return pod.rpartition("-")[0]


def causes(here: Recorded[Fact], past: Past) -> Links:
    """Give why a replica was made: the scaling that opened its place, or the replica in whose place it came."""
    created = here.fact
    assert isinstance(created, ReplicaCreated)
    open_places = places(past, replica_set_of(created.pod), created.template, here)
    return _explained(open_places, past)


def causes_of_want(past: Past, pod: str, template: str, at: Recorded[Fact]) -> Links:
    """Give why a replica was wanted that could not be made."""
    return _explained(places(past, replica_set_of(pod), template, at), past)


def _explained(open_places: list[Recorded[Fact]], past: Past) -> Links:
    sources = list({one.position: one for one in open_places}.values())
    gone = [one for one in sources if _leaves(one)]
    if not sources:
        return NOTHING
    if not gone:
        return follows(sources[0], "its ReplicaSet was to have more")
    if len(sources) == 1:
        return follows(gone[0], f"it came in place of {past.pod(gone[0])}: a ReplicaSet keeps its count")
    names = listed([past.pod(one) for one in gone])
    return beside(sources, f"it came in place of one of {names}" if len(gone) == len(sources) else "a place that was open then")


def places(past: Past, replica_set: str, template: str, until: Recorded[Fact]) -> list[Recorded[Fact]]:
    """Give what opened the places that were open when something happened, the oldest first."""
    row = _Places()
    for _, _, _, event in _events(past, replica_set, template, until):
        if isinstance(event, Set):
            row.set_to(event)
        elif event.position == until.position:
            break
        elif not _leaves(event):
            row.fill()
        elif _removed(event, past):
            row.shrink()
        else:
            row.leave(event, sure=_otherwise(event, past))
    return list(row.opened)


@dataclass
class _Places:
    """A ReplicaSet's open places, each with what opened it, and how many replicas are still to go."""

    opened: deque[Recorded[Fact]] = field(default_factory=deque[Recorded[Fact]])
    target: int = 0
    alive: int = 0
    surplus: int = 0

    def set_to(self, event: Set) -> None:
        """Take a count in: what is more than before opens places, what is less closes them, or lets replicas go."""
        more = event.count - (self.alive if event.first and not self.target else self.target)
        self.target = event.count
        kept = min(self.surplus, max(0, more))
        self.surplus -= kept
        self.opened.extend([event.recorded] * min(max(0, more - kept), _MOST))
        for _ in range(min(max(0, -more), _MOST)):
            if self.opened:
                self.opened.pop()
            else:
                self.surplus += 1

    def fill(self) -> None:
        """Take a new replica in."""
        self.alive += 1
        if self.opened:
            self.opened.popleft()

    def shrink(self) -> None:
        """Take in that a replica went because there were to be fewer."""
        self.alive -= 1
        self.surplus = max(0, self.surplus - 1)

    def leave(self, event: Recorded[Fact], *, sure: bool) -> None:
        """Take in that a replica went; not `sure`: it may be one of those that were still to go."""
        if self.surplus and not sure:
            self.shrink()
            return
        self.alive -= 1
        self.opened.append(event)


_Event = tuple[datetime, int, int, Set | Recorded[Fact]]
"""When it happened, what comes first of what happened at once, its position, and what it is."""


def _events(past: Past, replica_set: str, template: str, until: Recorded[Fact]) -> list[_Event]:
    events: list[_Event] = [(one.at, 0, one.recorded.position, one) for one in settings(past, replica_set, template)]
    for birth in past.births.values():
        created = birth.fact
        if not isinstance(created, ReplicaCreated) or replica_set_of(created.pod) != replica_set:
            continue
        events.append((happened_by(birth), 2, birth.position, birth))
        if (leaves := departure(birth, past)) is not None:
            events.append((happened_by(leaves), 1, leaves.position, leaves))
    if not isinstance(until.fact, ReplicaCreated):
        events.append((happened_by(until), 2, until.position, until))
    return sorted(_in_watched_order(events), key=lambda one: one[:3])


def _in_watched_order(events: list[_Event]) -> Iterator[_Event]:
    """Let a replica that was seen to go, and has no time of its own, have gone before what the same watch told after it."""
    pods = [(at, event) for at, _, _, event in events if not isinstance(event, Set)]
    born = {event.stream: at for at, event in pods if isinstance(event.fact, ReplicaCreated)}
    soonest_after = datetime.max.replace(tzinfo=UTC)
    for seen_by, order, position, event in sorted(events, key=lambda one: one[2], reverse=True):
        at = seen_by
        if isinstance(event, Set):
            yield at, order, position, event
            continue
        if isinstance(event.fact, ReplicaGone) and event.fact.how == "seen":
            at = max(min(at, soonest_after), min(at, born.get(event.stream, at)))
        if isinstance(event.fact, ReplicaCreated | ReplicaGone):  # all else may be told late, and by others than that watch
            soonest_after = min(at, soonest_after)
        yield at, order, position, event


def departure(birth: Recorded[Fact], past: Past) -> Recorded[Fact] | None:
    """Give the first fact by which a replica no longer counts for its ReplicaSet; None while it does."""
    return next((one for one in past.life(birth) if _leaves(one)), None)


def _leaves(one: Recorded[Fact]) -> bool:
    match one.fact:
        case ReplicaLeaving() | ReplicaGone() | ReplicaDisowned() | ReplicaEnded():
            return True
        case ReplicaWarned(event=event):
            return event.startswith(_FAILED)
        case _:
            return False


def _removed(leaves: Recorded[Fact], past: Past) -> bool:
    return any(isinstance(one.fact, ReplicaRemoved) for one in past.life(leaves))


def _otherwise(leaves: Recorded[Fact], past: Past) -> bool:
    """Tell whether a replica went for another reason than that its ReplicaSet was scaled down."""
    life = past.life(leaves)
    disrupted = any(isinstance(one.fact, ReplicaLeaving) and one.fact.reason for one in life)
    return disrupted or not isinstance(leaves.fact, ReplicaLeaving | ReplicaGone)


def births_of(past: Past, replica_set: str, after: datetime) -> Iterator[Recorded[Fact]]:
    """Give the replicas that a ReplicaSet made after a time."""
    for birth in past.births.values():
        if replica_set_of(past.pod(birth)) == replica_set and happened_by(birth) > after:
            yield birth
