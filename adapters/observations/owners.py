"""Who controls what: from a pod, or an Event, to the ReplicaSet, and from there to the Deployment object.

An owner reference is a claim like a label. It is followed only to where its uid is found again, and what is told of the owner
is what stands there.
"""

from adapters.observations.objects import label, mark, ref, uid
from adapters.observations.pod_specs import pod_fields
from adapters.observations.tolerant import Tree, branch, branches, text
from domain.objects import Fields, Kind, ObjectRef
from domain.observations import Owner

REMOVED = "SuccessfulDelete"
"""The Event in which a ReplicaSet's controller says which pod it deleted."""

Claimed = tuple[ObjectRef, str]
"""Where an owner is said to stand, and its uid."""


def workload_of(kind: str, obj: Tree) -> Claimed | None:
    """Give the ReplicaSet that controls a pod, the Deployment that controls a ReplicaSet, or what an Event is about.

    Of Events, those that warn of a ReplicaSet or a Deployment, and those in which a ReplicaSet's controller says whom it removed.
    None: there is none.
    """
    if kind == Kind.POD.value:
        return controller(obj, Kind.REPLICA_SET)
    if kind == Kind.REPLICA_SET.value:
        return controller(obj, Kind.DEPLOYMENT)
    about = branch(obj, "involvedObject")
    telling = text(obj, "type") == "Warning" or text(obj, "reason") == REMOVED
    if kind != Kind.EVENT.value or not telling or text(about, "kind") not in {Kind.REPLICA_SET.value, Kind.DEPLOYMENT.value}:
        return None
    return ObjectRef(text(about, "kind"), text(about, "namespace"), text(about, "name")), text(about, "uid")


def controller(obj: Tree, kind: Kind) -> Claimed | None:
    """Give the object of this kind that controls an object, by its owner reference; it stands in the same namespace."""
    for one in branches(obj, "metadata", "ownerReferences"):
        if one.get("controller") is True and text(one, "kind") == kind.value and text(one, "uid"):
            return ObjectRef(kind.value, text(obj, "metadata", "namespace"), text(one, "name")), text(one, "uid")
    return None


def template_of(replica_set: Tree) -> Fields:
    """Lay out flat what of a ReplicaSet's pod template its pods are compared with."""
    return pod_fields(branch(replica_set, "spec", "template"))


def owner(obj: Tree) -> Owner:
    """Tell of a Deployment object that was found to be an owner."""
    return Owner(ref(Kind.DEPLOYMENT.value, obj), uid(obj), mark(obj), label(obj, "proof"))
