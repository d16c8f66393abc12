"""`start`, `stop`, `scale`, `delete`: the common changes of what stands, each a recorded order."""

from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.changing.options import IfVersion, Reason, Ticket, Yes, confirmed, sign
from adapters.cli.changing.outcome import conclude, obstacle, say_stuck, staying
from adapters.cli.changing.submit import Detach, Timeout
from adapters.cli.command import CHANGING, command
from adapters.cli.completion import names
from adapters.cli.failures import UNREACHABLE
from adapters.cli.reading.times import parse_span
from adapters.cli.session import Session

if TYPE_CHECKING:
    from domain.orders import OriginKind

Name = Annotated[str, typer.Argument(metavar="NAME", help="The deployment.", autocompletion=names)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "start", panel=CHANGING, machines=True)(start)
    command(app, "stop", panel=CHANGING, machines=True)(stop)
    command(app, "scale", panel=CHANGING, machines=True)(scale)
    command(app, "delete", panel=CHANGING)(delete)


def start(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    name: Name,
    detach: Detach = False,
    timeout: Timeout = "",
    if_version: IfVersion = None,
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Bring a stopped deployment up again, as it was."""
    standing = session.deployment(name).wanted
    if standing and standing.order.enabled and if_version in {None, standing.number}:
        session.screen.answer({"name": name, "version": standing.number, "changed": False}, names=[name])
        session.screen.note(f"{name!r} is started already (version {standing.number})")
        return
    _change(session, name, "start", ("enabled=true",), (detach, timeout, if_version, reason, ticket))


def stop(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    name: Name,
    yes: Yes = False,
    detach: Detach = False,
    timeout: Timeout = "",
    if_version: IfVersion = None,
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Run no replicas; name, Service and history stay."""
    standing = session.deployment(name).wanted
    if standing and not standing.order.enabled and if_version in {None, standing.number}:
        session.screen.answer({"name": name, "version": standing.number, "changed": False}, names=[name])
        session.screen.note(f"{name!r} is stopped already (version {standing.number})")
        return
    if standing:
        confirmed(session, f"stop {name!r}, so that nothing serves?", yes=yes)
    _change(session, name, "stop", ("enabled=false",), (detach, timeout, if_version, reason, ticket))


def scale(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    name: Name,
    replicas: Annotated[int, typer.Argument(metavar="N", min=0, max=1000, help="How many replicas shall run.")],
    yes: Yes = False,
    detach: Detach = False,
    timeout: Timeout = "",
    if_version: IfVersion = None,
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Run another number of replicas; none restarts for it. Of what is autoscaled it is the least number."""
    _as_floor(session, name, replicas)
    standing = session.deployment(name).wanted
    if replicas == 0 and standing and standing.order.replicas:
        confirmed(session, f"run no replica of {name!r}, so that nothing serves?", yes=yes)
    _change(session, name, "scale", (f"resources.replicas={replicas}",), (detach, timeout, if_version, reason, ticket))


def _as_floor(session: Session, name: str, replicas: int) -> None:
    """See that a number fits as the floor of what is autoscaled, and say that it is one."""
    from domain.errors import Refused

    standing = session.deployment(name).wanted
    ceiling = standing.order.ceiling if standing else 0
    if not ceiling:
        return
    if replicas > ceiling:
        raise Refused(
            "over-ceiling",
            f"{name!r} is autoscaled up to {ceiling} replicas: {replicas} cannot be its least number",
            hint=f"raise both: reckon submit --name {quote(name)} --set resources.autoscaling.maxReplicas={replicas}"
            f" --set resources.replicas={replicas}",
        )
    if replicas == 0:
        raise Refused(
            "floor-of-none",
            f"{name!r} is autoscaled, so at least one replica runs",
            hint=f"to run none: reckon stop {quote(name)}",
        )
    session.screen.note(f"{name!r} is autoscaled: its autoscaler runs {replicas} to {ceiling} replicas from now on")


def delete(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    name: Name,
    yes: Yes = False,
    detach: Detach = False,
    timeout: Timeout = "",
    if_version: IfVersion = None,
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Let everything of a deployment go from the cluster; its history stays."""
    from adapters.desk.wording import what_goes
    from domain.decide import present

    deployment = session.deployment(name)
    present(deployment)
    goes = what_goes(deployment)
    for line in goes:
        session.screen.note(line)
    confirmed(session, f"delete {name!r}?", yes=yes)
    order = session.desk.delete(deployment.key, sign(session, reason, ticket), if_version)
    session.screen.show(f"deletion of {name!r} recorded")
    data = {"project": session.project, "name": name, "deleted": order.incarnation}
    stuck = obstacle(session, deployment.key)
    if stuck:
        session.screen.answer(data, names=[name])
        say_stuck(session, stuck)
        raise typer.Exit(UNREACHABLE)
    if not detach:
        from adapters.cli.changing.rollout import watch

        patience = parse_span(timeout).total_seconds() if timeout else None
        with staying(session, (name, "the deletion")):
            code = watch(session, deployment.key, number=0, patience=patience)
        if code:
            raise typer.Exit(code)
    session.screen.answer(data, names=[name])


def _change(
    session: Session,
    name: str,
    kind: "OriginKind",
    sets: tuple[str, ...],
    options: tuple[bool, str, int | None, str, str],
) -> None:
    from adapters.desk.submission import SubmissionRequest

    detach, timeout, if_version, reason, ticket = options
    deployment = session.deployment(name)
    request = SubmissionRequest(session.project, name=name, sets=sets, kind=kind)
    standing = deployment.wanted
    accepted = session.desk.submit(request, sign(session, reason, ticket), if_version=if_version)
    if standing and kind == "scale" and standing.order.template != accepted.order.template:
        session.screen.warn("the replicas are rendered otherwise than before (a newer Deadreckon or catalogue): they restart")
    conclude(session, [accepted], detach=detach, timeout=timeout)
