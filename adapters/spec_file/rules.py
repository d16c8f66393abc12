"""Rules over more than one field, looked at on the tree, so that they are told together with the faults of single fields."""

from collections.abc import Iterator

from adapters.spec_file.cures import cure
from adapters.spec_file.integration_rules import integration_rules
from adapters.spec_file.probe_rules import PROBES, one_word, ports_of, probe_problems, probe_warnings
from adapters.spec_file.problems import FileFinding, looks_secret, nearest, shown
from adapters.spec_file.report import ReadingReport
from adapters.spec_file.tree import TreeNode
from adapters.spec_file.wire import SECRET, SHORTEST_REQUEST
from domain.machines import Catalogue


def check(
    root: TreeNode, catalogue: Catalogue, exposed: tuple[int, ...], report: ReadingReport, *, inner_endpoints: bool = False
) -> None:
    """Hold a document of v1 to the rules. `inner_endpoints`: integrations may ask the platform's own addresses."""
    report.problems += _machine_type(root, catalogue)
    report.problems += _doubles(root)
    report.problems += _switched_on(root, report)
    report.problems += _autoscaling(root)
    report.problems += _endpoint(root)
    report.problems += integration_rules(root, inner_endpoints=inner_endpoints)
    report.problems += probe_problems(root, exposed)
    report.warnings += _credentials(root)
    report.warnings += probe_warnings(root)
    report.warnings += one_word(root.get("command"), "command")
    report.warnings += _never_scales(root)


def _machine_type(root: TreeNode, catalogue: Catalogue) -> Iterator[FileFinding]:
    node = root.get("resources", "machineType")
    if node is None or not isinstance(node.value, str) or node.value in catalogue.machines:
        return
    near = nearest(node.value, catalogue.machines)
    hint = (f"did you mean {near}? " if near else "") + "known: " + ", ".join(catalogue.machines)
    path = "resources.machineType"
    yield FileFinding("unknown-machine-type", "there is no such machine type", node.at, path, shown(node.value, path), hint)


def _doubles(root: TreeNode) -> Iterator[FileFinding]:
    variables, ports = root.get("env"), root.get("resources", "ports")
    names = [variable.get("name") for variable in (variables.items if variables else None) or ()]
    yield from _twice([(f"env[{n}].name", name) for n, name in enumerate(names)])
    yield from _twice([(f"resources.ports[{n}]", port) for n, port in enumerate((ports.items if ports else None) or ())])


def _twice(nodes: list[tuple[str, TreeNode | None]]) -> Iterator[FileFinding]:
    seen: dict[object, int] = {}
    for path, node in nodes:
        if node is None or node.value is None:
            continue
        if node.value in seen:
            message = f"this stands here again, first in line {seen[node.value]}"
            yield FileFinding("given-twice", message, node.at, path, shown(node.value, path), "keep one of them")
        seen.setdefault(node.value, node.at.line)


def _switched_on(root: TreeNode, report: ReadingReport) -> Iterator[FileFinding]:
    """Ask for what autoscaling goes by; where it is switched off, that says it all."""
    resources = root.get("resources")
    entry = (resources.entries or {}).get("autoscaling") if resources else None
    enabled = entry.node.get("enabled") if entry else None
    if entry is None or entry.node.entries is None or (enabled is not None and enabled.value is not True):
        return
    for field in ("maxReplicas", "metrics"):
        path, node = f"resources.autoscaling.{field}", entry.node.get(field)
        if node is None:
            yield FileFinding(
                "missing-field", f"`{field}` is required", report.emptied.get(path, entry.at), path, hint=cure(path)
            )
        elif node.items == []:
            yield FileFinding("bad-value", "this must not be empty", node.at, path, shown([], path), cure(path))


def _autoscaling(root: TreeNode) -> Iterator[FileFinding]:
    path, scaling, replicas = "resources.autoscaling", root.get("resources", "autoscaling"), root.get("resources", "replicas")
    most = scaling.get("maxReplicas") if scaling else None
    if most and replicas and _number(most) is not None and (_number(replicas) or 0) > (_number(most) or 0):
        where = f"{path}.maxReplicas"
        message = f"this is less than `resources.replicas` ({replicas.value}), which is the floor"
        yield FileFinding("contradiction", message, most.at, where, shown(most.value, where), f"at least {replicas.value}")
    metrics = scaling.get("metrics") if scaling else None
    names: list[tuple[str, TreeNode | None]] = []
    for index, metric in enumerate((metrics.items if metrics else None) or ()):
        here = f"{path}.metrics[{index}]"
        name, value = metric.get("metric"), metric.get("value")
        names.append((f"{here}.metric", name))
        if name is None or name.value != "requestDuration":
            continue
        if value and 0 < (_number(value) or 0) < SHORTEST_REQUEST:
            hint = f"at least {SHORTEST_REQUEST} (seconds)"
            yield FileFinding(
                "out-of-range", "the number is out of range", value.at, f"{here}.value", shown(value.value, here), hint
            )
        if not ports_of(root):
            message = "requests are timed at the endpoint, and without ports there is none"
            yield FileFinding("no-endpoint", message, name.at, f"{here}.metric", hint="give `resources.ports`")
    yield from _twice(names)


def _never_scales(root: TreeNode) -> Iterator[FileFinding]:
    most, replicas = root.get("resources", "autoscaling", "maxReplicas"), root.get("resources", "replicas")
    floor = 1 if replicas is None else max(_number(replicas) or 0, 1)
    if most is not None and _number(most) == floor:
        path = "resources.autoscaling.maxReplicas"
        yield FileFinding(
            "no-effect", "this is the number of replicas already, so nothing is ever scaled", most.at, path, str(most.value)
        )


def _number(node: TreeNode) -> float | None:
    return node.value if isinstance(node.value, (int, float)) and not isinstance(node.value, bool) else None


def _endpoint(root: TreeNode) -> Iterator[FileFinding]:
    if (key := root.get("basicAuthKey")) is not None and not ports_of(root):
        message = "the key protects the endpoint, and without ports there is none"
        yield FileFinding("no-endpoint", message, key.at, "basicAuthKey", hint="give `resources.ports`")


def _credentials(root: TreeNode) -> Iterator[FileFinding]:
    probes = (("healthChecks", name, "headers") for name in PROBES)
    for keys in (("env",), *probes):
        listed = root.get(*keys)
        for index, item in enumerate((listed.items if listed else None) or ()):
            name, value = item.get("name"), item.get("value")
            if name is None or value is None or not value.value or not looks_secret(str(name.value)):
                continue
            if not str(value.value).startswith(SECRET):
                path = f"{'.'.join(keys)}[{index}].value"
                message = "this looks like a credential in plain text"
                hint = "keep it as a secret: `value: secret:NAME`" if keys == ("env",) else "anyone who reads the spec can use it"
                yield FileFinding("looks-like-credential", message, value.at, path, shown(value.value, path), hint)
