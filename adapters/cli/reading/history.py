"""`reckon history NAME`: the versions, newest last."""

from typing import TYPE_CHECKING

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.reading.naming import Name
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from projections.history import Entry


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "history", panel=LOOKING)(history)


def history(session: Session, name: Name) -> None:
    """Show the versions: number, who, when, why, what changed, how it went."""
    from adapters.cli.reading.older import Masked
    from adapters.cli.reading.past import specs, warn_of_unsound
    from projections.history import history as told

    warn_of_unsound(session, session.deployment(name))  # a misspelt name is told with the nearest
    key = session.key(name)
    entries = told(key, Masked(session.ledger)(session.ledger.about(key.subject)), specs(session.ledger))
    session.screen.answer(entries, lambda: _people(session, name, entries), [str(entry.number) for entry in entries])


def _people(session: Session, name: str, entries: "tuple[Entry, ...]") -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from adapters.cli.reading.looks import Columns, next_commands, quoted

    if not entries:
        return Text(f"{name} has no version yet: what was submitted was refused", style="dim")
    rows = [_cells(session, entry) for entry in entries]
    shown = Columns(("VERSION", "WHEN", "WHO", "CHANGED"), rows, fold=True, notes=[_note(entry) for entry in entries])
    last = entries[-1].number
    after = [f"diff {quoted(name)} {last - 1} {last}"] if last > 1 else []
    return Group(shown, next_commands(*after, f"get {quoted(name)} --version {last}"))


def _cells(session: Session, entry: "Entry") -> "list[str | Text]":
    from adapters.cli.reading.times import age, clocked

    now = session.clock()
    when = clocked(entry.at, now) if session.screen.format == "wide" else f"{age(entry.at, now)} ago"
    return [str(entry.number), when, entry.who, entry.changed]


def _note(entry: "Entry") -> "Text":
    from rich.text import Text

    from projections.wording import one_line

    style = {"healthy": "green", "failed": "red"}.get(entry.verdict, "dim")
    told = Text("       ").append(entry.went, style=style)
    if entry.reason:
        told.append(f'  — "{one_line(entry.reason)}"', style="dim")
    if entry.ticket:
        told.append(f" [{one_line(entry.ticket, 40)}]", style="dim")
    return told
