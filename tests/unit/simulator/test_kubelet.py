"""The hollow kubelet: containers that are pulled, probed, killed and restarted as on a real node."""

from typing import Any

import pytest

from adapters.simulator.apps import UNAVAILABLE, AppBehaviour, fails
from adapters.simulator.images import digest_of
from domain.errors import Rejected
from domain.objects import ObjectRef
from tests.unit.simulator.stage import SPACE, Stage, deployment, probe


def staged(**options: Any) -> Stage:  # noqa: ANN401 (the spec's own)
    stage = Stage()
    stage.apply(deployment(replicas=1, **options))
    return stage


def test_a_container_is_pulled_made_and_started_in_this_order() -> None:
    stage = staged().wait(10)

    told = [reason for reason, _, _ in stage.events()]
    assert told == ["ScalingReplicaSet", "SuccessfulCreate", "Scheduled", "Pulling", "Pulled", "Created", "Started"]
    assert stage.app()["imageID"] == f"shop/web@{digest_of('shop/web:1')}"


def test_an_image_that_is_not_there_is_pulled_ever_more_seldom() -> None:
    stage = staged(image="shop/web:missing").wait(2)
    assert stage.app()["state"]["waiting"]["reason"] == "ErrImagePull"

    stage.wait(6)
    assert stage.app()["state"]["waiting"]["reason"] == "ImagePullBackOff"

    stage.wait(120)
    pulls = next(count for reason, _, count in stage.events("Pulling") if reason == "Pulling")
    assert pulls == 4  # at once, after 10, 20 and 40 seconds


def test_a_crashing_container_is_restarted_ever_more_seldom() -> None:
    stage = staged(image="shop/web:2-crash", container={"terminationMessagePolicy": "FallbackToLogsOnError"})

    stage.wait(10.5)
    assert stage.app()["restartCount"] == 1
    assert stage.app()["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert stage.app()["state"]["waiting"]["message"].startswith("back-off 10s restarting failed container=app pod=web-")
    assert stage.app()["lastState"]["terminated"]["exitCode"] == 1
    assert "KeyError: 'DATABASE_URL'" in stage.app()["lastState"]["terminated"]["message"]

    stage.wait(20)
    assert stage.app()["state"]["waiting"]["message"].startswith("back-off 20s ")
    stage.wait(1000)
    assert stage.app()["state"]["waiting"]["message"].startswith("back-off 5m0s ")


def test_a_startup_probe_that_never_passes_gets_its_container_killed() -> None:
    startup = {"startupProbe": probe("/startup", periodSeconds=5, failureThreshold=2)}
    stage = staged(image="shop/web:stuck", container=startup).wait(30)

    assert ("Unhealthy", "Startup probe failed: HTTP probe failed with statuscode: 503") in [
        (reason, message) for reason, message, _ in stage.events()
    ]
    assert ("Killing", "Container app failed startup probe, will be restarted") in [
        (reason, message) for reason, message, _ in stage.events()
    ]
    assert stage.app()["restartCount"] >= 1
    assert not stage.app()["ready"]


def test_nobody_listens_before_the_application_has_started() -> None:
    stage = Stage()
    stage.cluster.behaviour("shop/web:1", AppBehaviour(start_seconds=20))
    stage.apply(deployment(replicas=1, container={"readinessProbe": probe(periodSeconds=5)}))

    stage.wait(10)
    words = stage.events("Unhealthy")[0][1]
    assert words.startswith('Readiness probe failed: Get "http://10.244.0.3:8000/ready": dial tcp 10.244.0.3:8000: connect:')
    assert not stage.app()["ready"]

    stage.wait(20)
    assert stage.app()["ready"]


def test_readiness_goes_and_comes_with_its_thresholds() -> None:
    stage = staged(container={"readinessProbe": probe(periodSeconds=5, failureThreshold=2)}).wait(20)
    pod = stage.interventions.pods()[0]

    stage.interventions.answer(pod, "readiness", UNAVAILABLE)
    stage.wait(5)
    assert stage.app()["ready"]
    stage.wait(5)
    assert not stage.app()["ready"]
    condition = next(one for one in stage.pods()[0]["status"]["conditions"] if one["type"] == "Ready")
    assert (condition["status"], condition["reason"]) == ("False", "ContainersNotReady")

    stage.interventions.answer(pod, "readiness", None)
    stage.wait(5)
    assert stage.app()["ready"]
    assert stage.app()["restartCount"] == 0


def test_a_liveness_probe_that_fails_too_often_restarts_the_container() -> None:
    stage = Stage()
    stage.cluster.behaviour("shop/web:1", AppBehaviour(liveness=fails(after=30)))
    stage.apply(deployment(replicas=1, container={"livenessProbe": probe("/alive", periodSeconds=5)}))

    stage.wait(50)

    assert stage.app()["restartCount"] == 1
    assert stage.app()["lastState"]["terminated"]["exitCode"] == 0
    assert ("Unhealthy", f"Liveness probe failed: {UNAVAILABLE}", 3) in stage.events()
    assert stage.events("Killing")[0][1] == "Container app failed liveness probe, will be restarted"


def test_who_does_not_end_in_its_grace_period_is_killed() -> None:
    stage = staged(image="shop/web:hang", container={"livenessProbe": probe()}, pod={"terminationGracePeriodSeconds": 5})

    stage.wait(110)

    assert stage.app()["restartCount"] == 1
    assert stage.app()["lastState"]["terminated"]["exitCode"] == 137


def test_the_kernel_ends_who_takes_too_much_memory() -> None:
    stage = staged(image="shop/web:oom").wait(30)

    ended = stage.app()["lastState"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (137, "OOMKilled")


def test_a_secret_that_is_missing_keeps_the_container_from_being_made() -> None:
    wants = [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "key-v1", "key": "value"}}}]
    stage = staged(container={"env": wants}).wait(10)
    assert stage.app()["state"]["waiting"] == {"reason": "CreateContainerConfigError", "message": 'secret "key-v1" not found'}

    metadata = {"name": "key-v1", "namespace": SPACE}
    stage.interventions.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"value": "x"}})
    stage.wait(20)
    assert stage.app()["ready"]


