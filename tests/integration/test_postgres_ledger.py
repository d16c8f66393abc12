"""The ledger's own troubles on PostgreSQL: locks, lost wake-ups, servers that go away, roles that may little."""

# pyright: reportPrivateUsage=false
# A control breaks a part from inside.

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from time import monotonic, sleep
from typing import cast

import psycopg
import pytest

from adapters.ledger.batch import FactRow, Writing
from adapters.ledger.ledger import StoredLedger, open_ledger
from adapters.ledger.postgres import PostgresStore, Recorder
from adapters.ledger.postgres_session import PostgresSession
from domain.errors import Unfit, Unreachable
from domain.facts import Fact
from domain.record import Recorded
from tests.contracts.ledgers import some
from tests.postgres import Server, fresh_database, own_server
from tests.postgres_proxy import Proxy

pytestmark = pytest.mark.postgres


@pytest.fixture
def url() -> Generator[str]:
    with fresh_database() as found:
        yield found


@pytest.fixture
def server() -> Generator[Server]:
    found = own_server()
    yield found
    found.remove()


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


class _Lockless(Recorder):
    """The control: positions from a sequence, and no lock, as an event store without care would have it."""

    def _lock_table(self, curs: object) -> None:
        pass

    def _insert(self, session: PostgresSession, writing: Writing) -> None:
        numbers = [row[0] for row in session.rows("SELECT nextval('careless') FROM generate_series(1, :n)", n=len(writing.rows))]
        writing.rows = [_at(number, row) for number, row in zip(numbers, writing.rows, strict=True)]
        super()._insert(session, writing)
        session.rows("SELECT pg_sleep(0.002)")


def _at(position: int, row: FactRow) -> FactRow:
    return FactRow(position, row.stream, row.version, row.name, row.state, row.subject, row.fact_id, row.recorded)


def missed_by_a_tailing_reader(url: str, recorder: type[Recorder]) -> int:
    """Let eight writers append for a while, follow them by `tail`, and count what the reader was never given."""
    ledgers = [open_ledger(url) for _ in range(8)]
    for ledger in ledgers:
        _recorder_of(ledger, recorder)
    each = 40

    def write(number: int) -> None:
        for version in range(each):
            ledgers[number].append([some(f"replica/{number}", version)])

    with closing(open_ledger(url)) as reader, ThreadPoolExecutor(8) as pool:
        done = [pool.submit(write, number) for number in range(8)]
        seen: list[int] = []
        while True:
            over = all(one.done() for one in done)
            page = reader.tail(seen[-1] if seen else 0)
            seen += [one.position for one in page]
            if over and not page:
                break
        for one in done:
            one.result()
        everything = (
            {one.position for start in range(8 * each) for one in reader.read(f"replica/{start}")}
            if len(seen) < 8 * each
            else set(seen)
        )
    for ledger in ledgers:
        ledger.close()
    assert len(everything) == 8 * each
    return len(everything) - len(seen)


def _recorder_of(ledger: StoredLedger, recorder: type[Recorder]) -> None:
    store = cast("PostgresStore", ledger._store)
    store.factory.recorder = recorder(store.factory.datastore)


def test_a_tailing_reader_misses_nothing_of_eight_writers(url: str) -> None:
    open_ledger(url).close()
    assert missed_by_a_tailing_reader(url, Recorder) == 0


def test_without_the_lock_a_tailing_reader_misses_some_and_the_test_notices(url: str) -> None:
    """The control of the test above."""
    open_ledger(url).close()
    run(
        url,
        "CREATE SEQUENCE careless",
        *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in ("ledger_events", "ledger_journal")),
    )
    assert missed_by_a_tailing_reader(url, _Lockless) > 0


def test_a_writer_without_the_lock_collides_and_cannot_hide_a_fact(url: str) -> None:
    with closing(open_ledger(url)) as ledger, psycopg.connect(url) as careless:
        ledger.append([some("replica/a", 0)])
        careless.execute("INSERT INTO ledger_events VALUES (2, 'replica/b', 1, 'replica.gone.v1', '{}')")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(ledger.append, [some("replica/a", 1)])
            sleep(0.1)
            careless.rollback()
            assert waiting.result(10)[0].position == 2


def test_an_append_does_not_wait_for_the_tables_maintenance(url: str) -> None:
    with closing(open_ledger(url)) as ledger, psycopg.connect(url) as maintenance:
        ledger.append([some("replica/a", 0)])
        maintenance.execute("LOCK TABLE ledger_events, ledger_journal IN SHARE UPDATE EXCLUSIVE MODE")  # VACUUM, ANALYZE
        began = monotonic()
        ledger.append([some("replica/a", 1)])
        assert monotonic() - began < 10


