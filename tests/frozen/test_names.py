"""What an earlier build left keeps its names when today's desk goes on with it; what is new beside it has names of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.desk.archive import Archive
from adapters.desk.recorded_names import Called
from adapters.ledger.ledger import open_ledger
from domain.hosts import host
from domain.names import FIRST, WHOLE, Key, Names
from domain.ports import Ledger
from reconciler.memory import Memory
from tests.frozen.kept import LEDGER
from tests.frozen.make import NAMES, PROJECT
from tests.frozen.test_frozen import EACH, thawed


@pytest.fixture
def ledger(frozen: Path, tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(str(thawed(frozen, tmp_path) / LEDGER))
    yield opened
    opened.close()


@EACH
def test_every_deployment_is_called_as_it_was(ledger: Ledger) -> None:
    called = Called(Archive(ledger))
    for name in NAMES:
        key = Key(PROJECT, name)
        assert called.names(key) == key.names(FIRST)
        called.free(key)


@EACH
def test_a_new_deployment_joins_its_project_and_a_new_project_has_a_whole_name(ledger: Ledger) -> None:
    called, key = Called(Archive(ledger)), Key(PROJECT, "fresh")
    assert called.names(key) == Names(key.names(FIRST).namespace, key.names(WHOLE).workload)
    assert called.names(Key("fresh", "web")) == Key("fresh", "web").names(WHOLE)


@EACH
def test_an_engine_knows_the_old_objects_by_the_names_that_they_have(ledger: Ledger) -> None:
    memory = Memory()
    memory.take(ledger.tail(0, 1_000_000))
    for name in NAMES:
        key = Key(PROJECT, name)
        assert memory.fleet[key.names(FIRST).workload].key == key
        assert memory.deployment(key.subject) is memory.fleet[key.names(FIRST).workload]


@pytest.mark.parametrize(
    ("pattern", "project", "name", "made"),
    [
        ("{name}.{project}.apps.example.com", "default", "web", "web.default.apps.example.com"),
        ("{name}.{project}.apps.example.com", "default", "web app", "web-app-476501a1.default.apps.example.com"),
        ("{name}.{project}.apps.example.com", "Big Team", "web", "web.big-team-122645e3.apps.example.com"),
        ("{name}.{project}.apps.example.com", "shop", "web-1a2b3c4d", "web-1a2b3c4d.shop.apps.example.com"),
        ("{name}.apps.example.com", "default", "web", "web-82b3ade9.apps.example.com"),
        ("{name}.apps.example.com", "p" * 63, "n" * 70, f"{'n' * 54}-01870b9a.apps.example.com"),
        ("{name}-{project}.example.com", "default", "web", "web-default.example.com"),
        ("{name}-{project}.example.com", "a", "b-c", "b-c-a-b88f83c8.example.com"),
        ("{project}{name}.example.com", "default", "web", "defaultweb.example.com"),
        ("{project}{name}.example.com", "Big Team", "web", "big-teamweb-9f7cc7e9.example.com"),
    ],
)
def test_what_was_served_under_a_host_before_is_served_there_again(pattern: str, project: str, name: str, made: str) -> None:
    """As commit 44bb2c0 made them."""
    key = Key(project, name)
    assert host(pattern, key, key.names(FIRST)) == made
