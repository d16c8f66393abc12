"""`reckon check` and `reckon schema`: is this spec right, and what may stand in one."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.changing.options import read_text
from adapters.cli.changing.problems import as_line
from adapters.cli.command import CHANGING, MINDING, command
from adapters.cli.failures import REFUSED
from adapters.cli.screen import plain
from adapters.cli.session import Session

if TYPE_CHECKING:
    from adapters.spec_file.problems import Problem


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "check", panel=CHANGING, machines=True)(check)
    command(app, "schema", panel=MINDING)(schema)


def check(
    session: Session,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Spec files; - reads standard input.")],
    name: Annotated[str, typer.Option("--name", help="The name, for a file that has none.")] = "",
) -> None:
    """Say whether specs are right: all errors at once, each with its place. Needs no ledger and no cluster."""
    from adapters.spec_file.reading import read_spec

    catalogue = session.doors.catalogue(session.settings)
    found: list[dict[str, Any]] = []
    lines: list[Any] = []
    wrong = 0
    for file in files:
        text, called = read_text(file)
        reading = read_spec(text, file=called, catalogue=catalogue, name=name or None)
        wrong += reading.spec is None
        found += [_data(p, "error") for p in reading.problems] + [_data(w, "warning") for w in reading.warnings]
        lines += [as_line(p, "error") for p in reading.problems] + [as_line(w, "warning") for w in reading.warnings]
        if reading.spec is not None:
            lines.append(f"{called}: {reading.spec.name!r} is right")
    if session.screen.people:
        for line in lines:
            session.screen.console.print(line, soft_wrap=True)
    else:
        session.screen.answer(found, names=[f"{p['file']}:{p['line']}:{p['column']}" for p in found])
    if wrong:
        raise typer.Exit(REFUSED)


def schema(session: Session) -> None:
    """Print the JSON Schema of a spec file, for editors."""
    import json
    import sys

    from adapters.spec_file.normal import json_schema

    if session.screen.format == "yaml":
        session.screen.answer(json_schema())
    else:
        sys.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")


def _data(problem: "Problem", severity: str) -> dict[str, Any]:
    return {"severity": severity, **plain(problem)}
