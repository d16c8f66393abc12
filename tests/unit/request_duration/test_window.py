"""The mean over a window: relays that begin, end, are started anew and are read now and then, against what really happened."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.deployment import Deployment
from domain.measuring import DurationLost, DurationMeasured
from domain.names import Key
from reconciler.request_duration import (
    LATE,
    RUNS,
    SPAN,
    Estimate,
    NoEstimate,
    ReadingWindow,
    RelayReading,
    RelayRun,
    duration_news,
    readings_of,
    three_digits,
)
from tests.at_night import at_night

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def reading(seconds: float, requests: int, total: float, *, replica: str = "a", began: float = -3600) -> RelayReading:
    return RelayReading(replica, at(began), requests, total, at(seconds))


def after(*readings: RelayReading) -> ReadingWindow:
    window = ReadingWindow()
    for one in readings:
        window = window.take(one)
    return window


def measured(window: ReadingWindow, now: float, *present: str) -> DurationMeasured:
    found = window.measure(present or ("a",), at(now))
    assert isinstance(found, DurationMeasured), found
    return found


def test_the_value_is_the_seconds_of_the_windows_requests_by_their_number() -> None:
    window = after(reading(0, 100, 50.0), reading(150, 110, 55.0), reading(300, 120, 62.0))
    found = measured(window, 300)
    assert (found.value, found.requests, found.window) == (0.6, 20, 300.0)
    assert [(share.replica, share.requests, share.seconds) for share in found.shares] == [("a", 20, 12.0)]


def test_no_requests_are_zero_seconds() -> None:
    assert measured(after(reading(0, 100, 50.0), reading(300, 100, 50.0)), 300).value == 0.0


def test_it_is_the_mean_of_the_whole_endpoint_and_not_of_the_replicas_means() -> None:
    quick = [reading(0, 0, 0.0), reading(300, 99, 9.9)]
    slow = [reading(0, 0, 0.0, replica="b"), reading(300, 1, 10.1, replica="b")]
    assert measured(after(*quick, *slow), 300, "a", "b").value == 0.2


def test_before_a_window_was_seen_whole_nothing_is_known() -> None:
    window = after(reading(0, 100, 50.0), reading(150, 110, 55.0))
    assert isinstance(window.measure(["a"], at(150)), NoEstimate)


def test_a_relay_that_began_within_the_window_is_known_from_its_first_reading_on() -> None:
    assert measured(after(reading(30, 10, 5.0, began=10)), 30).value == 0.5


def test_one_that_has_served_nobody_yet_is_known_however_long_it_runs() -> None:
    assert measured(after(reading(0, 0, 0.0), reading(15, 4, 2.0)), 15).value == 0.5


def test_a_relay_that_was_started_anew_counts_from_nothing_and_what_it_had_counted_before_stays() -> None:
    window = after(reading(0, 100, 50.0), reading(100, 104, 52.0), reading(300, 6, 6.0, began=110))
    found = measured(window, 300)
    assert found.requests == 4 + 6
    assert found.value == three_digits(8.0 / 10)


def test_a_count_that_falls_without_a_new_beginning_is_a_new_beginning() -> None:
    window = after(reading(0, 100, 50.0), reading(100, 104, 52.0), reading(300, 6, 6.0))
    assert measured(window, 300).requests == 10


def test_a_replica_that_left_counts_until_its_requests_have_left_the_window() -> None:
    stays = [reading(second, 0, 0.0) for second in range(0, 901, 15)]
    left = [reading(second, 50 * (second == 300), 5.0 * (second == 300), replica="b") for second in range(0, 301, 15)]
    window = after(*stays, *left)
    assert measured(window, 310).requests == 50
    assert measured(window, 590).requests == 50
    assert measured(window.forget(at(601)), 601).requests == 0


def test_a_present_replica_that_does_not_answer_makes_it_unknown_and_says_which() -> None:
    window = after(reading(0, 1, 1.0), reading(300, 1, 1.0))
    found = window.measure(["a", "b"], at(300))
    assert found == NoEstimate("no answer from the relays of b")
    assert isinstance(window.measure(["a"], at(300) + LATE + timedelta(seconds=1)), NoEstimate)
    assert window.measure([], at(300)) == NoEstimate("no replica takes requests now")


def test_a_reading_from_long_before_the_window_counts_only_when_nothing_happened_since() -> None:
    still = after(reading(-500, 100, 50.0), reading(0, 100, 50.0), reading(15, 101, 51.0))
    assert measured(still, 15).requests == 1
    busy = after(reading(-500, 100, 50.0), reading(0, 101, 51.0), reading(15, 102, 52.0))
    assert isinstance(busy.measure(["a"], at(15)), NoEstimate)


def test_an_engine_that_takes_over_goes_on_where_the_record_ends() -> None:
    before = after(reading(0, 100, 50.0), reading(150, 110, 55.0), reading(300, 120, 62.0))
    told = [measured(before, 300)]
    taken_over = after(*(one for fact in told for one in readings_of(fact)), reading(330, 121, 63.0))
    assert isinstance(taken_over.measure(["a"], at(330)), NoEstimate)
    assert measured(taken_over.take(reading(600, 130, 70.0)), 600).requests == 10


@dataclass(frozen=True)
class Life:
    """One process of a relay: from when to when it runs, and when its requests end with how many seconds each."""

    replica: str
    began: float
    ended: float
    requests: tuple[tuple[float, int], ...]

    def read(self, now: float) -> RelayReading | None:
        if not self.began <= now < self.ended:
            return None
        done = [seconds for when, seconds in self.requests if self.began <= when <= now]
        return RelayReading(self.replica, at(self.began), len(done), float(sum(done)), at(now))

    def within(self, start: float, end: float) -> int:
        return sum(start < when <= end for when, _ in self.requests if self.began <= when < self.ended)


@st.composite
def a_life(draw: st.DrawFn) -> Life:
    began = float(draw(st.integers(-900, 900)))
    asked = draw(st.lists(st.tuples(st.integers(-900, 900).map(float), st.integers(0, 9)), max_size=30))
    return Life(draw(st.sampled_from("abc")), began, began + draw(st.integers(1, 1800)), tuple(sorted(asked)))


lives = st.lists(a_life(), max_size=6)


def apart(some: list[Life]) -> list[Life]:
    """Let a replica's next relay begin when the one before has ended."""
    kept: dict[str, list[Life]] = {}
    for life in sorted(some, key=lambda one: one.began):
        before = kept.setdefault(life.replica, [])
        if not before or before[-1].ended + 1 < life.began:
            before.append(life)
    return [life for each in kept.values() for life in each]


