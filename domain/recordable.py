"""What may be recorded: each fact by its bounds (`domain.bounds`), and what is written beside facts. Every ledger asks here."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.bounds import LONGEST_ID, LONGEST_NAME, LONGEST_VERSION, flaw_in_name, flaw_in_note
from domain.errors import Unrecordable
from domain.record import Append, Document, UncommittedFact

MOST_FACTS = 20_000
"""Of one append."""
LARGEST_DOCUMENT = 64 * 1024 * 1024
MOST_BYTES = 256 * 1024 * 1024
"""Of one append, with its documents."""
LONGEST_LEASE = 24 * 3600.0


def check_note(note: UncommittedFact[Any]) -> None:
    """See that a fact can be read back once it is written. Raises Unrecordable."""
    flaw = flaw_in_note(note)
    if flaw is not None:
        about = note.metadata.subject
        named = f" about {about!r:.200}" if about else ""
        raise Unrecordable(f"{type(note.fact).__name__}{named}", flaw.field, flaw.why)


def check_around(
    appends: Sequence[Append[Any]], documents: Sequence[Document], watch_positions: Mapping[str, str] | None
) -> None:
    """See that all of an append but its facts can be written. Raises Unrecordable."""
    facts = sum(len(append.notes) for append in appends)
    if facts > MOST_FACTS:
        raise Unrecordable("an append", "it", f"has {facts:,} facts, and at most {MOST_FACTS:,} may be written at once")
    for append in appends:
        _look_up(append.stream, "a fact", "its stream's name")
    for kind, version in (watch_positions or {}).items():
        _look_up(kind, "a watch's place", "its kind", LONGEST_ID)
        _look_up(version, f"the place of the watch of {kind}", "its resourceVersion", LONGEST_VERSION)
    for document in documents:
        if len(document.body) > LARGEST_DOCUMENT:
            why = f"has {len(document.body):,} bytes, and at most {LARGEST_DOCUMENT:,} may be"
            raise Unrecordable(f"the document {document.digest:.64}", "it", why)


def within(appends: Sequence[Append[Any]], most: int) -> tuple[list[Append[Any]], list[Append[Any]]]:
    """Part appends in those that go together, at most so many facts, and the rest."""
    left, first, rest = most, list[Append[Any]](), list[Append[Any]]()
    for append in appends:
        now, later = append.notes[:left], append.notes[left:]
        left -= len(now)
        first += [Append(append.stream, append.expected, now)] if now else []
        rest += [Append(append.stream, append.expected + len(now), later)] if later else []
    return first, rest


def check_size(facts: int, documents: Sequence[Document]) -> None:
    """See that an append, of which the facts have so many bytes, is not endless. Raises Unrecordable."""
    size = facts + sum(len(document.body) for document in documents)
    if size > MOST_BYTES:
        raise Unrecordable("an append", "it", f"has {size:,} bytes, and at most {MOST_BYTES:,} may be written at once")


def check_lease(holder: str, seconds: float) -> None:
    """See that a lease can be given. Raises Unrecordable."""
    _look_up(holder, "a lease", "its holder", LONGEST_VERSION)
    if not 0 <= seconds <= LONGEST_LEASE:
        raise Unrecordable("a lease", "it", f"is for {seconds} seconds, and 0 to {LONGEST_LEASE:,.0f} may be")


def _look_up(name: str, what: str, field: str, longest: int = LONGEST_NAME) -> None:
    flaw = flaw_in_name(name, longest)
    if flaw is not None:
        raise Unrecordable(what, field, flaw.why)
