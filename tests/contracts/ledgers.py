"""The ledgers under contract, and short words for what their tests write."""

# pyright: reportPrivateUsage=false
# Tampering is done from inside.

import itertools
import multiprocessing
import os
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.ledger.ledger import StoredLedger, open_ledger
from domain.facts import Fact
from domain.ports import Ledger
from domain.record import Append, EventMetadata, UncommittedFact, Who
from domain.replica import ReplicaScheduled
from tests.memory_ledger import MemoryLedger

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE = Who("alice", "claimed")

PROCESSES = multiprocessing.get_context("forkserver")
"""Processes that are started with everything imported: starting each from nothing takes seconds on a busy machine."""
PROCESSES.set_forkserver_preload(["adapters.ledger.postgres", "adapters.ledger.sqlite", "tests.contracts.test_ledger_crashes"])

_ids = itertools.count(1)


@dataclass
class Hands:
    """A clock whose hands a test moves."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@contextmanager
def memory(folder: Path) -> Generator[Callable[[], Ledger]]:
    """Give an opener: each call opens the same ledger once more, as another process would."""
    ledger = MemoryLedger()
    yield lambda: ledger


@contextmanager
def sqlite(folder: Path) -> Generator[Callable[[], Ledger]]:
    """Give an opener of one SQLite file."""
    with ExitStack() as closing:
        yield lambda: _closed_later(closing, str(folder / "ledger.db"))


@contextmanager
def postgres(folder: Path) -> Generator[Callable[[], Ledger]]:
    """Give an opener of one fresh PostgreSQL database."""
    from tests.postgres import fresh_database

    with fresh_database() as url, ExitStack() as closing:
        yield lambda: _closed_later(closing, url)


def _closed_later(closing: ExitStack, url: str) -> Ledger:
    ledger = open_ledger(url)
    closing.callback(ledger.close)
    return ledger


KINDS = [
    pytest.param(memory, id="memory"),
    pytest.param(sqlite, id="sqlite"),
    pytest.param(postgres, id="postgres", marks=pytest.mark.postgres),
]


def fact_id() -> str:
    """Give an id that no other fact has: processes of one test write to one ledger."""
    return f"fact-{os.getpid()}-{next(_ids)}"


def note(fact: Fact | None = None, *, subject: str = "shop/web", id: str = "", cause: str = "") -> UncommittedFact[Fact]:  # noqa: A002
    """Note a fact, as alice, about a deployment."""
    about = EventMetadata(id or fact_id(), ALICE, subject=subject, cause=cause)
    return UncommittedFact(fact if fact is not None else ReplicaScheduled("node-1"), about)


def some(stream: str, expected: int, count: int = 1, *, subject: str = "shop/web") -> Append[Fact]:
    """Append some facts that differ in their node."""
    notes = tuple(note(ReplicaScheduled(f"node-{expected + n}"), subject=subject) for n in range(1, count + 1))
    return Append(stream, expected, notes)


def tamper(ledger: Ledger, digest: str, body: bytes) -> None:
    """Lay another document under a digest, past everything that stands in the way, as who owns the database can."""
    if isinstance(ledger, MemoryLedger):
        ledger._documents[digest] = body
        return
    assert isinstance(ledger, StoredLedger)
    unguard = {
        "rowid": ("DROP TRIGGER ledger_documents_no_update", "DROP TRIGGER ledger_documents_no_delete"),
        "notification_id": ("ALTER TABLE ledger_documents DISABLE TRIGGER USER",),
    }
    with ledger._store.transaction() as session:
        for statement in unguard[ledger._store.id]:
            session.run(statement)
        session.run("DELETE FROM ledger_documents WHERE digest = :digest", digest=digest)
        session.run("INSERT INTO ledger_documents (digest, body) VALUES (:digest, :body)", digest=digest, body=body)
