"""The help: complete, plain, and quick; and the table by which one command loads only what it needs."""

import subprocess
import sys

import pytest

from adapters.cli.app import COMMANDS, build_app, run
from tests.unit.cli.typed import Reckon

HEAVY = ("pydantic", "rich", "ruamel", "kubernetes", "eventsourcing", "psycopg", "domain.deployment")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_found_where_the_table_says(name: str, reckon: Reckon, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"], reckon.doors) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Usage: reckon {name} ")
    assert "<" not in said, "kinds of values are said as people say them"


def test_the_table_has_every_command() -> None:
    app = build_app()
    names = {command.name for command in app.registered_commands} | {
        "secret",
        "registry",
        "model",
        "project",
        "platform",
        "machine",
        "audit",
    }
    assert names == set(COMMANDS)
    assert len(app.registered_groups) == 7


def test_the_help_goes_by_panels_in_a_fixed_order(reckon: Reckon, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"], reckon.doors) == 0
    said = capsys.readouterr().out
    places = [said.index(f"\n{panel}:\n") for panel in ("Change", "Look", "Run", "Administration", "Options")]
    assert places == sorted(places)
    assert "\x1b" not in said


def test_the_help_keeps_to_the_width_of_the_terminal(
    reckon: Reckon, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for asked in (["--help"], ["submit", "--help"], ["events", "--help"]):
        run(asked, reckon.doors)
        assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_the_help_loads_nothing_heavy() -> None:
    assert loaded(["--help"], HEAVY) == []


def test_a_look_at_a_file_loads_no_other_database_and_no_cluster(reckon: Reckon) -> None:
    strange = ("psycopg", "kubernetes", "ruamel", "rich", "adapters.desk.desk")
    assert loaded(["list", "-o", "json", "--ledger", reckon.place], strange) == []


def loaded(typed: list[str], modules: tuple[str, ...]) -> list[str]:
    """Type a command in a process of its own; give those of the modules that it imported."""
    script = f"""
import sys
from adapters.cli.app import run
from adapters.main import doors
assert run({typed!r}, doors()) == 0
sys.stderr.write(" ".join(name for name in {modules!r} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stderr.split()
