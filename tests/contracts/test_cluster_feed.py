"""What a cluster promises to whoever follows it."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.clock import new_id
from domain.objects import Live, Mark, ObjectRef, stamp
from domain.observations import (
    EventSeen,
    GoneSeen,
    Manager,
    ObjectSeen,
    PodSeen,
    Relisted,
    ReplicaSetSeen,
    RolloutSeen,
)
from domain.views import FOLLOWED
from tests.contracts.clusters import CLUSTERS, SERVICE, Ground, Lookout
from tests.signing import SIGNER

KINDS = set(FOLLOWED)


@pytest.fixture(params=CLUSTERS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with request.param(request) as ground:
        ground.apply(ground.space())
        yield ground


def services(lookout: Lookout) -> list[tuple[str, str]]:
    """Which services were seen and at which version, in order; a deletion as `gone`.

    What an earlier test left behind may still go, in its own namespace.
    """
    found: list[tuple[str, str]] = []
    for observation in lookout.seen(object):  # type: ignore[type-var] # all classes of observations
        if not isinstance(observation, ObjectSeen | GoneSeen) or observation.ref.kind != SERVICE:
            continue
        if observation.ref.namespace == lookout.ground.namespace:
            found.append((observation.ref.name, observation.resource_version if isinstance(observation, ObjectSeen) else "gone"))
    return found


def test_the_first_look_lists_every_kind_and_misses_nothing(ground: Ground) -> None:
    live = ground.apply(ground.service())

    with Lookout(ground).ready() as lookout:
        listed = lookout.listed()

        assert set(listed) == KINDS
        assert {relisted.missed for relisted in listed.values()} == {""}
        assert live.uid in listed[SERVICE].uids
        assert services(lookout) == [("web", live.resource_version)]
        assert set(lookout.feed.ages()) == KINDS


def test_a_list_comes_after_its_objects_and_only_then_is_a_place(ground: Ground) -> None:
    ground.apply(ground.service())

    with Lookout(ground).ready() as lookout:
        of_services = [watch_event for watch_event in lookout.watch_events if watch_event.kind == SERVICE]

    *seen, last = [type(s) for watch_event in of_services for s in watch_event.observations]
    assert (set(seen), last) == ({ObjectSeen}, Relisted)
    assert of_services[0].resource_version == ""
    assert of_services[1].resource_version == lookout.listed()[SERVICE].resource_version


def test_each_change_is_seen_once_in_order(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        first = ground.apply(ground.service())
        second = ground.apply(ground.service(ports={"http": 81}))
        ground.remove(second.ref, second.uid)
        lookout.until(GoneSeen, lambda gone: gone.uid == first.uid)

        told = [what for what in services(lookout) if what[1] in {first.resource_version, second.resource_version}]
        assert told == [("web", first.resource_version), ("web", second.resource_version)]
        assert services(lookout)[-1] == ("web", "gone")


def test_an_apply_that_changes_nothing_is_not_seen(ground: Ground) -> None:
    once = stamp(ground.service(), Mark(ground.ledger, "a1", 0, 1), "p1")
    with Lookout(ground).ready() as lookout:
        live = ground.cluster.apply(once, audit="a1")
        ground.cluster.apply(once, audit="a1")
        last = ground.apply(ground.service("last"))
        lookout.until(ObjectSeen, lambda seen: seen.ref == last.ref)

        assert services(lookout) == [("web", live.resource_version), ("last", last.resource_version)]


def test_another_ledgers_objects_are_not_seen(ground: Ground) -> None:
    other = Ground(ground.cluster, ground.interventions, ground.forget, ground.patience, namespace=ground.namespace)
    with Lookout(ground).ready() as lookout:
        other.apply(other.service("theirs"))
        ours = ground.apply(ground.service("ours"))
        lookout.until(ObjectSeen, lambda seen: seen.ref == ours.ref)

        assert {name for name, _ in services(lookout)} == {"ours"}


def test_a_deployment_makes_a_replica_set_and_pods_that_carry_our_labels(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        ground.apply(ground.deployment(replicas=2))

        rollout = lookout.until(RolloutSeen, lambda seen: seen.observed_generation == 1 and seen.replicas == 2)
        group = lookout.until(ReplicaSetSeen, lambda seen: seen.replicas == 2)
        ground.soon(lambda: len({pod.uid for pod in lookout.seen(PodSeen)}) == 2)
        pod = lookout.seen(PodSeen)[0]
        assert (rollout.wanted, rollout.updated) == (2, 2)
        assert (group.deployment, pod.deployment, pod.incarnation) == ("web", "web", 1)
        assert group.template == pod.template != ""
        assert pod.created_at is not None


def test_a_pod_is_seen_with_the_deployment_that_owns_it_and_what_proves_that(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        live = ground.apply(ground.deployment(replicas=1))

        pod = lookout.until(PodSeen, lambda seen: seen.deployment == "web")

        assert pod.owner is not None
        assert (pod.owner.ref, pod.owner.uid, pod.owner.mark) == (live.ref, live.uid, live.mark)
        assert SIGNER.genuine(live.ref, pod.owner.mark, pod.owner.proof)


def test_a_pod_seen_after_a_resumption_has_its_owner_too(ground: Ground) -> None:
    live = ground.apply(ground.deployment(replicas=1))
    with Lookout(ground).ready() as lookout:
        lookout.until(PodSeen, lambda seen: seen.deployment == "web")
        places = {kind: listed.resource_version for kind, listed in lookout.listed().items()}
    with Lookout(ground, places) as later:
        ground.interventions.scale(live.ref, 3)
        ground.soon(lambda: len({seen.uid for seen in later.seen(PodSeen)}) >= 2)

        assert {seen.owner.uid for seen in later.seen(PodSeen) if seen.owner} == {live.uid}
        assert all(seen.owner for seen in later.seen(PodSeen))


@pytest.mark.parametrize("claim", ["nothing", "a set that is not there", "our set's uid from another namespace"])
def test_an_owner_is_what_stands_there_and_not_what_a_pod_claims(ground: Ground, claim: str) -> None:
    elsewhere = Ground(ground.cluster, ground.interventions, ground.forget, ground.patience, ledger=ground.ledger)
    elsewhere.apply(elsewhere.space())
    with Lookout(ground).ready() as lookout:
        ground.apply(ground.deployment(replicas=1))
        group = lookout.until(ReplicaSetSeen, lambda seen: seen.replicas == 1)
        reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": group.ref.name, "controller": True}
        uid = {"nothing": "", "a set that is not there": new_id()}.get(claim, group.uid)
        metadata: dict[str, Any] = {"name": "evil", "namespace": elsewhere.namespace, "labels": elsewhere.labels("web")}
        metadata |= {"ownerReferences": [reference | {"uid": uid}]} if uid else {}
        box = {"name": "app", "image": "registry.invalid/evil:1"}
        ground.interventions.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [box]}})

        evil = lookout.until(PodSeen, lambda seen: seen.ref.name == "evil")

        assert evil.owner is None or evil.owner.ref.namespace != evil.ref.namespace


def test_what_kubernetes_says_of_our_objects_is_seen(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        ground.apply(ground.deployment(replicas=1))

        made = lookout.until(
            EventSeen, lambda seen: seen.reason == "SuccessfulCreate" and seen.about.namespace == ground.namespace
        )

        assert (made.about.kind, made.type, made.count) == ("ReplicaSet", "Normal", 1)
        assert "Created pod" in made.message


def test_a_new_template_makes_a_second_replica_set(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        ground.apply(ground.deployment())
        ground.soon(lambda: {group.uid for group in lookout.seen(ReplicaSetSeen)})
        ground.apply(ground.deployment(image="registry.invalid/web:2"))

        ground.soon(lambda: len({group.uid for group in lookout.seen(ReplicaSetSeen)}) == 2)
        assert len({group.template for group in lookout.seen(ReplicaSetSeen)}) == 2


def test_a_foreign_writer_is_named_until_we_take_the_field_back(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        live = ground.apply(ground.deployment(replicas=2))
        ground.interventions.edit(live.ref, {"spec": {"replicas": 5}})
        edited = lookout.until(ObjectSeen, lambda seen: seen.fields.get("spec.replicas") == 5)
        again = ground.apply(ground.deployment(replicas=2))
        ours = lookout.until(ObjectSeen, lambda seen: seen.resource_version == again.resource_version)

        assert [(manager.path, bool(manager.name)) for manager in edited.managers] == [("spec.replicas", True)]
        assert writers(ours.managers) == []


def test_who_scales_by_the_subresource_is_named_too(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        live = ground.apply(ground.deployment(replicas=2))
        ground.interventions.scale(live.ref, 4)

        scaled = lookout.until(ObjectSeen, lambda seen: seen.fields.get("spec.replicas") == 4)
        assert writers(scaled.managers) == ["spec.replicas"]


def writers(managers: tuple[Manager, ...]) -> list[str]:
    return [manager.path for manager in managers]


def test_a_removal_is_seen_from_its_beginning_to_its_end(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        live = ground.apply(ground.deployment(replicas=1))
        pod = lookout.until(PodSeen, lambda _: True)

        ground.remove(live.ref, live.uid)

        lookout.until(ObjectSeen, lambda seen: seen.uid == live.uid and seen.deleting)
        lookout.until(GoneSeen, lambda gone: gone.uid == pod.uid)
        gone = lookout.until(GoneSeen, lambda gone: gone.uid == live.uid)
        assert (gone.ref, gone.deployment) == (live.ref, "web")
        lookout.until(GoneSeen, lambda gone: gone.ref.kind == "ReplicaSet")


def test_an_object_that_lost_our_label_is_not_told_as_gone(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout:
        live = ground.apply(ground.service())
        ground.interventions.edit(live.ref, {"metadata": {"labels": {"deadreckon.dev/ledger": None}}})

        bare = lookout.until(ObjectSeen, lambda seen: seen.mark.ledger == "")

        assert (bare.uid, bare.ref, bare.deleting) == (live.uid, live.ref, False)
        # What an earlier test left behind may still go, in its own namespace.
        assert live.uid not in {gone.uid for gone in lookout.seen(GoneSeen)}


def while_nobody_looks(ground: Ground, kept: Live, dropped: Live) -> list[tuple[str, str]]:
    """A change, a deletion and a creation; what a watch has to tell of them."""
    changed = ground.apply(ground.service("kept", ports={"http": 81}))
    ground.interventions.delete(dropped.ref)
    ground.soon(lambda: ground.cluster.read(dropped.ref) is None)
    made = ground.apply(ground.service("made"))
    return [("kept", changed.resource_version), ("dropped", "gone"), ("made", made.resource_version)]


def test_who_resumes_misses_nothing_and_sees_nothing_twice(ground: Ground) -> None:
    with Lookout(ground).ready() as before:
        kept, dropped = ground.apply(ground.service("kept")), ground.apply(ground.service("dropped"))
        before.until(ObjectSeen, lambda seen: seen.uid == dropped.uid)
    happened = while_nobody_looks(ground, kept, dropped)

    with Lookout(ground, since=before.places()) as after:
        ground.soon(lambda: len(services(after)) >= len(happened))

        assert services(after) == happened
        assert SERVICE not in after.listed()


def test_when_history_is_lost_it_is_said_and_what_stands_is_listed(ground: Ground) -> None:
    with Lookout(ground).ready() as before:
        kept, dropped = ground.apply(ground.service("kept")), ground.apply(ground.service("dropped"))
        before.until(ObjectSeen, lambda seen: seen.uid == dropped.uid)
    while_nobody_looks(ground, kept, dropped)
    ground.forget()

    with Lookout(ground, since=before.places()) as after:
        relisted = after.until(Relisted, lambda seen: seen.kind == SERVICE)

        made = ground.read(ObjectRef(SERVICE, ground.namespace, "made"))
        assert relisted.missed
        assert relisted.uids >= {kept.uid, made.uid}
        assert dropped.uid not in relisted.uids
        assert sorted(name for name, _ in services(after)) == ["kept", "made"]


def test_a_closed_feed_is_quiet(ground: Ground) -> None:
    lookout = Lookout(ground).ready()
    lookout.feed.close()
    lookout.look()
    ground.apply(ground.service())
    ground.patience()

    assert lookout.feed.take() == ()
    assert not lookout.feed.wait(0.01)
