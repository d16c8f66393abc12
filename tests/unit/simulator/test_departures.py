"""How pods go, and what is made of them where they stand, in the simulated cluster."""

from domain.objects import ObjectRef
from tests.unit.simulator.stage import SPACE, Stage, deployment


def served(**more: object) -> Stage:
    stage = Stage()
    stage.apply(deployment(**more))  # type: ignore[arg-type] # a builder of tests
    return stage.wait(30)


def first(stage: Stage) -> ObjectRef:
    return stage.interventions.pods(SPACE)[0]


def test_an_evicted_pod_says_why_it_goes_until_it_is_gone() -> None:
    stage = served()
    pod = first(stage)

    stage.interventions.evict(pod)
    stage.wait(0.1)

    told = stage.get("Pod", pod.name)
    (target,) = (one for one in told["status"]["conditions"] if one["type"] == "DisruptionTarget")
    assert (target["status"], target["reason"]) == ("True", "EvictionByEvictionAPI")
    assert told["metadata"]["deletionGracePeriodSeconds"] == 30
    stage.wait(60)
    assert pod not in stage.interventions.pods(SPACE)


def test_a_pod_taken_out_by_its_label_runs_on_and_another_is_made() -> None:
    stage = served()
    pod = first(stage)

    stage.interventions.edit(pod, {"metadata": {"labels": {"app": "debug"}}}, "kubectl-label")
    stage.wait(30)

    assert not stage.get("Pod", pod.name)["metadata"].get("ownerReferences")
    assert len(stage.pods()) == 3
    assert stage.status()["readyReplicas"] == 2


def test_an_image_changed_in_place_restarts_the_container_and_leaves_the_pod() -> None:
    stage = served()
    pod = first(stage)

    stage.interventions.edit(pod, {"spec": {"containers": [{"name": "app", "image": "shop/web:2"}]}}, "kubectl-set")
    stage.wait(60)

    status = stage.get("Pod", pod.name)["status"]["containerStatuses"][0]
    assert (status["image"], status["restartCount"], status["ready"]) == ("shop/web:2", 1, True)
    assert [message for _, message, _ in stage.events("Killing")] == ["Container app definition changed, will be restarted"]


def test_a_limit_range_gives_new_pods_its_limits_and_says_so() -> None:
    stage = Stage()
    stage.interventions.limit(SPACE, {"memory": "256Mi"})
    stage.apply(deployment())
    stage.wait(30)

    pod = stage.pods()[0]

    assert pod["spec"]["containers"][0]["resources"]["limits"] == {"memory": "256Mi"}
    assert pod["metadata"]["annotations"]["kubernetes.io/limit-ranger"].endswith("memory limit for container app")


def test_without_a_limit_range_a_pod_is_as_its_template() -> None:
    pod = served().pods()[0]

    assert "limits" not in pod["spec"]["containers"][0].get("resources", {})
    assert "kubernetes.io/limit-ranger" not in pod["metadata"].get("annotations", {})
