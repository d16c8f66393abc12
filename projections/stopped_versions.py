"""Versions that are to run nothing: where all is as ordered, a decision's verdict on one is told as stopped, not as healthy."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from domain.actions import Decided, VersionHealthy
from domain.facts import Fact
from domain.orders import Submitted
from domain.record import Recorded
from projections.sentences.actions import finding
from projections.timeline import TimelineLine

Rests = Callable[[str, int], bool]
"""Tells of a deployment, by its subject, whether a version of it is to run no replica."""


def of_rest(orders: Iterable[Recorded[Fact]]) -> frozenset[int]:
    """Give the numbers of the versions that are to run no replica, from a deployment's orders."""
    facts = (recorded.fact for recorded in orders)
    return frozenset(one.number for one in facts if isinstance(one, Submitted) and not (one.enabled and one.replicas))


def rested(line: TimelineLine, recorded: Recorded[Fact], rests: Rests) -> TimelineLine:
    """Say of a version that is to run nothing, and does not, that it is stopped; the fact does not know what was ordered."""
    fact, text = recorded.fact, line.text
    if not isinstance(fact, Decided):
        return line
    for found in fact.findings:
        if isinstance(found, VersionHealthy) and rests(line.subject, found.number):
            text = text.replace(finding(found)[1], f"version {found.number} is stopped")
    return replace(line, text=text)
