"""Who wrote which field, and who wrote last: the managedFields, with the paths that `domain.objects.flatten` makes."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from adapters.observations.tolerant import Tree, branch, branches, text, time
from domain.names import MANAGER, OUR_MANAGERS, SOMEBODY_ELSES
from domain.objects import LIST_KEYS
from domain.observations import Manager, Writer

_KEYS = {name: (key,) for name, key in LIST_KEYS.items()} | {"ports": ("containerPort", "port")}
_COMPARED = ("spec", "metadata.labels", "metadata.annotations", "metadata.finalizers", "metadata.ownerReferences")
_LAST = 3
"""So many of those who wrote last are named."""


def foreign_managers(obj: Tree, compared: tuple[str, ...] = _COMPARED) -> tuple[Manager, ...]:
    """List the other writers of what we compare (metadata and spec), in the order of the paths."""
    found = {
        Manager(path, _name(entry), time(entry, "time"), whole)
        for entry in branches(obj, "metadata", "managedFields")
        if not _ours(entry) and text(entry, "subresource") != "status"
        for path, whole in _paths(branch(entry, "fieldsV1"), "")
        if path.startswith(compared)
    }
    return tuple(sorted(found, key=lambda manager: (manager.path, manager.name, str(manager.at))))


def managers_of(obj: Tree, within: tuple[str, ...]) -> tuple[Manager, ...]:
    """List all writers of what stands below these paths, ours too, but for those of the status."""
    return tuple(
        Manager(path, text(entry, "manager"), time(entry, "time"), whole)
        for entry in branches(obj, "metadata", "managedFields")
        if text(entry, "subresource") != "status"
        for path, whole in _paths(branch(entry, "fieldsV1"), "")
        if path.startswith(within)
    )


def writers(obj: Tree) -> tuple[Writer, ...]:
    """List the other writers of the object itself, newest first; who wrote a subresource alone is none."""
    entries = (one for one in branches(obj, "metadata", "managedFields") if not _ours(one) and not text(one, "subresource"))
    return _newest_first({Writer(_name(entry), time(entry, "time")) for entry in entries})


def applied_at(obj: Tree) -> datetime | None:
    """Say when the object was last applied under our name."""
    entries = (one for one in branches(obj, "metadata", "managedFields") if _ours(one) and text(one, "manager") == MANAGER)
    return max((at for entry in entries if (at := time(entry, "time")) is not None), default=None)


def last_writers(obj: Tree) -> tuple[str, ...]:
    """Name the last ones who wrote the object, us too, newest first."""
    own = applied_at(obj)
    every = _newest_first({*writers(obj), *((Writer(MANAGER, own),) if own else ())})
    return tuple(dict.fromkeys(writer.name for writer in every))[:_LAST]


def _newest_first(found: set[Writer]) -> tuple[Writer, ...]:
    return tuple(sorted(found, key=lambda writer: (-(writer.at.timestamp() if writer.at else 0.0), writer.name)))


def _ours(entry: Tree) -> bool:
    """Tell whether an entry can be ours: what we compare we only ever apply, and whole. The rest may be under our name too."""
    return text(entry, "manager") in OUR_MANAGERS and text(entry, "operation") != "Update" and not text(entry, "subresource")


def _name(entry: Tree) -> str:
    name = text(entry, "manager")
    return f"{name}{SOMEBODY_ELSES}" if name in OUR_MANAGERS else name


def _paths(owned: Tree, path: str) -> Iterator[tuple[str, bool]]:
    """Give what is owned, and whether the whole of it: "." alone owns a mapping as such, and none of its fields."""
    below = {name: value for name, value in owned.items() if name != "."}
    if not below and path:
        yield path, "." not in owned
    for name, value in below.items():
        inner = step(path, name)
        if inner == path or not isinstance(value, Mapping):
            yield inner, True  # an element that has no path of its own: the whole list
        else:
            yield from _paths(cast("Tree", value), inner)


def step(path: str, name: str) -> str:
    """Go one step of FieldsV1 further down a path; what has no path of its own has that of the whole."""
    how, _, what = name.partition(":")
    match how:
        case "f":
            return f"{path}.{what}" if path else what
        case "k":
            return f"{path}{_element(path, what)}"
        case "i":
            return f"{path}[{what}]"
        case _:
            return path


def _element(path: str, key: str) -> str:
    content = parsed_key(key)
    for name in _KEYS.get(path.rpartition(".")[2], ()):
        if name in content:
            return f"[{name}={content[name]}]"
    return ""


def parsed_key(key: str) -> Mapping[str, Any]:
    """Read the key of a list's element (`k:{...}`); empty where it is none."""
    try:
        return branch({"key": json.loads(key)}, "key")
    except ValueError:
        return {}
