"""Changes (`resources.replicas=3`) put into a document's tree, before it is judged: what they fill may be wrong without them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from adapters.spec_file.older_yaml import another_number
from adapters.spec_file.problems import Finding, Place, Unreadable
from adapters.spec_file.report import Report
from adapters.spec_file.tree import DEEPEST, Builder, Entry, Node, grow
from adapters.spec_file.yaml_text import read_yaml

OPTION = "--set"
_STEP = re.compile(r"(?:^|\.)([^.\[\]]+)|\[([0-9]{1,4})\]")
_HERE = Place(option=OPTION)
MOST_CHANGES, _LONGEST = 1_000, 128 * 1024
_FORM = "write path=value, as in resources.replicas=3, env.NAME=text, resources.ports[0]=8000; path= takes it out"


def put_in(root: Node, sets: Sequence[str], report: Report) -> None:
    """Make changes in a document of v1; those that cannot be made are reported.

    Values are read as YAML, but a variable's (`env.NAME=text`) is always text. An empty value takes a field out.
    """
    if len(sets) > MOST_CHANGES:
        said = f"at most {MOST_CHANGES} changes can be made at once, these are {len(sets)}"
        report.problems.append(Finding("bad-change", said, _HERE, hint="write them into a spec file"))
    for change in sets[:MOST_CHANGES]:
        try:
            _apply(root, change)
        except Unreadable as error:
            report.problems.append(error.finding)


def _apply(root: Node, change: str) -> None:
    if len(change) > _LONGEST:
        raise Unreadable(Finding("bad-change", f"a change has at most {_LONGEST // 1024} KiB", _HERE, change[:60], hint=_FORM))
    path, equals, text = change.partition("=")
    if not equals or not path:
        raise Unreadable(Finding("bad-change", "this is not a change", _HERE, path, hint=_FORM))
    if path == "name":
        message = "a deployment's name cannot be changed: its history goes by it"
        raise Unreadable(Finding("bad-change", message, _HERE, path, hint="submit it under the new name, delete the old one"))
    if path.startswith("env.") and not path.startswith("env.["):
        _set_variable(root, path.removeprefix("env."), text)
        return
    steps = _steps(path)
    parent = _parent(root, steps, path)
    _put(parent, steps[-1], _value(text, path), path)


def _steps(path: str) -> list[str | int]:
    found = list(_STEP.finditer(path))
    if not found or "".join(match.group() for match in found) != path:
        raise Unreadable(Finding("bad-change", "this is not a path", _HERE, path, hint=_FORM))
    if len(found) > DEEPEST:
        raise Unreadable(Finding("too-deep", f"a spec is at most {DEEPEST} levels deep", _HERE, path[:60], hint=_FORM))
    return [match[1] if match[1] is not None else int(match[2]) for match in found]


def _value(text: str, path: str) -> Node:
    builder = Builder()
    try:
        value = read_yaml(text, builder)
    except Unreadable as error:
        raise _unread(error.finding, path) from error
    _hold(builder, path)
    for below, node in value.walk(path) if value else ():
        for finding in another_number(text[slice(*node.span)].strip(), node, below):
            raise Unreadable(replace(finding, place=_HERE))
    return grow(value.plain() if value else None, _HERE)


def _hold(builder: Builder, path: str) -> None:
    if builder.findings:
        raise _unread(builder.findings[0], path)


def _unread(finding: Finding, path: str) -> Unreadable:
    message = f"the value cannot be read: {finding.message}"
    return Unreadable(Finding("bad-change", message, _HERE, path, hint=f"{_FORM}; text that YAML reads otherwise in quotes"))


def _parent(node: Node, steps: Sequence[str | int], path: str) -> Node:
    """Walk to where the last step of a path stands; what is missing between is made."""
    for step, below in pairwise(steps):
        if isinstance(step, int):
            if node.items is None or step >= len(node.items):
                raise _nowhere(path)
            node = node.items[step]
        elif node.entries is None:
            raise _nowhere(path)
        else:
            made = Node(_HERE, items=[]) if isinstance(below, int) else Node(_HERE, entries={})
            node = node.entries.setdefault(step, Entry(_HERE, made)).node
    return node


def _put(parent: Node, step: str | int, value: Node, path: str) -> None:
    if isinstance(step, str) and parent.entries is not None:
        parent.entries[step] = Entry(_HERE, value)
    elif isinstance(step, int) and parent.items is not None and step < len(parent.items):
        parent.items[step] = value
    elif isinstance(step, int) and parent.items is not None and step == len(parent.items):
        parent.items.append(value)
    else:
        raise _nowhere(path)


def _set_variable(root: Node, name: str, text: str) -> None:
    builder = Builder()
    builder.scalar(_HERE, text, depth=0)
    _hold(builder, f"env.{name}")
    variables = root.get("env") or Node(_HERE, items=[])
    (root.entries or {})["env"] = Entry(_HERE, variables)
    items = variables.items if variables.items is not None else []
    for variable in items:
        here = variable.get("name")
        if here and here.value == name and variable.entries is not None:
            variable.entries["value"] = Entry(_HERE, Node(_HERE, text))
            return
    items.append(grow({"name": name, "value": text}, _HERE))


def _nowhere(path: str) -> Unreadable:
    return Unreadable(Finding("bad-change", "there is no such place in the spec", _HERE, path, hint=_FORM))
