"""Whose an observed object is: the one place that decides whether what was seen in a cluster belongs to a deployment.

Nothing is ours because its labels say so. An object belongs to the deployment that wrote it, or ordered it, at this very
place (kind, namespace, name). A pod belongs to a deployment when it stands in its namespace, names it, and is owned, through
its ReplicaSet, by its Deployment object: the one whose uid the ledger knows, or one that bears this ledger's proof.
Everything else that carries our labels is an imitation: told once, and never acted upon.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from domain.deployment import Deployment
from domain.marks import Genuine
from domain.objects import Kind, ObjectRef

if TYPE_CHECKING:
    from domain.observations import EventSeen, Owner, PodSeen, ReplicaSetSeen

Fleet = Mapping[str, Deployment]
"""All deployments, by the name of their objects."""
_FILLING = "fill-"


def writes(deployment: Deployment, ref: ObjectRef) -> bool:
    """Tell whether a deployment has, or ever ordered, an object at this place."""
    if ref in deployment.objects or any(pending.action.ref == ref for pending in deployment.pending.values()):
        return True
    orders = (version.order for version in reversed(deployment.versions))
    return any(
        any(rendered.ref == ref for rendered in order.objects) or any(ref in {fill.claim, fill.job} for fill in order.fills)
        for order in orders
    )


def home_of_object(fleet: Fleet, ref: ObjectRef, label: str) -> Deployment | None:
    """Find the deployment that writes the object at this place. `label` only says where to look first."""
    return next((home for home in _candidates(fleet, ref, label) if writes(home, ref)), None)


def _candidates(fleet: Fleet, ref: ObjectRef, label: str) -> Iterator[Deployment]:
    # By name first: a label can be changed by others, a name cannot.
    yield from (home for name in (ref.name, label) if (home := fleet.get(name)) is not None)
    if ref.name.startswith(_FILLING):  # claims and jobs are named by what they hold
        yield from fleet.values()


def home_of_pod(fleet: Fleet, seen: "PodSeen", genuine: Genuine) -> Deployment | None:
    """Find the deployment that a pod is a replica of."""
    home = home_of_replica(fleet, seen.ref, seen.uid, seen.deployment)
    if home is not None:
        return home
    named = fleet.get(seen.deployment)
    return named if named and _owned(named, seen.ref.namespace, seen.owner, genuine) else None


def home_of_replica(fleet: Fleet, pod: ObjectRef, uid: str, label: str = "") -> Deployment | None:
    """Find the deployment that knows the pod with this uid, in this namespace, as its replica."""
    for home in _by_pod_name(fleet, pod.name, label):
        replica = home.replicas.get(uid)
        if replica is not None and replica.namespace == pod.namespace:
            return home
    return None


def _by_pod_name(fleet: Fleet, pod: str, label: str) -> Iterator[Deployment]:
    """Give where to look: `<objects' name>-<template hash>-<5 letters>`, the last hyphen lost in a long one."""
    workload, _, _ = pod.rpartition("-")
    names = dict.fromkeys((label, workload.rpartition("-")[0], workload))
    return (home for name in names if (home := fleet.get(name)) is not None)


def homes_by_name(fleet: Fleet, ref: ObjectRef, label: str) -> Iterator[Deployment]:
    """Give all that an object may be about, by its name and label alone; of a fill's, all deployments in its namespace."""
    if ref.name.startswith(_FILLING):
        yield from (home for home in fleet.values() if home.versions and stands_in(home, ref.namespace))
        return
    found = (*_by_pod_name(fleet, ref.name, label), fleet.get(ref.name))
    yield from {home.key: home for home in found if home is not None}.values()


def _owned(home: Deployment, namespace: str, owner: "Owner | None", genuine: Genuine) -> bool:
    """Tell whether this owner, looked up at the API server, is the Deployment object of a deployment of ours."""
    if owner is None or owner.ref.kind != Kind.DEPLOYMENT.value or owner.ref.namespace != namespace:
        return False
    known = home.objects.get(owner.ref)
    if known is not None and known.uid == owner.uid:
        return True
    # What came of our write may not be on record yet; the object itself proves that it was ours.
    return writes(home, owner.ref) and genuine(owner.ref, owner.mark, owner.proof)


def home_of_workload_event(fleet: Fleet, seen: "EventSeen", genuine: Genuine) -> Deployment | None:
    """Find the deployment that an Event about a Deployment object or a ReplicaSet is about."""
    if seen.owner is None:
        return None
    home = home_of_object(fleet, seen.owner.ref, "")
    return home if home and _owned(home, seen.about.namespace, seen.owner, genuine) else None


def home_of_replica_set(fleet: Fleet, seen: "ReplicaSetSeen", genuine: Genuine) -> Deployment | None:
    """Find the deployment whose Deployment object controls a ReplicaSet."""
    home = home_of_object(fleet, seen.owner.ref, "") if seen.owner else None
    return home if home and _owned(home, seen.ref.namespace, seen.owner, genuine) else None


def is_ours(home: Deployment, ref: ObjectRef, uid: str) -> bool:
    """Tell whether the object with this uid is the one that a deployment knows at this place."""
    known = home.objects.get(ref)
    return known is not None and known.uid == uid


def stands_in(home: Deployment, namespace: str) -> bool:
    """Tell whether a deployment's objects stand in a namespace; nothing is known against one that never ordered any."""
    versions = (version.order.objects for version in home.versions)
    return not home.versions or any(rendered.ref.namespace == namespace for objects in versions for rendered in objects)


def event_overtook_pod(fleet: Fleet, seen: "EventSeen") -> bool:
    """Tell whether an Event may be about a replica that was not seen yet, by its name and namespace."""
    if seen.about.kind != Kind.POD.value:
        return False
    homes = [home for home in _by_pod_name(fleet, seen.about.name, "") if stands_in(home, seen.about.namespace)]
    return bool(homes) and not any(seen.about_uid in home.replicas for home in homes)
