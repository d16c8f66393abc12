"""What is said to be healthy is served; an engine that does not look at endpoints says what is not so, and is found."""

import pytest

from domain.names import Key
from domain.objects import Kind, ObjectRef
from domain.seen import Drifted
from domain.serving_seen import EndpointsChanged, LetGo, TakenUp
from projections.status import row
from reconciler.recording import Recording
from tests.simulation.incident import happen
from tests.simulation.invariants import served
from tests.simulation.world import World

APP = Key("shop", "app")
SERVICE = ObjectRef(Kind.SERVICE.value, APP.namespace, APP.object_name)


class Blind(Recording):
    """Records nothing of endpoints."""

    def _record_serving(self) -> bool:
        return False


class WithBlind(World):
    recording_class = Blind


def running(kind: type[World] = World, replicas: int = 2) -> World:
    """A world with one version that is well."""
    world = kind("served")
    world.people.submit(APP, replicas=replicas)
    world.run(120)
    assert phase(world) == "healthy"
    return world


def phase(world: World) -> str:
    return row(world.people.deployment(APP)).phase


def told(world: World, kind: type) -> list[object]:
    return [r.fact for r in world.ledger.tail(0, 1_000_000) if isinstance(r.fact, kind)]


def test_a_version_is_well_only_when_its_service_reaches_its_replicas() -> None:
    world = World("served")
    world.run(5)
    world.people.submit(APP, replicas=2)
    world.run(1)
    world.cluster.interventions.stall_endpoints()
    world.run(60)
    assert phase(world) == "rolling out"

    world.cluster.interventions.stall_endpoints(stalled=False)
    world.run(20)

    assert phase(world) == "healthy"
    assert list(served(world, APP)) == []


def test_endpoints_that_follow_the_replicas_are_told_when_they_come_and_not_with_each() -> None:
    world = running(replicas=5)

    facts = [fact for fact in told(world, EndpointsChanged) if isinstance(fact, EndpointsChanged)]

    assert [(fact.ready > 0, fact.serves) for fact in facts] == [(False, False), (True, True)]


def test_replicas_that_get_ready_and_are_not_served_are_told_and_it_is_not_healthy() -> None:
    world = running()
    world.cluster.interventions.stall_endpoints()
    for pod in world.cluster.interventions.pods(APP.namespace):
        world.cluster.interventions.delete_pod(pod)
    world.run(120)

    assert phase(world) == "unserved"
    assert any("has no endpoints" in words for words in row(world.people.deployment(APP)).trouble)

    world.cluster.interventions.stall_endpoints(stalled=False)
    world.run(20)
    assert phase(world) == "healthy"


def test_control_an_engine_that_does_not_look_at_endpoints_is_found() -> None:
    world = running(WithBlind)
    world.cluster.interventions.stall_endpoints()
    for pod in world.cluster.interventions.pods(APP.namespace):
        world.cluster.interventions.delete_pod(pod)
    world.run(120)

    assert phase(world) == "healthy"
    assert list(served(world, APP)) != []


def test_a_selector_with_a_key_added_by_hand_is_drift_and_while_held_it_is_called_unserved() -> None:
    world = running()
    world.people.hold(APP, 600)
    world.cluster.interventions.edit(SERVICE, {"spec": {"selector": {"tier": "canary"}}})
    world.run(20)

    assert told(world, Drifted)
    assert phase(world) == "unserved"

    world.people.resume(APP)
    world.run(20)
    assert phase(world) == "healthy"


def test_what_is_stopped_needs_no_endpoints_to_have_done_what_was_asked() -> None:
    world = running()
    world.people.stop(APP)
    world.run(60)
    world.people.stop(APP)
    world.run(60)

    assert phase(world) == "stopped"
    assert [version.verdict for version in world.people.deployment(APP).versions] == ["healthy"] * 3


def test_anothers_service_that_sends_requests_to_our_pods_is_told_once_and_when_it_lets_them_go() -> None:
    world = running()
    theirs = {"name": "theirs", "namespace": APP.namespace}
    selector = {"deadreckon.dev/deployment": APP.object_name}
    content = {"apiVersion": "v1", "kind": "Service", "metadata": theirs, "spec": {"selector": selector, "ports": [{"port": 80}]}}
    world.cluster.interventions.create(content, "kubectl-create")
    world.run(60)

    (fact,) = told(world, TakenUp)
    assert isinstance(fact, TakenUp)
    assert (fact.ref.name, fact.what, fact.manager) == ("theirs", "selects", "kubectl-create")
    assert phase(world) == "healthy"

    world.cluster.interventions.delete(ObjectRef(Kind.SERVICE.value, APP.namespace, "theirs"))
    world.run(60)
    (gone,) = told(world, LetGo)
    assert isinstance(gone, LetGo)
    assert (gone.ref.name, gone.how) == ("theirs", "seen")


@pytest.mark.parametrize("seed", range(10))
def test_in_any_weather_what_is_said_to_be_healthy_is_served(seed: int) -> None:
    assert [words for words in happen(seed).broken if "is called healthy" in words] == []
