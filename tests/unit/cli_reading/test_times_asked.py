"""Times that are asked about: every command reads them alike, and none answers for a time that has not come."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import typer

from tests.stories import NOON
from tests.unit.cli_reading.conftest import APP, Desk

TIMES = {"--at", "--since", "--until"}


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 (click's)
    context = click.Context(group)
    for name in group.list_commands(context):
        inner = group.get_command(context, name)
        yield from commands(inner, (*path, name)) if hasattr(inner, "list_commands") else [((*path, name), inner)]


def asking_for_times() -> Iterator[tuple[str, ...]]:
    for path, command in commands(typer.main.get_command(APP)):
        options = {option for each in command.params for option in each.opts}
        named = any(each.param_type_name == "argument" and each.required for each in command.params)
        for option in sorted(options & TIMES):
            log = ("--audit-log", "audit.log") if path == ("audit", "match") else ()
            yield (*path, *(("shop",) if named else ()), *log, option)


ASKED = list(asking_for_times())


@pytest.fixture
def shop(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "audit.log").touch()
    desk.tell(desk.story("shop").submitted(replicas=1).applied().ready().healthy().later(minutes=10))
    return desk


@pytest.mark.parametrize("typed", ASKED, ids=" ".join)
def test_no_command_answers_for_a_time_to_come(shop: Desk, typed: tuple[str, ...]) -> None:
    for when in ("in 5m", "tomorrow 09:00", "2031-01-01T00:00Z"):
        answer = shop.reckon(*typed, when)

        assert answer.exit_code == 2, answer.output
        assert f"{when!r} is in the future" in " ".join(answer.output.split())
        assert "leave it out for now" in " ".join(answer.output.split())


def test_a_difference_to_a_time_to_come_is_refused_alike(shop: Desk) -> None:
    answer = shop.reckon("diff", "shop", "1", "in 5m")

    assert answer.exit_code == 2
    assert "is in the future" in answer.output


def test_the_options_that_take_a_time_are_all_tried() -> None:
    tried = {path[-1] for path in ASKED}

    assert tried == TIMES
    assert {("get", "shop", "--at"), ("list", "--at"), ("logs", "shop", "--since"), ("events", "--until")} <= set(ASKED)


def test_a_time_up_to_the_newest_fact_has_come_also_where_another_machines_clock_is_ahead(shop: Desk) -> None:
    ledger = shop.open()
    newest = ledger.tail(ledger.head() - 1, 1)[0].recorded_at
    ledger.close()
    shop.clock.at = newest - timedelta(minutes=3)

    assert shop.reckon("get", "shop", "--at", newest.isoformat()).exit_code == 0
    assert shop.reckon("get", "shop", "--at", (newest + timedelta(hours=1)).isoformat()).exit_code == 2


@pytest.mark.parametrize("typed", [("events",), ("audit", "hands"), ("audit", "match", "--audit-log", "audit.log")], ids=" ".join)
def test_an_end_before_the_beginning_is_no_span(shop: Desk, typed: tuple[str, ...]) -> None:
    begin, end = (NOON + timedelta(minutes=5)).isoformat(), NOON.isoformat()

    answer = shop.reckon(*typed, "--since", begin, "--until", end)

    assert answer.exit_code == 2
    assert "nothing lies between them" in " ".join(answer.output.split())
    assert shop.reckon("events", "--since", end, "--until", begin).exit_code == 0
