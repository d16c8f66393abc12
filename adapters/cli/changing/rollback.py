"""`reckon rollback`: back to a prior version, as a new one; its plan is shown first."""

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.changing.options import IfVersion, Reason, Ticket, Yes, confirmed, sign
from adapters.cli.changing.outcome import conclude
from adapters.cli.changing.submit import Detach, Timeout
from adapters.cli.command import CHANGING, command
from adapters.cli.completion import names
from adapters.cli.session import Session

if TYPE_CHECKING:
    from domain.deployment import Deployment


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "rollback", panel=CHANGING, machines=True)(rollback)


def rollback(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The deployment.", autocompletion=names)],
    version: Annotated[
        int | None,
        typer.Argument(metavar="VERSION", min=1, help="Back to this one; default: the last one that was healthy and stayed so."),
    ] = None,
    yes: Yes = False,
    detach: Detach = False,
    timeout: Timeout = "",
    if_version: IfVersion = None,
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Go back to a prior version, as a new version; says what it will change first."""
    from adapters.desk.submission import SubmissionRequest

    deployment = session.deployment(name)
    request = SubmissionRequest(session.project, name=name, kind="rollback", to=version)
    preview = session.desk.plan(request)
    target = preview.offer.origin.of
    if session.screen.people:
        from adapters.cli.changing.plan import picture

        session.screen.show(f"back to version {target}:")
        for line in picture(preview):
            session.screen.show(line)
    doubt = _doubt(session, deployment, target)
    if doubt:
        session.screen.warn(doubt)
    confirmed(session, f"roll {name!r} back to version {target}{' all the same' if doubt else ''}?", yes=yes)
    if if_version is None and deployment.wanted:
        if_version = deployment.wanted.number  # what was shown is what is done
    firm = SubmissionRequest(session.project, name=name, kind="rollback", to=target)
    accepted = session.desk.submit(firm, sign(session, reason, ticket), if_version=if_version)
    conclude(session, [accepted], detach=detach, timeout=timeout, warned=(doubt,) if doubt else ())


def _doubt(session: Session, deployment: "Deployment", target: int) -> str:
    """Say of a version that was never healthy, or only for a moment, what was seen of it, and which one was; else nothing."""
    from adapters.cli.reading.older import Masked
    from domain.last_good_version import soon_crashed, way_back
    from projections.trials import UNSEEN, told_of, trials

    version = deployment.version(target)
    crashed = version is not None and soon_crashed(deployment, version)
    if version is None or not version.runs or (version.was_healthy and not crashed):
        return ""
    _, seen = trials(deployment.key, Masked(session.ledger)(session.ledger.about(deployment.key.subject)))
    good = way_back(deployment)
    cure = f"; version {good.number} was, and stayed so" if good else ""
    how = "crashed soon after it was found healthy" if crashed else "was never healthy"
    return f"version {target} {how}: {told_of(version, seen.get(target, UNSEEN))}{cure}"
