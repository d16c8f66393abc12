"""A watch of an API server that fails in every way we know: nothing is lost, nothing doubled, nobody hammered."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.cluster.buffer import Buffer
from adapters.cluster.owners import OwnerLookup
from adapters.cluster.requests import source
from adapters.cluster.watch import Shell, Watch
from adapters.cluster.watch_timing import Backoff, WatchTiming
from adapters.observations.tolerant import Tree
from domain.objects import Kind
from domain.observations import Bookmark, EventSeen, ObjectSeen, Relisted, WatchEvent
from tests.integration.scripted_api import Fault, Reply, Script, scripted, service

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUICK = WatchTiming(idle=0.25, first=0.01, most=0.05, forget=5)


@dataclass
class Watched:
    """What a watch has handed on."""

    watch: Watch
    watch_events: list[WatchEvent] = field(default_factory=list[WatchEvent])

    def names(self) -> list[str]:
        """The services, in the order in which they were seen."""
        seen = [s for watch_event in list(self.watch_events) for s in watch_event.observations]
        return [s.ref.name for s in seen if isinstance(s, ObjectSeen)]

    def relisted(self) -> list[Relisted]:
        return [s for watch_event in list(self.watch_events) for s in watch_event.observations if isinstance(s, Relisted)]

    def until(self, enough: Callable[[], bool], seconds: float = 60) -> bool:
        deadline = time.monotonic() + seconds
        while not enough() and time.monotonic() < deadline:
            time.sleep(0.005)
        return enough()


@contextmanager
def watching(
    script: Script,
    *,
    since: str = "",
    timing: WatchTiming = QUICK,
    kind: type[Watch] = Watch,
    of: Kind = Kind.SERVICE,
) -> Generator[Watched]:
    with scripted(script) as connection:
        watch_events: list[WatchEvent] = []
        shell = Shell(connection, lambda: NOON, lambda: 0.0, timing, OwnerLookup(connection))
        watch = kind(source(of, "L1"), shell, since=since, deliver=watch_events.append)
        with running(watch):
            yield Watched(watch, watch_events)


@contextmanager
def running(watch: Watch) -> Generator[None]:
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.close()
        thread.join(5)
        assert not thread.is_alive()


def services(first: int, last: int) -> list[str]:
    return [f"s{version}" for version in range(first, last + 1)]


def ends(reply: Reply) -> None:
    reply.begin()
    reply.frames(3)
    reply.end()


def cut_within_a_line(reply: Reply) -> None:
    reply.begin()
    reply.frames(3)
    reply.chunk(b'{"type":"ADDED","object":{"metadata":{"na')
    reply.cut()


def cut_within_a_chunk(reply: Reply) -> None:
    reply.begin()
    reply.frames(3)
    reply.handler.wfile.write(b'ff\r\n{"type":"ADD')
    reply.cut()


def falls_silent(reply: Reply) -> None:
    reply.begin()
    reply.frames(3)
    reply.hang()


def never_answers(reply: Reply) -> None:
    reply.hang()


def garbled(reply: Reply) -> None:
    reply.begin()
    reply.frames(3)
    reply.line(b'{"type":"ADDED","object":{"metadata"')
    reply.hang()


def fails_in_stream(reply: Reply) -> None:
    reply.begin()
    reply.frames(3)
    reply.line(b'{"type":"ERROR","object":{"kind":"Status","code":500,"reason":"InternalError","message":"as told"}}')
    reply.end()


def broken(reply: Reply) -> None:
    reply.refuse(500, "InternalError")


def unavailable(reply: Reply) -> None:
    reply.whole(503, b"<html>a proxy's page</html>")


def forbidden_for_now(reply: Reply) -> None:
    reply.refuse(403, "Forbidden")


def hangs_up(reply: Reply) -> None:
    reply.cut()


def expired_in_stream(reply: Reply) -> None:
    reply.begin()
    reply.frames(3)
    status = b'{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"}'
    reply.line(b'{"type":"ERROR","object":' + status + b"}")
    reply.end()


def expired(reply: Reply) -> None:
    reply.refuse(410, "Expired")


PASSING: list[Fault] = [
    ends,
    cut_within_a_line,
    cut_within_a_chunk,
    falls_silent,
    never_answers,
    garbled,
    fails_in_stream,
    broken,
    unavailable,
    forbidden_for_now,
    hangs_up,
]


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_loses_nothing_and_doubles_nothing(fault: Fault) -> None:
    script = Script(faults=[fault, fault], versions=12)
    with watching(script, since="2") as watched:
        assert watched.until(lambda: len(watched.names()) >= 10)
        script.happen(1)
        assert watched.until(lambda: len(watched.names()) >= 11)

        assert watched.names() == services(3, 13)
        assert watched.relisted() == []


class Forgetful(Watch):
    """The control: hands everything on and does not move its place."""

    def _advance(self, frame_type: str, obj: Tree) -> None:
        place = self._place
        super()._advance(frame_type, obj)
        self._place = place


class Hasty(Watch):
    """The control: after a failure it goes on from now, as if nothing had happened meanwhile."""

    def _pause(self, error: Exception) -> None:
        super()._pause(error)
        self._place = "12"


@pytest.mark.parametrize("watch", [Forgetful, Hasty])
def test_a_watch_that_keeps_its_place_badly_is_found_out(watch: type[Watch]) -> None:
    script = Script(faults=[ends, ends], versions=12)
    with watching(script, since="2", kind=watch) as watched:
        watched.until(lambda: len(watched.names()) >= 11, seconds=1)

        assert watched.names() != services(3, 12)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([fault for fault in PASSING if fault not in (falls_silent, never_answers)]), max_size=6))
def test_any_run_of_faults_that_pass_loses_nothing_and_doubles_nothing(faults: list[Fault]) -> None:
    script = Script(faults=list(faults), versions=25)
    with watching(script, since="0", timing=replace(QUICK, first=0.001, most=0.01, idle=0.05)) as watched:
        assert watched.until(lambda: len(watched.names()) >= 25)
        # A garbled frame that stays garbled is the one thing that may make a list: then all comes again, and it is said.
        if not watched.relisted():
            assert watched.names() == services(1, 25)
        assert all(relisted.missed for relisted in watched.relisted())
        assert set(watched.names()) == set(services(1, 25))


def test_the_watchdog_is_what_notices_a_silent_connection() -> None:
    """The control: a watch that would wait for ever does not pass the test above."""

    def saw_everything(idle: float | None, seconds: float) -> bool:
        script = Script(faults=[falls_silent], versions=5)
        with watching(script, since="1", timing=replace(QUICK, idle=idle)) as watched:
            return watched.until(lambda: watched.names() == services(2, 5), seconds=seconds)

    assert saw_everything(idle=0.25, seconds=60)
    assert not saw_everything(idle=None, seconds=1.5)


@pytest.mark.parametrize("fault", [expired_in_stream, expired])
def test_lost_history_is_listed_again_and_said(fault: Fault) -> None:
    script = Script(faults=[fault], versions=5)
    with watching(script, since="1") as watched:
        assert watched.until(lambda: bool(watched.relisted()))

        (relisted,) = watched.relisted()
        assert "Expired" in relisted.missed
        assert relisted.resource_version == "5"
        assert relisted.uids == {f"u{version}" for version in range(1, 6)}
        script.happen(1)
        assert watched.until(lambda: watched.names()[-1:] == ["s6"])
        assert len(watched.relisted()) == 1


def test_the_last_contact_is_told_with_what_was_missed() -> None:
    script = Script(faults=[expired_in_stream], versions=5)
    with watching(script, since="1") as watched:
        assert watched.until(lambda: bool(watched.relisted()))
        assert watched.relisted()[0].last_contact == NOON


def test_while_a_list_is_handed_on_the_place_stays_where_it_was() -> None:
    script = Script(faults=[expired], versions=3)
    with watching(script, since="1") as watched:
        assert watched.until(lambda: bool(watched.relisted()))
        assert [watch_event.resource_version for watch_event in watched.watch_events] == ["1", "1", "1", "3"]


def test_a_frame_that_can_never_be_read_is_made_good_by_a_list() -> None:
    script = Script(faults=[garbled, garbled], versions=3)
    with watching(script, since="3") as watched:
        script.happen(0)
        assert watched.until(lambda: bool(watched.relisted()))
        assert "cannot be read" in watched.relisted()[0].missed
        assert watched.watch.odd == 2


def test_an_odd_object_is_counted_and_passed_over() -> None:
    def odd(reply: Reply) -> None:
        reply.begin()
        reply.line(b'{"type":"ADDED","object":{"metadata":{"resourceVersion":"7"},"spec":[1]}}')
        reply.line(b'{"type":"ADDED","object":{"metadata":{"name":"s8","uid":"u8","resourceVersion":"8"},"spec":3}}')
        reply.hang()

    with watching(Script(faults=[odd], versions=8), since="6") as watched:
        assert watched.until(lambda: watched.names() == ["s8"])
        assert watched.watch.odd == 1


def test_a_server_that_is_down_is_asked_ever_more_rarely() -> None:
    script = Script(always=broken, versions=1)
    with watching(script, since="1", timing=replace(QUICK, first=0.1, most=30)):
        time.sleep(2)
    assert 3 <= len(script.watches()) <= 6  # at 0, 0.1, 0.3, 0.7, 1.5 s


def test_a_server_that_ends_every_watch_at_once_is_not_hammered() -> None:
    def over(reply: Reply) -> None:
        reply.begin()
        reply.end()

    script = Script(always=over, versions=1)
    with watching(script, since="1", timing=replace(QUICK, first=0.1, most=30)):
        time.sleep(1)
    assert len(script.watches()) <= 5


def test_a_server_that_never_has_the_history_is_not_hammered_with_lists() -> None:
    script = Script(always=expired, versions=3)
    with watching(script, since="1", timing=replace(QUICK, first=0.1, most=30)):
        time.sleep(1)
    assert len(script.lists()) <= 5


def test_retry_after_is_honoured() -> None:
    def busy(reply: Reply) -> None:
        reply.refuse(429, "TooManyRequests", Retry_After="3")

    script = Script(faults=[busy], versions=2)
    with watching(script, since="1") as watched:
        assert not watched.until(lambda: len(script.watches()) > 1, seconds=0.9)
        assert watched.until(lambda: watched.names() == ["s2"])


def test_a_place_ahead_of_the_server_is_waited_for_and_then_given_up() -> None:
    def ahead(reply: Reply) -> None:
        message = "Too large resource version: 9000, current: 5"
        reply.whole(504, {"kind": "Status", "code": 504, "reason": "Timeout", "message": message})

    script = Script(faults=[ahead, ahead, ahead], versions=5)
    with watching(script, since="9000") as watched:
        assert watched.until(lambda: bool(watched.relisted()))
        assert "9000" in watched.relisted()[0].missed
        assert len(script.watches()) >= 3


def test_a_server_that_catches_up_is_resumed_without_a_gap() -> None:
    def ahead(reply: Reply) -> None:
        message = "Too large resource version: 1, current: 0"
        reply.whole(504, {"kind": "Status", "code": 504, "reason": "Timeout", "message": message})

    with watching(Script(faults=[ahead, ahead], versions=2), since="1") as watched:
        assert watched.until(lambda: watched.names() == ["s2"])
        assert watched.relisted() == []


def test_a_quiet_watch_of_events_is_listed_anew_before_its_place_is_too_old() -> None:
    """The API server sends no bookmarks for Events; in silence only a list moves the place, and it misses nothing."""
    with watching(Script(always=falls_silent, versions=1), since="1", of=Kind.EVENT) as watched:
        assert watched.until(lambda: len(watched.relisted()) >= 2)
        assert {relisted.missed for relisted in watched.relisted()} == {""}


def test_silence_and_then_an_outage_is_a_gap_in_the_events() -> None:
    script = Script(faults=[falls_silent], broken_lists=[broken], versions=1)
    with watching(script, since="1", of=Kind.EVENT) as watched:
        assert watched.until(lambda: bool(watched.relisted()))
        assert "silence" in watched.relisted()[0].missed


def test_events_about_others_only_move_the_place() -> None:
    with watching(Script(versions=5), since="1", of=Kind.EVENT, timing=replace(QUICK, tell=0, idle=60)) as watched:
        assert watched.until(lambda: len(watched.watch_events) >= 4)
        kinds = [type(observation) for watch_event in watched.watch_events for observation in watch_event.observations]
        assert kinds == [Bookmark, EventSeen, Bookmark, EventSeen]
        assert [watch_event.resource_version for watch_event in watched.watch_events] == ["2", "3", "4", "5"]


def test_a_long_list_comes_in_pages() -> None:
    script = Script(versions=7)
    with watching(script, timing=replace(QUICK, page=3)) as watched:
        assert watched.until(lambda: bool(watched.relisted()))
        assert watched.names() == services(1, 7)
        assert [query.get("continue", "") for query in script.lists()] == ["", "3", "6"]


def test_pages_that_ran_out_of_time_are_asked_for_as_one() -> None:
    script = Script(broken_lists=[Reply.list, expired], versions=7)
    with watching(script, timing=replace(QUICK, page=3)) as watched:
        assert watched.until(lambda: bool(watched.relisted()))
        assert watched.names() == services(1, 7)
        assert [query.get("limit", "") for query in script.lists()] == ["3", "3", ""]
        assert watched.relisted()[0].missed == ""


def test_a_list_that_fails_is_tried_again() -> None:
    script = Script(broken_lists=[broken, hangs_up, unavailable], versions=2)
    with watching(script) as watched:
        assert watched.until(lambda: watched.names() == services(1, 2))
        assert [relisted.missed for relisted in watched.relisted()] == [""]


def test_a_silent_watch_ends_at_once_when_it_is_closed() -> None:
    with watching(Script(faults=[falls_silent], versions=2), since="1", timing=WatchTiming(idle=60)) as watched:
        assert watched.until(lambda: watched.names() == ["s2"])
        begun = time.monotonic()
    assert time.monotonic() - begun < 20


def test_a_full_buffer_makes_the_watch_wait_and_loses_nothing() -> None:
    buffer = Buffer(room=5)
    script = Script(versions=200)
    with scripted(script) as connection:
        shell = Shell(connection, lambda: NOON, lambda: 0.0, QUICK, OwnerLookup(connection))
        watch = Watch(source(Kind.SERVICE, "L1"), shell, since="0", deliver=buffer.put)
        thread = threading.Thread(target=watch.run, daemon=True)
        thread.start()
        seen: list[str] = []
        while len(seen) < 200 and buffer.wait(5):
            taken = buffer.take(3)
            assert len(taken) <= 3
            seen += [watch_event.resource_version for watch_event in taken]
        watch.close()
        buffer.close()
        thread.join(5)
    assert seen == [str(service(version)["metadata"]["resourceVersion"]) for version in range(1, 201)]


def test_pauses_grow_to_a_limit_and_are_forgotten_in_good_health() -> None:
    backoff = Backoff(WatchTiming(first=0.8, most=30, forget=120), lambda: 0.5)

    growing = [backoff.after(float(n)) for n in range(8)]

    assert growing == pytest.approx([1.2, 2.4, 4.8, 9.6, 19.2, 38.4, 45.0, 45.0])
    assert backoff.after(1000.0) == pytest.approx(1.2)
    assert backoff.after(1001.0, at_least=60) == 60


def test_an_engine_whose_role_knows_no_nodes_yet_goes_on_without_and_takes_them_up_when_it_may() -> None:
    """The role of an earlier version: nothing of nodes is told, least of all that they are gone, and nobody is alarmed."""
    script = Script(broken_lists=[forbidden_for_now] * 3, versions=2)
    with watching(script, of=Kind.NODE, timing=replace(QUICK, unknown=1)) as watched:
        assert watched.until(lambda: watched.watch.forbidden)
        assert watched.watch.age() == 0.0
        assert watched.watch_events == []
        assert watched.until(lambda: len(watched.relisted()) == 1)
        assert not watched.watch.forbidden
        assert watched.relisted()[0].missed == ""
        assert watched.relisted()[0].names == {"s1", "s2"}


def test_no_kind_that_decisions_need_is_done_without() -> None:
    with watching(Script(broken_lists=[forbidden_for_now] * 2, versions=1), of=Kind.SERVICE) as watched:
        assert watched.until(lambda: len(watched.relisted()) == 1)
        assert watched.watch.failures == 2
        assert not watched.watch.forbidden
