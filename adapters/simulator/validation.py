"""What an API server refuses, in its own words, of the kinds that we write."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adapters.simulator.schema import RESOURCES, Object, key_of, tree
from domain.errors import Rejected, Rejection

_LABEL_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")


def rejected(status: int, reason: str, message: str) -> Rejected:
    """Word a refusal of the API server."""
    return Rejected(Rejection(status, reason, message))


def missing(kind: str, name: str) -> Rejected:
    """Word the refusal for an object that is not there."""
    return rejected(404, "NotFound", f'{RESOURCES[kind].full_name} "{name}" not found')


_FIELDS: Mapping[str, str] = {
    "Deployment": "minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector strategy template",
    "PodDisruptionBudget": "maxUnavailable minAvailable selector unhealthyPodEvictionPolicy",
    "HorizontalPodAutoscaler": "behavior maxReplicas metrics minReplicas scaleTargetRef",
    "container": "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe "
    "resizePolicy resources restartPolicy securityContext startupProbe stdin stdinOnce terminationMessagePath "
    "terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
    "probe": "exec failureThreshold grpc httpGet initialDelaySeconds periodSeconds successThreshold tcpSocket "
    "terminationGracePeriodSeconds timeoutSeconds",
}
"""The fields that the schema has, where it matters that a misspelt one is found."""


def check_fields(config: Object) -> None:
    """Refuse an apply that names a field which no schema has."""
    unknown = next(_unknown(config), "")
    if unknown:
        kind, namespace, name = key_of(config)
        what = f"{namespace}/{name}; {config['apiVersion']}, Kind={kind}"
        text = f"failed to create typed patch object ({what}): {unknown}: field not declared in schema"
        raise rejected(500, "Invalid", text)


def _unknown(config: Object) -> Iterator[str]:
    spec = tree(config.get("spec"))
    if config["kind"] in _FIELDS:
        yield from _strangers(spec, config["kind"], ".spec")
    for container in tree(tree(spec.get("template")).get("spec")).get("containers") or ():
        place = f'.spec.template.spec.containers[name="{container.get("name", "")}"]'
        yield from _strangers(container, "container", place)
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            yield from _strangers(tree(container.get(probe)), "probe", f"{place}.{probe}")


def _strangers(tree: Mapping[str, Any], schema: str, place: str) -> Iterator[str]:
    known = _FIELDS[schema].split()
    return (f"{place}.{name}" for name in tree if name not in known)


def validate(obj: Object, before: Object | None) -> None:
    """Refuse what the API server would: names, labels, what is required, and changes of what cannot change."""
    kind, _, name = key_of(obj)
    problems = list(_metadata(obj))
    if kind == "Deployment":
        problems += _deployment(obj)
    if kind == "Service":
        problems += _ports(obj)
    if kind == "HorizontalPodAutoscaler":
        problems += _autoscaler(obj["spec"])
    if before is not None:
        problems += _immutable(kind, obj, before)
    if problems:
        text = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
        group = RESOURCES[kind].group
        raise rejected(422, "Invalid", f'{kind}{"." + group if group else ""} "{name}" is invalid: {text}')


def _metadata(obj: Object) -> Iterator[str]:
    metadata = obj["metadata"]
    name, longest = str(metadata["name"]), 63 if obj["kind"] in ("Service", "Namespace") else 253
    if len(name) > longest or not all(_LABEL_NAME.fullmatch(part) for part in name.split(".")):
        yield f'metadata.name: Invalid value: "{name}": a lowercase RFC 1123 subdomain must consist of lower case'
    for key, value in tree(metadata.get("labels")).items():
        if len(value) > 63 or not _LABEL_VALUE.fullmatch(value):
            yield f'metadata.labels: Invalid value: "{value}": a valid label must be 63 characters or less ({key})'


def _deployment(obj: Object) -> Iterator[str]:
    spec: Mapping[str, Any] = obj["spec"]
    labels = tree(tree(tree(spec.get("template")).get("metadata")).get("labels"))
    wanted = tree(tree(spec.get("selector")).get("matchLabels"))
    if not spec.get("selector"):
        yield "spec.selector: Required value"
    elif any(labels.get(key) != value for key, value in wanted.items()):
        yield f"spec.template.metadata.labels: Invalid value: {_go(labels)}: `selector` does not match template `labels`"
    if not isinstance(spec["replicas"], int) or spec["replicas"] < 0:
        yield f"spec.replicas: Invalid value: {spec['replicas']}: must be greater than or equal to 0"
    containers: Sequence[Mapping[str, Any]] = tree(tree(spec.get("template")).get("spec")).get("containers") or []
    if not containers:
        yield "spec.template.spec.containers: Required value"
    for index, container in enumerate(containers):
        place = f"spec.template.spec.containers[{index}]"
        if not container.get("image"):
            yield f"{place}.image: Required value"
        yield from _probes(container, place)


def _ports(obj: Object) -> Iterator[str]:
    """Refuse two ports of one name: what an apply makes of a number that was changed by hand."""
    ports: Sequence[Mapping[str, Any]] = tree(obj.get("spec")).get("ports") or []
    names = [port.get("name", "") for port in ports]
    for index, name in enumerate(names):
        place = f"spec.ports[{index}].name"
        if not name and len(names) > 1:
            yield f"{place}: Required value"
        elif name in names[:index]:
            yield f"{place}: Duplicate value: {_go(name)}"


def _autoscaler(spec: Mapping[str, Any]) -> Iterator[str]:
    least, most = spec["minReplicas"], spec.get("maxReplicas", 0)
    if least < 1:
        yield f"spec.minReplicas: Invalid value: {least}: must be greater than or equal to 1"
    if most < 1:
        yield f"spec.maxReplicas: Invalid value: {most}: must be greater than 0"
    elif most < least:
        yield f"spec.maxReplicas: Invalid value: {most}: must be greater than or equal to `minReplicas`"


def _probes(container: Mapping[str, Any], place: str) -> Iterator[str]:
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe = container.get(name)
        if probe is None:
            continue
        if not any(kind in probe for kind in ("httpGet", "exec", "tcpSocket", "grpc")):
            yield f"{place}.{name}: Required value: must specify a handler type"
        elif "httpGet" in probe and not tree(probe["httpGet"]).get("port"):
            yield f"{place}.{name}.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive"


def _immutable(kind: str, obj: Object, before: Object) -> Iterator[str]:
    match kind:
        case "Deployment" if obj["spec"].get("selector") != before["spec"].get("selector"):
            yield f"spec.selector: Invalid value: {_go(obj['spec'].get('selector'))}: field is immutable"
        case "Service" if obj["spec"].get("clusterIP") != before["spec"].get("clusterIP"):
            address = obj["spec"].get("clusterIP")
            yield f"spec.clusterIPs[0]: Invalid value: {_go([address])}: may not change once set"
        case "Job" if obj["spec"].get("template") != before["spec"].get("template"):
            yield f"spec.template: Invalid value: {_go(obj['spec'].get('template'))}: field is immutable"
        case "PersistentVolumeClaim" if _but_size(obj) != _but_size(before):
            yield "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName"
        case "Secret" if before.get("immutable") and (obj.get("data") != before.get("data") or not obj.get("immutable")):
            yield "data: Forbidden: field is immutable when `immutable` is set"
        case _:
            pass


def _but_size(claim: Object) -> dict[str, Any]:
    return {name: value for name, value in claim["spec"].items() if name != "resources"}


def _go(value: Any) -> str:  # noqa: ANN401 (any JSON)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
