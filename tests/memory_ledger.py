"""A ledger in memory: a small true implementation for simulations and unit tests. It passes the ledger's contract suite.

Its clock is given, so that a simulation's virtual time is the time by which facts are recorded and leases run out.
"""

import hashlib
import itertools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Condition

from adapters.clock import now
from domain.errors import Conflict, NotLeading, Unsound
from domain.facts import Fact
from domain.ports import Clock
from domain.record import Append, Document, Lease, Recorded
from domain.recordable import check_around, check_lease, check_note

_numbers = itertools.count(1)


class MemoryLedger:
    """Implements the port `Ledger` with lists and dicts, under one lock."""

    def __init__(self, clock: Clock = now, identity: str = "") -> None:
        self._clock = clock
        self._identity = identity or f"memory-{next(_numbers)}"
        self._log: list[Recorded[Fact]] = []
        self._times: list[datetime] = []
        self._streams: dict[str, list[Recorded[Fact]]] = defaultdict(list)
        self._subjects: dict[str, list[Recorded[Fact]]] = {}
        self._by_id: dict[str, Recorded[Fact]] = {}
        self._documents: dict[str, bytes] = {}
        self._watch_positions: dict[str, str] = {}
        self._lease = Lease("", 0)
        self._expires: datetime | None = None
        self._changed = Condition()

    @property
    def identity(self) -> str:
        return self._identity

    def append(
        self,
        appends: Sequence[Append[Fact]],
        *,
        documents: Sequence[Document] = (),
        watch_positions: Mapping[str, str] | None = None,
        lease: Lease | None = None,
    ) -> tuple[Recorded[Fact], ...]:
        check_around(appends, documents, watch_positions)
        for append in appends:
            for note in append.notes:
                check_note(note)
        for document in documents:
            if document.digest != self.digest(document.body):
                raise ValueError(f"{document.digest} is not this ledger's digest of the document that comes with it")
        with self._changed:
            there = self._there_already(appends)
            if there:
                return there
            if lease is not None and lease != self._lease:
                raise NotLeading(f"the lease of {lease.holder!r}, epoch {lease.epoch}, is over")
            self._check_versions(appends)
            recorded = tuple(self._placed(appends))
            for one in recorded:
                self._keep(one)
            for document in documents:
                self._documents.setdefault(document.digest, document.body)
            self._watch_positions |= watch_positions or {}
            self._changed.notify_all()
            return recorded

    def read(self, stream: str, after: int = 0) -> Iterator[Recorded[Fact]]:
        return iter(self._streams[stream][after:] if stream in self._streams else ())

    def about(self, subject: str, *, after: int = 0, upto: int | None = None) -> Iterator[Recorded[Fact]]:
        last = len(self._log) if upto is None else upto
        facts = self._subjects.get(subject, [])
        start = bisect_right(facts, after, key=lambda one: one.position)
        return iter(facts[start : bisect_right(facts, last, key=lambda one: one.position)])

    def subjects(self) -> tuple[str, ...]:
        return tuple(subject for subject in self._subjects if subject)

    def tail(self, after: int, limit: int = 500) -> tuple[Recorded[Fact], ...]:
        return tuple(self._log[after : after + limit])

    def wait(self, after: int, timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self._log) > after, timeout)

    def head(self) -> int:
        return len(self._log)

    def position_at(self, when: datetime) -> int:
        return bisect_right(self._times, when)

    def find(self, fact_id: str) -> Recorded[Fact] | None:
        return self._by_id.get(fact_id)

    def digest(self, body: bytes) -> str:
        return hashlib.sha256(self._identity.encode() + body).hexdigest()

    def document(self, digest: str) -> bytes | None:
        body = self._documents.get(digest)
        if body is not None and self.digest(body) != digest:
            raise Unsound(f"the document {digest} in the ledger is not what its digest says")
        return body

    def watch_positions(self) -> Mapping[str, str]:
        return dict(self._watch_positions)

    def lead(self, holder: str, seconds: float) -> Lease | None:
        check_lease(holder, seconds)
        with self._changed:
            taken = self._expires is not None and self._expires > self._clock()
            if taken and self._lease.holder not in ("", holder):
                return None
            epoch = self._lease.epoch if self._lease.holder == holder else self._lease.epoch + 1
            self._lease = Lease(holder, epoch, None if taken else self._expires, "" if taken else self._lease.holder)
            self._expires = self._clock() + timedelta(seconds=seconds)
            return self._lease

    def leader(self) -> Lease | None:
        with self._changed:
            valid = self._expires is not None and self._expires > self._clock()
            return self._lease if valid else None

    def release(self, lease: Lease) -> None:
        with self._changed:
            if lease == self._lease:
                self._lease, self._expires = Lease("", lease.epoch), self._clock()

    def close(self) -> None:
        """Keep everything: a closed ledger may be looked at after a test."""

    def _there_already(self, appends: Sequence[Append[Fact]]) -> tuple[Recorded[Fact], ...]:
        wanted = [(append.stream, note.metadata.id) for append in appends for note in append.notes]
        if len(set(wanted)) < len(wanted):
            raise ValueError("a fact's id was given twice in one append")
        there = tuple(self._by_id[fact_id] for _, fact_id in wanted if fact_id in self._by_id)
        if there and [(one.stream, one.metadata.id) for one in there] != wanted:
            raise ValueError("ids of new facts are taken by other facts already")
        return there

    def _check_versions(self, appends: Sequence[Append[Fact]]) -> None:
        moved: dict[str, int] = {}
        for append in appends:
            stands_at = moved.get(append.stream, len(self._streams.get(append.stream, ())))
            if stands_at != append.expected:
                raise Conflict(append.stream, append.expected)
            moved[append.stream] = stands_at + len(append.notes)

    def _placed(self, appends: Sequence[Append[Fact]]) -> Iterator[Recorded[Fact]]:
        at = max(self._clock(), self._times[-1]) if self._times else self._clock()
        positions = itertools.count(len(self._log) + 1)
        for append in appends:
            for version, note in enumerate(append.notes, append.expected + 1):
                yield Recorded(next(positions), append.stream, version, at, note.fact, note.metadata)

    def _keep(self, one: Recorded[Fact]) -> None:
        self._log.append(one)
        self._times.append(one.recorded_at)
        self._streams[one.stream].append(one)
        self._by_id[one.metadata.id] = one
        self._subjects.setdefault(one.metadata.subject, []).append(one)
