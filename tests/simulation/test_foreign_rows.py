"""Foreign rows in a ledger's file: one of them stops what it is about, and nothing else; and it is named."""

# pyright: reportPrivateUsage=false
# An engine is turned round by round.

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.clock import now
from adapters.engine.engine import Engine
from adapters.ledger.ledger import StoredLedger, open_ledger
from domain.facts import cluster_stream
from domain.names import Key
from domain.ports import Ledger
from reconciler.leadership import EngineIdentity
from tests.simulation.world import NOON, World

WEB, API = Key("shop", "web"), Key("shop", "api")
FAR = 2**63 - 1
IN_87000 = 2_682_000_000_000_000_000
"""Microseconds since 1970 that no datetime can hold: the year 86,958."""

Foreign = Callable[[sqlite3.Connection, int], None]


class FileWorld(World):
    """A world whose ledger is a file that other hands can reach."""

    def __init__(self, file: Path) -> None:
        self.file = file
        super().__init__("foreign", at=NOON)

    def _open_ledger(self) -> Ledger:
        return open_ledger(str(self.file), clock=self.clock)

    @property
    def stored(self) -> StoredLedger:
        assert isinstance(self.ledger, StoredLedger)
        return self.ledger

    def by_other_hands(self, foreign: Foreign) -> None:
        """Write into the file, and let the engine be started anew: it remembers nothing."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            foreign(connection, self.ledger.head())
        self.kill(self.processes[0])
        self.run(60)

    def runs(self, key: Key, tag: str) -> bool:
        deployment = self.people.deployment(key)
        version = deployment.wanted
        assert version is not None
        return version.order.image.endswith(tag) and version.verdict == "healthy"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FileWorld]:
    made = FileWorld(tmp_path / "ledger.sqlite")
    for key in (WEB, API):
        made.people.submit(key, "1")
    made.run(120)
    assert made.runs(WEB, ":1")
    assert made.stored.verify().sound
    yield made
    made.ledger.close()


def event(connection: sqlite3.Connection, *row: object) -> None:
    connection.execute(
        "INSERT INTO ledger_events (rowid, originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?, ?)", row
    )


def journal(connection: sqlite3.Connection, position: int, subject: str, at: int = 1_795_350_000_000_000) -> None:
    row = (position, subject, f"foreign-{position}", at)
    connection.execute("INSERT INTO ledger_journal (position, subject, fact_id, recorded_at) VALUES (?, ?, ?, ?)", row)


def next_version(connection: sqlite3.Connection, stream: str) -> int:
    found = connection.execute("SELECT max(originator_version) FROM ledger_events WHERE originator_id = ?", (stream,)).fetchone()
    return int(found[0] or 0) + 1


def unknown_name(connection: sqlite3.Connection, head: int) -> None:
    event(connection, head + 1, "seen/shop/web", next_version(connection, "seen/shop/web"), "object.teleported.v1", b"{}")
    journal(connection, head + 1, "shop/web")


def broken_bytes(connection: sqlite3.Connection, head: int) -> None:
    event(connection, head + 1, "actions/shop/web", next_version(connection, "actions/shop/web"), "action.failed.v1", b"\xff{")
    journal(connection, head + 1, "shop/web")


def far_version(connection: sqlite3.Connection, head: int) -> None:
    event(connection, head + 1, "actions/shop/web", FAR, "action.failed.v1", b"{}")
    journal(connection, head + 1, "shop/web")


def text_for_bytes(connection: sqlite3.Connection, head: int) -> None:
    event(connection, head + 1, "seen/shop/web", "many", 7, "text")
    journal(connection, head + 1, "shop/web")


def strange_time(connection: sqlite3.Connection, head: int) -> None:
    event(connection, head + 1, "seen/shop/web", next_version(connection, "seen/shop/web"), "object.met.v1", b"{}")
    journal(connection, head + 1, "shop/web", IN_87000)


def of_the_year_9999(connection: sqlite3.Connection, head: int) -> None:
    """A sound fact of the deployment's own, but for its time."""
    found = connection.execute(
        "SELECT originator_id, topic, state FROM ledger_events WHERE originator_id = 'seen/shop/web'"
    ).fetchone()
    state = b'{"recorded_at":"9999-12-31T23:59:59Z",' + bytes(found[2]).partition(b",")[2]
    event(connection, head + 1, found[0], next_version(connection, found[0]), found[1], state)
    journal(connection, head + 1, "shop/web", 253_402_300_799_000_000)


HOLDING: dict[str, Foreign] = {
    "a fact with an unknown name": unknown_name,
    "bytes that are no JSON": broken_bytes,
    "a version at the end of its range": far_version,
    "text where bytes belong": text_for_bytes,
    "a time of the year 87,000": strange_time,
    "a time of the year 9999": of_the_year_9999,
}


def far_position(connection: sqlite3.Connection, head: int) -> None:
    event(connection, FAR, "replica/nobody", 1_000_000, "replica.gone.v1", b"{}")


def far_journal(connection: sqlite3.Connection, head: int) -> None:
    journal(connection, FAR, "shop/api", IN_87000)


def negative_position(connection: sqlite3.Connection, head: int) -> None:
    event(connection, -(2**63), "replica/nobody", 1, "replica.gone.v1", b"{}")


def taken_position(connection: sqlite3.Connection, head: int) -> None:
    """A place that the next fact would take, in the journal only."""
    journal(connection, head + 1, "shop/web")


def unheard_of(connection: sqlite3.Connection, head: int) -> None:
    event(connection, head + 1, "foreign/thing", 1, "x", b"")


def of_a_replica_nobody_knows(connection: sqlite3.Connection, head: int) -> None:
    event(connection, head + 1, "replica/nobody", 1, "replica.teleported.v1", b"{}")