@settings(max_examples=at_night(200))
@given(lives.map(apart), st.integers(0, 14), st.sets(st.integers(0, 120), max_size=20))
def test_what_is_told_is_what_really_happened_between_the_readings(some: list[Life], phase: int, missed: set[int]) -> None:
    window, read = ReadingWindow(), dict[tuple[str, float], list[float]]()
    for step in range(120):
        now = -900.0 + phase + 15 * step
        for life in some:
            one = None if step in missed else life.read(now)
            if one is not None:
                read.setdefault((life.replica, life.began), []).append(now)
                window = window.take(one)
        window = window.forget(at(now))
        here = [life.replica for life in some if life.began <= now < life.ended]
        found = window.measure(here, at(now))
        if isinstance(found, NoEstimate):
            continue
        start = now - SPAN.total_seconds()
        least = sum(life.within(start, times[-1]) for life, times in _read(some, read) if times[-1] > start)
        most = sum(life.within(start - LATE.total_seconds(), times[-1]) for life, times in _read(some, read))
        assert least <= found.requests <= most
        assert found.requests == sum(share.requests for share in found.shares)
        assert all(share.requests >= 0 and share.seconds >= 0 for share in found.shares)
        assert found.window >= 0


def _read(some: list[Life], read: dict[tuple[str, float], list[float]]) -> list[tuple[Life, list[float]]]:
    return [(life, times) for life in some if (times := read.get((life.replica, life.began)))]


class Careless(ReadingWindow):
    """A control: takes a relay that was started anew for the one before."""

    def take(self, reading: RelayReading) -> ReadingWindow:
        runs = self.runs.get(reading.replica, ())
        readings = (*runs[0].readings, reading) if runs else (reading,)
        return Careless(self.span, {**self.runs, reading.replica: (RelayRun(readings),)})


def test_the_property_above_would_find_a_window_that_does_not_see_a_relay_start_anew() -> None:
    window: ReadingWindow = Careless()
    for one in (reading(0, 100, 50.0), reading(100, 104, 52.0), reading(300, 6, 6.0, began=110)):
        window = window.take(one)
    found = window.measure(["a"], at(300))
    assert isinstance(found, DurationMeasured)
    assert found.requests < 0


def test_only_a_value_that_differs_in_three_digits_is_news() -> None:
    deployment = Deployment(Key("shop", "web"))
    value = measured(after(reading(0, 0, 0.0), reading(300, 3, 1.0)), 300)
    first = duration_news(deployment, Estimate("shop/web", at(300), value))
    assert first == value
    told = replace(deployment, duration=value)
    assert duration_news(told, Estimate("shop/web", at(315), replace(value, requests=300, at=at(315)))) is None
    other = replace(value, value=0.334)
    assert duration_news(told, Estimate("shop/web", at(315), other)) == other


def test_a_moment_without_a_value_is_no_news_a_minute_is_and_once() -> None:
    told = replace(Deployment(Key("shop", "web")), duration=DurationMeasured(0.1, 1, 300.0, (), at(0)))
    silent = Estimate("shop/web", at(30), NoEstimate("why"), silent_since=at(0))
    assert duration_news(told, silent) is None
    lost = duration_news(told, replace(silent, at=at(61)))
    assert lost == DurationLost("why")
    assert duration_news(replace(told, duration=lost), replace(silent, at=at(600))) is None


@pytest.mark.parametrize(
    ("value", "rounded"), [(0.123456, 0.123), (1234.5, 1230.0), (0.0, 0.0), (9.996, 10.0), (0.00012345, 0.000123)]
)
def test_three_digits_are_kept(value: float, rounded: float) -> None:
    assert three_digits(value) == rounded


def test_a_relay_that_claims_another_beginning_each_time_makes_no_long_record() -> None:
    found = after(*(reading(n * 15, n, 0.1, began=n * 15 - 1) for n in range(20))).measure(["a"], at(290))
    assert isinstance(found, DurationMeasured)
    assert len(found.shares) <= RUNS
