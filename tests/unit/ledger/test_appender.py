"""The coalescing appender: one transaction for all who wait, and to each their own answer."""

# pyright: reportPrivateUsage=false
# A control breaks a part from inside.

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ledger.appender import MOST_FACTS, Appender
from adapters.ledger.batch import AppendRequest, LedgerState, as_micros, as_time, judge
from adapters.ledger.codec import Codec
from domain.errors import Conflict, NotLeading, Unreachable
from domain.facts import Fact
from domain.record import Append, Lease
from tests.contracts.ledgers import NOON, some

CODEC = Codec()


def request(*appends: Append[Fact], lease: Lease | None = None) -> AppendRequest:
    encoded = [[CODEC.encode(note) for note in append.notes] for append in appends]
    return AppendRequest(appends, encoded, (), {}, lease)


def ledger_state(versions: dict[str, int] | None = None, *, newest: datetime = NOON, now: datetime = NOON) -> LedgerState:
    return LedgerState(10, as_micros(newest), as_micros(now), Lease("one", 3), versions or {}, {})


def test_a_conflict_inside_a_batch_is_its_callers_alone() -> None:
    batch = [request(some("a", 0)), request(some("a", 0)), request(some("b", 1), some("a", 1)), request(some("a", 1))]
    writing = judge(batch, ledger_state())

    assert [type(one.error) for one in batch] == [type(None), Conflict, Conflict, type(None)]
    assert [(row.position, row.stream, row.version) for row in writing.rows] == [(11, "a", 1), (12, "a", 2)]


def test_a_stale_lease_inside_a_batch_is_its_callers_alone() -> None:
    batch = [request(some("a", 0), lease=Lease("one", 2)), request(some("a", 0), lease=Lease("one", 3))]
    writing = judge(batch, ledger_state())
    assert [type(one.error) for one in batch] == [NotLeading, type(None)]
    assert len(writing.rows) == 1


def test_the_same_request_twice_in_one_batch_is_written_once() -> None:
    order = some("a", 0, 2)
    batch = [request(order), request(order)]
    writing = judge(batch, ledger_state())
    assert len(writing.rows) == 2
    assert [one.stands_already for one in batch] == [False, True]


def test_the_time_of_recording_does_not_follow_a_clock_that_was_set_back() -> None:
    earlier = datetime(2020, 1, 1, tzinfo=UTC)
    one = request(some("a", 0))
    judge([one], ledger_state(now=earlier))
    assert one.recorded[0].recorded_at == NOON


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 3)), max_size=12))
def test_whatever_a_batch_holds_the_streams_stay_without_gaps(wanted: list[tuple[str, int, int]]) -> None:
    batch = [request(some(stream, expected, count)) for stream, expected, count in wanted]
    writing = judge(batch, ledger_state())

    assert [row.position for row in writing.rows] == list(range(11, 11 + len(writing.rows)))
    for stream in "abc":
        versions = [row.version for row in writing.rows if row.stream == stream]
        assert versions == list(range(1, len(versions) + 1))
    for one in batch:
        assert (one.error is None) == (len(one.recorded) == one.size and not isinstance(one.error, Conflict))


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2199, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 (hypothesis adds the zone)
def test_times_survive_being_counted_in_microseconds(when: datetime) -> None:
    assert as_time(as_micros(when)) == when


class Slow:
    """Writes to nowhere, slowly at first, so that others come to wait."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.go = Event()
        self.busy = Event()

    def write(self, batch: Sequence[AppendRequest]) -> None:
        self.busy.set()
        self.go.wait(10)
        self.batches.append(len(batch))
        for one in batch:
            if one.appends[0].stream == "cut":
                raise Unreachable("cut")
            if one.appends[0].stream == "bug":
                raise ZeroDivisionError


def all_at_once(slow: Slow, streams: Sequence[str]) -> list[BaseException | None]:
    appender = Appender(slow.write)
    with ThreadPoolExecutor(len(streams) + 1) as pool:
        first = pool.submit(appender.append, request(some("first", 0)))
        slow.busy.wait(10)
        others = [pool.submit(appender.append, request(some(stream, 0))) for stream in streams]
        while len(appender._waiting) < len(streams):
            slow.busy.wait(0.001)
        slow.go.set()
        return [one.exception(10) for one in [first, *others]]


def test_who_waits_is_written_together() -> None:
    slow = Slow()
    assert all_at_once(slow, list("abcdefgh")) == [None] * 9
    assert slow.batches == [1, 8]


def test_a_broken_connection_is_told_to_all_who_were_in_the_batch() -> None:
    slow = Slow()
    answers = all_at_once(slow, ["a", "cut", "b"])
    assert [type(one) for one in answers] == [type(None), Unreachable, Unreachable, Unreachable]
    assert len({id(one) for one in answers}) == 4


def test_a_bug_in_one_request_is_that_callers_alone() -> None:
    slow = Slow()
    answers = all_at_once(slow, ["a", "bug", "b"])
    assert [type(one) for one in answers] == [type(None), type(None), ZeroDivisionError, type(None)]


def test_a_batch_is_not_larger_than_it_may_be() -> None:
    slow = Slow()
    slow.go.set()
    appender = Appender(slow.write)
    appender._waiting.extend(request(some("a", 0, 200)) for _ in range(4))
    assert len(appender._next_batch()) == MOST_FACTS // 200
    appender._waiting.appendleft(request(some("a", 0, MOST_FACTS + 1)))
    assert len(appender._next_batch()) == 1


@pytest.mark.parametrize("count", [0, 1, 3])
def test_an_append_may_hold_any_number_of_facts(count: int) -> None:
    one = request(some("a", 0, count))
    assert len(judge([one], ledger_state()).rows) == count
    assert one.error is None
