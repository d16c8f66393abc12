"""What a list of many deployments costs: `python -m tests.benchmarks.fleet`.

CPU of a whole `reckon list`, the least of the turns, in turns with `reckon --version`; then, in one process, reading what a list
shows beside reading the whole rows that it was made of before. The rows are those of one story, under many names.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import process_time

from adapters.ledger.ledger import open_ledger
from adapters.views.views import Views
from domain.names import Key
from projections.fleet import VIEWS, FleetView, WorldView, shelve, unshelve
from projections.status import row
from tests.benchmarks.table import Line, show
from tests.stories import Log, Story, StoryClock, write

ROOT = Path(__file__).resolve().parents[2]


def furnish(place: str, deployments: int) -> None:
    """Make a ledger of one story, and the rows of so many deployments beside it."""
    clock = StoryClock()
    with closing(open_ledger(place, clock=clock)) as ledger, closing(Views(place, VIEWS)) as views:
        told = Story(Key("default", "web-0"), Log(ledger.digest)).submitted(replicas=3).applied().ready().healthy()
        write(told, ledger, clock)
        head = ledger.head()
        keys = [Key("default", f"web-{number}") for number in range(deployments)]
        rows = {key.subject: (head, shelve(replace(told.deployment, key=key))) for key in keys}
        views.put({FleetView.name: rows, WorldView.name: {}}, since=0, position=head)


def cpu_of(command: str, place: str) -> float:
    """Give the CPU time of a process in seconds."""
    before = getrusage(RUSAGE_CHILDREN)
    environment = {"PYTHONPATH": str(ROOT), "RECKON_LEDGER": place, "HOME": str(Path(place).parent)}
    done = subprocess.run(
        [sys.executable, "-m", "adapters.main", *command.split()], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def spent(work: Callable[[], object]) -> float:
    """Give the CPU time of some work in seconds."""
    began = process_time()
    work()
    return process_time() - began


def measured(place: str, deployments: int, turns: int) -> list[Line]:
    """Measure a list, and what it reads."""
    pairs = [(cpu_of("list", place), cpu_of("--version", place)) for _ in range(turns)]
    with closing(Views(place, VIEWS)) as views:
        short = min(spent(lambda: views.summaries(FleetView.name)) for _ in range(turns))
        whole = min(spent(lambda: [row(unshelve(one)) for one in views.rows(FleetView.name).values()]) for _ in range(turns))
    least = min(floor for _, floor in pairs)
    return [
        Line(f"`list` of {deployments:,}, s", min(ours for ours, _ in pairs), "`--version`", least),
        Line(f"reading what it shows of {deployments:,}, s", short, "whole rows, as before", whole),
    ]


def main() -> None:
    """Measure, and show."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.fleet", description=__doc__)
    parser.add_argument("--deployments", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args()
    lines: list[Line] = []
    for deployments in asked.deployments:
        with tempfile.TemporaryDirectory() as folder:
            place = str(Path(folder) / "ledger.db")
            furnish(place, deployments)
            lines += measured(place, deployments, asked.turns)
    show(lines)


if __name__ == "__main__":
    main()
