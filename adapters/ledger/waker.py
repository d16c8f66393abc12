"""Wakes the readers that wait at the ledger's end. A wake-up that gets lost costs a poll interval, no more."""

from collections.abc import Callable
from threading import Condition


class Waker:
    """Counts what was heard, so that a wake-up between looking and waiting is not missed."""

    def __init__(self, listen: Callable[[], None]) -> None:
        """Take what starts listening to other processes: it is called once, when the first reader waits."""
        self._listen = listen
        self._listening = False
        self._changed = Condition()
        self._heard = 0

    def wake(self) -> None:
        """Let all waiting readers look again."""
        with self._changed:
            self._heard += 1
            self._changed.notify_all()

    def heard(self) -> int:
        """Tell how often there was news; to be asked before looking."""
        with self._changed:
            starts = not self._listening
            self._listening = True
        if starts:
            self._listen()
        return self._heard

    def wait(self, heard: int, seconds: float) -> None:
        """Wait until there is news that had not been heard of, at most some seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._heard != heard, seconds)
