"""`docs/first-steps.md` as it stands: its file is written, its commands are typed, and its screens are what comes."""

import re
from pathlib import Path

from adapters.simulator.apps import WORDS
from tests.pages import ROOT, Came, Step, alike, steps_of, walk

PAGE = (ROOT / "docs" / "first-steps.md").read_text()


def differing(came: list[Came]) -> list[str]:
    """Name the commands whose screens differ from the page's, with what came."""
    return [f"{one.step.command}:\n{one.screen}" for one in came if alike(one.screen) != alike(one.step.shown)]


def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    assert not differing(walk(PAGE, tmp_path))


def test_another_screen_would_be_found() -> None:
    shown = "web version 1 recorded, 12 s ago (23:33:41)\nhealthy: 2 of 2 ready"
    slower, other = shown.replace("12 s", "1 min 2 s").replace("41", "59"), shown.replace("2 of 2", "1 of 2")
    step = Step("submit web.yaml", shown)
    assert len(differing([Came(step, shown), Came(step, slower), Came(step, other)])) == 1


def test_each_command_shows_what_comes() -> None:
    steps = steps_of(PAGE)
    assert [step.command for step in steps if not step.shown] == []
    assert steps[0].command.startswith("engine")


def test_all_words_of_the_simulator_are_told_and_no_other() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == set(WORDS)


def test_the_readme_leads_from_the_demo_to_it() -> None:
    after_the_demo = (ROOT / "README.md").read_text().split("scripts/reckon demo", 1)[1].split("\n## ", 1)[0]
    assert "(docs/first-steps.md)" in after_the_demo
