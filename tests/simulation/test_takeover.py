"""What an engine must do with what another one left: one scripted misfortune each."""

from domain.names import Key
from domain.objects import Kind, ObjectRef
from tests.simulation.invariants import broken
from tests.simulation.weather import Crashed, Weather
from tests.simulation.world import World

SHOP = Key("shop", "web")
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, SHOP.namespace, SHOP.object_name)


class Misfortune(Weather):
    """Strikes once, at the n-th time that an engine comes to a place."""

    where, nth = "", 0

    def at(self, where: str, *, ledger: bool = False) -> None:
        if self.acting is not None and where == self.where:
            self.nth -= 1
            if self.nth == 0:
                raise Crashed(where)


def crashing(where: str, nth: int) -> World:
    world = World(f"crash-{where}-{nth}".replace(" ", "-"))
    weather = Misfortune(world.weather.climate, world.weather.chance)
    weather.where, weather.nth = where, nth
    world.ledger._weather = world.cluster._weather = world.weather = weather
    return world


def test_what_hands_do_while_an_action_is_unresolved_is_seen_and_put_right() -> None:
    for nth in range(1, 5):
        world = crashing("after apply", nth)
        world.people.submit(SHOP, "1", 2)
        world.run(0)
        if world.cluster.read(WORKLOAD) is not None:
            world.cluster.hands.scale(WORKLOAD, 5)

        world.run(200)

        assert broken(world, [SHOP]) == [], f"after write {nth}"


def test_an_engine_may_die_before_and_after_every_write_and_append() -> None:
    for where in ("before append", "after append", "before apply", "after apply", "before remove", "after remove"):
        for nth in range(1, 8):
            world = crashing(where, nth)
            world.people.submit(SHOP, "1", 2)
            world.run(40)
            world.people.scale(SHOP, 1)
            world.run(40)
            world.people.delete(SHOP)

            world.run(200)

            assert broken(world, [SHOP]) == [], f"{where} {nth}"
