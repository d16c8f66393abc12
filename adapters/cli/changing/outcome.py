"""What comes after an order was taken: it is said, then watched or left; and it is said when nobody is there to do it."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING, Any

import typer

from adapters.cli.changing.problems import warn_all
from adapters.cli.failures import UNREACHABLE
from adapters.cli.reading.times import parse_span
from adapters.cli.session import Session
from adapters.terminal import visible

if TYPE_CHECKING:
    from adapters.desk.desk import Accepted
    from domain.names import Key

NO_ENGINE = "no engine is alive: nothing will happen before one is"

_UNTIL = "nothing will be done before it is resumed"


def conclude(session: Session, accepted: Sequence["Accepted"], *, detach: bool, timeout: str = "") -> None:
    """Say what was recorded and watch it, unless it is left; exits 1 (failed), 5 (no engine, or out of time)."""
    accepted = _with_remarks(session, accepted)
    with staying(session, *((one.key.name, f"version {one.order.number}") for one in accepted)):
        patience = parse_span(timeout).total_seconds() if timeout else None
        for one in accepted:
            _say(session, one)
        stuck = obstacle(session, accepted[0].key)
        if stuck or detach:
            _data(session, accepted)
        if stuck:
            say_stuck(session, stuck)
            raise typer.Exit(UNREACHABLE)
        if detach:
            return
        from adapters.cli.changing.rollout import watch

    codes = [watch(session, one.key, number=one.order.number, patience=patience) for one in accepted]
    _data(session, accepted)
    if any(codes):
        raise typer.Exit(max(codes))


def _with_remarks(session: Session, accepted: Sequence["Accepted"]) -> list["Accepted"]:
    from adapters.cli.changing.places import remarked

    offers = remarked(session, [one.offer for one in accepted])
    return [replace(one, offer=offer) for one, offer in zip(accepted, offers, strict=True)]


@contextmanager
def staying(session: Session, *orders: tuple[str, str]) -> Generator[None]:
    """Say to who leaves that orders (a name and what was ordered of it) stay submitted."""
    try:
        yield
    except KeyboardInterrupt:
        for name, what in orders:
            said = f"{what} of {name!r} stays submitted; see it with: reckon get {quote(name)}"
            session.screen.errors.print(said, soft_wrap=True)
        raise


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


def obstacle(session: Session, key: "Key") -> tuple[str, str] | None:
    """Say why nothing will be done about an order for now, and the way out; None when an engine will do it."""
    if session.desk.leader() is None:
        return NO_ENGINE, "start one: reckon engine"
    world, now = session.desk.world(key.project), session.clock()
    if world.lead and world.lead.observing:
        return "the engine only observes: nothing will be done", "start one that acts: reckon engine"
    own = session.desk.deployment(key).hold
    if own and own.holds(now):
        return f"held by {visible(own.who)} ({visible(own.reason)}): {_UNTIL}", f"reckon resume {quote(key.name)}"
    whole = world.held(key.project, now)
    if whole:
        return f"held as a whole by {visible(whole.who)} ({visible(whole.reason)}): {_UNTIL}", "reckon resume"
    return None


def say_stuck(session: Session, stuck: tuple[str, str]) -> None:
    """Tell what is in the way of an order that was recorded all the same."""
    from rich.text import Text

    why, way_out = stuck
    session.screen.errors.print(Text.assemble((why, "yellow"), "; it is recorded all the same"), soft_wrap=True)
    session.screen.errors.print(Text.assemble(("hint: ", "bold"), way_out), soft_wrap=True)


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
        "machine_type": order.machine_type,
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
