"""The history loses nothing at any width: reasons fold, days have dates and a zone, what ran stands beside what was ordered."""

import json
from dataclasses import replace

import pytest

from domain.replica import ImagePulled
from tests.stories import Story
from tests.unit.cli_reading.conftest import Desk

REASON = "the cart forgets what is in it when a customer changes the currency " * 3 + "END-OF-THE-REASON"
TICKET = "OPS-1234567890-and-a-long-name-of-the-change-request-that-the-auditor-asks-for"
WORDS = "KeyError: 'CARTS' " + "is not set in this environment and there is no default for it " * 3 + "END-OF-THE-WORDS"
DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


def whole(output: str) -> str:
    """Lay a screen out on one line, without the places where it folds."""
    return " ".join(output.split())


def failed(desk: Desk) -> Story:
    told = desk.story().bound().led().submitted(replicas=1).applied().ready().healthy().later(minutes=3)
    told.submitted(image="r/shop:2", who="bob", reason=REASON, ticket=TICKET).applied()
    return told.crashing(WORDS).later(minutes=10).failed()


@pytest.mark.parametrize("columns", [50, 80, 120, 200])
@pytest.mark.parametrize("command", [["history", "shop"], ["get", "shop"], ["get", "shop", "--version", "2"], ["events", "shop"]])
def test_a_reason_is_whole_at_any_width(desk: Desk, command: list[str], columns: int) -> None:
    desk.tell(failed(desk))

    shown = desk.reckon(*command, columns=columns).stdout

    assert max(map(len, shown.splitlines())) <= columns
    assert "".join(REASON.split()) in "".join(shown.split())
    assert TICKET in "".join(shown.split())


@pytest.mark.parametrize("columns", [50, 80, 120])
def test_the_words_in_which_it_failed_are_whole_at_any_width(desk: Desk, columns: int) -> None:
    desk.tell(failed(desk))

    assert "END-OF-THE-WORDS" in whole(desk.reckon("history", "shop", columns=columns).stdout)


def test_no_line_of_a_reason_begins_where_ours_do(desk: Desk) -> None:
    desk.tell(desk.story().submitted(reason="x" * 60 + " error:forged", who="bob"))

    for command in (["history", "shop"], ["get", "shop"]):
        shown = desk.reckon(*command, columns=80).stdout
        assert "error:forged" in shown
        assert not any(line.startswith("error:") for line in shown.splitlines())


def test_versions_of_one_day_have_ages(desk: Desk) -> None:
    told = desk.story().submitted().later(hours=2).submitted(replicas=2).later(minutes=1)
    desk.tell(told)

    shown = desk.reckon("history", "shop", columns=80).stdout

    assert "2 h ago" in shown
    assert "2026-" not in shown


def test_versions_of_several_days_have_dates_and_the_zone(desk: Desk) -> None:
    told = desk.story().submitted().later(hours=30).submitted(replicas=2).later(minutes=1)
    desk.tell(told)

    shown = desk.reckon("history", "shop", columns=80).stdout

    assert "WHEN (UTC)" in shown
    assert "2026-11-22 12:0" in shown
    assert "2026-11-23 18:0" in shown
    assert " ago" not in shown


def test_facts_of_several_days_have_dates_and_the_zone(desk: Desk) -> None:
    desk.tell(desk.story().submitted().later(hours=30).submitted(replicas=2).later(minutes=1))

    rows = desk.reckon("events", "shop", columns=100).stdout.splitlines()

    assert rows[0].startswith("TIME (UTC)")
    assert [row[:11] for row in rows[1:] if row[:1] != " "] == ["2026-11-22 ", "2026-11-23 "]


def with_digest(told: Story, digest: str) -> Story:
    """Let a registry have said what the newest version's image stood for."""
    newest = told.log.history[-1]
    told.log.history[-1] = replace(newest, fact=replace(told.newest, digest=digest))
    return told


def test_what_ran_stands_beside_what_was_ordered(desk: Desk) -> None:
    told = with_digest(desk.story().submitted(), DIGEST).applied().ready().healthy().later(minutes=1)
    with_digest(told.submitted(image="r/shop:2"), OTHER).applied()
    told.replica(ImagePulled("r/shop:2", DIGEST), uid=told.replica())
    with_digest(told.later(minutes=1).submitted(image="r/shop:3"), OTHER).later(minutes=1)
    desk.tell(told)

    shown = whole(desk.reckon("history", "shop", columns=120).stdout)
    first, second, third = json.loads(desk.reckon("history", "shop", "-o", "json").stdout)

    assert "ran aaaaaaaaaaaa as ordered" in shown
    assert "ran aaaaaaaaaaaa, ordered bbbbbbbbbbbb" in shown
    assert "ordered bbbbbbbbbbbb, none of it was seen to run" in shown
    assert (first["digest"], first["ran"]) == (DIGEST, [DIGEST])
    assert (second["digest"], second["ran"]) == (OTHER, [DIGEST])
    assert (third["digest"], third["ran"]) == (OTHER, [])
    assert DIGEST in whole(desk.reckon("get", "shop", "--version", "2", columns=120).stdout)
