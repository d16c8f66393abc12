"""Calm: what must not happen. Faults change no number of creations and deletions; at rest nothing is said or called."""

from collections import Counter
from collections.abc import Callable

import pytest

from domain.names import OUR_MANAGERS, Key
from tests.simulation.invariants import broken, of
from tests.simulation.people import People
from tests.simulation.weather import Climate
from tests.simulation.world import World

SHOP = Key("shop", "web")
Order = Callable[[People], None]
ORDERS: tuple[Order, ...] = (
    lambda people: people.submit(SHOP, "1", 2),
    lambda people: people.scale(SHOP, 4),
    lambda people: people.submit(SHOP, "2", 4, (80, 81)),
    lambda people: people.scale(SHOP, 1),
    lambda people: people.submit(SHOP, "3-slow", 2, ()),
    lambda people: people.rollback(SHOP, 1),
    lambda people: people.stop(SHOP),
    lambda people: people.start(SHOP),
    lambda people: people.delete(SHOP),
    lambda people: people.submit(SHOP, "2", 3),
)


def one_after_the_other(seed: str, climate: Climate) -> World:
    """Give each order only when the one before has come true; faults may strike all the while."""
    world = World(seed, climate=climate, engines=2)
    for order in ORDERS:
        order(world.people)
        world.run(240)
    world.clear_up()
    world.run(400)
    return world


def made_and_unmade(world: World) -> Counter[tuple[str, str]]:
    ours = [line for line in world.cluster.audit if line.manager in OUR_MANAGERS and not line.dry_run]
    made = Counter(("made", line.ref.kind) for line in ours if line.code == 201)
    return made + Counter(("unmade", line.ref.kind) for line in ours if line.verb == "delete" and line.code == 200)


@pytest.mark.parametrize("seed", range(3))
def test_faults_change_nothing_in_the_number_of_creations_and_deletions(seed: int) -> None:
    climate = Climate(crash=0.02, frozen=0.02, ledger=0.02, requests=0.15, feed_delay=1.0)

    rough, calm = one_after_the_other(f"rough-{seed}", climate), one_after_the_other("calm", Climate())

    assert broken(rough, [SHOP]) == []
    assert made_and_unmade(rough) == made_and_unmade(calm)
    assert rough.weather.happened.total() > 0


def test_a_deployment_at_rest_is_neither_told_of_nor_touched_for_an_hour() -> None:
    world = World("quiet", engines=2)
    for name in ("one", "two", "three"):
        world.people.submit(Key("shop", name), "1", 3)
    world.run(120)
    facts, calls, writes = world.ledger.head(), world.weather.calls, len(world.cluster.audit)

    world.run(3600)

    assert (world.ledger.head(), world.weather.calls, len(world.cluster.audit)) == (facts, calls, writes)


@pytest.mark.parametrize(("before", "after"), [(2, 5), (5, 2), (3, 0)])
def test_scaling_restarts_no_replica_that_stays(before: int, after: int) -> None:
    world = World("scaling")
    world.people.submit(SHOP, "1", before)
    world.run(60)
    pods = _containers(world)

    world.people.scale(SHOP, after)
    world.run(60)

    stay = dict(sorted(_containers(world).items() & pods.items()))
    assert len(stay) == min(before, after)


def _containers(world: World) -> dict[str, str]:
    deployment = world.people.deployment(SHOP)
    assert len(deployment.replicas) == len(of(world, "Pod", SHOP))
    return {uid: replica.container_id for uid, replica in deployment.replicas.items()}
