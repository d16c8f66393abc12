"""An incident: minutes of orders, faults and foreign hands drawn from a seed, then calm, then what must hold."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from domain.errors import DeadreckonError
from domain.names import Key
from domain.objects import Kind, ObjectRef
from tests.simulation.chance import Chance
from tests.simulation.invariants import broken
from tests.simulation.people import People, any_order
from tests.simulation.weather import Climate
from tests.simulation.world import World

CALM = 400.0
"""Seconds until all has come to rest: the longest back-off, a lease, a deletion and a rollout fit in."""

W = TypeVar("W", bound=World)


@dataclass(frozen=True)
class Incident:
    """What came of a seed."""

    world: World
    keys: list[Key]
    broken: list[str]


Orders = Callable[[People, Key, Chance], str]
Hands = Callable[[World, Key, Chance], str]


def any_hand(world: World, key: Key, chance: Chance) -> str:
    """Let a foreign hand do something to what stands there."""
    interventions = world.cluster.interventions
    workload = ObjectRef(Kind.DEPLOYMENT.value, key.namespace, key.object_name)
    what = chance.pick(("scale", "edit", "delete", "delete service", "delete pod", "label", "pause"))
    try:
        match what:
            case "scale":
                interventions.scale(workload, chance.pick((0, 1, 5)))
            case "edit":
                template = {"spec": {"containers": [{"name": "app", "image": "reg.example/app:hand"}]}}
                interventions.edit(workload, {"spec": {"template": template}})
            case "delete":
                interventions.delete(workload, foreground=chance.strikes(0.5))
            case "delete service":
                interventions.delete(ObjectRef(Kind.SERVICE.value, key.namespace, key.object_name))
            case "delete pod":
                pods = interventions.pods(key.namespace)
                if pods:
                    interventions.delete_pod(chance.pick(pods))
            case "label":
                interventions.edit(workload, {"metadata": {"labels": {"deadreckon.dev/project": "stolen"}}})
            case _:
                interventions.edit(workload, {"spec": {"paused": True}})
    except DeadreckonError:
        return f"hand: {what} of nothing"
    return f"hand: {what}"


def happen(
    seed: int,
    kind: type[World] = World,
    climate: Climate | None = None,
    *,
    engines: int = 0,
    orders: Orders = any_order,
    interventions: Hands = any_hand,
) -> Incident:
    """Let a seed's incident happen and judge what it left; `orders` are what people do, `interventions` what others do."""
    chance = Chance(f"incident {seed}")
    drawn = Climate.drawn(chance)
    climate = climate or drawn
    slowest = chance.between(0, 3) if chance.strikes(0.5) else 0.0
    drawn_engines = chance.pick((1, 2))
    world = kind(str(seed), climate=climate, engines=engines or drawn_engines, slowest=slowest)
    keys = [Key("shop", f"app {n}") for n in range(1, chance.pick((1, 2, 3)) + 1)]
    hands_on = chance.strikes(0.5)
    length = 0.0
    for _ in range(int(chance.between(4, 16))):
        world.plan(
            length, lambda: _something(world, keys, chance, interventions=interventions if hands_on else None, orders=orders)
        )
        length += chance.between(0, 45) if chance.strikes(0.7) else chance.between(0, 3)
    world.run(length)
    world.clear_up()
    for key in keys:
        world.people.resume(key)
    world.run(CALM)
    return Incident(world, keys, broken(world, keys))


def _something(world: World, keys: list[Key], chance: Chance, *, interventions: Hands | None, orders: Orders) -> None:
    key = chance.pick(keys)
    what = chance.weighed([("order", 10), ("hand", 5 if interventions else 0), ("history", 1), ("cut", 1), ("kill", 1)])
    if what == "order":
        what = orders(world.people, key, chance)
    elif what == "hand" and interventions:
        what = interventions(world, key, chance)
    elif what == "history":
        world.cluster.interventions.forget_history()
    elif what == "cut":
        world.cluster.interventions.cut_feeds("the watch was cut")
    else:
        world.kill(chance.pick(world.processes))
    world.weather.happened[what] += 1
