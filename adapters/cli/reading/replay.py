"""`reckon replay NAME`: every decision made again from the log alone, and compared with the one on record."""

from collections.abc import Iterator
from heapq import merge
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.completion import names
from adapters.cli.options import All
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from domain.actions import Action, Finding
    from domain.facts import Fact
    from domain.names import Key
    from domain.record import Recorded
    from reconciler.replay import Divergence, ReplayResult

DIFFERS = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "replay", panel=LOOKING)(replay)


def replay(
    session: Session,
    name: Annotated[str | None, typer.Argument(help="The deployment.", metavar="NAME", autocompletion=names)] = None,
    all_: All = False,
) -> None:
    """Decide again what was decided, from the log alone; exit 0 when all is equal, 1 at the first difference."""
    from adapters.cli.reading.past import warn_of_unsound
    from domain.errors import Unsound
    from reconciler.replay import replay as again

    if (name is None) == (not all_):
        raise typer.BadParameter("name a deployment, or say --all")
    if name is not None:
        session.deployment(name)  # a misspelt name is told with the nearest
    keys = [session.key(name)] if name is not None else [session.key(each) for each in session.names(also_gone=True)]
    ledger = session.ledger
    verdicts: list[tuple[Key, ReplayResult]] = []
    tampered = [warn_of_unsound(session, session.deployment(key.name)) for key in keys]
    unsound: list[Unsound] = []
    for key in keys:
        try:
            verdict = again(key.subject, _history(session, key), ledger=ledger.identity, document=ledger.document)
        except Unsound as error:
            session.screen.warn(f"{key.name} cannot be replayed: {error.message}")
            unsound.append(error)
            continue
        verdicts.append((key, verdict))
        session.screen.show(_verdict(session, key, verdict))
    if unsound and not all_:
        raise unsound[0]
    data = [{"name": key.name, "equal": verdict.equal, "verdict": verdict} for key, verdict in verdicts]
    if not session.screen.people:
        session.screen.answer(data if all_ else data[0], None, [key.name for key, verdict in verdicts if not verdict.equal])
    if unsound or any(tampered) or not all(verdict.equal for _, verdict in verdicts):
        raise typer.Exit(DIFFERS)


def _history(session: Session, key: "Key") -> "Iterator[Recorded[Fact]]":
    """Give the facts about a deployment, its project and the cluster, in the ledger's order."""
    scopes = (key.subject, key.project, "")
    return merge(*(session.ledger.about(scope) for scope in scopes), key=lambda recorded: recorded.position)


def _verdict(session: Session, key: "Key", verdict: "ReplayResult") -> "RenderableType":
    from rich.text import Text

    from projections.wording import count

    judged = f"{count(verdict.decisions, 'decision')} and {count(verdict.rests, 'moment')} of rest judged again"
    head = Text.assemble((key.name, "bold"), f": {judged}")
    if verdict.difference is None:
        return head.append(", all equal", style="green")
    return _difference(session, head, verdict.difference)


def _difference(session: Session, head: "Text", found: "Divergence") -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from adapters.cli.reading.looks import facts, section
    from adapters.cli.reading.past import pods
    from adapters.cli.reading.telling import several
    from adapters.cli.reading.times import clocked
    from projections.timeline import line

    now, pod_of = session.clock(), pods(session.ledger)
    recorded = found.recorded
    was = _said(recorded.actions, recorded.findings) if recorded else "nothing, and things stayed so"
    told = [line(each, pod_of, lambda when: clocked(when, now)) for each in found.before]
    head.append(f", and a difference at position {found.position}", style="bold red")
    pairs = [("on record", Text(was)), ("now", Text(_said(found.actions, found.findings), style="red"))]
    return Group(head, section("Decided", facts(pairs)), section("Before it", several(told, now, named=True)))


def _said(actions: "tuple[Action, ...]", findings: "tuple[Finding, ...]") -> str:
    from projections.sentences.actions import finding, intent

    parts = [text for _, text in map(finding, findings)]
    return "; ".join([*parts, *([intent(actions)] if actions else [])]) or "nothing is to be done"
