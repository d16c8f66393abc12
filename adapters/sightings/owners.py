"""Who controls what: from a pod, or an Event, to the ReplicaSet, and from there to the Deployment object.

An owner reference is a claim like a label. It is followed only to where its uid is found again, and what is told of the owner
is what stands there.
"""

from adapters.sightings.objects import label, mark, ref, uid
from adapters.sightings.tolerant import Tree, branch, branches, text
from domain.objects import Kind, ObjectRef
from domain.sightings import Owner

Claimed = tuple[ObjectRef, str]
"""Where an owner is said to stand, and its uid."""


def workload_of(kind: str, obj: Tree) -> Claimed | None:
    """Give the ReplicaSet that controls a pod, or the one, or the Deployment, that an Event warns about; None: there is none."""
    if kind == Kind.POD.value:
        return controller(obj, Kind.REPLICA_SET)
    about = branch(obj, "involvedObject")
    warned = kind == Kind.EVENT.value and text(obj, "type") == "Warning"
    if not warned or text(about, "kind") not in {Kind.REPLICA_SET.value, Kind.DEPLOYMENT.value}:
        return None
    return ObjectRef(text(about, "kind"), text(about, "namespace"), text(about, "name")), text(about, "uid")


def controller(obj: Tree, kind: Kind) -> Claimed | None:
    """Give the object of this kind that controls an object, by its owner reference; it stands in the same namespace."""
    for one in branches(obj, "metadata", "ownerReferences"):
        if one.get("controller") is True and text(one, "kind") == kind.value and text(one, "uid"):
            return ObjectRef(kind.value, text(obj, "metadata", "namespace"), text(one, "name")), text(one, "uid")
    return None


def owner(obj: Tree) -> Owner:
    """Tell of a Deployment object that was found to be an owner."""
    return Owner(ref(Kind.DEPLOYMENT.value, obj), uid(obj), mark(obj), label(obj, "proof"))
