"""An engine that ends records what it has done, begins nothing new, and lets go of the lease."""

from adapters.engine.engine import Engine
from domain.actions import Decided
from domain.names import Key
from reconciler.leadership import EngineIdentity
from tests.simulation.world import World

WEB = Key("shop", "web")


def engine(world: World) -> Engine:
    return Engine(world.ledger, world.cluster, clock=world.clock, new_id=world.new_id, identity=EngineIdentity("it"))


def decisions(world: World) -> int:
    return sum(isinstance(recorded.fact, Decided) for recorded in world.ledger.tail(0, 10_000))


def test_an_engine_that_ends_leaves_new_orders_to_the_next() -> None:
    world = World("ending")
    ending = engine(world)
    ending.loop.step()
    world.people.submit(WEB)
    ending.stop()
    ending.run()
    assert decisions(world) == 0
    assert world.ledger.leader() is None


def test_an_engine_that_ends_records_what_its_crew_has_done() -> None:
    world = World("recording")
    world.people.submit(WEB)
    ending = engine(world)
    ending.loop.step()
    assert decisions(world) == 1
    ending.stop()
    ending.run()
    deployment = world.people.deployment(WEB)
    assert not deployment.pending
    assert deployment.workload is not None
    assert decisions(world) == 1
    assert world.ledger.leader() is None


def test_an_engine_that_another_has_followed_ends_in_peace() -> None:
    world = World("followed")
    world.people.submit(WEB)
    ending = engine(world)
    ending.loop.step()
    assert ending.loop.leadership.lease is not None
    world.ledger.release(ending.loop.leadership.lease)
    follower = world.ledger.lead("another", 10)
    ending.stop()
    ending.run()
    assert world.ledger.leader() == follower
