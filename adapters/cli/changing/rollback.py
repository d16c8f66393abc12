"""`reckon rollback`: back to a prior version, as a new one; its plan is shown first."""

import sys
from typing import Annotated

import typer

from adapters.cli.changing.options import IfVersion, Reason, Ticket, Yes, confirmed, sign
from adapters.cli.changing.outcome import conclude
from adapters.cli.changing.submit import Detach, Timeout
from adapters.cli.command import CHANGING, command
from adapters.cli.completion import names
from adapters.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "rollback", panel=CHANGING, machines=True)(rollback)


def rollback(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The deployment.", autocompletion=names)],
    version: Annotated[
        int | None, typer.Argument(metavar="VERSION", min=1, help="Back to this one; default: the last healthy one.")
    ] = None,
    yes: Yes = False,
    detach: Detach = False,
    timeout: Timeout = "",
    if_version: IfVersion = None,
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Go back to a prior version, as a new version; says what it will change first."""
    from adapters.desk.submission import Wish

    deployment = session.deployment(name)
    wish = Wish(session.project, name=name, kind="rollback", to=version)
    preview = session.desk.plan(wish)
    target = preview.offer.origin.of
    if session.screen.people:
        from adapters.cli.changing.plan import picture

        session.screen.show(f"back to version {target}:")
        for line in picture(preview):
            session.screen.show(line)
    if sys.stdin.isatty() and session.screen.live:  # an order that can be taken back again asks only where someone sits
        confirmed(session, f"roll {name!r} back to version {target}?", yes=yes)
    if if_version is None and deployment.wanted:
        if_version = deployment.wanted.number  # what was shown is what is done
    firm = Wish(session.project, name=name, kind="rollback", to=target)
    accepted = session.desk.submit(firm, sign(session, reason, ticket), if_version=if_version)
    conclude(session, [accepted], detach=detach, timeout=timeout)
