"""The watch of one kind: list, follow, resume. Loses nothing in between, or says so in `Relisted.missed`.

It hands on each frame once and then moves its place, so a broken connection resumes after the last frame that was handed on.
Until a list has been handed on whole, the place stays what it was before: whoever stores it may crash at any time.
"""

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event

import structlog
import urllib3

from adapters.cluster.connection import Connection, Refusal
from adapters.cluster.owners import OwnerLookup
from adapters.cluster.requests import Streams, WatchSource, frame_of, list_request, still_there, unknown, watch_request
from adapters.cluster.watch_timing import Backoff, Chance, WatchTiming
from adapters.observations.frames import BOOKMARK, DELETED, watch_event
from adapters.observations.objects import resource_version, uid
from adapters.observations.tolerant import Tree, branch, branches, number, text
from domain.errors import DeadreckonError, Rejected, Unreachable
from domain.objects import CLUSTER_WIDE
from domain.observations import Relisted, WatchEvent
from domain.ports import Clock

_log = structlog.get_logger(__name__)
_AT_ONCE = 1.0
_AHEAD_TRIES = 3


class Expired(DeadreckonError):
    """The place cannot be resumed from: list again."""


class Silent(Unreachable):
    """Nothing was heard for longer than a living watch is silent."""


@dataclass(frozen=True, slots=True)
class Shell:
    """What a watch is given by the world: a connection, the time, chance, patience."""

    connection: Connection
    clock: Clock
    chance: Chance
    timing: WatchTiming
    owners: OwnerLookup


