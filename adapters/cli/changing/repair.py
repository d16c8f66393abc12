"""`reckon repair`: rows of the ledger that cannot be read are set aside, on record, while no engine runs."""

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.changing.options import Reason, Ticket, Yes, confirmed, sign
from adapters.cli.command import ADMINISTRATION, Needs, command
from adapters.cli.session import Session
from domain.errors import NotFound, Refused
from projections.wording import count, one_line

if TYPE_CHECKING:
    from adapters.desk.repair import LedgerRepair, UnreadableRow

_SHOWN = 400


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "repair", panel=ADMINISTRATION, needs=Needs.A_LEDGER)(repair)


def repair(
    session: Session,
    positions: Annotated[
        list[int] | None, typer.Argument(metavar="POSITION...", min=1, help="The rows; none: all that no build can read.")
    ] = None,
    yes: Yes = False,
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Set rows aside that cannot be read: recorded, nothing is removed. Needs a --reason; no engine may run."""
    from adapters.desk.repair import LedgerRepair
    from adapters.ledger.ledger import StoredLedger

    ledger = session.ledger
    if not isinstance(ledger, StoredLedger):
        raise Refused("no-database", "only a ledger in a database can be repaired")
    repairing = LedgerRepair(ledger, session.new_id, session.doors.build)
    chosen, left = _chosen(repairing, positions or [])
    for row in chosen:
        session.screen.note(f"position {row.position}{f' (about {row.about})' if row.about else ''}: {one_line(row.why, _SHOWN)}")
    for row in left:
        session.screen.warn(
            f"position {row.position} is left: {row.name[:100]!r} may be of a newer build. Run that, or name the position"
        )
    if chosen:
        repairing.refuse_while_led()
        confirmed(session, f"set {count(len(chosen), 'row')} aside, for ever and on record?", yes=yes)
        repairing.set_aside(chosen, sign(session, reason, ticket))
    data = {"set_aside": [_told(row) for row in chosen], "left": [_told(row) for row in left]}
    done = f"{count(len(chosen), 'row')} set aside; `reckon verify` says whether all is sound"
    said = done if chosen else "nothing to set aside"
    session.screen.answer(data, lambda: said, names=[f"{row.position}" for row in chosen])


def _chosen(repairing: "LedgerRepair", positions: list[int]) -> "tuple[tuple[UnreadableRow, ...], tuple[UnreadableRow, ...]]":
    """Give the rows to set aside, and those that a newer build may read. Raises NotFound where a position names none."""
    rows, aside = repairing.rows()
    if not positions:
        return tuple(row for row in rows if not row.newer), tuple(row for row in rows if row.newer)
    there = {row.position for row in rows} | aside
    wrong = [position for position in positions if position not in there]
    if wrong:
        message = f"there is no row at position {wrong[0]} that cannot be read"
        raise NotFound(
            "no-such-row", message, "`reckon verify --every-fault` says what is unsound; a fact that can be read stays"
        )
    return tuple(row for row in rows if row.position in positions), ()


def _told(row: "UnreadableRow") -> dict[str, object]:
    return {"position": row.position, "about": row.about, "name": row.name, "digest": row.digest, "size": row.size}
