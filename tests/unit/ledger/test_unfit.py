"""What is refused at the start, and in which words."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger.application import refuse_losing_options
from adapters.ledger.current_sqlite import Version, may_corrupt, refuse_corrupting
from adapters.ledger.current_sqlite import sqlite3 as current
from adapters.ledger.ledger import open_ledger
from adapters.ledger.sqlite import Factory
from domain.errors import Unfit
from domain.unsound import Unreadable
from tests.contracts.ledgers import some


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 50, 6), (3, 51, 0), (3, 51, 2)])
def test_an_sqlite_that_may_corrupt_a_ledger_is_refused(version: Version) -> None:
    with pytest.raises(Unfit, match="may corrupt a ledger") as refused:
        refuse_corrupting(version)
    assert "pysqlite3" in refused.value.hint


@pytest.mark.parametrize("version", [(3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 53, 4), (4, 0, 0)])
def test_a_cured_sqlite_is_welcome(version: Version) -> None:
    assert not may_corrupt(version)


def test_the_library_runs_on_the_current_sqlite_and_not_on_the_interpreters() -> None:
    imported_by_the_library: object = vars(sys.modules[Factory.__bases__[0].__module__])["sqlite3"]
    assert imported_by_the_library is current
    assert not may_corrupt(current.sqlite_version_info)


@pytest.mark.parametrize(
    "variable",
    ["POSTGRES_ENABLE_DB_FUNCTIONS", "LEDGER_POSTGRES_ENABLE_DB_FUNCTIONS", "MAPPER_TOPIC", "COMPRESSOR_TOPIC", "CIPHER_TOPIC"],
)
def test_a_setting_of_the_library_that_loses_events_is_refused(variable: str) -> None:
    with pytest.raises(Unfit, match=variable) as refused:
        refuse_losing_options({variable: "y"})
    assert refused.value.hint == f"unset {variable}"
    refuse_losing_options({variable: "no", "POSTGRES_PASSWORD": "y"})


def test_settings_of_the_environment_are_looked_at_when_a_ledger_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "y")
    with pytest.raises(Unfit, match="POSTGRES_ENABLE_DB_FUNCTIONS"):
        open_ledger(str(tmp_path / "ledger.db"))


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("shopping list, and much more than a hundred characters of it, so that it could be a header\n" * 9)
    before = file.read_bytes()
    with pytest.raises(Unfit, match=r"notes\.txt is not a sound SQLite database"):
        open_ledger(str(file))
    assert file.read_bytes() == before


def test_a_database_that_is_no_ledger_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    before = file.read_bytes()
    with pytest.raises(Unfit, match="no ledger"):
        open_ledger(str(file))
    assert file.read_bytes() == before


def test_a_ledger_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    open_ledger(str(file)).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(Unfit, match="format 2; this build knows formats up to 1") as refused:
        open_ledger(str(file))
    assert "newer build" in refused.value.hint


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="cannot be opened") as refused:
        open_ledger(str(tmp_path / "nowhere" / "ledger.db"))
    assert "nowhere" in refused.value.hint


@pytest.mark.parametrize("path", ["", ":memory:"])
def test_a_ledger_in_memory_is_refused(path: str) -> None:
    with pytest.raises(Unfit, match="survives nothing"):
        open_ledger(path)


def test_an_empty_file_becomes_a_ledger_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "fresh?name#1.db"
    open_ledger(str(file)).close()
    assert file.stat().st_mode & 0o077 == 0


def test_facts_can_neither_be_changed_nor_removed(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with closing(open_ledger(str(file))) as ledger:
        ledger.append([some("replica/a", 0)])
    with closing(sqlite3.connect(file)) as connection:
        for statement in ("UPDATE ledger_events SET topic = 'x'", "DELETE FROM ledger_events", "DELETE FROM ledger_journal"):
            with pytest.raises(sqlite3.DatabaseError, match="only ever appended to"):
                connection.execute(statement)


def test_positions_stay_when_the_file_is_vacuumed(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with closing(open_ledger(str(file))) as ledger:
        written = ledger.append([some("replica/a", 0, 20)])
        with closing(current.connect(file, isolation_level=None)) as connection:
            connection.execute("VACUUM")
        assert ledger.tail(0) == written


def test_a_damaged_fact_is_given_as_what_cannot_be_read_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with closing(open_ledger(str(file))) as ledger:
        ledger.append([some("replica/a", 0, 3)])
        with closing(current.connect(file, isolation_level=None)) as connection:
            connection.execute("DROP TRIGGER ledger_events_no_update")
            connection.execute("UPDATE ledger_events SET state = substr(state, 9) WHERE rowid = 2")
        first, damaged, third = ledger.tail(0)
        assert isinstance(damaged.fact, Unreadable)
        assert "position 2 of the ledger" in damaged.fact.why
        assert (damaged.position, damaged.stream, damaged.version) == (2, "replica/a", 2)
        assert damaged.metadata.subject == "shop/web"
        assert not isinstance(first.fact, Unreadable)
        assert not isinstance(third.fact, Unreadable)
