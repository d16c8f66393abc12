"""The whole run on a planted package: what a test notices is killed, what none notices survives, and neither is judged twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLANTED = """
class Box:
    def __init__(self, full):
        self.full = full

    @property
    def seen(self):
        return self.full > 1

    def unseen(self):
        return self.full > 7

    def never(self):
        return self.full > 9


def emptied(many):
    while many:
        many -= 1
"""
TESTS = """
from domain.planted import Box, emptied


def test_of_what_is_seen():
    assert [Box(1).seen, Box(2).seen] == [False, True]


def test_that_looks_at_nothing():
    Box(1).unseen()


def test_of_the_end():
    assert emptied(2) is None
"""

ODD = """
from functools import cache


@cache
def doubled(many):
    return many * 2


def asked(many):
    return many > 3


def made(least):
    def check(many):
        return many > least

    return check


CHECK = made(5)
"""
ODD_TESTS = """
from pathlib import Path

from domain.odd import CHECK, asked, doubled

RAN = Path(__file__).with_suffix(".ran")


def test_that_has_the_answer_kept():
    doubled(1)


def test_of_an_answer_that_was_kept():
    assert doubled(1) == 2


def test_of_a_function_that_was_made_before():
    assert [CHECK(5), CHECK(6)] == [False, True]


def test_that_passes_once():
    asked(1)
    assert not RAN.exists()
    RAN.touch()
"""


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    (tmp_path / "domain").mkdir()
    (tmp_path / "domain" / "__init__.py").touch()
    (tmp_path / "domain" / "planted.py").write_text(PLANTED)
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    (tmp_path / "tests" / "unit" / "test_planted.py").write_text(TESTS)
    markers = ", ".join(f'"{name}"' for name in ("lab", "node", "docker", "postgres"))
    (tmp_path / "pyproject.toml").write_text(f'[tool.pytest]\naddopts = ["--import-mode=importlib"]\nmarkers = [{markers}]\n')
    return tmp_path


def run(planted: Path, *words: str) -> str:
    command = [sys.executable, "-m", "tests.mutation", "domain", "--tests", "tests/unit", "--into", str(planted / "kept"), *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=planted, env=environment, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return f"{done.stdout}\nexit {done.returncode}"


def test_a_mutant_survives_where_no_test_notices_it_and_is_killed_where_one_does(planted: Path) -> None:
    said = run(planted, "--at-least", "100")

    assert "+ return self.full >= 7" in said
    assert "+ return self.full > 8" in said
    assert "unreached (no test reaches it): domain/planted.py:14 in Box.never" in said
    assert "+ return self.full >= 1" not in said, "the control: one that a test notices, in a property"
    assert "+ pass" not in said, "a loop without an end is ended, and counts as noticed"
    assert said.endswith("exit 1")


def test_a_run_goes_on_where_the_last_one_stopped(planted: Path) -> None:
    run(planted, "--sample", "3")

    assert "9 mutants, 3 of them judged before." in run(planted)
    assert "9 mutants, 9 of them judged before." in run(planted)


def test_a_new_test_has_the_survivors_judged_anew_and_only_them(planted: Path) -> None:
    run(planted, "--only", "unseen")
    tests = planted / "tests" / "unit" / "test_planted.py"
    tests.write_text(tests.read_text().replace("    Box(1).unseen()", "    assert not Box(7).unseen() and Box(8).unseen()"))

    said = run(planted, "--only", "seen")

    assert "4 mutants, 0 of them judged before." in said
    assert "4 of 4 mutants killed: 100.0 %" in said


def test_what_is_kept_of_earlier_calls_hides_no_test_and_a_test_that_fails_by_itself_kills_nothing(planted: Path) -> None:
    (planted / "domain" / "odd.py").write_text(ODD)
    (planted / "tests" / "unit" / "test_odd.py").write_text(ODD_TESTS)

    said = run(planted, "--only", "odd.py")

    assert "test_that_passes_once failed, and not because of a mutant: it judges no more" in said
    assert "3 of 5 mutants killed: 60.0 %" in said
    assert "2 of the others are undecided" in said
    assert "many >= least" not in said, "a function that another made when its module was read is a mutant too"
    assert "many * 3" not in said, "the control: the test that finds the kept answer would be left out"


def test_a_survivor_that_not_every_test_saw_that_reaches_it_is_undecided(planted: Path) -> None:
    tests = planted / "tests" / "unit" / "test_planted.py"
    tests.write_text(f"{tests.read_text()}\n\ndef test_that_takes_long():\n    Box(1).unseen()\n    sum(range(10**7))\n")

    said = run(planted, "--only", "unseen", "--seconds", "0.1")

    assert "undecided (1 tests; 1 more reach it): domain/planted.py:11 in Box.unseen" in said
    assert "0 of 2 mutants killed: 0.0 %" in said
