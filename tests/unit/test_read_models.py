"""What an engine puts as the read models is what anybody would fold from the ledger, however it and others take turns."""

# pyright: reportPrivateUsage=false
# A control breaks a part from inside.

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.engine.read_models import Changed, ReadModels
from adapters.views.views import Views
from domain.errors import Unreachable
from domain.facts import Fact
from domain.names import Key
from domain.ports import Ledger
from domain.record import Recorded
from projections.fleet import VIEWS, WORLD, FleetView, WorldView
from reconciler.leadership import EngineIdentity, Leadership
from reconciler.ledger_tail import LedgerTail
from reconciler.loop import Loop
from reconciler.policy import Policy
from tests.simulation.chance import Chance
from tests.simulation.engines import LateWorkerPool
from tests.simulation.world import World

WEB, SHOP, LATER = Key("shop", "web"), Key("shop", "shop"), Key("shop", "later")


class Kept(World):
    """A world whose engine keeps the read models up, whenever it is told to."""

    open_store: Callable[[], Views]

    def _build(self, name: str) -> tuple[Loop, LateWorkerPool]:
        workers = LateWorkerPool(self.clock, Chance(f"{self.seed} workers {name}"), 0)
        leadership = Leadership(self.ledger, EngineIdentity(name), self.clock)
        tail = LedgerTail(self.ledger, leadership, self.new_id, self._folded)
        self.models = ReadModels(tail, self._opened)
        return Loop(self.recording_class(tail, self._inputs(tail)), self.cluster, workers, Policy()), workers

    def _folded(self, facts: Sequence[Recorded[Fact]]) -> None:
        self.models.told(facts)

    def _opened(self) -> Views:
        return self.open_store()


@pytest.fixture
def views(tmp_path: Path) -> Iterator[Views]:
    with closing(Views(str(tmp_path / "views.db"), VIEWS)) as opened:
        yield opened


@pytest.fixture
def world(views: Views) -> Kept:
    kept = Kept("kept")
    kept.open_store = lambda: views
    kept.people.submit(WEB)
    kept.people.submit(SHOP, replicas=3)
    kept.run(30)
    return kept


def rows(views: Views) -> Mapping[str, Any]:
    listed = {f"{subject}, listed": one for subject, one in views.summaries(FleetView.name).items()}
    return {**views.rows(FleetView.name), **listed, WORLD: views.row(WorldView.name, WORLD)}


def folded(ledger: Ledger, folder: Path) -> Mapping[str, Any]:
    """Give what comes of the ledger alone."""
    with closing(Views(str(folder / "folded.db"), VIEWS)) as views:
        views.catch_up(ledger)
        return rows(views)


def test_what_an_engine_puts_is_what_the_ledger_folds_to(world: Kept, views: Views, tmp_path: Path) -> None:
    assert world.models.keep()
    assert rows(views) == folded(world.ledger, tmp_path)
    assert views.catch_up(world.ledger) == world.ledger.head()

    assert not world.models.keep(), "there is nothing new"
    world.people.submit(LATER)
    world.run(30)
    assert world.models.keep()
    assert rows(views) == folded(world.ledger, tmp_path)
    assert f"{LATER.project}/{LATER.name}" in rows(views)


def test_it_goes_on_from_where_somebody_else_has_folded_to(world: Kept, views: Views, tmp_path: Path) -> None:
    views.catch_up(world.ledger)
    world.people.submit(WEB, tag="2")
    world.run(30)
    assert world.models.keep()
    assert rows(views) == folded(world.ledger, tmp_path)


def test_what_stands_later_keeps_what_it_has(world: Kept, views: Views, tmp_path: Path) -> None:
    held = world.models
    world.people.submit(WEB, tag="2")
    world.ledger.lead("engine-1", 60)
    views.catch_up(world.ledger)  # with the submission, which the engine has not folded yet
    newest = rows(views)
    held.keep()
    assert rows(views) == newest == folded(world.ledger, tmp_path)


def test_a_model_that_was_begun_anew_meanwhile_is_made_whole(world: Kept, views: Views, tmp_path: Path) -> None:
    world.models.keep()
    with views._store.transaction() as session:  # as a rebuild by another build does
        views._table(FleetView.name).clear(session)
    world.people.submit(LATER)
    world.run(30)
    assert world.models.keep()
    assert rows(views) == folded(world.ledger, tmp_path)


class Forgetful(Views):
    """The control: puts whatever it is given, wherever the models stand."""

    def put(self, models: Mapping[str, Changed], *, since: int, position: int) -> bool:
        del since
        return super().put(models, since=0, position=position)


def test_the_control_that_does_not_look_where_a_model_stands_loses_rows(world: Kept, tmp_path: Path) -> None:
    with closing(Forgetful(str(tmp_path / "forgetful.db"), VIEWS)) as views:
        world.open_store = lambda: views
        world.models.keep()
        with views._store.transaction() as session:
            views._table(FleetView.name).clear(session)
        world.people.submit(LATER)
        world.run(30)
        world.models.keep()
        assert rows(views) != folded(world.ledger, tmp_path)


class AwayOnce(Views):
    """A database that does not answer the first time."""

    asked = 0

    def put(self, models: Mapping[str, Changed], *, since: int, position: int) -> bool:
        self.asked += 1
        if self.asked == 1:
            raise Unreachable("the ledger's database did not answer")
        return super().put(models, since=since, position=position)


def test_what_could_not_be_put_is_put_with_what_comes_next(world: Kept, tmp_path: Path) -> None:
    with closing(AwayOnce(str(tmp_path / "away.db"), VIEWS)) as views:
        world.open_store = lambda: views
        with pytest.raises(Unreachable):
            world.models.keep()
        world.people.submit(LATER)
        world.run(30)
        assert world.models.keep()
        assert rows(views) == folded(world.ledger, tmp_path)


def test_an_engine_that_does_not_lead_puts_nothing(views: Views) -> None:
    kept = Kept("standing by", engines=1)
    kept.open_store = lambda: views
    kept.ledger.lead("another", 3600)
    kept.people.submit(WEB)
    kept.run(30)
    assert not kept.models.keep()
    assert views.rows(FleetView.name) == {}
