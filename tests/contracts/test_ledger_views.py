"""What views keep, on SQLite and PostgreSQL: each fact is folded into a row exactly once, whatever happens."""

# pyright: reportPrivateUsage=false
# A control breaks a part from inside.

import os
import signal
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger.ledger import open_ledger
from adapters.views.views import Views
from domain.errors import NotFound
from domain.facts import Fact
from domain.record import Append, Recorded
from domain.replica import ReplicaGone, ReplicaScheduled
from tests.contracts.ledgers import PROCESSES, note, some


@dataclass(frozen=True, slots=True)
class Count:
    """How many facts were folded into a row, and the last one's position: a fold that doubles or skips shows."""

    facts: int = 0
    last: int = 0
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Replicas:
    """A small projection: what happened to each replica that is not gone."""

    name: str = "replicas"
    schema: int = 1
    row: Any = Count
    summary: Any = int
    dies_at: int = 0

    def key(self, recorded: Recorded[Fact]) -> str | None:
        return recorded.stream if recorded.stream.startswith("replica/") else None

    def evolve(self, row: Count | None, recorded: Recorded[Fact]) -> Count | None:
        if recorded.position == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        match recorded.fact:
            case ReplicaGone():
                return None
            case ReplicaScheduled(node):
                before = row or Count()
                return Count(before.facts + 1, recorded.position, (*before.nodes[-2:], node))
            case _:
                return row

    def summarize(self, row: Count) -> int:
        return row.facts


@contextmanager
def sqlite_url(folder: Path) -> Generator[str]:
    yield str(folder / "ledger.db")


@contextmanager
def postgres_url(folder: Path) -> Generator[str]:
    from tests.postgres import fresh_database

    with fresh_database() as url:
        yield url


@pytest.fixture(
    params=[
        pytest.param(sqlite_url, id="sqlite"),
        pytest.param(postgres_url, id="postgres", marks=pytest.mark.postgres),
    ]
)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    with request.param(tmp_path) as found:
        yield found


def fill(url: str, streams: int, each: int) -> None:
    with closing(open_ledger(url)) as ledger:
        for start in range(0, each, 50):
            ledger.append([some(f"replica/{number}", start, min(50, each - start)) for number in range(streams)])
        ledger.append([some("cluster/1", 0)])


def is_exact(rows: Mapping[str, Count], streams: int, each: int) -> bool:
    return set(rows) == {f"replica/{number}" for number in range(streams)} and {row.facts for row in rows.values()} == {each}


def test_rows_follow_the_ledger(url: str) -> None:
    fill(url, 3, 700)
    with closing(open_ledger(url)) as ledger, closing(Views(url, [Replicas()])) as views:
        assert views.rows("replicas") == {}
        assert views.catch_up(ledger) == ledger.head() == 2101
        assert is_exact(views.rows("replicas"), 3, 700)

        ledger.append([some("replica/0", 700), Append("replica/1", 700, (note(ReplicaGone("seen")),))])
        views.catch_up(ledger)
        assert views.row("replicas", "replica/0") == Count(701, 2102, ("node-699", "node-700", "node-701"))
        assert views.row("replicas", "replica/1") is None
        assert set(views.rows("replicas")) == {"replica/0", "replica/2"}


def test_what_is_kept_beside_the_rows_follows_them(url: str) -> None:
    fill(url, 3, 60)
    with closing(open_ledger(url)) as ledger, closing(Views(url, [Replicas()])) as views:
        views.catch_up(ledger)
        assert views.summaries("replicas") == dict.fromkeys((f"replica/{n}" for n in range(3)), 60)

        ledger.append([some("replica/0", 60), Append("replica/1", 60, (note(ReplicaGone("seen")),))])
        views.catch_up(ledger)
        assert views.summaries("replicas") == {"replica/0": 61, "replica/2": 60}
        views.rebuild("replicas", ledger)
        assert views.summaries("replicas") == {"replica/0": 61, "replica/2": 60}


def test_rows_that_were_folded_elsewhere_are_put_where_a_view_is_behind_and_not_before_what_they_go_on_from(url: str) -> None:
    fill(url, 2, 60)
    with closing(open_ledger(url)) as ledger, closing(Views(url, [Replicas()])) as views:
        head = ledger.head()
        assert not views.put({"replicas": {"replica/0": (head, Count(60, head))}}, since=7, position=head), "it stands at 0"
        assert views.rows("replicas") == {}

        folded = {"replica/0": (head - 1, Count(60, head - 1)), "replica/1": (head, Count(60, head))}
        assert views.put({"replicas": folded}, since=0, position=head)
        assert views.rows("replicas") == {key: row for key, (_, row) in folded.items()}
        assert views.summaries("replicas") == dict.fromkeys(folded, 60)
        assert views.catch_up(ledger) == head, "nothing is left to fold"

        assert views.put({"replicas": {"replica/0": (3, Count(1, 3))}}, since=0, position=head - 5), "it stands later already"
        assert views.row("replicas", "replica/0") == Count(60, head - 1)


