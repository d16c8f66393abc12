"""Where views stand in the ledger's database: their rows and their positions.

On PostgreSQL the owner makes these tables by running Deadreckon once; `adapters.ledger.postgres_roles` says what roles need.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.ledger.store import LedgerStore, StoreSession
from domain.errors import Unfit

_ROWS = """CREATE TABLE IF NOT EXISTS view_rows (view text NOT NULL, key text NOT NULL, body {bytes} NOT NULL,
    PRIMARY KEY (view, key))"""
_POSITIONS = "CREATE TABLE IF NOT EXISTS view_positions (view text PRIMARY KEY, position bigint NOT NULL)"
_BEGIN = "INSERT INTO view_positions (view, position) VALUES (:view, 0) ON CONFLICT DO NOTHING"
_POSITION = "SELECT position FROM view_positions WHERE view = :view {for_update}"
_MOVE = "UPDATE view_positions SET position = :position WHERE view = :view"
_ALL = "SELECT key, body FROM view_rows WHERE view = :view ORDER BY key"
_SOME = "SELECT key, body FROM view_rows WHERE view = :view AND key {among}"
_PUT = """INSERT INTO view_rows (view, key, body) VALUES (:view, :key, :body)
    ON CONFLICT (view, key) DO UPDATE SET body = excluded.body"""
_DROP = "DELETE FROM view_rows WHERE view = :view AND key {among}"
_CLEAR_ROWS = "DELETE FROM view_rows WHERE view = :view"
_CLEAR_POSITION = "DELETE FROM view_positions WHERE view = :view"
_RENAME_ROWS = "UPDATE view_rows SET view = :view WHERE view = :other"


def ensure_tables(store: LedgerStore) -> None:
    """Make the tables where there are none. Raises Unfit where the role may not."""
    with store.reading() as session:
        if store.has_table(session, "view_positions"):
            return
    try:
        with store.writing() as session:  # one at a time: two that make a table at once get in each other's way
            session.run(_ROWS.format(bytes=store.bytes))
            session.run(_POSITIONS)
    except Exception as error:
        if "permission" in str(error):
            raise Unfit(f"the role may not make the read models' tables: {error}", "run any command once as the owner") from error
        raise


@dataclass(frozen=True, slots=True)
class Table:
    """One view's rows and position, under a name that tells the schema they were made by."""

    store: LedgerStore
    view: str
    name: str

    @property
    def summaries(self) -> "Table":
        """Give the table of what is kept beside the rows, which has no position of its own."""
        return Table(self.store, self.view, f"{self.name}.summaries")

    def stands_at(self, session: StoreSession) -> int:
        """Look at the position."""
        rows = session.rows(_POSITION.format(for_update=""), view=self.name)
        return rows[0][0] if rows else 0

    def locked(self, session: StoreSession) -> int:
        """Give the position, which nobody else moves until the transaction's end."""
        session.run(_BEGIN, view=self.name)
        return int(session.rows(_POSITION.format(for_update=self.store.for_update), view=self.name)[0][0])

    def move(self, session: StoreSession, position: int) -> None:
        """Set the position."""
        session.run(_MOVE, view=self.name, position=position)

    def all(self, session: StoreSession) -> list[tuple[str, bytes]]:
        """Give all rows, by key."""
        return [(str(key), _bytes(body)) for key, body in session.rows(_ALL, view=self.name)]

    def some(self, session: StoreSession, keys: Sequence[str]) -> dict[str, bytes]:
        """Give those of some rows that are there."""
        rows = session.rows(_SOME.format(among=self.store.among), view=self.name, among=session.among(keys))
        return {str(key): _bytes(body) for key, body in rows}

    def write(self, session: StoreSession, rows: Mapping[str, bytes | None]) -> None:
        """Set rows; None removes."""
        kept = [{"view": self.name, "key": key, "body": body} for key, body in sorted(rows.items()) if body is not None]
        gone = [key for key, body in rows.items() if body is None]
        if kept:
            session.many(_PUT, kept)
        if gone:
            session.run(_DROP.format(among=self.store.among), view=self.name, among=session.among(gone))

    def clear(self, session: StoreSession) -> None:
        """Remove all rows and the position."""
        session.run(_CLEAR_ROWS, view=self.name)
        session.run(_CLEAR_ROWS, view=self.summaries.name)
        session.run(_CLEAR_POSITION, view=self.name)

    def replace_by(self, session: StoreSession, other: "Table") -> None:
        """Take another table's rows and position in the place of our own."""
        position = other.locked(session)
        for ours, theirs in ((self.name, other.name), (self.summaries.name, other.summaries.name)):
            session.run(_CLEAR_ROWS, view=ours)
            session.run(_RENAME_ROWS, view=ours, other=theirs)
        session.run(_CLEAR_POSITION, view=other.name)
        self.move(session, position)


def _bytes(body: object) -> bytes:
    """Give a row's bytes; what other hands put in their place, SQLite keeps as whatever it is, and nobody can read it."""
    return bytes(body) if isinstance(body, bytes | bytearray) else b""