def test_a_deleted_pod_drains_and_then_goes() -> None:
    stage = staged().wait(10)
    pod = stage.interventions.pods()[0]

    stage.interventions.delete_pod(pod)
    leaving = stage.get("Pod", pod.name)
    assert leaving["metadata"]["deletionGracePeriodSeconds"] == 30
    stage.wait(2)

    assert stage.cluster.read(pod) is None
    assert ("Killing", "Stopping container app", 1) in stage.events()


def test_the_lines_of_this_and_of_the_previous_container_can_be_read() -> None:
    stage = staged(image="shop/web:crash").wait(8)
    pod = stage.interventions.pods()[0]

    now = list(stage.cluster.logs(pod, follow=False, previous=False, since=None, tail=None))
    before = list(stage.cluster.logs(pod, follow=False, previous=True, since=None, tail=1))

    assert now[0] == "INFO:     Started server process [1]"
    assert before == ["KeyError: 'DATABASE_URL'"]


def test_lines_that_are_not_there_are_refused_as_the_api_server_does() -> None:
    stage = staged(image="shop/web:missing").wait(5)
    waiting = stage.interventions.pods()[0]
    nobody = ObjectRef("Pod", SPACE, "nobody")

    for pod, status in ((waiting, 400), (nobody, 404)):
        with pytest.raises(Rejected) as refused:
            list(stage.cluster.logs(pod, follow=False, previous=False, since=None, tail=None))
        assert refused.value.rejection.status == status


def test_an_image_by_digest_behaves_as_its_tag_did() -> None:
    stage = staged(image=f"shop/web@{digest_of('shop/web:2-crash')}").wait(10.5)

    assert stage.app()["state"]["waiting"]["reason"] == "CrashLoopBackOff"
