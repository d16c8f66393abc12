"""Autoscaled deployments in all weathers: the number of replicas is handed over and taken back, and never lost on the way."""

import pytest

from domain.cluster_ports import Guard
from domain.names import REPLICAS_MANAGER, Key
from domain.objects import Kind, Live, Manifest, ObjectRef
from tests.simulation.incident import happen
from tests.simulation.invariants import broken
from tests.simulation.misfortunes import struck
from tests.simulation.people import autoscaling_order
from tests.simulation.weather import Climate, StormyCluster
from tests.simulation.world import World

SHOP = Key("shop", "web")
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, SHOP.namespace, SHOP.object_name)


class Withheld(StormyCluster):
    """Says that the number was handed over, and does nothing."""

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        handed = manifest.manager == REPLICAS_MANAGER
        return super().apply(manifest, audit=audit, guard=guard, dry_run=dry_run or handed)


class WithWithheld(World):
    cluster_class = Withheld


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_the_number_of_replicas_is_never_lost(seed: int) -> None:
    assert happen(seed, orders=autoscaling_order).broken == []


@pytest.mark.parametrize("seed", range(3))
def test_switching_on_and_off_stopping_and_starting_keep_the_number(seed: int) -> None:
    world = World(f"kept-{seed}", climate=Climate(crash=0.03, frozen=0.03, requests=0.15, feed_delay=1.0), engines=2)
    world.people.submit(SHOP, "1", 4)
    world.run(200)
    seen: list[int] = []
    world.cluster.store.listeners.append(lambda _, after: seen.extend(_count(after)))

    world.people.autoscale(SHOP, 2, 6)
    world.run(200)
    assert set(seen) <= {4}
    world.cluster.interventions.load(WORKLOAD, 290.0)
    world.run(200)
    assert seen[-1] == 6
    world.people.stop(SHOP)
    world.run(200)
    assert seen[-1] == 0
    seen.clear()
    world.people.start(SHOP)
    world.run(200)

    world.clear_up()
    world.run(400)
    assert set(seen) == {6}
    assert broken(world, [SHOP]) == []


@pytest.mark.parametrize("nth", range(1, 16))
@pytest.mark.parametrize("where", ["before apply", "after apply", "before append", "after append"])
def test_a_crash_anywhere_on_the_way_loses_no_replica(where: str, nth: int) -> None:
    world = struck(where, nth, kind=World)
    world.people.submit(SHOP, "1", 4)
    world.run(60)
    counts: list[int] = []
    world.cluster.store.listeners.append(lambda _, after: counts.extend(_count(after)))

    world.people.autoscale(SHOP, 2, 6)
    world.run(100)
    world.people.stop(SHOP)
    world.run(100)
    world.people.start(SHOP)
    world.run(100)

    assert set(counts) == {0, 4}
    assert broken(world, [SHOP]) == []


def test_the_control_a_number_that_is_not_handed_over_falls_to_one() -> None:
    world = WithWithheld("withheld")
    world.people.submit(SHOP, "1", 4)
    world.run(60)
    world.people.autoscale(SHOP, 2, 6)
    world.run(60)

    found = broken(world, [SHOP])

    assert any("made 1 of 4" in words for words in found), found


def test_an_autoscaled_deployment_at_rest_is_neither_told_of_nor_touched_for_an_hour() -> None:
    world = World("quiet-scaled", engines=2)
    world.people.submit(SHOP, "1", 2)
    world.run(60)
    world.people.autoscale(SHOP, 2, 4)
    world.run(120)
    facts, calls, writes = world.ledger.head(), world.weather.calls, len(world.cluster.audit)

    world.run(3600)

    assert (world.ledger.head(), world.weather.calls, len(world.cluster.audit)) == (facts, calls, writes)


def _count(after: object) -> list[int]:
    return [after["spec"]["replicas"]] if isinstance(after, dict) and after["kind"] == Kind.DEPLOYMENT.value else []
