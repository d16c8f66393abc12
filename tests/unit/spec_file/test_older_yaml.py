"""Bare words that readers of YAML 1.1 take otherwise: another number is refused, another kind is warned of, quotes are a cure."""

from pathlib import Path

import pytest

from adapters.spec_file.older_yaml import AMBIGUOUS
from adapters.spec_file.problems import Problem
from adapters.spec_file.reading import read_spec
from adapters.spec_file.set_edits import apply_sets
from domain.machines import Catalogue, Machine

CATALOGUE = Catalogue({"C4": Machine("C4", 1800, 3686)})
WEB = "name: web\nimage: web:1\nresources: {machineType: C4, ports: [80], replicas: %s}\n"
LEAST = WEB % 1


def errors(text: str, file: str = "web.yaml") -> list[tuple[str, str, str]]:
    found: tuple[Problem, ...] = read_spec(text.encode(), file=file, catalogue=CATALOGUE).problems
    return [(problem.code, problem.path, problem.hint) for problem in found]


def warnings(text: str) -> list[tuple[str, str]]:
    reading = read_spec(text.encode(), file="web.yaml", catalogue=CATALOGUE)
    assert reading.problems == ()
    return [(warning.path, warning.hint) for warning in reading.warnings if warning.code == AMBIGUOUS]


@pytest.mark.parametrize(("written", "ours", "theirs"), [("010", 10, 8), ("0777", 777, 511), ("+011", 11, 9), ("0010", 10, 8)])
def test_a_number_that_is_another_one_to_older_readers_is_refused_with_both(written: str, ours: int, theirs: int) -> None:
    hint = f"write {ours}, or {theirs}, without a 0 in front; a text in quotes"
    assert errors(WEB % written) == [(AMBIGUOUS, "resources.replicas", hint)]


@pytest.mark.parametrize(
    ("written", "plain"), [("0o10", "8"), ("08", "8"), ("1e1", "10"), (".1e2", "10"), ("1.0e1", "10"), ("09", "9")]
)
def test_a_number_that_is_text_to_older_readers_is_warned_of(written: str, plain: str) -> None:
    assert warnings(WEB % written) == [("resources.replicas", f"write {plain}")]


@pytest.mark.parametrize("written", ["1", "10", "0", "00", "007", "0x1F", "2.0", "1.0e+1", "+7"])
def test_the_control_a_number_that_is_the_same_to_all_is_left_in_peace(written: str) -> None:
    assert warnings(WEB % written) == []


@pytest.mark.parametrize(
    ("written", "hint"),
    [("1_000", "write 1000"), ("1:30", "write 90"), ("1:00:01", "write 3601"), ("three", "write it as in replicas: 2")],
)
def test_where_a_number_belongs_the_number_that_was_meant_is_shown(written: str, hint: str) -> None:
    assert errors(WEB % written) == [("wrong-type", "resources.replicas", hint)]


@pytest.mark.parametrize(
    ("written", "right"), [("yes", "true"), ("On", "true"), ("y", "true"), ("no", "false"), ("off", "false")]
)
def test_where_true_or_false_belongs_the_right_word_is_shown(written: str, right: str) -> None:
    assert errors(LEAST + f"enabled: {written}\n") == [("wrong-type", "enabled", f"write {right}")]


@pytest.mark.parametrize("written", ["yes", "NO", "on", "Off", "1_000", "1:30", "0b11", "2026-11-28", "2026-11-28T10:00:00Z"])
def test_text_that_is_something_else_to_older_readers_is_warned_of_and_quotes_cure_it(written: str) -> None:
    text = LEAST + "env: [{name: A, value: %s}]\ncommand: [echo, %s]\n"
    paths = [("env[0].value", "write it in quotes"), ("command[1]", "write it in quotes")]

    assert sorted(warnings(text % (written, written))) == sorted(paths)
    assert warnings(text % (f"'{written}'", f'"{written}"')) == [], "the control"


def test_what_is_private_is_not_told_by_its_kind() -> None:
    (told,) = read_spec((LEAST + "env: [{name: A, value: on}]\n").encode(), file="web.yaml", catalogue=CATALOGUE).warnings
    assert told.message == "this is text here, and to readers of YAML 1.1 something else"
    (refused,) = read_spec((LEAST + "env: [{name: A, value: 017}]\n").encode(), file="web.yaml", catalogue=CATALOGUE).problems
    assert (refused.hint, refused.given) == ("write it in quotes", "••••")


def test_an_option_is_held_to_the_same() -> None:
    spec = read_spec(LEAST.encode(), file="web.yaml", catalogue=CATALOGUE).spec
    assert spec is not None
    (problem,) = apply_sets(spec, ["resources.replicas=010"], catalogue=CATALOGUE).problems
    assert (problem.code, problem.file) == (AMBIGUOUS, "--set")
    listed = apply_sets(spec, ["resources.ports=[80, 0100]"], catalogue=CATALOGUE)
    assert [problem.path for problem in listed.problems] == ["resources.ports[1]"]


def test_a_date_of_toml_is_no_text() -> None:
    text = 'name = "web"\nimage = "web:1"\ncommand = ["a", %s]\n[resources]\nmachineType = "C4"\n'
    for written in ("2026-11-28", "2026-11-28T10:00:00Z", "10:00:00"):
        assert errors(text % written, "web.toml") == [("wrong-type", "command[1]", "write it in quotes")]
    assert errors(text % '"2026-11-28"', "web.toml") == []


def test_the_pages_own_examples_are_the_same_to_all() -> None:
    for path in sorted((Path(__file__).parents[3] / "docs" / "examples").glob("*.yaml")):
        found = read_spec(path.read_bytes(), file=path.name, catalogue=CATALOGUE, name="x").warnings
        assert AMBIGUOUS not in {warning.code for warning in found}
