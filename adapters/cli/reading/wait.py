"""`reckon wait NAME`: until it is healthy, or failed."""

from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.options import TIMEOUT
from adapters.cli.reading.alive import Alive
from adapters.cli.reading.naming import Name
from adapters.cli.session import Session

if TYPE_CHECKING:
    from domain.names import Key
    from projections.status import StatusRow

TICK = 0.5
FAILED, TIMED_OUT = 1, 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "wait", panel=LOOKING)(wait)


def wait(
    session: Session,
    name: Name,
    timeout: Annotated[str | None, typer.Option("--timeout", metavar="SPAN", help=TIMEOUT)] = None,
) -> None:
    """Wait until a deployment is healthy, stopped or gone (exit 0), or failed (1); 5 when the time is up."""
    from adapters.cli.reading.past import asked_span
    from domain.last_good_version import way_back

    session.deployment(name)  # a misspelt name is told with the nearest
    seconds = asked_span(timeout).total_seconds() if timeout else None
    row, done = _until(session, session.key(name), seconds)
    state = row.words(session.clock())
    if not done:
        session.screen.note(f"the time is up; it goes on without us: reckon wait {name}")
    session.screen.answer({"name": name, "state": state, "phase": row.phase, "version": row.version, "done": done}, None, [name])
    if not done:
        raise typer.Exit(TIMED_OUT)
    if row.phase == "failed":
        back = f", reckon rollback {name}" if way_back(session.deployment(name)) else ""
        session.screen.note(f"next: reckon why {name}, reckon logs {name}{back}")
        raise typer.Exit(FAILED)


def _until(session: Session, key: "Key", seconds: float | None) -> "tuple[StatusRow, bool]":
    """Tell what is new, a line each, until it is settled or the time is up."""
    from domain.deployment import Deployment
    from domain.deployment_fold import evolve
    from projections.status import SETTLED, row

    deadline = None if seconds is None else monotonic() + seconds
    deployment, position, told = Deployment(key), 0, ""
    alive = Alive(session)
    while True:
        head = session.ledger.head()
        for recorded in session.ledger.about(key.subject, after=position, upto=head):
            deployment = evolve(deployment, recorded)
        position = head
        now = row(deployment)
        told = _tell(session, now, told)
        if now.phase in SETTLED or _left_so(now, session):
            return now, True
        left = TICK if deadline is None else min(TICK, deadline - monotonic())
        if left <= 0:
            return now, False
        alive.look()
        session.ledger.wait(position, left)


def _left_so(now: "StatusRow", session: Session) -> bool:
    """Tell whether it runs, and what others changed is left as it is: we gave up, or a hold says so."""
    held = now.hold is not None and now.hold.holds(session.clock())
    return now.fresh >= now.wanted and (now.phase == "contested" or (now.phase == "drifted" and held))


def _tell(session: Session, now: "StatusRow", told: str) -> str:
    from rich.text import Text

    from adapters.cli.reading.looks import STATE

    state = now.words(session.clock())
    trouble = now.trouble[0] if now.trouble else ""
    line = f"{state} {trouble}"
    if line != told:
        text = Text.assemble((now.name, "bold"), f" version {now.version}: ", (state, STATE[now.phase]))
        session.screen.show(text.append(f"  {trouble}", style="red") if trouble else text)
    return line
