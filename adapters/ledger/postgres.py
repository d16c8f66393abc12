"""The ledger on PostgreSQL: one lock for all appends, so that positions are dense and no reader ever skips one.

The lock is an advisory one of the transaction: unlike the table lock of the library it does not wait for VACUUM, ANALYZE or
an index being built. Positions are given under it, one after another; a writer without it would collide, not hide.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, cast

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError
from eventsourcing.postgres import (
    ConnectionPool,
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresFactory,
)
from eventsourcing.utils import Environment
from psycopg import Connection, Cursor, IsolationLevel
from psycopg.rows import DictRow, dict_row

from adapters.ledger import store
from adapters.ledger.application import EVENTS
from adapters.ledger.batch import Request, Row, Standing, Writing, ids_of, settle, streams_of
from adapters.ledger.listening import Listener
from adapters.ledger.place import shown
from adapters.ledger.postgres_session import PostgresSession
from adapters.ledger.postgres_tables import create, has_table, refuse_losing_server, to_be_made
from domain.errors import Unfit, Unreachable

PATIENCE = 10.0
"""Seconds to wait for other writers."""

CONNECTING = 5.0
"""Seconds to wait for a connection."""

KEEP_ALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
"""A server that has gone without a word is noticed within some ten seconds."""

_VERSIONS = """SELECT originator_id, max(originator_version) FROM ledger_events
    WHERE originator_id = ANY(:streams) GROUP BY originator_id"""
_KNOWN = """SELECT j.fact_id, e.originator_id FROM ledger_journal j JOIN ledger_events e ON e.notification_id = j.position
    WHERE j.fact_id = ANY(:ids)"""
_NOW = "SELECT (extract(epoch from clock_timestamp()) * 1000000)::bigint"
_INSERT_EVENTS = """INSERT INTO ledger_events (notification_id, originator_id, originator_version, topic, state)
    SELECT * FROM unnest(:positions::bigint[], :streams::text[], :versions::bigint[], :names::text[], :states::bytea[])"""
_INSERT_JOURNAL = """INSERT INTO ledger_journal (position, subject, fact_id, recorded_at)
    SELECT * FROM unnest(:positions::bigint[], :subjects::text[], :ids::text[], :times::bigint[])"""
_INSERT_SUBJECTS = """INSERT INTO ledger_subjects (subject, first_position)
    SELECT * FROM unnest(:subjects::text[], :positions::bigint[]) ON CONFLICT DO NOTHING"""


class _Datastore(PostgresDatastore):
    """The library's, with a pool that takes a whole connection URL."""

    def __init__(self, url: str) -> None:
        super().__init__("", "", "", "", "", originator_id_type="text", lock_timeout=int(PATIENCE))
        self.pool = ConnectionPool(
            url,
            connection_class=Connection[DictRow],
            kwargs={"row_factory": dict_row, "connect_timeout": int(CONNECTING), **KEEP_ALIVE},
            min_size=1,
            max_size=8,
            open=False,
            configure=_configure,
            check=_check,
            timeout=CONNECTING,
            max_lifetime=3600,
            reconnect_timeout=5,
        )

    def register_type_adapters(self) -> None:
        """Do nothing: events travel as arrays of plain types."""


def _check(connection: Connection[Any]) -> None:
    # A connection may have died in the pool with its server; better found out here than by whoever gets it.
    ConnectionPool.check_connection(connection)


def _configure(connection: Connection[Any]) -> None:
    # Each statement after the lock must see what the last holder of the lock committed.
    connection.isolation_level = IsolationLevel.READ_COMMITTED
    connection.autocommit = True
    connection.execute("SET idle_in_transaction_session_timeout = '10s'")


class Recorder(PostgresApplicationRecorder):
    """Writes batches: events and everything beside them in one transaction, under the advisory lock."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        """Take the library's datastore."""
        super().__init__(datastore, events_table_name=EVENTS)
        schema = datastore.schema.encode()
        self._lock = int.from_bytes(blake2b(b"deadreckon ledger " + schema, digest_size=8).digest(), "big", signed=True)

    def insert_events(self, stored_events: Sequence[Any], **given: object) -> Sequence[int]:
        """Settle a batch. Not the library's way: it would try ten times, and raise some errors after the commit."""
        if stored_events:
            raise TypeError("the ledger is written through its appender, in batches")
        batch = cast("Sequence[Request]", given["batch"])
        with self.datastore.get_connection() as connection, connection.pipeline() as pipeline, connection.transaction():
            session = PostgresSession(connection)
            self._lock_table(connection.cursor())
            writing = settle(batch, self._standing(session, batch))
            self._insert(session, writing)
            if writing.rows:
                self._notify_channel(connection.cursor())
            # All errors must show now: what is raised after this block has been committed.
            pipeline.sync()
        return [row.position for row in writing.rows]

    def _lock_table(self, curs: Cursor[DictRow]) -> None:
        curs.execute("SELECT set_config('lock_timeout', %s, true)", (f"{PATIENCE:.0f}s",))
        curs.execute("SELECT pg_advisory_xact_lock(%s)", (self._lock,))

    def locked(self, connection: Connection[Any]) -> None:
        """Take the write lock until the transaction's end."""
        self._lock_table(connection.cursor())

    def _standing(self, session: PostgresSession, batch: Sequence[Request]) -> Standing:
        newest, now = session.ask(store.NEWEST), session.ask(_NOW)
        lease = session.ask(store.LEASE)
        versions = session.ask(_VERSIONS, streams=streams_of(batch))
        known = session.ask(_KNOWN, ids=ids_of(batch))
        head, recorded = newest.fetchone() or (0, 0)
        return Standing(
            head=head,
            newest=recorded,
            now=now.fetchall()[0][0],
            lease=store.newest_of(lease.fetchall()),
            versions=dict(versions.fetchall()),
            known=dict(known.fetchall()),
        )

    def _insert(self, session: PostgresSession, writing: Writing) -> None:
        if writing.rows:
            _insert_rows(session, writing.rows)
        for digest, body in writing.documents.items():
            session.run(store.ADD_DOCUMENT, digest=digest, body=body)
        for kind, resource_version in writing.places.items():
            session.run(store.SET_PLACE, kind=kind, resource_version=resource_version)


