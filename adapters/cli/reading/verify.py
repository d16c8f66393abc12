"""`reckon verify`: everything in the ledger read once, and whatever is not as it must be, named."""

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.command import ADMINISTRATION, Needs, command
from adapters.cli.options import OLD_SPELLINGS
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType

    from adapters.ledger.verified import LedgerFault, VerificationReport

UNSOUND = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "verify", panel=ADMINISTRATION, needs=Needs.A_LEDGER)(verify)


def verify(
    session: Session,
    every_fault: Annotated[
        bool,
        typer.Option("--every-fault", *OLD_SPELLINGS["--every-fault"], help="Name all that is wrong, not only the first."),
    ] = False,
) -> None:
    """Read the whole ledger: order, names, times, ids, documents; name the first that is wrong; exit 1 when something is."""
    report = _report(session)
    data: dict[str, object] = {
        "sound": report.sound,
        "facts": report.facts,
        "streams": report.streams,
        "documents": report.documents,
    }
    data |= {"head": report.head, "written_by": report.written_by, "faults": report.faults, "more": report.more}
    shown = report.faults if every_fault else report.faults[:1]
    session.screen.answer(data, lambda: _told(report, shown), [f"{fault.position or ''}" for fault in report.faults])
    if not report.sound:
        raise typer.Exit(UNSOUND)


def _report(session: Session) -> "VerificationReport":
    from adapters.ledger.ledger import StoredLedger

    ledger = session.ledger
    if not isinstance(ledger, StoredLedger):
        raise TypeError("only a ledger in a database can be verified")
    if not session.screen.live:
        return ledger.verify()
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("rows"))
    with Progress(*columns, console=session.screen.errors, transient=True) as bar:
        task = bar.add_task("reading", total=ledger.head())
        return ledger.verify(told=lambda done, all_of_them: bar.update(task, completed=done, total=all_of_them))


def _told(report: "VerificationReport", shown: "tuple[LedgerFault, ...]") -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from projections.wording import count

    read = f"{count(report.facts, 'fact')} in {count(report.streams, 'stream')} and {count(report.documents, 'document')} read"
    by = [Text(f"  {facts} written by database role {role}", style="dim") for role, facts in report.written_by.items()]
    if report.sound:
        return Group(Text.assemble(f"{read}: ", ("all is sound", "green"), f", up to position {report.head}"), *by)
    many = len(report.faults) + report.more
    left = many - len(shown)
    lines = [Text.assemble(f"{read}: ", (f"{count(many, 'thing')} not as it must be", "bold red"))]
    for fault in shown:
        about = f" (about {fault.about})" if fault.about else ""
        lines += [Text(f"  {fault.what}{about}"), Text.assemble(("  cure: ", "bold"), fault.cure)]
    if left:
        lines.append(Text(f"  and {left} more" + ("" if report.more else ": reckon verify --every-fault"), style="dim"))
    return Group(*lines, *by)
