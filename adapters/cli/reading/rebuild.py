"""`reckon rebuild`: the read models built again from the ledger's first fact; what is in use stays until the new one stands."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.command import ADMINISTRATION, Needs, command
from adapters.cli.session import Session

if TYPE_CHECKING:
    from adapters.views.views import Views


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "rebuild", panel=ADMINISTRATION, needs=Needs.A_LEDGER)(rebuild)


def rebuild(
    session: Session,
    name: Annotated[str | None, typer.Argument(help="The read model; all of them without.", metavar="VIEW")] = None,
) -> None:
    """Rebuild the read models from the ledger; readers keep the old ones until the new ones stand."""
    from adapters.views.views import Views
    from projections.fleet import VIEWS

    names = [name] if name else [view.name for view in VIEWS]
    with closing(Views(session.settings.ledger_place, VIEWS)) as views:
        for each in names:
            _one(session, views, each)
    facts = session.ledger.head()
    session.screen.answer({"views": names, "position": facts}, None, names)


def _one(session: Session, views: "Views", name: str) -> None:
    if not session.screen.live:
        views.rebuild(name, session.ledger)
        session.screen.show(f"read model {name}: rebuilt from {session.ledger.head()} facts")
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("read model {task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("facts"))
    with Progress(*columns, console=session.screen.console) as bar:
        task = bar.add_task(name, total=session.ledger.head())
        views.rebuild(name, session.ledger, lambda done, head: bar.update(task, completed=done, total=head))
