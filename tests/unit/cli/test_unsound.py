"""Rows and documents of other hands, as people at a terminal meet them: named by all, used by none, in nobody else's way."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.cli.app import COMMANDS
from adapters.cli.doors import Doors
from adapters.ledger.codec import Codec
from adapters.ledger.names import NAMES, UPCASTERS
from adapters.settings import Settings
from tests.unit.cli.typed import HEALTH, Reckon

OTHER = HEALTH.replace("model server", "shop")
FAR = 2**63 - 1
Foreign = Callable[[sqlite3.Connection, int], None]


def write(reckon: Reckon, *statements: tuple[str, tuple[object, ...]]) -> None:
    with closing(sqlite3.connect(reckon.place, isolation_level=None)) as connection:
        for statement, parameters in statements:
            connection.execute(statement, parameters)


def event(position: int, stream: str, version: object, name: object, state: object) -> tuple[str, tuple[object, ...]]:
    return "INSERT INTO ledger_events VALUES (?, ?, ?, ?, ?)", (position, stream, version, name, state)


def journal(position: int, subject: str, at: int = 1_795_000_000_000_000) -> tuple[str, tuple[object, ...]]:
    return "INSERT INTO ledger_journal VALUES (?, ?, ?, ?)", (position, subject, f"foreign-{position}", at)


class Placed(Reckon):
    """One whose settings name the ledger too: the views stand in it."""

    @property
    def doors(self) -> Doors:
        return replace(super().doors, settings=lambda: Settings(ledger=self.place))


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reckon:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")
    reckon = Placed(tmp_path)
    reckon.bound().with_an_engine()
    for text, name in ((HEALTH, "one.yaml"), (OTHER, "two.yaml")):
        assert reckon("submit", reckon.file(text, name), "--detach").exit_code == 0
    assert reckon("verify").exit_code == 0
    return reckon


NONSENSE = (
    b'{"recorded_at":"2026-09-21T14:13:20Z","circumstances":{"id":"foreign-4",'
    b'"who":{"name":"x","surety":"claimed"},"subject":"default/shop"}'
)
BEYOND = event(4, "seen/default/shop", 1, "rollout.progressed.v1", NONSENSE + b',"fact":{"wanted":1e400}}')
ROWS: dict[str, tuple[tuple[str, tuple[object, ...]], ...]] = {
    "unknown name": (event(4, "deployment/default/shop", 2, "deployment.cloned.v1", b"{}"), journal(4, "default/shop")),
    "no json": (event(4, "deployment/default/shop", 2, "deployment.submitted.v2", b"\x00\xff"), journal(4, "default/shop")),
    "old name, no object": (event(4, "deployment/default/shop", 2, "deployment.submitted.v1", b"[]"), journal(4, "default/shop")),
    "deep json": (event(4, "deployment/default/shop", 2, "deployment.submitted.v1", b"[" * 200_000), journal(4, "default/shop")),
    "far version": (event(4, "deployment/default/shop", FAR, "hold.placed.v1", b"{}"), journal(4, "default/shop")),
    "far position": (event(FAR, "deployment/default/shop", 9, "hold.placed.v1", b"{}"),),
    "far journal": (journal(FAR, "default/shop", FAR),),
    "strange time": (event(4, "deployment/default/shop", 2, "hold.placed.v1", b"{}"), journal(4, "default/shop", FAR)),
    "far epoch": (("UPDATE ledger_lease SET epoch = ?", (FAR,)),),
    "no lease": (("DELETE FROM ledger_lease", ()),),
    "a subject that is no text": (("INSERT INTO ledger_subjects VALUES (CAST(x'ff2f' AS BLOB), 'y')", ()),),
    "a number beyond all numbers": (BEYOND, journal(4, "default/shop", 1_790_000_000_000_000)),
    "a text": (event(4, "deployment/default/shop", "x", 5, "text"), journal(4, "default/shop")),
}
EVERYDAY = (
    ("list",),
    ("list", "-A"),
    ("get", "model server"),
    ("history", "model server"),
    ("events",),
    ("events", "--last", "0", "-o", "jsonl"),
    ("why", "model server"),
    ("replay", "model server"),
    ("scale", "model server", "3", "--detach"),
    ("hold", "model server", "--reason", "r"),
    ("resume", "model server"),
    ("rebuild",),
    ("secret", "set", "token", "--scope", "team"),
    ("project", "list"),
)


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_a_foreign_row_is_named_and_stands_in_no_others_way(
    two: Reckon, rows: tuple[tuple[str, tuple[object, ...]], ...]
) -> None:
    write(two, *rows)

    for typed in EVERYDAY:
        done = two(*typed, stdin="value\n")
        nobody_leads = done.exit_code == 5 and "recorded all the same" in done.stderr
        assert done.exit_code == 0 or nobody_leads, (typed, done.stdout, done.stderr, done.exception)
    verified = two("verify")
    assert verified.exit_code == 1
    assert "not as it must be" in verified.stdout
    assert "cure:" in verified.stdout
    found = json.loads(two("verify", "-o", "json").stdout)
    assert not found["sound"]
    assert found["faults"]
    examined = {one["about"]: one for one in json.loads(two("doctor", "-o", "json").stdout)}
    assert examined["rows"]["ok"] is False
    assert found["faults"][0]["what"][:60] in examined["rows"]["said"]


def test_the_deployment_whose_history_cannot_be_read_is_held_and_says_so(two: Reckon) -> None:
    write(two, *ROWS["unknown name"])

    refused = two("scale", "shop", "3", "--detach")
    assert refused.exit_code == 3
    assert "position 4" in refused.stderr
    assert "reckon verify" in refused.stderr
    for typed in (("get", "shop"), ("list",), ("events", "shop")):
        assert "deployment.cloned.v1" in two(*typed).stdout.replace("\n", " "), typed


def test_a_row_about_all_projects_stops_what_needs_it_and_is_said(two: Reckon) -> None:
    write(two, event(4, "project/*", 1, "platform.moved.v1", b"{}"), journal(4, ""))

    assert two("scale", "shop", "3", "--detach").exit_code == 3
    listed = two("list")
    assert listed.exit_code == 0
    assert "nothing is acted upon in any project" in listed.stderr
    assert two("get", "shop").exit_code == 0


def test_a_document_that_is_not_what_its_digest_says_is_never_used_and_always_named(two: Reckon) -> None:
    with closing(sqlite3.connect(two.place, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.DatabaseError, match="only ever appended to"):
            connection.execute("UPDATE ledger_documents SET body = x'00'")
        with pytest.raises(sqlite3.DatabaseError, match="only ever appended to"):
            connection.execute("DELETE FROM ledger_documents")
        connection.execute("DROP TRIGGER ledger_documents_no_update")
        changed = "UPDATE ledger_documents SET body = CAST(replace(body, 'model-server:1', 'evil-thing:6') AS BLOB)"
        connection.execute(f"{changed} WHERE instr(body, 'name: shop') = 0")

    for typed in (("get", "shop"), ("history", "shop"), ("replay", "shop")):
        done = two(*typed)
        assert "is not what its digest says" in done.stderr, typed
        assert "evil-thing" not in done.stdout + done.stderr
        assert done.exit_code in {0, 1, 3}
    assert two("replay", "shop").exit_code != 0
    assert "is not what its digest says" in two("doctor").stdout.replace("\n", " ").replace("  ", " ")
    assert "evil-thing" not in two("diff", "shop", "1", "1").stdout
    refused = two("scale", "shop", "3", "--detach")
    assert (refused.exit_code, "is not what its digest says" in refused.stderr) == (3, True)
    assert two("verify").exit_code == 1


def test_a_document_laid_under_a_name_yet_to_come_is_named(two: Reckon) -> None:
    write(two, ("INSERT INTO ledger_documents VALUES (?, ?)", ("0" * 64, b"kind: Deployment")))

    verified = two("verify")
    assert verified.exit_code == 1
    assert "no fact names it yet" in verified.stdout
    assert two("get", "shop").exit_code == 0


def test_what_is_missing_is_named_too(two: Reckon) -> None:
    statements = ("DROP TRIGGER ledger_events_no_delete", "DELETE FROM ledger_events WHERE rowid = 2")
    write(two, *((statement, ()) for statement in statements))

    said = two("verify", "--all").stdout
    assert "there is nothing at position 2" in said
    assert "the journal names a fact at position 2, and there is none" in said


def test_documents_are_found_missing(two: Reckon) -> None:
    statements = ("DROP TRIGGER ledger_documents_no_delete", "DELETE FROM ledger_documents")
    write(two, *((statement, ()) for statement in statements))

    assert "is not in the ledger" in two("verify").stdout


def test_ids_times_and_subjects_that_say_two_things_are_found(two: Reckon) -> None:
    write(
        two,
        ("DROP TRIGGER ledger_journal_no_update", ()),
        ("UPDATE ledger_journal SET subject = 'default/other' WHERE position = 3", ()),
        ("UPDATE ledger_journal SET fact_id = 'another' WHERE position = 2", ()),
        ("UPDATE ledger_journal SET recorded_at = recorded_at - 1 WHERE position = 1", ()),
    )
    whats = [fault["what"] for fault in json.loads(two("verify", "-o", "json").stdout)["faults"]]

    for part in (
        "journal has time",
        "journal has id 'another'",
        "journal has subject 'default/other'",
        "is missing from the list",
    ):
        assert any(part in what for what in whats), part


def test_a_sound_ledger_is_said_to_be_so_with_its_figures(two: Reckon) -> None:
    """The control: nothing is found where nothing is wrong."""
    found = json.loads(two("verify", "-o", "json").stdout)

    assert found["sound"]
    assert (found["facts"], found["head"], found["faults"], found["more"]) == (3, 3, [], 0)
    assert found["streams"] == 3
    assert found["documents"] > 4
    assert "3 facts" in two("verify").stdout


def test_a_ledger_of_before_gets_the_triggers_that_it_lacks(two: Reckon) -> None:
    write(two, ("DROP TRIGGER ledger_documents_no_update", ()), ("DROP TRIGGER ledger_documents_no_delete", ()))
    assert two("list").exit_code == 0

    with closing(sqlite3.connect(two.place)) as connection, pytest.raises(sqlite3.DatabaseError, match="only ever appended to"):
        connection.execute("DELETE FROM ledger_documents")


def test_the_roles_are_written_out_and_are_two() -> None:
    assert COMMANDS["roles"] == "running.roles"


def test_people_and_engines_are_never_one_role(reckon: Reckon) -> None:
    assert reckon("roles", "--engine", "a", "--people", "a").exit_code == 3
    assert reckon("roles", "--engine", "a'; DROP", "--people", "b").exit_code == 3
    written = reckon("roles", "--engine", "a", "--people", "b").stdout
    assert "REVOKE CONNECT" in written
    assert "GRANT EXECUTE ON FUNCTION ledger_turn(), ledger_append" in written


def test_of_a_long_ledger_a_doctor_looks_at_the_newest_and_says_so(two: Reckon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.cli.reading.examined_ledger.NEWEST", 1)
    examined = {one["about"]: one for one in json.loads(two("doctor", "-o", "json").stdout)}
    assert examined["rows"]["ok"]
    assert "of the newest 1 facts; `reckon verify` reads all" in examined["rows"]["said"]

    with closing(sqlite3.connect(two.place, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER ledger_documents_no_update")
        connection.execute("UPDATE ledger_documents SET body = x'00'")
    examined = {one["about"]: one for one in json.loads(two("doctor", "-o", "json").stdout)}
    assert "is not what its digest says" in examined["rows"]["said"]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE view_rows SET body = '{}'", "UPDATE view_rows SET body = x'ff'", f"UPDATE view_positions SET position = {FAR}"],
)
def test_a_view_that_other_hands_changed_is_said_to_be_so_and_is_folded_anew(two: Reckon, statement: str) -> None:
    assert two("list").exit_code == 0
    write(two, (statement, ()))

    refused = two("list")
    assert (refused.exit_code, "reckon rebuild" in refused.stderr) == (3, True)
    assert two("get", "shop").exit_code == 0
    assert two("rebuild").exit_code == 0
    assert "model server" in two("list").stdout


def test_a_build_that_knows_the_name_shows_no_hold_although_the_view_was_folded_by_one_that_did_not(two: Reckon) -> None:
    lifted = NONSENSE + b',"fact":{}}'
    names = {cls: name for cls, name in NAMES.items() if name != "hold.lifted.v1"}
    with pytest.MonkeyPatch.context() as older:
        older.setattr(Codec.__init__, "__defaults__", (names, UPCASTERS))
        write(two, event(4, "deployment/default/shop", 2, "hold.lifted.v1", lifted), journal(4, "default/shop"))
        assert "hold.lifted.v1" in two("list").stdout

    listed = two("list")
    assert listed.exit_code == 0
    assert "hold.lifted.v1" not in listed.stdout
