"""What cannot be read, what was left out for it, and what was never written, told."""

from typing import assert_never

from domain.record import EventMetadata
from domain.unsound import ObservationRefused, RowSetAside, Unreadable
from projections.sentences.orders import grounds
from projections.sentences.sentence import Sentence
from projections.who import person
from projections.wording import one_line


def tell(fact: Unreadable | RowSetAside | ObservationRefused, metadata: EventMetadata) -> Sentence:
    """Say what is unsound."""
    match fact:
        case Unreadable():
            return Sentence("cluster", "bad", f"cannot be read: {fact.why}")
        case RowSetAside(position, name, digest, size, why):
            row = f"the row at position {position} ({name}, {size} bytes, SHA-256 {digest[:16]}…)"
            return Sentence(
                "cluster", "warning", f"{person(metadata.who)} set {row} aside{grounds(metadata)}: {one_line(why, 300)}"
            )
        case ObservationRefused(what, field, why, source):
            whose = f" of {one_line(source, 200)}" if source else ""
            return Sentence(
                "cluster", "warning", f"left out {what}{whose}, which no ledger can keep: {one_line(f'{field} {why}', 300)}"
            )
        case _:
            assert_never(fact)
