"""Timers: when to look again, and never sooner or for nothing."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.policy import Policy
from reconciler.timers import Timers
from tests.unit.one_deployment import NOON

POLICY = Policy()
SOON, LATER = NOON + timedelta(seconds=1), NOON + timedelta(seconds=60)


def test_the_first_time_is_the_earliest_of_all() -> None:
    timers = Timers()
    timers.look_again("a", LATER)
    timers.look_again("b", SOON)

    assert timers.first() == SOON


def test_a_new_time_replaces_the_one_before() -> None:
    timers = Timers()
    timers.look_again("a", SOON)
    timers.look_again("a", LATER)

    assert timers.due(SOON) == set()
    assert timers.due(LATER) == {"a"}


def test_a_time_that_is_taken_back_never_comes() -> None:
    timers = Timers()
    timers.look_again("a", SOON)
    timers.look_again("a", None)

    assert timers.first() is None
    assert timers.due(LATER) == set()


def test_a_time_is_due_once() -> None:
    timers = Timers()
    timers.look_again("a", SOON)

    assert timers.due(SOON) == {"a"}
    assert timers.due(LATER) == set()


def test_what_cannot_be_found_out_is_asked_for_ever_more_rarely() -> None:
    timers = Timers()
    waits: list[float] = []
    for _ in range(10):
        timers.again("a", NOON, POLICY)
        first = timers.first()
        assert first is not None
        waits.append((first - NOON).total_seconds())

    assert waits[:4] == [0.5, 1, 2, 4]
    assert waits[-1] == POLICY.retry_longest
    assert timers.waiting("a", NOON)
    assert not timers.waiting("a", NOON + timedelta(seconds=POLICY.retry_longest)), "its time has come"


def test_once_it_is_found_out_the_patience_is_whole_again() -> None:
    timers = Timers()
    timers.again("a", NOON, POLICY)
    timers.again("a", NOON, POLICY)
    timers.forget("a")

    assert not timers.waiting("a", NOON)
    timers.again("a", NOON, POLICY)
    assert timers.first() == NOON + timedelta(seconds=POLICY.retry_first)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 20)), max_size=30))
def test_whatever_was_set_last_is_what_comes(settings: list[tuple[str, int | None]]) -> None:
    timers = Timers()
    last: dict[str, int | None] = {}
    for subject, seconds in settings:
        timers.look_again(subject, None if seconds is None else NOON + timedelta(seconds=seconds))
        last[subject] = seconds

    expected = {subject: seconds for subject, seconds in last.items() if seconds is not None}

    for second in range(21):
        due = timers.due(NOON + timedelta(seconds=second))
        assert due == {subject for subject, seconds in expected.items() if seconds == second}
