"""Secrets that projects share, in all weathers: each version finds the copies it needs, and no value is in the ledger."""

from base64 import b64encode
from typing import Any

import pytest

from domain.cluster_ports import Guard
from domain.copies import source_of
from domain.names import LABEL, Key
from domain.objects import Live, Manifest
from domain.project import secret_object, shared_namespace
from tests.simulation.chance import Chance
from tests.simulation.incident import happen
from tests.simulation.people import People, any_order
from tests.simulation.weather import StormyCluster
from tests.simulation.world import World

VALUE = "hunter2-very-private"
NAME = "token"


class Sharing(World):
    """A world whose people use a secret of the team, which is there."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 (as the world takes it)
        super().__init__(*given, **named)
        space = shared_namespace(self.ledger.identity)
        self.make("Namespace", space)
        for version in range(1, 20):
            data = {"value": b64encode(f"{VALUE}-{version}".encode()).decode()}
            self.make("Secret", secret_object(NAME, version, "team"), namespace=space, data=data)
        self.people.shared[NAME] = 1

    def make(self, kind: str, name: str, *, namespace: str = "", **more: object) -> None:
        metadata: dict[str, Any] = {"name": name, "labels": {f"{LABEL}/ledger": self.ledger.identity}}
        if namespace:
            metadata["namespace"] = namespace
        self.cluster.interventions.create({"apiVersion": "v1", "kind": kind, "metadata": metadata, **more})


class Forgetful(StormyCluster):
    """Applies copies as they are rendered, without their source's data."""

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        if source_of(manifest):
            content = manifest.content
            content["metadata"]["annotations"] = {}
            manifest = Manifest(manifest.ref, Manifest.of(content).body)
        return super().apply(manifest, audit=audit, guard=guard, dry_run=dry_run)


class WithForgetful(Sharing):
    cluster_class = Forgetful


def rotating(people: People, key: Key, chance: Chance) -> str:
    """Let people order something, and now and then set the secret anew before."""
    if chance.strikes(0.3):
        people.shared[NAME] = min(people.shared[NAME] + 1, 19)
    return any_order(people, key, chance)


def unfilled(world: World, keys: list[Key]) -> list[str]:
    """Name the copies of wanted versions that do not hold their source's value."""
    found: list[str] = []
    for key in keys:
        version = world.people.deployment(key).wanted
        for name, number in version.order.secrets if version else ():
            ref = next(one.ref for one in version.order.objects if one.ref.kind == "Secret") if version else None
            held = dict(world.cluster.secret(ref)) if ref else {}
            if held != {"value": f"{VALUE}-{number}".encode()}:
                found.append(f"{key.name}: {name} version {number}: {held}")
    return found


@pytest.mark.parametrize("seed", range(40))
def test_whatever_happens_each_version_has_the_values_it_was_made_with(seed: int) -> None:
    incident = happen(seed, kind=Sharing, orders=rotating)
    assert incident.broken == []
    assert unfilled(incident.world, incident.keys) == []
    kept = repr(incident.world.ledger.tail(0, 100_000))
    assert VALUE not in kept
    assert b64encode(VALUE.encode()).decode()[:24] not in kept


def test_the_control_copies_without_values_are_found() -> None:
    incidents = (happen(seed, kind=WithForgetful, orders=rotating) for seed in range(8))
    assert any(unfilled(incident.world, incident.keys) for incident in incidents)


def test_a_source_that_is_gone_is_said_and_comes_right_once_it_is_back() -> None:
    world, key = Sharing("gone"), Key("shop", "web")
    world.people.shared[NAME] = 99
    world.people.submit(key)
    world.run(60)
    trouble = world.people.deployment(key).trouble
    assert trouble is not None
    assert trouble.code == "SourceMissing"
    assert "store it again" in trouble.message
    data = {"value": b64encode(f"{VALUE}-99".encode()).decode()}
    world.make("Secret", secret_object(NAME, 99, "team"), namespace=shared_namespace(world.ledger.identity), data=data)
    world.run(400)
    assert unfilled(world, [key]) == []
