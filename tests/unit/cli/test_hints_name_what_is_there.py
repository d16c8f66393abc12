"""Every command and option that any message of ours names is there: read from the source, held against the application."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer.main

from adapters.cli.app import COMMANDS, build_app
from adapters.cli.cures import CURES
from adapters.cli.failures import failure_of
from domain.errors import Contested, NotLeading, Refused, Unfit, Unreachable

ROOT = Path(__file__).parents[3]
NAMED = re.compile(r"\breckon ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)((?: +[^\s;`)]+)*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
PROSE = {"in", "is", "itself", "by", "as", "and", "can", "has", "will"}


def texts() -> Iterator[tuple[str, str]]:
    """Give every text in the source that is no docstring, what is put into it as `X`, and where it stands."""
    for folder in ("adapters", "domain", "projections", "reconciler"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(file.read_text())
            told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
            for node in ast.walk(tree):
                if id(node) in told | inner:
                    continue
                if isinstance(node, ast.JoinedStr):
                    parts = [str(p.value) if isinstance(p, ast.Constant) else "X" for p in node.values]
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", "".join(parts)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node.value


@cache
def options() -> dict[str, frozenset[str]]:
    """Give the options of every command, by its words."""
    found: dict[str, frozenset[str]] = {}
    root = typer.main.get_command(build_app())
    for name, command in getattr(root, "commands").items():  # noqa: B009 (Typer keeps the class private)
        for words, one in {name: command, **{f"{name} {sub}": o for sub, o in getattr(command, "commands", {}).items()}}.items():
            found[words] = frozenset(option for each in one.params for option in each.opts) | {"--help"}
    return found


def named(place: str, text: str) -> Iterator[tuple[str, str]]:
    """Give each command that a text names, and what is wrong with it: empty for most."""
    for match in NAMED.finditer(text):
        first, _, second = match[1].partition(" ")
        if first not in PROSE:
            yield match[0], fault(first, f"{second} {match[2]}".strip(), place)


def fault(first: str, rest: str, place: str) -> str:
    """Say what is not there of a command and what stands behind it."""
    second = rest.split(" ", 1)[0].strip(".,:;`'\"()")
    groups = {words.split(" ", 1)[0] for words in options() if " " in words}
    if first not in COMMANDS:
        return f"{place}: there is no command reckon {first}"
    if first in groups and second not in {"", "X"} and not second.startswith("-") and f"{first} {second}" not in options():
        return f"{place}: reckon {first} has no {second}"
    known = options()[f"{first} {second}" if f"{first} {second}" in options() else first]
    lacking = [option for option in OPTION.findall(re.split(r", or| \(", rest, maxsplit=1)[0]) if option not in known]
    return f"{place}: reckon {first} has no {', '.join(lacking)}" if lacking else ""


def test_every_command_that_is_named_is_there_with_its_options() -> None:
    found = [one for place, text in texts() for one in named(place, text)]
    assert not [wrong for _, wrong in found if wrong]
    assert len(found) > 60, "the control: that many are named"


@pytest.mark.parametrize(
    "text", ["reckon up", "try: reckon model create X --url Y", "reckon submit --name X --replicas 3", "`reckon secret get X`"]
)
def test_the_control_what_is_not_there_is_found(text: str) -> None:
    assert [wrong for _, wrong in named("here", text) if wrong]


ARGUMENTS = {"Refused": 3, "NotFound": 3, "Unfit": 2}


def failures() -> Iterator[tuple[str, str, bool]]:
    """Give each failure in the source: where it is raised, its code, and whether its own place says a cure."""
    for folder in ("adapters", "domain"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ARGUMENTS):
                    continue
                cured = len(node.args) >= ARGUMENTS[node.func.id] or any(each.arg == "hint" for each in node.keywords)
                first = node.args[0] if node.args else None
                code = first.value if node.func.id != "Unfit" and isinstance(first, ast.Constant) else "unfit"
                yield f"{file.relative_to(ROOT)}:{node.lineno}", str(code), cured


def test_every_failure_has_a_cure() -> None:
    bare = [(place, code) for place, code, cured in failures() if not cured]
    assert not [(place, code) for place, code in bare if not CURES.get(code)]
    assert len(bare) > 10, "the control: some have none of their own"
    assert {code for _, code in bare} | {"unreachable", "contested"} == set(CURES), "no cure stands here for nothing"


@pytest.mark.parametrize(
    "error", [Unreachable("no way"), Contested("again"), NotLeading("another"), Unfit("x"), Refused("erased", "y")]
)
def test_a_failure_that_says_no_cure_is_told_with_one(error: Exception) -> None:
    assert failure_of(error).hint == CURES[failure_of(error).code]


def test_the_control_a_failures_own_cure_comes_first() -> None:
    assert failure_of(Refused("erased", "y", "do this")).hint == "do this"
