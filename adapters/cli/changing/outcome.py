"""What comes after an order was taken: it is said, then watched or left; and it is said when nobody is there to do it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from adapters.cli.changing.problems import warn_all
from adapters.cli.failures import UNREACHABLE
from adapters.cli.reading.times import parse_span
from adapters.cli.session import Session

if TYPE_CHECKING:
    from adapters.desk.desk import Accepted

NO_ENGINE = "no engine is alive: nothing will happen before one is"


def conclude(session: Session, accepted: Sequence["Accepted"], *, detach: bool, timeout: str = "") -> None:
    """Say what was recorded and watch it, unless it is left; exits 1 (failed), 5 (no engine, or out of time)."""
    patience = parse_span(timeout).total_seconds() if timeout else None
    for one in accepted:
        _say(session, one)
    dead = session.desk.leader() is None
    if dead:
        if not session.screen.people:
            _data(session, accepted)
        _say_dead(session, accepted)
        raise typer.Exit(UNREACHABLE)
    if detach:
        _data(session, accepted)
        return
    from adapters.cli.changing.rollout import watch

    codes = [watch(session, one.key, number=one.order.number, patience=patience) for one in accepted]
    _data(session, accepted)
    if any(codes):
        raise typer.Exit(max(codes))


def _say(session: Session, one: "Accepted") -> None:
    from rich.text import Text

    warn_all(session.screen, one.offer.warnings)
    for remark in one.offer.work.remarks:
        session.screen.warn(remark)
    order = one.order
    said = Text.assemble((one.key.name, "bold"), " ", (f"version {order.number}", "bold cyan"))
    if one.repeated:
        said.append(" was recorded before: this is the same order again")
    else:
        said.append(f" recorded: {_what(one)}")
    session.screen.show(said)


def _what(one: "Accepted") -> str:
    from projections.wording import count

    order = one.order
    origin = {"rollback": f"back to version {order.origin.of}", "stop": "stopped", "start": "started"}.get(order.origin.kind, "")
    replicas = f"{count(order.replicas, 'replica')} on {order.machine_type}" if order.replicas else "no replicas"
    image = order.image.rpartition("/")[2]
    digest = f" ({order.digest[:19]}…)" if order.digest and "@" not in image else ""
    parts = (origin, f"{image}{digest}", replicas)
    return ", ".join(part for part in parts if part)


def _say_dead(session: Session, accepted: Sequence["Accepted"]) -> None:
    from rich.text import Text

    if not session.screen.people:
        session.screen.errors.print(NO_ENGINE)
        return
    what = "it" if len(accepted) == 1 else "all"
    session.screen.errors.print(Text.assemble((NO_ENGINE, "yellow"), f" ({what} is recorded all the same)"))
    session.screen.errors.print(Text.assemble("start one: ", ("reckon engine", "bold")))


def as_data(one: "Accepted") -> dict[str, Any]:
    """Give an accepted order as data."""
    order = one.order
    return {
        "project": one.key.project,
        "name": one.key.name,
        "version": order.number,
        "incarnation": order.incarnation,
        "origin": order.origin,
        "image": order.image,
        "digest": order.digest,
        "machineType": order.machine_type,
        "replicas": order.replicas,
        "enabled": order.enabled,
        "fact": one.fact,
        "position": one.position,
        "repeated": one.repeated,
        "warnings": [*one.offer.warnings, *one.offer.work.remarks],
    }


def _data(session: Session, accepted: Sequence["Accepted"]) -> None:
    if session.screen.people:
        return
    data = [as_data(one) for one in accepted]
    names = [f"{one.key.name}@{one.order.number}" for one in accepted]
    session.screen.answer(data[0] if len(data) == 1 else data, names=names)
