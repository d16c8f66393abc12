"""Verifying: everything in a ledger read once, row by row, and whatever is not as it must be named with its place.

Read in pages, each in a short transaction, while others write: what is appended meanwhile is read too. What is remembered
on the way is a number for each stream and a few bytes for each document.
"""

import re
from collections.abc import Iterator

from adapters.ledger import leases, store
from adapters.ledger.batch import AHEAD, as_micros
from adapters.ledger.reading import misshapen
from adapters.ledger.verified import LedgerFault, ProgressListener, VerificationReport, Verified, when
from domain.cluster import TookLead
from domain.documents import named
from domain.errors import Unsound
from domain.facts import Fact
from domain.record import Recorded
from domain.unsound import Unreadable, concerned, set_aside

MANY = 1000
"""So many faults are kept with their words; the rest is counted."""
PAGE = 500
PAGE_OF_DOCUMENTS = 50
_FIRST = -(2**63)
_LAST = 2**63 - 1

_ROWS = """SELECT e.{id}, e.originator_id, e.originator_version, e.topic, e.state, j.subject, j.fact_id, j.recorded_at
    FROM ledger_events e LEFT JOIN ledger_journal j ON j.position = e.{id} WHERE e.{id} >= :after ORDER BY e.{id} LIMIT :limit"""
_HOMELESS = """SELECT j.position, j.subject FROM ledger_journal j LEFT JOIN ledger_events e ON e.{id} = j.position
    WHERE e.{id} IS NULL ORDER BY j.position LIMIT :limit"""
_TWICE = "SELECT min(position), fact_id FROM ledger_journal GROUP BY fact_id HAVING count(*) > 1 ORDER BY 1 LIMIT :limit"
_UNLISTED = """SELECT first, subject FROM (SELECT min(position) AS first, subject FROM ledger_journal
    WHERE subject <> '' GROUP BY subject) AS journal
    WHERE NOT EXISTS (SELECT 1 FROM ledger_subjects s WHERE s.subject = journal.subject) ORDER BY first LIMIT :limit"""
_LISTED = """SELECT s.first_position, s.subject FROM ledger_subjects s WHERE NOT EXISTS
    (SELECT 1 FROM ledger_journal j WHERE j.subject = s.subject) ORDER BY 1 LIMIT :limit"""
_DOCUMENTS = "SELECT digest, body FROM ledger_documents WHERE digest > :after ORDER BY digest LIMIT :limit"


_DIGEST = re.compile("[0-9a-f]{64}")
_TAMPERED = "it was written or changed from outside Deadreckon; restore it from a backup, or submit its deployment again"
_FOREIGN = "it was written from outside Deadreckon; see docs/operating.md, a row that is unsound"
_NEWER = "a newer build may have written it: run that build or a later one; else see docs/operating.md, a row that is unsound"


