"""A deployment that was put away as a row comes out the same, whatever happened to it."""

from dataclasses import fields

import pytest
from pydantic import TypeAdapter

from domain.deployment import Deployment
from domain.world import World
from projections.fleet import VIEWS, FleetView, Listed, Shelved, WorldView, shelve, unshelve
from projections.status import row
from tests.stories import Story, story
from tests.unit.projections.test_status import LIVES

BUSY = story().submitted(replicas=2).applied().ready().healthy().drifted().unmanaged("spec.x", 1, "istio").gave_up()
BUSY.unanswered().no_quota().probe_failed().decided().held()


@pytest.mark.parametrize("told", [*LIVES.values(), BUSY], ids=[*LIVES, "busy"])
def test_what_was_put_away_comes_out_the_same(told: Story) -> None:
    rows = TypeAdapter(Shelved)

    again = unshelve(rows.validate_json(rows.dump_json(shelve(told.deployment))))

    assert again == told.deployment


def test_no_field_of_a_deployment_is_left_behind() -> None:
    assert [f.name for f in fields(Shelved)] == [f.name for f in fields(Deployment)]


def test_folding_row_by_row_is_folding_at_once() -> None:
    view, shelved = FleetView(), None
    for recorded in BUSY.history:
        if view.key(recorded):
            shelved = view.evolve(shelved, recorded)

    assert shelved is not None
    assert unshelve(shelved) == BUSY.deployment


@pytest.mark.parametrize("told", [*LIVES.values(), BUSY], ids=[*LIVES, "busy"])
def test_what_a_list_shows_comes_out_the_same(told: Story) -> None:
    listed = TypeAdapter(Listed)
    summary = FleetView().summarize(shelve(told.deployment))

    assert listed.validate_json(listed.dump_json(summary)) == summary
    assert summary == Listed(row(told.deployment), unsound=bool(told.deployment.unsound))


def test_what_holds_for_all_is_one_row() -> None:
    told = story().bound().led().gap().rewound().submitted()
    view, world, worlds = WorldView(), World(), TypeAdapter(World)
    for recorded in told.history:
        if view.key(recorded):
            world = view.evolve(world, recorded)

    assert worlds.validate_json(worlds.dump_json(world)) == world
    assert (world.simulated, world.rewind is not None) == (True, True)
    assert len({view.name for view in VIEWS}) == len(VIEWS)
