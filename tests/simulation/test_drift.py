"""Foreign hands on a whole engine's objects: what changes the promise is put right, what does not costs no write and one fact."""

from typing import Any

import pytest

from domain.names import OUR_MANAGERS, Key
from domain.objects import Kind, ObjectRef
from domain.seen import Change, Drifted, DriftEnded, ObjectLeaving, ObjectVanished, UnmanagedSeen
from tests.simulation.world import World

SHOP = Key("shop", "web")
SERVICE = ObjectRef(Kind.SERVICE.value, SHOP.namespace, SHOP.object_name)
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, SHOP.namespace, SHOP.object_name)


def running() -> World:
    world = World("drift")
    world.people.submit(SHOP, "1", 2)
    world.run(60)
    return world


def facts(world: World, *kinds: type) -> list[Any]:
    return [r.fact for r in world.ledger.tail(0, 10_000) if isinstance(r.fact, kinds)]


def writes(world: World) -> int:
    return sum(line.manager in OUR_MANAGERS and not line.dry_run for line in world.cluster.audit)


def selector(world: World) -> dict[str, str]:
    found = world.cluster.store.get(*_key(SERVICE))
    assert found is not None
    return dict(found["spec"]["selector"])


def _key(ref: ObjectRef) -> tuple[str, str, str]:
    return ref.kind, ref.namespace, ref.name


def test_a_service_whose_selector_was_given_one_more_key_serves_again() -> None:
    """It selected nothing, and all said that it was well."""
    world = running()
    before = selector(world)
    world.cluster.interventions.edit(SERVICE, {"spec": {"selector": {"stray": "x"}}})
    assert selector(world) != before

    world.run(60)

    assert selector(world) == before
    (drift,) = facts(world, Drifted)
    (change,) = drift.changes
    assert (drift.ref, change.path, change.manager) == (SERVICE, "spec.selector.stray", "kubectl-edit")
    assert change.at is not None


@pytest.mark.parametrize("ref", [SERVICE, WORKLOAD])
def test_labels_notes_and_finalizers_of_others_are_one_fact_and_no_write(ref: ObjectRef) -> None:
    world = running()
    before = writes(world)
    theirs = {"labels": {"team": "blue"}, "annotations": {"a.example/beat": "0"}, "finalizers": ["a.example/keep"]}
    world.cluster.interventions.edit(ref, {"metadata": theirs})
    world.run(10)
    for beat in range(1, 40):
        world.cluster.interventions.edit(ref, {"metadata": {"annotations": {"a.example/beat": str(beat)}}}, "operator")
        world.run(2)

    (told,) = facts(world, UnmanagedSeen)

    assert {change.path for change in told.changes} == {
        "metadata.labels.team",
        "metadata.annotations.a.example/beat",
        "metadata.finalizers[a.example/keep]",
    }
    assert {change.manager for change in told.changes} == {"kubectl-edit"}
    assert writes(world) == before
    assert facts(world, Drifted, DriftEnded) == []


def test_a_restart_and_its_undoing_by_hand_are_both_told() -> None:
    world = running()
    note = "kubectl.kubernetes.io/restartedAt"
    template = {"spec": {"template": {"metadata": {"annotations": {note: "2026-01-01T00:00:00Z"}}}}}
    world.cluster.interventions.edit(WORKLOAD, template, "kubectl-rollout")
    world.run(30)
    template["spec"]["template"]["metadata"]["annotations"][note] = None  # type: ignore[assignment] # taken out
    world.cluster.interventions.edit(WORKLOAD, template, "kubectl")
    world.run(30)

    came, went = facts(world, UnmanagedSeen)

    path = f"spec.template.metadata.annotations.{note}"
    assert [(change.path, change.manager) for change in came.changes] == [(path, "kubectl-rollout")]
    assert went.changes == ()
    assert went.gone == (Change(path, "2026-01-01T00:00:00Z", "absent", "unknown"),), "who only takes away owns nothing"


def test_what_was_deleted_by_hand_is_told_with_the_last_who_wrote_it_and_made_anew() -> None:
    world = running()
    world.cluster.interventions.edit(SERVICE, {"metadata": {"labels": {"team": "blue"}}}, "kubectl-label")
    world.run(10)
    world.cluster.interventions.delete(SERVICE)
    world.run(60)

    (vanished,) = facts(world, ObjectVanished)
    assert set(vanished.managers) == {"kubectl-label", "deadreckon"}
    assert world.cluster.store.get(*_key(SERVICE)) is not None


def test_an_end_that_we_ordered_names_nobody_else() -> None:
    world = running()
    world.cluster.interventions.edit(SERVICE, {"metadata": {"labels": {"team": "blue"}}}, "kubectl-label")
    world.run(10)
    world.people.delete(SHOP)
    world.run(120)

    assert all(not told.managers for told in facts(world, ObjectVanished, ObjectLeaving))
