"""The ledger on PostgreSQL: one lock for all appends, so that positions are dense and no reader ever skips one.

The lock is on the one row of the table `ledger_lease`: unlike the table lock of the library it does not wait for VACUUM,
ANALYZE or an index being built, and unlike an advisory lock it needs a right that strangers have not. Positions are given
under it, one after another; a writer without it would collide, not hide.

A role that may insert writes rows itself, and the database's triggers judge them; any other writes through the database's
function `ledger_append`, which sets position and time (`adapters.ledger.postgres_guards`).
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from eventsourcing.postgres import (
    ConnectionPool,
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresFactory,
)
from eventsourcing.utils import Environment
from psycopg import Connection, Cursor, IsolationLevel
from psycopg.rows import DictRow, dict_row

from adapters.ledger import leases, store
from adapters.ledger.application import EVENTS
from adapters.ledger.batch import AHEAD, AppendRequest, LedgerState, Writing, ids_of, judge, streams_of
from adapters.ledger.listening import Listener
from adapters.ledger.location import shown
from adapters.ledger.postgres_errors import translated
from adapters.ledger.postgres_rows import append_by_the_door, insert_rows
from adapters.ledger.postgres_session import PostgresSession
from adapters.ledger.postgres_tables import (
    create,
    guarded,
    has_table,
    open_to_all,
    refuse_losing_server,
    to_be_made,
    unguarded,
    writers,
)
from domain.errors import Unfit

PATIENCE = 10.0
"""Seconds to wait for other writers."""

CONNECTING = 5.0
"""Seconds to wait for a connection."""

KEEP_ALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
"""A server that has gone without a word is noticed within some ten seconds."""

_VERSIONS = """SELECT originator_id, max(originator_version) FROM ledger_events
    WHERE originator_id = ANY(:streams) AND originator_version <= :most GROUP BY originator_id"""
_KNOWN = """SELECT j.fact_id, e.originator_id FROM ledger_journal j JOIN ledger_events e ON e.notification_id = j.position
    WHERE j.fact_id = ANY(:ids)"""
_NOW = "SELECT (extract(epoch from clock_timestamp()) * 1000000)::bigint"
_NEWEST = store.NEWEST.format(id="notification_id", latest=f"(extract(epoch from clock_timestamp()) * 1000000)::bigint + {AHEAD}")
_BLOCKED = store.BLOCKED.format(id="notification_id", among="= ANY(:among)")
_RIGHTS = """SELECT has_table_privilege('ledger_events', 'INSERT'), has_table_privilege('ledger_lease', 'UPDATE')"""
_TURN_ITSELF, _TURN_BY_THE_DOOR = b"SELECT 1 FROM ledger_lease FOR UPDATE", b"SELECT ledger_turn()"


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
    """Writes batches: events and everything beside them in one transaction, under the ledger's lock."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        """Take the library's datastore."""
        super().__init__(datastore, events_table_name=EVENTS)
        self._turn = _TURN_ITSELF
        self._inserts = True

    def may(self, *, insert: bool, lock: bool) -> None:
        """Learn what the role may do itself; for the rest there is the database's own door."""
        self._inserts, self._turn = insert, _TURN_ITSELF if lock else _TURN_BY_THE_DOOR

    def insert_events(self, stored_events: Sequence[Any], **given: object) -> Sequence[int]:
        """Settle a batch. Not the library's way: it would try ten times, and raise some errors after the commit."""
        if stored_events:
            raise TypeError("the ledger is written through its appender, in batches")
        batch = cast("Sequence[AppendRequest]", given["batch"])
        with self.datastore.get_connection() as connection, connection.pipeline() as pipeline, connection.transaction():
            session = PostgresSession(connection)
            self._lock_table(connection.cursor())
            writing = judge(batch, self._standing(session, batch))
            if self._inserts:
                self._insert(session, writing)
            else:
                append_by_the_door(session, writing, batch)
            if writing.rows:
                self._notify_channel(connection.cursor())
            # All errors must show now: what is raised after this block has been committed.
            pipeline.sync()
        return [row.position for row in writing.rows]

    def _lock_table(self, curs: Cursor[DictRow]) -> None:
        curs.execute("SELECT set_config('lock_timeout', %s, true)", (f"{PATIENCE:.0f}s",))
        curs.execute(self._turn)

    def locked(self, connection: Connection[Any]) -> None:
        """Take the write lock until the transaction's end."""
        self._lock_table(connection.cursor())

    def _standing(self, session: PostgresSession, batch: Sequence[AppendRequest]) -> LedgerState:
        newest, now = session.ask(_NEWEST, jump=store.JUMP), session.ask(_NOW)
        lease = session.ask(store.LEASE)
        versions = session.ask(_VERSIONS, streams=streams_of(batch), most=store.MOST_VERSIONS)
        known = session.ask(_KNOWN, ids=ids_of(batch))
        cells = newest.fetchall()[0]
        head, aside = store.standing_ends(session, cells, "notification_id")
        return LedgerState(
            head=head,
            newest=cells[2] or 0,
            now=now.fetchall()[0][0],
            lease=leases.newest_of(lease.fetchall()),
            versions=dict(versions.fetchall()),
            known=dict(known.fetchall()),
            blocked=dict(session.rows(_BLOCKED, head=head, among=streams_of(batch), most=store.MOST_VERSIONS)) if aside else {},
        )

    def _insert(self, session: PostgresSession, writing: Writing) -> None:
        if writing.rows:
            insert_rows(session, writing.rows)
        for digest, body in writing.documents.items():
            session.run(store.ADD_DOCUMENT, digest=digest, body=body)
        for kind, resource_version in writing.watch_positions.items():
            session.run(store.SET_PLACE, kind=kind, resource_version=resource_version)


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
            known = new or guarded(session)
        if new or not known:
            with self.transaction() as session:
                create(session, PATIENCE)
        with self.reading() as session:
            self._identity = store.identity_from(session.rows(store.META))
            insert, lock = session.rows(_RIGHTS)[0]
            self.factory.recorder.may(insert=insert, lock=lock)

    def _knock(self) -> None:
        # The pool tries for seconds and then cannot say what was wrong.
        try:
            with translated(self._where):
                psycopg.connect(self._url, connect_timeout=int(CONNECTING)).close()
        except (psycopg.ProgrammingError, ValueError) as error:
            hint = "write postgresql://user:password@host:port/database, with %40 for an @ in the password"
            raise Unfit(f"the ledger's URL {self._where} cannot be read", hint) from error

    @contextmanager
    def reading(self) -> Generator[PostgresSession]:
        """Open a session that only reads, each statement by itself."""
        with translated(self._where), self.factory.datastore.get_connection() as connection:
            yield PostgresSession(connection)

    @contextmanager
    def transaction(self) -> Generator[PostgresSession]:
        """Open a session that commits at its end."""
        with translated(self._where), self.factory.datastore.get_connection() as connection, connection.transaction():
            yield PostgresSession(connection)

    @contextmanager
    def writing(self) -> Generator[PostgresSession]:
        """Open a session that holds the write lock."""
        with self.transaction() as session:
            self.factory.recorder.locked(session.connection)
            yield session

    def write(self, batch: Sequence[AppendRequest]) -> None:
        """Settle a batch in one transaction."""
        with translated(self._where):
            self.factory.recorder.insert_events((), batch=batch)

    def has_table(self, session: store.StoreSession, name: str) -> bool:
        """Tell whether there is a table of this name."""
        return has_table(session, name)

    def now(self, session: store.StoreSession) -> int:
        """Give the server's time."""
        return int(session.rows(_NOW)[0][0])

    def writers(self, session: store.StoreSession) -> Mapping[str, int]:
        """Count the facts of each role that logged in; those from before the database noted it have none."""
        return writers(session)

    def guarded(self, session: store.StoreSession) -> bool:
        """Tell whether the guards are there."""
        return not unguarded(session)

    def open_to_all(self, session: store.StoreSession) -> str:
        """Name the database while PUBLIC may connect to it."""
        return open_to_all(session)

    def identity(self) -> store.LedgerIdentity:
        """Tell who this ledger is."""
        return self._identity

    def listen(self, told: store.WakeUpListener) -> None:
        """Listen on a connection of its own."""
        self._listener = Listener(self._url, self.factory.recorder.channel_name, told)

    def close(self) -> None:
        """Close all connections."""
        if self._listener is not None:
            self._listener.close()
        self.factory.close()
