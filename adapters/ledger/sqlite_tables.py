"""A ledger's tables on SQLite, and whether a file has them."""

import os
import secrets
from pathlib import Path
from urllib.parse import quote

from adapters.clock import new_id
from adapters.ledger.application import EVENTS
from adapters.ledger.current_sqlite import sqlite3
from adapters.ledger.store import FORMAT, StoreSession
from domain.errors import Unfit

MARK = 0x44524B4E
"""`DRKN`: SQLite's `application_id` of a ledger."""

# The position is an explicit INTEGER PRIMARY KEY (under the name that the library asks for): VACUUM may renumber any other rowid.
TABLES = (
    f"""CREATE TABLE {EVENTS} (rowid INTEGER PRIMARY KEY, originator_id TEXT NOT NULL, originator_version INTEGER NOT NULL,
        topic TEXT NOT NULL, state BLOB NOT NULL, UNIQUE (originator_id, originator_version))""",
    """CREATE TABLE ledger_journal (position INTEGER PRIMARY KEY, subject TEXT NOT NULL, fact_id TEXT NOT NULL UNIQUE,
        recorded_at INTEGER NOT NULL)""",
    "CREATE INDEX ledger_journal_subject ON ledger_journal (subject, position)",
    "CREATE TABLE ledger_subjects (subject TEXT PRIMARY KEY, first_position INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE ledger_documents (digest TEXT PRIMARY KEY, body BLOB NOT NULL)",
    "CREATE TABLE ledger_places (kind TEXT PRIMARY KEY, resource_version TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE ledger_lease (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), holder TEXT NOT NULL,
        epoch INTEGER NOT NULL, expires INTEGER NOT NULL)""",
    "INSERT INTO ledger_lease VALUES (1, '', 0, 0)",
    "CREATE TABLE ledger_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)
TRIGGERS = {
    f"{table}_no_{verb.lower()}": f"""CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, 'the ledger is only ever appended to'); END"""
    for table in (EVENTS, "ledger_journal", "ledger_documents", "ledger_subjects")
    for verb in ("UPDATE", "DELETE")
}
_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


def create(session: StoreSession) -> None:
    """Make a ledger in an empty database, under its write lock; whoever comes second finds it made."""
    if session.rows("PRAGMA application_id") == [(MARK,)]:
        return
    for statement in TABLES:
        session.run(statement)
    guard(session)
    properties = {"format": str(FORMAT), "ledger": new_id(), "salt": secrets.token_hex(32)}
    for name, value in properties.items():
        session.run("INSERT INTO ledger_meta (name, value) VALUES (:name, :value)", name=name, value=value)
    session.run(f"PRAGMA user_version = {FORMAT}")
    session.run(f"PRAGMA application_id = {MARK}")


def guarded(session: StoreSession) -> bool:
    """Tell whether all triggers are there: ledgers of before have those of facts only."""
    return {name for (name,) in session.rows(_TRIGGERS)} >= TRIGGERS.keys()


def guard(session: StoreSession) -> None:
    """Make the triggers that are missing; rows stay as they are."""
    for statement in TRIGGERS.values():
        session.run(statement)


def fit_or_new(path: str) -> bool:
    """Tell whether a ledger is still to be made there, changing nothing. Raises Unfit when the file is something else."""
    if ":memory:" in path or not path:
        raise Unfit("a ledger in memory survives nothing", "name a file")
    file = Path(path)
    if file.is_dir():
        raise Unfit(f"the ledger {path} is a folder", "name a file in it")
    if not file.exists() or file.stat().st_size == 0:
        return True
    if not os.access(path, os.W_OK):
        raise Unfit(f"{path} may not be written to", "see to the file's owner and rights")
    connection = sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=rw", uri=True, timeout=30, isolation_level=None)
    try:
        connection.execute("BEGIN")  # one look: another process may be making the ledger at this very moment
        mark = connection.execute("PRAGMA application_id").fetchone()[0]
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    finally:
        connection.close()
    if not mark and not tables:
        return True
    if mark != MARK:
        raise Unfit(f"{path} is an SQLite database, but no ledger", "name another file; this one was left as it is")
    if found > FORMAT:
        raise Unfit(
            f"the ledger {path} has format {found}; this build knows formats up to {FORMAT}",
            "a newer build made it: run that build or a later one",
        )
    return False
