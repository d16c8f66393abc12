"""Whether the API server is heard at all: by its watches, or where these are quiet, by its answer to a small question.

A watch that is silent says nothing: bookmarks come once a minute. So after some seconds of silence on all of them the server is
asked whether it is alive; only when it does not answer either was it not heard.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

import structlog

from adapters.cluster.connection import ApiRequest, Connection
from adapters.observations.tolerant import text
from domain.errors import DeadreckonError
from domain.observations import Unheard, WatchEvent
from domain.ports import Clock

_log = structlog.get_logger(__name__)
_ALIVE = ApiRequest("GET", "/livez")
_SOON = 1.0
"""Seconds between two questions while there is no answer: so exactly is the end known."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What an outage is told by: the seconds since any watch heard something, and why a question got no answer (or nothing)."""

    quiet: Callable[[], float]
    ask: Callable[[], str]


def asking(connection: Connection) -> Callable[[], str]:
    """Give the question whether the API server is alive. Whatever it answers itself, a no as well, is a sign of life."""

    def ask() -> str:
        try:
            answer = connection.send(_ALIVE)
        except DeadreckonError as error:
            return str(error)
        alive = answer.status < 500 or text(answer.content, "kind") == "Status"
        return "" if alive else f"HTTP {answer.status} from {connection.host}"

    return ask


class Contact:
    """Runs in a thread of its own until it is closed; tells each outage once, when it is over."""

    def __init__(self, signs: Signs, clock: Clock, deliver: Callable[[WatchEvent], None], *, beat: float, worth: float) -> None:
        """Look each `beat` seconds; an outage shorter than `worth` seconds is not told."""
        self._signs, self._clock, self._deliver = signs, clock, deliver
        self._beat, self._worth = beat, timedelta(seconds=worth)
        self._heard = clock()
        self._why = ""
        self._closed = Event()

    def close(self) -> None:
        """End it."""
        self._closed.set()

    def run(self) -> None:
        """Look again and again; no failure ends it."""
        began = time.monotonic()
        while not self._closed.wait(_SOON if self._why else self._beat):
            stood = time.monotonic() - began > 2 * self._beat + 1
            try:
                self.look(stood_still=stood and not self._why)
            except Exception as bug:  # noqa: BLE001 (that an outage is not told must not end the telling of all others)
                _log.error("contact.bug", exc_info=bug)
            began = time.monotonic()

    def look(self, *, stood_still: bool = False) -> None:
        """Look once. `stood_still`: it was this process that did not run; what was heard meanwhile is not known."""
        now = self._clock()
        quiet = timedelta(seconds=self._signs.quiet())
        why = "" if quiet.total_seconds() < self._beat else self._signs.ask()
        if why:
            self._why = self._why or why
            self._heard = now if stood_still else max(self._heard, now - quiet)
            return
        until = self._clock()
        if self._why and until - self._heard >= self._worth:
            self._tell(self._heard, until)
        self._why, self._heard = "", until

    def _tell(self, since: datetime, until: datetime) -> None:
        self._deliver(WatchEvent((Unheard(since, until, self._why),), until, "", ""))
