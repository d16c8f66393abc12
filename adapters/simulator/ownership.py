"""Who owns which field: server-side apply and `managedFields`, as an API server keeps them.

A field is a path in the form of FieldsV1 (`f:spec`, `k:{"name":"app"}`); an item of a keyed list has a field of its own (`.`).
"""

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, cast

from adapters.simulator.ordering import Order, of_apply
from adapters.simulator.schema import Object, item_key, list_keys, whole

Path = tuple[str, ...]

_SERVER_S = frozenset({"name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"})
_NOT_FIELDS = frozenset({"apiVersion", "kind", "status"})


def leaves(obj: Mapping[str, Any]) -> dict[Path, Any]:
    """Lay an object's owned fields out: everything but its identity, its status and what the server alone writes."""
    metadata = {name: value for name, value in obj.get("metadata", {}).items() if name not in _SERVER_S}
    content = {name: value for name, value in obj.items() if name not in _NOT_FIELDS}
    content["metadata"] = metadata
    if not metadata:
        del content["metadata"]
    return dict(_leaves(content, (), ""))


def _leaves(content: Any, path: Path, name: str) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 (any JSON)
    if isinstance(content, dict) and not (path and whole(name, content)):
        for key, value in cast("Object", content).items():
            yield from _leaves(value, (*path, f"f:{key}"), key)
    elif isinstance(content, list) and (keys := list_keys(name, cast("list[object]", content))):
        for item in cast("list[Object]", content):
            inner = (*path, _item(item, keys))
            yield (*inner, "."), True
            yield from _leaves(item, inner, "")
    else:
        yield path, content


