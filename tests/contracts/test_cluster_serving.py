"""What a cluster shows of who is served, and of others' objects that take our pods."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.objects import ObjectRef
from domain.observations import GoneSeen, ObjectSeen, SliceSeen, TakerSeen
from domain.selectors import Selector
from domain.views import SLICES, TAKERS
from tests.contracts.clusters import CLUSTERS, SERVICE, Ground, Lookout


@pytest.fixture(params=CLUSTERS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with request.param(request) as ground:
        ground.apply(ground.space())
        yield ground


def theirs(ground: Ground, kind: str, api: str, spec: dict[str, Any], name: str = "theirs") -> ObjectRef:
    """An object that carries no label of ours, in our namespace."""
    metadata = {"name": name, "namespace": ground.namespace}
    ground.interventions.create({"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec})
    return ObjectRef(kind, ground.namespace, name)


def taker(lookout: Lookout, ref: ObjectRef) -> TakerSeen:
    return lookout.until(TakerSeen, lambda one: one.ref == ref)


def test_a_service_has_its_slice_before_anything_serves_and_the_slice_carries_our_label(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        ground.apply(ground.service())

        seen = lookout.until(SliceSeen, lambda one: one.service == "web")

        assert (seen.ref.kind, seen.ref.namespace, seen.ready) == ("EndpointSlice", ground.namespace, ())


def test_the_slice_goes_with_its_service(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        live = ground.apply(ground.service())
        seen = lookout.until(SliceSeen, lambda one: one.service == "web")

        ground.remove(live.ref, live.uid)

        assert lookout.until(GoneSeen, lambda gone: gone.uid == seen.uid).ref == seen.ref


def test_another_ledgers_slices_are_not_seen(ground: Ground) -> None:
    other = Ground(ground.cluster, ground.interventions, ground.forget, ground.patience, namespace=ground.namespace)
    with Lookout(ground).ready() as lookout:
        other.apply(other.service("other"))
        ground.apply(ground.service())
        lookout.until(SliceSeen, lambda one: one.service == "web")

        assert {one.service for one in lookout.seen(SliceSeen)} == {"web"}


def test_anothers_service_is_seen_with_what_it_selects_and_who_wrote_it_and_is_no_object_of_ours(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        place = theirs(ground, SERVICE, "v1", {"selector": {"app": "web"}, "ports": [{"port": 80}]})

        seen = lookout.until(TakerSeen, lambda one: one.ref == place)

        assert (seen.what, seen.selector, seen.detail) == ("selects", Selector((("app", "web"),)), "app=web")
        assert seen.manager.startswith("kubectl")
        assert seen.at is not None
        assert [one for one in lookout.seen(ObjectSeen) if one.ref == place] == []

        ground.interventions.delete(place)
        assert lookout.until(GoneSeen, lambda gone: gone.uid == seen.uid).ref == place


def test_anothers_autoscaler_budget_and_policy_are_seen_with_what_they_take(ground: Ground) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    matching = {"matchLabels": {"app": "web"}}
    with Lookout(ground).ready() as lookout:
        scaler = theirs(ground, "HorizontalPodAutoscaler", "autoscaling/v2", {"scaleTargetRef": target, "maxReplicas": 5})
        budget = theirs(ground, "PodDisruptionBudget", "policy/v1", {"maxUnavailable": 0, "selector": matching})
        policy = theirs(ground, "NetworkPolicy", "networking.k8s.io/v1", {"podSelector": {}, "policyTypes": ["Ingress"]})

        found = {ref.kind: taker(lookout, ref) for ref in (scaler, budget, policy)}

        assert (found[scaler.kind].what, found[scaler.kind].target) == ("scales", "web")
        assert found[scaler.kind].detail == "1 to 5 replicas"
        assert (found[budget.kind].what, found[budget.kind].detail) == ("budgets", "app=web")
        assert (found[policy.kind].what, found[policy.kind].selector, found[policy.kind].detail) == (
            "polices",
            Selector(),
            "every pod",
        )


def test_our_own_objects_are_not_among_those_of_others(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        ours = ground.apply(ground.service())
        lookout.until(ObjectSeen, lambda one: one.ref == ours.ref)
        place = theirs(ground, SERVICE, "v1", {"selector": {"app": "web"}, "ports": [{"port": 80}]})
        lookout.until(TakerSeen, lambda one: one.ref == place)

        assert {one.ref for one in lookout.seen(TakerSeen) if one.ref.namespace == ground.namespace} == {place}


def test_the_views_are_listed_whole_each_time_whoever_looks_begins(ground: Ground) -> None:
    ground.apply(ground.service())
    with Lookout(ground).ready() as before:
        before.until(SliceSeen, lambda one: one.service == "web")
        places = before.places()

    with Lookout(ground, since=places) as after:
        after.until(SliceSeen, lambda one: one.service == "web")
        ground.soon(lambda: {SLICES.name, *(view.name for view in TAKERS)} <= set(after.listed()))
