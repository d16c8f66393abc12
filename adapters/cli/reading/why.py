"""`reckon why NAME | REPLICA | KIND/NAME | EVENT`: the chain of causes, back to a person or a fact of the cluster."""

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.completion import names
from adapters.cli.session import Session
from adapters.terminal import visible

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from projections.timeline import TimelineLine
    from projections.why.links import Chain, Link, Surety

HOW: "dict[Surety, str]" = {"asked": "", "recorded": "because", "follows": "follows from", "beside": "beside"}
OLDER: "dict[Surety, str]" = {"asked": "asked", "recorded": "recorded", "follows": "derived", "beside": "beside"}
"""The word of before that stands in `how`."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "why", panel=LOOKING)(why)


def why(
    session: Session,
    what: Annotated[
        str,
        typer.Argument(
            help="A deployment, a replica (its pod's name or its end), an object as Service/web, a fact's id or position, "
            "or of an engine's log line the action or the correlation.",
            metavar="NAME|REPLICA|KIND/NAME|EVENT",
            autocompletion=names,
        ),
    ],
    restart: Annotated[
        int | None, typer.Option("--restart", metavar="N", help="Of a replica: explain its restart N, counted from 1.", min=1)
    ] = None,
) -> None:
    """Say why it is so: the chain of causes, back to a person or to something the cluster did.

    Of what is well, what makes it well; of what is not, what stands in its way now.
    """
    from adapters.cli.reading.older import Masked
    from adapters.cli.reading.past import pods, rests
    from adapters.cli.reading.times import clocked
    from adapters.cli.reading.why_about import SubjectReader
    from adapters.cli.reading.why_from import asked_about
    from projections.stopped_versions import rested
    from projections.timeline import line
    from projections.why.chain import chain

    around = SubjectReader(session.ledger)
    asked = asked_about(session, around, what, restart)
    subject = asked.about.metadata.subject
    found = chain(around.facts(subject), asked.about, around.requests(subject), standing=asked.standing)
    now, pod_of, masked = session.clock(), pods(session.ledger), Masked(session.ledger)
    shown = masked(link.recorded for link in found.links)
    resting = rests(session.ledger)
    lines = [rested(line(recorded, pod_of, lambda when: clocked(when, now)), recorded, resting) for recorded in shown]
    session.screen.answer(_data(found, lines), lambda: _people(session, found, lines), [each.id for each in lines])


def _data(found: "Chain", lines: "list[TimelineLine]") -> object:
    from adapters.cli.screen import plain

    chain = [
        {**plain(line), "how": OLDER[link.surety], "surety": link.surety, "ground": link.ground, "of": link.of or None}
        for link, line in zip(found.links, lines, strict=True)
    ]
    return {"chain": chain, "root": found.root, "end": found.end}


def _people(session: Session, found: "Chain", lines: "list[TimelineLine]") -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from adapters.cli.reading.looks import table
    from adapters.cli.reading.telling import sentence
    from adapters.cli.reading.times import TimeColumn

    now = session.clock()
    clock = TimeColumn.of((line.at for line in lines), now)
    rows = [
        (Text(HOW[link.surety], style="dim"), clock.write(line.at), str(line.position), _said(link, sentence(line, now)))
        for link, line in zip(found.links, lines, strict=True)
    ]
    end = Text.assemble("\nin the end: ", (visible(found.end), "bold"))
    return Group(table(("", clock.head("TIME"), "POSITION", "WHAT"), rows, fold=True), end, *_notes(found))


def _said(link: "Link", sentence: "Text") -> "Text":
    """Put behind a fact, in brackets, what it has to do with the one that it explains."""
    return sentence.append(f" ({visible(link.ground)})", style="dim") if link.ground else sentence


def _notes(found: "Chain") -> "list[Text]":
    """Say what the words before the facts mean, those that are there."""
    from rich.text import Text

    told = {link.surety for link in found.links}
    notes = {
        "recorded": "because: the ledger names it as the cause",
        "follows": "follows from: no cause is named, but it follows necessarily from what is recorded",
        "beside": "beside: near in time; whether it has to do with it is not known",
    }
    return [Text(note, style="dim") for surety, note in notes.items() if surety in told]
