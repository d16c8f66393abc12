"""The ledger on SQLite: one file, WAL, every commit on the disk before it is acknowledged."""

import json
import os
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from adapters.ledger.current_sqlite import refuse_corrupting, sqlite3  # before the library imports sqlite3 itself

# isort: split
from eventsourcing.persistence import PersistenceError
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteFactory,
)
from eventsourcing.utils import Environment

from adapters.ledger import leases, store
from adapters.ledger.application import EVENTS
from adapters.ledger.batch import AHEAD, AppendRequest, LedgerState, as_micros, ids_of, judge, streams_of
from adapters.ledger.sqlite_session import SqliteSession, insert
from adapters.ledger.sqlite_tables import create, fit_or_new, guard, guarded
from domain.errors import DeadreckonError, Unfit, Unreachable
from domain.ports import Clock

PATIENCE = 30.0
"""Seconds to wait for another process's write to end."""

_VERSIONS = """SELECT originator_id, max(originator_version) FROM ledger_events
    WHERE originator_id IN (SELECT value FROM json_each(:streams)) AND originator_version <= :most
    GROUP BY originator_id"""
_NEWEST = store.NEWEST.format(id="rowid", latest=":latest")
_KNOWN = """SELECT j.fact_id, e.originator_id FROM ledger_journal j JOIN ledger_events e ON e.rowid = j.position
    WHERE j.fact_id IN (SELECT value FROM json_each(:ids))"""
_BLOCKED = store.BLOCKED.format(id="rowid", among="IN (SELECT value FROM json_each(:among))")


class _Connection(SQLiteConnection):
    """Begins a write with the write lock in hand, so that what it reads still holds when it writes."""

    @contextmanager
    def transaction(self, *, commit: bool) -> Generator[SQLiteCursor]:
        cursor = self.cursor()
        cursor.execute("BEGIN IMMEDIATE" if commit else "BEGIN")
        try:
            with cursor:
                yield cursor
            if commit:
                self.commit()
        finally:
            # After a commit there is nothing to roll back; after a failed one the lock must not stay held.
            self.rollback()