def last_epoch(connection: sqlite3.Connection, head: int) -> None:
    connection.execute("UPDATE ledger_lease SET holder = 'foreign', epoch = ?, expires = ?", (FAR, FAR))


def epoch_in_words(connection: sqlite3.Connection, head: int) -> None:
    connection.execute("UPDATE ledger_lease SET holder = 'foreign', epoch = 'many', expires = 'never'")


ASIDE: dict[str, Foreign] = {
    "a position at the end of its range": far_position,
    "a journal position at the end of its range": far_journal,
    "a negative position": negative_position,
    "a journal row in the next fact's place": taken_position,
    "a stream of no kind": unheard_of,
    "a replica nobody knows": of_a_replica_nobody_knows,
    "an epoch at the end of its range": last_epoch,
    "an epoch in words": epoch_in_words,
}


@pytest.mark.parametrize("foreign", HOLDING.values(), ids=HOLDING)
def test_a_row_that_cannot_be_read_holds_its_deployment_and_no_other(world: FileWorld, foreign: Foreign) -> None:
    world.by_other_hands(foreign)
    before = world.people.deployment(WEB).decided
    world.people.submit(API, "2")
    world.cluster.faults.end()
    world.run(120)

    assert world.runs(API, ":2")
    held = world.people.deployment(WEB)
    assert held.unsound, "its reason stands in its fold"
    assert held.decided == before
    report = world.stored.verify()
    assert not report.sound
    assert report.faults[0].about == "shop/web"


@pytest.mark.parametrize("foreign", ASIDE.values(), ids=ASIDE)
def test_a_row_that_is_about_nothing_of_ours_is_named_and_stops_nothing(world: FileWorld, foreign: Foreign) -> None:
    with closing(sqlite3.connect(world.file, isolation_level=None)) as connection:
        foreign(connection, world.ledger.head())
    assert not world.stored.verify().sound
    world.kill(world.processes[0])
    world.run(60)
    for key in (API, WEB):
        world.people.submit(key, "2")
    world.run(120)

    assert world.runs(API, ":2")
    assert world.runs(WEB, ":2")
    assert list(world.stored.read("cluster/" + world.cluster.identity()))


def test_a_row_in_the_clusters_own_stream_stops_all_acting_and_is_said(world: FileWorld) -> None:
    stream = cluster_stream(world.cluster.identity())

    def foreign(connection: sqlite3.Connection, head: int) -> None:
        event(connection, head + 1, stream, next_version(connection, stream), "cluster.merged.v1", b"{}")
        journal(connection, head + 1, "")

    world.by_other_hands(foreign)
    decided = world.people.deployment(WEB).decided
    world.people.submit(WEB, "2")
    world.run(120)

    assert world.people.deployment(WEB).decided == decided
    assert "cluster.merged.v1" in world.processes[0].loop.tail.memory.world.missing("shop")
    assert "cluster.merged.v1" in world.stored.verify().faults[0].what


def test_a_foreign_row_in_a_streams_way_holds_its_deployment_and_no_other(world: FileWorld) -> None:
    def foreign(connection: sqlite3.Connection, head: int) -> None:
        event(connection, FAR, "actions/shop/web", next_version(connection, "actions/shop/web"), "action.failed.v1", b"{}")

    world.by_other_hands(foreign)
    for key in (API, WEB):
        world.people.submit(key, "2")
    world.run(120)

    assert world.runs(API, ":2")
    assert not world.runs(WEB, ":2")
    held = world.processes[0].loop.tail.memory.deployment("shop/web")
    assert held is not None
    assert "stands in the way of actions/shop/web" in next(iter(held.unsound.values()))


def test_a_manifest_laid_under_a_later_versions_digest_never_reaches_the_cluster(world: FileWorld) -> None:
    world.people.submit(WEB, "2")
    order = world.people.deployment(WEB).versions[-1].order
    ref, target = next((one.ref, one.body) for one in order.objects if one.ref.kind == "Deployment")
    with closing(sqlite3.connect(world.file, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER ledger_documents_no_update")
        connection.execute("UPDATE ledger_documents SET body = replace(body, 'app:2', 'evil:6') WHERE digest = ?", (target,))
    world.people.submit(API, "2")
    world.run(120)

    assert world.runs(API, ":2")
    assert not world.runs(WEB, ":2")
    trouble = world.people.deployment(WEB).trouble
    assert trouble is not None
    assert trouble.code == "Unsound"
    assert target in trouble.message
    live = world.cluster.read(ref)
    assert live is not None
    assert "app:1" in str(live.fields)
    assert target in world.stored.verify().faults[0].what


def test_the_control_without_any_foreign_row_all_goes_on_and_all_is_sound(world: FileWorld) -> None:
    world.by_other_hands(lambda _, __: None)
    for key in (API, WEB):
        world.people.submit(key, "2")
    world.run(120)

    assert world.runs(API, ":2")
    assert world.runs(WEB, ":2")
    report = world.stored.verify()
    assert (report.faults, report.more) == ((), 0)
    assert report.facts == world.ledger.head()


def test_an_engine_waits_where_the_row_of_who_leads_is_missing_and_leads_once_it_is_back(world: FileWorld) -> None:
    with closing(sqlite3.connect(world.file, isolation_level=None)) as connection:
        connection.execute("DELETE FROM ledger_lease")
        engine = Engine(world.ledger, world.cluster, clock=now, new_id=world.new_id, identity=EngineIdentity("real"))
        assert not engine._round()
        assert "who leads is missing" in engine.pulse.unreachable
        assert "who leads is missing" in world.stored.verify().faults[0].what
        connection.execute("INSERT INTO ledger_lease VALUES (1, '', 99, 0)")
        assert engine._round()
        assert engine.loop.leadership.leading
        engine.workers.close()
