"""The Deployment controller of the simulated cluster: as careful as the real one."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.simulator.rollouts import RolloutLimits
from adapters.simulator.scheduler import SimulatedNode
from domain.cluster_ports import Guard
from domain.objects import ObjectRef
from tests.at_night import at_night
from tests.unit.simulator.stage import SPACE, WEB, Stage, deployment, probe, rolling


def test_a_deployment_gets_its_pods_and_they_become_ready() -> None:
    stage = Stage()

    stage.apply(deployment(replicas=3))
    stage.wait(10)

    status = stage.status()
    assert (status["replicas"], status["updatedReplicas"], status["readyReplicas"], status["availableReplicas"]) == (3, 3, 3, 3)
    assert status["observedGeneration"] == 1
    assert [pod["status"]["phase"] for pod in stage.pods()] == ["Running"] * 3
    assert {one["type"]: one["reason"] for one in status["conditions"]} == {
        "Available": "MinimumReplicasAvailable",
        "Progressing": "NewReplicaSetAvailable",
    }


def test_an_update_replaces_all_pods_and_keeps_the_old_replica_set() -> None:
    stage = Stage()
    stage.apply(deployment(image="shop/web:1"))
    stage.wait(10)
    before = {pod["metadata"]["uid"] for pod in stage.pods()}

    stage.apply(deployment(image="shop/web:2"))
    stage.wait(60)

    assert {pod["spec"]["containers"][0]["image"] for pod in stage.pods()} == {"shop/web:2"}
    assert not before & {pod["metadata"]["uid"] for pod in stage.pods()}
    assert sorted(one["spec"]["replicas"] for one in stage.cluster.store.of_kind("ReplicaSet")) == [0, 2]


def test_a_deployment_made_anew_at_once_waits_until_its_forerunner_is_collected() -> None:
    stage = Stage()
    stage.apply(deployment(replicas=2))
    stage.wait(10)

    stage.interventions.delete(WEB)
    stage.apply(deployment(replicas=2))
    stage.wait(60)

    owners = {one["metadata"]["uid"] for one in stage.cluster.store.of_kind("ReplicaSet")}
    assert {pod["metadata"]["ownerReferences"][0]["uid"] for pod in stage.pods()} == owners
    assert len(stage.pods()) == 2


def test_going_back_uses_the_old_replica_set_under_a_new_revision() -> None:
    stage = Stage()
    for image in ("shop/web:1", "shop/web:2", "shop/web:1"):
        stage.apply(deployment(image=image))
        stage.wait(60)

    sets = stage.cluster.store.of_kind("ReplicaSet")
    revisions = {one["spec"]["template"]["spec"]["containers"][0]["image"]: one["metadata"]["annotations"] for one in sets}
    assert len(sets) == 2
    assert revisions["shop/web:1"]["deployment.kubernetes.io/revision"] == "3"
    assert stage.get("Deployment", "web")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"


def test_a_bad_release_stops_at_the_surge_and_the_old_pods_serve_on() -> None:
    stage = Stage()
    healthy = {"readinessProbe": probe(periodSeconds=5)}
    stage.apply(deployment(replicas=4, strategy=rolling(1, 0), container=healthy))
    stage.wait(30)

    stage.apply(deployment(replicas=4, strategy=rolling(1, 0), container=healthy, image="shop/web:2-bad"))
    stage.wait(120)

    status = stage.status()
    assert (status["replicas"], status["updatedReplicas"], status["availableReplicas"]) == (5, 1, 4)


def test_a_rollout_that_stands_still_exceeds_its_deadline() -> None:
    stage = Stage()
    stage.apply(deployment(image="shop/web:missing", progressDeadlineSeconds=60))

    stage.wait(55)
    assert progressing(stage)["reason"] == "ReplicaSetUpdated"
    stage.wait(10)

    assert (progressing(stage)["status"], progressing(stage)["reason"]) == ("False", "ProgressDeadlineExceeded")


def progressing(stage: Stage) -> dict[str, Any]:
    return next(one for one in stage.status()["conditions"] if one["type"] == "Progressing")


def test_scaling_makes_and_removes_pods_without_a_new_replica_set() -> None:
    stage = Stage()
    for replicas in (1, 5, 2, 0):
        stage.apply(deployment(replicas=replicas))
        stage.wait(15)
        assert len(stage.pods()) == replicas
    assert len(stage.cluster.store.of_kind("ReplicaSet")) == 1


def test_of_the_pods_the_one_that_is_not_ready_goes_first() -> None:
    stage = Stage()
    stage.apply(deployment(replicas=3, container={"readinessProbe": probe(periodSeconds=1, failureThreshold=1)}))
    stage.wait(15)
    ill = stage.interventions.pods()[1]
    stage.interventions.answer(ill, "readiness", "HTTP probe failed with statuscode: 503")
    stage.wait(5)

    stage.interventions.scale(WEB, 2)
    stage.wait(5)

    assert ill not in stage.interventions.pods()


def test_a_paused_deployment_does_not_roll_out() -> None:
    stage = Stage()
    stage.apply(deployment())
    stage.wait(10)
    stage.interventions.edit(WEB, {"spec": {"paused": True}})

    stage.apply(deployment(image="shop/web:2"))
    stage.wait(30)
    assert {pod["spec"]["containers"][0]["image"] for pod in stage.pods()} == {"shop/web:1"}

    stage.interventions.edit(WEB, {"spec": {"paused": None}})
    stage.wait(60)
    assert {pod["spec"]["containers"][0]["image"] for pod in stage.pods()} == {"shop/web:2"}


def test_recreate_waits_until_the_last_old_pod_is_gone() -> None:
    stage = Stage()
    recreate = {"type": "Recreate"}
    stage.apply(deployment(strategy=recreate))
    stage.wait(10)

    stage.apply(deployment(strategy=recreate, image="shop/web:2"))

    images: set[str] = set()
    for _ in range(300):
        stage.wait(0.1)
        images = {pod["spec"]["containers"][0]["image"] for pod in stage.cluster.store.of_kind("Pod")}
        assert len(images) <= 1
    assert images == {"shop/web:2"}


def test_a_deleted_pod_is_made_anew() -> None:
    stage = Stage()
    stage.apply(deployment(replicas=2))
    stage.wait(10)
    victim = stage.interventions.pods()[0]

    stage.interventions.delete_pod(victim)
    stage.wait(10)

    assert victim not in stage.interventions.pods()
    assert stage.status()["readyReplicas"] == 2


def test_a_quota_refuses_pods_in_kubernetes_words_until_there_is_room() -> None:
    stage = Stage()
    stage.interventions.quota(SPACE, 1)

    stage.apply(deployment(replicas=2))
    stage.wait(15)
    assert len(stage.pods()) == 1
    assert any("exceeded quota: pods" in message for _, message, _ in stage.events("FailedCreate"))

    stage.interventions.quota(SPACE, None)
    stage.wait(30)
    assert len(stage.pods()) == 2


def test_a_removed_deployment_takes_its_dependents_with_it() -> None:
    stage = Stage()
    stage.apply(deployment())
    stage.wait(10)
    live = stage.cluster.read(WEB)
    assert live is not None

    assert stage.cluster.remove(live.ref, guard=Guard(live.uid, live.resource_version), audit="gone")
    assert stage.cluster.read(live.ref) is not None
    stage.wait(10)

    assert stage.cluster.read(live.ref) is None
    assert not stage.cluster.store.of_kind("ReplicaSet")
    assert not stage.cluster.store.of_kind("Pod")


def test_a_namespace_goes_with_all_that_is_in_it() -> None:
    stage = Stage()
    stage.apply(deployment())
    stage.wait(10)

    stage.interventions.delete(ObjectRef("Namespace", "", SPACE))
    stage.wait(60)

    assert stage.cluster.read(ObjectRef("Namespace", "", SPACE)) is None
    assert stage.cluster.store.inside(SPACE) == []


def test_a_pod_without_a_place_says_so_and_gets_one_when_a_node_comes() -> None:
    stage = Stage(nodes=[SimulatedNode("small", cpu_millis=1_000)])
    asks = {"resources": {"requests": {"cpu": "800m"}}}
    stage.apply(deployment(replicas=2, container=asks))
    stage.wait(10)

    waiting = next(pod for pod in stage.pods() if not pod["spec"].get("nodeName"))
    assert waiting["status"]["conditions"][0]["message"].startswith("0/1 nodes are available: 1 Insufficient cpu.")

    stage.cluster.controllers.scheduler.add_node(SimulatedNode("large"))
    stage.wait(10)
    assert stage.status()["readyReplicas"] == 2


def test_a_budget_counts_the_healthy_pods() -> None:
    stage = Stage()
    stage.apply(deployment(replicas=3))
    budget = {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}
    metadata = {"name": "web", "namespace": SPACE}
    stage.interventions.create({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": budget})
    stage.wait(10)

    status = stage.get("PodDisruptionBudget", "web")["status"]
    assert (status["currentHealthy"], status["desiredHealthy"], status["disruptionsAllowed"]) == (3, 2, 1)


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "limits"),
    [(4, "25%", "25%", (1, 1)), (3, "25%", "25%", (1, 0)), (2, 0, 0, (0, 1)), (10, "30%", 2, (3, 2)), (0, "25%", 0, (0, 0))],
)
def test_shares_round_up_for_the_surge_and_down_for_the_unavailable(
    replicas: int, surge: int | str, unavailable: int | str, limits: tuple[int, int]
) -> None:
    found = RolloutLimits.of({"replicas": replicas, "strategy": rolling(surge, unavailable)})
    assert (found.surge, found.unavailable) == limits


steps = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([0.0, 0.3, 2.0, 7.0])), min_size=1, max_size=5)


@settings(max_examples=at_night(40), deadline=None)
@given(steps=steps, replicas=st.integers(1, 5), surge=st.integers(0, 3), unavailable=st.integers(0, 3))
def test_a_rollout_keeps_within_surge_and_unavailability(
    steps: list[tuple[int, float]], replicas: int, surge: int, unavailable: int
) -> None:
    stage, strategy = Stage(), rolling(surge, unavailable)
    limits = RolloutLimits.of({"replicas": replicas, "strategy": strategy})
    probed = {"readinessProbe": probe(periodSeconds=1)}
    stage.apply(deployment(replicas=replicas, strategy=strategy, container=probed))
    stage.wait(30)
    assert stage.status()["availableReplicas"] == replicas

    for version, seconds in steps:
        stage.apply(deployment(replicas=replicas, strategy=strategy, container=probed, image=f"shop/web:{version}"))
        for _ in range(int(seconds / 0.1) + 1):
            stage.wait(0.1)
            assert len(stage.pods()) <= limits.wanted + limits.surge
            assert ready(stage) >= limits.wanted - limits.unavailable
    stage.wait(120)

    last = f"shop/web:{steps[-1][0]}"
    assert [pod["spec"]["containers"][0]["image"] for pod in stage.pods()] == [last] * replicas


def ready(stage: Stage) -> int:
    conditions = (one for pod in stage.pods() for one in pod["status"].get("conditions", ()))
    return sum(1 for one in conditions if one["type"] == "Ready" and one["status"] == "True")
