"""Taking over: whose managedFields a field stands in is changed, and nothing else, so that our next apply can remove it.

A server-side apply removes what its manager owned and no longer applies, and leaves everything else to its owner. What a foreign
hand added to what is promised as a whole is therefore written over to our own entry first; kubectl moves fields from client-side
apply to server-side apply in the same way (client-go, `util/csaupgrade`). Here is what the new entries are, and nothing is sent.
"""

import json
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from adapters.observations.managers import foreign_managers, parsed_key, step
from adapters.observations.tolerant import Tree, bounded, branch, branches, text
from domain.actions import Taken
from domain.objects import Manifest, flatten
from domain.unmanaged_rules import verdict

_ELEMENT = ("k:", "v:", "i:")
_LONGEST = 400
_MOST = 50
_IMPLIED = {"protocol": "TCP"}
"""What a key's field is where an element does not say it."""


@dataclass(frozen=True, slots=True)
class TakingOver:
    """The managedFields as they are to be, and what changes its owner by it; nothing taken: there is nothing to write."""

    entries: tuple[Tree, ...]
    taken: tuple[Taken, ...]


def taking_over(obj: Tree, manifest: Manifest, paths: Collection[str]) -> TakingOver:
    """Say how what others own at these paths becomes our manager's, as far as the manifest does not declare it.

    No paths: at all that is promised as a whole (`domain.unmanaged_rules`), where it is not known which of it is drift.
    What it declares an apply takes by itself. Of a list's element that is not declared all that one manager owns is taken. An
    entry of another version of the API than ours names other fields, and is left; so is that of a subresource.
    """
    entries = tuple(branches(obj, "metadata", "managedFields"))
    own = next((entry for entry in entries if _is_ours(entry, manifest)), None)
    if own is None:
        return TakingOver(entries, ())
    try:
        return _taken(entries, own, manifest, sorted(paths or _promised(obj, manifest)))
    except RecursionError:  # no schema is so deep: somebody wrote it to be read by nobody
        return TakingOver(entries, ())


def _taken(entries: Sequence[Tree], own: Tree, manifest: Manifest, wanted: Sequence[str]) -> TakingOver:
    fields, taken, left = branch(own, "fieldsV1"), list[Taken](), list[Tree]()
    for entry in entries:
        if entry is own or text(entry, "subresource") or text(entry, "apiVersion") != text(own, "apiVersion"):
            left.append(entry)
            continue
        ours, theirs = _split(branch(entry, "fieldsV1"), manifest.content, "", wanted)
        fields = _joined(fields, ours)
        taken += [Taken(path, text(entry, "manager")) for path in _tops(ours, "")]
        if theirs:
            left.append({**entry, "fieldsV1": theirs} if ours else entry)
    return TakingOver(tuple({**one, "fieldsV1": fields} if one is own else one for one in left), _bounded(sorted(set(taken))))


def _promised(obj: Tree, manifest: Manifest) -> frozenset[str]:
    ours = frozenset(flatten(manifest.content))
    owned = (manager.path for manager in foreign_managers(obj))
    return frozenset(path for path in owned if verdict(manifest.ref.kind, path, ours) == "drift")


def _bounded(taken: Sequence[Taken]) -> tuple[Taken, ...]:
    """Name the first of many, and the rest as a number."""
    named = tuple(Taken(bounded(one.path, _LONGEST), one.manager) for one in taken[:_MOST])
    return (*named, Taken(f"({len(taken) - _MOST} more fields)", "unknown")) if len(taken) > _MOST else named


def _is_ours(entry: Tree, manifest: Manifest) -> bool:
    named = (text(entry, "manager"), text(entry, "operation"), text(entry, "subresource"))
    return named == (manifest.manager, "Apply", "")


def _split(fields: Tree, content: object, path: str, paths: Sequence[str]) -> tuple[Tree, Tree]:
    """Divide what one manager owns below a path into what is taken and what is left. `content`: what we declare there."""
    ours, theirs = dict[str, Any](), dict[str, Any]()
    for name, below in fields.items():
        inner, inside, tree = step(path, name), _inside(content, name), branch(below)
        if name == ".":
            continue
        if not _reaches(paths, inner):
            theirs[name] = below
        elif inside is None and (name.startswith(_ELEMENT) or not _names(tree)):
            ours[name] = below
        elif not _names(tree):
            theirs[name] = below  # an apply takes it by itself
        else:
            taken, left = _split(tree, inside, inner, paths)
            ours |= {name: taken} if taken else {}
            theirs |= {name: left} if left else {}
    if "." in fields:  # who owns a mapping as such keeps it while anything of theirs, or of ours, is in it
        (theirs if theirs or content is not None or not ours else ours)["."] = fields["."]
    return ours, theirs


def _names(fields: Tree) -> list[str]:
    return [name for name in fields if name != "."]


def _reaches(paths: Sequence[str], path: str) -> bool:
    """Tell whether one of these paths, which are in order, is this one, or lies below it."""
    for start in (path, f"{path}.", f"{path}[", f"{path}("):
        place = bisect_left(paths, start)
        if place < len(paths) and (paths[place] == path or (start != path and paths[place].startswith(start))):
            return True
    return False


def _inside(content: object, name: str) -> object:
    """Give what a declared value has under a step of FieldsV1; None where it has nothing there."""
    how, _, what = name.partition(":")
    if how == "f" and isinstance(content, Mapping):
        return cast("Mapping[str, object]", content).get(what)
    if how == "k" and isinstance(content, list):
        key = parsed_key(what)
        elements = (branch(one) for one in cast("list[object]", content))
        return next((one for one in elements if key and all(one.get(n, _IMPLIED.get(n)) == v for n, v in key.items())), None)
    if how == "v" and isinstance(content, list):
        return next((one for one in cast("list[object]", content) if json.dumps(one) == what), None)
    return None


def _joined(one: Tree, other: Tree) -> Tree:
    both: dict[str, Any] = dict(one)
    for name, below in other.items():
        both[name] = _joined(_as_such(branch(both, name), below), _as_such(branch(below), both[name])) if name in both else below
    return both


def _as_such(fields: Tree, beside: object) -> Tree:
    """Write a field that one owns as a whole so that others may be named in it."""
    return fields if fields or not beside else {".": {}}


def _tops(taken: Tree, path: str) -> Iterator[str]:
    """Name what was taken: elements as such, and other fields one by one."""
    for name in _names(taken):
        inner, below = step(path, name), branch(taken, name)
        if (name.startswith("k:") and "." in below) or not _names(below):
            yield inner
        else:
            yield from _tops(below, inner)
