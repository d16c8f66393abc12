"""`reckon why NAME | REPLICA | EVENT`: the chain of causes, back to a person or a fact of the cluster."""

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
    from projections.why import Chain

HOW = {"asked": "", "recorded": "because", "derived": "because *"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "why", panel=LOOKING)(why)


def why(
    session: Session,
    what: Annotated[
        str,
        typer.Argument(
            help="A deployment, a replica, or a fact's id or position.", metavar="NAME|REPLICA|EVENT", autocompletion=names
        ),
    ],
) -> None:
    """Say why it is so: the chain of causes, back to a person or to something the cluster did."""
    from adapters.cli.reading.older import Masked
    from adapters.cli.reading.past import pods
    from adapters.cli.reading.times import clocked
    from projections.timeline import line
    from projections.why import chain

    masked = Masked(session.ledger)
    (start,) = masked([_found(session, what)])
    found = chain(masked(session.ledger.about(start.circumstances.subject, upto=start.position)), start)
    now, pod_of = session.clock(), pods(session.ledger)
    lines = [line(link.recorded, pod_of, lambda when: clocked(when, now)) for link in found.links]
    session.screen.answer(_data(found, lines), lambda: _people(session, found, lines), [each.id for each in lines])


def _found(session: Session, what: str) -> "Recorded[Fact]":
    """Find the fact that was meant. Raises NotFound with the nearest name."""
    from domain.errors import NotFound
    from projections.why import telling

    known = session.names(also_gone=True)
    if what in known:
        start = telling(tuple(session.ledger.about(session.key(what).subject)))
        assert start is not None, "what has a name has a fact"
        return start
    fact = session.ledger.find(what) or _at(session, what) or _of_replica(session, what)
    if fact is None:
        from adapters.cli.failures import nearest

        near = nearest(what, known)
        hint = f"did you mean {near!r}?" if near else "reckon list, reckon get NAME and reckon events show what there is"
        raise NotFound("no-such-thing", f"{what!r} is no deployment, replica, or fact in project {session.project!r}", hint)
    return fact


def _at(session: Session, what: str) -> "Recorded[Fact] | None":
    if not what.isdigit() or int(what) < 1:
        return None
    page = session.ledger.tail(int(what) - 1, 1)
    return page[0] if page and page[0].position == int(what) else None


def _of_replica(session: Session, what: str) -> "Recorded[Fact] | None":
    """Choose the fact that tells most about a replica: its newest trouble, else its newest fact."""
    from domain.facts import replica_stream
    from domain.replica import ReplicaCreated
    from projections.timeline import tell

    for name in reversed(session.names(also_gone=True)):
        for recorded in session.ledger.about(session.key(name).subject):
            fact = recorded.fact
            if isinstance(fact, ReplicaCreated) and (fact.pod == what or fact.pod.endswith(f"-{what}")):
                life = list(session.ledger.read(replica_stream(recorded.stream.partition("/")[2])))
                bad = [one for one in life if tell(one).severity in {"bad", "warning"}]
                return (bad or life)[-1]
    return None


def _data(found: "Chain", lines: "list[Line]") -> object:
    from adapters.cli.screen import plain

    chain = [{**plain(line), "how": link.surety} for link, line in zip(found.links, lines, strict=True)]
    return {"chain": chain, "root": found.root, "end": found.end}


def _people(session: Session, found: "Chain", lines: "list[Line]") -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from adapters.cli.reading.looks import table
    from adapters.cli.reading.telling import sentence
    from adapters.cli.reading.times import clocked

    now = session.clock()
    rows = [
        (Text(HOW[link.surety], style="dim"), clocked(line.at, now), str(line.position), sentence(line))
        for link, line in zip(found.links, lines, strict=True)
    ]
    end = Text.assemble("\nin the end: ", (found.end, "bold"))
    derived = any(link.surety == "derived" for link in found.links)
    notes = [Text("* no cause was recorded with what was only seen: this follows from the order of things", style="dim")]
    return Group(table(("", "TIME", "POSITION", "WHAT"), rows, fold=True), end, *(notes if derived else []))
