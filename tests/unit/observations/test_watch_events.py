"""What the API server says, as the domain sees it."""

import json
from datetime import UTC, datetime
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from adapters.observations.frames import watch_event
from adapters.observations.objects import live
from domain.objects import WATCHED, Kind, Manifest, Mark, ObjectRef, stamp
from domain.observations import (
    Bookmark,
    EventSeen,
    Exit,
    GoneSeen,
    Manager,
    ObjectSeen,
    PodSeen,
    ReplicaSetSeen,
    RolloutSeen,
    Running,
    Waiting,
)

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
DIGEST = "sha256:" + "a" * 64


def metadata(**more: object) -> dict[str, Any]:
    labels = {
        "app.kubernetes.io/managed-by": "deadreckon",
        "deadreckon.dev/ledger": "L1",
        "deadreckon.dev/deployment": "web-1",
        "deadreckon.dev/incarnation": "2",
        "deadreckon.dev/template": "t1",
        "deadreckon.dev/action": "A1",
        "deadreckon.dev/position": "1.42",
        "team": "blue",
    }
    plain = {"name": "web-1", "namespace": "reckon-x", "uid": "u1", "resourceVersion": "77", "generation": 3}
    return {**plain, "labels": labels, **more}


def deployment(**more: object) -> dict[str, Any]:
    template = {"spec": {"containers": [{"name": "app", "image": "web:2", "env": [{"name": "A", "value": "1"}]}]}}
    status = {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1, "readyReplicas": 2, "availableReplicas": 2}
    return {
        "kind": "Deployment",
        "metadata": metadata(**more),
        "spec": {"replicas": 2, "template": template},
        "status": status,
    }


def container(state: dict[str, Any], **more: object) -> dict[str, Any]:
    return {
        "name": "app",
        "containerID": "containerd://c1",
        "image": "web:2",
        "imageID": f"r.example/web@{DIGEST}",
        "started": True,
        "ready": True,
        "restartCount": 4,
        "state": state,
        **more,
    }


