"""What a cluster promises to whoever writes to it and reads it back."""

from collections.abc import Iterator

import pytest

from adapters.clock import new_id
from domain.cluster_ports import Guard
from domain.errors import Contested, Rejected
from domain.objects import Json, Manifest, Mark, ObjectRef, stamp
from tests.contracts.clusters import CLUSTERS, DEPLOYMENT, NAMESPACE, SERVICE, Ground

SOMEONE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(params=CLUSTERS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with request.param(request) as ground:
        ground.apply(ground.space())
        yield ground


def test_a_cluster_has_an_identity_that_stays(ground: Ground) -> None:
    assert ground.cluster.identity()
    assert ground.cluster.identity() == ground.cluster.identity()


def test_the_first_apply_creates_and_a_later_one_changes(ground: Ground) -> None:
    first = ground.apply(ground.service())
    second = ground.apply(ground.service(ports={"http": 81}))

    assert (first.created, second.created) == (True, False)
    assert first.uid == second.uid
    assert first.resource_version != second.resource_version
    assert second.fields["spec.ports[port=81].name"] == "http"


def test_what_was_applied_reads_back_with_its_mark(ground: Ground) -> None:
    mark = Mark(ground.ledger, new_id(), 2, 42)

    applied = ground.cluster.apply(stamp(ground.service(), mark, "p1"), audit=mark.action)

    read = ground.read(applied.ref)
    assert read.mark == mark
    assert (read.uid, read.resource_version, read.fields) == (applied.uid, applied.resource_version, applied.fields)


def test_what_is_not_there_reads_as_none(ground: Ground) -> None:
    assert ground.cluster.read(ObjectRef(SERVICE, ground.namespace, "nobody")) is None
    assert ground.cluster.read(ObjectRef(DEPLOYMENT, "reckon-nowhere", "nobody")) is None


def test_the_very_same_apply_again_changes_nothing(ground: Ground) -> None:
    once = stamp(ground.service(), Mark(ground.ledger, "a1", 0, 1), "p1")

    first = ground.cluster.apply(once, audit="a1")
    second = ground.cluster.apply(once, audit="a1")

    assert (second.uid, second.resource_version) == (first.uid, first.resource_version)


def test_a_label_of_the_object_does_not_make_a_new_generation(ground: Ground) -> None:
    first = ground.apply(ground.deployment())

    second = ground.apply(ground.deployment())

    assert first.mark.action != second.mark.action
    assert first.generation == second.generation


def test_a_change_of_the_spec_makes_a_new_generation(ground: Ground) -> None:
    first = ground.apply(ground.deployment())

    second = ground.apply(ground.deployment(replicas=3))

    assert second.generation == first.generation + 1


def test_a_guard_that_holds_lets_the_change_through(ground: Ground) -> None:
    live = ground.apply(ground.service())

    changed = ground.apply(ground.service(ports={"http": 81}), guard=Guard(live.uid, live.resource_version))

    assert changed.uid == live.uid


def test_a_stale_version_is_contested_and_changes_nothing(ground: Ground) -> None:
    stale = ground.apply(ground.service())
    current = ground.apply(ground.service(ports={"http": 81}))

    with pytest.raises(Contested):
        ground.apply(ground.service(ports={"http": 82}), guard=Guard(stale.uid, stale.resource_version))

    assert ground.read(current.ref) == current


def test_an_object_that_was_made_anew_is_contested(ground: Ground) -> None:
    old = ground.apply(ground.service())
    ground.interventions.delete(old.ref)
    ground.soon(lambda: ground.cluster.read(old.ref) is None)
    new = ground.apply(ground.service())

    for version in (old.resource_version, new.resource_version):
        with pytest.raises(Contested):
            ground.apply(ground.service(ports={"http": 81}), guard=Guard(old.uid, version))

    assert ground.read(new.ref).resource_version == new.resource_version


def test_a_guarded_apply_does_not_bring_a_deleted_object_back(ground: Ground) -> None:
    old = ground.apply(ground.service())
    ground.interventions.delete(old.ref)
    ground.soon(lambda: ground.cluster.read(old.ref) is None)

    with pytest.raises(Contested):
        ground.apply(ground.service(), guard=Guard(old.uid, old.resource_version))

    assert ground.cluster.read(old.ref) is None


def test_only_the_object_with_the_uid_is_removed(ground: Ground) -> None:
    live = ground.apply(ground.service())

    with pytest.raises(Contested):
        ground.remove(live.ref, SOMEONE)

    assert ground.read(live.ref).uid == live.uid
    assert ground.remove(live.ref, live.uid)
    ground.soon(lambda: ground.cluster.read(live.ref) is None)
    assert not ground.remove(live.ref, live.uid)


def test_a_removal_that_comes_late_does_not_take_what_was_written_since(ground: Ground) -> None:
    old = ground.apply(ground.service())
    ground.apply(ground.service())  # another action of ours: its label moves the version

    with pytest.raises(Contested):
        ground.remove(old.ref, old.uid, old.resource_version)

    assert ground.read(old.ref).uid == old.uid


def test_a_removed_deployment_waits_for_its_dependents_and_then_goes(ground: Ground) -> None:
    live = ground.apply(ground.deployment())
    ground.soon(lambda: "spec.replicas" in ground.read(live.ref).fields)

    assert ground.remove(live.ref, live.uid)

    ground.soon(lambda: ground.cluster.read(live.ref) is None)


def test_a_field_that_is_no_longer_applied_is_taken_away(ground: Ground) -> None:
    ground.apply(ground.deployment(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]))

    less = ground.apply(ground.deployment(env=[{"name": "A", "value": "1"}]))

    box = "spec.template.spec.containers[name=app]"
    assert less.fields[f"{box}.env[name=A].value"] == "1"
    assert f"{box}.env[name=B].value" not in less.fields


