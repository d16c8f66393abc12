"""The ledger: the one ordered log of facts, on SQLite or PostgreSQL. `open_ledger` is the door."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import cast

from adapters.clock import now
from adapters.ledger import leases, store
from adapters.ledger.appender import Appender
from adapters.ledger.application import LedgerApplication, refuse_losing_options
from adapters.ledger.batch import AppendRequest, as_micros
from adapters.ledger.codec import Codec, Encoded
from adapters.ledger.location import in_postgres
from adapters.ledger.reading import Reader
from adapters.ledger.verified import ProgressListener, VerificationReport, Verified
from adapters.ledger.verifying import verify
from adapters.ledger.waker import Waker
from domain.errors import Unsound
from domain.facts import Fact
from domain.ports import Clock
from domain.record import Append, Document, Lease, Recorded, UncommittedFact
from domain.recordable import check_around, check_lease, check_size

PAGE = 500


def open_ledger(url_or_path: str, *, build: str = "", clock: Clock = now) -> "StoredLedger":
    """Open a ledger by its file's path or a `postgresql://` URL; make it where there is none yet. Safe to share by threads.

    `build` is written into the metadata of facts that name none. Raises Unfit, Unreachable.
    """
    return StoredLedger(open_store(url_or_path, clock), build)


def open_store(url_or_path: str, clock: Clock = now) -> store.LedgerStore:
    """Open the database behind a ledger. Raises Unfit, Unreachable."""
    refuse_losing_options()
    if in_postgres(url_or_path):
        from adapters.ledger.postgres import PostgresStore  # its driver is loaded by those only who use it

        return PostgresStore(url_or_path)
    from adapters.ledger.sqlite import SqliteStore

    return SqliteStore(url_or_path, clock)


class StoredLedger:
    """Implements the port `Ledger` on a store."""

    def __init__(self, on: store.LedgerStore, build: str = "") -> None:
        """Take a store that was just opened."""
        self._store = on
        self._build = build
        self._codec = Codec()
        self.application = LedgerApplication(on.factory, self._codec)
        self._appender = Appender(on.write)
        self._waker = Waker(lambda: on.listen(self._waker.wake))
        self._identity = on.identity()
        self._reader = Reader(self._codec, self._ask)

    @property
    def identity(self) -> str:
        """Give this ledger's id."""
        return self._identity.ledger

    def append(
        self,
        appends: Sequence[Append[Fact]],
        *,
        documents: Sequence[Document] = (),
        watch_positions: Mapping[str, str] | None = None,
        lease: Lease | None = None,
    ) -> tuple[Recorded[Fact], ...]:
        """Write all of it in one transaction, or nothing. Raises Conflict, NotLeading, Unreachable, Unrecordable."""
        check_around(appends, documents, watch_positions)
        for document in documents:
            if document.digest != self.digest(document.body):
                raise ValueError(f"{document.digest} is not this ledger's digest of the document that comes with it")
        signed = [replace(append, notes=tuple(map(self._signed, append.notes))) for append in appends]
        encoded = [[self._encode(note) for note in append.notes] for append in signed]
        check_size(sum(len(one.state) for codes in encoded for one in codes), documents)
        request = AppendRequest(signed, encoded, documents, dict(watch_positions or {}), lease)
        self._appender.append(request)
        self._waker.wake()
        if request.stands_already:
            return tuple(cast("Recorded[Fact]", self.find(fact_id)) for fact_id in request.ids)
        return request.recorded

    def read(self, stream: str, after: int = 0) -> Iterator[Recorded[Fact]]:
        """Give a stream's facts after a version, oldest first."""

        def ask(after: int, limit: int) -> list[store.Cells]:
            return self._ask(store.STREAM, stream=stream, after=after, limit=limit)

        return self._decoded(store.pages(ask, after, PAGE, place=2), within=self.head())

    def about(self, subject: str, *, after: int = 0, upto: int | None = None) -> Iterator[Recorded[Fact]]:
        """Give all facts about a subject, in the ledger's order, within (after, upto] positions."""
        last = self.head() if upto is None else upto

        def ask(after: int, limit: int) -> list[store.Cells]:
            return self._ask(store.ABOUT, subject=subject, after=after, upto=last, limit=limit)

        return self._decoded(store.pages(ask, after, PAGE, place=0))

    def subjects(self) -> tuple[str, ...]:
        """Name everything that any fact is about, in order of first appearance."""
        return tuple(row[0] for row in self._ask(store.SUBJECTS) if isinstance(row[0], str))

    def tail(self, after: int, limit: int = 500) -> tuple[Recorded[Fact], ...]:
        """Give the next facts after a position, of all streams, in order."""
        rows = self._ask(store.TAIL, after=after, limit=limit)
        beyond = bool(rows) and rows[-1][0] > store.JUMP  # nearly never: only then it is asked where the ledger ends
        return tuple(self._decoded(iter(rows), within=self.head() if beyond else None))

    def wait(self, after: int, timeout: float) -> bool:
        """Wait until there are facts after a position, at most `timeout` seconds."""
        deadline = monotonic() + timeout
        while True:
            heard = self._waker.heard()
            if self.head() > after:
                return True
            left = deadline - monotonic()
            if left <= 0:
                return False
            self._waker.wait(heard, min(left, self._store.poll))

    def head(self) -> int:
        """Give the position of the newest fact; 0 when there is none."""
        with self._store.reading() as session:
            return self._end(session)

    def position_at(self, when: datetime) -> int:
        """Give the position of the newest fact recorded at or before a time; 0 when there is none."""
        with self._store.reading() as session:
            return store.last_at_or_before(session, as_micros(when), head=self._end(session), now=self._store.now(session))

    def find(self, fact_id: str) -> Recorded[Fact] | None:
        """Look a fact up by its id."""
        return next(self._decoded(iter(self._ask(store.BY_ID, fact_id=fact_id))), None)

    def bytes_at(self, position: int) -> bytes:
        """Give what stands in the row at a position, whatever it is; empty where there is none."""
        rows = self._ask(store.BYTES, position=position)
        content = rows[0][0] if rows else b""
        return f"{content}".encode(errors="replace") if isinstance(content, str | int | float | None) else bytes(content)

    def digest(self, body: bytes) -> str:
        """Give `sha256` over this ledger's salt and the body, in hexadecimal."""
        return hashlib.sha256(self._identity.salt + body).hexdigest()

    def document(self, digest: str) -> bytes | None:
        """Look a document up; None when it was erased or never kept. Raises Unsound when it is not what its digest says."""
        rows = self._ask(store.DOCUMENT, digest=digest)
        return self.untampered(digest, rows[0][0]) if rows else None

    def untampered(self, digest: str, body: object) -> bytes:
        """Give a kept document's bytes. Raises Unsound when they are not what the digest says."""
        kept = bytes(body) if isinstance(body, bytes | bytearray) else None
        if kept is None or self.digest(kept) != digest:
            raise tampered(digest)
        return kept

    def verify(self, *, newest: int = 0, told: ProgressListener = lambda _, __: None) -> VerificationReport:
        """Read everything, or so many of the newest facts, and say what is wrong. Raises Unreachable."""
        return verify(Verified(self._store, self._reader.read, self.untampered, self.head), newest=newest, told=told)

    def guarded(self) -> bool:
        """Tell whether the database itself holds all who write to the ledger's rules."""
        with self._store.reading() as session:
            return self._store.guarded(session)

    def open_to_all(self) -> str:
        """Name the database when every role of its server may connect to it; empty when not, or where there are no roles."""
        with self._store.reading() as session:
            return self._store.open_to_all(session)

    def watch_positions(self) -> Mapping[str, str]:
        """Give the recorder's positions in its watches: kind to resourceVersion."""
        return {kind: at for kind, at in self._ask(store.PLACES) if isinstance(kind, str) and isinstance(at, str)}

    def lead(self, holder: str, seconds: float) -> Lease | None:
        """Take or renew the lease; None while another has it. `holder` must name one process in one life."""
        check_lease(holder, seconds)
        with self._store.writing() as session:
            now = self._store.now(session)
            return leases.take_lease(session, holder, now=now, seconds=seconds, head=lambda: self._end(session))

    def leader(self) -> Lease | None:
        """Give the lease that is valid now; None when nobody leads."""
        with self._store.reading() as session:
            return leases.valid_lease(session, self._store.now(session))

    def release(self, lease: Lease) -> None:
        """Give the lease up, so that a stand-by need not wait."""
        with self._store.writing() as session:
            leases.release_lease(session, lease, now=self._store.now(session))

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def _ask(self, statement: str, **parameters: object) -> list[store.Cells]:
        with self._store.reading() as session:
            return session.rows(statement.format(id=self._store.id), **parameters)

    def _end(self, session: store.StoreSession) -> int:
        newest = session.rows(store.HEAD.format(id=self._store.id))[0][0]
        return store.end_of(session, "ledger_events", self._store.id, newest)

    def _decoded(self, rows: Iterator[store.Cells], within: int | None = None) -> Iterator[Recorded[Fact]]:
        """Read rows; those that stand beyond the ledger's end are not part of it."""
        return (self._reader.read(row) for row in rows if within is None or 0 < row[0] <= within)

    def _signed(self, note: UncommittedFact[Fact]) -> UncommittedFact[Fact]:
        if note.metadata.build or not self._build:
            return note
        return replace(note, metadata=replace(note.metadata, build=self._build))

    def _encode(self, note: UncommittedFact[Fact]) -> Encoded:
        return self._codec.encode(note)


def tampered(digest: str) -> Unsound:
    """Say that a document is not what its digest says."""
    return Unsound(
        f"the document {digest} in the ledger is not what its digest says: other hands changed or laid it; it is not used"
    )
