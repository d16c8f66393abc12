"""`reckon check` and `reckon schema`: is this spec right, and what may stand in one."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.changing.options import Image, Sets, changed, read_text
from adapters.cli.changing.problems import as_line
from adapters.cli.command import ADMINISTRATION, CHANGING, Needs, command
from adapters.cli.failures import REFUSED
from adapters.cli.options import NAME
from adapters.cli.screen import plain
from adapters.cli.session import Session
from adapters.terminal import visible
from domain.errors import Refused
from projections.wording import count

if TYPE_CHECKING:
    from rich.text import Text

    from adapters.spec_file.fixing import Fixed
    from adapters.spec_file.problems import Problem
    from adapters.spec_file.reading import SpecReading
    from domain.machines import Catalogue


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "check", panel=CHANGING, machines=True, needs=Needs.NOTHING)(check)
    command(app, "schema", panel=ADMINISTRATION, needs=Needs.NOTHING)(schema)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads texts alike."""

    catalogue: "Catalogue"
    name: str | None
    inner_endpoints: bool
    sets: tuple[str, ...] = ()

    def read(self, text: bytes, called: str) -> "SpecReading":
        from adapters.spec_file.reading import read_spec

        read = partial(read_spec, file=called, catalogue=self.catalogue, inner_endpoints=self.inner_endpoints)
        return read(text, name=self.name, sets=self.sets)

    def fix(self, text: bytes, called: str) -> "Fixed":
        from adapters.spec_file.fixing import fix

        return fix(text, file=called, catalogue=self.catalogue, name=self.name, inner_endpoints=self.inner_endpoints)


@dataclass(frozen=True, slots=True)
class _Checked:
    """A file, what it says, and (where it was asked for) what became of its older forms."""

    text: bytes
    called: str
    reading: "SpecReading"
    remark: str = ""
    modern: bytes | None = None


def check(  # noqa: PLR0913 (its options)
    session: Session,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Spec files; - reads standard input.")],
    *,
    name: Annotated[str, NAME] = "",
    image: Image = "",
    sets: Sets = None,
    fix: Annotated[bool, typer.Option("--fix", help="Write older forms as today's, in place; comments stay.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="With --fix: only show what would be written.")] = False,
    inner_endpoints: Annotated[
        bool, typer.Option("--inner-endpoints", help="Allow loopback and link-local addresses, where the platform does.")
    ] = False,
) -> None:
    """Say whether specs are right: all errors at once, each with its place. Needs no ledger and no cluster.

    As SARIF (`-o sarif`) code hosts show them beside the lines.
    """
    changes = changed(image, sets)
    reader = _Reader(session.doors.catalogue(session.settings), name or None, inner_endpoints, changes)
    checked: list[_Checked] = []
    for file in files:
        text, called = read_text(file)
        one = _Checked(text, called, reader.read(text, called))
        checked.append(_fixed(one, reader, write=not diff) if fix else one)
    _tell(session, checked, diff=diff)
    if any(one.reading.spec is None for one in checked):
        raise typer.Exit(REFUSED)


def _fixed(one: _Checked, reader: _Reader, *, write: bool) -> _Checked:
    if one.reading.spec is None:
        return _Checked(one.text, one.called, one.reading, "it stays as it is until its errors are mended")
    fixed = reader.fix(one.text, one.called)
    if fixed.because:
        return _Checked(one.text, one.called, one.reading, f"it cannot be written anew in place: {fixed.because}")
    if fixed.text == one.text:
        return _Checked(one.text, one.called, one.reading, "nothing in it is old", one.text)
    if not write:
        return _Checked(one.text, one.called, one.reading, "it was not written", fixed.text)
    if one.called != "<stdin>":
        try:
            _write(Path(one.called).resolve(), fixed.text)
        except OSError as error:
            raise Refused("unwritable-file", f"{one.called} cannot be written: {error.strerror}") from error
    changes = sum(warning.code == "upgraded" for warning in one.reading.warnings)
    said = f"brought up to today's form: {count(changes, 'change')}"
    return _Checked(fixed.text, one.called, reader.read(fixed.text, one.called), said, fixed.text)


def _write(place: Path, text: bytes) -> None:
    """Put the modern form in the old one's place at once, with its rights; what is named through a link stays where it is."""
    from adapters.files import written_whole

    with written_whole(place, mode=place.stat().st_mode & 0o777) as file:
        file.write(text)


def _tell(session: Session, checked: list[_Checked], *, diff: bool) -> None:
    screen = session.screen
    errors = [problem for one in checked for problem in one.reading.problems]
    warnings = [warning for one in checked for warning in one.reading.warnings]
    if screen.people:
        for one in checked:
            _tell_one(session, one, diff=diff)
    elif screen.format == "sarif":
        from adapters.spec_file.sarif import sarif

        screen.answer(sarif(errors, warnings, build=session.doors.build))
    else:
        found = [
            {"severity": severity, **plain(one)} for some, severity in ((errors, "error"), (warnings, "warning")) for one in some
        ]
        screen.answer(found, names=[f"{each['file']}:{each['line']}:{each['column']}" for each in found])


def _tell_one(session: Session, one: _Checked, *, diff: bool) -> None:
    from adapters.spec_file.excerpt import SourceText

    reading = one.reading
    # What is written to standard output is the file itself, so all else goes beside it.
    filtering = one.modern is not None and (diff or one.called == "<stdin>")
    console = session.screen.errors if filtering else session.screen.console
    findings: list[tuple[Problem, str]] = [(problem, "error") for problem in reading.problems]
    findings += [(warning, "warning") for warning in reading.warnings]
    source = SourceText(one.text, one.called) if findings else None
    for finding, severity in sorted(findings, key=lambda each: (each[0].line, each[0].column)):
        console.print(as_line(finding, severity, source), soft_wrap=True)
    if reading.spec is not None:
        console.print(_right(one), soft_wrap=True)
    if one.remark:
        console.print(f"{visible(one.called)}: {one.remark}", soft_wrap=True)
    if filtering and one.modern is not None:
        session.screen.write(_difference(one) if diff else one.modern.decode(), exact=not diff)


def _right(one: _Checked) -> "Text":
    from rich.text import Text

    from projections.spec_diff import startup_budget

    spec = one.reading.spec
    assert spec is not None
    text = Text(f"{visible(one.called)}: {spec.name!r} is right")
    return text.append(f"\n    {startup_budget(spec.health.startup)}", style="dim")


def _difference(one: _Checked) -> str:
    from difflib import unified_diff

    before, after = (text.decode("utf-8", "replace").splitlines(keepends=True) for text in (one.text, one.modern or b""))
    lines = unified_diff(before, after, one.called, f"{one.called} (modern)")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def schema(session: Session) -> None:
    """Print the JSON Schema of a spec file, for editors."""
    import json

    from adapters.spec_file.schema import json_schema

    if session.screen.format == "yaml":
        session.screen.answer(json_schema())
    else:
        session.screen.write(json.dumps(json_schema(), indent=2) + "\n", exact=True)
