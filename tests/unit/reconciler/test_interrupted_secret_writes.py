"""A secret's write that was cut short still gets its one outcome."""

from collections import Counter
from datetime import timedelta

import pytest

from adapters.desk.secrets import Vault
from adapters.desk.signature import Signature
from adapters.desk.writes import Writes
from domain.actions import Decided, Failed, NotAttempted, Succeeded, Unknown
from domain.cluster_ports import Guard
from domain.objects import Kind, Live, Manifest
from domain.record import Who
from tests.simulation.weather import Crashed, StormyCluster
from tests.simulation.world import World

ANN = Signature(Who("ann", "claimed"))


class CutShort(StormyCluster):
    """The first command that stores a Secret is killed right after the write."""

    cut = True

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        answer = super().apply(manifest, audit=audit, guard=guard, dry_run=dry_run)
        if self.cut and manifest.ref.kind == Kind.SECRET.value:
            self.cut = False
            raise Crashed
        return answer


class CutShortWorld(World):
    cluster_class = CutShort


def outcomes(world: World) -> dict[str, int]:
    facts = [recorded.fact for recorded in world.ledger.read("actions/shop")]
    told = Counter(fact.action for fact in facts if isinstance(fact, Succeeded | Failed | Unknown | NotAttempted))
    return {action.id: told[action.id] for fact in facts if isinstance(fact, Decided) for action in fact.actions}


def vault(world: World) -> Vault:
    return Vault(Writes(world.ledger, lambda: world.cluster, world.clock, world.new_id, "test"))


def test_what_a_killed_command_left_is_found_out_by_the_next_one() -> None:
    world = CutShortWorld("cut")
    with pytest.raises(Crashed):
        vault(world).set("shop", "token", b"first", ANN)
    world.run(600)
    assert vault(world).set("shop", "token", b"second", ANN) == 2
    assert set(outcomes(world).values()) == {1}


def test_a_command_that_is_still_at_work_is_left_to_its_own_outcome() -> None:
    world = CutShortWorld("at-work")
    with pytest.raises(Crashed):
        vault(world).set("shop", "token", b"first", ANN)
    world.run(timedelta(seconds=5).total_seconds())
    vault(world).set("shop", "token", b"second", ANN)
    assert sorted(outcomes(world).values()) == [0, 0, 1, 1]
