"""`reckon audit secret SECRET`: which versions of which deployments ran with it, from when to when."""

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.options import OLD_SPELLINGS, EveryProject
from adapters.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from rich.console import RenderableType

    from projections.audit.secret import SecretUse


def secret(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="SECRET", help="The secret's name.")],
    version: Annotated[
        int | None,
        typer.Option("--secret-version", *OLD_SPELLINGS["--secret-version"], help="Only this version of it.", min=1),
    ] = None,
    all_projects: EveryProject = False,
) -> None:
    """Say which versions used a secret, each from when to when it was the one that was wanted."""
    found = tuple(_uses(session, name, version, everywhere=all_projects))
    session.screen.answer(found, lambda: _people(found, name, session.clock()), [f"{use.subject}@{use.version}" for use in found])


def _uses(session: Session, name: str, version: int | None, *, everywhere: bool) -> "Iterator[SecretUse]":
    from domain.facts import orders_stream
    from projections.audit.secret import uses

    for subject in session.ledger.subjects():
        project, within, _ = subject.partition("/")
        if within and (everywhere or project == session.project):
            yield from uses(session.ledger.read(orders_stream(subject)), name, version)


def _people(found: "tuple[SecretUse, ...]", name: str, now: "datetime") -> "RenderableType":
    from rich.text import Text

    from adapters.cli.reading.looks import table
    from adapters.cli.reading.times import TimeColumn
    from projections.who import whose

    if not found:
        return Text(f"no version on record was rendered with secret {name}", style="dim")
    clock = TimeColumn.of((when for use in found for when in (use.since, use.until) if when), now)
    rows = [
        (
            use.subject,
            str(use.version),
            f"{name} version {use.pinned}" + ("" if use.scope == "project" else f" of the {use.scope}"),
            clock.write(use.since),
            clock.write(use.until) if use.until else "now",
            str(use.position),
            whose(use),
        )
        for use in found
    ]
    head = ("DEPLOYMENT", "VERSION", "SECRET", clock.head("FROM"), clock.head("UNTIL"), "POSITION", "WHO")
    return table(head, rows, fold=True)
