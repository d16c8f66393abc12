"""The ledger on PostgreSQL: one lock for all appends, so that positions are dense and no reader ever skips one.

The lock is on the one row of the table `ledger_lease`: unlike the table lock of the library it does not wait for VACUUM,
ANALYZE or an index being built, and unlike an advisory lock it needs a right that strangers have not. Positions are given
under it, one after another; a writer without it would collide, not hide.

A role that may insert writes rows itself, and the database's triggers judge them; any other writes through the database's
function `ledger_append`, which sets position and time (`adapters.ledger.postgres_guards`).
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError, PersistenceError
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
from adapters.ledger.batch import AHEAD, Request, Row, Standing, Writing, as_time, ids_of, settle, streams_of
from adapters.ledger.listening import Listener
from adapters.ledger.place import shown
from adapters.ledger.postgres_session import PostgresSession
from adapters.ledger.postgres_tables import create, guarded, has_table, refuse_losing_server, to_be_made, unguarded
from domain.errors import Unfit, Unreachable

PATIENCE = 10.0
"""Seconds to wait for other writers."""

CONNECTING = 5.0
"""Seconds to wait for a connection."""

KEEP_ALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
"""A server that has gone without a word is noticed within some ten seconds."""

_VERSIONS = f"""SELECT originator_id, max(originator_version) FROM ledger_events
    WHERE originator_id = ANY(:streams) AND originator_version <= {store.MOST_VERSIONS} GROUP BY originator_id"""
_KNOWN = """SELECT j.fact_id, e.originator_id FROM ledger_journal j JOIN ledger_events e ON e.notification_id = j.position
    WHERE j.fact_id = ANY(:ids)"""
_NOW = "SELECT (extract(epoch from clock_timestamp()) * 1000000)::bigint"
_NEWEST = store.NEWEST.format(id="notification_id", latest=f"(extract(epoch from clock_timestamp()) * 1000000)::bigint + {AHEAD}")
_BLOCKED = store.BLOCKED.format(id="notification_id", among="= ANY(:among)")
_WRITERS = """SELECT coalesce(written_by, '(before the database noted it)') AS role, count(*) FROM ledger_journal
    GROUP BY 1 ORDER BY 1"""
_OPEN = """SELECT datname FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) AS given
    WHERE datname = current_database() AND given.grantee = 0 AND given.privilege_type = 'CONNECT'"""
_RIGHTS = """SELECT has_table_privilege('ledger_events', 'INSERT'), has_table_privilege('ledger_lease', 'UPDATE')"""
_TURN_ITSELF, _TURN_BY_THE_DOOR = b"SELECT 1 FROM ledger_lease FOR UPDATE", b"SELECT ledger_turn()"
_APPEND = """SELECT first, at FROM ledger_append(:streams::text[], :versions::bigint[], :names::text[], :contents::bytea[],
    :subjects::text[], :ids::text[], :digests::text[], :bodies::bytea[])"""
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
        batch = cast("Sequence[Request]", given["batch"])
        with self.datastore.get_connection() as connection, connection.pipeline() as pipeline, connection.transaction():
            session = PostgresSession(connection)
            self._lock_table(connection.cursor())
            writing = settle(batch, self._standing(session, batch))
            if self._inserts:
                self._insert(session, writing)
            else:
                _append_by_the_door(session, writing, batch)
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

    def _standing(self, session: PostgresSession, batch: Sequence[Request]) -> Standing:
        newest, now = session.ask(_NEWEST), session.ask(_NOW)
        lease = session.ask(store.LEASE)
        versions = session.ask(_VERSIONS, streams=streams_of(batch))
        known = session.ask(_KNOWN, ids=ids_of(batch))
        cells = newest.fetchall()[0]
        head, aside = store.standing_ends(session, cells, "notification_id")
        return Standing(
            head=head,
            newest=cells[2] or 0,
            now=now.fetchall()[0][0],
            lease=store.newest_of(lease.fetchall()),
            versions=dict(versions.fetchall()),
            known=dict(known.fetchall()),
            blocked=dict(session.rows(_BLOCKED, head=head, among=streams_of(batch))) if aside else {},
        )

    def _insert(self, session: PostgresSession, writing: Writing) -> None:
        if writing.rows:
            _insert_rows(session, writing.rows)
        for digest, body in writing.documents.items():
            session.run(store.ADD_DOCUMENT, digest=digest, body=body)
        for kind, resource_version in writing.places.items():
            session.run(store.SET_PLACE, kind=kind, resource_version=resource_version)


def _append_by_the_door(session: PostgresSession, writing: Writing, batch: Sequence[Request]) -> None:
    """Write through the database's function: it sets the positions, which under the lock are these, and the time."""
    if writing.places or any(request.lease for request in batch):
        raise Unfit(
            "this PostgreSQL role may give orders, and not lead", "let engines log in as a role of their own: reckon roles"
        )
    if not writing.rows:
        return
    rows = writing.rows
    first, at = session.rows(
        _APPEND,
        streams=[row.stream for row in rows],
        versions=[row.version for row in rows],
        names=[row.name for row in rows],
        contents=[row.state.partition(b",")[2] for row in rows],
        subjects=[row.subject for row in rows],
        ids=[row.fact_id for row in rows],
        digests=list(writing.documents),
        bodies=list(writing.documents.values()),
    )[0]
    assert first == rows[0].position, "positions are given under the lock"
    for request in batch:
        request.recorded = tuple(replace(one, recorded_at=as_time(at)) for one in request.recorded)


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

    def writers(self, session: store.Session) -> Mapping[str, int]:
        """Count the facts of each role that logged in; those from before the database noted it have none."""
        if unguarded(session):
            return {}
        return {str(role): int(count) for role, count in session.rows(_WRITERS)}

    def guarded(self, session: store.Session) -> bool:
        """Tell whether the guards are there."""
        return not unguarded(session)

    def open_to_all(self, session: store.Session) -> str:
        """Name the database while PUBLIC may connect to it."""
        rows = session.rows(_OPEN)
        return str(rows[0][0]) if rows else ""

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
    except (PersistenceError, psycopg.Error) as error:
        cause = error if isinstance(error, psycopg.Error) else error.__cause__
        if isinstance(cause, psycopg.errors.InsufficientPrivilege):
            hint = "the owner gives roles what they need: reckon roles; see docs/operating.md"
            raise Unfit(f"the PostgreSQL role of {where} may not do this: {cause.diag.message_primary}", hint) from error
        if isinstance(cause, psycopg.errors.CheckViolation):
            raise Unfit(f"the database {where} would not take it: {cause.diag.message_primary}") from error
        raise
