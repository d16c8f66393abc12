"""`reckon list`: what is there and how it is."""

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from adapters.cli.reading.fleet import Fleet
    from adapters.cli.reading.past import Moment
    from projections.status import Row


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "list", panel=LOOKING)(list_)


def list_(
    session: Session,
    all_: Annotated[bool, typer.Option("--all", "-a", help="Those that are gone, too.")] = False,
    all_projects: Annotated[bool, typer.Option("--all-projects", "-A", help="Those of every project.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="As it was: 14:05, 10m ago, yesterday 14:05.")] = None,
) -> None:
    """Say what is there and how it is."""
    from adapters.cli.reading.fleet import fleet
    from adapters.cli.reading.past import moment
    from adapters.cli.reading.remarks import remark

    then = moment(session, at)
    found = fleet(session, then)
    inside = [row for row in found.rows if all_projects or row.project == session.project]
    rows = [row for row in inside if all_ or row.present]
    session.screen.answer(
        [_data(row, found, then) for row in rows],
        lambda: _people(session, rows, found, then, all_projects=all_projects, hidden=len(inside) - len(rows)),
        [f"{row.project}/{row.name}" if all_projects else row.name for row in rows],
    )
    if rows:
        remark(session, found.world, past=at is not None)


def _data(row: "Row", found: "Fleet", then: "Moment") -> object:
    from adapters.cli.screen import plain

    held = found.world.held(row.project, then.now)
    own = row.hold if row.hold and row.hold.holds(then.now) else None
    return {**plain(row), "state": row.words(then.now, held=held), "hold": plain(own or held)}


def _people(  # noqa: PLR0913 (what the screen depends on)
    session: Session, rows: list["Row"], found: "Fleet", then: "Moment", *, all_projects: bool, hidden: int
) -> "RenderableType":
    from rich.text import Text

    from adapters.cli.reading.looks import Columns

    if not rows:
        where = "in any project" if all_projects else f"in project {session.project}"
        gone = f"; {hidden} that {'is' if hidden == 1 else 'are'} gone: reckon list --all" if hidden else ""
        return Text(f"no deployments {where}{gone or ': submit one with reckon submit FILE'}", style="dim")
    wide = session.screen.format == "wide"
    columns = ["PROJECT"] if all_projects else []
    columns += ["NAME", "STATE", "VERSION", "REPLICAS", "IMAGE"]
    columns += ["MACHINE", "RESTARTS", "DIGEST"] if wide else []
    columns += ["AGE"]
    cells = [_cells(row, found, then, wide=wide, all_projects=all_projects) for row in rows]
    return Columns(columns, cells, notes=[_note(row) for row in rows])


def _cells(row: "Row", found: "Fleet", then: "Moment", *, wide: bool, all_projects: bool) -> list["str | Text"]:
    from rich.text import Text

    from adapters.cli.reading.looks import STATE
    from adapters.cli.reading.times import age
    from projections.wording import short_image

    held = found.world.held(row.project, then.now)
    cells: list[str | Text] = [row.project] if all_projects else []
    cells += [
        row.name,
        Text(row.words(then.now, held=held), style=STATE[row.phase]),
        str(row.version or "-"),
        f"{row.ready}/{row.wanted}" if row.present else "-",
        short_image(row.image) or "-",
    ]
    if wide:
        cells += [row.machine_type or "-", str(row.restarts), row.digest.removeprefix("sha256:")[:12] or "-"]
    return [*cells, age(row.submitted_at, then.now)]


def _note(row: "Row") -> "Text":
    from rich.text import Text

    from projections.wording import count

    told = [*row.trouble[:1], *([f"{count(row.drifted, 'object')} drifted"] if row.drifted and not row.trouble else [])]
    more = f"  (and {len(row.trouble) - 1} more)" if len(row.trouble) > 1 else ""
    return Text("".join(told) + more, style="red" if row.trouble else "yellow")
