"""How long a deployment had fewer ready replicas than were wanted: each spell, how it began, and the sums by cause.

A spell's cause is what is on record of the replica that was lost first: a restart, a failed check, its leaving; nothing on
record, then it is not known. What befell replicas while nobody watched is known by its result only.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.facts import Fact
from domain.orders import DeletionOrdered, Submitted
from domain.pod_facts import ReplicaLeaving
from domain.record import Recorded
from domain.replica import BecameReady, BecameUnready, ProbeFailed, ReplicaGone, ReplicaKilled, Restarted
from domain.scaling import Scaled
from projections.when import happened_at

NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Spell:
    """A time with fewer ready replicas than were wanted. `until` is None while it lasts; `fewest` were ready at the worst.

    `position` is the fact that it began with, `cause` in a few words what is on record of it.
    """

    since: datetime
    until: datetime | None
    wanted: int
    fewest: int
    cause: str
    position: int
    why: int = 0
    """The position of the fact that the cause is read from; 0 where it is not known."""

    def lasted(self, now: datetime) -> timedelta:
        """Say how long it lasted, or has lasted up to now."""
        return max((self.until or now) - self.since, timedelta())


@dataclass(frozen=True, slots=True)
class Unready:
    """The spells within a window, oldest first, and their sums up to its end."""

    spells: tuple[Spell, ...]
    since: datetime | None
    until: datetime

    @property
    def total(self) -> timedelta:
        """Give the sum of all spells."""
        return sum((spell.lasted(self.until) for spell in self.spells), timedelta())

    @property
    def none_ready(self) -> timedelta:
        """Give the sum of the spells in which no replica at all was ready at the worst: an upper bound of an outage."""
        return sum((spell.lasted(self.until) for spell in self.spells if spell.fewest == 0), timedelta())

    @property
    def by_cause(self) -> Mapping[str, tuple[int, timedelta]]:
        """Give for each cause how many spells it began, and how long they lasted; the longest first."""
        sums: dict[str, tuple[int, timedelta]] = {}
        for spell in self.spells:
            times, lasted = sums.get(spell.cause, (0, timedelta()))
            sums[spell.cause] = times + 1, lasted + spell.lasted(self.until)
        return dict(sorted(sums.items(), key=lambda item: item[1][1], reverse=True))


def unready(history: Iterable[Recorded[Fact]], *, since: datetime | None, until: datetime) -> Unready:
    """Measure a deployment's history, oldest fact first, within a window."""
    spells = [_within(spell, since, until) for spell in _spells(history, until)]
    return Unready(tuple(spell for spell in spells if spell is not None), since, until)


def _within(spell: Spell, since: datetime | None, until: datetime) -> Spell | None:
    begun = max(spell.since, since) if since else spell.since
    ended = min(spell.until, until) if spell.until else None
    return replace(spell, since=begun, until=ended) if begun <= (ended or until) else None


@dataclass(slots=True)
class _Count:
    """Which replicas are ready, how many are wanted, and the spell that lasts. Kept light: histories are long."""

    wanted: int = 0
    ready: set[str] = field(default_factory=set[str])
    signs: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    """For each replica, what is on record of it since it was ready last, and where."""
    lost: str = ""
    """The replica that the spell began with; empty where it began with an order."""
    spell: Spell | None = None


def _spells(history: Iterable[Recorded[Fact]], until: datetime) -> Iterator[Spell]:
    count = _Count()
    for recorded in history:
        at = happened_at(recorded)
        if at > until:
            continue
        _take(count, recorded)
        short = len(count.ready) < count.wanted
        if short and count.spell is None:
            count.spell = _begun(count, recorded, at)
        elif count.spell is not None and not short:
            yield replace(count.spell, until=max(at, count.spell.since))
            count.spell, count.lost = None, ""
        elif count.spell is not None:
            count.spell = _gone_on(count, count.spell)
    if count.spell is not None:
        yield count.spell


def _take(count: _Count, recorded: Recorded[Fact]) -> None:
    fact, uid = recorded.fact, recorded.stream.partition("/")[2]
    match fact:
        case Submitted():
            count.wanted = fact.replicas if fact.enabled else 0
        case DeletionOrdered():
            count.wanted = 0
        case Scaled():
            count.wanted = fact.after
        case BecameReady():
            count.ready.add(uid)
            count.signs.pop(uid, None)
        case BecameUnready() | ReplicaGone() | Restarted():
            count.ready.discard(uid)
        case _:
            pass
    sign = _sign(fact)
    if sign and (sign.startswith("restart") or uid not in count.signs):
        count.signs[uid] = sign, recorded.position


def _sign(fact: Fact) -> str:
    """Say what a fact tells of why its replica is lost; empty where it tells nothing."""
    match fact:
        case Restarted(cause=cause):
            return f"restart: {cause if cause != 'unknown' else NOT_KNOWN}"
        case ReplicaKilled(probe=probe) if probe:
            return f"restart: {probe} probe"
        case ProbeFailed(probe="readiness"):
            return "readiness probe"
        case ReplicaLeaving(reason=reason):
            return f"replica left: {reason or 'deleted'}"
        case _:
            return ""


def _begun(count: _Count, recorded: Recorded[Fact], at: datetime) -> Spell:
    fact = recorded.fact
    if isinstance(fact, Submitted):
        cause, why = f"order: {fact.origin.kind}", recorded.position
    elif isinstance(fact, Scaled):
        cause, why = "scaled up by the autoscaler", recorded.position
    else:
        count.lost = recorded.stream.partition("/")[2]
        cause, why = count.signs.get(count.lost, (NOT_KNOWN, 0))
    return Spell(at, None, count.wanted, len(count.ready), cause, recorded.position, why)


def _gone_on(count: _Count, spell: Spell) -> Spell:
    """Take in what else is on record: a container's end is told after its readiness, in the same breath."""
    fewest, wanted = min(spell.fewest, len(count.ready)), max(spell.wanted, count.wanted)
    if count.lost in count.signs and (spell.cause == NOT_KNOWN or spell.cause.endswith(NOT_KNOWN)):
        cause, why = count.signs[count.lost]
        return replace(spell, fewest=fewest, wanted=wanted, cause=cause, why=why)
    return spell if (fewest, wanted) == (spell.fewest, spell.wanted) else replace(spell, fewest=fewest, wanted=wanted)
