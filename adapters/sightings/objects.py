"""An object's JSON as a domain value: where it stands, whose it is, and its fields."""

from adapters.sightings.tolerant import Tree, at, branch, number, text
from domain.marks import FARTHEST_POSITION, FARTHEST_TIMELINE, UNREADABLE
from domain.names import LABEL
from domain.objects import Fields, Json, Live, Mark, ObjectRef, flatten

_OURS = f"{LABEL}/"
_MANAGED_BY = "app.kubernetes.io/managed-by"
_IN_THE_MARK = (f"{LABEL}/action", f"{LABEL}/position", f"{LABEL}/proof")


def live(obj: Tree, *, created: bool = False) -> Live:
    """Read an object that the API server returned. Status and a Secret's data stay outside."""
    return Live(
        ref=ref(text(obj, "kind"), obj),
        uid=uid(obj),
        resource_version=resource_version(obj),
        generation=number(obj, "metadata", "generation"),
        mark=mark(obj),
        fields=fields(obj),
        deleting=deleting(obj),
        created=created,
        proof=label(obj, "proof"),
    )


def ref(kind: str, obj: Tree) -> ObjectRef:
    """Tell where an object stands; in a list, objects do not carry their kind."""
    return ObjectRef(kind, text(obj, "metadata", "namespace"), text(obj, "metadata", "name"))


def uid(obj: Tree) -> str:
    """Give the object's uid, or an empty string."""
    return text(obj, "metadata", "uid")


def resource_version(obj: Tree) -> str:
    """Give the object's resourceVersion, or an empty string."""
    return text(obj, "metadata", "resourceVersion")


def deleting(obj: Tree) -> bool:
    """Tell whether the object is on its way out."""
    return bool(text(obj, "metadata", "deletionTimestamp"))


def label(obj: Tree, name: str) -> str:
    """Give the value of one of our labels, or an empty string."""
    return text(obj, "metadata", "labels", f"{LABEL}/{name}")


def mark(obj: Tree) -> Mark:
    """Read whose the object claims to be from its labels; numbers that are none, or beyond all bounds, say nothing."""
    ledger, action, place = label(obj, "ledger"), label(obj, "action"), label(obj, "position")
    if not place:
        return Mark(ledger, action)
    timeline, _, position = place.partition(".")
    counts = _count(timeline, FARTHEST_TIMELINE), _count(position, FARTHEST_POSITION)
    return Mark(ledger, action, 0, UNREADABLE) if UNREADABLE in counts else Mark(ledger, action, *counts)


def fields(obj: Tree) -> Fields:
    """Give the fields that Deadreckon has or may have an opinion on: its labels (less the mark's) and the spec."""
    labels: dict[str, Json] = {
        name: value
        for name, value in branch(obj, "metadata", "labels").items()
        if (name.startswith(_OURS) or name == _MANAGED_BY) and name not in _IN_THE_MARK
    }
    flat = flatten(labels, "metadata.labels") if labels else {}
    spec = at(obj, "spec")
    return {**flat, **flatten(branch(spec), "spec")} if spec is not None else flat


def _count(digits: str, farthest: int) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(farthest))):
        return UNREADABLE
    return int(digits)
