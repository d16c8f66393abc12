"""What one transaction writes: several callers' appends, judged one after another, each by itself.

Judging is pure. The database says how things stand, under its write lock; what is to be written follows from that. A
caller's conflict leaves the others in the same transaction untouched.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adapters.ledger.codec import Encoded, stamped
from domain.errors import Conflict, DeadreckonError, NotLeading, Unsound
from domain.facts import Fact
from domain.record import Append, Document, Lease, Recorded, UncommittedFact

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = 3_600_000_000
"""Microseconds: a recorded time that is further ahead of the clock is a foreign row's, and no later fact waits for it."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact as it is written: its place, its bytes, and what it is looked up by."""

    position: int
    stream: str
    version: int
    name: str
    state: bytes
    subject: str
    fact_id: str
    recorded: int
    """Microseconds since 1970."""


@dataclass(eq=False, slots=True)
class AppendRequest:
    """One caller's append, and what came of it."""

    appends: Sequence[Append[Fact]]
    encoded: Sequence[Sequence[Encoded]]
    documents: Sequence[Document]
    watch_positions: Mapping[str, str]
    lease: Lease | None
    done: bool = False
    recorded: tuple[Recorded[Fact], ...] = ()
    stands_already: bool = False
    """All its facts are there already, under their ids."""
    error: Exception | None = None

    @property
    def ids(self) -> list[str]:
        """Name its facts."""
        return [note.metadata.id for append in self.appends for note in append.notes]

    @property
    def size(self) -> int:
        """Count its facts."""
        return sum(len(append.notes) for append in self.appends)


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How things stand in the ledger, as far as a batch needs to know."""

    head: int
    newest: int
    """When the newest fact was recorded, in microseconds since 1970."""
    now: int
    lease: Lease | None
    versions: Mapping[str, int]
    known: Mapping[str, str]
    """Those of the batch's ids that are in the ledger already, and their streams."""
    blocked: Mapping[str, int] = field(default_factory=dict[str, int])
    """Those of the batch's streams in whose way a foreign row stands, and its position."""


@dataclass(slots=True)
class Writing:
    """What is to be written."""

    rows: list[FactRow] = field(default_factory=list[FactRow])
    documents: dict[str, bytes] = field(default_factory=dict[str, bytes])
    watch_positions: dict[str, str] = field(default_factory=dict[str, str])


def streams_of(batch: Iterable[AppendRequest]) -> list[str]:
    """Name the streams that a batch would write to."""
    return list(dict.fromkeys(append.stream for request in batch for append in request.appends))


def ids_of(batch: Iterable[AppendRequest]) -> list[str]:
    """Name the facts that a batch would write."""
    return [fact_id for request in batch for fact_id in request.ids]


def judge(batch: Sequence[AppendRequest], ledger_state: LedgerState) -> Writing:
    """Judge each request; gather what the good ones write. The others carry their error."""
    writing = Writing()
    versions = dict(ledger_state.versions)
    known = dict(ledger_state.known)
    stamp = max(ledger_state.now, ledger_state.newest)
    for request in batch:
        request.error, request.stands_already, request.recorded = None, False, ()
        try:
            if _stands_already(request, known):
                request.stands_already = True
                continue
            _check_lease(request, ledger_state)
            _check_way(request, ledger_state)
            moved = _moved(request, versions)
        except (DeadreckonError, ValueError) as error:
            request.error = error
            continue
        _write(request, writing, first=ledger_state.head + len(writing.rows) + 1, stamp=stamp)
        versions |= moved
        known |= {note.metadata.id: append.stream for append in request.appends for note in append.notes}
    return writing


def _stands_already(request: AppendRequest, known: Mapping[str, str]) -> bool:
    ids = request.ids
    if len(set(ids)) < len(ids):
        raise ValueError(f"a fact's id was given twice in one append: {sorted(ids)}")
    there = [fact_id for fact_id in ids if fact_id in known]
    if not there:
        return False
    same = all(known.get(note.metadata.id) == append.stream for append in request.appends for note in append.notes)
    if not same:
        raise ValueError(f"ids of new facts are taken by other facts already: {there[:3]}")
    return True


def _check_lease(request: AppendRequest, ledger_state: LedgerState) -> None:
    if request.lease is None or request.lease == ledger_state.lease:
        return
    newest = f"{ledger_state.lease.holder!r} has epoch {ledger_state.lease.epoch}" if ledger_state.lease else "nobody has it"
    raise NotLeading(f"the lease of {request.lease.holder!r}, epoch {request.lease.epoch}, is over: {newest}")


def _check_way(request: AppendRequest, ledger_state: LedgerState) -> None:
    for append in request.appends:
        if append.stream in ledger_state.blocked:
            at = ledger_state.blocked[append.stream]
            where = f"a foreign row at position {at}, beyond the ledger's end at {ledger_state.head}"
            raise Unsound(f"{where}, stands in the way of {append.stream}", stream=append.stream)


def _moved(request: AppendRequest, versions: Mapping[str, int]) -> dict[str, int]:
    moved: dict[str, int] = {}
    for append in request.appends:
        stands_at = moved.get(append.stream, versions.get(append.stream, 0))
        if stands_at != append.expected:
            raise Conflict(append.stream, append.expected)
        moved[append.stream] = stands_at + len(append.notes)
    return moved


def _write(request: AppendRequest, writing: Writing, *, first: int, stamp: int) -> None:
    recorded: list[Recorded[Fact]] = []
    at = as_time(stamp)
    for append, encoded in zip(request.appends, request.encoded, strict=True):
        for offset, (note, code) in enumerate(zip(append.notes, encoded, strict=True), 1):
            place = _Position(first + len(recorded), append.stream, append.expected + offset)
            recorded.append(_record(place, note, at))
            writing.rows.append(_row(place, note, Encoded(code.name, stamped(code.state, at)), stamp))
    request.recorded = tuple(recorded)
    writing.documents |= {document.digest: document.body for document in request.documents}
    writing.watch_positions |= request.watch_positions


@dataclass(frozen=True, slots=True)
class _Position:
    position: int
    stream: str
    version: int


def _record(place: _Position, note: UncommittedFact[Fact], at: datetime) -> Recorded[Fact]:
    return Recorded(place.position, place.stream, place.version, at, note.fact, note.metadata)


def _row(place: _Position, note: UncommittedFact[Fact], code: Encoded, stamp: int) -> FactRow:
    about = note.metadata
    return FactRow(place.position, place.stream, place.version, code.name, code.state, about.subject, about.id, stamp)


def as_micros(at: datetime) -> int:
    """Count the microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def as_time(micros: int) -> datetime:
    """Give the time back from its microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)
