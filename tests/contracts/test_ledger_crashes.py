"""What was acknowledged is there, whoever is killed and whatever is full: with real processes, on real files and servers."""

# pyright: reportPrivateUsage=false
# A control breaks a part from inside.

import json
import os
import subprocess
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from time import sleep

import pytest

from adapters.ledger.ledger import StoredLedger, open_ledger
from domain.errors import Conflict, DeadreckonError, Unreachable
from domain.facts import Fact
from domain.record import Append, Recorded
from domain.replica import ReplicaScheduled
from tests.contracts.ledgers import PROCESSES, note, some
from tests.contracts.test_ledger_views import postgres_url, sqlite_url
from tests.lab.require import require_or_skip


@pytest.fixture(
    params=[
        pytest.param(sqlite_url, id="sqlite"),
        pytest.param(postgres_url, id="postgres", marks=pytest.mark.postgres),
    ]
)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    with request.param(tmp_path) as found:
        yield found


def write_many(url: str, number: int, count: int) -> None:
    """Append to a stream of one's own and to one that all fight for."""
    with closing(open_ledger(url)) as ledger:
        for version in range(count):
            ledger.append([some(f"replica/{number}", version)])
            if version % 5 == 0:
                append_to_the_shared(ledger, f"{number}-{version}")


def append_to_the_shared(ledger: StoredLedger, fact_id: str) -> None:
    while True:
        expected = sum(1 for _ in ledger.read("shared"))
        try:
            ledger.append([Append("shared", expected, (note(ReplicaScheduled("n"), id=fact_id),))])
        except Conflict:
            continue
        return


def test_a_tailing_reader_misses_nothing_of_eight_writing_processes(url: str) -> None:
    count, shared = 30, 6
    reader = open_ledger(url)
    writers = [PROCESSES.Process(target=write_many, args=(url, number, count)) for number in range(8)]
    for writer in writers:
        writer.start()
    seen: list[Recorded[Fact]] = []
    while len(seen) < 8 * (count + shared) and reader.wait(seen[-1].position if seen else 0, 30):
        seen += reader.tail(seen[-1].position if seen else 0, 13)
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0

    assert [one.position for one in seen] == list(range(1, 8 * (count + shared) + 1))
    assert tuple(seen) == reader.tail(0)
    assert [one.recorded_at for one in seen] == sorted(one.recorded_at for one in seen)
    assert [one.version for one in seen if one.stream == "shared"] == list(range(1, 8 * shared + 1))
    reader.close()


def open_at_once(url: str, answers: "Connection[str, str]") -> None:
    with closing(open_ledger(url)) as ledger:
        answers.send(ledger.identity)


def test_processes_that_start_together_make_one_ledger(url: str) -> None:
    hears, says = PROCESSES.Pipe(duplex=False)
    openers = [PROCESSES.Process(target=open_at_once, args=(url, says)) for _ in range(6)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join(60)
        assert opener.exitcode == 0
    assert len({hears.recv() for _ in openers}) == 1


def acknowledge(url: str, number: int, acknowledged: str) -> None:
    """Append for ever from two threads; put down what was acknowledged."""
    ledger = open_ledger(url)
    out = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(thread: int) -> None:
        for version in range(1_000_000):
            one = ledger.append([some(f"replica/{number}-{thread}", 2 * version, 2)])
            os.write(out, f"{json.dumps([one[1].position, one[1].metadata.id, one[1].stream])}\n".encode())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(2)))


def test_what_was_acknowledged_is_there_after_every_kill(url: str, tmp_path: Path) -> None:
    acknowledged = tmp_path / "acknowledged"
    for number in range(5):
        before = acknowledged.stat().st_size if acknowledged.exists() else 0
        writer = PROCESSES.Process(target=acknowledge, args=(url, number, str(acknowledged)))
        writer.start()
        while not acknowledged.exists() or acknowledged.stat().st_size < before + 500:
            assert writer.is_alive()
            sleep(0.01)
        sleep(0.013 * number)
        writer.kill()
        writer.join(30)

    with closing(open_ledger(url)) as ledger:
        lines = acknowledged.read_text().splitlines()
        for position, fact_id, stream in map(json.loads, lines):
            found = ledger.find(fact_id)
            assert found is not None
            assert (found.position, found.stream) == (position, stream)
        everything = [one for start in range(0, ledger.head(), 500) for one in ledger.tail(start)]
        assert [one.position for one in everything] == list(range(1, ledger.head() + 1))
        for stream in {one.stream for one in everything}:
            versions = [one.version for one in ledger.read(stream)]
            assert versions == list(range(1, len(versions) + 1))
            assert len(versions) % 2 == 0, "an append of two facts was written by half"
        assert len(lines) > 20


def test_an_append_whose_answer_was_lost_is_found_out_by_the_same_append(url: str) -> None:
    """The database wrote it, and nobody heard so."""
    with closing(open_ledger(url)) as ledger:
        really = ledger._appender._write

        def answer_lost(batch: object) -> None:
            really(batch)  # type: ignore[arg-type]  # handed through as it came
            raise Unreachable("the connection broke")

        order = [some("deployment/shop/web", 0, 2)]
        ledger._appender._write = answer_lost
        with pytest.raises(Unreachable):
            ledger.append(order)
        ledger._appender._write = really

        again = ledger.append(order)
        assert [one.version for one in again] == [1, 2]
        assert ledger.tail(0) == again


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=False, capture_output=True, text=True
    )
    if mounted.returncode != 0:
        require_or_skip("mount", f"no small disk can be mounted ({mounted.stderr.strip()})", "run as root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill_up(ledger: StoredLedger, acknowledged: list[Recorded[Fact]]) -> None:
    while True:
        acknowledged += ledger.append([some("replica/a", len(acknowledged), 50)])


def test_a_full_disk_loses_nothing_that_was_acknowledged_and_says_so(small_disk: Path) -> None:
    path = str(small_disk / "ledger.db")
    acknowledged: list[Recorded[Fact]] = []
    with closing(open_ledger(path)) as ledger:
        with pytest.raises(Unreachable, match=r"disk .* is full: nothing was written\. Free some space"):
            fill_up(ledger, acknowledged)
        assert len(acknowledged) > 100
        assert ledger.head() == len(acknowledged)
        with pytest.raises(DeadreckonError):
            ledger.append([some("replica/a", len(acknowledged), 50)])
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    with closing(open_ledger(path)) as ledger:
        assert list(ledger.read("replica/a")) == acknowledged
        ledger.append([some("replica/a", len(acknowledged), 50)])
        assert ledger.head() == len(acknowledged) + 50
