"""What the two databases have in common: the tables' columns, the questions asked of them, and their answers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from eventsourcing.persistence import InfrastructureFactory

from adapters.ledger.batch import AHEAD, AppendRequest
from domain.errors import Unfit

FORMAT = 1
"""The version of the tables' format. A ledger of a later one is not opened."""

JUMP = 2**40
"""Positions rise by one. A row that stands further than this from the one before it is foreign: the ledger ends before it."""
MOST_VERSIONS = 2**53
"""A row with a later version in its stream is foreign: the stream goes on without it."""

Cells = tuple[Any, ...]


class StoreSession(Protocol):
    """A transaction on a database: statements with `:name` parameters."""

    def rows(self, statement: str, **parameters: object) -> list[Cells]:
        """Ask, and give all rows."""
        ...

    def run(self, statement: str, **parameters: object) -> None:
        """Do."""
        ...

    def many(self, statement: str, parameters: Sequence[Mapping[str, object]]) -> None:
        """Do the same with each of many parameters."""
        ...

    def among(self, values: Sequence[str]) -> object:
        """Give a list as the parameter that the store's `among` takes."""
        ...


@dataclass(frozen=True, slots=True)
class LedgerIdentity:
    """Who this ledger is, for ever."""

    ledger: str
    salt: bytes


