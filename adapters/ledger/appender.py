"""The coalescing appender: what callers of one process are waiting to append goes into one transaction.

There is no thread of its own. Who gets the pen writes for all who wait; the others find their answer when it is their turn.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock

from adapters.ledger.batch import AppendRequest
from domain.errors import Unreachable

MOST_FACTS = 500


class Appender:
    """Writes requests through `write(batch)`, which settles each request of a batch in one transaction or raises."""

    def __init__(self, write: Callable[[Sequence[AppendRequest]], None]) -> None:
        self._write = write
        self._pen = Lock()
        self._waiting: deque[AppendRequest] = deque()

    def append(self, request: AppendRequest) -> None:
        """Write a request, together with whatever else waits; its answer, or its own error, stands in it afterwards."""
        self._waiting.append(request)
        while not request.done:
            with self._pen:
                if not request.done:
                    self._write_for_all(self._next_batch())
        if request.error is not None:
            raise request.error

    def _next_batch(self) -> list[AppendRequest]:
        batch = [self._waiting.popleft()]
        size = batch[0].size
        while self._waiting and size + self._waiting[0].size <= MOST_FACTS:
            batch.append(self._waiting.popleft())
            size += batch[-1].size
        return batch

    def _write_for_all(self, batch: Sequence[AppendRequest]) -> None:
        try:
            self._write(batch)
        except Unreachable as error:
            # Nobody knows whether it was written; each may ask again with the same ids.
            for request in batch:
                request.error = Unreachable(str(error))
                request.error.__cause__ = error
        except Exception as error:  # noqa: BLE001 (kept for the caller it belongs to, and raised there)
            self._write_one_by_one(batch, error)
        except BaseException:
            # The writer itself was interrupted: the others must not wait for ever.
            for request in batch:
                request.error = Unreachable("the append was interrupted; whether it was written is unknown")
                request.done = True
            raise
        for request in batch:
            request.done = True

    def _write_one_by_one(self, batch: Sequence[AppendRequest], error: Exception) -> None:
        if len(batch) == 1:
            batch[0].error = error
            return
        for request in batch:
            self._write_for_all([request])
