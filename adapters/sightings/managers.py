"""Who wrote which field: the API server's managedFields, with the paths that `domain.objects.flatten` makes."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from adapters.sightings.tolerant import Tree, branch, branches, text, time
from domain.names import OUR_MANAGERS
from domain.objects import LIST_KEYS
from domain.sightings import Manager

_KEYS = {name: (key,) for name, key in LIST_KEYS.items()} | {"ports": ("containerPort", "port")}
_COMPARED = ("spec", "metadata.labels")


def foreign_managers(obj: Tree) -> tuple[Manager, ...]:
    """List the other writers of what we compare (labels and spec), in the order of the paths."""
    found = {
        Manager(path, _name(entry), time(entry, "time"))
        for entry in branches(obj, "metadata", "managedFields")
        if not _ours(entry) and text(entry, "subresource") != "status"
        for path in _paths(branch(entry, "fieldsV1"), "")
        if path.startswith(_COMPARED)
    }
    return tuple(sorted(found, key=lambda manager: (manager.path, manager.name, str(manager.at))))


def _ours(entry: Tree) -> bool:
    """Tell whether an entry can be ours: what we compare we only ever apply, and whole. The rest may be under our name too."""
    return text(entry, "manager") in OUR_MANAGERS and text(entry, "operation") != "Update" and not text(entry, "subresource")


def _name(entry: Tree) -> str:
    name = text(entry, "manager")
    return f"{name} (somebody else's)" if name in OUR_MANAGERS else name


def _paths(owned: Tree, path: str) -> Iterator[str]:
    # "." owns the parent itself; where fields below it are owned too, those say more.
    below = {name: value for name, value in owned.items() if name != "."}
    if not below and path:
        yield path
    for name, value in below.items():
        inner = _step(path, name)
        if inner == path or not isinstance(value, Mapping):
            yield inner  # an element that has no path of its own: the whole list
        else:
            yield from _paths(cast("Tree", value), inner)


def _step(path: str, name: str) -> str:
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
    content = _parsed(key)
    for name in _KEYS.get(path.rpartition(".")[2], ()):
        if name in content:
            return f"[{name}={content[name]}]"
    return ""


def _parsed(key: str) -> Mapping[str, Any]:
    try:
        return branch({"key": json.loads(key)}, "key")
    except ValueError:
        return {}
