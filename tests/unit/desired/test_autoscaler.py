"""What autoscaling becomes on Kubernetes."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.observations.quantities import amount, normal
from domain.scaling import REQUEST_DURATION
from domain.spec import Autoscaling, Metric, Resources, Spec
from reconciler.autoscaler import seconds
from tests.unit.desired.test_rendering import one, rendered

CPU, MEMORY, DURATION = Metric("cpu", 50.0), Metric("memory", 22.4), Metric("requestDuration", 0.15)


def scaled(*metrics: Metric, least: int = 1, most: int = 5, **more: Any) -> Spec:  # noqa: ANN401 (a spec's own)
    return Spec("web", "web:1", Resources("C4", least, (8000,), Autoscaling(most, metrics)), **more)


def autoscaler(spec: Spec) -> dict[str, Any]:
    found: dict[str, Any] = one(rendered(spec), "HorizontalPodAutoscaler")["spec"]
    return found


def test_an_autoscaler_keeps_the_bounds_and_looks_at_each_metric_in_the_order_given() -> None:
    spec = autoscaler(scaled(CPU, MEMORY))

    deployment = one(rendered(scaled(CPU)), "Deployment")
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment["metadata"]["name"]}
    assert (spec["minReplicas"], spec["maxReplicas"]) == (1, 5)
    assert [metric["resource"]["name"] for metric in spec["metrics"]] == ["cpu", "memory"]
    assert spec["metrics"][1]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 22}
    assert "behavior" not in spec


@pytest.mark.parametrize(("percent", "kept"), [(0.2, 1), (1.0, 1), (99.6, 100), (2.0**31 - 1, 2**31 - 1), (1e12, 2**31 - 1)])
def test_a_target_is_a_whole_number_that_kubernetes_takes(percent: float, kept: int) -> None:
    [metric] = autoscaler(scaled(Metric("cpu", percent)))["metrics"]

    assert metric == {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": kept}},
    }


def test_the_number_of_replicas_is_left_out_so_that_it_is_the_autoscaler_s() -> None:
    assert "replicas" not in one(rendered(scaled(CPU)), "Deployment")["spec"]


def test_a_request_s_duration_is_an_external_metric_of_this_very_incarnation() -> None:
    [_, metric] = autoscaler(scaled(CPU, DURATION))["metrics"]

    selector = one(rendered(scaled(CPU)), "Deployment")["spec"]["selector"]
    assert metric == {
        "type": "External",
        "external": {
            "metric": {"name": REQUEST_DURATION, "selector": selector},
            "target": {"type": "Value", "value": "150m"},
        },
    }


def test_beside_a_relay_only_the_application_s_own_work_counts() -> None:
    [metric, _] = autoscaler(scaled(CPU, DURATION))["metrics"]

    assert metric["containerResource"]["container"] == "app"
    containers = one(rendered(scaled(CPU, DURATION)), "Deployment")["spec"]["template"]["spec"]["containers"]
    assert "app" in [container["name"] for container in containers]


def test_the_floor_is_at_least_one() -> None:
    assert autoscaler(scaled(CPU, least=0))["minReplicas"] == 1


@pytest.mark.parametrize("off", [{"enabled": False}, {"autoscaling": False}])
def test_stopped_or_switched_off_there_is_no_autoscaler_and_the_number_is_ours(off: dict[str, bool]) -> None:
    spec = scaled(CPU, least=2)
    if "autoscaling" in off:
        spec = replace(spec, resources=replace(spec.resources, autoscaling=Autoscaling(5, (CPU,), enabled=False)))
    else:
        spec = replace(spec, enabled=False)

    rendering = rendered(spec)

    assert "HorizontalPodAutoscaler" not in [manifest.ref.kind for manifest in rendering.manifests]
    assert one(rendering, "Deployment")["spec"]["replicas"] == spec.replicas_wanted


@pytest.mark.parametrize(("least", "most", "kept"), [(1, 1, False), (1, 2, True), (2, 2, True)])
def test_what_may_have_several_replicas_has_a_disruption_budget(least: int, most: int, *, kept: bool) -> None:
    kinds = [manifest.ref.kind for manifest in rendered(scaled(CPU, least=least, most=most)).manifests]

    assert ("PodDisruptionBudget" in kinds) is kept


def test_switching_autoscaling_on_restarts_nothing() -> None:
    spec = scaled(CPU)

    assert rendered(spec).template == rendered(replace(spec, resources=replace(spec.resources, autoscaling=None))).template


@given(st.floats(0.01, 1e9))
def test_seconds_are_written_as_the_api_server_gives_them_back(value: float) -> None:
    text = seconds(value)

    assert normal(text) == text
    assert abs(float(amount(text)) - value) <= 0.0005 + value * 1e-9