def test_what_another_added_to_a_keyed_list_stays(ground: Ground) -> None:
    live = ground.apply(ground.deployment(env=[{"name": "A", "value": "1"}]))
    theirs = {"containers": [{"name": "app", "env": [{"name": "C", "value": "3"}]}]}
    ground.interventions.edit(live.ref, {"spec": {"template": {"spec": theirs}}})

    again = ground.apply(ground.deployment(env=[{"name": "A", "value": "2"}]))

    box = "spec.template.spec.containers[name=app]"
    assert again.fields[f"{box}.env[name=A].value"] == "2"
    assert again.fields[f"{box}.env[name=C].value"] == "3"


def test_our_apply_takes_a_field_back_from_another_writer(ground: Ground) -> None:
    live = ground.apply(ground.deployment(replicas=2))
    ground.interventions.edit(live.ref, {"spec": {"replicas": 5}})
    assert ground.read(live.ref).fields["spec.replicas"] == 5

    again = ground.apply(ground.deployment(replicas=2))

    assert again.fields["spec.replicas"] == 2


def test_what_the_server_added_and_rewrote_is_in_the_fields(ground: Ground) -> None:
    service = ground.apply(ground.service())
    deployment = ground.apply(ground.deployment(resources={"limits": {"cpu": "1000m", "memory": "1024Mi"}}))

    box = "spec.template.spec.containers[name=app]"
    assert service.fields["spec.type"] == "ClusterIP"
    assert service.fields["spec.ports[port=80].protocol"] == "TCP"
    assert service.fields["spec.ports[port=80].targetPort"] == 80
    assert deployment.fields["spec.progressDeadlineSeconds"] == 600
    assert deployment.fields["spec.revisionHistoryLimit"] == 10
    assert deployment.fields["spec.strategy.type"] == "RollingUpdate"
    assert deployment.fields["spec.strategy.rollingUpdate.maxSurge"] == "25%"
    assert deployment.fields["spec.template.spec.restartPolicy"] == "Always"
    assert deployment.fields[f"{box}.imagePullPolicy"] == "IfNotPresent"
    assert deployment.fields[f"{box}.resources.limits.cpu"] == "1"
    assert deployment.fields[f"{box}.resources.limits.memory"] == "1Gi"


