"""What a cluster promises to tell of pods that go, or are taken out, and of the ReplicaSets that remove them."""

from collections.abc import Iterator

import pytest

from domain.objects import Kind, ObjectRef
from domain.observations import EventSeen, GoneSeen, PodSeen, ReplicaSetSeen
from tests.contracts.clusters import CLUSTERS, Ground, Lookout


@pytest.fixture(params=CLUSTERS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with request.param(request) as ground:
        ground.apply(ground.space())
        yield ground


def test_a_pod_belongs_to_a_deployment_by_the_template_of_its_replica_set(ground: Ground) -> None:
    with Lookout(ground) as lookout:
        ground.apply(ground.deployment(replicas=1))

        pod = lookout.until(PodSeen, lambda seen: seen.owner is not None)

    assert pod.owner is not None
    assert pod.spec is not None
    assert pod.spec.controlled
    assert pod.owner.template["spec.containers[name=app].image"] == pod.spec.fields["spec.containers[name=app].image"]


def test_the_replica_set_that_is_scaled_down_says_whom_it_removed(ground: Ground) -> None:
    with Lookout(ground) as lookout:
        workload = ground.apply(ground.deployment(replicas=2)).ref
        lookout.until(ReplicaSetSeen, lambda seen: seen.wanted == 2 and seen.owner is not None and seen.replicas == 2)

        ground.interventions.scale(workload, 1)

        lookout.until(ReplicaSetSeen, lambda seen: seen.wanted == 1 and seen.owner is not None)
        removed = lookout.until(
            EventSeen, lambda seen: (seen.reason, seen.about.namespace) == ("SuccessfulDelete", ground.namespace)
        )
        gone = lookout.until(GoneSeen, lambda seen: seen.ref.kind == Kind.POD.value)

    assert removed.owner is not None
    assert removed.message == f"Deleted pod: {gone.ref.name}"
    assert gone.pod is not None
    assert gone.pod.uid == gone.uid


def test_a_pod_taken_out_by_its_label_has_no_controller_and_names_the_hand(ground: Ground) -> None:
    with Lookout(ground) as lookout:
        ground.apply(ground.deployment(replicas=1))
        pod = lookout.until(PodSeen, lambda seen: seen.owner is not None)

        ground.interventions.edit(
            ObjectRef(Kind.POD.value, ground.namespace, pod.ref.name), {"metadata": {"labels": {"app": "debug"}}}
        )

        lookout.until(PodSeen, lambda seen: seen.uid == pod.uid and seen.spec is not None and not seen.spec.controlled)
        taken = lookout.until(PodSeen, lambda seen: seen.uid == pod.uid and bool(seen.spec and seen.spec.managers))

    assert taken.spec is not None
    assert taken.spec.fields["metadata.labels.app"] == "debug"
    assert [one.path for one in taken.spec.managers] == ["metadata.labels.app"]


def test_an_image_changed_in_its_pod_is_the_hands_that_changed_it(ground: Ground) -> None:
    image = "spec.containers[name=app].image"
    change = {"spec": {"containers": [{"name": "app", "image": "registry.invalid/web:2"}]}}
    with Lookout(ground) as lookout:
        ground.apply(ground.deployment(replicas=1))
        pod = lookout.until(PodSeen, lambda seen: seen.owner is not None)

        ground.interventions.edit(ObjectRef(Kind.POD.value, ground.namespace, pod.ref.name), change)
        changed = lookout.until(PodSeen, lambda seen: bool(seen.spec and seen.spec.fields.get(image) == "registry.invalid/web:2"))

    assert changed.spec is not None
    assert image in [one.path for one in changed.spec.managers]
