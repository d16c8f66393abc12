"""Gaps in what was observed, gathered: who comes after a killed engine misses all kinds at once, and that is one sentence."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from domain.cluster import ObservationGap
from domain.facts import Fact
from domain.record import Recorded
from domain.repeats import gist
from projections.sentences.cluster import missed, of_several
from projections.timeline import TimelineLine
from projections.wording import Clocked

_TOGETHER = timedelta(seconds=10)
"""Kinds are listed one after another: gaps that end so near to each other are one."""

GapLine = tuple[Recorded[Fact], TimelineLine]


def gathered(told: Iterable[GapLine], clocked: Clocked) -> Iterator[TimelineLine]:
    """Give the lines; of gaps in a row that are one a single line, at the place of the newest."""
    waiting: list[GapLine] = []
    for recorded, line in told:
        if waiting and not _one(waiting[0][0].fact, recorded.fact):
            yield _said(waiting, clocked)
            waiting = []
        if isinstance(recorded.fact, ObservationGap):
            waiting.append((recorded, line))
        else:
            yield line
    if waiting:
        yield _said(waiting, clocked)


def _one(first: Fact, other: Fact) -> bool:
    """Tell whether two gaps are one: for the same reason, at the same time, and both of what is watched."""
    if not isinstance(first, ObservationGap) or not isinstance(other, ObservationGap):
        return False
    watched = missed(first.kind).startswith("changes") and missed(other.kind).startswith("changes")
    return watched and gist(first.why) == gist(other.why) and abs(other.until - first.until) <= _TOGETHER


def _said(told: list[GapLine], clocked: Clocked) -> TimelineLine:
    line = told[-1][1]
    gaps = [recorded.fact for recorded, _ in told if isinstance(recorded.fact, ObservationGap)]
    return line if len(gaps) == 1 else replace(line, text=of_several(gaps, clocked))
