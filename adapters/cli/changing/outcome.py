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
from projections.who import whose

if TYPE_CHECKING:
    from adapters.desk.desk import Accepted
    from domain.hold import ActiveHold
    from domain.names import Key

NO_ENGINE = "no engine is alive: nothing will happen before one is"

_UNTIL = "nothing will be done before it is resumed"


def conclude(
    session: Session, accepted: Sequence["Accepted"], *, detach: bool, timeout: str = "", warned: Sequence[str] = ()
) -> None:
    """Say what was recorded and watch it, unless it is left; exits 1 (failed), 5 (no engine, or out of time).

    `warned` was said before it was ordered: data repeat it, people are not told twice.
    """
    accepted = _with_remarks(session, accepted)
    with staying(session, *((one.key.name, f"version {one.order.number}") for one in accepted)):
        for one in accepted:
            _say(session, one, named=len(accepted) > 1)
        stuck = _stuck(session, accepted)
        left = [one for one in accepted if one.key not in stuck and not detach]
        codes = [0, *([UNREACHABLE] if stuck else []), *_watched(session, left, timeout)]
    _data(session, accepted, warned)
    if any(codes):
        raise typer.Exit(max(codes))


def _stuck(session: Session, accepted: Sequence["Accepted"]) -> "set[Key]":
    """Tell which orders nothing will be done about for now; each obstacle is said once, with the names it is in the way of."""
    found: dict[tuple[str, str], list[Key]] = {}
    for one in accepted:
        if (why := obstacle(session, one.key)) is not None:
            found.setdefault(why, []).append(one.key)
    for why, keys in found.items():
        say_stuck(session, why, ", ".join(key.name for key in keys) if len(accepted) > 1 else "")
    return {key for keys in found.values() for key in keys}


def _watched(session: Session, accepted: Sequence["Accepted"], timeout: str) -> list[int]:
    """Watch orders, one after the other; gives their exit codes."""
    if not accepted:
        return []
    from adapters.cli.changing.rollout import watch

    patience = parse_span(timeout).total_seconds() if timeout else None
    return [watch(session, one.key, number=one.order.number, patience=patience) for one in accepted]


@contextmanager
def telling_those_before(session: Session, accepted: Sequence["Accepted"]) -> Generator[None]:
    """Say what was recorded already where a later one of several orders is refused, or Ctrl-C ends it: that stays."""
    try:
        yield
    except BaseException:
        for one in accepted:
            _say(session, one, named=True)
            session.screen.warn(f"{one.key.name}: version {one.order.number} stays submitted; what came behind it was not")
        raise


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


def _say(session: Session, one: "Accepted", *, named: bool) -> None:
    """Say what was recorded, and what there is to remark; `named`: there are others, so each line says which it is about."""
    from rich.text import Text

    warn_all(session.screen, one.offer.warnings)
    for remark in one.offer.remarks:
        session.screen.warn(f"{one.key.name}: {remark}" if named else remark)
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
        return f"held by {_whose(own)}: {_UNTIL}", f"reckon resume {quote(key.name)}"
    whole = world.held(key.project, now)
    if whole:
        return f"held as a whole by {_whose(whole)}: {_UNTIL}", "reckon resume"
    return None


def _whose(hold: "ActiveHold") -> str:
    return f"{whose(hold)} ({visible(hold.reason)})"


def say_stuck(session: Session, stuck: tuple[str, str], names: str = "") -> None:
    """Tell what is in the way of an order that was recorded all the same; `names`: of which, where there are several."""
    from rich.text import Text

    why, way_out = stuck
    whose = f"{visible(names)}: " if names else ""
    session.screen.errors.print(Text.assemble(whose, (why, "yellow"), "; it is recorded all the same"), soft_wrap=True)
    session.screen.errors.print(Text.assemble(("hint: ", "bold"), way_out), soft_wrap=True)


def as_data(one: "Accepted", warned: Sequence[str] = ()) -> dict[str, Any]:
    """Give an accepted order as data, with what was warned of before."""
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
        "warnings": [*warned, *one.offer.warnings, *one.offer.remarks],
    }


def _data(session: Session, accepted: Sequence["Accepted"], warned: Sequence[str]) -> None:
    if session.screen.people:
        return
    data = [as_data(one, warned) for one in accepted]
    names = [f"{one.key.name}@{one.order.number}" for one in accepted]
    session.screen.answer(data[0] if len(data) == 1 else data, names=names)
