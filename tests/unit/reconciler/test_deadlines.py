"""When a version's time begins to run: with the first thing done for it, not while nobody may or can do anything."""

from datetime import timedelta

from domain.deployment import Deployment
from domain.names import Key
from domain.objects import Kind, ObjectRef
from tests.simulation.people import DEADLINE
from tests.simulation.world import World

WEB = Key("shop", "web")
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, WEB.namespace, WEB.object_name)
LONG = DEADLINE * 3


def verdicts(deployment: Deployment) -> list[tuple[str, bool]]:
    return [(version.verdict, version.recovered) for version in deployment.versions]


def test_a_version_ordered_while_no_engine_ran_has_its_whole_deadline() -> None:
    world = World("late-engine")
    world.processes[0].die(world.clock() + timedelta(seconds=LONG))
    world.people.submit(WEB)
    world.run(LONG + 60)
    assert verdicts(world.people.deployment(WEB)) == [("healthy", False)]


def test_a_version_ordered_during_a_hold_is_not_judged_before_it_was_tried() -> None:
    world = World("held")
    world.people.submit(WEB)
    world.run(60)
    world.people.hold(WEB, LONG)
    world.people.submit(WEB, "2")
    world.run(LONG + 60)
    assert verdicts(world.people.deployment(WEB)) == [("healthy", False), ("healthy", False)]


def test_a_version_that_waits_for_the_end_of_the_one_deleted_is_neither_judged_nor_looked_at_again_and_again() -> None:
    world = World("removal")
    world.people.submit(WEB)
    world.run(60)
    world.cluster.interventions.edit(WORKLOAD, {"metadata": {"finalizers": ["example.org/wait"]}})
    world.people.delete(WEB)
    world.people.submit(WEB, "2")
    world.run(LONG)
    assert world.people.deployment(WEB).removing
    world.cluster.interventions.edit(WORKLOAD, {"metadata": {"finalizers": None}})
    world.run(60)
    assert verdicts(world.people.deployment(WEB)) == [("healthy", False), ("healthy", False)]


def test_a_version_that_never_comes_true_still_fails() -> None:
    world = World("control")
    world.people.submit(WEB, "6-missing")
    world.run(LONG)
    assert verdicts(world.people.deployment(WEB)) == [("failed", False)]


def test_a_version_that_waits_for_an_object_that_others_delete_fails_in_time_and_says_why() -> None:
    world = World("leaving")
    world.people.submit(WEB)
    world.run(60)
    world.cluster.interventions.edit(WORKLOAD, {"metadata": {"finalizers": ["example.org/wait"]}})
    world.cluster.interventions.delete(WORKLOAD)
    world.run(5)
    world.people.submit(WEB, "2")
    world.run(LONG)
    version = world.people.deployment(WEB).versions[-1]
    assert version.verdict == "failed"
    assert any("is being deleted" in words for words in version.why)
