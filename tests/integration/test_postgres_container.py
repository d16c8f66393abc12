"""The path through testcontainers, for real: an engine of our own, an image of the machine's PostgreSQL, the ledger on it."""

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger.ledger import open_ledger
from domain.errors import Conflict
from tests import postgres_container
from tests.contracts.ledgers import some
from tests.docker_engine import Engine, ensure_dockerd, import_postgres, own_engine
from tests.postgres import binary, fresh_database

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

IMAGE = "reckon-test/postgres:own"


@pytest.fixture(scope="module")
def engine() -> Generator[Engine]:
    ensure_dockerd()
    with own_engine() as running:
        yield running


@pytest.fixture(scope="module")
def server(engine: Engine) -> Generator[str]:
    import_postgres(engine, Path(binary("postgres")).parent, IMAGE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", engine.url)
        patch.setenv("TC_HOST", engine.address)
        patch.setenv("TESTCONTAINERS_HOST_OVERRIDE", engine.address)
        patch.setenv("TESTCONTAINERS_CONNECTION_MODE", "docker_host")
        url, stop = postgres_container.start(IMAGE)
        yield url
        stop()
    assert engine.docker("ps", "-aq") == "", "a container was left behind"


@pytest.fixture
def url(server: str) -> Generator[str]:
    with fresh_database(lambda: server) as found:
        yield found


def test_what_was_appended_is_read_back_whole(url: str) -> None:
    with closing(open_ledger(url)) as ledger, closing(open_ledger(url)) as another:
        written = ledger.append([some("replica/a", 0, 3), some("replica/b", 0)], watch_positions={"Pod": "7"})
        assert another.tail(0) == written
        assert another.watch_positions() == {"Pod": "7"}
        assert another.identity == ledger.identity


def test_two_writers_cannot_both_win(url: str) -> None:
    with closing(open_ledger(url)) as ledger, closing(open_ledger(url)) as another:
        order = [some("actions/shop/web", 0)]
        written = ledger.append(order)
        with pytest.raises(Conflict):
            another.append([some("actions/shop/web", 0)])
        assert another.append(order) == written
        assert another.head() == 1


def test_one_leads_and_readers_are_told(url: str) -> None:
    with closing(open_ledger(url)) as ledger, closing(open_ledger(url)) as another:
        lease = ledger.lead("one", 60)
        assert another.lead("two", 60) is None
        ledger.append([some("replica/a", 0)], lease=lease)
        assert another.wait(0, 5)