class _Verification:
    """One pass. Each `_check…` says what is wrong with what it is given."""

    def __init__(self, ledger: Verified, newest: int, told: ProgressListener) -> None:
        self._ledger, self._told = ledger, told
        self._after = max(0, ledger.head() - newest) if newest else 0
        self._versions: dict[str, int] = {}
        self._named: dict[bytes, int] = {}
        self._unreadable: dict[int, LedgerFault] = {}
        self._faults: list[LedgerFault] = []
        self._count = 0
        self._time = 0
        self._epoch = 0
        self._latest = 0
        self.read = self.kept = 0

    def run(self) -> VerificationReport:
        for row in self._rows():
            self._check(row)
        if self._after:
            self._check_named()
        else:
            self._check_tables()
            self._check_documents()
        self._check_missing()
        self._check_lease()
        faults = sorted(
            (*self._faults, *self._unreadable.values()), key=lambda fault: (fault.position is None, fault.position or 0)
        )
        told, streams = tuple(faults[:MANY]), len(self._versions)
        more = self._count + len(self._unreadable) - len(told)
        return VerificationReport(self.read, streams, self.kept, self._ledger.head(), told, more, self._ledger.writers())

    def _found(self, position: int | None, about: str, what: str, cure: str = _FOREIGN) -> None:
        self._count += 1
        if len(self._faults) < MANY:
            self._faults.append(LedgerFault(position, about, what, cure))

    def _rows(self) -> Iterator[store.Cells]:
        after, last = self._after + 1 if self._after else _FIRST, self._after
        while True:
            self._latest = self._ledger.now() + AHEAD
            rows = self._ledger.ask(_ROWS, after=after, limit=PAGE)
            for row in rows:
                if self._in_order(row, last):
                    last = row[0]
                    yield row
            self.read += len(rows)
            self._told(self.read, max(self.read, self._ledger.head() - self._after))
            if len(rows) < PAGE or rows[-1][0] == _LAST:
                return
            after = rows[-1][0] + 1

    def _in_order(self, row: store.Cells, last: int) -> bool:
        """Tell whether a row is part of the ledger's one order; name what is not, and what is missing before it."""
        position = row[0]
        where = f"the row at position {position} ({row[1]!s:.200} version {row[2]!s:.40}, {row[3]!s:.100})"
        if position < 1 or position - last > store.JUMP:
            side = "before the ledger's beginning" if position < 1 else f"beyond the ledger's end at position {last}"
            what = f"{where} stands {side}: it is no part of the ledger, and is never read"
            self._found(position, concerned(f"{row[1]}", f"{row[5] or ''}")[0], what)
            return False
        if position != last + 1:
            gone = f"position {last + 1}" if position == last + 2 else f"positions {last + 1} to {position - 1}"
            self._found(position, "", f"there is nothing at {gone}: facts were removed, or one was written out of order")
        return True

    def _check(self, row: store.Cells) -> None:
        position, stream, version, name, state, *_ = row
        recorded = self._ledger.read(row[:5])
        fact = recorded.fact
        if isinstance(fact, Unreadable):
            self._unreadable[position] = LedgerFault(
                position, recorded.metadata.subject, fact.why, _NEWER if fact.unknown else _FOREIGN
            )
        if misshapen(stream, version, name, state):
            return
        self._check_version(position, recorded, stream, version)
        if not isinstance(fact, Unreadable):
            self._check_fact(recorded, fact)
        self._check_journal(recorded, row)

    def _check_version(self, position: int, recorded: Recorded[Fact], stream: str, version: int) -> None:
        before = self._versions.get(stream)
        self._versions[stream] = max(version, before or 0)
        if version != (before or 0) + 1 and not (before is None and self._after):
            what = f"the row at position {position} is version {version} of {stream}, and the one before it {before or 0}"
            self._found(position, recorded.metadata.subject, what)

    def _check_fact(self, recorded: Recorded[Fact], fact: Fact) -> None:
        about, position = recorded.metadata.subject, recorded.position
        for digest in named(fact):
            if _DIGEST.fullmatch(digest):  # under anything else nothing can stand: whoever looks is told that nothing does
                self._named.setdefault(bytes.fromhex(digest), position)
        kind, _, rest = recorded.stream.partition("/")
        if kind in {"deployment", "seen", "actions"} and "/" in rest and rest != about:
            self._found(
                position, about, f"the fact at position {position} stands in {recorded.stream}, and says it is about {about!r}"
            )
        if isinstance(fact, TookLead):
            if fact.epoch <= self._epoch:
                self._found(position, about, f"epoch {fact.epoch} of the lead at position {position} follows epoch {self._epoch}")
            self._epoch = fact.epoch
        left_out = set_aside(fact)
        if left_out is not None:
            self._unreadable.pop(left_out, None)

    def _check_journal(self, recorded: Recorded[Fact], row: store.Cells) -> None:
        position, about, (subject, fact_id, micros) = recorded.position, recorded.metadata.subject, row[5:8]
        if fact_id is None:
            self._found(
                position,
                about,
                f"the fact at position {position} is missing from the journal: it is found by nobody who looks it up",
            )
            return
        self._check_time(position, about, micros)
        if isinstance(recorded.fact, Unreadable):
            return
        said = (recorded.metadata.subject, recorded.metadata.id, as_micros(recorded.recorded_at))
        for what, kept, written in zip(("subject", "id", "time"), (subject, fact_id, micros), said, strict=True):
            if kept != written:
                self._found(
                    position,
                    about,
                    f"the journal has {what} {kept!r:.200} for the fact at position {position}, which says {written!r:.200}",
                )

    def _check_time(self, position: int, about: str, micros: object) -> None:
        if not isinstance(micros, int) or micros > self._latest or micros < 0:
            what = f"the row at position {position} was recorded at {when(micros)}, and that is not yet"
            self._found(position, about, what)
            return
        if micros < self._time:
            before = f"before the one in front of it ({when(self._time)})"
            self._found(position, about, f"the row at position {position} was recorded at {when(micros)}, {before}")
        self._time = max(self._time, micros)

    def _check_tables(self) -> None:
        """See that what facts are looked up by names facts, each once."""
        for position, subject in self._ledger.ask(_HOMELESS, limit=MANY):
            self._found(position, f"{subject!s:.200}", f"the journal names a fact at position {position}, and there is none")
        for position, fact_id in self._ledger.ask(_TWICE, limit=MANY):
            self._found(position, "", f"several facts have the id {fact_id!r:.200}")
        for position, subject in self._ledger.ask(_UNLISTED, limit=MANY):
            self._found(position, f"{subject!s:.200}", f"{subject!r:.200} is missing from the list of all that facts are about")
        for position, subject in self._ledger.ask(_LISTED, limit=MANY):
            self._found(
                None,
                f"{subject!s:.200}",
                f"{subject!r:.200} is listed from position {position!r:.40} on, and no fact is about it",
            )

    def _check_documents(self) -> None:
        after = ""
        while rows := self._ledger.ask(_DOCUMENTS, after=after, limit=PAGE_OF_DOCUMENTS):
            for digest, body in rows:
                self._check_document(f"{digest}", body)
            self.kept += len(rows)
            after = rows[-1][0]

    def _check_named(self) -> None:
        """Look only at the documents that were named on the way."""
        for digest in [digest.hex() for digest in self._named]:
            for (body,) in self._ledger.ask(store.DOCUMENT, digest=digest):
                self._check_document(digest, body)
                self.kept += 1

    def _check_missing(self) -> None:
        for digest, position in self._named.items():
            what = f"the document {digest.hex()} that position {position} names is not in the ledger"
            self._found(position, "", what, "restore it from a backup, or submit its deployment again")

    def _check_document(self, digest: str, body: object) -> None:
        at = None
        try:
            at = self._named.pop(bytes.fromhex(digest), None)
            self._ledger.untampered(digest, body)
        except Unsound as unsound:
            whose = f"; position {at} names it" if at is not None else "; no fact names it yet"
            self._found(at, "", unsound.message + whose, _TAMPERED)
        except ValueError:
            self._found(None, "", f"a document stands under {digest!r:.100}, which is no digest")

    def _check_lease(self) -> None:
        rows = self._ledger.ask(store.LEASE)
        if not rows:
            self._found(None, "", "the row that says who leads is missing", "restore the table ledger_lease from a backup")
            return
        holder, epoch, expires = rows[0]
        if not isinstance(epoch, int) or not 0 <= epoch < leases.MOST_EPOCHS:
            self._found(
                None, "", f"the lead of {holder!r:.100} has epoch {epoch!r:.40}, which is none: the next leader begins anew"
            )
        elif epoch < self._epoch < leases.MOST_EPOCHS:
            self._found(None, "", f"the lead stands at epoch {epoch}, and a fact tells of epoch {self._epoch}")
        if not isinstance(expires, int) or expires > self._ledger.now() + leases.LONGEST_LEASE:
            self._found(None, "", f"the lead of {holder!r:.100} lasts until {when(expires)}: it counts for nothing")


def verify(ledger: Verified, *, newest: int = 0, told: ProgressListener = lambda _, __: None) -> VerificationReport:
    """Read everything, or only so many of the newest facts, and say what is wrong."""
    return _Verification(ledger, newest, told).run()