class _Pool(SQLiteConnectionPool):
    def _create_connection(self) -> SQLiteConnection:
        connection = sqlite3.connect(
            self.db_name, timeout=PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        try:
            connection.execute("PRAGMA synchronous = FULL")
            if not self.is_journal_mode_wal:
                _require_wal(self.db_name, _switched_to_wal(connection))
                self.is_journal_mode_wal = True
        except BaseException:
            connection.close()
            raise
        return _Connection(connection, max_age=None)


def _switched_to_wal(connection: sqlite3.Connection) -> str:
    """Give the journal mode after asking for WAL. SQLite does not wait for others when it switches: we do."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _require_wal(path: str, mode: str) -> None:
    if mode != "wal":
        raise Unfit(f"{path} cannot be kept in WAL mode (it stays in mode {mode})", "keep the ledger on a local disk")


class _Datastore(SQLiteDatastore):
    def __init__(self, path: str) -> None:
        super().__init__(path, originator_id_type="text")
        self.pool = _Pool(db_name=path, pool_size=4, max_overflow=28, pool_timeout=PATIENCE)


class _Recorder(SQLiteApplicationRecorder):
    """Writes batches: events and everything beside them, in the one transaction that the library opens."""

    def __init__(self, datastore: SQLiteDatastore, clock: Clock) -> None:
        super().__init__(datastore, events_table_name=EVENTS)
        self._clock = clock

    def _insert_events(self, c: SQLiteCursor, stored_events: Sequence[Any], **given: object) -> Sequence[int]:
        if stored_events:
            raise TypeError("the ledger is written through its appender, in batches")
        batch = cast("Sequence[AppendRequest]", given["batch"])
        session = SqliteSession(c)
        writing = judge(batch, self._standing(session, batch))
        insert(session, writing)
        return [row.position for row in writing.rows]

    def _standing(self, session: SqliteSession, batch: Sequence[AppendRequest]) -> LedgerState:
        now, streams = as_micros(self._clock()), json.dumps(streams_of(batch))
        newest = session.rows(_NEWEST, latest=now + AHEAD, jump=store.JUMP)[0]
        head, aside = store.standing_ends(session, newest, "rowid")
        return LedgerState(
            head=head,
            newest=newest[2] or 0,
            now=now,
            lease=leases.newest_lease(session),
            versions=dict(session.rows(_VERSIONS, streams=streams, most=store.MOST_VERSIONS)),
            known=dict(session.rows(_KNOWN, ids=json.dumps(ids_of(batch)))),
            blocked=dict(session.rows(_BLOCKED, head=head, among=streams, most=store.MOST_VERSIONS)) if aside else {},
        )


class Factory(SQLiteFactory):
    """Makes the recorder on a file."""

    def __init__(self, path: str, clock: Clock) -> None:
        """Take the file's path and the clock that times are recorded by."""
        self.env = Environment("Ledger")
        self.datastore = _Datastore(path)
        self.recorder = _Recorder(self.datastore, clock)

    def application_recorder(self) -> _Recorder:
        """Give our recorder. Its tables are there already."""
        return self.recorder


class SqliteStore:
    """A ledger's file."""

    poll = 0.03
    id = "rowid"
    among = "IN (SELECT value FROM json_each(:among))"
    for_update = ""
    bytes = "blob"

    def __init__(self, path: str, clock: Clock) -> None:
        """Open the file, or make it. Raises Unfit, Unreachable."""
        refuse_corrupting()
        self._clock = clock
        with _translated(path):
            new = fit_or_new(path)
            if new:
                _touch(path)
        self._path = path
        self.factory = Factory(path, clock)
        if new:
            with self.writing() as session:
                create(session)
        with self.reading() as session:
            known = guarded(session)
        if not known:
            with self.writing() as session:
                guard(session)
        with self.reading() as session:
            self._identity = store.identity_from(session.rows(store.META))

    @contextmanager
    def reading(self) -> Generator[SqliteSession]:
        """Open a session that only reads."""
        with _translated(self._path), self.factory.datastore.transaction(commit=False) as cursor:
            yield SqliteSession(cursor)

    @contextmanager
    def writing(self) -> Generator[SqliteSession]:
        """Open a session that holds the write lock."""
        with _translated(self._path), self.factory.datastore.transaction(commit=True) as cursor:
            yield SqliteSession(cursor)

    transaction = writing

    def write(self, batch: Sequence[AppendRequest]) -> None:
        """Settle a batch in one transaction."""
        with _translated(self._path):
            self.factory.recorder.insert_events((), batch=batch)

    def has_table(self, session: store.StoreSession, name: str) -> bool:
        """Tell whether there is a table of this name."""
        return bool(session.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name", name=name))

    def now(self, session: store.StoreSession) -> int:  # noqa: ARG002 (SQLite has no clock but the machine's)
        """Give the machine's time."""
        return as_micros(self._clock())

    def writers(self, session: store.StoreSession) -> Mapping[str, int]:  # noqa: ARG002 (a file has no roles)
        """Give nothing: who may write to the file is the operating system's to say."""
        return {}

    def guarded(self, session: store.StoreSession) -> bool:
        """Tell whether the triggers are there."""
        return guarded(session)

    def open_to_all(self, session: store.StoreSession) -> str:  # noqa: ARG002 (a file has no roles)
        """Give nothing."""
        return ""

    def identity(self) -> store.LedgerIdentity:
        """Tell who this ledger is."""
        return self._identity

    def listen(self, told: store.WakeUpListener) -> None:
        """Do nothing: SQLite cannot tell of other processes' writes; they are found by polling."""

    def close(self) -> None:
        """Close all connections."""
        self.factory.close()


def _touch(path: str) -> None:
    """Make the file readable for its owner only: submitted texts may hold literal values."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


@contextmanager
def _translated(path: str) -> Generator[None]:
    try:
        yield
    except DeadreckonError:
        raise
    except (sqlite3.Error, PersistenceError, OSError) as error:
        raise _in_our_words(path, error) from error


def _in_our_words(path: str, error: Exception) -> Exception:
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return Unfit(f"{path} is not a sound SQLite database ({text})", "restore a backup, or name another file")
    if "unable to open" in text or isinstance(error, (FileNotFoundError, PermissionError, IsADirectoryError)):
        folder = Path(path).absolute().parent
        return Unfit(f"the ledger's file {path} cannot be opened ({text})", f"see that {folder} is there and yours")
    if "full" in text:
        return Unreachable(f"the disk that holds the ledger {path} is full: nothing was written. Free some space")
    if "locked" in text or "busy" in text:
        return Unreachable(f"another process has been writing to {path} for {PATIENCE:.0f} s: nothing was written")
    if "no such column" in text or "syntax error" in text or "constraint" in text.lower():
        return error
    return Unreachable(f"the ledger {path} did not answer: {text}")
