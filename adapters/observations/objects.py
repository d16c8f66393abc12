"""An object's JSON as a domain value: where it stands, whose it is, and its fields."""

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from adapters.observations.managers import applied_at, foreign_managers
from adapters.observations.tolerant import Tree, at, bounded, branch, branches, number, text, time
from domain.marks import FARTHEST_POSITION, FARTHEST_TIMELINE, UNREADABLE
from domain.names import LABEL
from domain.objects import Fields, Json, Kind, Live, Mark, ObjectRef, Scalar, flatten, orders
from domain.unmanaged_rules import verdict

_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Repeats all of what somebody applied, private values too; what that changed is told by itself."""
_PRESENT = "present"
_LONGEST_NAME = 400
_LONGEST_NOTE = 16_384
"""Characters of an annotation that are looked at: what we write into one is shorter."""
_IN_THE_MARK = (f"{LABEL}/action", f"{LABEL}/position", f"{LABEL}/proof")


def live(obj: Tree, *, created: bool = False) -> Live:
    """Read an object that the API server returned. Status and a Secret's data stay outside."""
    return Live(
        ref=ref(text(obj, "kind"), obj),
        uid=uid(obj),
        resource_version=resource_version(obj),
        generation=number(obj, "metadata", "generation"),
        mark=mark(obj),
        fields=fields(text(obj, "kind"), obj),
        deleting=deleting(obj),
        created=created,
        proof=label(obj, "proof"),
        written_at=applied_at(obj),
        foreign=tuple(dict.fromkeys(manager.path for manager in foreign_managers(obj))),
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


def deleted_at(obj: Tree) -> datetime | None:
    """Say when the object's deletion was ordered."""
    return time(obj, "metadata", "deletionTimestamp")


def finalizers(obj: Tree) -> tuple[str, ...]:
    """Name the object's finalizers: each has to be taken off before it can go."""
    found = at(obj, "metadata", "finalizers")
    listed = cast("list[object]", found) if isinstance(found, list) else []
    return tuple(bounded(one, _LONGEST_NAME) for one in listed if isinstance(one, str))


def fields(kind: str, obj: Tree) -> Fields:
    """Give the fields that Deadreckon has or may have an opinion on: metadata (less marks and controllers' notes) and the spec.

    A finalizer, and an owner, is `present` under its name; a list whose order says something has its order beside its elements.
    """
    flat = {f"metadata.labels.{name}": value for name, value in _texts(obj, "labels") if name not in _IN_THE_MARK}
    if kind != Kind.SECRET.value:  # whoever applied one with kubectl left its values in a note
        notes = {f"metadata.annotations.{name}": value for name, value in _texts(obj, "annotations") if name != _APPLIED}
        flat |= {path: value for path, value in notes.items() if verdict(kind, path, ()) != "filled"}
    flat |= {f"metadata.finalizers[{name}]": _PRESENT for name in finalizers(obj)}
    for owner in branches(obj, "metadata", "ownerReferences"):
        flat[f"metadata.ownerReferences[{text(owner, 'kind')} {text(owner, 'name')}]"] = _PRESENT
    spec = at(obj, "spec")
    if spec is None:
        return flat
    content = cast("Json", branch(spec))
    return {**flat, **flatten(content, "spec"), **orders(content, "spec")}


def _texts(obj: Tree, name: str) -> Iterator[tuple[str, Scalar]]:
    for key, value in branch(obj, "metadata", name).items():
        yield key, bounded(value, _LONGEST_NOTE) if isinstance(value, str) else None


def _count(digits: str, farthest: int) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(farthest))):
        return UNREADABLE
    return int(digits)
