"""Older dialects, brought up to v1 in place; every change is told as a warning. Each step is one small function."""

from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.spec_file.problems import Finding, Place, join, nearest, shown
from adapters.spec_file.tree import Entry, Node, grow
from adapters.spec_file.wire import SECRET

_VERSIONS = ("v1", "latest", "v0alpha1", "v0alpha0")


@dataclass(slots=True)
class Report:
    """What was found so far. `emptied` keeps where a key without a value stood, so that its absence has a place."""

    problems: list[Finding] = field(default_factory=list[Finding])
    warnings: list[Finding] = field(default_factory=list[Finding])
    emptied: dict[str, Place] = field(default_factory=dict[str, Place])

    def warn(self, code: str, message: str, at: Place, path: str) -> None:
        """Tell something worth knowing."""
        self.warnings.append(Finding(code, message, at, path))


def upgrade(root: Node, report: Report) -> None:
    """Bring a document up to v1."""
    _drop_nothings(root, "", report)
    version = _version(root, report)
    for step in _STEPS:
        step(root, report)
    resources = root.get("resources")
    if version == "v0alpha0" and resources and resources.entries is not None and "ports" not in resources.entries:
        report.warn("upgraded", "v0alpha0 exposes port 80 where none is given", resources.at, "resources.ports")
        resources.entries["ports"] = Entry(resources.at, grow([80], resources.at))


def _drop_nothings(node: Node, path: str, report: Report) -> None:
    for key, entry in list((node.entries or {}).items()):
        below, inner = join(path, key), entry.node
        if inner.value is None and inner.items is None and inner.entries is None:
            report.emptied[below] = entry.at
            del (node.entries or {})[key]
        else:
            _drop_nothings(inner, below, report)
    for index, item in enumerate(node.items or ()):
        _drop_nothings(item, join(path, index), report)


def _version(root: Node, report: Report) -> str:
    entries = root.entries or {}
    entries.pop("$schema", None)
    entry = entries.pop("apiVersion", None)
    if entry is None:
        return "v1"
    version = entry.node.value
    if version not in _VERSIONS:
        near = nearest(str(version), _VERSIONS)
        hint = f"accepted: {', '.join(_VERSIONS)}" + (f"; did you mean {near}?" if near else "")
        given = shown(entry.node.plain(), "apiVersion")
        place = entry.node.at
        report.problems.append(Finding("unknown-version", "there is no such version", place, "apiVersion", given, hint))
        return "v1"
    if version not in {"v1", "latest"}:
        report.warn("upgraded", f"{version} is read as v1", entry.node.at, "apiVersion")
    return str(version)


def _rename(parent: Node | None, old: str, new: str, path: str, report: Report) -> None:
    entries = parent.entries if parent else None
    if entries is None or old not in entries:
        return
    entry = entries.pop(old)
    if new in entries:
        message = f"`{old}` is the old name of `{new}`, and both are given"
        report.problems.append(Finding("given-twice", message, entry.at, join(path, old), hint=f"keep `{new}` only"))
        return
    report.warn("upgraded", f"`{old}` is read as `{new}`", entry.at, join(path, old))
    entries[new] = entry


def _names(root: Node, report: Report) -> None:
    _rename(root, "healthchecks", "healthChecks", "", report)
    _rename(root.get("resources"), "instanceType", "machineType", "resources", report)


def _port(root: Node, report: Report) -> None:
    entries = root.entries or {}
    entry = entries.pop("port", None)
    if entry is None:
        return
    if "resources" not in entries:
        entries["resources"] = Entry(entry.at, Node(entry.at, entries={}))
    resources = entries["resources"].node
    if resources.entries is None:
        return
    if "ports" in resources.entries:
        hint = "keep `resources.ports` only"
        message = "`port` is the old name of `resources.ports`, and both are given"
        report.problems.append(Finding("given-twice", message, entry.at, "port", hint=hint))
        return
    report.warn("upgraded", "`port` is read as `resources.ports`", entry.at, "port")
    listed = entry.node if entry.node.items is not None else Node(entry.node.at, items=[entry.node])
    resources.entries["ports"] = Entry(entry.at, listed)


def _port_list(root: Node, report: Report) -> None:
    ports = root.get("resources", "ports")
    if ports is None or ports.entries is not None:
        return
    if ports.items is None:
        report.warn("upgraded", "one port is read as a list of one", ports.at, "resources.ports")
        ports.items, ports.value = [Node(ports.at, ports.value)], None
    for index, port in enumerate(ports.items):
        _as_number(port, join("resources.ports", index), report)
    for name in ("startup", "readiness", "liveness"):
        if asked := root.get("healthChecks", name, "port"):
            _as_number(asked, f"healthChecks.{name}.port", report)


def _as_number(port: Node, path: str, report: Report) -> None:
    if isinstance(port.value, str) and port.value.isascii() and port.value.isdigit() and len(port.value) <= len("65535"):
        report.warn("upgraded", f"the text {port.value!r} is read as a number", port.at, path)
        port.value = int(port.value)


def _without_effect(root: Node, report: Report) -> None:
    entries = root.entries or {}
    if region := entries.get("region"):
        report.warn("no-effect", "one cluster is one region; this has no effect", region.at, "region")
    if (protocol := entries.get("protocol")) and protocol.node.value == "http":
        del entries["protocol"]
        report.warn("no-effect", "HTTP needs no saying; this has no effect", protocol.at, "protocol")


def _secret_prefix(root: Node, report: Report) -> None:
    variables = root.get("env")
    for index, variable in enumerate((variables.items if variables else None) or ()):
        value = variable.get("value")
        if value and isinstance(value.value, str) and value.value.startswith(SECRET.upper()):
            report.warn("upgraded", "`SECRET:` is read as `secret:`", value.at, f"env[{index}].value")
            value.value = SECRET + value.value[len(SECRET) :]


def _probe_paths(root: Node, report: Report) -> None:
    for name in ("startup", "readiness", "liveness"):
        path = root.get("healthChecks", name, "path")
        if path and isinstance(path.value, str) and path.value and not path.value.startswith("/"):
            report.warn("upgraded", "the path is read with a slash in front", path.at, f"healthChecks.{name}.path")
            path.value = "/" + path.value


_STEPS: tuple[Callable[[Node, Report], None], ...] = (
    _names,
    _port,
    _port_list,
    _without_effect,
    _secret_prefix,
    _probe_paths,
)
