"""What reading and folding a ledger costs: `python -m tests.benchmarks.fold`.

The start of every engine, and of every command that asks what holds: the tail is read, decoded and folded to its end, as a
`LedgerTail` does it. CPU time, in turns with its parts and with the floor: the same rows selected and `json.loads` of the same
bytes, which is the least that a ledger of JSON costs in Python. `--deployments` and `--turns` make it smaller.
"""

import argparse
import gc
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from statistics import median
from time import process_time

from adapters.ledger.current_sqlite import sqlite3
from adapters.ledger.ledger import StoredLedger, open_ledger
from domain.deployment import Deployment
from domain.deployment_fold import evolve
from domain.facts import Fact
from domain.names import Key
from domain.record import Append, Recorded, UncommittedFact
from reconciler.ledger_tail import PAGE
from reconciler.memory import Memory
from tests.benchmarks.table import Line, show
from tests.stories import Log, Story

TOGETHER = 20
"""Deployments whose lives pass at the same time."""


class Life(Story):
    """A story that folds each fact once, as it is told."""

    def __init__(self, key: Key, log: Log) -> None:
        super().__init__(key, log)
        self._folded, self._known = 0, Deployment(key)

    @property
    def deployment(self) -> Deployment:
        for recorded in self.log.history[self._folded :]:
            self._known = evolve(self._known, recorded)
        self._folded = len(self.log.history)
        return self._known


def life(number: int) -> tuple[Recorded[Fact], ...]:
    """Tell what becomes of a deployment in some months: releases, one that fails, probes, crashes, drift, scaling."""
    told = Life(Key("default", f"web {number}"), Log(pods=number * 1000))
    told.submitted(replicas=3).applied().ready().healthy()
    for release in range(2, 8):
        told.later(days=3).submitted(image=f"registry.example/team/web:{release}").applied().ready().healthy()
        told.later(hours=5).probe_failed().probe_failed("liveness").crashing("killed", restarts=2)
    told.submitted(image="registry.example/team/web:bad").applied().crashing("no such table: carts", restarts=6).failed()
    told.rolled_back(7).applied().ready().healthy()
    told.later(days=1).drifted().corrected().drift_ended()
    told.scaled(5).applied().ready().healthy()
    return told.history


def fill(ledger: StoredLedger, deployments: int) -> int:
    """Write the lives of so many deployments into a ledger; gives the number of facts."""
    for first in range(0, deployments, TOGETHER):
        lives = [life(number) for number in range(first, min(first + TOGETHER, deployments))]
        versions: defaultdict[str, int] = defaultdict(int)
        for moment in zip(*(told for told in lives), strict=True):
            appends: list[Append[Fact]] = []
            for stream, facts in groupby(moment, key=lambda recorded: recorded.stream):
                notes = tuple(UncommittedFact(recorded.fact, recorded.metadata) for recorded in facts)
                appends.append(Append(stream, versions[stream], notes))
                versions[stream] += len(notes)
            ledger.append(appends)
    return ledger.head()


def pages(ledger: StoredLedger) -> Iterator[tuple[Recorded[Fact], ...]]:
    """Read the whole ledger as an engine does."""
    position = 0
    while facts := ledger.tail(position, PAGE):
        yield facts
        position = facts[-1].position


def started(ledger: StoredLedger) -> int:
    """Read and fold everything."""
    memory = Memory()
    for facts in pages(ledger):
        memory.take(facts)
    return memory.position


def read(ledger: StoredLedger) -> int:
    """Read everything."""
    return sum(len(facts) for facts in pages(ledger))


def folded(history: list[tuple[Recorded[Fact], ...]]) -> int:
    """Fold what was read."""
    memory = Memory()
    for facts in history:
        memory.take(facts)
    return memory.position


def plain(path: str) -> int:
    """Make plain data of the same rows, and nothing else."""
    with closing(sqlite3.connect(path)) as connection:
        return sum(bool(json.loads(state)) for (state,) in connection.execute("SELECT state FROM ledger_events ORDER BY rowid"))


def seconds(work: Callable[[], int], facts: int) -> float:
    """Give the CPU time of one turn."""
    began = process_time()
    assert work() == facts
    return process_time() - began


def measure(path: str, turns: int, deployments: int) -> list[Line]:
    """Fill a ledger, then take everything in turns."""
    with closing(open_ledger(path, build="benchmark")) as ledger:
        facts = fill(ledger, deployments)
        history = list(pages(ledger))
        works: dict[str, Callable[[], int]] = {
            "read, decoded and folded": lambda: started(ledger),
            "of it: read and decoded": lambda: read(ledger),
            "of it: folded": lambda: folded(history),
        }
        ours: dict[str, list[float]] = {what: [] for what in works}
        floor: list[float] = []
        for _ in range(turns):
            for what, work in works.items():
                ours[what].append(seconds(work, facts))
            floor.append(seconds(lambda: plain(path), facts))
    least = facts / median(floor)
    return [
        Line(f"{what}: facts/s", facts / median(taken), "facts/s: SELECT and json.loads", least, f"of {facts} facts")
        for what, taken in ours.items()
    ]


def main() -> None:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.fold", description=__doc__)
    parser.add_argument("--deployments", type=int, default=128)
    parser.add_argument("--turns", type=int, default=7)
    asked = parser.parse_args()
    gc.set_threshold(50_000)  # as a command's start does
    with tempfile.TemporaryDirectory() as folder:
        show(measure(str(Path(folder) / "ledger.db"), asked.turns, asked.deployments))


if __name__ == "__main__":
    main()
