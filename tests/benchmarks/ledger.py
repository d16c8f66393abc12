"""What the ledger costs: `python -m tests.benchmarks.ledger`.

Appends on SQLite and PostgreSQL, each as a ratio to bare inserts of the same bytes with the same durability in the same run
(one table, one key, fsync on), interleaved, medians of five; and loading and folding a stream of 10,000 facts.
"""

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

import psycopg

from adapters.ledger.codec import Codec, stamped
from adapters.ledger.current_sqlite import sqlite3
from adapters.ledger.ledger import open_ledger
from domain.facts import Fact
from domain.ports import Ledger
from domain.record import Append, UncommittedFact
from domain.replica import ReplicaScheduled
from tests.contracts.ledgers import NOON, note, some
from tests.postgres import fresh_database

ROUNDS = 5
_streams = count(1)

Write = Callable[[Sequence[UncommittedFact[Fact]]], None]


def notes(how_many: int) -> list[UncommittedFact[Fact]]:
    return [note(ReplicaScheduled(f"node-{number}")) for number in range(how_many)]


def append(ledger: Ledger, some_notes: Sequence[UncommittedFact[Fact]]) -> None:
    ledger.append([Append(f"replica/{next(_streams)}", 0, tuple(some_notes))])


def ready(some_notes: Sequence[UncommittedFact[Fact]], codec: Codec) -> list[tuple[str, int, str, bytes]]:
    stream = f"replica/{next(_streams)}"
    encoded = [codec.encode(one) for one in some_notes]
    return [(stream, version, one.name, stamped(one.state, NOON)) for version, one in enumerate(encoded, 1)]


def bare_sqlite(path: str, batches: Sequence[list[tuple[str, int, str, bytes]]]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS bare (s TEXT, v INTEGER, t TEXT, b BLOB, UNIQUE (s, v))")
        for batch in batches:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO bare VALUES (?, ?, ?, ?)", batch)
            connection.execute("COMMIT")


def bare_postgres(url: str, batches: Sequence[list[tuple[str, int, str, bytes]]]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS bare (id bigserial, s text, v bigint, t text, b bytea, PRIMARY KEY (s, v))"
        )
        for batch in batches:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany("INSERT INTO bare (s, v, t, b) VALUES (%s, %s, %s, %s)", batch)


def seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def measure(what: str, ledger: Ledger, bare: Callable[[Sequence[list[tuple[str, int, str, bytes]]]], None]) -> None:
    codec = Codec()
    for callers, size, appends in ((1, 1, 150), (32, 1, 600), (1, 100, 30)):
        ours: list[float] = []
        floor: list[float] = []
        for _ in range(ROUNDS):
            batches = [notes(size) for _ in range(appends)]
            raw = [ready(notes(size), codec) for _ in range(appends)]
            with ThreadPoolExecutor(callers) as pool:
                ours.append(seconds(lambda: list(pool.map(partial(append, ledger), batches))))  # noqa: B023 (called at once)
            floor.append(seconds(partial(bare, raw)))
        rate, bare_rate = size * appends / median(ours), size * appends / median(floor)
        print(
            f"{what:10} {callers:3} callers, {size:3} facts an append: {rate:8.0f} facts/s, bare inserts by one caller"
            f" {bare_rate:8.0f}/s, ratio {rate / bare_rate:.2f}"
        )


def load(what: str, ledger: Ledger) -> None:
    stream = f"replica/long-{next(_streams)}"
    for start in range(0, 10_000, 500):
        ledger.append([some(stream, start, 500)])

    def fold() -> int:
        return sum(len(one.stream) for one in ledger.read(stream))

    taken = median(seconds(fold) for _ in range(ROUNDS))
    page = median(seconds(lambda: ledger.tail(0, 500)) for _ in range(ROUNDS))
    print(f"{what:10} loading and folding 10,000 facts of a stream: {taken * 1000:.0f} ms; tail of 500: {page * 1000:.1f} ms")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        with closing(open_ledger(str(Path(folder) / "ledger.db"))) as ledger:
            measure("SQLite", ledger, partial(bare_sqlite, str(Path(folder) / "bare.db")))
            load("SQLite", ledger)
        with fresh_database() as url, closing(open_ledger(url)) as ledger:
            measure("PostgreSQL", ledger, partial(bare_postgres, url))
            load("PostgreSQL", ledger)


if __name__ == "__main__":
    main()
