"""Hands that renumber and add: what a server-side apply leaves to its owner, or cannot put right at all."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.errors import DeadreckonError
from domain.names import Key
from domain.objects import Kind, ObjectRef
from tests.simulation.chance import Chance
from tests.simulation.world import World

Content = dict[str, Any]


def object_of(key: Key, kind: Kind) -> ObjectRef:
    """Name the object of a kind that a deployment has one of."""
    return ObjectRef(kind.value, key.namespace, key.object_name)


def spec_of(world: World, ref: ObjectRef) -> Content:
    """Give what stands on the cluster."""
    found = world.cluster.store.get(ref.kind, ref.namespace, ref.name)
    assert found is not None, f"{ref} is not there"
    return dict(found["spec"])


def _renumbered(spec: Content) -> Content:
    port = spec["ports"][0]
    return {"ports": [{"port": port["port"], "$patch": "delete"}, {**port, "port": port["port"] + 1}]}


def _retargeted(spec: Content) -> Content:
    return {"ports": [{**spec["ports"][0], "targetPort": 1}]}


def _another_port(_: Content) -> Content:
    return {"ports": [{"name": "stray", "port": 9999, "protocol": "TCP"}]}


def _selecting(_: Content) -> Content:
    return {"selector": {"stray": "x"}}


def _with_variable(spec: Content) -> Content:
    name = spec["template"]["spec"]["containers"][0]["name"]
    return {"template": {"spec": {"containers": [{"name": name, "env": [{"name": "STRAY", "value": "x"}]}]}}}


def _limited(spec: Content) -> Content:
    name = spec["template"]["spec"]["containers"][0]["name"]
    return {"template": {"spec": {"containers": [{"name": name, "resources": {"limits": {"cpu": "2"}}}]}}}


def _opened(spec: Content) -> Content:
    return {"ingress": [*spec.get("ingress", ()), {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}


ADDITIONS: Mapping[str, tuple[Kind, Callable[[Content], Content]]] = {
    "a port renumbered": (Kind.SERVICE, _renumbered),
    "a port with another target": (Kind.SERVICE, _retargeted),
    "a port added": (Kind.SERVICE, _another_port),
    "a key added to the selector": (Kind.SERVICE, _selecting),
    "a variable added": (Kind.DEPLOYMENT, _with_variable),
    "a limit added": (Kind.DEPLOYMENT, _limited),
    "a rule added": (Kind.NETWORK_POLICY, _opened),
}


def add(world: World, key: Key, what: str) -> ObjectRef:
    """Let a hand do one of them, to what stands there now; give what it was done to. Raises what the API server refuses with."""
    kind, change = ADDITIONS[what]
    ref = object_of(key, kind)
    world.cluster.interventions.edit(ref, {"spec": change(spec_of(world, ref))})
    return ref


def adding(world: World, key: Key, chance: Chance) -> str:
    """Do any of them, as a hand of an incident."""
    what = chance.pick(tuple(ADDITIONS))
    try:
        add(world, key, what)
    except (DeadreckonError, AssertionError, LookupError):  # nothing is there, or no port is left
        return f"hand: {what} to nothing"
    return f"hand: {what}"
