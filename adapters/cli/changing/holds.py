"""`reckon hold` (or `suspend`) and `resume`: leave it as it is, recorded and not acted upon; and act again."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.changing.options import Reason, Ticket, Yes, confirmed, sign
from adapters.cli.command import CHANGING, command
from adapters.cli.completion import names
from adapters.cli.options import EveryProject
from adapters.cli.reading.times import parse_span
from adapters.cli.session import Session
from domain.errors import Refused
from domain.names import Key
from projections.who import whose
from projections.wording import listed, one_line

if TYPE_CHECKING:
    from domain.deployment import Deployment

Name = Annotated[str, typer.Argument(metavar="NAME", help="The deployment; none: the whole project.", autocompletion=names)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "hold", panel=CHANGING)(hold)
    command(app, "suspend", panel=CHANGING, hidden=True)(hold)
    command(app, "resume", panel=CHANGING)(resume)


def hold(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    name: Name = "",
    all_projects: EveryProject = False,
    span: Annotated[str, typer.Option("--for", help="Ends by itself after 30m, 2h, …")] = "",
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Leave it as it is: what happens is recorded, nothing is done. Needs a --reason. `suspend` is the same."""
    scope, what = _scope(session, name, everything=all_projects)
    until = session.clock() + parse_span(span) if span else None
    changed = session.desk.hold(scope, sign(session, reason, ticket), until)
    ends = f"until {_time(until)}" if until else "until someone resumes"
    session.screen.answer(
        {"held": what, "until": until, "reason": reason, "changed": changed},
        lambda: f"{what} is held {ends}" + ("" if changed else " already"),
        names=[what],
    )


def resume(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    name: Name = "",
    all_projects: EveryProject = False,
    accept_rewind: Annotated[
        bool,
        typer.Option(
            "--accept-rewind",
            help="Accept that what an older copy of this ledger does not know is lost; with a NAME: that its marks mean nothing.",
        ),
    ] = False,
    yes: Yes = False,
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Act again; says first what will be done."""
    signature = sign(session, reason, ticket)
    if accept_rewind and name:
        key = session.deployment(name).key
        confirmed(session, f"act upon {name!r} although a mark on its objects is not of this ledger?", yes=yes)
        overruled = session.desk.overrule_marks(key, signature)
        those = listed([str(ref) for ref in overruled])
        session.screen.answer({"overruled": [str(ref) for ref in overruled]}, lambda: f"overruled: {those}; {name} is acted upon")
        return
    if accept_rewind:
        confirmed(session, "go on although newer facts than this ledger holds are lost?", yes=yes)
        timeline = session.desk.accept_rewind(signature)
        session.screen.answer({"timeline": timeline}, lambda: f"accepted: acting goes on, as timeline {timeline}")
        return
    scope, what = _scope(session, name, everything=all_projects)
    names = [name] if name else ([] if all_projects else list(session.names()))
    for other in names:
        for line in coming(session.desk.deployment(session.key(other)), held=other != name):
            session.screen.note(line)
    session.desk.resume(scope, signature)
    rest = session.desk.world(session.project).held(session.project, session.clock())
    if rest:
        session.screen.warn(f"{session.project!r} is still held as a whole, by {whose(rest)}: {one_line(rest.reason)}")
    session.screen.answer({"resumed": what}, lambda: f"{what} is acted upon again", names=[what])


def coming(deployment: "Deployment", *, held: bool = False) -> list[str]:
    """Say what will be done to a deployment once it is no longer held; `held`: its own hold stays."""
    version, name = deployment.wanted, deployment.key.name
    if held and deployment.hold:
        return [f"{name!r} stays held by itself: {deployment.hold.reason}"]
    if version is None:
        return [f"{name!r}: its removal goes on"] if deployment.removing else []
    lines: list[str] = []
    if not deployment.applied(version):
        lines.append(f"{name!r}: version {version.number} will be applied")
    for ref, known in deployment.objects.items():
        lines += [
            f"{name!r}: {ref}: {change.path} goes back from {change.now!r} to {change.was!r} (changed by {change.manager})"
            for change in known.changes
            if change.path not in known.tolerated
        ]
    return lines or [f"{name!r}: nothing to do, it is as wanted"]


def _scope(session: Session, name: str, *, everything: bool) -> tuple[Key | str, str]:
    if name and everything:
        raise Refused("contradiction", "a NAME and --all-projects cannot go together", hint="leave one of the two out")
    if everything:
        return "", "everything"
    if name:
        return session.deployment(name).key, name
    return session.project, f"project {session.project}"


def _time(when: datetime) -> str:
    return when.astimezone().strftime("%Y-%m-%d %H:%M %Z")