def pod(*containers: dict[str, Any], conditions: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {
        "metadata": metadata(name="web-1-x", creationTimestamp="2026-01-01T12:00:00Z"),
        "spec": {"nodeName": "n1"},
        "status": {"phase": "Running", "containerStatuses": list(containers), "conditions": list(conditions)},
    }


def seen_pod(obj: dict[str, Any]) -> PodSeen:
    (observation,) = watch_event("Pod", "MODIFIED", obj, NOON).observations
    assert isinstance(observation, PodSeen)
    return observation


def test_an_object_is_read_with_its_mark_and_without_its_status() -> None:
    seen = live(deployment(), created=True)

    assert (seen.ref, seen.uid, seen.resource_version) == (ObjectRef("Deployment", "reckon-x", "web-1"), "u1", "77")
    assert (seen.generation, seen.created, seen.deleting) == (3, True, False)
    assert seen.mark == Mark("L1", "A1", 1, 42)
    assert seen.fields == {
        "metadata.labels.app.kubernetes.io/managed-by": "deadreckon",
        "metadata.labels.deadreckon.dev/ledger": "L1",
        "metadata.labels.deadreckon.dev/deployment": "web-1",
        "metadata.labels.deadreckon.dev/incarnation": "2",
        "metadata.labels.deadreckon.dev/template": "t1",
        "metadata.labels.team": "blue",
        "spec.replicas": 2,
        "spec.template.spec.containers[name=app].name": "app",
        "spec.template.spec.containers[name=app].image": "web:2",
        "spec.template.spec.containers[name=app].env[name=A].name": "A",
        "spec.template.spec.containers[name=app].env[name=A].value": "1",
    }


def test_a_secrets_data_stays_outside() -> None:
    secret = {"kind": "Secret", "metadata": metadata(), "data": {"password": "aHVudGVyMg=="}, "stringData": {"p": "x"}}

    assert "aHVudGVyMg" not in repr(live(secret))


def test_a_stamp_marks_the_object_and_leaves_its_template_alone() -> None:
    manifest = Manifest.of({k: v for k, v in deployment().items() if k != "status"})
    mark = Mark("L9", "A9", 2, 1000)

    stamped = stamp(manifest, mark, "a-proof")

    assert (live(stamped.content).mark, live(stamped.content).proof) == (mark, "a-proof")
    assert stamped.content["spec"] == manifest.content["spec"]
    assert stamped.ref == manifest.ref


def test_a_deployments_frame_shows_the_object_and_its_rollout() -> None:
    seen = watch_event("Deployment", "ADDED", deployment(), NOON)

    thing, rollout = seen.observations
    assert isinstance(thing, ObjectSeen)
    assert thing.deployment == "web-1"
    assert isinstance(rollout, RolloutSeen)
    assert (rollout.generation, rollout.observed_generation, rollout.wanted) == (3, 2, 2)
    assert (rollout.replicas, rollout.updated, rollout.ready, rollout.available) == (3, 1, 2, 2)
    assert (seen.at, seen.kind, seen.resource_version) == (NOON, "Deployment", "77")


def test_foreign_writers_are_named_with_the_paths_of_their_fields() -> None:
    ports: dict[str, Any] = {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}}
    app: dict[str, Any] = {".": {}, "f:image": {}, "f:ports": ports, "f:env": {'k:{"name":"A"}': {".": {}}}}
    scaled: dict[str, Any] = {"manager": "kubectl", "subresource": "scale", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    edited: dict[str, Any] = {
        "manager": "kubectl-edit",
        "time": "2026-01-01T12:00:00Z",
        "fieldsV1": {
            "f:metadata": {"f:annotations": {"f:x": {}}, "f:labels": {"f:team": {}}},
            "f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"app"}': app}}}},
        },
    }
    ours: dict[str, Any] = {"manager": "deadreckon", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    controller: dict[str, Any] = {
        "manager": "kcm",
        "subresource": "status",
        "fieldsV1": {"f:status": {"f:replicas": {}}},
    }

    (thing, _) = watch_event(
        "Deployment", "MODIFIED", deployment(managedFields=[ours, scaled, edited, controller]), NOON
    ).observations

    assert isinstance(thing, ObjectSeen)
    box = "spec.template.spec.containers[name=app]"
    assert thing.managers == (
        Manager("metadata.annotations.x", "kubectl-edit", NOON),
        Manager("metadata.labels.team", "kubectl-edit", NOON),
        Manager("spec.replicas", "kubectl", None),
        Manager(f"{box}.env[name=A]", "kubectl-edit", NOON, whole=False),
        Manager(f"{box}.image", "kubectl-edit", NOON),
        Manager(f"{box}.ports[containerPort=80].containerPort", "kubectl-edit", NOON),
    )


def test_a_name_of_ours_on_what_we_never_do_is_somebody_elses() -> None:
    """We apply, and whole objects: an edit or a scaling under our name is another's."""
    replicas: dict[str, Any] = {"manager": "deadreckon", "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    scaled = {**replicas, "operation": "Apply", "subresource": "scale"}
    for entry in (replicas, scaled):
        (thing, _) = watch_event("Deployment", "MODIFIED", deployment(managedFields=[entry]), NOON).observations
        assert isinstance(thing, ObjectSeen)
        assert thing.managers == (Manager("spec.replicas", "deadreckon (somebody else's)", None),)


def test_a_running_pod_tells_its_digest_and_since_when_it_is_ready() -> None:
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T12:00:00Z"}
    scheduled = {"type": "PodScheduled", "status": "True"}
    running = container({"running": {"startedAt": "2026-01-01T12:00:00Z"}})

    seen = seen_pod(pod({"name": "proxy"}, running, conditions=(ready, scheduled)))

    assert (seen.incarnation, seen.template, seen.node, seen.created_at) == (2, "t1", "n1", NOON)
    assert (seen.scheduled, seen.ready, seen.ready_since, seen.not_ready_reason) == (True, True, NOON, "")
    assert seen.container is not None
    assert (seen.container.digest, seen.container.restarts) == (DIGEST, 4)
    assert seen.container.state == Running(NOON)
    assert seen.container.last_exit is None


def test_a_crashed_container_tells_how_it_ended() -> None:
    ended = {"exitCode": 137, "signal": 9, "reason": "OOMKilled", "finishedAt": "2026-01-01T12:00:00Z"}
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}

    seen = seen_pod(pod(container(waiting, lastState={"terminated": ended}, ready=False)))

    assert seen.container is not None
    assert seen.container.state == Waiting("CrashLoopBackOff", "back-off")
    assert seen.container.last_exit == Exit(137, 9, "OOMKilled", "", None, NOON)


def test_a_pod_without_a_place_says_so_in_the_schedulers_words() -> None:
    full = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}

    seen = seen_pod(pod(conditions=(full,)))

    assert (seen.scheduled, seen.unschedulable, seen.container) == (False, "0/1 nodes", None)


def test_the_digest_of_an_images_configuration_is_not_the_images_digest() -> None:
    seen = seen_pod(pod(container({}, imageID=DIGEST)))

    assert seen.container is not None
    assert seen.container.digest == ""
    assert seen.container.state == Waiting("")


def test_an_event_names_the_container_and_counts() -> None:
    event = {
        "metadata": {"name": "e", "uid": "e1", "resourceVersion": "9"},
        "involvedObject": {
            "kind": "Pod",
            "namespace": "n",
            "name": "p",
            "uid": "u",
            "fieldPath": "spec.containers{app}",
        },
        "type": "Warning",
        "reason": "Unhealthy",
        "message": "Readiness probe failed: x",
        "count": 7,
        "firstTimestamp": "2026-01-01T12:00:00Z",
        "lastTimestamp": "2026-01-01T12:00:00Z",
        "source": {"component": "kubelet"},
    }

    (seen,) = watch_event("Event", "ADDED", event, NOON).observations

    about = ObjectRef("Pod", "n", "p")
    said = ("Warning", "Unhealthy", "Readiness probe failed: x")
    assert seen == EventSeen("e1", "9", about, "u", "app", *said, 7, NOON, NOON, "kubelet")


def test_an_event_of_the_newer_kind_has_its_times_and_count_elsewhere() -> None:
    event = {
        "metadata": {"uid": "e1"},
        "eventTime": "2026-01-01T12:00:00.000000Z",
        "series": {"count": 3},
        "reportingComponent": "kcm",
    }

    (seen,) = watch_event("Event", "ADDED", event, NOON).observations

    assert isinstance(seen, EventSeen)
    assert (seen.count, seen.first_at, seen.last_at, seen.source) == (3, NOON, NOON, "kcm")


def test_a_replica_set_counts() -> None:
    obj = {"metadata": metadata(), "spec": {"replicas": 2}, "status": {"replicas": 2, "readyReplicas": 1}}

    (seen,) = watch_event("ReplicaSet", "ADDED", obj, NOON).observations

    assert isinstance(seen, ReplicaSetSeen)
    assert (seen.deployment, seen.template, seen.wanted, seen.replicas, seen.ready) == ("web-1", "t1", 2, 2, 1)


def test_a_deletion_is_seen_but_an_events_expiry_is_only_a_place() -> None:
    gone = watch_event("Pod", "DELETED", pod(), NOON).observations
    expired = watch_event("Event", "DELETED", pod(), NOON).observations

    last = seen_pod(pod())
    assert gone == (GoneSeen(ObjectRef("Pod", "reckon-x", "web-1-x"), "u1", "77", "web-1", pod=last),)
    assert expired == (Bookmark("Event", "77"),)


def test_a_bookmark_is_a_place() -> None:
    assert watch_event("Pod", "BOOKMARK", {"metadata": {"resourceVersion": "5"}}, NOON).observations == (Bookmark("Pod", "5"),)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "type", "k", "f:x", "state"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def spots(content: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:  # noqa: ANN401 (any JSON)
    """The path of every branch and leaf."""
    steps: list[tuple[str | int, Any]] = []
    if isinstance(content, dict):
        steps.extend(cast("dict[str, Any]", content).items())
    if isinstance(content, list):
        steps.extend(enumerate(content))  # pyright: ignore[reportUnknownArgumentType] (mypy finds a cast redundant)
    return [spot for step, inner in steps for spot in [(*path, step), *spots(inner, (*path, step))]]


@given(st.sampled_from(WATCHED), st.data())
def test_no_object_however_odd_raises(kind: Kind, data: st.DataObject) -> None:
    """One leaf or branch of a sound object replaced by anything at all."""
    obj: dict[str, Any] = json.loads(json.dumps({**deployment(), **pod(container({"running": {}}))}))
    obj["metadata"]["managedFields"] = [{"manager": "x", "fieldsV1": {"f:spec": {"f:a": {'k:{"name":"a"}': {}}}}}]
    spot = data.draw(st.sampled_from(sorted(spots(obj), key=repr)))
    inner: Any = obj
    for step in spot[:-1]:
        inner = inner[step]
    inner[spot[-1]] = data.draw(junk)

    watch_event(kind.value, "ADDED", obj, NOON)
    live(obj)


def test_metadata_of_others_is_read_and_what_kubectl_repeats_is_not() -> None:
    kept = metadata(
        annotations={"a.example/note": "x", "kubectl.kubernetes.io/last-applied-configuration": '{"password":"hush"}'},
        finalizers=["a.example/keep"],
        ownerReferences=[{"kind": "Box", "name": "b", "uid": "u9"}],
    )
    (thing, _) = watch_event("Deployment", "MODIFIED", {**deployment(), "metadata": kept}, NOON).observations

    assert isinstance(thing, ObjectSeen)
    assert thing.fields["metadata.annotations.a.example/note"] == "x"
    assert thing.fields["metadata.finalizers[a.example/keep]"] == "present"
    assert thing.fields["metadata.ownerReferences[Box b]"] == "present"
    assert thing.finalizers == ("a.example/keep",)
    assert "hush" not in repr(thing)


def test_no_note_of_a_secret_is_read() -> None:
    """Whoever applied one with kubectl, or a tool like it, left its values there."""
    secret = {"kind": "Secret", "metadata": metadata(annotations={"a.tool/last": "aHVudGVyMg=="}), "data": {}}
    assert "aHVudGVyMg" not in repr(live(secret))


def test_the_order_of_variables_is_read_beside_them_and_a_second_one_of_a_name_is_not_lost() -> None:
    obj = deployment()
    box = obj["spec"]["template"]["spec"]["containers"][0]
    box["env"] = [{"name": "B", "value": "1"}, {"name": "A", "value": "2"}, {"name": "B", "value": "3"}]
    (thing, _) = watch_event("Deployment", "MODIFIED", obj, NOON).observations

    assert isinstance(thing, ObjectSeen)
    path = "spec.template.spec.containers[name=app].env"
    assert thing.fields[f"{path}(order)"] == '["B", "A", "B"]'
    assert (thing.fields[f"{path}[name=B].value"], thing.fields[f"{path}[2].value"]) == ("1", "3")


def test_who_wrote_last_is_named_newest_first_and_whoever_wrote_a_status_is_not() -> None:
    def entry(manager: str, minute: int, **more: str) -> dict[str, Any]:
        return {"manager": manager, "operation": "Update", "time": f"2026-01-01T12:0{minute}:00Z", "fieldsV1": {}, **more}

    entries = [
        entry("old", 1),
        entry("deadreckon", 2, operation="Apply"),
        entry("new", 3),
        entry("kcm", 4, subresource="status"),
        entry("deadreckon", 5),
    ]
    (thing, _) = watch_event("Deployment", "MODIFIED", deployment(managedFields=entries), NOON).observations
    (gone,) = watch_event("Deployment", "DELETED", deployment(managedFields=entries), NOON).observations

    assert isinstance(thing, ObjectSeen)
    assert [writer.name for writer in thing.writers] == ["deadreckon (somebody else's)", "new", "old"]
    assert thing.own_at == datetime(2026, 1, 1, 12, 2, tzinfo=UTC)
    assert isinstance(gone, GoneSeen)
    assert gone.managers == ("deadreckon (somebody else's)", "new", "deadreckon")
