"""Older dialects, brought up to v1 in place; every change is told as a warning with the modern line. A step, a function."""

import re
from collections.abc import Callable, Iterator

from adapters.spec_file.lists import as_lists
from adapters.spec_file.old_integrations import models_and_repositories
from adapters.spec_file.problems import FileFinding, join, nearest, path_of, shown
from adapters.spec_file.report import UPGRADED, ReadingReport, Steps
from adapters.spec_file.tree import MappingEntry, TreeNode, grow
from adapters.spec_file.wire import SECRET

_VERSIONS = ("v1", "latest", "v0alpha1", "v0alpha0")
_OLD: frozenset[Steps] = frozenset(
    {("healthchecks",), ("port",), ("protocol",), ("models",), ("repositories",), ("resources", "instanceType")}
)
_PROBES = ("startup", "readiness", "liveness")
_TIMINGS = ("port", "initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold")
_WHOLE = re.compile(r"[0-9]{1,10}")
_NUMBER = re.compile(r"[0-9]{1,10}(\.[0-9]{1,10})?")


def upgrade(root: TreeNode, report: ReadingReport) -> None:
    """Bring a document up to v1."""
    drop_nothings(root, (), report)
    version = _version(root, report)
    for step in _STEPS:
        step(root, report)
    resources = root.get("resources")
    if version == "v0alpha0" and resources and resources.entries is not None and "ports" not in resources.entries:
        report.upgraded("v0alpha0 exposes port 80 where none is given", resources.at, "resources.ports", "ports: [80]")
        resources.entries["ports"] = MappingEntry(resources.at, grow([80], resources.at))


def drop_nothings(node: TreeNode, steps: Steps, report: ReadingReport, *, keep_old: bool = False) -> None:
    """Take out what has no value: a key alone counts as absent. `keep_old`: those of older dialects stay."""
    for key, entry in list((node.entries or {}).items()):
        below, inner = (*steps, key), entry.node
        if inner.value is not None or inner.items is not None or inner.entries is not None:
            drop_nothings(inner, below, report, keep_old=keep_old)
        elif not (keep_old and below in _OLD):
            report.emptied[path_of(below)] = entry.at
            report.nothings.append((below, entry.at))
            if below in _OLD:
                report.warn(UPGRADED, f"`{key}` is an old name, and has no value", entry.at, path_of(below), "leave it out")
            del (node.entries or {})[key]
    for index, item in enumerate(node.items or ()):
        drop_nothings(item, (*steps, index), report, keep_old=keep_old)


def _version(root: TreeNode, report: ReadingReport) -> str:
    node = root.get("apiVersion")
    if node is None:
        return "v1"
    version = node.value
    if version not in _VERSIONS:
        near = nearest(str(version), _VERSIONS)
        hint = f"accepted: {', '.join(_VERSIONS)}" + (f"; did you mean {near}?" if near else "")
        given = shown(node.plain(), "apiVersion")
        report.problems.append(FileFinding("unknown-version", "there is no such version", node.at, "apiVersion", given, hint))
        # The problem is told; what stands in the rest is looked at as v1.
        (root.entries or {}).pop("apiVersion")
        return "v1"
    if version not in {"v1", "latest"}:
        report.upgraded(f"{version} is read as v1", node.at, "apiVersion", "apiVersion: v1")
        node.value = "v1"
    return str(version)


def _rename(parent: TreeNode | None, old: str, new: str, path: str, report: ReadingReport) -> None:
    entries = parent.entries if parent else None
    if parent is None or entries is None or old not in entries:
        return
    entry = entries[old]
    if new in entries:
        message = f"`{old}` is the old name of `{new}`, and both are given"
        report.problems.append(FileFinding("given-twice", message, entry.at, join(path, old), hint=f"keep `{new}` only"))
        del entries[old]
        return
    shape = f" {entry.node.value}" if entry.node.items is None and entry.node.entries is None else ""
    report.upgraded(f"`{old}` is read as `{new}`", entry.at, join(path, old), f"{new}:{shape}")
    parent.entries = {new if key == old else key: value for key, value in entries.items()}


def _names(root: TreeNode, report: ReadingReport) -> None:
    _rename(root, "healthchecks", "healthChecks", "", report)
    _rename(root.get("resources"), "instanceType", "machineType", "resources", report)


