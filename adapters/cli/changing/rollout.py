"""The rollout as it happens: a live view on a terminal, one line a change elsewhere. What it shows is folded from the ledger."""

from collections.abc import Iterator
from shlex import quote
from time import monotonic
from typing import TYPE_CHECKING

from adapters.cli.failures import FAILED, UNREACHABLE
from adapters.cli.reading.alive import Alive
from adapters.cli.reading.filling import FillProgressReader
from adapters.cli.session import Session
from adapters.terminal import visible
from domain import deployment_fold
from domain.deployment import Deployment
from domain.last_good_version import way_back
from domain.names import Key
from projections.current_replicas import present_replicas, suffers
from projections.filling import fillings, gist_of
from projections.status import SETTLED, StatusRow, row
from projections.wording import count, short_replica

if TYPE_CHECKING:
    from rich.console import RenderableType

TICK = 0.25
ECHO = 4
"""Columns that are left free at the right of a live picture: two times `^C`."""
_STYLES = {"healthy": "green", "failed": "red", "blocked": "red", "degraded": "yellow", "stopped": "green", "gone": "green"}


def watch(session: Session, key: Key, *, number: int, patience: float | None = None) -> int:
    """Follow a version until it is settled; gives the exit code: 0 healthy or stopped, 1 failed or overtaken, 5 out of time."""
    follow = _live if session.screen.live else _plain
    deployment, settled = follow(session, key, number, patience)
    return _verdict(session, deployment, number, settled=settled)


def settled(deployment: Deployment, number: int) -> bool:
    """Tell whether nothing more is to be waited for."""
    if number == 0:
        return not deployment.exists
    version = deployment.version(number)
    newest = deployment.newest
    if version is None or newest is None or newest.number != number or deployment.wanted is None:
        return True
    return bool(version.verdict) or row(deployment).phase in {"healthy", "stopped"}


def _states(session: Session, key: Key, number: int, patience: float | None) -> Iterator[tuple[Deployment, bool]]:
    """Give the deployment each time something is new, and at each tick; ends when it is settled or out of time."""
    deployment, position, alive = Deployment(key), 0, Alive(session)
    deadline = None if patience is None else monotonic() + patience
    while True:
        head = session.ledger.head()
        for recorded in session.ledger.about(key.subject, after=position, upto=head):
            deployment = deployment_fold.evolve(deployment, recorded)
        position = head
        done = settled(deployment, number)
        yield deployment, done
        if done or (deadline is not None and monotonic() >= deadline):
            return
        alive.look()
        session.ledger.wait(position, TICK)


def _live(session: Session, key: Key, number: int, patience: float | None) -> tuple[Deployment, bool]:
    from rich.live import Live

    deployment, done = Deployment(key), False
    with Live(console=session.screen.console, auto_refresh=False, transient=False) as view:
        begun, gauge = monotonic(), FillProgressReader(session, session.desk.called.namespace(key.project))
        for deployment, done in _states(session, key, number, patience):  # noqa: B007 (wanted after the loop)
            fills = tuple(f"{one.integration}: {one.told(session.clock())}" for one in gauge.measured(fillings(deployment)))
            shown = picture(deployment, number, monotonic() - begun, fills)
            view.update(beside_ctrl_c(shown, session.screen.console.width), refresh=True)
    return deployment, done


def beside_ctrl_c(shown: "RenderableType", width: int) -> "RenderableType":
    """Leave room for the `^C` that a terminal writes: on a full line it begins the next, and the last picture stands twice."""
    from rich.constrain import Constrain

    return Constrain(shown, max(width - ECHO, 1))


def _plain(session: Session, key: Key, number: int, patience: float | None) -> tuple[Deployment, bool]:
    deployment, done, told = Deployment(key), False, ""
    for deployment, done in _states(session, key, number, patience):  # noqa: B007 (wanted after the loop)
        line = _one_line(deployment, number)
        if line != told and session.screen.people:
            session.screen.show(line)
            told = line
    return deployment, done


def _one_line(deployment: Deployment, number: int) -> str:
    now, name = row(deployment), deployment.key.name
    whose = f"{name} version {number}" if number else name
    if now.phase in {"deleting", "gone"}:
        return f"{whose}: {now.phase}, {count(now.replicas, 'replica')} left"
    if now.phase == "filling":
        return f"{whose}: filling, {now.filled} of {now.fills}: {gist_of(fillings(deployment))}"
    trouble = f"; {now.trouble[0]}" if now.trouble else ""
    return f"{whose}: {now.phase}, {_ready(now)}{trouble}"


