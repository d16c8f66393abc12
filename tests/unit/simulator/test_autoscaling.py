"""The simulated autoscaler: bounds, work that spreads over the replicas, five minutes of patience downwards."""

import json
from typing import Any

import pytest

from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.keeping import dump, restore
from adapters.simulator.schema import Object
from domain.errors import Rejected
from domain.objects import Manifest
from tests.unit.simulator.stage import OURS, SPACE, WEB, Stage, deployment

CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}
DURATION = {
    "type": "External",
    "external": {"metric": {"name": "deadreckon-request-duration"}, "target": {"type": "Value", "value": "0.050"}},
}


def autoscaler(least: int = 1, most: int = 5, *metrics: dict[str, Any]) -> Manifest:
    spec: dict[str, Any] = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": least,
        "maxReplicas": most,
        "metrics": list(metrics or (CPU,)),
    }
    metadata = {"name": "web", "namespace": SPACE, "labels": OURS}
    content: dict[str, Any] = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata,
        "spec": spec,
    }
    return Manifest.of(content)


def scaled(stage: Stage, least: int = 1, most: int = 5, *metrics: dict[str, Any], image: str = "shop/web:1") -> Stage:
    stage.apply(deployment(image=image, replicas=least))
    stage.apply(autoscaler(least, most, *metrics))
    return stage.wait(20)


def count(stage: Stage) -> int:
    return int(stage.get("Deployment", "web")["spec"]["replicas"])


def condition(stage: Stage, kind: str) -> Object:
    status = stage.get("HorizontalPodAutoscaler", "web")["status"]
    return next(one for one in status["conditions"] if one["type"] == kind)


def test_work_spreads_over_the_replicas_until_each_has_its_target() -> None:
    stage = scaled(Stage())
    stage.interventions.load(WEB, 150.0)

    stage.wait(60)

    assert count(stage) == 3
    assert stage.events("SuccessfulRescale")[-1][1] == (
        "New size: 3; reason: cpu resource utilization (percentage of request) above target"
    )
    assert stage.wait(120).get("HorizontalPodAutoscaler", "web")["status"]["currentMetrics"] == [
        {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 50, "averageValue": "0"}}}
    ]
    assert count(stage) == 3


def test_less_to_do_scales_down_after_five_minutes_and_not_before() -> None:
    stage = scaled(Stage())
    stage.interventions.load(WEB, 150.0)
    stage.wait(60)
    stage.interventions.load(WEB, 5.0)

    assert count(stage.wait(240)) == 3
    assert count(stage.wait(90)) == 1
    assert stage.events("SuccessfulRescale")[-1][1] == "New size: 1; reason: All metrics below target"


def test_the_hungriest_metric_wins_and_the_ceiling_holds() -> None:
    stage = scaled(Stage(), 1, 4, CPU, DURATION)
    stage.interventions.load(WEB, 400.0)

    stage.wait(60)

    assert count(stage) == 4
    assert condition(stage, "ScalingLimited")["reason"] == "TooManyReplicas"
    assert condition(stage, "ScalingActive")["status"] == "True"


def test_an_image_that_says_busy_is_busy() -> None:
    assert count(scaled(Stage(), image="shop/web:1-busy").wait(60)) == 4


def test_blind_it_scales_nothing_and_says_so_but_keeps_the_bounds() -> None:
    stage = scaled(Stage(), 2, 4)
    stage.interventions.measure_nothing()
    stage.wait(20)
    assert condition(stage, "ScalingActive")["reason"] == "FailedGetResourceMetric"

    stage.interventions.scale(WEB, 1)
    stage.wait(20)

    assert count(stage) == 2


def test_what_is_written_again_without_a_number_keeps_what_the_autoscaler_made() -> None:
    stage = scaled(Stage())
    stage.interventions.load(WEB, 150.0)
    stage.wait(60)
    content = deployment(image="shop/web:2").content
    del content["spec"]["replicas"]

    stage.apply(Manifest.of(content))

    assert count(stage) == 3


def test_bounds_that_cannot_be_are_refused_as_the_api_server_does() -> None:
    stage = Stage()
    with pytest.raises(Rejected, match="must be greater than or equal to `minReplicas`"):
        stage.apply(autoscaler(3, 2))


def test_a_cluster_that_was_kept_goes_on_being_patient_where_it_stopped() -> None:
    stage = scaled(Stage())
    stage.interventions.load(WEB, 150.0)
    stage.wait(60)
    stage.interventions.load(WEB, 5.0)
    stage.wait(200)
    kept = json.loads(json.dumps(dump(stage.cluster)))

    again = Stage()
    again.now = stage.now
    again.cluster = SimulatedCluster(lambda: again.now, seed="stage")
    restore(again.cluster, kept, again.now)

    assert count(again) == 3
    assert count(again.wait(120)) == 1
