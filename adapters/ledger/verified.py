"""What is found when a ledger is verified, and what a verification asks of the ledger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.ledger import store
from adapters.ledger.batch import as_time
from adapters.ledger.reading import wrong_time
from domain.facts import Fact
from domain.record import Recorded


@dataclass(frozen=True, slots=True)
class LedgerFault:
    """Something in the ledger that is not as it must be: where, whom it touches, what it is, and what to do."""

    position: int | None
    about: str
    what: str
    cure: str


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What was read and what was found, in the ledger's order; `more` counts the faults that are not told."""

    facts: int
    streams: int
    documents: int
    head: int
    faults: tuple[LedgerFault, ...]
    more: int = 0
    written_by: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many facts each role of the database has written, where the database tells it."""

    @property
    def sound(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.faults


class Verified:
    """What a verification asks of a ledger: its rows as they are, and its own ways to read them."""

    def __init__(
        self,
        on: store.LedgerStore,
        read: Callable[[store.Cells], Recorded[Fact]],
        untampered: Callable[[str, object], bytes],
        head: Callable[[], int],
    ) -> None:
        """Take the store, and how a row and a document are read."""
        self.store, self.read, self.untampered, self.head = on, read, untampered, head

    def ask(self, statement: str, **parameters: object) -> list[store.Cells]:
        """Ask in a transaction of its own."""
        with self.store.reading() as session:
            return session.rows(statement.format(id=self.store.id), **parameters)

    def now(self) -> int:
        """Give the database's time in microseconds."""
        with self.store.reading() as session:
            return self.store.now(session)

    def writers(self) -> Mapping[str, int]:
        """Count the facts of each role."""
        with self.store.reading() as session:
            return self.store.writers(session)


ProgressListener = Callable[[int, int], None]
"""Is told how many rows were read, and how many there are."""


def when(micros: object) -> str:
    """Write a kept time for people, whatever it is."""
    try:
        at = as_time(micros) if isinstance(micros, int) else None
    except OverflowError:
        at = None
    return at.isoformat() if at and not wrong_time(at) else f"{micros!r:.40} µs"
