"""A frame of a watch as a watch event: what one line from the API server shows of an object."""

from dataclasses import replace
from datetime import datetime

from adapters.observations.autoscalers import autoscaler_seen
from adapters.observations.events import event_seen
from adapters.observations.fills import fill_pod_seen, job_seen
from adapters.observations.managers import applied_at, foreign_managers, last_writers, managers_of, writers
from adapters.observations.objects import deleted_at, deleting, fields, finalizers, label, mark, ref, resource_version, uid
from adapters.observations.pods import pod_seen
from adapters.observations.serving import slice_seen, taker_seen
from adapters.observations.surroundings import namespace_seen, node_seen
from adapters.observations.tolerant import Tree, number
from domain.objects import Kind
from domain.observations import (
    Bookmark,
    EventSeen,
    GoneSeen,
    ObjectSeen,
    Observation,
    Owner,
    PodSeen,
    ReplicaSetSeen,
    RolloutSeen,
    WatchEvent,
)
from domain.views import NAMED

BOOKMARK = "BOOKMARK"
DELETED = "DELETED"


def watch_event(kind: str, frame_type: str, obj: Tree, at: datetime, owner: Owner | None = None) -> WatchEvent:
    """Read a frame; one that makes no sense gives no observations, and never an exception.

    `kind` is the kind that is watched, or the name of a view (`domain.views`). `frame_type` is ADDED, MODIFIED, DELETED or
    BOOKMARK. A listed object is ADDED. `owner` is the Deployment object that was found to control, through a ReplicaSet, what
    the frame is about.
    """
    try:
        observations = tuple(_owned(one, owner) for one in _sightings(kind, frame_type, obj))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        observations = ()
    return WatchEvent(observations, at, kind, resource_version(obj))


def _sightings(kind: str, frame_type: str, obj: Tree) -> tuple[Observation, ...]:
    if frame_type == BOOKMARK:
        return (Bookmark(kind, resource_version(obj)),)
    if not uid(obj):
        return ()
    view = NAMED.get(kind)
    if frame_type == DELETED:
        return (_gone(view.kind.value if view else kind, obj),)
    if view is not None:
        return (slice_seen(obj) if view.ours else taker_seen(view, obj),)
    return _seen(kind, obj)


def _owned(seen: Observation, owner: Owner | None) -> Observation:
    return replace(seen, owner=owner) if owner and isinstance(seen, PodSeen | EventSeen | ReplicaSetSeen) else seen


def _seen(kind: str, obj: Tree) -> tuple[Observation, ...]:  # noqa: PLR0911 (one line a kind)
    match kind:
        case Kind.POD.value:
            return (fill_pod_seen(obj) or pod_seen(obj),)
        case Kind.JOB.value:
            return (_object_seen(kind, obj), job_seen(obj))
        case Kind.EVENT.value:
            return (event_seen(obj),)
        case Kind.NODE.value:
            return (node_seen(obj),)
        case Kind.NAMESPACE.value:
            return (namespace_seen(obj),)
        case Kind.REPLICA_SET.value:
            return (_replica_set_seen(obj),)
        case Kind.DEPLOYMENT.value:
            return (_object_seen(kind, obj), _rollout_seen(obj))
        case Kind.AUTOSCALER.value:
            return (_object_seen(kind, obj), autoscaler_seen(obj))
        case _:
            return (_object_seen(kind, obj),)


def _gone(kind: str, obj: Tree) -> Observation:
    if kind == Kind.EVENT.value:
        return Bookmark(kind, resource_version(obj))  # an Event that timed out says nothing new
    gone = GoneSeen(ref(kind, obj), uid(obj), resource_version(obj), label(obj, "deployment"))
    if kind == Kind.POD.value:  # of one that is removed at once, this is all that is ever told
        gone = replace(gone, pod=pod_seen(obj))
    return replace(gone, managers=last_writers(obj), finalizers=finalizers(obj), deleted_at=deleted_at(obj))


def _object_seen(kind: str, obj: Tree) -> ObjectSeen:
    return ObjectSeen(
        ref=ref(kind, obj),
        uid=uid(obj),
        resource_version=resource_version(obj),
        generation=number(obj, "metadata", "generation"),
        mark=mark(obj),
        deployment=label(obj, "deployment"),
        fields=fields(kind, obj),
        managers=foreign_managers(obj),
        deleting=deleting(obj),
        proof=label(obj, "proof"),
        writers=writers(obj),
        own_at=applied_at(obj),
        finalizers=finalizers(obj),
        deleted_at=deleted_at(obj),
    )


def _rollout_seen(obj: Tree) -> RolloutSeen:
    return RolloutSeen(
        ref=ref(Kind.DEPLOYMENT.value, obj),
        uid=uid(obj),
        resource_version=resource_version(obj),
        deployment=label(obj, "deployment"),
        generation=number(obj, "metadata", "generation"),
        observed_generation=number(obj, "status", "observedGeneration"),
        wanted=number(obj, "spec", "replicas", default=1),
        replicas=number(obj, "status", "replicas"),
        updated=number(obj, "status", "updatedReplicas"),
        ready=number(obj, "status", "readyReplicas"),
        available=number(obj, "status", "availableReplicas"),
    )


def _replica_set_seen(obj: Tree) -> ReplicaSetSeen:
    return ReplicaSetSeen(
        ref=ref(Kind.REPLICA_SET.value, obj),
        uid=uid(obj),
        resource_version=resource_version(obj),
        deployment=label(obj, "deployment"),
        template=label(obj, "template"),
        wanted=number(obj, "spec", "replicas", default=1),
        replicas=number(obj, "status", "replicas"),
        ready=number(obj, "status", "readyReplicas"),
        scaled_at=_written_at(obj, "spec.replicas"),
    )


def _written_at(obj: Tree, path: str) -> datetime | None:
    return max((one.at for one in managers_of(obj, (path,)) if one.path == path and one.at is not None), default=None)
