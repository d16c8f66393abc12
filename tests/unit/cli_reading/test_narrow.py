"""At 80 columns every screen still fits and says which deployment and which object is meant, however long names are."""

import pytest

from tests.unit.cli_reading.conftest import Desk

NAME, PROJECT = "recommendations-of-the-shop", "recommendations-and-search-team"
SCREENS = [
    ["list"],
    ["list", "-o", "wide"],
    ["get", NAME],
    ["history", NAME],
    ["events", NAME],
    ["why", NAME],
    ["project", "list"],
]


@pytest.fixture
def told(desk: Desk) -> Desk:
    story = desk.story(NAME, PROJECT).bound().led()
    desk.tell(story.submitted(replicas=2).applied().ready().healthy().later(minutes=2))
    return desk


@pytest.mark.parametrize("screen", SCREENS, ids=" ".join)
def test_no_line_runs_over_the_edge(told: Desk, screen: list[str]) -> None:
    said = told.reckon(*screen, "-p", PROJECT, columns=80) if screen[0] != "project" else told.reckon(*screen, columns=80)
    assert said.exit_code == 0, said.output
    assert max(len(line) for line in said.output.splitlines()) <= 80


def test_objects_are_told_by_what_can_be_read_in_front(told: Desk) -> None:
    said = told.reckon("get", NAME, "-p", PROJECT, columns=80).output
    assert "Deployment recommendations-of" in said
    assert "Namespace reckon-recommendations-and-search-te" in said


def test_the_whole_namespace_of_a_project_is_shown(told: Desk) -> None:
    said = told.reckon("project", "list", columns=80).output
    assert f"  namespace {told.story(NAME, PROJECT).key.namespace}\n" in said
