"""Single misfortunes, each at a place of its own: a crash, or a sleep, at the n-th time that an engine comes there."""

from domain.names import Key
from domain.objects import Kind, ObjectRef
from tests.simulation.chance import Chance
from tests.simulation.weather import Climate, Crashed, Weather
from tests.simulation.world import World

SHOP = Key("shop", "web")
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, SHOP.namespace, SHOP.object_name)


class Misfortune(Weather):
    """Strikes once, at the n-th time that an engine comes to a place: a crash, or a sleep of so many seconds."""

    where, nth, sleep = "", 0, 0.0

    def at(self, where: str, *, ledger: bool = False) -> None:  # noqa: ARG002 (the weather's)
        if self.acting is not None and where == self.where:
            self.nth -= 1
            if self.nth == 0 and self.sleep:
                self.acting.freeze(self.sleep)
            elif self.nth == 0:
                raise Crashed(where)


def struck(where: str, nth: int, *, sleep: float = 0.0, engines: int = 1, kind: type[World] = World) -> World:
    """Give a world in which this misfortune will strike."""
    seed = f"{where}-{nth}".replace(" ", "-")
    weather = Misfortune(Climate(), Chance(seed))
    weather.where, weather.nth, weather.sleep = where, nth, sleep
    return kind(seed, engines=engines, weather=weather)


def edited_while_unresolved(nth: int, kind: type[World] = World) -> World:
    """Let an engine die after its n-th write, hands scale the Deployment before anyone looks, and time pass."""
    world = struck("after apply", nth, kind=kind)
    world.people.submit(SHOP, "1", 2)
    world.run(0)
    if world.cluster.read(WORKLOAD) is not None:
        world.cluster.interventions.scale(WORKLOAD, 5)
    world.run(200)
    return world
