"""Reading rows that may be anybody's: a fact, or the statement that what stands there cannot be read. Never an error.

One foreign row must not end every command and every engine. It is given in its place, to be folded as what it is: a hole,
which holds the deployment that it is about, and which everyone is shown.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from adapters.ledger import store
from adapters.ledger.batch import as_time
from adapters.ledger.codec import Codec
from domain.errors import Unfit
from domain.facts import Fact
from domain.record import EventMetadata, Recorded, Who
from domain.unsound import Unreadable, concerned

FIRST, LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""No fact was recorded outside of these: with such times nobody can reckon."""
_TIMELESS = datetime(1970, 1, 1, tzinfo=UTC)
_ANYTHING = (Unfit, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
_BYTES = (bytes, bytearray, memoryview)
_TELLING = 200

Ask = Callable[..., list[store.Cells]]


class Reader:
    """Turns rows (position, stream, version, name, state) into records, whatever is in them."""

    def __init__(self, codec: Codec, ask: Ask) -> None:
        """Take the codec, and a way to ask the journal about the rows that it cannot read."""
        self._codec, self._ask = codec, ask

    def read(self, row: store.Cells) -> Recorded[Fact]:
        """Read a row."""
        position, stream, version, name, state = row
        wrong = misshapen(stream, version, name, state)
        if wrong:
            return self._unreadable(row, wrong)
        try:
            recorded = self._codec.decode(position, stream, version, name, bytes(state))
            wrong = wrong_time(recorded.recorded_at)
        except _ANYTHING as error:
            return self._unreadable(row, _said(error), unknown=not self._codec.knows(name))
        return self._unreadable(row, wrong) if wrong else recorded

    def _unreadable(self, row: store.Cells, why: str, *, unknown: bool = False) -> Recorded[Fact]:
        position, stream, version, name = row[0], _text(row[1]), row[2], _text(row[3])
        looked_up = self._ask(store.LOOKED_UP, position=position)
        subject, fact_id, micros = looked_up[0] if looked_up else ("", "", 0)
        about, everything = concerned(stream, _text(subject))
        where = f"the row at position {position} of the ledger ({stream} version {version}, {name})"
        said = why if why.startswith("the fact at position") else f"{where} cannot be read: {why}"
        fact = Unreadable(name, said, unknown, everything)
        metadata = EventMetadata(_text(fact_id) or f"unreadable-{position}", Who("unknown", "claimed"), subject=about)
        return Recorded(position, stream, version if isinstance(version, int) else 0, _time(micros), fact, metadata)


def misshapen(stream: object, version: object, name: object, state: object) -> str:
    """Say what is wrong with a row before its bytes are looked at; empty when nothing is."""
    if not isinstance(stream, str) or not isinstance(name, str):
        return "its stream or its name is no text"
    if not isinstance(version, int) or not 0 < version <= store.MOST_VERSIONS:
        return f"its version {version!r:.40} is none that a stream has"
    return "" if isinstance(state, _BYTES) else "its content is no bytes"


def wrong_time(at: datetime) -> str:
    """Say why a time cannot be one of recording; empty when it can."""
    if at.tzinfo is None:
        return "its time of recording has no zone"
    if FIRST.year < at.year < LAST.year - 1:  # nearly always: comparing times asks both for their zones
        return ""
    return "" if FIRST <= at < LAST else f"its time of recording, {at.isoformat()}, is beyond all reckoning"


def _said(error: Exception) -> str:
    if isinstance(error, Unfit):
        return error.message
    return f"its bytes are not what its name promises ({type(error).__name__}: {str(error)[:_TELLING]})"


def _text(cell: Any) -> str:  # noqa: ANN401 (SQLite keeps anything in any column)
    return cell if isinstance(cell, str) else f"{cell!r:.100}"


def _time(micros: object) -> datetime:
    try:
        at = as_time(micros) if isinstance(micros, int) else _TIMELESS
    except OverflowError:
        return _TIMELESS
    return at if FIRST <= at < LAST else _TIMELESS
