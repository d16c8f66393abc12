"""A ledger's tables on PostgreSQL, and whether a server keeps what it acknowledges.

The owner of the database runs Deadreckon once (any command) and the tables are made, or, where a build of before made them,
guarded (`adapters.ledger.postgres_guards`). What roles engines and people then need, `adapters.ledger.postgres_roles` says.
Connections must go to the server itself, or to a pooler in session mode: LISTEN and prepared statements do not survive a
pooler that hands out transactions.
"""

import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import psycopg
from eventsourcing.persistence import ProgrammingError

from adapters.clock import new_id
from adapters.ledger.postgres_guards import GUARDS, guard
from adapters.ledger.postgres_session import PostgresSession
from adapters.ledger.store import FORMAT, StoreSession
from domain.errors import Unfit

_APPEND_ONLY = ("ledger_events", "ledger_journal")

TABLES = (
    """CREATE TABLE ledger_events (notification_id bigint NOT NULL UNIQUE, originator_id text NOT NULL,
        originator_version bigint NOT NULL, topic text NOT NULL, state bytea NOT NULL,
        PRIMARY KEY (originator_id, originator_version))""",
    """CREATE TABLE ledger_journal (position bigint PRIMARY KEY, subject text NOT NULL, fact_id text NOT NULL UNIQUE,
        recorded_at bigint NOT NULL)""",
    "CREATE INDEX ledger_journal_subject ON ledger_journal (subject, position)",
    "CREATE TABLE ledger_subjects (subject text PRIMARY KEY, first_position bigint NOT NULL)",
    "CREATE TABLE ledger_documents (digest text PRIMARY KEY, body bytea NOT NULL)",
    "CREATE TABLE ledger_places (kind text PRIMARY KEY, resource_version text NOT NULL)",
    """CREATE TABLE ledger_lease (only_row int PRIMARY KEY CHECK (only_row = 1), holder text NOT NULL,
        epoch bigint NOT NULL, expires bigint NOT NULL)""",
    "INSERT INTO ledger_lease VALUES (1, '', 0, 0)",
    "CREATE TABLE ledger_meta (name text PRIMARY KEY, value text NOT NULL)",
    """CREATE FUNCTION ledger_only_appended_to() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE EXCEPTION 'the ledger is only ever appended to'; END$$""",
    *(
        f"""CREATE TRIGGER {table}_only_appended_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_appended_to()"""
        for table in _APPEND_ONLY
    ),
)

_OURS_OR_NOT = """SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
    AND tablename IN ('ledger_meta', 'ledger_events')"""
_MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")


def refuse_losing_server(session: StoreSession) -> None:
    """Raise Unfit when the server may lose what it has acknowledged, or cannot be written to."""
    for setting in _MUST_BE_ON:
        if session.rows(f"SHOW {setting}")[0][0] == "off":
            raise Unfit(f"the PostgreSQL runs with {setting} = off: it may lose what it has acknowledged", f"set {setting} = on")
    if session.rows("SELECT pg_is_in_recovery()")[0][0]:
        raise Unfit("this PostgreSQL is a stand-by and cannot be written to", "name the primary")
    if session.rows("SHOW server_encoding")[0][0] != "UTF8":
        raise Unfit("the PostgreSQL database is not encoded in UTF-8", "make a database with ENCODING 'UTF8'")
    if session.rows("SELECT current_schema()")[0][0] is None:
        raise Unfit("the role has no schema to keep the ledger in", "GRANT USAGE ON SCHEMA public, or set its search_path")


def has_table(session: StoreSession, name: str) -> bool:
    """Tell whether there is a table of this name."""
    # Not by to_regclass: it may answer from a cache that was filled before we got the lock.
    return bool(session.rows("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = :name", name=name))


