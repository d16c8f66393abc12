"""Repair: rows that cannot be read are set aside, on record. Nothing is removed: a fact says that folds pass over them.

The rows stay where they are, with their bytes; the fact holds the digest of these bytes, so that for ever it can be seen
which bytes they were.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from adapters.desk.archive import ALL_PROJECTS, Archive, Written
from adapters.desk.signature import Signature
from adapters.ledger.ledger import StoredLedger
from adapters.ledger.names import NAMES
from domain.bounds import fit, flaw_in_name
from domain.errors import Refused
from domain.facts import Fact, project_stream
from domain.ports import NewId
from domain.record import Recorded, UncommittedFact
from domain.unsound import RowSetAside, Unreadable, set_aside
from reconciler.memory import Memory

_KINDS = ("deployment/", "project/", "actions/", "seen/", "audited/", "replica/", "cluster/")
_MOST_VERSIONS = 2**53
_WHY, _NAME = 1000, 200
_PAGE = 500


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that cannot be read: where, whom it touches (empty: all, or nobody), what is wrong, and the digest of its bytes."""

    position: int
    stream: str
    name: str
    about: str
    why: str
    digest: str
    size: int
    newer: bool
    """Its name is none of this build's: a newer build may be able to read it."""

    def fact(self) -> RowSetAside:
        """Give the fact that sets it aside."""
        return RowSetAside(self.position, fit(self.name, _NAME), self.digest, self.size, fit(self.why, _WHY))


@dataclass(frozen=True)
class LedgerRepair:
    """Looks for rows that cannot be read, and sets them aside."""

    ledger: StoredLedger
    new_id: NewId
    build: str

    def rows(self) -> tuple[tuple[UnreadableRow, ...], frozenset[int]]:
        """Read the whole ledger: give what no fold can take in and was not set aside, and the positions of what was."""
        found: dict[int, str] = {}
        aside: set[int] = set()
        memory = Memory()
        for recorded in self._all():
            memory.take((recorded,))
            if isinstance(recorded.fact, Unreadable):
                found[recorded.position] = recorded.fact.why
            at = set_aside(recorded.fact)
            if at is not None:
                aside.add(at)
        for deployment in memory.fleet.values():
            found |= deployment.unsound
        found |= {position: why for position, (_, why) in memory.world.unsound.items()}
        return tuple(self._row(at, found[at]) for at in sorted(found) if at not in aside), frozenset(aside)

    def set_aside(self, rows: Collection[UnreadableRow], signature: Signature) -> None:
        """Put on record that folds pass over these rows. Raises Refused while an engine leads, or without a reason; Conflict."""
        if not signature.reason:
            raise Refused("no-reason", "a repair needs a reason: it stands in the ledger for ever", hint='--reason "…"')
        correlation = self.new_id()
        for row in rows:
            Archive(self.ledger).record(self._prepared(row, signature, correlation))

    def _prepared(self, row: UnreadableRow, signature: Signature, correlation: str) -> Callable[[], Written]:
        about = signature.metadata(self.new_id(), subject=row.about, correlation=correlation, build=self.build)
        own = row.stream.startswith(_KINDS) and flaw_in_name(row.stream) is None
        stream = row.stream if own else project_stream(ALL_PROJECTS)

        def prepare() -> Written:
            self.refuse_while_led()
            return Written(stream, self._version(stream), (UncommittedFact(row.fact(), about),))

        return prepare

    def refuse_while_led(self) -> None:
        """Raise Refused while an engine leads: a repair is made when nobody decides on what is being repaired."""
        leader = self.ledger.leader()
        if leader is not None:
            message = f"the engine {leader.holder} leads: a ledger is repaired while no engine runs on it"
            raise Refused("engine-leads", message, hint="stop all engines, repair, and start them again")

    def _version(self, stream: str) -> int:
        versions = (recorded.version for recorded in self.ledger.read(stream))
        return max((version for version in versions if 0 < version <= _MOST_VERSIONS), default=0)

    def _all(self) -> Iterator[Recorded[Fact]]:
        after = 0
        while facts := self.ledger.tail(after, _PAGE):
            yield from facts
            after = facts[-1].position

    def _row(self, position: int, why: str) -> UnreadableRow:
        recorded = self.ledger.tail(position - 1, 1)[0]
        fact, body = recorded.fact, self.ledger.bytes_at(position)
        name = fact.name if isinstance(fact, Unreadable) else NAMES[type(fact)]
        newer = isinstance(fact, Unreadable) and fact.unknown
        digest = hashlib.sha256(body).hexdigest()
        return UnreadableRow(position, recorded.stream, name, recorded.metadata.subject, why, digest, len(body), newer)
