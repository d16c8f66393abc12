"""The wake-up: wakes the loop when there is something to do, from whichever thread knows it first."""

import threading
from collections.abc import Callable

LISTEN = 0.5
"""How long a listener waits at a time, in seconds; a lost wake-up costs no more than that."""


class WakeUp:
    """Called by listeners and the workers, waited for by the loop. A wake-up before anyone waits is not lost."""

    def __init__(self) -> None:
        """Begin silent."""
        self._changed = threading.Condition()
        self._woken = False
        self._rounds = 0

    def wake(self) -> None:
        """Say that there may be something to do."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait for a wake-up, at most so long; it is used up."""
        with self._changed:
            self._changed.wait_for(lambda: self._woken, timeout=seconds)
            self._woken = False

    def round_done(self) -> None:
        """Say that a round is over: listeners may look again."""
        with self._changed:
            self._rounds += 1
            self._changed.notify_all()

    def listen(self, there_is_news: Callable[[float], bool], stop: threading.Event) -> None:
        """Wake the loop whenever there is news, then let the loop take it before looking again; runs until `stop`."""
        while not stop.is_set():
            if not there_is_news(LISTEN):
                continue
            with self._changed:
                seen = self._rounds
            self.wake()
            self._next_round(seen)

    def _next_round(self, seen: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._rounds > seen, timeout=LISTEN)
