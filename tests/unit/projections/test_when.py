"""A fact is told with the time at which it happened, and with that of its recording where the two lie apart."""

from datetime import datetime, timedelta

import pytest

from adapters.cli.reading.telling import sentence
from domain.facts import Fact
from domain.orders import DeletionOrdered
from domain.record import EventMetadata, Recorded, Who
from domain.replica import BecameReady, BecameUnready, ContainerStarted, ReplicaCreated, ReplicaScheduled, Restarted
from projections.timeline import line
from projections.when import happened_at, happened_by
from tests.stories import NOON

LATER = NOON + timedelta(minutes=3)


def recorded(fact: Fact, *, seen: datetime | None = LATER, at: datetime = LATER) -> Recorded[Fact]:
    metadata = EventMetadata("id", Who("engine", "engine"), "shop/web", observed_at=seen)
    return Recorded(7, "replica/u1", 1, at, fact, metadata)


@pytest.mark.parametrize(
    "fact",
    [
        ReplicaCreated("web-1", "reckon-shop", 1, "t", NOON),
        ContainerStarted("c1", NOON),
        BecameReady(NOON),
        BecameUnready(NOON, "ContainersNotReady"),
        Restarted(1, 1, 137, 9, "Error", "", "unknown", NOON, NOON - timedelta(hours=1)),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_what_was_seen_after_an_outage_has_the_time_that_the_cluster_gives(fact: Fact) -> None:
    assert happened_at(recorded(fact)) == NOON


def test_where_the_cluster_gives_no_time_it_is_when_it_was_seen() -> None:
    assert happened_at(recorded(ReplicaScheduled("n1"), seen=NOON)) == NOON
    assert happened_at(recorded(BecameReady(None), seen=NOON)) == NOON


def test_an_order_happened_when_it_was_recorded() -> None:
    assert happened_at(recorded(DeletionOrdered(1), seen=None)) == LATER


def test_a_time_of_the_cluster_that_lies_after_its_sight_is_not_believed() -> None:
    assert happened_at(recorded(BecameReady(LATER + timedelta(days=1)), seen=NOON)) == NOON


def test_within_a_second_our_own_clock_is_the_finer_one() -> None:
    seen = NOON + timedelta(milliseconds=700)
    assert happened_at(recorded(BecameReady(NOON), seen=seen, at=seen)) == seen


def test_what_was_seen_late_had_happened_within_the_second_that_the_cluster_says_and_before_the_next() -> None:
    late = recorded(BecameReady(NOON), seen=NOON + timedelta(seconds=3))
    assert NOON < happened_by(late) < happened_at(recorded(BecameReady(NOON + timedelta(seconds=1))))
    soon = NOON + timedelta(milliseconds=300)
    assert happened_by(recorded(BecameReady(NOON), seen=soon)) == soon
    assert happened_by(recorded(ReplicaScheduled("n1"), seen=NOON)) == NOON


def test_a_line_says_when_it_was_recorded_only_where_that_is_seconds_later() -> None:
    late, soon = line(recorded(BecameReady(NOON)), str), line(recorded(BecameReady(None)), str)
    assert (late.at, late.recorded_at) == (NOON, LATER)
    assert "(recorded at " in sentence(late, LATER).plain
    assert "recorded at" not in sentence(soon, LATER).plain
