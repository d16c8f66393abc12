"""`reckon events [NAME]`: the facts, newest last; with `--follow` those that are still to come."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.completion import names
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType

    from domain.facts import Fact
    from domain.record import Recorded
    from projections.timeline import Line

SHOWN = 50
"""How many a person sees without asking for more."""
WHEN = "14:05, 2026-11-22T14:05Z, 10m ago, yesterday 14:05."


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "events", panel=LOOKING)(events)


def events(  # noqa: PLR0913, PLR0917 (the options of the command)
    session: Session,
    name: Annotated[
        str | None, typer.Argument(help="The deployment; the whole project without.", metavar="NAME", autocompletion=names)
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with those to come, until Ctrl-C.")] = False,
    since: Annotated[str | None, typer.Option("--since", metavar="TIME", help=f"From then on: {WHEN}")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help=f"Up to then: {WHEN}")] = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", metavar="KIND", help="Only these; may be given again.")] = None,
    replica: Annotated[str | None, typer.Option("--replica", help="Only this replica's: its pod, or the end of it.")] = None,
    last: Annotated[int | None, typer.Option("--last", "-n", help=f"Only the newest N (people: {SHOWN}; 0: all).", min=0)] = None,
) -> None:
    """Show the facts, newest last: what was ordered, decided, done and seen."""
    choice = _choice(session, name, since=since, until=until, kinds=kind, replica=replica)
    end = session.ledger.head()
    most = last if last is not None else (SHOWN if session.screen.people and since is None else 0)
    told, left = _newest(session, choice, end, most)
    if left:
        session.screen.note("earlier facts are not shown: --last 0 shows all, --since TIME those from then on")
    if follow:
        for recorded, line in told:
            _one(session, recorded, line, choice)
        _follow(session, choice, end)
        return
    _all(session, told, choice)


@dataclass(frozen=True)
class Choice:
    """Which facts are wanted. `subject` is None for a whole project."""

    project: str
    subject: str | None
    since: datetime | None
    until: datetime | None
    kinds: frozenset[str]
    replica: str

    def about(self, recorded: "Recorded[Fact]") -> bool:
        """Tell whether a fact is about what was asked for."""
        subject = recorded.circumstances.subject
        if self.subject is not None:
            return subject == self.subject
        return subject in {"", self.project} or subject.startswith(f"{self.project}/")

    def wants(self, line: "Line") -> bool:
        """Tell whether a told fact is of a kind and replica that was asked for."""
        if self.kinds and line.kind not in self.kinds:
            return False
        return not self.replica or line.replica == self.replica or line.replica.endswith(f"-{self.replica}")


def _choice(  # noqa: PLR0913 (as given)
    session: Session, name: str | None, *, since: str | None, until: str | None, kinds: list[str] | None, replica: str | None
) -> Choice:
    from adapters.cli.reading.past import asked_time

    if name is not None:
        session.deployment(name)  # a misspelt name is told with the nearest
    times = [asked_time(session, text, word) if text else None for text, word in ((since, "since"), (until, "until"))]
    subject = session.key(name).subject if name is not None else None
    return Choice(session.project, subject, times[0], times[1], _kinds(kinds or []), replica or "")


def _kinds(given: list[str]) -> frozenset[str]:
    from adapters.cli.failures import nearest
    from projections.told.said import KINDS

    wanted = [word for text in given for word in text.split(",") if word]
    for word in wanted:
        if word not in KINDS:
            near = nearest(word, KINDS)
            hint = f"did you mean {near}?" if near else f"kinds are {', '.join(KINDS)}"
            raise typer.BadParameter(f"there is no kind of fact {word!r}; {hint}")
    return frozenset(wanted)


def _newest(session: Session, choice: Choice, end: int, most: int) -> "tuple[list[tuple[Recorded[Fact], Line]], bool]":
    """Give the newest facts that are wanted (`most` 0: all), and whether there are earlier ones; reads no more than it must."""
    after = 0 if choice.since is None else session.ledger.position_at(choice.since - timedelta(microseconds=1))
    upto = min(end, session.ledger.position_at(choice.until)) if choice.until else end
    window = most * 20
    while True:
        start = max(after, upto - window) if most else after
        told = [pair for pair in _told(session, _past(session, choice, start, upto)) if choice.wants(pair[1])]
        if start == after or (most and len(told) > most):
            return told[-most:] if most else told, bool(most) and len(told) > most
        window *= 4


def _past(session: Session, choice: Choice, after: int, upto: int) -> "Iterator[Recorded[Fact]]":
    from adapters.cli.reading.past import whole

    if choice.subject is not None:
        return session.ledger.about(choice.subject, after=after, upto=upto)
    return (recorded for recorded in whole(session.ledger, after, upto) if choice.about(recorded))


def _told(session: Session, facts: "Iterable[Recorded[Fact]]") -> "Iterator[tuple[Recorded[Fact], Line]]":
    from adapters.cli.reading.older import Masked
    from adapters.cli.reading.past import pods
    from adapters.cli.reading.times import clocked
    from projections.timeline import line

    now, pod_of = session.clock(), pods(session.ledger)
    for recorded in Masked(session.ledger)(facts):
        yield recorded, line(recorded, pod_of, lambda when: clocked(when, now))


def _follow(session: Session, choice: Choice, after: int) -> None:
    while choice.until is None or session.clock() < choice.until:
        if not session.ledger.wait(after, 1.0):
            continue
        page = session.ledger.tail(after)
        for recorded, line in _told(session, (r for r in page if choice.about(r))):
            if choice.wants(line):
                _one(session, recorded, line, choice)
        after = page[-1].position if page else after


def _one(session: Session, recorded: "Recorded[Fact]", line: "Line", choice: Choice) -> None:
    def people() -> "RenderableType":
        from adapters.cli.reading.telling import one

        return one(line, session.clock(), named=choice.subject is None)

    session.screen.item(_data(recorded, line), people, line.id)


def _all(session: Session, told: "list[tuple[Recorded[Fact], Line]]", choice: Choice) -> None:
    def people() -> "RenderableType":
        from adapters.cli.reading.telling import several

        return several([line for _, line in told], session.clock(), named=choice.subject is None)

    session.screen.answer([_data(r, line) for r, line in told], people, [line.id for _, line in told])


def _data(recorded: "Recorded[Fact]", line: "Line") -> object:
    from adapters.cli.screen import plain

    shown = {name: value for name, value in plain(line).items() if name != "times"}
    who = recorded.circumstances
    return {**shown, "reason": who.reason, "ticket": who.ticket, "stream": recorded.stream, "data": plain(recorded.fact)}
