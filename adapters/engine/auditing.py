"""The API server's audit log as an engine's source: a file that is followed, and what API servers post, while it leads."""

import threading
from collections import deque
from collections.abc import Callable, Sequence

import structlog

from adapters.audit_log.following import AuditFile, Read
from domain.audit import RequestWitnessed
from domain.errors import Unreachable, Unsound
from domain.ports import Clock
from reconciler.ledger_tail import LedgerTail
from reconciler.requests import AUDIT_LOG, AuditBatch

log = structlog.get_logger()

_EVERY = 0.5
"""Seconds between two looks at a file that has nothing new."""
_QUEUED = 16
"""Reads that wait to be recorded; the file has the rest."""
_POSTED = 32
"""Posts that wait to be recorded; who posts more is asked to come again."""


class Auditing:
    """Reads a file, where one was named, in a thread of its own, and takes posts from a server's threads."""

    def __init__(self, tail: LedgerTail, file: AuditFile | None, *, clock: Clock, wake: Callable[[], None]) -> None:
        """Keep where to read; nothing is read yet."""
        self._tail, self._file, self._clock, self._wake = tail, file, clock, wake
        self._lock = threading.Lock()
        self._reads: deque[Read] = deque()
        self._posts: deque[AuditBatch] = deque()
        self._generation, self._begun = 0, -1
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Say why the file cannot be read; empty while it can."""
        return self._trouble

    def take(self) -> Sequence[AuditBatch]:
        """Give what came in; never blocks."""
        with self._lock:
            reads = [_of_file(self._reads.popleft()) for _ in range(min(4, len(self._reads)))]
            posts, self._posts = list(self._posts), deque()
        return [*reads, *posts]

    def forget(self) -> None:
        """Begin anew from the place on record, once this engine leads."""
        with self._lock:
            self._reads.clear()
            self._posts.clear()
            self._generation += 1

    def posted(self, requests: Sequence[RequestWitnessed], seconds: float) -> bool:
        """Have requests recorded; tell whether they are on record. False: this engine does not lead, or cannot just now."""
        done = threading.Event()
        with self._lock:
            if not self._tail.leadership.leading or len(self._posts) >= _POSTED:
                return False
            self._posts.append(AuditBatch(tuple(requests), recorded=done.set))
        self._wake()
        return done.wait(seconds)

    def run(self, stopping: threading.Event) -> None:
        """Follow the file until stopped; no failure ends it."""
        if self._file is None:
            return
        try:
            while not stopping.is_set():
                if not self.look():
                    stopping.wait(_EVERY)
        finally:
            self.close()

    def close(self) -> None:
        """Follow no more."""
        if self._file is not None:
            self._file.close()

    def look(self) -> bool:
        """Read once, while this engine leads; tell whether there may be more at once. No failure goes through."""
        try:
            moved = self._look()
        except (Unreachable, Unsound):
            return False  # the ledger's place cannot be read: the loop says so
        except OSError as error:
            self._in_trouble(str(error))
            return False
        except Exception:  # a bug: what others asked is not told, all else is
            log.exception("audit.fault")
            return False
        return moved

    def _look(self) -> bool:
        assert self._file is not None, "there is a file to follow"
        if not self._tail.leadership.leading:
            return False
        with self._lock:
            generation, full = self._generation, len(self._reads) >= _QUEUED
        if generation != self._begun:
            self._file.begin(self._tail.ledger.watch_positions().get(AUDIT_LOG, ""))
            self._begun = generation
        if full:
            return False
        if not self._file.path.exists():
            self._in_trouble("it is not there")
            return False
        read = self._file.read()
        self._in_trouble("")
        if read is None:
            return False
        with self._lock:
            if generation == self._generation:  # else the lead went while it was read, and it is read again
                self._reads.append(read)
        self._wake()
        return True

    def _in_trouble(self, why: str) -> None:
        if why and why != self._trouble:
            log.warning("audit.unreadable", file=str(self._file and self._file.path), error=why)
        self._trouble = why


def _of_file(read: Read) -> AuditBatch:
    gap = (read.gap.since, read.gap.until, read.gap.why) if read.gap else None
    return AuditBatch(read.requests, read.place, gap, read.flaw)
