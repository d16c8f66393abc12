"""Who may what with a ledger on PostgreSQL, tried: engines, people, strangers of the same server, and the owner's own slips."""

# pyright: reportPrivateUsage=false
# A lock is held from inside.

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from time import monotonic
from typing import cast

import psycopg
import pytest
from psycopg import errors

from adapters.cli.doors import Doors
from adapters.ledger.batch import as_micros
from adapters.ledger.ledger import StoredLedger, open_ledger
from adapters.ledger.names import NAMES
from adapters.ledger.postgres import PostgresStore
from adapters.ledger.postgres_roles import statements
from adapters.ledger.postgres_tables import TABLES
from adapters.settings import Settings
from adapters.views.views import Views
from domain import actions, cluster, filling, measuring, models, orders, platform, project, replica, scaling, seen
from domain.errors import Unfit
from domain.facts import Fact, cluster_stream
from domain.orders import DeletionOrdered
from domain.ports import Ledger
from domain.record import Append, Document
from projections.fleet import VIEWS
from tests.contracts.ledgers import note, some
from tests.postgres import fresh_database
from tests.unit.cli.typed import HEALTH, Reckon

pytestmark = pytest.mark.postgres

ENGINE, PEOPLE, STRANGER = "reckon_t_engine", "reckon_t_people", "reckon_t_stranger"
FAR = 2**63 - 1
ORDER = "deployment/shop/web"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Place:
    """One database as several roles reach it."""

    owner: str

    def by(self, role: str) -> str:
        return f"postgresql://{role}:secret@{self.owner.rpartition('@')[2]}"

    def run(self, *statements: str, by: str = "") -> None:
        with psycopg.connect(self.by(by) if by else self.owner, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def ask(self, statement: str, *parameters: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.owner, autocommit=True) as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def ledger(self, role: str = "") -> closing[StoredLedger]:
        return closing(open_ledger(self.by(role) if role else self.owner))


@pytest.fixture
def bare() -> Generator[Place]:
    with fresh_database() as url:
        place = Place(url)
        roles = (ENGINE, PEOPLE, STRANGER)
        place.run(*(f"DROP ROLE IF EXISTS {role}" for role in roles))
        place.run(*(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'" for role in roles))
        yield place
        place.run(*(f"DROP OWNED BY {role}" for role in roles), *(f"DROP ROLE {role}" for role in roles))


@pytest.fixture
def place(bare: Place) -> Place:
    """A ledger made by its owner, with two facts, and the roles that `reckon roles` writes."""
    with bare.ledger() as ledger:
        ledger.append([some("replica/a", 0, 2)])
        Views(bare.owner, VIEWS).close()
    bare.run(statements(ENGINE, PEOPLE))
    return bare


def order() -> Append[Fact]:
    return Append(ORDER, 0, (note(DeletionOrdered(1)),))


# --- people


def test_people_give_orders_through_the_one_door_and_it_sets_place_time_and_role(place: Place) -> None:
    body = b"kind: Deployment"
    with place.ledger(PEOPLE) as ledger, place.ledger() as owner:
        written = ledger.append([order()], documents=[Document(ledger.digest(body), body)])

        assert owner.tail(2) == written
        assert (written[0].position, owner.document(ledger.digest(body))) == (3, body)
        assert owner.verify().written_by == {"postgres": 2, PEOPLE: 1}
        assert owner.verify().sound
        assert ledger.append([Append(ORDER, 0, (note(DeletionOrdered(1), id=written[0].metadata.id),))]) == written
        assert owner.head() == 3


FORBIDDEN = (
    "INSERT INTO ledger_events VALUES (3, 'deployment/shop/web', 1, 'deployment.deletion-ordered.v1', '{}')",
    "INSERT INTO ledger_journal VALUES (3, 'shop/web', 'x', 0)",
    "INSERT INTO ledger_documents VALUES ('00', '')",
    "INSERT INTO ledger_places VALUES ('Pod', '1')",
    "INSERT INTO ledger_subjects VALUES ('shop/web', 1)",
    "INSERT INTO ledger_meta VALUES ('salt', '')",
    "UPDATE ledger_lease SET epoch = 9223372036854775807",
    "UPDATE ledger_lease SET holder = 'me', expires = 9223372036854775807",
    "SELECT 1 FROM ledger_lease FOR UPDATE",
    "UPDATE ledger_events SET topic = 'x'",
    "DELETE FROM ledger_documents",
    "TRUNCATE ledger_journal",
    "DO $$BEGIN LOCK TABLE ledger_events IN ACCESS EXCLUSIVE MODE; END$$",
    "DROP TRIGGER ledger_events_guarded ON ledger_events",
    "ALTER TABLE ledger_events DISABLE TRIGGER USER",
    "CREATE TABLE public.mine (id int)",
    "CREATE TEMPORARY TABLE ledger_lease (id int)",
    "SELECT ledger_refuse('x')",
    "CREATE OR REPLACE FUNCTION ledger_allowed(a text, b text, c text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_people_may_nothing_beside_the_door(place: Place, statement: str) -> None:
    with pytest.raises((errors.InsufficientPrivilege, errors.RaiseException)):
        place.run(statement, by=PEOPLE)


@pytest.mark.parametrize(
    ("stream", "name", "subject"),
    [
        ("replica/a", "replica.gone.v1", "shop/web"),
        ("seen/shop/web", "object.vanished.v1", "shop/web"),
        ("actions/shop/web", "actions.decided.v1", "shop/web"),
        ("cluster/1", "ledger.lead-taken.v1", ""),
        ("cluster/1", "ledger.bound.v1", ""),
        ("deployment/shop/web", "actions.decided.v1", "shop/web"),
        ("deployment/shop/web", "deployment.submitted.v2", "shop/api"),
        ("project/shop", "secret.set.v2", "shop/api"),
        ("project/shop", "secret.set.v2", "other"),
        ("actions/shop", "action.failed.v1", "shop/web"),
        ("elsewhere", "deployment.submitted.v2", "shop/web"),
    ],
)
def test_the_door_takes_orders_and_nothing_that_only_engines_see(place: Place, stream: str, name: str, subject: str) -> None:
    content = f'"circumstances":{{"id":"mine","subject":"{subject}"}},"fact":{{}}}}'
    with psycopg.connect(place.by(PEOPLE)) as connection, pytest.raises(errors.CheckViolation, match="not for people"):
        through_the_door(connection, stream, 1, name, content.encode(), subject)


def through_the_door(connection: psycopg.Connection[tuple[object, ...]], *row: object) -> None:
    stream, version, name, content, subject = row
    connection.execute(
        "SELECT * FROM ledger_append(%s::text[], %s::bigint[], %s, %s::bytea[], %s, %s, '{}', '{}')",
        ([stream], [version], [name], [content], [subject], ["mine"]),
    )


@pytest.mark.parametrize(
    ("version", "content"),
    [
        (1, b'"circumstances":{"id":"other","subject":"shop/web"},"fact":{}}'),
        (1, b'"circumstances":{"id":"mine","subject":"shop/api"},"fact":{}}'),
        (1, b'"recorded_at":"9999-12-31T00:00:00Z","circumstances":{"id":"mine","subject":"shop/web"},"fact":{}}'),
        (1, b"no json"),
        (1, b"\xff\xfe"),
        (FAR, b'"circumstances":{"id":"mine","subject":"shop/web"},"fact":{}}'),
        (7, b'"circumstances":{"id":"mine","subject":"shop/web"},"fact":{}}'),
    ],
)
def test_the_door_takes_no_content_that_says_another_thing_than_its_row(place: Place, version: int, content: bytes) -> None:
    with psycopg.connect(place.by(PEOPLE)) as connection, pytest.raises((errors.CheckViolation, errors.DataError)):
        through_the_door(connection, ORDER, version, "deployment.deletion-ordered.v1", content, "shop/web")


def test_a_document_is_laid_under_no_digest_but_its_own_by_anybody(place: Place) -> None:
    with place.ledger() as ledger:
        coming = ledger.digest(b"kind: Deployment # of the version yet to come")
    for by in ("", ENGINE):
        with pytest.raises(errors.CheckViolation, match="is not the digest"):
            place.run(f"INSERT INTO ledger_documents VALUES ('{coming}', 'kind: Deployment # another')", by=by)
    with psycopg.connect(place.by(PEOPLE)) as connection, pytest.raises(errors.CheckViolation, match="is not the digest"):
        connection.execute(
            "SELECT ledger_append('{}', '{}', '{}', '{}', '{}', '{}', %s, %s::bytea[])",
            ([coming], [b"kind: Deployment # another"]),
        )


def test_who_may_only_give_orders_cannot_lead_and_is_told_so(place: Place) -> None:
    with place.ledger(PEOPLE) as ledger:
        with pytest.raises(Unfit, match="may not") as refused:
            ledger.lead("me", 10)
        assert "reckon roles" in refused.value.hint
        with pytest.raises(Unfit, match="not for people"):
            ledger.append([some("replica/a", 2)])
        with pytest.raises(Unfit, match="not lead"):
            ledger.append([], watch_positions={"Pod": "1"})


def test_every_order_of_people_fits_through_the_door_and_no_fact_of_an_engine_does(place: Place) -> None:
    """So that a new order is not forgotten in `ledger_allowed`."""
    mine = {
        "deployment/shop/web": (orders,),
        "project/shop": (project,),
        "project/*": (project, platform, models),
    }
    for stream, modules in mine.items():
        subject = {"deployment/shop/web": "shop/web", "project/shop": "shop"}.get(stream, "")
        for fact, name in NAMES.items():
            if fact.__module__ in {module.__name__ for module in modules} and fact is not orders.HostTaken:
                assert place.ask("SELECT ledger_allowed(%s, %s, %s)", stream, subject, name) == [(True,)], (stream, name)
    assert place.ask("SELECT ledger_allowed('host/shop.example', 'shop/web', %s)", NAMES[orders.HostTaken]) == [(True,)]
    for fact, name in NAMES.items():
        if fact.__module__ in {module.__name__ for module in (actions, replica, seen, filling, scaling, measuring)}:
            for stream in ("deployment/shop/web", "replica/a", "seen/shop/web", "actions/shop/web"):
                assert place.ask("SELECT ledger_allowed(%s, 'shop/web', %s)", stream, name) == [(False,)], (stream, name)
    for taken in (cluster.Bound, cluster.TookLead):
        assert place.ask("SELECT ledger_allowed('cluster/1', '', %s)", NAMES[taken]) == [(False,)]
    assert place.ask("SELECT ledger_allowed('cluster/1', '', %s)", NAMES[cluster.RewindAccepted]) == [(True,)]


class OnServer(Reckon):
    """A person at a terminal whose ledger is on a server, under the people's role."""

    def on(self, url: str) -> "OnServer":
        self.url = url
        return self

    def _opened(self, _: Settings) -> Ledger:
        return open_ledger(self.url, build="test")

    @property
    def doors(self) -> Doors:
        made = super().doors
        return replace(made, settings=lambda: Settings(ledger=self.url), ledger=self._opened)


def test_people_do_all_their_work_under_their_own_role(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    reckon = OnServer(tmp_path).on(place.by(PEOPLE))
    with place.ledger(ENGINE) as engine:
        lease = engine.lead("engine", 3000)
        fact = cluster.Bound(reckon.cluster.identity(), engine.identity, "simulated", simulated=True)
        engine.append([Append(cluster_stream(fact.cluster), 0, (note(fact, subject=""),))], lease=lease)
    typed = (
        ("submit", reckon.file(), "--detach"),
        ("scale", "model server", "3", "--detach"),
        ("hold", "model server", "--reason", "r"),
        ("resume", "model server"),
        ("secret", "set", "token"),
        ("secret", "set", "token", "--scope", "team"),
        ("registry", "add", "hub", "--server", "registry.example", "--username", "ann"),
        ("project", "set", "shop", "--pod-security", "restricted"),
        ("platform", "set", "tls-secret=x"),
        ("submit", reckon.file("kind: nonsense\n", "bad.yaml")),
        ("list",),
        ("history", "model server"),
        ("rebuild",),
        ("verify",),
        ("delete", "model server", "--yes", "--detach"),
    )
    for line in typed:
        done = reckon(*line, stdin="value\n")
        assert done.exit_code == (3 if "bad.yaml" in str(line) else 0), (line, done.stdout, done.stderr)
    doctor = reckon("doctor").stdout
    assert "the database holds all who write to the ledger's rules" in doctor
    assert f"written by database role {PEOPLE}" in reckon("verify").stdout


def test_an_engine_and_people_each_under_their_own_role_bring_a_deployment_up(place: Place, tmp_path: Path) -> None:
    """As processes, as they are run; the engine's second life meets rows of other hands, and goes on."""

    def begin(role: str, *typed: str) -> "subprocess.Popen[str]":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RECKON_")}
        environment |= {"RECKON_LEDGER": place.by(role), "XDG_DATA_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
        command = [sys.executable, "-m", "adapters.main", *typed]
        return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def reckon(*typed: str) -> str:
        process = begin(PEOPLE, *typed)
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, out + err
        return out

    spec = tmp_path / "spec.yaml"
    spec.write_text(HEALTH)
    for attack in ("", f"INSERT INTO ledger_events VALUES ({FAR}, 'replica/x', 1, 'x', ''), ({FAR - 7}, 'foreign', 1, 'y', 'z')"):
        if attack:
            unguard = "ALTER TABLE ledger_events DISABLE TRIGGER USER, DROP CONSTRAINT ledger_events_sound_row"
            place.run(unguard, attack, "ALTER TABLE ledger_events ENABLE TRIGGER USER")
        engine = begin(ENGINE, "engine")
        assert engine.stderr is not None
        said = ""
        while "leads" not in said:
            said = engine.stderr.readline()
            assert said, "it ended"
        try:
            reckon("submit", str(spec), "--timeout", "240s")
            assert "healthy" in reckon("list")
        finally:
            engine.send_signal(signal.SIGTERM)
            engine.communicate(timeout=300)
    with place.ledger() as owner:
        report = owner.verify()
        assert {ENGINE, PEOPLE} <= set(report.written_by)
        assert [fault.position for fault in report.faults] == [FAR - 7, FAR]


# --- engines, and the owner's own slips


ROWS: dict[str, str] = {
    "a position at the end of its range": f"{FAR}, 'replica/b', 1, 'replica.gone.v1', '{{}}'",
    "a position left out": "4, 'replica/b', 1, 'replica.gone.v1', '{}'",
    "a position below": "0, 'replica/b', 1, 'replica.gone.v1', '{}'",
    "a version left out": "3, 'replica/a', 9, 'replica.gone.v1', '{}'",
    "a version at the end of its range": f"3, 'replica/a', {FAR}, 'replica.gone.v1', '{{}}'",
    "no name of the form of ours": "3, 'replica/a', 3, 'os.system', '{}'",
    "no content": "3, 'replica/a', 3, 'replica.gone.v1', ''",
    "content without a bound": "3, 'replica/a', 3, 'replica.gone.v1', convert_to(repeat('x', 16777217), 'UTF8')",
}


@pytest.mark.parametrize("by", [ENGINE, ""], ids=["engine", "owner"])
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_no_row_of_a_wrong_shape_comes_in(place: Place, row: str, by: str) -> None:
    with pytest.raises(errors.CheckViolation):
        place.run(f"INSERT INTO ledger_events VALUES ({row})", by=by)
    with place.ledger() as ledger:
        assert ledger.append([some("replica/a", 2)])[0].position == 3


@pytest.mark.parametrize("micros", [FAR, 0, -FAR, 253_402_300_799_000_000])
def test_no_time_comes_in_but_that_of_the_databases_clock(place: Place, micros: int) -> None:
    event = "INSERT INTO ledger_events VALUES (3, 'replica/b', 1, 'replica.gone.v1', '{}')"
    for by in (ENGINE, ""):
        with psycopg.connect(place.by(by) if by else place.owner) as connection:
            connection.execute(event.encode())
            with pytest.raises((errors.CheckViolation, errors.NumericValueOutOfRange)):
                connection.execute("INSERT INTO ledger_journal VALUES (3, 'shop/web', 'x', %s)", (micros,))
            connection.rollback()


def test_nobody_says_that_another_role_wrote(place: Place) -> None:
    now = place.ask("SELECT (extract(epoch from clock_timestamp()) * 1000000)::bigint")[0][0]
    with psycopg.connect(place.by(ENGINE)) as connection:
        connection.execute("INSERT INTO ledger_events VALUES (3, 'replica/b', 1, 'replica.gone.v1', '{}')")
        with pytest.raises(errors.CheckViolation, match="the role that wrote"):
            connection.execute("INSERT INTO ledger_journal VALUES (3, 'shop/web', 'x', %s, 'somebody')", (now,))
        connection.rollback()


LEASES = (
    f"UPDATE ledger_lease SET epoch = {FAR}",
    "UPDATE ledger_lease SET epoch = epoch + 2",
    "UPDATE ledger_lease SET epoch = epoch - 1",
    "UPDATE ledger_lease SET holder = 'another'",
    f"UPDATE ledger_lease SET expires = {FAR}",
)


@pytest.mark.parametrize("statement", LEASES)
def test_the_lead_moves_by_one_and_not_for_ever(place: Place, statement: str) -> None:
    with place.ledger(ENGINE) as ledger:
        assert ledger.lead("one", 10)
        for by in (ENGINE, ""):
            with pytest.raises((errors.CheckViolation, errors.NumericValueOutOfRange)):
                place.run(statement, by=by)
        assert ledger.lead("one", 10)
    for removal in ("DELETE FROM ledger_lease", "TRUNCATE ledger_lease"):
        with pytest.raises(errors.RaiseException, match="only ever appended to"):
            place.run(removal)


@pytest.mark.parametrize("table", ["ledger_documents", "ledger_subjects"])
def test_what_facts_name_is_changed_by_nobody(place: Place, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(errors.RaiseException, match="only ever appended to"):
            place.run(statement)


# --- strangers


def test_a_stranger_cannot_connect(place: Place) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        place.run("SELECT 1", by=STRANGER)


def test_a_stranger_who_holds_every_advisory_lock_there_is_stops_nobody(place: Place) -> None:
    """Even one who may connect: the ledger's lock is none of those that anybody may take."""
    place.run(f"GRANT CONNECT ON DATABASE {place.owner.rpartition('/')[2]} TO {STRANGER}")
    with place.ledger() as ledger:
        store = cast("PostgresStore", ledger._store)
        with store.writing() as session:
            held = session.rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert held == [(0,)]
        with psycopg.connect(place.by(STRANGER)) as stranger:
            base = int.from_bytes(
                blake2b(b"deadreckon ledger public", digest_size=8).digest(), "big", signed=True
            )  # of builds before
            stranger.execute("SELECT pg_advisory_lock(%s), pg_advisory_lock(0, 0)", (base,))
            began = monotonic()
            ledger.append([some("replica/a", 2)])
            assert monotonic() - began < 10
            for statement in ("DO $$BEGIN LOCK TABLE ledger_lease; END$$", "SELECT ledger_turn()", "SELECT * FROM ledger_events"):
                with pytest.raises((errors.InsufficientPrivilege, errors.UndefinedTable, errors.UndefinedFunction)):
                    place.run(statement, by=STRANGER)


# --- databases of before


def make_as_before(place: Place, *statements: str) -> None:
    """Make the tables as a build of before did, with whatever rows stand there."""
    meta = ("format', '1", "ledger', 'old", f"salt', '{'ab' * 32}")
    place.run(*TABLES, *(f"INSERT INTO ledger_meta VALUES ('{one}')" for one in meta), *statements)


BROKEN = (
    "INSERT INTO ledger_events VALUES (1, 'replica/a', 1, 'x', '')",
    f"INSERT INTO ledger_events VALUES ({FAR}, 'replica/a', 2, 'x', '')",
    f"INSERT INTO ledger_journal VALUES (1, 'shop/web', 'one', {FAR})",
    f"INSERT INTO ledger_journal VALUES ({FAR}, 'shop/web', 'two', {FAR})",
    "INSERT INTO ledger_documents VALUES ('under another name', 'body')",
    f"UPDATE ledger_lease SET holder = 'foreign', epoch = {FAR}, expires = {FAR}",
)


def test_a_database_of_before_is_guarded_by_its_owners_next_command_and_loses_no_row(bare: Place) -> None:
    make_as_before(bare, *BROKEN)
    kept = tuple(bare.ask(f"SELECT * FROM {table}") for table in ("ledger_events", "ledger_documents"))

    with bare.ledger() as ledger:
        assert ledger.guarded()
        assert tuple(bare.ask(f"SELECT * FROM {table}") for table in ("ledger_events", "ledger_documents")) == kept
        lease = ledger.lead("one", 10)
        assert lease is not None
        assert lease.epoch < 2**40
        written = ledger.append([some("replica/b", 0, 2)], lease=lease)
        assert [one.position for one in written] == [2, 3]
        assert ledger.tail(1) == written
        whats = " ".join(fault.what for fault in ledger.verify().faults)
    for part in ("beyond the ledger's end", "position 1", "which is no digest", "recorded at"):
        assert part in whats, part
    with pytest.raises(errors.CheckViolation):
        bare.run("INSERT INTO ledger_events VALUES (5, 'replica/b', 3, 'replica.gone.v1', '{}')")


def test_a_database_of_before_works_on_under_a_role_that_may_not_guard_it(bare: Place) -> None:
    make_as_before(
        bare,
        f"GRANT USAGE ON SCHEMA public TO {ENGINE}",
        f"GRANT SELECT, INSERT ON ledger_events, ledger_journal, ledger_subjects, ledger_documents TO {ENGINE}",
        f"GRANT SELECT, INSERT, UPDATE ON ledger_places TO {ENGINE}",
        f"GRANT SELECT, UPDATE ON ledger_lease TO {ENGINE}",
        f"GRANT SELECT ON ledger_meta TO {ENGINE}",
    )
    with bare.ledger(ENGINE) as ledger:
        lease = ledger.lead("one", 10)
        ledger.append([some("replica/a", 0)], lease=lease)
        assert not ledger.guarded()
        assert ledger.verify().sound
    with bare.ledger() as owner:
        assert owner.guarded()
        assert owner.verify().written_by == {"(before the database noted it)": 1}


def test_several_that_open_an_empty_database_at_once_make_one_ledger(bare: Place) -> None:
    def opened(_: int) -> str:
        with bare.ledger() as ledger:
            return ledger.identity

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(opened, range(6)))) == 1


def test_a_time_far_ahead_is_no_later_facts_time(bare: Place) -> None:
    make_as_before(
        bare,
        "INSERT INTO ledger_events VALUES (1, 'replica/a', 1, 'x', '')",
        "INSERT INTO ledger_journal VALUES (1, '', 'one', 253402300799000000)",
    )
    with bare.ledger() as ledger:
        written = ledger.append([some("replica/b", 0)])
        assert (
            abs(
                as_micros(written[0].recorded_at)
                - cast("int", bare.ask("SELECT (extract(epoch from now()) * 1000000)::bigint")[0][0])
            )
            < 60_000_000
        )
        assert ledger.position_at(written[0].recorded_at) == 2
