"""Times are read as people write them, and what was understood can be told."""

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cli.reading.times import ago, clocked, echoed, of_the_past, parse_span, parse_time
from domain.errors import Refused
from tests.stories import NOON


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The person sits an hour east of UTC."""
    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("now", NOON),
        ("10m ago", NOON - timedelta(minutes=10)),
        ("1h30m ago", NOON - timedelta(minutes=90)),
        ("5m", NOON - timedelta(minutes=5)),
        ("2 days ago", NOON - timedelta(days=2)),
        ("12:30", datetime(2026, 11, 22, 11, 30, tzinfo=UTC)),
        ("14:05", datetime(2026, 11, 21, 13, 5, tzinfo=UTC)),
        ("11:30Z", datetime(2026, 11, 22, 11, 30, tzinfo=UTC)),
        ("yesterday 14:05", datetime(2026, 11, 21, 13, 5, tzinfo=UTC)),
        ("2026-11-22T14:05Z", datetime(2026, 11, 22, 14, 5, tzinfo=UTC)),
        ("2026-11-22 14:05", datetime(2026, 11, 22, 13, 5, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 19, 23, 0, tzinfo=UTC)),
        ("2026-11-22t14:05:07+02:00", datetime(2026, 11, 22, 12, 5, 7, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_a_person_means_it(text: str, understood: datetime) -> None:
    assert parse_time(text, NOON) == understood


@pytest.mark.parametrize("text", ["in 5m", "tomorrow 09:00", "today 23:00", "2031-01-01", "2026-11-22T12:00:01Z"])
def test_a_time_to_come_is_refused_and_says_how_it_was_understood(text: str) -> None:
    with pytest.raises(Refused, match=r"is in the future: it means .*CET.*, and it is 2026-11-22 13:00:00 CET") as refused:
        of_the_past(parse_time(text, NOON), NOON, text)

    assert "leave it out for now" in refused.value.hint


def test_now_has_come() -> None:
    assert of_the_past(parse_time("now", NOON), NOON, "now") == NOON


@pytest.mark.parametrize("text", ["", "tea time", "25:00", "ago", "10 ago", "in 10", "someday 14:05", "2026-13-01"])
def test_what_is_no_time_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_time(text, NOON)

    assert refused.value.hint


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_times(text: str) -> None:
    with contextlib.suppress(Refused):
        assert parse_time(text, NOON).tzinfo is not None


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("2 d", 172800), ("60", 60), (" 1.5 ", 1.5)]
)
def test_spans_are_read(text: str, seconds: float) -> None:
    assert parse_span(text) == timedelta(seconds=seconds)


def test_ages_are_said_in_few_words() -> None:
    assert ago(NOON - timedelta(seconds=0.2), NOON) == "just now"
    assert ago(NOON - timedelta(minutes=3, seconds=20), NOON) == "3 min 20 s ago"
    assert ago(NOON + timedelta(hours=2), NOON) == "in 2 h"
    assert ago(None, NOON) == "-"


def test_the_instant_that_was_understood_is_echoed_with_its_zone() -> None:
    assert echoed(NOON) == "2026-11-22 13:00:00 CET (+01:00)"
    assert clocked(NOON, NOON) == "13:00:00"
    assert clocked(NOON - timedelta(days=1), NOON) == "2026-11-21 13:00:00"
