"""What asks on a terminal refuses in a pipe: one door for all asking, and no command behind it without `--yes`."""

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from adapters.cli.screen import Screen
from tests.unit.cli.typed import APP, HEALTH, Reckon

ADAPTERS = Path(__file__).parents[3] / "adapters"
DOORS = {"typer.confirm", "typer.prompt", "click.confirm", "click.prompt", "Confirm.ask", "Prompt.ask", "input", "screen.ask"}
"""What a person is asked with, by us or by the libraries that we use."""
ASKING = {
    "rollback": ("rollback", "model server", "1"),
    "stop": ("stop", "model server"),
    "scale": ("scale", "model server", "0"),
    "delete": ("delete", "model server"),
    "resume": ("resume", "--accept-rewind"),
    "resume NAME": ("resume", "model server", "--accept-rewind"),
    "secret rm": ("secret", "rm", "token"),
    "registry rm": ("registry", "rm", "hub"),
    "model rm": ("model", "rm", "llm"),
    "project set": ("project", "set", "default", "--pod-security", "restricted"),
}


@pytest.fixture
def full(reckon: Reckon) -> Reckon:
    """Give a ledger with something of everything that may be taken away."""
    unfit = HEALTH.replace("team/", "team/runs-as-root-")
    for typed in (("submit", reckon.file(unfit)), ("submit", "--name", "model server", "--set", "resources.replicas=3")):
        assert reckon(*typed).exit_code == 5, "no engine is alive"
    assert reckon.bound()("secret", "set", "token", stdin="value").exit_code == 0
    assert reckon("registry", "add", "hub", "--server", "hub.example", "-u", "ann", stdin="value").exit_code == 0
    assert reckon("model", "add", "llm", "--url", "https://git.example/llm.git").exit_code == 0
    return reckon


def head(reckon: Reckon) -> int:
    ledger = reckon.open()
    try:
        return ledger.head()
    finally:
        ledger.close()


@pytest.mark.parametrize("asking", ASKING)
def test_what_asks_refuses_in_a_pipe_and_records_nothing(full: Reckon, asking: str) -> None:
    before = head(full)

    for answer in ("n\n", "y\n", ""):
        refused = full(*ASKING[asking], stdin=answer)

        assert refused.exit_code == 3, refused.output
        assert "there is no terminal on which to ask" in refused.stderr
        assert "--yes" in refused.stderr
        assert head(full) == before


@pytest.mark.parametrize("asking", ASKING)
def test_with_yes_it_is_not_asked(full: Reckon, asking: str) -> None:
    """The control: the same commands, and none is held up by a question."""
    done = full(*ASKING[asking], "--yes")

    assert done.exit_code != 2, "the option is there"
    assert "on which to ask" not in done.stderr


@pytest.mark.parametrize("typed", [("scale", "model server", "5"), ("start", "model server")])
def test_what_takes_nothing_away_does_not_ask(full: Reckon, typed: tuple[str, ...]) -> None:
    assert "on which to ask" not in full(*typed).stderr


def test_what_is_stopped_already_is_not_asked_about(full: Reckon) -> None:
    assert full("stop", "model server", "--yes").exit_code == 5
    assert full("stop", "model server").exit_code == 0
    assert "on which to ask" not in full("scale", "model server", "0").stderr


@pytest.mark.parametrize(("answer", "given"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)])
def test_on_a_terminal_only_a_yes_is_one(monkeypatch: pytest.MonkeyPatch, answer: str, given: bool) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal(answer))
    monkeypatch.setattr(sys, "stderr", _Terminal())

    assert Screen().ask("sure?") is given


@pytest.mark.parametrize("hidden", ["stdin", "stderr"])
def test_who_cannot_see_the_question_or_answer_it_is_not_asked(monkeypatch: pytest.MonkeyPatch, hidden: str) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal("y\n"))
    monkeypatch.setattr(sys, "stderr", _Terminal())
    monkeypatch.setattr(sys, hidden, io.StringIO("y\n"))

    assert Screen().ask("sure?") is False


def test_there_is_one_door_for_all_asking() -> None:
    asking = {f"{path.name}:{call.lineno}" for path, call, name in _calls() if name in DOORS}

    assert {place.partition(":")[0] for place in asking} == {"options.py"}, asking


def test_every_command_that_asks_has_yes() -> None:
    asking = {function for path in _sources() for function in _asking(path)}
    without = {name for name in asking if "--yes" not in _options(name)}

    assert len(asking) > 8, "they were found"
    assert not without


def _asking(path: Path) -> Iterator[tuple[str, str]]:
    """Name the functions that confirm something, as (module, function)."""
    functions = (one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.FunctionDef))
    for function in functions:
        called = {_name(call) for call in ast.walk(function) if isinstance(call, ast.Call)}
        if "confirmed" in called and function.name != "confirmed":
            yield path.stem, function.name


def _options(function: tuple[str, str]) -> set[str]:
    """Give the options of the command whose body a function is; of one that is no command's there are none."""
    module, name = function
    for command in _commands(typer.main.get_command(APP)):
        body = command.callback
        if body is not None and body.__name__ == name and body.__module__.endswith(f".{module}"):
            return {option for parameter in command.params for option in parameter.opts}
    return set()


def _commands(group: Any) -> Iterator[Any]:  # noqa: ANN401 (Typer keeps its classes private)
    for command in group.commands.values():
        yield from _commands(command) if hasattr(command, "commands") else (command,)


def _calls() -> Iterator[tuple[Path, ast.Call, str]]:
    for path in _sources():
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call):
                yield path, call, _name(call)


def _name(call: ast.Call) -> str:
    """Say what is called, by the last two of its names: `session.screen.ask` is `screen.ask`."""
    return ".".join(ast.unparse(call.func).split(".")[-2:])


def _sources() -> Iterator[Path]:
    return (ADAPTERS / "cli").rglob("*.py")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True