def _ready(now: StatusRow) -> str:
    return f"{now.progress}{'' if now.fresh > now.wanted else ' ready'}"


def picture(deployment: Deployment, number: int, seconds: float, fills: tuple[str, ...] = ()) -> "RenderableType":
    """Draw a rollout: how far it is, each replica, and what stands in the way."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    now = row(deployment)
    head = Text.assemble(
        (deployment.key.name, "bold"),
        f" version {number}  " if number else "  ",
        (now.phase, _STYLES.get(now.phase, "cyan")),
        f"  {count(now.replicas, 'replica')} left" if not number else f"  {_bar(now.fresh, now.wanted)} {_ready(now)}",
        (f"  {seconds:.0f} s", "dim"),
    )
    replicas = Table.grid(padding=(0, 2))
    version = deployment.version(number)
    for replica in present_replicas(deployment)[:20]:
        new = version is not None and replica.template == version.order.template
        mark = ("●", "green") if replica.ready else ("○", "yellow")
        state = "ready" if replica.ready else (suffers(replica) or "starting")
        pod = Text(short_replica(replica.pod), style="" if new else "dim")
        replicas.add_row("  ", Text(*mark), pod, Text(state, no_wrap=True, overflow="ellipsis"))
    filling = (
        [Text(f"  ◌ {line}", style="cyan", no_wrap=True, overflow="ellipsis") for line in fills] if now.phase == "filling" else []
    )
    # What a replica suffers from stands beside it already.
    others = [trouble for trouble in now.trouble if "replica" not in trouble.split(":", 1)[0]]
    troubles = [Text(f"  ! {trouble}", style="yellow") for trouble in others[:3]]
    return Group(head, *filling, replicas, *troubles)


def _bar(ready: int, wanted: int, width: int = 20) -> str:
    full = width if not wanted else min(width, width * ready // wanted)
    return "━" * full + "╌" * (width - full)


def _verdict(session: Session, deployment: Deployment, number: int, *, settled: bool) -> int:
    from rich.text import Text

    name, screen = deployment.key.name, session.screen
    for one in fillings(deployment):
        if one.empty:
            screen.errors.print(f"warning: integration {visible(one.integration)} is {one.told()}", soft_wrap=True)
    if not settled:
        said = f"out of time: {_one_line(deployment, number)}; it stays submitted: reckon wait {quote(name)}"
        screen.errors.print(said, soft_wrap=True)
        if session.desk.leader() is None:
            screen.errors.print(
                "no engine is alive any more: nothing will happen before one is; start one: reckon engine", soft_wrap=True
            )
        return UNREACHABLE
    if number == 0:
        screen.show(Text.assemble(("gone", "green"), f": nothing of {name!r} is left on the cluster; its history stays"))
        return 0
    newest = deployment.newest
    if newest is not None and newest.number != number:
        screen.errors.print(f"{name}: version {number} was replaced by version {newest.number}", soft_wrap=True)
        return FAILED
    version = deployment.version(number)
    if version is not None and version.verdict == "failed" and not version.recovered:
        return _failed(session, deployment, number)
    phase = row(deployment).phase
    went_well = version is not None and version.verdict == "healthy"
    if went_well and phase not in SETTLED:  # it was judged, and something befell it since
        screen.show(Text.assemble(f"{name} ", (f"version {number} was healthy", "green"), (f", and is {phase} now", "yellow")))
    else:
        screen.show(Text.assemble(f"{name} ", (f"version {number} is {phase}", "green")))
    return 0


def _failed(session: Session, deployment: Deployment, number: int) -> int:
    from rich.text import Text

    version, name = deployment.version(number), deployment.key.name
    assert version is not None
    errors = session.screen.errors
    for why in version.why or ("no reason is on record",):
        said = Text.assemble(f"{name} ", (f"version {number} failed: ", "bold red"), visible(why))
        errors.print(said, soft_wrap=True)
    back = ("   back: ", (f"reckon rollback {quote(name)}", "bold")) if way_back(deployment) else ()
    errors.print(Text.assemble("why: ", (f"reckon why {quote(name)}", "bold"), *back), soft_wrap=True)
    return FAILED
