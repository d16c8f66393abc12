"""`reckon doctor`: what is wrong with this set-up, and the cure."""

from typing import TYPE_CHECKING

import typer

from adapters.cli.command import ADMINISTRATION, Needs, command
from adapters.cli.session import Session

if TYPE_CHECKING:
    from adapters.cli.reading.patient import Found

SICK = 1
UNDER = 19
"""The column at which answers begin."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "doctor", panel=ADMINISTRATION, machines=True, needs=Needs.A_SETUP)(doctor)


def doctor(session: Session) -> None:
    """Say what is wrong with this set-up, and how to put it right; exit 1 when something is."""
    from rich.text import Text

    from adapters import logs
    from adapters.cli.reading.examination import examine

    logs.quiet()  # what a watch meets while it lists is told as an answer
    found: list[Found] = []
    words = {True: ("ok    ", "green"), False: ("not ok", "bold red"), None: ("-     ", "dim")}
    for one in examine(session):
        found.append(one)
        session.screen.show(Text.assemble(words[one.ok], f"  {one.about:<10} {one.said}"), under=UNDER)
        if one.cure and one.ok is False:
            session.screen.show(Text.assemble(" " * UNDER, ("cure: ", "bold"), one.cure), under=UNDER)
    if not session.screen.people:
        session.screen.answer(found, None, [one.about for one in found if one.ok is False])
    if any(one.ok is False for one in found):
        raise typer.Exit(SICK)
