"""`reckon events [NAME]`: the facts, newest last; with `--follow` those that are still to come."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.options import Follow, OneReplica, Since, Tail, Until
from adapters.cli.reading.naming import NameOrAll
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType

    from domain.facts import Fact
    from domain.record import Recorded
    from projections.timeline import TimelineLine

SHOWN = 50
"""How many a person sees without asking for more."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "events", panel=LOOKING)(events)


def events(  # noqa: PLR0913, PLR0917 (the options of the command)
    session: Session,
    name: NameOrAll = None,
    follow: Follow = False,
    since: Since = None,
    until: Until = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", metavar="KIND", help="Only these; may be given again.")] = None,
    replica: OneReplica = None,
    tail: Tail = None,
    last: Annotated[int | None, typer.Option("--last", "-n", min=0, hidden=True)] = None,
) -> None:
    """Show the facts, newest last: what was ordered, decided, done and seen."""
    choice = _choice(session, name, since=since, until=until, kinds=kind, replica=replica)
    end = session.ledger.head()
    most = _most(tail, last, SHOWN if session.screen.people and since is None else None)
    told, left = _newest(session, choice, end, most)
    if left:
        session.screen.note("earlier facts are not shown: --tail all shows them, --since TIME those from then on")
    if follow:
        for recorded, line in told:
            _one(session, recorded, line, choice)
        _follow(session, choice, end)
        return
    _all(session, told, choice)


def _most(tail: str | None, last: int | None, otherwise: int | None) -> int | None:
    """Say how many facts are wanted, None for all; `--last N` was the word before, and 0 its word for all."""
    if tail is not None and last is not None:
        raise typer.BadParameter("--last is the old word for --tail: leave one of them out")
    if tail is not None:
        return None if tail == "all" else int(tail)
    return otherwise if last is None else (last or None)


@dataclass(frozen=True)
class FactChoice:
    """Which facts are wanted. `subject` is None for a whole project."""

    project: str
    subject: str | None
    since: datetime | None
    until: datetime | None
    kinds: frozenset[str]
    replica: str

    def about(self, recorded: "Recorded[Fact]") -> bool:
        """Tell whether a fact is about what was asked for."""
        subject = recorded.metadata.subject
        if self.subject is not None:
            return subject == self.subject
        return subject in {"", self.project} or subject.startswith(f"{self.project}/")

    def wants(self, line: "TimelineLine") -> bool:
        """Tell whether a told fact is of a kind and replica that was asked for."""
        if self.kinds and line.kind not in self.kinds:
            return False
        return not self.replica or line.replica == self.replica or line.replica.endswith(f"-{self.replica}")


def _choice(  # noqa: PLR0913 (as given)
    session: Session, name: str | None, *, since: str | None, until: str | None, kinds: list[str] | None, replica: str | None
) -> FactChoice:
    from adapters.cli.reading.past import asked_window

    if name is not None:
        session.deployment(name)  # a misspelt name is told with the nearest
    begin, end = asked_window(session, since, until)
    subject = session.key(name).subject if name is not None else None
    return FactChoice(session.project, subject, begin, end, _kinds(kinds or []), replica or "")


def _kinds(given: list[str]) -> frozenset[str]:
    from adapters.cli.failures import nearest
    from projections.sentences.sentence import KINDS

    wanted = [word for text in given for word in text.split(",") if word]
    for word in wanted:
        if word not in KINDS:
            near = nearest(word, KINDS)
            hint = f"did you mean {near}?" if near else f"kinds are {', '.join(KINDS)}"
            raise typer.BadParameter(f"there is no kind of fact {word!r}; {hint}")
    return frozenset(wanted)


def _newest(
    session: Session, choice: FactChoice, end: int, most: int | None
) -> "tuple[list[tuple[Recorded[Fact], TimelineLine]], bool]":
    """Give the newest that are wanted (`most` None: all), and whether there are earlier ones; reads no more than it must."""
    after = 0 if choice.since is None else session.ledger.position_at(choice.since - timedelta(microseconds=1))
    upto = min(end, session.ledger.position_at(choice.until)) if choice.until else end
    if most == 0:
        return [], upto > after
    window = most * 20 if most else upto
    while True:
        start = max(after, upto - window)
        told = [pair for pair in _told(session, _past(session, choice, start, upto)) if choice.wants(pair[1])]
        if most is None:
            return told, False
        if start == after or len(told) > most:
            return told[-most:], len(told) > most
        window *= 4


def _past(session: Session, choice: FactChoice, after: int, upto: int) -> "Iterator[Recorded[Fact]]":
    from adapters.cli.reading.past import about_one, whole
    from domain.names import Key

    if choice.subject is not None:
        return about_one(session.ledger, Key.of(choice.subject), after, upto)
    return (recorded for recorded in whole(session.ledger, after, upto) if choice.about(recorded))


def _told(session: Session, facts: "Iterable[Recorded[Fact]]") -> "Iterator[tuple[Recorded[Fact], TimelineLine]]":
    from adapters.cli.reading.asked_by import AskedBy
    from adapters.cli.reading.older import Masked
    from adapters.cli.reading.past import pods, rests
    from adapters.cli.reading.times import clocked
    from projections.stopped_versions import rested
    from projections.timeline import line

    now, pod_of, resting = session.clock(), pods(session.ledger), rests(session.ledger)
    asked_by = AskedBy(session.ledger, pod_of)
    for recorded in Masked(session.ledger)(facts):
        told = line(recorded, pod_of, lambda when: clocked(when, now), asked_by)
        yield recorded, rested(told, recorded, resting)


def _follow(session: Session, choice: FactChoice, after: int) -> None:
    concerns = _concerns(session, choice, after)
    while True:
        if not session.ledger.wait(after, 1.0):
            continue
        page = session.ledger.tail(after)
        for recorded, line in _told(session, (r for r in page if concerns(r))):
            if choice.wants(line):
                _one(session, recorded, line, choice)
        after = page[-1].position if page else after


def _concerns(session: Session, choice: FactChoice, upto: int) -> "Callable[[Recorded[Fact]], bool]":
    """Give what tells of each fact to come, in order, whether it is about what was asked for."""
    from adapters.cli.reading.past import concerns_of
    from domain.names import Key

    if choice.subject is None:
        return choice.about
    return concerns_of(session.ledger, Key.of(choice.subject), upto).take


def _one(session: Session, recorded: "Recorded[Fact]", line: "TimelineLine", choice: FactChoice) -> None:
    def people() -> "RenderableType":
        from adapters.cli.reading.telling import one

        return one(line, session.clock(), named=choice.subject is None)

    session.screen.item(_data(recorded, line), people, line.id)


def _all(session: Session, told: "list[tuple[Recorded[Fact], TimelineLine]]", choice: FactChoice) -> None:
    def people() -> "RenderableType":
        from adapters.cli.reading.telling import several
        from adapters.cli.reading.times import clocked
        from projections.merged_gaps import gathered

        now = session.clock()
        return several(gathered(told, lambda when: clocked(when, now)), now, named=choice.subject is None)

    session.screen.answer([_data(r, line) for r, line in told], people, [line.id for _, line in told])


def _data(recorded: "Recorded[Fact]", line: "TimelineLine") -> object:
    from adapters.cli.screen import plain

    shown = {name: value for name, value in plain(line).items() if name != "times"}
    who = recorded.metadata
    return {**shown, "reason": who.reason, "ticket": who.ticket, "stream": recorded.stream, "data": plain(recorded.fact)}
