"""`docs/benchmarks.md` names the benchmarks that there are, and says of each figure when and of what it was taken."""

import re

import pytest

from tests.benchmarks.engine import ALL, ON_DEMAND
from tests.pages import ROOT

PAGE = (ROOT / "docs" / "benchmarks.md").read_text()
FIGURES = PAGE.split("\n## Figures\n", 1)[1].split("\n## ", 1)[0].split("\n### ")[1:]
TAKEN = re.compile(r"\b20\d\d-\d\d-\d\d at `[0-9a-f]{7}`")


def test_every_benchmark_is_told_and_no_other() -> None:
    programs = {file.stem for file in (ROOT / "tests" / "benchmarks").glob("*.py") if '"__main__"' in file.read_text()}
    assert set(re.findall(r"python -m tests\.benchmarks\.(\w+)", PAGE)) == programs


def test_every_measurement_of_the_engine_is_told() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert set(ALL) | set(ON_DEMAND) <= told


@pytest.mark.parametrize("part", FIGURES, ids=[part.splitlines()[0] for part in FIGURES])
def test_each_part_of_the_figures_says_when_and_at_which_commit(part: str) -> None:
    assert TAKEN.match(part.split("\n", 2)[2])


def test_no_figures_stand_outside_of_a_part() -> None:
    before = PAGE.split("\n## Figures\n", 1)[1].split("\n### ", 1)[0]
    assert "|" not in before
