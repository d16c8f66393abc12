"""Between the watches and the recorder: what was seen waits here, and a full buffer makes the watches wait."""

from collections import deque
from threading import Condition

from domain.observations import WatchEvent


class Buffer:
    """Watch events in the order in which they were put; loses none."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._watch_events: deque[WatchEvent] = deque()
        self._closed = False
        self._changed = Condition()

    def put(self, watch_event: WatchEvent) -> None:
        """Add one; waits while there is no room. After closing, nothing is added any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._watch_events) < self._room)
            if not self._closed:
                self._watch_events.append(watch_event)
                self._changed.notify_all()

    def take(self, limit: int) -> tuple[WatchEvent, ...]:
        """Take the oldest, at most `limit`; never blocks."""
        with self._changed:
            taken = tuple(self._watch_events.popleft() for _ in range(min(limit, len(self._watch_events))))
            self._changed.notify_all()
            return taken

    def wait(self, timeout: float) -> bool:
        """Wait for something to take, at most `timeout` seconds; tell whether there is."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._watch_events), timeout)
            return bool(self._watch_events)

    def close(self) -> None:
        """Let everyone go who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
