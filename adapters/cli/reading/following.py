"""Following: the lines of all replicas as they come, also of those that begin later."""

from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Protocol

from domain.deployment import Deployment
from domain.deployment_fold import evolve
from domain.names import Key
from domain.ports import Ledger
from domain.replica import Replica

LOOK = 2.0
"""Seconds between two looks for containers that have begun."""
Printed = tuple[str, str | None]
"""A replica's pod and a line; None when there will be no more."""


class Stream(Protocol):
    """The lines of one container."""

    @property
    def pod(self) -> str:
        """Name its pod."""
        ...

    def lines(self) -> Iterator[Printed]:
        """Give its lines; ends with the container."""
        ...


class Appearing:
    """Finds containers that began after the following did, as far as an engine has recorded them."""

    def __init__(self, ledger: Ledger, key: Key, wanted: Callable[[Replica], bool], known: Sequence[Replica]) -> None:
        """Take what is followed already, and which replicas are asked for."""
        self._ledger, self._wanted = ledger, wanted
        self._deployment, self._position = Deployment(key), 0
        self._known = {replica.container_id for replica in known}

    def look(self) -> tuple[Replica, ...]:
        """Give the replicas whose containers are new since the last look."""
        head = self._ledger.head()
        for recorded in self._ledger.about(self._deployment.key.subject, after=self._position, upto=head):
            self._deployment = evolve(self._deployment, recorded)
        self._position = head
        new = tuple(r for r in self._there() if r.container_id and r.container_id not in self._known)
        self._known |= {replica.container_id for replica in new}
        return new

    def more_may_come(self) -> bool:
        """Tell whether a replica is still on its way."""
        return any(not replica.ready and not replica.leaving for replica in self._there())

    def _there(self) -> tuple[Replica, ...]:
        return tuple(replica for replica in self._deployment.current_replicas() if self._wanted(replica))


def together(streams: Sequence[Stream], appearing: Appearing, begin: Callable[[Replica], Stream]) -> Iterator[tuple[str, str]]:
    """Give the lines of all as they come, until all have ended and none is on its way."""
    queue: SimpleQueue[Printed | Exception] = SimpleQueue()
    for stream in streams:
        _start(stream, queue)
    left, next_look = len(streams), monotonic() + LOOK
    while True:
        if monotonic() >= next_look:
            new = appearing.look()
            for replica in new:
                _start(begin(replica), queue)
            if not left and not new and not appearing.more_may_come():
                return
            left, next_look = left + len(new), monotonic() + LOOK
        try:
            printed = queue.get(timeout=0.5)  # a wait without end would not hear Ctrl-C everywhere
        except Empty:
            continue
        if isinstance(printed, Exception):
            raise printed
        pod, line = printed
        if line is None:
            left -= 1
        else:
            yield pod, line


def _start(stream: Stream, queue: "SimpleQueue[Printed | Exception]") -> None:
    Thread(target=_pump, args=(stream, queue), daemon=True).start()


def _pump(stream: Stream, queue: "SimpleQueue[Printed | Exception]") -> None:
    try:
        for printed in stream.lines():
            queue.put(printed)
    except Exception as error:  # noqa: BLE001 (handed to the thread that shows, which raises it)
        queue.put(error)
    queue.put((stream.pod, None))
