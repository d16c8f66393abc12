"""The group `reckon audit` and its commands."""

import typer

from adapters.cli.command import LOOKING, Needs, command
from adapters.cli.help import Group
from adapters.cli.reading.audit.actors import actors
from adapters.cli.reading.audit.calls import calls
from adapters.cli.reading.audit.hands import hands
from adapters.cli.reading.audit.match import match
from adapters.cli.reading.audit.secret import secret
from adapters.cli.reading.audit.unready import unready


def register(app: typer.Typer) -> None:
    """Add the group and its commands."""
    group = typer.Typer(
        name="audit", cls=Group, help="Questions that an auditor asks, answered with facts.", no_args_is_help=True
    )
    command(group, "unready")(unready)
    command(group, "secret")(secret)
    command(group, "calls")(calls)
    command(group, "actors")(actors)
    command(group, "hands")(hands)
    command(group, "match", needs=Needs.A_LEDGER)(match)
    app.add_typer(group, rich_help_panel=LOOKING)
