"""A ledger with rows that cannot be read is brought back by a recorded repair: with a reason, asked, told; nothing is removed."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.cli.typed import HEALTH, Reckon

NAN = b'{"recorded_at":"2026-11-22T12:00:00Z","circumstances":{"id":"foreign-3","who":{"name":"engine","surety":"engine"},\
"subject":"default/model server"},"fact":{"value":null,"requests":1,"window":1.0,"shares":[],"at":"2026-11-22T12:00:00Z"}}'
"""What a build of before wrote when a replica answered NaN."""
WHERE = ("seen/default/model server", 1, "scaling.duration-measured.v1", NAN)


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reckon:
    """A ledger with a deployment, and a fact about it that cannot be read."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")
    reckon = Reckon(tmp_path).bound()
    reckon("submit", reckon.file(HEALTH), "--detach")
    lay(reckon, *WHERE, subject="default/model server")
    return reckon


def lay(reckon: Reckon, stream: str, version: int, name: str, state: bytes, *, subject: str) -> int:
    """Write a row as other hands would; gives its position."""
    with closing(sqlite3.connect(reckon.place, isolation_level=None)) as connection:
        position = int(connection.execute("SELECT max(rowid) FROM ledger_events").fetchone()[0]) + 1
        connection.execute("INSERT INTO ledger_events VALUES (?, ?, ?, ?, ?)", (position, stream, version, name, state))
        at = connection.execute("SELECT max(recorded_at) FROM ledger_journal").fetchone()[0]
        connection.execute("INSERT INTO ledger_journal VALUES (?, ?, ?, ?)", (position, subject, f"foreign-{position}", at))
    return position


def rows(reckon: Reckon) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(reckon.place)) as connection:
        return connection.execute("SELECT * FROM ledger_events ORDER BY rowid").fetchall()


def test_a_repaired_ledger_is_sound_and_its_deployment_is_acted_upon_again(broken: Reckon) -> None:
    before = rows(broken)
    assert broken("verify").exit_code == 1
    assert broken("scale", "model server", "3", "--detach").exit_code == 3

    done = broken("repair", "--yes", "--reason", "a replica answered NaN", "--ticket", "OPS-7")

    assert done.exit_code == 0, done.stderr
    assert "1 row set aside" in done.stdout
    assert broken("verify").exit_code == 0, broken("verify").stdout
    assert rows(broken)[: len(before)] == before
    assert broken("scale", "model server", "3", "--detach").exit_code in {0, 5}
    assert "held" not in broken("get", "model server").stdout


def test_the_repair_stands_in_the_events_with_who_why_and_the_digest_of_the_bytes(broken: Reckon) -> None:
    broken("repair", "--yes", "--reason", "a replica answered NaN", "--ticket", "OPS-7")

    told = " ".join(broken("events", "model server", "--last", "0").stdout.split())
    assert "set the row at position 3" in told
    assert "a replica answered NaN" in told
    assert "OPS-7" in told
    assert hashlib.sha256(NAN).hexdigest()[:16] in told


def test_a_second_repair_finds_nothing_and_records_nothing(broken: Reckon) -> None:
    broken("repair", "--yes", "--reason", "NaN")
    before = rows(broken)

    again = broken("repair", "--yes", "--reason", "NaN")
    named = broken("repair", "3", "--yes", "--reason", "NaN")

    assert (again.exit_code, named.exit_code) == (0, 0)
    assert "nothing to set aside" in again.stdout
    assert rows(broken) == before


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("--yes",), "needs a reason"),
        (("--reason", "NaN"), "not confirmed"),
        (("2", "--yes", "--reason", "NaN"), "no row at position 2 that cannot be read"),
        (("99", "--yes", "--reason", "NaN"), "no row at position 99"),
    ],
)
def test_without_a_reason_a_yes_or_a_broken_row_nothing_is_written(broken: Reckon, typed: tuple[str, ...], said: str) -> None:
    before = rows(broken)

    refused = broken("repair", *typed)

    assert refused.exit_code in {3, 4}
    assert said in refused.stderr
    assert rows(broken) == before


def test_nothing_is_repaired_while_an_engine_leads(broken: Reckon) -> None:
    broken.with_an_engine()
    before = rows(broken)

    refused = broken("repair", "--yes", "--reason", "NaN")

    assert refused.exit_code == 3
    assert "leads" in refused.stderr
    assert rows(broken) == before


def test_a_fact_of_a_newer_build_is_left_unless_it_is_named(broken: Reckon) -> None:
    position = lay(broken, "seen/default/model server", 2, "object.teleported.v1", b"{}", subject="default/model server")

    first = broken.data("repair", "--yes", "--reason", "NaN")
    assert [row["position"] for row in first["set_aside"]] == [3]
    assert [row["position"] for row in first["left"]] == [position]
    assert broken("verify").exit_code == 1

    broken("repair", f"{position}", "--yes", "--reason", "it was no build of ours")
    assert broken("verify").exit_code == 0, broken("verify").stdout


@pytest.mark.parametrize(
    ("stream", "subject"),
    [("project/*", ""), ("project/default", "default"), ("deployment/default/model server", "default/model server")],
)
def test_a_row_of_any_scope_is_brought_back(broken: Reckon, stream: str, subject: str) -> None:
    version = 2 if stream.startswith("deployment") else 1
    lay(broken, stream, version, "platform.set.v1", b'{"choices": 7}', subject=subject)
    assert broken("scale", "model server", "3", "--detach").exit_code == 3

    broken("repair", "--yes", "--reason", "foreign")

    assert broken("verify").exit_code == 0, broken("verify").stdout
    scaled = broken("scale", "model server", "3", "--detach")
    assert scaled.exit_code in {0, 5}, scaled.stderr
    assert json.loads(broken("verify", "-o", "json").stdout)["sound"]
