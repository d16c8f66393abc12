"""What a cluster promises about the number of replicas: whose it is, and what its autoscaler makes of it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from domain.names import REPLICAS_MANAGER
from domain.objects import Json, Kind, Live, Manifest, ObjectRef
from domain.observations import AutoscalerSeen, EventSeen
from tests.contracts.clusters import CLUSTERS, DEPLOYMENT, Ground, Lookout

AUTOSCALER = Kind.AUTOSCALER.value


@pytest.fixture(params=CLUSTERS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with request.param(request) as ground:
        ground.apply(ground.space())
        yield ground


def without_count(ground: Ground) -> Manifest:
    content = ground.deployment().content
    del content["spec"]["replicas"]
    return Manifest.of(content)


def handed(ground: Ground, replicas: int) -> Manifest:
    metadata: Json = {"name": "web", "namespace": ground.namespace}
    content: dict[str, Json] = {"apiVersion": "apps/v1", "kind": DEPLOYMENT, "metadata": metadata, "spec": {"replicas": replicas}}
    return replace(Manifest.of(content), manager=REPLICAS_MANAGER)


def autoscaler(ground: Ground, least: int, most: int) -> Manifest:
    target: Json = {"type": "Utilization", "averageUtilization": 50}
    spec: dict[str, Any] = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": DEPLOYMENT, "name": "web"},
        "minReplicas": least,
        "maxReplicas": most,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }
    metadata: Json = {"name": "web", "namespace": ground.namespace, "labels": ground.labels("web")}
    return Manifest.of({"apiVersion": "autoscaling/v2", "kind": AUTOSCALER, "metadata": metadata, "spec": spec})


def count(live: Live) -> object:
    return live.fields["spec.replicas"]


def workload(ground: Ground) -> ObjectRef:
    return ObjectRef(DEPLOYMENT, ground.namespace, "web")


def test_a_number_that_its_only_owner_leaves_out_falls_to_one(ground: Ground) -> None:
    ground.apply(ground.deployment(replicas=3))

    assert count(ground.apply(without_count(ground))) == 1


def test_a_number_that_was_handed_over_stays_when_our_manager_leaves_it_out(ground: Ground) -> None:
    first = ground.apply(ground.deployment(replicas=3))

    over = ground.apply(handed(ground, 3))
    after = ground.apply(without_count(ground))

    assert (count(over), count(after)) == (3, 3)
    assert after.generation == first.generation
    assert over.mark.action != after.mark.action


def test_what_is_handed_over_takes_nothing_else_along(ground: Ground) -> None:
    first = ground.apply(ground.deployment(replicas=3))

    over = ground.apply(handed(ground, 4))

    assert {**first.fields, "spec.replicas": 4} == over.fields
    assert over.mark.ledger == ground.ledger


def test_a_number_that_is_taken_back_can_be_handed_over_again(ground: Ground) -> None:
    ground.apply(ground.deployment(replicas=3))
    ground.apply(handed(ground, 3))
    ground.apply(without_count(ground))
    ground.apply(ground.deployment(replicas=2))
    ground.apply(handed(ground, 2))

    assert count(ground.apply(without_count(ground))) == 2


def test_an_autoscaler_comes_back_as_it_was_written_and_again_changes_nothing(ground: Ground) -> None:
    manifest = autoscaler(ground, 2, 4)

    first = ground.apply(manifest)
    second = ground.apply(manifest)

    assert first.fields == second.fields
    assert first.fields["spec.metrics[0].resource.target.averageUtilization"] == 50
    assert (first.fields["spec.minReplicas"], first.fields["spec.maxReplicas"]) == (2, 4)
    assert first.generation == second.generation


@pytest.mark.parametrize(("stands", "becomes", "limit"), [(1, 2, "below Spec.MinReplicas"), (6, 4, "above Spec.MaxReplicas")])
def test_a_number_out_of_bounds_is_brought_within_them_and_it_is_said_why(
    ground: Ground, stands: int, becomes: int, limit: str
) -> None:
    with Lookout(ground) as lookout:
        ground.apply(ground.deployment(replicas=stands))
        made = ground.apply(autoscaler(ground, 2, 4))

        seen = lookout.until(AutoscalerSeen, lambda seen: seen.scaled_at is not None)
        said = lookout.until(EventSeen, lambda seen: (seen.reason, seen.about_uid) == ("SuccessfulRescale", made.uid))

    assert (seen.uid, seen.current, seen.desired) == (made.uid, stands, becomes)
    assert said.message == f"New size: {becomes}; reason: Current number of replicas {limit}"
    assert said.last_at is not None
    assert seen.scaled_at is not None
    assert abs(said.last_at - seen.scaled_at).total_seconds() <= 3
    assert count(ground.read(workload(ground))) == becomes


def test_a_number_of_none_is_left_alone(ground: Ground) -> None:
    with Lookout(ground) as lookout:
        ground.apply(ground.deployment(replicas=0))
        ground.apply(autoscaler(ground, 2, 4))

        rests = lookout.until(AutoscalerSeen, lambda seen: any(one.reason == "ScalingDisabled" for one in seen.conditions))

    assert not any(one.holds for one in rests.conditions if one.type == "ScalingActive")
    assert count(ground.read(workload(ground))) == 0


def test_without_figures_an_autoscaler_says_so_and_scales_nothing(ground: Ground) -> None:
    with Lookout(ground) as lookout:
        ground.apply(ground.deployment(replicas=3, image="registry.invalid/web:missing"))
        ground.apply(autoscaler(ground, 2, 4))

        seen = lookout.until(AutoscalerSeen, lambda seen: any(one.reason == "FailedGetResourceMetric" for one in seen.conditions))

    assert not any(one.holds for one in seen.conditions if one.type == "ScalingActive")
    assert seen.scaled_at is None
    assert count(ground.read(workload(ground))) == 3
