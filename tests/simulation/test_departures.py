"""What others do to replicas on a simulated cluster is told as what it was, once; and what nobody did is not told."""

from domain.facts import Fact
from domain.objects import Kind, ObjectRef
from domain.pod_facts import (
    ImagePulling,
    ReplicaAdmitted,
    ReplicaChanged,
    ReplicaDisowned,
    ReplicaEnded,
    ReplicaLeaving,
    ReplicaRemoved,
)
from domain.replica import Restarted
from domain.seen import ReplicaSetScaled
from tests.simulation.invariants import lives_once
from tests.simulation.test_around import WEB, running, told
from tests.simulation.world import World


def replica_of(world: World) -> tuple[str, ObjectRef]:
    """A replica's uid, and its pod."""
    deployment = world.people.deployment(WEB)
    uid, replica = next(iter(deployment.replicas.items()))
    return uid, ObjectRef(Kind.POD.value, replica.namespace, replica.pod)


def of(world: World, uid: str, *kinds: type[Fact]) -> list[Fact]:
    facts = world.ledger.tail(0, 100_000)
    return [r.fact for r in facts if r.stream == f"replica/{uid}" and isinstance(r.fact, kinds)]


def test_an_evicted_replica_says_why_it_went_and_how_it_ended() -> None:
    world = running(World("evicted"))
    uid, pod = replica_of(world)

    world.cluster.interventions.evict(pod)
    world.run(90)

    (leaving,) = of(world, uid, ReplicaLeaving)
    assert isinstance(leaving, ReplicaLeaving)
    assert leaving.reason == "EvictionByEvictionAPI"
    assert leaving.at is not None
    assert len(of(world, uid, ReplicaEnded)) == 1
    assert of(world, uid, ReplicaRemoved) == []
    assert list(lives_once(world)) == []


def test_a_replica_deleted_by_hand_has_no_reason_and_no_replica_set_removed_it() -> None:
    world = running(World("deleted"))
    uid, pod = replica_of(world)

    world.cluster.interventions.delete_pod(pod)
    world.run(90)

    assert [fact.reason for fact in of(world, uid, ReplicaLeaving) if isinstance(fact, ReplicaLeaving)] == [""]
    assert told(world, ReplicaRemoved) == []


def test_a_replica_taken_out_is_told_and_followed_until_it_is_gone() -> None:
    world = running(World("disowned"))
    uid, pod = replica_of(world)
    selector = world.cluster.store.of_kind("Deployment")[0]["spec"]["selector"]["matchLabels"]
    name = next(iter(selector))

    world.cluster.interventions.edit(pod, {"metadata": {"labels": {name: "debug"}}}, "kubectl-label")
    world.run(60)

    (taken,) = of(world, uid, ReplicaDisowned)
    assert isinstance(taken, ReplicaDisowned)
    assert taken.manager == "kubectl-label"
    assert world.people.deployment(WEB).replicas[uid].disowned
    world.cluster.interventions.delete_pod(pod)
    world.run(90)
    assert uid not in world.people.deployment(WEB).replicas


def test_an_image_changed_in_its_pod_is_told_and_the_restart_is_not_called_its_own() -> None:
    world = running(World("changed"))
    uid, pod = replica_of(world)
    box = world.cluster.store.get("Pod", pod.namespace, pod.name)
    assert box is not None
    name = box["spec"]["containers"][0]["name"]

    world.cluster.interventions.edit(pod, {"spec": {"containers": [{"name": name, "image": "shop/other:9"}]}}, "kubectl-set")
    world.run(90)

    (changed,) = of(world, uid, ReplicaChanged)
    assert isinstance(changed, ReplicaChanged)
    assert [(one.now, one.manager) for one in changed.changes] == [("shop/other:9", "kubectl-set")]
    assert {fact.cause for fact in of(world, uid, Restarted) if isinstance(fact, Restarted)} <= {"unknown"}


def test_while_nobody_does_anything_nothing_of_this_is_told() -> None:
    """The control of the above."""
    world = running(World("calm"))
    world.run(600)

    assert told(world, ReplicaAdmitted, ReplicaChanged, ReplicaDisowned, ReplicaLeaving, ReplicaEnded, ReplicaRemoved) == []
    assert len(told(world, ReplicaSetScaled)) == 1
    assert len(told(world, ImagePulling)) <= 3 * len(world.people.deployment(WEB).replicas)
