"""The night's command, with steps that do nothing: one that fails keeps none of the others, and the report says it."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.night.report import again
from tests.night.run import run
from tests.night.steps import ROOT, Step, steps

DAY = date(2026, 11, 29)


def step(name: str, program: str, **environment: str) -> Step:
    return Step(name, f"what {name} tries", (sys.executable, "-c", program), 1, environment)


GOOD = step("good", "print('all well')")
BAD = step("bad", "import os, sys; print('seed', os.environ['SEED'], 'broke it'); sys.exit(3)", SEED="42")
ENDLESS = step("endless", "import time; time.sleep(60)")


def test_a_step_that_fails_keeps_none_of_the_others_and_the_exit_code_says_it(tmp_path: Path) -> None:
    assert run([BAD, GOOD], tmp_path, "A night") == 1

    report = (tmp_path / "report.md").read_text()
    assert "| bad | **failed** with 3 | " in report
    assert "| good | passed | " in report
    assert "    seed 42 broke it" in report
    assert "SEED=42 python -c" in report


def test_a_night_in_which_all_is_well_exits_with_nought(tmp_path: Path) -> None:
    assert run([GOOD], tmp_path, "A night") == 0
    assert (tmp_path / "good.log").read_text() == "all well\n"


def test_a_step_without_an_end_is_ended_and_counts_as_failed(tmp_path: Path) -> None:
    assert run([ENDLESS, GOOD], tmp_path, "A night", minute=0.5) == 1

    report = (tmp_path / "report.md").read_text()
    assert "| endless | **took too long** | " in report
    assert "| good | passed | " in report


def test_a_night_that_is_cut_short_has_told_what_it_did_and_what_it_did_not(tmp_path: Path) -> None:
    cut = step("cut", "import os, signal; os.kill(os.getppid(), signal.SIGINT); import time; time.sleep(60)")

    with pytest.raises(KeyboardInterrupt):
        run([GOOD, cut, BAD], tmp_path, "A night")

    report = (tmp_path / "report.md").read_text()
    assert "| good | passed | " in report
    assert "| cut | not yet | " in report
    assert "| bad | not yet | " in report


def test_each_step_has_a_name_of_its_own_and_names_files_that_there_are() -> None:
    names = [one.name for one in steps(DAY)]
    files = [word for one in steps(DAY) for word in one.command if word.endswith(".py")]

    assert len(set(names)) == len(names)
    assert [file for file in files if not (ROOT / file).exists()] == []
    assert "tests/unit/test_deployment_law.py" in files, "the control: a property that there is"


def test_every_property_is_tried_with_new_examples() -> None:
    with_new = {word for one in steps(DAY) if one.environment.get("RECKON_EXAMPLES") == "night" for word in one.command}
    drawn = re.compile(r"^from hypothesis import .*\bgiven\b", re.MULTILINE)
    properties = {str(file.relative_to(ROOT)) for file in (ROOT / "tests").rglob("test_*.py") if drawn.search(file.read_text())}

    assert len(properties) > 50, "the control: there are some"
    assert properties - with_new == set()


def test_no_two_nights_draw_the_same_and_a_night_can_be_had_again() -> None:
    tonight, again_tonight, tomorrow = steps(DAY), steps(DAY), steps(date(2026, 11, 30))
    drawn = {"simulation", "mutants"}

    assert tonight == again_tonight
    assert {one.name for one, other in zip(tonight, tomorrow, strict=True) if one != other} == drawn


def test_what_is_listed_can_be_run_as_it_stands() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "tests.night", "--list", "--only", "simulation"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "SIMULATION_FIRST=" in listed.stdout
    assert "python -m pytest --durations=5 tests/simulation/test_incidents.py" in listed.stdout
    assert again(GOOD) == "python -c 'print('\"'\"'all well'\"'\"')'"
