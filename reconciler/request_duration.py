"""The mean duration of an endpoint's requests over a window, from what its relays have counted. Pure arithmetic.

Each relay counts from its own beginning, and is read now and then. What it counted within the window is known when there is a
reading from before the window, or the relay itself began within it. One present replica of which that is not known makes the
whole unknown: a mean of those that happen to answer would be a guess.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from domain.deployment import Deployment
from domain.measuring import DurationLost, DurationMeasured, MeasuringFact, Share

SPAN = timedelta(minutes=5)
EVERY = timedelta(seconds=15)
"""How often relays are read."""
LATE = timedelta(seconds=60)
"""So old a reading may be and still count as the newest; so long a value stays told when nothing is known any more."""
RUNS = 6
"""Beginnings of one relay that are kept: one that claims another each time fills no record."""
_SAME = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class RelayReading:
    """What a replica's relay had counted at a time, since it began: requests answered, and their seconds together."""

    replica: str
    began: datetime
    requests: int
    seconds: float
    at: datetime

    def follows(self, other: "RelayReading") -> bool:
        """Tell whether the same relay has gone on counting since an earlier reading."""
        return abs(self.began - other.began) <= _SAME and self.requests >= other.requests and self.seconds >= other.seconds


@dataclass(frozen=True, slots=True)
class RelayRun:
    """The readings of one relay from its beginning to its end, oldest first."""

    readings: tuple[RelayReading, ...]

    def before(self, start: datetime) -> RelayReading | None:
        """Give the reading from which the window counts: the newest one before it, or the relay's beginning in it.

        One from long before counts only when nothing has happened until the next.
        """
        earlier = [reading for reading in self.readings if reading.at <= start]
        first = self.readings[0]
        if earlier:
            base, following = earlier[-1], self.readings[min(len(earlier), len(self.readings) - 1)]
            still = (base.requests, base.seconds) == (following.requests, following.seconds)
            return base if still or start - base.at <= LATE else None
        if first.began >= start or (first.requests == 0 and first.seconds == 0):
            return RelayReading(first.replica, first.began, 0, 0.0, max(start, first.began))
        return None

    def needed(self, start: datetime) -> Self:
        """Forget what no window from now on counts from."""
        old = sum(reading.at <= start for reading in self.readings)
        return replace(self, readings=self.readings[max(0, old - 1) :])


@dataclass(frozen=True, slots=True)
class NoEstimate:
    """There is no value now, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class ReadingWindow:
    """All readings that matter for one deployment, by replica; a relay that was started anew is a new run."""

    span: timedelta = SPAN
    runs: Mapping[str, tuple[RelayRun, ...]] = field(default_factory=dict[str, tuple[RelayRun, ...]])

    def take(self, reading: RelayReading) -> "ReadingWindow":
        """Take a reading in; one that is not newer than the last of its replica changes nothing."""
        runs = self.runs.get(reading.replica, ())
        last = runs[-1].readings[-1] if runs else None
        if last is not None and reading.at <= last.at:
            return self
        if last is not None and reading.follows(last):
            runs = (*runs[:-1], RelayRun((*runs[-1].readings, reading)))
        else:
            runs = (*runs, RelayRun((_after(reading, last),)))
        return replace(self, runs={**self.runs, reading.replica: runs[-RUNS:]})

    def forget(self, now: datetime) -> "ReadingWindow":
        """Let go of what has left the window."""
        start = now - self.span
        kept: dict[str, tuple[RelayRun, ...]] = {}
        for replica, runs in self.runs.items():
            still = tuple(run.needed(start) for run in runs if run.readings[-1].at > start)
            if still:
                kept[replica] = still
        return replace(self, runs=kept)

    def measure(self, present: Iterable[str], now: datetime) -> DurationMeasured | NoEstimate:
        """Give the mean over all replicas; `present` are those that take requests now."""
        missing = self._unread(frozenset(present), now)
        if missing:
            return NoEstimate(missing)
        shares: list[Share] = []
        oldest = now
        for run in self._all():
            start = run.before(now - self.span)
            if start is None:
                return NoEstimate("not all relays have been read for the whole of the window yet")
            oldest = min(oldest, start.at)
            shares.append(_share(run, start))
        requests = sum(share.requests for share in shares)
        value = three_digits(sum(share.seconds for share in shares) / requests) if requests else 0.0
        return DurationMeasured(value, requests, (now - oldest).total_seconds(), tuple(shares), now)

    def _unread(self, present: frozenset[str], now: datetime) -> str:
        if not present:
            return "no replica takes requests now"
        unread = sorted(replica for replica in present if not self._fresh(replica, now))
        return f"no answer from the relays of {', '.join(unread)}" if unread else ""

    def _fresh(self, replica: str, now: datetime) -> bool:
        runs = self.runs.get(replica, ())
        return bool(runs) and now - runs[-1].readings[-1].at <= LATE

    def _all(self) -> Iterator[RelayRun]:
        for replica in sorted(self.runs):
            yield from self.runs[replica]


def _after(reading: RelayReading, last: RelayReading | None) -> RelayReading:
    """Say when a relay that counts anew began: by its own word, or after it was last seen counting what is now gone."""
    if last is None or abs(reading.began - last.began) > _SAME:
        return reading
    return replace(reading, began=last.at)


def _share(run: RelayRun, start: RelayReading) -> Share:
    last = run.readings[-1]
    requests, seconds = last.requests - start.requests, last.seconds - start.seconds
    return Share(last.replica, requests, seconds, last.began, last.requests, last.seconds)


def three_digits(value: float) -> float:
    """Round to three significant digits."""
    return float(f"{value:.3g}")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a look at the relays of a deployment came to."""

    subject: str
    at: datetime
    found: DurationMeasured | NoEstimate
    silent_since: datetime | None = None
    """Since when there has been no value; None while there is one."""


def duration_news(deployment: Deployment, estimate: Estimate) -> MeasuringFact | None:
    """Give the fact that an estimate makes; None when it is what the autoscaler is told already."""
    told, found = deployment.duration, estimate.found
    if isinstance(found, DurationMeasured):
        return None if isinstance(told, DurationMeasured) and told.value == found.value else found
    silent = estimate.silent_since is not None and estimate.at - estimate.silent_since > LATE
    return DurationLost(found.why) if silent and not isinstance(told, DurationLost) else None


def readings_of(fact: DurationMeasured) -> Iterator[RelayReading]:
    """Give the readings that a fact on record was made of: an engine that takes the lead counts on from them."""
    for share in fact.shares:
        yield RelayReading(share.replica, share.began, share.total_requests, share.total_seconds, fact.at)
