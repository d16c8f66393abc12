"""One spelling, one meaning: over all commands, an option that is called the same says and takes the same."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import typer

from adapters.cli.app import run
from adapters.cli.options import OLD_SPELLINGS
from tests.unit.cli.typed import APP, Reckon

LETTERS = {"-h": "--help"}


@dataclass(frozen=True)
class Meaning:
    """What an option means to who types it: its words, what it takes, and the letter that stands for it."""

    said: str
    takes: str
    spelt: tuple[str, ...]


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 (Typer keeps its classes private)
    for name, command in group.commands.items():
        called = f"{path} {name}".strip()
        yield from commands(command, called) if hasattr(command, "commands") else ((called, command),)


def options() -> Iterator[tuple[str, str, Any]]:
    """Give each spelling that is told, the command, and the option."""
    for called, command in commands(typer.main.get_command(APP)):
        for option in command.params:
            if option.param_type_name == "option" and not option.hidden:
                yield from ((spelling, called, option) for spelling in told(option))


def told(option: Any) -> tuple[str, ...]:  # noqa: ANN401 (as above)
    old = OLD_SPELLINGS.get(option.opts[0], ())
    return tuple(spelling for spelling in (*option.opts, *option.secondary_opts) if spelling not in old)


def meanings() -> dict[str, dict[Meaning, list[str]]]:
    found: dict[str, dict[Meaning, list[str]]] = defaultdict(lambda: defaultdict(list))
    for spelling, called, option in options():
        takes = "nothing" if option.is_flag else option.metavar or "TEXT"
        found[spelling][Meaning(option.help or "", takes, told(option))].append(called)
    return found


def test_no_spelling_means_two_things() -> None:
    found = meanings()

    assert len(found) > 60, "they were found"
    assert {spelling: each for spelling, each in found.items() if len(each) > 1} == {}


def test_what_a_letter_stands_for_is_told_wherever_the_long_word_is() -> None:
    """`-n` is `--name` in all commands that have it; also what is seen above, said the other way round."""
    letters: dict[str, set[str]] = defaultdict(set)
    for spelling, _, option in options():
        if not spelling.startswith("--"):
            letters[spelling].add(option.opts[0])
    assert all(len(words) == 1 for words in letters.values()), letters
    assert letters["-n"] == {"--name"}


def test_every_option_says_what_it_does() -> None:
    assert [(called, spelling) for spelling, called, option in options() if not option.help] == []


def test_an_old_spelling_is_told_nowhere_and_stands_where_it_was() -> None:
    known: dict[str, set[str]] = defaultdict(set)
    for called, command in commands(typer.main.get_command(APP)):
        for option in command.params:
            known[called].update(option.opts)
    for called, old in OLD:
        assert old in known[called], (called, old)


OLD = [
    ("hold", "--all"),
    ("resume", "--all"),
    ("audit secret", "--all"),
    ("audit secret", "--version"),
    ("verify", "--all"),
    ("verify", "-a"),
    ("events", "--last"),
    ("events", "-n"),
    ("registry add", "--password-file"),
    ("manifests", "-n"),
    ("manifests", "--set"),
    ("roles", "--engine"),
    ("roles", "--people"),
]


@pytest.mark.parametrize(("called", "old"), OLD)
def test_an_old_spelling_is_not_in_the_help(called: str, old: str, reckon: Reckon, capsys: pytest.CaptureFixture[str]) -> None:
    run([*called.split(), "--help"], reckon.doors)
    said = capsys.readouterr().out.replace(",", " ").split()

    assert old not in said
    assert "--output" in said, "the control: what is told is found so"


@pytest.mark.parametrize(("called", "old"), OLD)
def test_an_old_spelling_is_not_completed_in_the_shell(called: str, old: str) -> None:
    group = typer.main.get_command(APP)
    command = dict(commands(group))[called]
    found = {each.value for each in command.shell_complete(command.make_context(called, [], resilient_parsing=True), "-")}

    assert old not in found
    assert "--output" in found, "the control"


def submitted(reckon: Reckon, times: int = 3) -> Reckon:
    for _ in range(times):
        assert reckon("submit", reckon.file()).exit_code == 5, "no engine is alive"
    return reckon


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (("--tail", "2"), 2),
        (("--tail", "0"), 0),
        (("--tail", "all"), 3),
        (("--last", "2"), 2),
        (("-n", "1"), 1),
        (("--last", "0"), 3),
    ],
)
def test_the_newest_are_asked_for_by_tail_and_by_its_old_word(reckon: Reckon, typed: tuple[str, ...], shown: int) -> None:
    assert len(submitted(reckon).data("events", *typed)) == shown


@pytest.mark.parametrize("wrong", [("--tail", "many"), ("--tail", "-1"), ("--tail", "1", "--last", "1")])
def test_a_tail_that_is_none_is_refused(reckon: Reckon, wrong: tuple[str, ...]) -> None:
    assert reckon("events", *wrong).exit_code == 2


@pytest.mark.parametrize("option", ["--from-file", "--password-file"])
def test_a_password_comes_from_a_file_as_a_value_does(reckon: Reckon, option: str) -> None:
    login = ("registry", "add", "hub", "--server", "hub.example", "-u", "ann")

    assert reckon(*login, option, reckon.file("secret\n", "password.txt")).exit_code == 0
    assert reckon("secret", "set", "token", option, reckon.file("secret\n", "password.txt")).exit_code == 0


@pytest.mark.parametrize(
    "typed", [("secret", "set", "token"), ("registry", "add", "hub", "--server", "hub.example", "-u", "ann")]
)
def test_a_line_in_place_of_a_file_reads_standard_input_as_for_specs(reckon: Reckon, typed: tuple[str, ...]) -> None:
    assert reckon(*typed, "--from-file", "-", stdin="secret\n").exit_code == 0
    assert reckon(*typed, "--from-file", "-", stdin="").exit_code == 3, "the control: it is what was read that counts"


def test_a_file_without_a_name_is_checked_under_the_letter_by_which_it_is_submitted(reckon: Reckon) -> None:
    nameless = reckon.file("apiVersion: v1\nimage: a.example/b:1\nresources: {machineType: C4, replicas: 1, ports: [80]}\n")

    assert reckon("check", nameless, "-n", "web").exit_code == 0
    assert reckon("submit", nameless, "-n", "web").exit_code == 5, "recorded; no engine is alive"
