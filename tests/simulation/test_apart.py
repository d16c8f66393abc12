"""One object that the API server refuses: the rest of a version comes all the same, and its trouble is told until it is over."""

from functools import partial

import pytest

from domain.cluster_ports import Guard
from domain.errors import Rejected, Rejection
from domain.names import Key
from domain.objects import Kind, Live, Manifest, ObjectRef
from projections.troubles import troubles
from reconciler.plan import plan
from reconciler.policy import Rules
from tests.simulation.invariants import broken
from tests.simulation.weather import StormyCluster
from tests.simulation.world import World

SHOP = Key("shop", "web")
SERVICE = ObjectRef(Kind.SERVICE.value, SHOP.namespace, SHOP.object_name)


class Refusing(StormyCluster):
    """Refuses to write objects of one kind, as long as it is told to."""

    refused = ""

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        if manifest.ref.kind == self.refused:
            raise Rejected(Rejection(422, "Invalid", "refused by the simulation"))
        return super().apply(manifest, audit=audit, guard=guard, dry_run=dry_run)


class RefusingWorld(World):
    cluster_class = Refusing

    def refuse(self, kind: Kind | None) -> None:
        assert isinstance(self.cluster, Refusing)
        self.cluster.refused = kind.value if kind else ""


def refusing(kind: Kind) -> RefusingWorld:
    """A first version is ordered while one kind is refused."""
    world = RefusingWorld("apart")
    world.refuse(kind)
    world.people.submit(SHOP, "1", 2)
    world.run(120)
    return world


def test_a_refused_service_does_not_keep_the_new_replicas_away() -> None:
    world = refusing(Kind.SERVICE)

    assert len(world.cluster.store.of_kind("Pod")) == 2
    told = troubles(world.people.deployment(SHOP))[0]
    assert told.startswith(f"{SERVICE}: Invalid: refused by the simulation (")

    world.refuse(None)
    world.run(120)
    assert world.people.deployment(SHOP).troubles == {}
    assert broken(world, [SHOP]) == []


def test_a_refused_network_policy_does_since_no_replica_is_to_be_open_to_all() -> None:
    world = refusing(Kind.NETWORK_POLICY)

    assert not world.cluster.store.of_kind("Pod")
    assert world.cluster.store.get(SERVICE.kind, SERVICE.namespace, SERVICE.name) is not None


def test_the_control_by_the_rules_of_before_no_replica_came(monkeypatch: pytest.MonkeyPatch) -> None:
    def needs(*_: object) -> bool:
        return True

    monkeypatch.setattr("reconciler.perform.needs", needs)
    monkeypatch.setattr("reconciler.loop.plan", partial(plan, rules=Rules.of("1")))

    assert not refusing(Kind.SERVICE).cluster.store.of_kind("Pod")
