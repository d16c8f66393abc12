"""What hands add or renumber on a whole engine's objects goes away again, and the next version comes, whatever was done."""

from collections.abc import Collection, Iterator
from typing import Any

import pytest

from domain.actions import Succeeded
from domain.cluster_ports import Guard, TakenOver
from domain.names import Key
from domain.objects import Kind, Manifest
from domain.seen import Drifted
from tests.simulation.adding import ADDITIONS, add, adding, object_of, spec_of
from tests.simulation.incident import happen
from tests.simulation.invariants import broken
from tests.simulation.restored import restored
from tests.simulation.weather import StormyCluster
from tests.simulation.world import World

SHOP = Key("shop", "web")


class WithoutSecondWay(StormyCluster):
    """Takes nothing over: what an apply leaves stays with its owner."""

    def take_over(self, manifest: Manifest, paths: Collection[str], *, guard: Guard, audit: str) -> TakenOver:
        del paths, guard, audit
        standing = self.read(manifest.ref)
        assert standing is not None
        return TakenOver(standing, ())


class WithoutSecondWayWorld(World):
    cluster_class = WithoutSecondWay


def running(kind: type[World] = World) -> World:
    world = kind("restore")
    world.people.submit(SHOP, "1", 2)
    world.run(60)
    return world


def facts(world: World, *kinds: type) -> Iterator[Any]:
    return (r.fact for r in world.ledger.tail(0, 10_000) if isinstance(r.fact, kinds))


TAKEN = ("a port renumbered", "a port added", "a variable added", "a limit added")
"""What an apply alone does not put right."""


@pytest.mark.parametrize("what", sorted(ADDITIONS))
def test_it_is_put_right_by_one_write_of_each_kind_and_told(what: str) -> None:
    world = running()
    ref = object_of(SHOP, ADDITIONS[what][0])
    before = spec_of(world, ref)
    add(world, SHOP, what)
    assert spec_of(world, ref) != before

    world.run(60)

    assert spec_of(world, ref) == before
    taken = [done for done in facts(world, Succeeded) if done.taken]
    assert len(taken) == (what in TAKEN)
    assert {one.manager for over in taken for one in over.taken} <= {"kubectl-edit"}
    (drift,) = facts(world, Drifted)
    assert {change.manager for change in drift.changes} <= {"kubectl-edit", "unknown"}
    assert broken(world, [SHOP]) == []


@pytest.mark.parametrize("what", sorted(ADDITIONS))
def test_the_next_version_is_applied_all_the_same(what: str) -> None:
    world = running()
    add(world, SHOP, what)
    world.people.submit(SHOP, "2", 2)

    world.run(90)

    assert broken(world, [SHOP]) == []


def test_a_hand_that_does_it_for_ever_is_given_up_after_as_many_times_as_any_other() -> None:
    world = running()
    for _ in range(20):
        add(world, SHOP, "a variable added")
        world.run(70)

    corrections = [drift for drift in facts(world, Drifted) if drift.ref == object_of(SHOP, Kind.DEPLOYMENT)]
    taken = [done for done in facts(world, Succeeded) if done.taken]
    assert len(taken) == 6
    assert len(corrections) >= 6
    assert broken(world, [SHOP]) == []


@pytest.mark.parametrize("seed", range(40))
def test_whatever_else_befalls_the_engine_no_addition_stands_in_the_end(seed: int) -> None:
    assert happen(seed, interventions=adding).broken == []


@pytest.mark.parametrize("what", sorted(TAKEN))
def test_the_control_an_engine_without_the_second_way_is_found(what: str) -> None:
    world = running(WithoutSecondWayWorld)
    add(world, SHOP, what)

    world.run(120)

    assert any("was added, and no version declares it" in words for words in restored(world, SHOP))
    assert broken(world, [SHOP]) != []


def test_the_control_it_is_found_in_incidents_too() -> None:
    assert any(happen(seed, WithoutSecondWayWorld, interventions=adding).broken for seed in range(40))
