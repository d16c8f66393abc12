"""`reckon get NAME`: one deployment, wanted beside seen."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.options import At
from adapters.cli.reading.naming import Name
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType

    from adapters.cli.reading.past import Moment
    from domain.deployment import Deployment
    from projections.history import VersionEntry


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "get", panel=LOOKING)(get)


def get(
    session: Session,
    name: Name,
    at: At = None,
    version: Annotated[int | None, typer.Option("--version", metavar="N", help="What version N was, and how it went.")] = None,
) -> None:
    """Say how a deployment is: what is wanted beside what is seen."""
    from adapters.cli.reading.past import moment, the_version, warn_of_unsound

    session.deployment(name)  # a misspelt name is told with the nearest
    then = moment(session, at)
    deployment = then.deployment(session.key(name))
    warn_of_unsound(session, deployment)
    if version is not None:
        _version(session, deployment, the_version(deployment, version).number, then)
        return
    _now(session, deployment, then)


def _now(session: Session, deployment: "Deployment", then: "Moment") -> None:
    from adapters.cli.reading.filling import FillProgressReader
    from adapters.cli.reading.past import specs
    from adapters.cli.reading.remarks import remark, watched
    from adapters.cli.screen import plain
    from projections.wanted_and_seen import picture

    newest = deployment.newest
    spec = specs(session.ledger)(newest.order) if newest else None
    world = then.world_of(deployment.key.project)
    shown = picture(deployment, spec, now=then.now, held=world.held(deployment.key.project, then.now))
    if then.position is None and any(fill.stage == "filling" for fill in shown.fills):
        shown = replace(shown, fills=tuple(FillProgressReader(session, deployment.names.namespace).measured(shown.fills)))
    entries = _history(session, deployment, then)

    def people() -> "RenderableType":
        from adapters.cli.reading.portrait import portrait

        return portrait(shown, entries[-1] if entries else None, then.now, world)

    data = {**plain(shown), "state": shown.row.words(then.now, held=shown.hold), "simulated": world.simulated}
    data["watched"] = watched(session)
    data["submission"] = plain(entries[-1]) if entries else None
    session.screen.answer(data, people, [deployment.key.name])
    _around(session, deployment, then)
    remark(session, world, past=then.position is not None)


def _around(session: Session, deployment: "Deployment", then: "Moment") -> None:
    """Warn of what is wrong with the nodes under it, its namespace and its Secrets."""
    from adapters.cli.reading.times import clocked
    from projections.around import SurroundingFacts

    if deployment.exists:
        for said in SurroundingFacts.of(then.joined(deployment.key)).told(lambda when: clocked(when, then.now)):
            session.screen.warn(said)


def _version(session: Session, deployment: "Deployment", number: int, then: "Moment") -> None:
    from adapters.cli.reading.past import specs, the_version
    from adapters.cli.screen import plain
    from projections.wanted_and_seen import wanted

    version = the_version(deployment, number)
    asked = wanted(version, specs(session.ledger)(version.order))
    entry = _history(session, deployment, then)[number - 1]
    world = then.world

    def people() -> "RenderableType":
        from adapters.cli.reading.portrait import version_portrait

        return version_portrait(deployment.key, asked, entry, then.now, world)

    session.screen.answer({**plain(entry), "wanted": plain(asked)}, people, [f"{deployment.key.name}@{number}"])


def _history(session: Session, deployment: "Deployment", then: "Moment") -> "tuple[VersionEntry, ...]":
    from adapters.cli.reading.past import specs
    from domain.documents import kept
    from projections.history import history

    return history(deployment.key, then.about(deployment.key.subject), specs(session.ledger), kept(session.ledger))
