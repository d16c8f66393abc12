"""Changes (`resources.replicas=3`) put into a document's tree, before it is judged: what they fill may be wrong without them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from adapters.spec_file.older_yaml import another_number
from adapters.spec_file.problems import FileFinding, Location, UnreadableText
from adapters.spec_file.report import ReadingReport
from adapters.spec_file.tree import DEEPEST, Builder, MappingEntry, TreeNode, grow
from adapters.spec_file.yaml_text import read_yaml

OPTION = "--set"
_STEP = re.compile(r"(?:^|\.)([^.\[\]]+)|\[([0-9]{1,4})\]")
_HERE = Location(option=OPTION)
MOST_CHANGES, _LONGEST = 1_000, 128 * 1024
_FORM = "write path=value, as in resources.replicas=3, env.NAME=text, resources.ports[0]=8000; path= takes it out"


def put_in(root: TreeNode, sets: Sequence[str], report: ReadingReport) -> None:
    """Make changes in a document of v1; those that cannot be made are reported.

    Values are read as YAML, but a variable's (`env.NAME=text`) is always text. An empty value takes a field out.
    """
    if len(sets) > MOST_CHANGES:
        said = f"at most {MOST_CHANGES} changes can be made at once, these are {len(sets)}"
        report.problems.append(FileFinding("bad-change", said, _HERE, hint="write them into a spec file"))
    for change in sets[:MOST_CHANGES]:
        try:
            _apply(root, change)
        except UnreadableText as error:
            report.problems.append(error.finding)


def _apply(root: TreeNode, change: str) -> None:
    if len(change) > _LONGEST:
        raise UnreadableText(
            FileFinding("bad-change", f"a change has at most {_LONGEST // 1024} KiB", _HERE, change[:60], hint=_FORM)
        )
    path, equals, text = change.partition("=")
    if not equals or not path:
        raise UnreadableText(FileFinding("bad-change", "this is not a change", _HERE, path, hint=_FORM))
    if path == "name":
        message = "a deployment's name cannot be changed: its history goes by it"
        raise UnreadableText(
            FileFinding("bad-change", message, _HERE, path, hint="submit it under the new name, delete the old one")
        )
    if path.startswith("env.") and not path.startswith("env.["):
        _set_variable(root, path.removeprefix("env."), text)
        return
    steps = _steps(path)
    parent = _parent(root, steps, path)
    _put(parent, steps[-1], _value(text, path), path)


def _steps(path: str) -> list[str | int]:
    found = list(_STEP.finditer(path))
    if not found or "".join(match.group() for match in found) != path:
        raise UnreadableText(FileFinding("bad-change", "this is not a path", _HERE, path, hint=_FORM))
    if len(found) > DEEPEST:
        raise UnreadableText(FileFinding("too-deep", f"a spec is at most {DEEPEST} levels deep", _HERE, path[:60], hint=_FORM))
    return [match[1] if match[1] is not None else int(match[2]) for match in found]


def _value(text: str, path: str) -> TreeNode:
    builder = Builder()
    try:
        value = read_yaml(text, builder)
    except UnreadableText as error:
        raise _unread(error.finding, path) from error
    _hold(builder, path)
    for below, node in value.walk(path) if value else ():
        for finding in another_number(text[slice(*node.span)].strip(), node, below):
            raise UnreadableText(replace(finding, place=_HERE))
    return grow(value.plain() if value else None, _HERE)


def _hold(builder: Builder, path: str) -> None:
    if builder.findings:
        raise _unread(builder.findings[0], path)


def _unread(finding: FileFinding, path: str) -> UnreadableText:
    message = f"the value cannot be read: {finding.message}"
    return UnreadableText(
        FileFinding("bad-change", message, _HERE, path, hint=f"{_FORM}; text that YAML reads otherwise in quotes")
    )


def _parent(node: TreeNode, steps: Sequence[str | int], path: str) -> TreeNode:
    """Walk to where the last step of a path stands; what is missing between is made."""
    for step, below in pairwise(steps):
        if isinstance(step, int):
            if node.items is None or step >= len(node.items):
                raise _nowhere(path)
            node = node.items[step]
        elif node.entries is None:
            raise _nowhere(path)
        else:
            made = TreeNode(_HERE, items=[]) if isinstance(below, int) else TreeNode(_HERE, entries={})
            node = node.entries.setdefault(step, MappingEntry(_HERE, made)).node
    return node


def _put(parent: TreeNode, step: str | int, value: TreeNode, path: str) -> None:
    if isinstance(step, str) and parent.entries is not None:
        parent.entries[step] = MappingEntry(_HERE, value)
    elif isinstance(step, int) and parent.items is not None and step < len(parent.items):
        parent.items[step] = value
    elif isinstance(step, int) and parent.items is not None and step == len(parent.items):
        parent.items.append(value)
    else:
        raise _nowhere(path)


def _set_variable(root: TreeNode, name: str, text: str) -> None:
    builder = Builder()
    builder.scalar(_HERE, text, depth=0)
    _hold(builder, f"env.{name}")
    variables = root.get("env") or TreeNode(_HERE, items=[])
    (root.entries or {})["env"] = MappingEntry(_HERE, variables)
    items = variables.items if variables.items is not None else []
    for variable in items:
        here = variable.get("name")
        if here and here.value == name and variable.entries is not None:
            variable.entries["value"] = MappingEntry(_HERE, TreeNode(_HERE, text))
            return
    items.append(grow({"name": name, "value": text}, _HERE))


def _nowhere(path: str) -> UnreadableText:
    return UnreadableText(FileFinding("bad-change", "there is no such place in the spec", _HERE, path, hint=_FORM))
