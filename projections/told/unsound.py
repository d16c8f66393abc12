"""What cannot be read, what was left out for it, and what was never written, told."""

from typing import assert_never

from domain.record import Circumstances
from domain.unsound import ObservationRefused, RowSetAside, Unreadable
from projections.told.orders import grounds
from projections.told.said import Said
from projections.who import person
from projections.wording import one_line


def tell(fact: Unreadable | RowSetAside | ObservationRefused, circumstances: Circumstances) -> Said:
    """Say what is unsound."""
    match fact:
        case Unreadable():
            return Said("cluster", "bad", f"cannot be read: {fact.why}")
        case RowSetAside(position, name, digest, size, why):
            row = f"the row at position {position} ({name}, {size} bytes, SHA-256 {digest[:16]}…)"
            return Said(
                "cluster", "warning", f"{person(circumstances.who)} set {row} aside{grounds(circumstances)}: {one_line(why, 300)}"
            )
        case ObservationRefused(what, field, why, source):
            whose = f" of {one_line(source, 200)}" if source else ""
            return Said(
                "cluster", "warning", f"left out {what}{whose}, which no ledger can keep: {one_line(f'{field} {why}', 300)}"
            )
        case _:
            assert_never(fact)