def to_be_made(session: StoreSession) -> bool:
    """Tell whether a ledger is still to be made there. Raises Unfit when what is there is something else."""
    # One look at both: another process may be making them between two.
    there = {name for (name,) in session.rows(_OURS_OR_NOT)}
    if "ledger_meta" not in there:
        if there:
            raise Unfit("the database has a table ledger_events that is no ledger's", "name another database")
        return True
    with _allowed("read the ledger"):
        meta = {str(name): str(value) for name, value in session.rows("SELECT name, value FROM ledger_meta")}
    if not meta.keys() >= {"format", "ledger", "salt"}:
        raise Unfit("the database has a table ledger_meta that is no ledger's", "name another database")
    if not meta["format"].isascii() or not meta["format"].isdigit():
        raise Unfit("the ledger's own properties (the table ledger_meta) are unsound", "restore it from a backup")
    if int(meta["format"]) > FORMAT:
        raise Unfit(
            f"the ledger has format {meta['format']}; this build knows formats up to {FORMAT}",
            "a newer build made it: run that build or a later one",
        )
    return False


_WRITERS = """SELECT coalesce(written_by, '(before the database noted it)') AS role, count(*) FROM ledger_journal
    GROUP BY 1 ORDER BY 1"""
_OPEN = """SELECT datname FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) AS given
    WHERE datname = current_database() AND given.grantee = 0 AND given.privilege_type = 'CONNECT'"""
_OWNER = "SELECT tableowner FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'ledger_meta'"
_GUARDED = "SELECT value FROM ledger_meta WHERE name = 'guards'"
_KEEP_GUARDED = """INSERT INTO ledger_meta (name, value) VALUES ('guards', :value)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value"""


def unguarded(session: StoreSession) -> bool:
    """Tell whether the database does not hold its writers to the rules yet."""
    rows = session.rows(_GUARDED)
    return not rows or int(rows[0][0]) < GUARDS


def writers(session: StoreSession) -> Mapping[str, int]:
    """Count the facts of each role that logged in; those from before the database noted it have none."""
    return {} if unguarded(session) else {str(role): int(count) for role, count in session.rows(_WRITERS)}


def open_to_all(session: StoreSession) -> str:
    """Name the database while every role of its server may connect to it."""
    rows = session.rows(_OPEN)
    return str(rows[0][0]) if rows else ""


def guarded(session: StoreSession) -> bool:
    """Tell whether there is nothing to do: the guards are there, or only another role may make them."""
    may = f"SELECT pg_has_role(current_user, ({_OWNER}), 'USAGE')"
    return not unguarded(session) or not session.rows(may)[0][0]


def create(session: PostgresSession, patience: float) -> None:
    """Make a ledger's tables, or the guards that they lack; whoever comes second finds them made."""
    session.rows("SELECT set_config('lock_timeout', :patience, true)", patience=f"{patience:.0f}s")
    try:
        # Of two that begin at once the second waits for the first's table of this name, and then sees that it is there.
        with session.connection.transaction():
            if to_be_made(session):
                _make(session)
    except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
        to_be_made(session)
    session.run("LOCK TABLE ledger_meta IN SHARE ROW EXCLUSIVE MODE")
    if not guarded(session):
        schema, owner = session.rows("SELECT current_schema()")[0][0], session.rows(_OWNER)[0][0]
        with _allowed("guard the ledger's tables"):
            guard(session.connection, schema, owner)
        session.run(_KEEP_GUARDED, value=str(GUARDS))


def _make(session: StoreSession) -> None:
    with _allowed("make the ledger's tables"):
        for statement in TABLES:
            session.run(statement)
    properties = {"format": str(FORMAT), "ledger": new_id(), "salt": secrets.token_hex(32)}
    for name, value in properties.items():
        session.run("INSERT INTO ledger_meta (name, value) VALUES (:name, :value)", name=name, value=value)


@contextmanager
def _allowed(to: str) -> Generator[None]:
    try:
        yield
    except (psycopg.errors.InsufficientPrivilege, ProgrammingError) as error:
        raise Unfit(
            f"the PostgreSQL role may not {to}: {error}", "GRANT it the rights of its part: `reckon roles` writes the statements"
        ) from error
