"""`reckon history NAME`: the versions, newest last."""

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.reading.naming import Name
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from projections.history import VersionEntry


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "history", panel=LOOKING)(history)


def history(session: Session, name: Name) -> None:
    """Show the versions: number, who, when, why, what changed, how it went."""
    from adapters.cli.reading.older import Masked
    from adapters.cli.reading.past import specs, warn_of_unsound
    from domain.documents import kept
    from projections.history import history as told

    warn_of_unsound(session, session.deployment(name))  # a misspelt name is told with the nearest
    key = session.key(name)
    facts = Masked(session.ledger)(session.ledger.about(key.subject))
    entries = told(key, facts, specs(session.ledger), kept(session.ledger))
    session.screen.answer(entries, lambda: _people(session, name, entries), [str(entry.number) for entry in entries])


def _people(session: Session, name: str, entries: "tuple[VersionEntry, ...]") -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from adapters.cli.reading.looks import Columns, next_commands, quoted
    from projections.who import whose

    if not entries:
        return Text(f"{name} has no version yet: what was submitted was refused", style="dim")
    head, times = _times(session, entries)
    rows = [[str(entry.number), when, whose(entry), entry.changed] for entry, when in zip(entries, times, strict=True)]
    shown = Columns(("VERSION", head, "WHO", "CHANGED"), rows, fold=True, notes=[_note(entry) for entry in entries])
    last = entries[-1].number
    after = [f"diff {quoted(name)} {last - 1} {last}"] if last > 1 else []
    return Group(shown, next_commands(*after, f"get {quoted(name)} --version {last}"))


def _times(session: Session, entries: "tuple[VersionEntry, ...]") -> tuple[str, list[str]]:
    """Give the head of the times and the times: ages while all are of today, else dates, and the zone in the head."""
    from adapters.cli.reading.times import TimeColumn, age

    now, times = session.clock(), [entry.at for entry in entries]
    clock = TimeColumn.of(times, now)
    if clock.today and session.screen.format != "wide":
        return "WHEN", [f"{age(when, now)} ago" for when in times]
    clock = replace(clock, today=False)
    return clock.head("WHEN"), [clock.write(when) for when in times]


def _note(entry: "VersionEntry") -> "Text":
    from rich.text import Text

    from adapters.cli.reading.portrait import verdict_style
    from projections.images_run import what_ran
    from projections.wording import whole

    told = Text("       ").append(entry.went, style=verdict_style(entry) or "dim")
    if image := what_ran(entry.replicas, entry.digest, entry.ran):
        told.append(f"; {image}", style="red" if {*entry.ran} - {entry.digest} and entry.digest else "dim")
    if entry.reason:
        told.append(f'  — "{whole(entry.reason)}"', style="dim")
    if entry.ticket:
        told.append(f" [{whole(entry.ticket)}]", style="dim")
    return told