def test_a_view_that_nobody_made_is_not_found(url: str) -> None:
    with closing(Views(url, [Replicas()])) as views, pytest.raises(NotFound, match="there are replicas"):
        views.rows("nothing")


def test_several_views_do_not_see_each_others_rows_or_positions(url: str) -> None:
    fill(url, 2, 60)
    with closing(open_ledger(url)) as ledger:
        with closing(Views(url, [Replicas(name="first")])) as views:
            views.catch_up(ledger)
        ledger.append([some("replica/0", 60)])
        with closing(Views(url, [Replicas(name="first"), Replicas(name="second")])) as views:
            views.catch_up(ledger)
            assert views.rows("first") == views.rows("second")
            assert views.row("first", "replica/0").facts == 61


def test_many_who_catch_up_at_once_stay_exact(url: str) -> None:
    fill(url, 4, 600)
    with closing(open_ledger(url)) as ledger, ThreadPoolExecutor(4) as pool:
        several = [Views(url, [Replicas()]) for _ in range(4)]
        positions = [pool.submit(views.catch_up, ledger) for views in several]
        assert {one.result() for one in positions} == {ledger.head()}
        assert is_exact(several[0].rows("replicas"), 4, 600)
        for views in several:
            views.close()


def _catch_up_and_die(url: str, dies_at: int) -> None:
    ledger = open_ledger(url)
    Views(url, [Replicas(dies_at=dies_at)]).catch_up(ledger)


def test_who_is_killed_inside_the_transaction_leaves_no_trace(url: str) -> None:
    fill(url, 2, 800)
    for dies_at in (1, 400, 777, 1400):
        dying = PROCESSES.Process(target=_catch_up_and_die, args=(url, dies_at))
        dying.start()
        dying.join(60)
        assert dying.exitcode == -signal.SIGKILL
    with closing(open_ledger(url)) as ledger, closing(Views(url, [Replicas()])) as views:
        assert sum(row.facts for row in views.rows("replicas").values()) in (0, 500, 1000)
        views.catch_up(ledger)
        assert is_exact(views.rows("replicas"), 2, 800)


def test_a_view_that_commits_rows_and_position_apart_is_caught(url: str) -> None:
    """The control: a position that was not committed with its rows folds facts twice, and `is_exact` sees it."""
    fill(url, 2, 100)
    with closing(open_ledger(url)) as ledger, closing(Views(url, [Replicas()])) as views:
        views.catch_up(ledger)
        with views._store.transaction() as session:
            views._table("replicas").move(session, 50)
        views.catch_up(ledger)
        assert not is_exact(views.rows("replicas"), 2, 100)


def test_a_rebuilt_view_takes_the_place_of_the_old_one_when_it_has_caught_up(url: str) -> None:
    fill(url, 2, 600)
    told: list[tuple[int, int]] = []
    with closing(open_ledger(url)) as ledger, closing(Views(url, [Replicas()])) as views:
        views.catch_up(ledger)
        with views._store.transaction() as session:
            views._table("replicas").write(session, {"replica/0": b'{"facts":1}', "rubbish": b"{}"})

        def progress(position: int, head: int) -> None:
            told.append((position, head))
            assert "rubbish" in views.rows("replicas")
            if position == 500:
                ledger.append([some("replica/0", 600)])
                views.catch_up(ledger)

        views.rebuild("replicas", ledger, progress)
        rows = views.rows("replicas")

        assert told[-1] == (1202, 1202)
        assert set(rows) == {"replica/0", "replica/1"}
        assert (rows["replica/0"].facts, rows["replica/1"].facts) == (601, 600)
        ledger.append([some("replica/1", 600)])
        assert views.catch_up(ledger) == ledger.head()
        assert views.row("replicas", "replica/1").facts == 601


def test_a_new_schema_is_built_from_the_first_fact_on(url: str) -> None:
    fill(url, 2, 60)
    with closing(open_ledger(url)) as ledger:
        for schema in (1, 2):
            with closing(Views(url, [replace(Replicas(), schema=schema)])) as views:
                assert views.rows("replicas") == {}
                views.catch_up(ledger)
                assert is_exact(views.rows("replicas"), 2, 60)
