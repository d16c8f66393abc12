"""`reckon list`: what is there and how it is."""

from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.options import All, AllProjects, At
from adapters.cli.reading.choosing import (
    After,
    Images,
    Limit,
    Machines,
    Reverse,
    Selector,
    SortBy,
    States,
    choice,
    page,
    sorting,
)
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from adapters.cli.reading.fleet import FleetSnapshot
    from adapters.cli.reading.past import Moment
    from domain.hold import ActiveHold
    from projections.status import StatusRow


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "list", panel=LOOKING)(list_)


def list_(  # noqa: PLR0913, PLR0917 (the options of the command)
    session: Session,
    all_: All = False,
    all_projects: AllProjects = False,
    at: At = None,
    states: States = None,
    machines: Machines = None,
    images: Images = None,
    selector: Selector = "",
    sort_by: SortBy = "name",
    reverse: Reverse = False,
    limit: Limit = None,
    after: After = "",
) -> None:
    """Say what is there and how it is."""
    from adapters.cli.reading.fleet import fleet
    from adapters.cli.reading.past import moment
    from adapters.cli.reading.remarks import remark
    from projections.selection import in_order

    asked, by = choice(states, machines, images, selector), sorting(sort_by)
    then = moment(session, at)
    found = fleet(session, then)
    inside = [row for row in found.rows if all_projects or row.project == session.project]
    there = [row for row in inside if all_ or row.present]
    fit = [row for row in there if asked.selection.admits(row, held=bool(_hold(row, found, then)))]
    # Behind a row that does not fit any more too: between two pages it may have become another.
    behind = page(in_order(inside, by, reverse=reverse), after, session.project)
    fitting = {(row.project, row.name) for row in fit}
    rest = [row for row in behind if (row.project, row.name) in fitting]
    rows = rest[:limit]
    left = Left(asked.words, len(there), len(fit), len(inside) - len(there), len(rest) - len(rows))
    session.screen.answer(
        () if session.screen.people else [_data(row, found, then) for row in rows],
        lambda: _people(session, rows, found, then, all_projects=all_projects, left=left),
        [_name(row, all_projects=all_projects) for row in rows],
    )
    if left.behind:
        session.screen.note(f"{left.behind} more: --after {quote(_name(rows[-1], all_projects=all_projects))}")
    if rows:
        remark(session, found.world, past=at is not None)


@dataclass(frozen=True, slots=True)
class Left:
    """What is not shown: `asked` are the filters in words; of `there`, `fit` pass them. `gone` and `behind` are left out, too."""

    asked: str
    there: int
    fit: int
    gone: int
    behind: int


def _name(row: "StatusRow", *, all_projects: bool) -> str:
    return f"{row.project}/{row.name}" if all_projects else row.name


def _hold(row: "StatusRow", found: "FleetSnapshot", then: "Moment") -> "ActiveHold | None":
    own = row.hold if row.hold and row.hold.holds(then.now) else None
    return own or found.world.held(row.project, then.now)


def _data(row: "StatusRow", found: "FleetSnapshot", then: "Moment") -> object:
    from adapters.cli.screen import plain

    held = found.world.held(row.project, then.now)
    return {**plain(row), "state": row.words(then.now, held=held), "hold": plain(_hold(row, found, then))}


def _people(  # noqa: PLR0913 (what the screen depends on)
    session: Session, rows: list["StatusRow"], found: "FleetSnapshot", then: "Moment", *, all_projects: bool, left: Left
) -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from adapters.cli.reading.looks import Columns

    where = "in any project" if all_projects else f"in project {session.project}"
    if not rows:
        return Text(_nothing(where, left), style="dim")
    wide = session.screen.format == "wide"
    columns = ["PROJECT"] if all_projects else []
    columns += ["NAME", "STATE", "VERSION", "REPLICAS", "IMAGE"]
    columns += ["MACHINE", "RESTARTS", "DIGEST"] if wide else []
    columns += ["AGE"]
    cells = [_cells(row, found, then, wide=wide, all_projects=all_projects) for row in rows]
    shown = Columns(columns, cells, notes=[_note(row, found, then) for row in rows])
    heading = Text(f"{left.asked}: {left.fit} of the {left.there} {where}", style="dim")
    return Group(heading, shown) if left.fit < left.there else shown


def _nothing(where: str, left: Left) -> str:
    if left.fit:
        return f"nothing comes after that one: all {left.fit} stand before it"
    if left.there:
        return f"none of the {left.there} deployments {where} has {left.asked}: reckon list shows them"
    gone = f"; {left.gone} that {'is' if left.gone == 1 else 'are'} gone: reckon list --all" if left.gone else ""
    return f"no deployments {where}{gone or ': submit one with reckon submit FILE'}"


def _cells(row: "StatusRow", found: "FleetSnapshot", then: "Moment", *, wide: bool, all_projects: bool) -> list["str | Text"]:
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


def _note(row: "StatusRow", found: "FleetSnapshot", then: "Moment") -> "Text":
    from rich.text import Text

    from projections.wording import count

    told = [*row.trouble[:1], *([f"{count(row.drifted, 'object')} drifted"] if row.drifted and not row.trouble else [])]
    more = f"  (and {len(row.trouble) - 1} more)" if len(row.trouble) > 1 else ""
    kept = row.kept_back(then.now, held=found.world.held(row.project, then.now)) if not told else ""
    return Text(("".join(told) + more) or kept, style="red" if row.trouble else "yellow")