def test_a_writer_that_hangs_with_the_lock_is_named_and_not_waited_for_for_ever(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.ledger.postgres.PATIENCE", 0.6)
    with closing(open_ledger(url)) as hanging, closing(open_ledger(url)) as ledger:
        store = cast("PostgresStore", hanging._store)
        with store.writing(), pytest.raises(Unreachable, match="lock timeout"):
            ledger.append([some("replica/a", 0)])
        ledger.append([some("replica/a", 0)])


def test_a_listener_that_was_cut_off_costs_no_more_than_the_poll(url: str) -> None:
    with closing(open_ledger(url)) as reader, closing(open_ledger(url)) as writer, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(reader.wait, 0, 20)
        sleep(0.3)
        run(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()",
        )
        writer.append([some("replica/a", 0)])
        began = monotonic()
        assert waiting.result()
        assert monotonic() - began < 10


def test_a_reader_in_another_process_is_told_well_before_the_poll(url: str) -> None:
    with closing(open_ledger(url)) as reader, closing(open_ledger(url)) as writer, ThreadPoolExecutor(1) as pool:
        reader._store.poll = 60
        reader.wait(0, 0.3)
        for version in range(5):
            waiting = pool.submit(reader.wait, version, 60)
            sleep(0.02)
            writer.append([some("replica/a", version)])
            began = monotonic()
            assert waiting.result()
            assert monotonic() - began < 20


def met_again(ledger: StoredLedger) -> tuple[Recorded[Fact], ...]:
    """Ask until it answers, as an engine does: the pool tries again by itself, after longer and longer waits of its own."""
    deadline = monotonic() + 120
    while True:
        try:
            return ledger.tail(0)
        except Unreachable:
            assert monotonic() < deadline


def test_a_server_that_goes_away_and_comes_back_is_met_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.ledger.postgres.CONNECTING", 1.0)
    with closing(open_ledger(server.url)) as ledger:
        written = ledger.append([some("replica/a", 0)])
        assert not ledger.wait(1, 0.1)
        server.stop()
        with pytest.raises(Unreachable, match="did not answer"):
            ledger.append([some("replica/a", 1)])
        with pytest.raises(Unreachable):
            ledger.tail(0)
        server.start()

        assert met_again(ledger) == written
        ledger.append([some("replica/a", 1)])
        assert ledger.wait(1, 60)


def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    began = monotonic()
    with pytest.raises(Unreachable, match="did not answer"):
        open_ledger("postgresql://nobody@127.0.0.1:9/nothing?connect_timeout=1")
    assert monotonic() - began < 20


def test_an_append_whose_commit_was_not_answered_is_found_out_by_the_same_append(url: str) -> None:
    """The connection breaks after the server has committed and before we hear so."""
    with Proxy(url) as proxy, closing(open_ledger(proxy.url)) as ledger:
        ledger.append([some("replica/a", 0)])
        order = [some("deployment/shop/web", 0, 2), some("replica/a", 1)]
        proxy.swallow_answer_to(b"COMMIT\0")
        with pytest.raises(Unreachable):
            ledger.append(order)
        assert ledger.head() == 4, "it had been committed"

        again = ledger.append(order)
        assert [one.position for one in again] == [2, 3, 4]
        assert ledger.tail(1) == again


@pytest.mark.parametrize("setting", ["synchronous_commit"])
def test_a_server_that_loses_what_it_acknowledged_is_refused(url: str, setting: str) -> None:
    run(url, f"ALTER DATABASE {url.rpartition('/')[2]} SET {setting} = off")
    with pytest.raises(Unfit, match=f"{setting} = off") as refused:
        open_ledger(url)
    assert refused.value.hint == f"set {setting} = on"


def test_a_ledger_of_a_newer_format_is_refused(url: str) -> None:
    open_ledger(url).close()
    run(url, "UPDATE ledger_meta SET value = '2' WHERE name = 'format'")
    with pytest.raises(Unfit, match="format 2; this build knows formats up to 1"):
        open_ledger(url)


def test_tables_of_someone_else_are_refused(url: str) -> None:
    run(url, "CREATE TABLE ledger_events (id int)")
    with pytest.raises(Unfit, match="no ledger's"):
        open_ledger(url)
    run(url, "CREATE TABLE ledger_meta (name text, value text)")
    with pytest.raises(Unfit, match="no ledger's"):
        open_ledger(url)


GRANTS: Sequence[str] = (
    "GRANT USAGE ON SCHEMA public TO reckon_plain",
    "GRANT SELECT, INSERT ON ledger_events, ledger_journal, ledger_subjects, ledger_documents TO reckon_plain",
    "GRANT SELECT, INSERT, UPDATE ON ledger_places TO reckon_plain",
    "GRANT SELECT, UPDATE ON ledger_lease TO reckon_plain",
    "GRANT SELECT ON ledger_meta TO reckon_plain",
)


@pytest.fixture
def plain_role(url: str) -> Generator[str]:
    run(url, "DROP ROLE IF EXISTS reckon_plain", "CREATE ROLE reckon_plain LOGIN PASSWORD 'plain'")
    host = url.rpartition("@")[2]
    yield f"postgresql://reckon_plain:plain@{host}"
    run(url, "DROP OWNED BY reckon_plain", "DROP ROLE reckon_plain")


def test_a_role_that_may_only_add_and_read_is_all_that_production_needs(url: str, plain_role: str) -> None:
    open_ledger(url).close()
    run(url, *GRANTS)
    with closing(open_ledger(plain_role)) as ledger:
        lease = ledger.lead("one", 60)
        written = ledger.append([some("replica/a", 0, 3)], lease=lease, watch_positions={"Pod": "1"})
        assert ledger.tail(0) == written
    for statement in ("UPDATE ledger_events SET topic = ''", "DELETE FROM ledger_journal", "TRUNCATE ledger_events"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(plain_role, statement)
        with pytest.raises(psycopg.errors.RaiseException, match="only ever appended to"):
            run(url, statement)


def test_a_role_that_may_not_make_the_tables_is_told_so(url: str, plain_role: str) -> None:
    with pytest.raises(Unfit, match="may not") as refused:
        open_ledger(plain_role)
    assert "GRANT" in refused.value.hint


def test_reads_of_a_role_set_to_repeatable_read_still_see_what_the_lock_waited_for(url: str) -> None:
    run(url, f"ALTER DATABASE {url.rpartition('/')[2]} SET default_transaction_isolation = 'repeatable read'")
    with closing(open_ledger(url)) as first, closing(open_ledger(url)) as second, ThreadPoolExecutor(8) as pool:

        def write(number: int) -> int:
            return (first, second)[number % 2].append([some(f"replica/{number}", 0)])[0].position

        assert sorted(pool.map(write, range(40))) == list(range(1, 41))
