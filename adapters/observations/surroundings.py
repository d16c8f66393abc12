"""Nodes, namespaces and the metadata of Secrets as observations: only what is ever told of them is read."""

from collections.abc import Iterator
from typing import cast

from adapters.observations.managers import foreign_managers, last_writers, managers_of
from adapters.observations.objects import deleting, label, ref, resource_version, uid
from adapters.observations.tolerant import Tree, at, branch, branches, text, time, truth
from domain.names import LABEL, OUR_MANAGERS
from domain.objects import Fields, Kind, ObjectRef, Scalar
from domain.observations import Condition, Manager, NamespaceSeen, NodeSeen, SecretLooked

_CORDONED = "spec.unschedulable"
_WORDS = 2000
_MANY = 200
"""Labels and annotations of one object that are looked at; each is short, and Kubernetes holds few."""


def node_seen(obj: Tree) -> NodeSeen:
    """Read a node. One of which nothing is said yet, since it has just come, counts as ready."""
    nothing: Tree = {}
    ready = next((one for one in branches(obj, "status", "conditions") if text(one, "type") == "Ready"), nothing)
    cordoned = truth(obj, "spec", "unschedulable")
    return NodeSeen(
        name=text(obj, "metadata", "name"),
        uid=uid(obj),
        ready=text(ready, "status") in {"True", ""},
        reason=text(ready, "reason", longest=_WORDS),
        message=text(ready, "message", longest=_WORDS),
        since=time(ready, "lastTransitionTime"),
        cordoned=cordoned,
        cordoned_by=_cordoned_by(obj) if cordoned else None,
    )


def _cordoned_by(obj: Tree) -> Manager | None:
    hands = [one for one in managers_of(obj, (_CORDONED,)) if one.path == _CORDONED]
    return max(hands, key=lambda one: one.at.timestamp() if one.at else 0.0, default=None)


def namespace_seen(obj: Tree) -> NamespaceSeen:
    """Read a namespace: its labels and annotations with who wrote them, and what its deletion waits for."""
    return NamespaceSeen(
        ref=ref(Kind.NAMESPACE.value, obj),
        uid=uid(obj),
        ledger=label(obj, "ledger"),
        project=text(obj, "metadata", "annotations", f"{LABEL}/name"),
        fields=_fields(obj),
        managers=foreign_managers(obj, ("metadata.labels", "metadata.annotations")),
        deleting=deleting(obj),
        deleted_at=time(obj, "metadata", "deletionTimestamp"),
        writers=last_writers(obj),
        conditions=tuple(map(_condition, branches(obj, "status", "conditions"))),
        finalizers=tuple(_finalizers(obj)),
    )


def _condition(one: Tree) -> Condition:
    said = text(one, "message", longest=_WORDS)
    return Condition(text(one, "type"), text(one, "status") == "True", text(one, "reason"), said)


def _fields(obj: Tree) -> Fields:
    found: dict[str, Scalar] = {}
    for where in ("labels", "annotations"):
        for name in sorted(branch(obj, "metadata", where))[:_MANY]:
            found[f"metadata.{where}.{name}"] = text(obj, "metadata", where, name)
    return found


def _finalizers(obj: Tree) -> Iterator[str]:
    """Give what holds an object back; the one of every namespace says nothing more than that content remains."""
    for part in ("metadata", "spec"):
        held = at(obj, part, "finalizers")
        for one in cast("list[object]", held) if isinstance(held, list) else ():
            if isinstance(one, str) and one != "kubernetes":
                yield one


def secret_looked(place: ObjectRef, project: str, obj: Tree | None) -> SecretLooked:
    """Read a Secret's metadata; None: there is no such Secret. Its values are never asked for, and would not be read."""
    if obj is None:
        return SecretLooked(place, project)
    writers = tuple(one for one in managers_of(obj, ("",)) if one.name not in OUR_MANAGERS)
    return SecretLooked(place, project, uid(obj), resource_version(obj), writers)