def _item(item: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    key = dict(zip(keys, item_key(item, keys), strict=True))
    return "k:" + json.dumps(key, sort_keys=True, separators=(",", ":"))


def merged(live: Any, config: Any, name: str = "", order: Order = of_apply) -> Any:  # noqa: ANN401 (any JSON)
    """Lay a configuration over what stands: mappings by key, keyed lists by item, the rest replaced."""
    atomic = order is of_apply and name and whole(name, cast("object", config))  # to a patch every mapping is open
    if isinstance(live, dict) and isinstance(config, dict) and not atomic:
        result = dict(cast("Object", live))
        for key, value in cast("Object", config).items():
            result[key] = merged(result[key], value, key, order) if key in result else value
        return result
    if isinstance(live, list) and isinstance(config, list):
        return _merged_list(cast("list[object]", live), cast("list[object]", config), name, order)
    return cast("object", config)


def _merged_list(live: Sequence[object], config: Sequence[object], name: str, order: Order) -> list[Any]:
    keys = list_keys(name, config)
    if not keys or not list_keys(name, live):
        return list(config)
    stand = {item_key(item, keys): item for item in cast("Sequence[Object]", live)}
    fresh: dict[Hashable, Any] = {item_key(item, keys): item for item in cast("Sequence[Object]", config)}
    both: dict[Hashable, Any] = {
        key: merged(item, fresh[key], "", order) if key in fresh else item for key, item in stand.items()
    }
    keys_left = [key for key in order([*stand], [*fresh]) if fresh.get(key, {}).get("$patch") != "delete"]
    return [both[key] if key in both else fresh[key] for key in keys_left]


def dropped(given_up: frozenset[Path], owned: frozenset[Path]) -> list[Path]:
    """Say what goes when a manager gives fields up and these are owned from now on, by anybody.

    With a field goes the whole of what it was in, defaults and all, as far up as nobody owns anything. An item goes when
    nobody owns it as such, even if others own fields in it; its key stays as long as the item does.
    (Tried against a real API server, with random applies and edits.)
    """
    above = {path[:depth] for path in owned for depth in range(1, len(path) + 1)}
    above = {path for path in above if not path[-1].startswith("k:") or (*path, ".") in owned}
    gone: set[Path] = set()
    for path in given_up:
        depth = next((depth for depth in range(1, len(path) + 1) if path[:depth] not in above), None)
        if depth is not None and not _names_an_item(path, depth):
            gone.add(path[:depth])
    return sorted(gone)


def _names_an_item(path: Path, depth: int) -> bool:
    item, step = path[depth - 2 : depth] if depth > 1 else ("", path[0])
    return step == "." or (item.startswith("k:") and _is_key(item, step))


def _is_key(item: str, step: str) -> bool:
    return step[2:] in json.loads(item[2:])


def without(obj: Object, gone: Sequence[Path]) -> Object:
    """Take fields out; a mapping or list that becomes empty by it goes too."""
    result = obj
    for path in sorted(gone, key=len, reverse=True):
        result = cast("Object", _without(result, path[:-1] if path[-1] == "." else path))
    return result


def _without(content: Any, path: Path) -> Any:  # noqa: ANN401 (any JSON)
    head, rest = path[0], path[1:]
    if head.startswith("f:") and isinstance(content, Mapping):
        tree = cast("Mapping[str, Any]", content)
        name = head[2:]
        if name not in tree:
            return tree
        inner = _without(tree[name], rest) if rest else None
        return {key: value for key, value in {**tree, name: inner}.items() if key != name or inner not in (None, {}, [])}
    if head.startswith("k:") and isinstance(content, list):
        items = cast("list[dict[str, Any]]", content)
        key = json.loads(head[2:])
        changed = [(_without(one, rest) if rest else None) if _is(one, key) else one for one in items]
        return [one for one in changed if one is not None]
    return content


def _is(item: Mapping[str, Any], key: Mapping[str, Any]) -> bool:
    return item_key(item, tuple(key)) == tuple(key.values())


def to_fields(paths: frozenset[Path]) -> dict[str, Any]:
    """Write paths as FieldsV1."""
    tree: dict[str, Any] = {}
    for path in sorted(paths):
        at = tree
        for step in path:
            at = at.setdefault(step, {})
    return tree


def of_fields(tree: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    """Read FieldsV1 back."""
    if not tree and path:
        yield path
    for step, inner in tree.items():
        yield from of_fields(inner, (*path, step))


class ManagedFields:
    """The owners of an object's fields, one entry for each manager and way of writing."""

    def __init__(self, entries: Sequence[Mapping[str, Any]] = ()) -> None:
        """Take the entries of `managedFields` in."""
        self._entries = [dict(entry) for entry in entries]
        self._paths = [frozenset(of_fields(entry["fieldsV1"])) for entry in entries]

    def of(self, manager: str, operation: str) -> frozenset[Path]:
        """Give what a manager owns."""
        for entry, paths in zip(self._entries, self._paths, strict=True):
            if self._mine(entry, manager, operation):
                return paths
        return frozenset()

    def elsewhere(self, manager: str, operation: str) -> frozenset[Path]:
        """Give what all others own."""
        pairs = zip(self._entries, self._paths, strict=True)
        return frozenset[Path]().union(*(paths for entry, paths in pairs if not self._mine(entry, manager, operation)))

    def disown(self, paths: frozenset[Path], *, but: str = "", operation: str = "") -> None:
        """Take fields from their owners, but for one manager; who owns nothing any more leaves the list."""
        for index, entry in enumerate(self._entries):
            if not (but and self._mine(entry, but, operation)):
                self._paths[index] -= paths
        self._drop_empty()

    def own(self, manager: str, operation: str, paths: frozenset[Path], *, version: str, at: str) -> None:
        """Say what a manager owns from now on."""
        new = {"manager": manager, "operation": operation, "apiVersion": version, "time": at, "fieldsType": "FieldsV1"}
        for index, entry in enumerate(self._entries):
            if self._mine(entry, manager, operation):
                if self._paths[index] != paths:
                    self._entries[index], self._paths[index] = new, paths
                break
        else:
            self._entries.append(new)
            self._paths.append(paths)
        self._drop_empty()

    def dump(self) -> list[dict[str, Any]]:
        """Write the entries as `managedFields`."""
        pairs = zip(self._entries, self._paths, strict=True)
        return [{**entry, "fieldsV1": to_fields(paths)} for entry, paths in pairs]

    def _drop_empty(self) -> None:
        pairs = [(entry, paths) for entry, paths in zip(self._entries, self._paths, strict=True) if paths]
        self._entries = [entry for entry, _ in pairs]
        self._paths = [paths for _, paths in pairs]

    @staticmethod
    def _mine(entry: Mapping[str, Any], manager: str, operation: str) -> bool:
        return entry["manager"] == manager and entry["operation"] == operation and "subresource" not in entry