def test_a_selector_cannot_be_changed(ground: Ground) -> None:
    live = ground.apply(ground.deployment())

    with pytest.raises(Rejected) as refused:
        ground.apply(ground.deployment(app="other"))

    assert (refused.value.rejection.status, refused.value.rejection.reason) == (422, "Invalid")
    assert ground.read(live.ref).fields["spec.selector.matchLabels.app"] == "web"


def test_a_value_that_makes_no_sense_is_rejected(ground: Ground) -> None:
    with pytest.raises(Rejected) as refused:
        ground.apply(ground.deployment(replicas=-1))

    assert refused.value.rejection.status == 422


def test_a_field_that_does_not_exist_is_rejected(ground: Ground) -> None:
    with pytest.raises(Rejected) as refused:
        ground.apply(ground.deployment(imgae="web:2"))

    assert "imgae" in refused.value.rejection.message


def test_without_its_namespace_an_object_is_rejected(ground: Ground) -> None:
    homeless = ground.service().content
    homeless["metadata"]["namespace"] = "reckon-nowhere"

    with pytest.raises(Rejected) as refused:
        ground.apply(Manifest.of(homeless))

    assert (refused.value.rejection.status, refused.value.rejection.reason) == (404, "NotFound")


def test_a_namespace_that_is_going_takes_nothing_in(ground: Ground) -> None:
    anchor = ground.apply(ground.service())
    ground.interventions.edit(anchor.ref, {"metadata": {"finalizers": ["contract.invalid/wait"]}})
    space = ground.read(ObjectRef(NAMESPACE, "", ground.namespace))
    ground.interventions.delete(space.ref)
    ground.soon(lambda: ground.read(space.ref).deleting)

    with pytest.raises(Rejected) as refused:
        ground.apply(ground.service("late"))

    ground.interventions.edit(anchor.ref, {"metadata": {"finalizers": None}})
    assert (refused.value.rejection.status, refused.value.rejection.reason) == (403, "Forbidden")


def test_a_dry_run_answers_and_changes_nothing(ground: Ground) -> None:
    tried = ground.apply(ground.service(), dry_run=True)

    assert tried.fields["spec.type"] == "ClusterIP"
    assert ground.cluster.read(tried.ref) is None
    live = ground.apply(ground.service())
    assert ground.apply(ground.service(ports={"http": 81}), dry_run=True).fields["spec.ports[port=81].port"] == 81
    assert ground.read(live.ref) == ground.read(live.ref)
    assert ground.read(live.ref).resource_version == live.resource_version


def test_what_is_not_ours_can_be_told_by_reading_it(ground: Ground) -> None:
    theirs = ground.service("theirs").content
    theirs["metadata"]["labels"] = {"team": "blue"}
    ground.interventions.create(theirs)

    read = ground.read(ObjectRef(SERVICE, ground.namespace, "theirs"))

    assert read.mark == Mark()
    assert read.fields["spec.type"] == "ClusterIP"


def test_a_secret_is_read_without_its_data(ground: Ground) -> None:
    metadata = {"name": "s", "namespace": ground.namespace}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": "hunter2"}}
    ground.interventions.create(secret)

    read = ground.read(ObjectRef("Secret", ground.namespace, "s"))

    assert "hunter2" not in repr(read)
    assert "aHVudGVyMg==" not in repr(read)


def test_a_secret_with_values_is_made_once_and_not_written_over(ground: Ground) -> None:
    """Who may only create can make it; the answer to a change would tell them what stands there."""
    metadata: Json = {"name": "once", "namespace": ground.namespace, "labels": ground.labels("once")}
    first, second = (
        Manifest.of({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": {"value": value}})
        for value in ("aHVudGVyMg==", "c3Rvb2xlZA==")
    )

    assert ground.apply(first, dry_run=True).created
    assert ground.apply(first).created
    for again in (first, second):
        with pytest.raises(Rejected, match="AlreadyExists"):
            ground.apply(again)
    assert ground.cluster.secret(first.ref) == {"value": b"hunter2"}