def _port(root: TreeNode, report: ReadingReport) -> None:
    entries = root.entries or {}
    entry = entries.pop("port", None)
    if entry is None:
        return
    if "resources" not in entries:
        entries["resources"] = MappingEntry(entry.at, TreeNode(entry.at, entries={}))
    resources = entries["resources"].node
    if resources.entries is None:
        return
    if "ports" in resources.entries:
        hint = "keep `resources.ports` only"
        message = "`port` is the old name of `resources.ports`, and both are given"
        report.problems.append(FileFinding("given-twice", message, entry.at, "port", hint=hint))
        return
    shape = f"resources: {{ports: [{_bare(entry.node)}]}}"
    report.upgraded("`port` is read as `resources.ports`", entry.at, "port", shape)
    listed = entry.node if entry.node.items is not None else TreeNode(entry.node.at, items=[entry.node])
    resources.entries["ports"] = MappingEntry(entry.at, listed)


def _bare(node: TreeNode) -> str:
    return str(node.value)[:20] if node.items is None and node.entries is None else "…"


def _numbers(root: TreeNode, report: ReadingReport) -> None:
    """Read numbers that were written as text."""
    for path, node, pattern in _numeric(root):
        if isinstance(node.value, str) and pattern.fullmatch(node.value):
            number = int(node.value) if _WHOLE.fullmatch(node.value) else float(node.value)
            key = path.rpartition(".")[2].partition("[")[0]
            modern = f"{number}" if path.endswith("]") else f"{key}: {number}"
            report.upgraded(f"the text {node.value!r} is read as a number", node.at, path, modern)
            node.value = number


def _numeric(root: TreeNode) -> Iterator[tuple[str, TreeNode, re.Pattern[str]]]:
    places = [("resources", "replicas"), ("resources", "autoscaling", "maxReplicas"), ("deadreckon", "rolloutDeadlineSeconds")]
    places += [("healthChecks", name, timing) for name in _PROBES for timing in _TIMINGS]
    for keys in places:
        if node := root.get(*keys):
            yield ".".join(keys), node, _WHOLE
    for path, port in _items(root, "resources", "ports"):
        yield path, port, _WHOLE
    for path, metric in _items(root, "resources", "autoscaling", "metrics"):
        if value := metric.get("value"):
            yield f"{path}.value", value, _NUMBER


def _items(root: TreeNode, *keys: str) -> Iterator[tuple[str, TreeNode]]:
    listed = root.get(*keys)
    for index, item in enumerate((listed.items if listed else None) or ()):
        yield join(".".join(keys), index), item


def _without_effect(root: TreeNode, report: ReadingReport) -> None:
    entries = root.entries or {}
    if region := entries.get("region"):
        report.warn("no-effect", "one cluster is one region; this has no effect", region.at, "region", "leave it out")
    protocol = entries.get("protocol")
    if protocol and protocol.node.value in {"http", "http2"}:
        del entries["protocol"]
        message = "a Service passes on whatever the application speaks; this has no effect"
        report.warn("upgraded", message, protocol.at, "protocol", "leave it out")


def _kinds(root: TreeNode, report: ReadingReport) -> None:
    for path, integration in _items(root, "integrations"):
        kind = integration.get("type")
        if kind and kind.value == "do-spaces":
            report.upgraded("`do-spaces` is read as `spaces`", kind.at, f"{path}.type", "type: spaces")
            kind.value = "spaces"


def _secret_prefix(root: TreeNode, report: ReadingReport) -> None:
    values = [(f"{path}.value", variable.get("value")) for path, variable in _items(root, "env")]
    for path, integration in _items(root, "integrations"):
        values += [(f"{path}.{key}", integration.get(key)) for key in ("password", "accessKeyId", "secretAccessKey")]
    for path, value in [*values, ("basicAuthKey", root.get("basicAuthKey"))]:
        if value and isinstance(value.value, str) and value.value.startswith(SECRET.upper()):
            report.upgraded("`SECRET:` is read as `secret:`", value.at, path, f"{path.rpartition('.')[2]}: secret:…")
            value.value = SECRET + value.value[len(SECRET) :]


def _probe_paths(root: TreeNode, report: ReadingReport) -> None:
    for name in _PROBES:
        path = root.get("healthChecks", name, "path")
        if path and isinstance(path.value, str) and path.value and not path.value.startswith("/"):
            modern = f"path: /{path.value}"
            report.upgraded("the path is read with a slash in front", path.at, f"healthChecks.{name}.path", modern)
            path.value = "/" + path.value


_STEPS: tuple[Callable[[TreeNode, ReadingReport], None], ...] = (
    as_lists,
    _names,
    _port,
    _numbers,
    _without_effect,
    models_and_repositories,
    _kinds,
    _secret_prefix,
    _probe_paths,
)
