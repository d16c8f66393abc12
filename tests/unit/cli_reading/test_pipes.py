"""Through a pipe no line is folded or cut: one fact is one line, whatever width the environment tells of."""

import json

import pytest

from tests.unit.cli_reading.conftest import Desk
from tests.unit.cli_reading.test_screens import SHOWING, shop, told

__all__ = ["shop", "told"]


def lines(desk: Desk, *typed: str) -> list[str]:
    return desk.reckon(*typed).stdout.splitlines()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("command", SHOWING, ids=" ".join)
def test_a_pipe_has_no_width(desk: Desk, command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    unsaid = desk.reckon(*command)
    for columns in ("40", "80", "120", "300"):
        monkeypatch.setenv("COLUMNS", columns)
        shown = desk.reckon(*command)
        assert (shown.stdout, shown.stderr) == (unsaid.stdout, unsaid.stderr), columns


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("command", SHOWING, ids=" ".join)
def test_nothing_is_lost_or_cut_in_a_pipe(desk: Desk, command: list[str]) -> None:
    """What a terminal of any width has room for is what stands there: all of its words, on no more lines."""
    wide, narrow = (desk.reckon(*command, columns=columns).stdout for columns in (4_000, 80))
    piped = desk.reckon(*command).stdout

    assert sorted(piped.split()) == sorted(wide.split())
    assert len(piped.splitlines()) <= len(wide.splitlines()) <= len(narrow.splitlines())


@pytest.mark.usefixtures("shop")
def test_a_fact_is_a_line_and_a_deployment_with_its_trouble_too(desk: Desk) -> None:
    facts = json.loads(desk.reckon("events", "shop", "--tail", "all", "-o", "json").stdout)
    told_in_lines = lines(desk, "events", "shop", "--tail", "all")[1:]
    assert all(line[:2].isdigit() for line in told_in_lines), "each begins with its time"
    assert len(told_in_lines) <= len(facts), "like ones in a row are one"

    rows = lines(desk, "list", "--all")
    assert len(rows) == 1 + len(json.loads(desk.reckon("list", "--all", "-o", "json").stdout))
    trouble = next(row for row in rows if "KeyError" in row)
    assert trouble.startswith("shop "), "what troubles it stands on its line"


@pytest.mark.usefixtures("shop")
def test_a_terminal_does_fold(desk: Desk) -> None:
    """The control: where somebody looks, the same facts take more lines than there are."""
    narrow = desk.reckon("events", "shop", "--tail", "all", columns=60).stdout.splitlines()

    assert len(narrow) > len(lines(desk, "events", "shop", "--tail", "all"))