def _insert_rows(session: PostgresSession, rows: Sequence[Row]) -> None:
    positions = [row.position for row in rows]
    session.run(
        _INSERT_EVENTS,
        positions=positions,
        streams=[row.stream for row in rows],
        versions=[row.version for row in rows],
        names=[row.name for row in rows],
        states=[row.state for row in rows],
    )
    subjects, ids, times = [row.subject for row in rows], [row.fact_id for row in rows], [row.recorded for row in rows]
    session.run(_INSERT_JOURNAL, positions=positions, subjects=subjects, ids=ids, times=times)
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.subject, row.position)
    first.pop("", None)
    session.run(_INSERT_SUBJECTS, subjects=list(first), positions=list(first.values()))


class Factory(PostgresFactory):
    """Makes the recorder on a database."""

    def __init__(self, url: str) -> None:
        """Take the database's URL; nothing is connected to yet."""
        self.env = Environment("Ledger")
        self.datastore = _Datastore(url)

    def application_recorder(self) -> Recorder:
        """Give our recorder. Its tables are there already."""
        return self.recorder

    def know(self, schema: str) -> None:
        """Learn in which schema the tables are."""
        self.datastore.schema = schema
        self.recorder = Recorder(self.datastore)


class PostgresStore:
    """A ledger's database."""

    poll = 1.0
    id = "notification_id"
    among = "= ANY(:among)"
    for_update = "FOR UPDATE"
    bytes = "bytea"

    def __init__(self, url: str) -> None:
        """Connect; make the tables where there are none. Raises Unfit, Unreachable."""
        self._url = url
        self._where = shown(url)
        self._listener: Listener | None = None
        self.factory = Factory(url)
        try:
            self._open()
        except BaseException:
            self.factory.close()
            raise

    def _open(self) -> None:
        self._knock()
        with self.reading() as session:
            refuse_losing_server(session)
            self.factory.know(session.rows("SELECT current_schema()")[0][0])
            new = to_be_made(session)
        if new:
            with self.writing() as session:
                create(session)
        with self.reading() as session:
            self._identity = store.identity_from(session.rows(store.META))

    def _knock(self) -> None:
        # The pool tries for seconds and then cannot say what was wrong.
        try:
            with _translated(self._where):
                psycopg.connect(self._url, connect_timeout=int(CONNECTING)).close()
        except (psycopg.ProgrammingError, ValueError) as error:
            hint = "write postgresql://user:password@host:port/database, with %40 for an @ in the password"
            raise Unfit(f"the ledger's URL {self._where} cannot be read", hint) from error

    @contextmanager
    def reading(self) -> Generator[PostgresSession]:
        """Open a session that only reads, each statement by itself."""
        with _translated(self._where), self.factory.datastore.get_connection() as connection:
            yield PostgresSession(connection)

    @contextmanager
    def transaction(self) -> Generator[PostgresSession]:
        """Open a session that commits at its end."""
        with _translated(self._where), self.factory.datastore.get_connection() as connection, connection.transaction():
            yield PostgresSession(connection)

    @contextmanager
    def writing(self) -> Generator[PostgresSession]:
        """Open a session that holds the write lock."""
        with self.transaction() as session:
            self.factory.recorder.locked(session.connection)
            yield session

    def write(self, batch: Sequence[Request]) -> None:
        """Settle a batch in one transaction."""
        with _translated(self._where):
            self.factory.recorder.insert_events((), batch=batch)

    def has_table(self, session: store.Session, name: str) -> bool:
        """Tell whether there is a table of this name."""
        return has_table(session, name)

    def now(self, session: store.Session) -> int:
        """Give the server's time."""
        return int(session.rows(_NOW)[0][0])

    def identity(self) -> store.Identity:
        """Tell who this ledger is."""
        return self._identity

    def listen(self, told: store.Told) -> None:
        """Listen on a connection of its own."""
        self._listener = Listener(self._url, self.factory.recorder.channel_name, told)

    def close(self) -> None:
        """Close all connections."""
        if self._listener is not None:
            self._listener.close()
        self.factory.close()


@contextmanager
def _translated(where: str) -> Generator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError) as error:
        what = " ".join(str(error).split()) or type(error).__name__
        raise Unreachable(f"the ledger {where} did not answer: {what}") from error