class LedgerStore(Protocol):
    """One of the two databases behind the ledger."""

    poll: float
    """Seconds after which a waiting reader looks for itself, whatever it was told."""
    id: str
    """The name of the column that holds the position."""

    among: str
    """Says in SQL that a column is one of the list `:among`."""
    for_update: str
    """Says in SQL that the rows that are read shall be changed by nobody else until the transaction's end."""

    bytes: str
    """The name of the type of columns that hold bytes."""

    @property
    def factory(self) -> InfrastructureFactory[Any]:
        """Give the library's factory, whose recorder writes what `write` is given."""
        ...

    def reading(self) -> AbstractContextManager[StoreSession]:
        """Open a session that only reads. Raises Unreachable, Unfit."""
        ...

    def writing(self) -> AbstractContextManager[StoreSession]:
        """Open a session that holds the ledger's write lock and commits at its end. Raises Unreachable, Unfit."""
        ...

    def transaction(self) -> AbstractContextManager[StoreSession]:
        """Open a session that commits at its end, without the ledger's write lock where the database can do without."""
        ...

    def write(self, batch: Sequence[AppendRequest]) -> None:
        """Settle a batch in one transaction. Raises Unreachable, Unfit."""
        ...

    def has_table(self, session: StoreSession, name: str) -> bool:
        """Tell whether there is a table of this name."""
        ...

    def now(self, session: StoreSession) -> int:
        """Give the database's time in microseconds since 1970."""
        ...

    def writers(self, session: StoreSession) -> Mapping[str, int]:
        """Count the facts that each role of the database wrote; empty where the database does not tell."""
        ...

    def guarded(self, session: StoreSession) -> bool:
        """Tell whether the database itself holds all who write to the ledger's rules, as far as it can."""
        ...

    def open_to_all(self, session: StoreSession) -> str:
        """Name the database when every role of its server may connect to it; empty when not, or where there are no roles."""
        ...

    def identity(self) -> LedgerIdentity:
        """Tell who this ledger is."""
        ...

    def listen(self, told: "WakeUpListener") -> None:
        """Call `told` whenever another process may have written, where the database can tell; called once."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


class WakeUpListener(Protocol):
    """Is called without arguments when there may be something new."""

    def __call__(self) -> None:
        """Look again."""
        ...


STREAM = """SELECT e.{id}, e.originator_id, e.originator_version, e.topic, e.state FROM ledger_events e
    WHERE e.originator_id = :stream AND e.originator_version > :after ORDER BY e.originator_version LIMIT :limit"""
TAIL = """SELECT e.{id}, e.originator_id, e.originator_version, e.topic, e.state FROM ledger_events e
    WHERE e.{id} > :after ORDER BY e.{id} LIMIT :limit"""
ABOUT = """SELECT e.{id}, e.originator_id, e.originator_version, e.topic, e.state
    FROM ledger_journal j JOIN ledger_events e ON e.{id} = j.position
    WHERE j.subject = :subject AND j.position > :after AND j.position <= :upto ORDER BY j.position LIMIT :limit"""
BY_ID = """SELECT e.{id}, e.originator_id, e.originator_version, e.topic, e.state
    FROM ledger_journal j JOIN ledger_events e ON e.{id} = j.position WHERE j.fact_id = :fact_id"""
BYTES = "SELECT e.state FROM ledger_events e WHERE e.{id} = :position"
HEAD = "SELECT max({id}) FROM ledger_events"
_BEFORE_THE_JUMP = """SELECT min(before) FROM (SELECT {column} AS at, lag({column}, 1, 0) OVER (ORDER BY {column}) AS before
    FROM {table} WHERE {column} >= :base) AS step WHERE at - before > :jump"""
_LAST_OF_MANY = "SELECT max({column}) FROM {table} WHERE {column} BETWEEN 1 AND :jump"
BLOCKED = """SELECT originator_id, min({id}) FROM ledger_events WHERE ({id} > :head OR {id} < 1)
    AND originator_version BETWEEN 1 AND :most AND originator_id {among} GROUP BY originator_id"""
LOOKED_UP = "SELECT subject, fact_id, recorded_at FROM ledger_journal WHERE position = :position"
SUBJECTS = "SELECT subject FROM ledger_subjects ORDER BY first_position"
DOCUMENT = "SELECT body FROM ledger_documents WHERE digest = :digest"
PLACES = "SELECT kind, resource_version FROM ledger_places"
META = "SELECT name, value FROM ledger_meta"
NEWEST = """SELECT (SELECT max({id}) FROM ledger_events) AS events, (SELECT max(position) FROM ledger_journal) AS journal,
    (SELECT recorded_at FROM ledger_journal WHERE position <= :jump AND recorded_at <= {latest}
        ORDER BY position DESC LIMIT 1) AS newest, (SELECT min({id}) FROM ledger_events) AS first"""
AT_OR_BEFORE = """SELECT position, recorded_at FROM ledger_journal WHERE position <= :position AND recorded_at <= :latest
    ORDER BY position DESC LIMIT 1"""
LEASE = "SELECT holder, epoch, expires FROM ledger_lease"
ADD_DOCUMENT = "INSERT INTO ledger_documents (digest, body) VALUES (:digest, :body) ON CONFLICT DO NOTHING"
SET_PLACE = """INSERT INTO ledger_places (kind, resource_version) VALUES (:kind, :resource_version)
    ON CONFLICT (kind) DO UPDATE SET resource_version = excluded.resource_version"""


def last_at_or_before(session: StoreSession, when: int, *, head: int, now: int) -> int:
    """Find the newest position recorded at or before a time, by halving: times never run backwards but at a foreign row."""
    found, low, high = 0, 1, head
    while low <= high:
        probe = session.rows(AT_OR_BEFORE, position=(low + high) // 2, latest=now + AHEAD)
        if not probe:
            low = (low + high) // 2 + 1
        elif probe[0][1] <= when:
            found, low = probe[0][0], (low + high) // 2 + 1
        else:
            high = probe[0][0] - 1
    return found


def end_of(session: StoreSession, table: str, column: str, newest: object) -> int:
    """Give the position at which a table ends, less foreign rows that stand far beyond; `newest` is its highest position."""
    if not isinstance(newest, int) or newest <= 0:
        return 0
    if newest <= JUMP:
        return newest
    words = {"table": table, "column": column}
    base = session.rows(_LAST_OF_MANY.format(**words), jump=JUMP)[0][0] or 0
    before = session.rows(_BEFORE_THE_JUMP.format(**words), base=base, jump=JUMP)[0][0]
    return newest if before is None else int(before)


def standing_ends(session: StoreSession, cells: Cells, column: str) -> tuple[int, bool]:
    """Give the newest position that is taken, by an event or by a row of the journal, and whether any row stands aside.

    `cells` is the answer to NEWEST. Foreign rows that stand far beyond the ledger's end have no say in where it goes on.
    """
    events, journal, _, first = cells
    end = end_of(session, "ledger_events", column, events)
    aside = events is not None and (events != end or first < 1)
    return max(end, end_of(session, "ledger_journal", "position", journal)), aside


def identity_from(rows: Sequence[Cells]) -> LedgerIdentity:
    """Read the ledger's identity out of its table of properties."""
    meta: Mapping[str, str] = dict(rows)
    try:
        return LedgerIdentity(meta["ledger"], bytes.fromhex(meta["salt"]))
    except (LookupError, ValueError, TypeError) as error:
        raise Unfit("the ledger's own properties (the table ledger_meta) are unsound", "restore it from a backup") from error


class Page(Protocol):
    """Asks for one page of a long answer."""

    def __call__(self, after: int, limit: int) -> list[Cells]:
        """Give at most `limit` rows after a place."""
        ...


def pages(ask: Page, after: int, limit: int, place: int) -> Iterator[Cells]:
    """Go through a long answer page by page, each in a short transaction of its own; `place` is the column to go on from."""
    while True:
        rows = ask(after, limit)
        yield from rows
        if len(rows) < limit:
            return
        after = rows[-1][place]