class Watch:
    """Runs in a thread of its own until it is closed."""

    def __init__(self, source: WatchSource, shell: Shell, *, since: str, deliver: Callable[[WatchEvent], None]) -> None:
        self._source = source
        self._shell = shell
        self._deliver = deliver
        self._place = since
        self._stored = since
        self._missed = ""
        self._paged = True
        self._ahead = 0
        self._suspect = ""
        self._refreshing = False
        self._outage = False
        self._listed = self._told = float("-inf")
        self._contact: datetime | None = None
        self._heard = time.monotonic()
        self._closed = Event()
        self._streams = Streams(shell.connection)
        self._backoff = Backoff(shell.timing, shell.chance)
        self.odd = 0
        """Frames that could not be read: logged, counted, passed over."""
        self.failures = 0
        """How often it had to start again after a failure."""
        self.unknown = False
        """The API server has no such kind: there is nothing to watch, and so nothing is missed."""
        self.forbidden = False
        """We may not see this kind, and can do without: nothing of it is told."""

    @property
    def kind(self) -> str:
        """Name the kind that is watched, or the view."""
        return self._source.name or self._source.kind.value

    def age(self) -> float:
        """Give the seconds since the API server was last heard; none while there is no such kind, or none for us."""
        return 0.0 if self.unknown or self.forbidden else time.monotonic() - self._heard

    def quiet(self) -> float:
        """Give the seconds since this watch heard anything, whatever it knows of its kind."""
        return time.monotonic() - self._heard

    def close(self) -> None:
        """End it, wherever it waits."""
        self._closed.set()
        self._streams.close()

    def run(self) -> None:
        """Watch until closed; no failure ends it."""
        while not self._closed.is_set():
            try:
                self._turn()
            except (Expired, Unreachable, Rejected) as error:
                if isinstance(error, Refusal) and error.status == 404 and unknown(self._shell.connection, self._source.kind):
                    self._lie_low()
                elif self._source.spared and isinstance(error, Rejected) and error.rejection.status == 403:
                    self._do_without(error)
                else:
                    self._pause(error)
            except Exception as bug:  # noqa: BLE001 (a watch that died in silence would be a gap that nobody records)
                self._pause(bug)

    def _turn(self) -> None:
        if not self._place:
            self._list()
        begun = time.monotonic()
        self._follow()
        if time.monotonic() - begun < _AT_ONCE:
            raise Unreachable("the watch ended as soon as it had begun")

    def _lie_low(self) -> None:
        """Say once that there are none, and look again now and then: the kind may be installed at any time."""
        if not self.unknown:
            self.unknown, self._missed = True, ""
            self._relisted("", frozenset())
            _log.info("watch.unknown", kind=self.kind)
        self._closed.wait(self._shell.timing.unknown)

    def _do_without(self, error: Rejected) -> None:
        """Say once what is missed, and ask again now and then: the right may be given at any time."""
        self._hear()
        if not self.forbidden:
            self.forbidden = True
            _log.warning("watch.forbidden", kind=self.kind, because=str(error))
        self._closed.wait(self._shell.timing.unknown)

    def _pause(self, error: Exception) -> None:
        if self._closed.is_set():
            return
        self.failures += 1
        seconds = self._recover(error)
        # Once an outage, not once a try.
        tell = _log.debug if self._outage else _log.warning
        self._outage = True
        tell("watch.interrupted", kind=self.kind, because=str(error), seconds=round(seconds, 1))
        self._closed.wait(seconds)

    def _recover(self, error: Exception) -> float:
        now, timing = time.monotonic(), self._shell.timing
        if self._refreshing and not isinstance(error, Expired):
            self._missed = self._missed or f"silence, and then no list: {error}"
        if isinstance(error, Expired):
            self._lose(str(error))
            if now - self._listed > timing.most:
                return timing.first * self._shell.chance()
        elif isinstance(error, Silent) and not self._source.bookmarks:
            self._refresh()
        elif isinstance(error, Refusal):
            self._consider(error)
        elif not isinstance(error, DeadreckonError):
            _log.error("watch.bug", kind=self.kind, exc_info=error)
        return self._backoff.after(now, error.retry_after if isinstance(error, Refusal) else 0.0)

    def _refresh(self) -> None:
        # Without bookmarks a quiet watch's place grows so old that the server forgets it. What was in between is in the list.
        self._place = ""
        self._refreshing = True

    def _consider(self, refusal: Refusal) -> None:
        # An API server that has just started may lag behind for a moment; one with a restored etcd never comes there.
        self._ahead = self._ahead + 1 if refusal.ahead else 0
        if self._ahead >= _AHEAD_TRIES:
            self._ahead = 0
            self._lose(f"the API server does not know resourceVersion {self._place}, which is ahead of it")

    def _lose(self, why: str) -> None:
        if self._place:
            self._missed = self._missed or why
        self._place = ""

    def _list(self) -> None:
        listed: list[Tree] = []
        more = ""
        while True:
            page = self._page(more)
            listed += (obj for obj in branches(page, "items") if self._source.wanted(obj))
            more = text(page, "metadata", "continue")
            if not more:
                break
        self._paged, self.unknown, self.forbidden = True, False, False
        for obj in listed:
            self._hand_on("ADDED", obj, place=self._stored)
        names = (
            frozenset(text(obj, "metadata", "name") for obj in listed) if self._source.kind in CLUSTER_WIDE else frozenset[str]()
        )
        self._relisted(resource_version(page), frozenset(uid(obj) for obj in listed if uid(obj)), names)

    def _page(self, more: str) -> Tree:
        request = list_request(self._source, self._shell.timing.page if self._paged else 0, more)
        try:
            page = self._shell.connection.ask(request).content
        except Rejected as error:
            if error.rejection.status == 410:
                self._paged = False  # too slow for the pages' snapshot: all in one, next time
            raise
        if not resource_version(page):
            raise Unreachable(f"the list of {self.kind} has no resourceVersion")
        self._hear()
        return page

    def _relisted(self, place: str, uids: frozenset[str], names: frozenset[str] = frozenset()) -> None:
        since, at = self._contact, self._shell.clock()
        observation = Relisted(self.kind, place, uids, self._missed, since if self._missed else None, names)
        self._deliver(WatchEvent((observation,), at, self.kind, place))
        self._missed, self._suspect, self._refreshing = "", "", False
        self._listed = self._told = time.monotonic()
        self._place = self._stored = place
        self._contact = at

    def _follow(self) -> None:
        with closing(self._lines()) as lines:
            for line in lines:
                self._hear()
                self._take(line)

    def _take(self, line: bytes) -> None:
        frame = frame_of(line)
        if frame is None:
            self._unreadable()
        elif frame[0] == "ERROR":
            raise _failure(frame[1])
        else:
            self._advance(*frame)

    def _lines(self) -> Generator[bytes, None, None]:
        timing = self._shell.timing
        lasting = timing.shortest + (timing.longest - timing.shortest) * self._shell.chance()
        try:
            yield from self._streams.lines(watch_request(self._source, self._place, int(lasting)), timing.idle)
        except Rejected as error:
            if error.rejection.status == 410:
                raise Expired(f"{error} (resourceVersion {self._place})") from error
            raise
        except urllib3.exceptions.ReadTimeoutError as error:
            raise Silent(f"the watch of {self.kind} has been silent for {timing.idle} s") from error
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise Unreachable(f"the watch of {self.kind} broke off: {error}") from error

    def _advance(self, frame_type: str, obj: Tree) -> None:
        place = resource_version(obj) or self._place
        if frame_type == DELETED and (there := still_there(self._shell.connection, self._source, obj)):
            frame_type, obj = "MODIFIED", there
        if frame_type == BOOKMARK or self._source.wanted(obj):
            self._hand_on(frame_type, obj, place=place)
        elif time.monotonic() - self._told > self._shell.timing.tell:
            self._hand_on(BOOKMARK, obj, place=place)  # others' frames move our place too
        self._place = self._stored = place
        self._ahead = 0
        self._contact = self._shell.clock()

    def _hand_on(self, frame_type: str, obj: Tree, *, place: str) -> None:
        # A deletion tells of what is known by its uid already; its owners may be gone before it.
        owner = None if frame_type in {BOOKMARK, DELETED} else self._shell.owners.of(self.kind, obj)
        seen = watch_event(self.kind, frame_type, obj, self._shell.clock(), owner)
        if seen.observations:
            self._deliver(replace(seen, resource_version=place))
            self._told = time.monotonic()
        else:
            self.odd += 1
            _log.warning("watch.odd", kind=self.kind, frame=frame_type, name=text(obj, "metadata", "name"))

    def _unreadable(self) -> None:
        # Asked for once more it mostly comes whole; twice unreadable, what it said is learned from a list.
        self.odd += 1
        if self._suspect == self._place:
            raise Expired(f"the frame after resourceVersion {self._place} cannot be read")
        self._suspect = self._place
        raise Unreachable(f"the frame after resourceVersion {self._place} is no JSON")

    def _hear(self) -> None:
        self._outage = False
        self._heard = time.monotonic()


def _failure(status: Tree) -> Expired | Refusal:
    code, message = number(status, "code"), text(status, "message") or "no message"
    if code == 410 or text(status, "reason") in {"Expired", "Gone"}:
        return Expired(f"{text(status, 'reason') or 'Expired'}: {message}")
    wait = float(number(branch(status, "details"), "retryAfterSeconds"))
    return Refusal(f"the API server ended the watch: {message}", status=code, retry_after=wait, content=status)
