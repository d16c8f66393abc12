"""What ran: the images' digests that replicas of each version were seen to run, which may be other than what was ordered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.deployment import Deployment, Version
from domain.facts import Fact
from domain.orders import DeletionOrdered, Submitted
from domain.record import Recorded
from domain.replica import ImagePulled, ReplicaCreated, ReplicaGone
from projections.pinned_names import digits
from projections.wording import listed


@dataclass(slots=True)
class _Life:
    """One replica, from the position at which it was told of to the one at which it was gone."""

    made: ReplicaCreated
    since: int
    until: int | None = None
    digests: dict[str, None] = field(default_factory=dict[str, None])

    def of(self, version: Version) -> bool:
        """Tell whether it is made from a version's pod template."""
        order = version.order
        return bool(order.replicas) and (order.template, order.incarnation) == (self.made.template, self.made.incarnation)


def ran(deployment: Deployment, facts: Iterable[Recorded[Fact]]) -> Mapping[int, tuple[str, ...]]:
    """Give for each version the digests that its replicas were seen to run, in the order in which they were seen.

    Versions with one pod template share replicas: those that were there while a version was wanted are its own too.
    """
    told = tuple(facts)
    times = _times(deployment, told)
    seen: dict[int, dict[str, None]] = {version.number: {} for version in deployment.versions}
    for life in _lives(told):
        mine = [version for version in deployment.versions if life.of(version)]
        there = [version for version in mine if _meet(life, *times[version.number])]
        late = [version for version in mine if times[version.number][0] <= life.since][-1:]
        for version in there or late:
            seen[version.number].update(life.digests)
    return {number: tuple(digests) for number, digests in seen.items()}


def _meet(life: _Life, since: int, until: int | None) -> bool:
    return (life.until is None or life.until > since) and (until is None or life.since < until)


def _times(deployment: Deployment, facts: Iterable[Recorded[Fact]]) -> dict[int, tuple[int, int | None]]:
    """Give for each version the positions from which, and up to which, it was wanted."""
    fits = {version.number for version in deployment.versions}
    times: dict[int, tuple[int, int | None]] = {}
    newest = 0
    for recorded in facts:
        if isinstance(recorded.fact, Submitted | DeletionOrdered) and newest and times[newest][1] is None:
            times[newest] = times[newest][0], recorded.position
        if isinstance(recorded.fact, Submitted) and recorded.fact.number in fits:
            newest = recorded.fact.number
            times[newest] = recorded.position, None
    return times


def _lives(facts: Iterable[Recorded[Fact]]) -> Iterable[_Life]:
    lives: dict[str, _Life] = {}
    for recorded in facts:
        match recorded.fact:
            case ReplicaCreated() as made:
                lives.setdefault(recorded.stream, _Life(made, recorded.position))
            case ImagePulled(digest=digest) if digest and recorded.stream in lives:
                lives[recorded.stream].digests[digest] = None
            case ReplicaGone() if recorded.stream in lives:
                lives[recorded.stream].until = recorded.position
            case _:
                pass
    return lives.values()


def what_ran(replicas: int, ordered: str, seen: tuple[str, ...]) -> str:
    """Say which image ran, beside the one that was ordered; empty where nothing was to run."""
    if not replicas:
        return ""
    pinned, found = digits(ordered), listed([digits(each) for each in seen])
    if not found:
        return f"ordered {pinned}, none of it was seen to run" if pinned else ""
    if not pinned:
        return f"ran {found}, what its name stood for was not known"
    return f"ran {found} as ordered" if found == pinned else f"ran {found}, ordered {pinned}"
