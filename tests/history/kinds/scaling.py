"""The autoscaler: up, down, at its ceiling, unable. The truth is its own status."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from tests.e2e.house import until
from tests.history.scene import Scene, now, quietly
from tests.history.truth import Kind, Truth

HPA = "HorizontalPodAutoscaler"


def _deploy(scene: Scene) -> None:
    scaling = {"maxReplicas": 2, "metrics": [{"metric": "cpu", "summary": "average", "value": 50}]}
    resources = {"machineType": "C4", "replicas": 1, "ports": [8000], "autoscaling": scaling}
    scene.deploy("busy", resources=resources, healthChecks=None)


def _status(scene: Scene) -> dict[str, Any]:
    found: dict[str, Any] = scene.see("get", HPA, scene.workload).get("status", {})
    return found


def _scaled(scene: Scene, count: int) -> datetime:
    until(lambda: _status(scene).get("desiredReplicas") == count, 150)
    return datetime.fromisoformat(_status(scene)["lastScaleTime"])


def _unable(scene: Scene) -> Truth:
    began = now()
    _deploy(scene)
    until(lambda: "FailedGetResourceMetric" in str(_status(scene)), 60)
    return Truth(
        ("ScalingTroubled",),
        began,
        now(),
        holds=("metric",),
        cause=("metric",),
        words=("metric",),
        event=("failedgetresourcemetric",),
    )


def _up(scene: Scene) -> Truth:
    _deploy(scene)
    until(lambda: "averageUtilization" in str(_status(scene).get("currentMetrics")), 90)
    scene.app("burn/200/30")
    at = _scaled(scene, 2)
    return Truth(
        ("Scaled",),
        at,
        at + timedelta(seconds=1),
        holds=('"after": 2',),
        cause=("cpu",),
        also=("root",),
        values=("cpu",),
        words=("1 to 2",),
        event=("new size: 2",),
    )


def _ceiling(scene: Scene) -> Truth:
    began = now()
    until(lambda: "TooManyReplicas" in str(_status(scene)), 60)
    return Truth(
        ("ScalingTroubled", "Scaled"),
        began - timedelta(seconds=60),
        now(),
        holds=("TooManyReplicas",),
        cause=("as many replicas as it may",),
        words=("replicas",),
    )


def _down(scene: Scene) -> Truth:
    for pod in scene.ready_pods():
        quietly(partial(scene.app, "burn/0/1", pod))
    at = _scaled(scene, 1)
    return Truth(
        ("Scaled",),
        at,
        at + timedelta(seconds=1),
        holds=('"after": 1',),
        cause=("below target", "cpu"),
        also=("root",),
        words=("2 to 1",),
        event=("new size: 1",),
    )


KINDS = (
    Kind("autoscaler: unable", "autoscaling", _unable, patience=30, needs="metrics"),
    Kind("autoscaler: up", "autoscaling", _up, patience=20, needs="metrics"),
    Kind("autoscaler: at its ceiling", "autoscaling", _ceiling, patience=20, needs="metrics"),
    Kind("autoscaler: down", "autoscaling", _down, patience=20, needs="metrics"),
)
