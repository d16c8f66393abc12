"""What Kubernetes objects mean, said in the words of a spec: an independent reading of what was rendered.

It takes objects as the API server gives them back, and knows nothing of how they were written.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from domain.hosts import host
from domain.machines import Machine
from domain.objects import Kind, Manifest
from domain.project import registry_object, secret_object
from domain.spec import EnvVar, ExecCheck, HttpCheck, Literal, Probe, SecretRef, Volume
from reconciler.render_context import RenderContext

_POWERS = {"": 1, "k": 1000, "M": 10**6, "G": 10**9, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4}
Objects = Mapping[str, Sequence[Mapping[str, Any]]]
"""Objects as JSON, by kind."""


def by_kind(manifests: Sequence[Manifest]) -> Objects:
    """Sort manifests by kind."""
    return {kind.value: [m.content for m in manifests if m.ref.kind == kind.value] for kind in Kind}


def misread(context: RenderContext, objects: Objects) -> dict[str, tuple[object, object]]:
    """Give what the objects say otherwise than the ground means: by its name, what was meant and what is said."""
    meant, says = _meant(context), _said(context, objects)
    return {name: (meant.get(name), says.get(name)) for name in meant | says if meant.get(name) != says.get(name)}


def amount(quantity: str) -> Decimal:
    """Read a quantity."""
    digits = quantity.rstrip("mkMGTi")
    unit = quantity[len(digits) :]
    return Decimal(digits) / 1000 if unit == "m" else Decimal(digits) * _POWERS[unit]


def _meant(context: RenderContext) -> dict[str, object]:
    spec, machine = context.spec, context.machine
    scaling = spec.autoscaled
    return {
        "image": context.image,
        "command": list(spec.command),
        "variables": [_variable(context, variable) for variable in spec.env],
        "ports": list(spec.resources.ports),
        "served": list(spec.resources.ports),
        "replicas": None if scaling else context.replicas,
        "bounds": (spec.replicas_wanted, scaling.max_replicas) if scaling else None,
        "metrics": {metric.name: _target(metric.name, metric.value) for metric in scaling.metrics} if scaling else None,
        "startup": _probe(spec.health.startup),
        "readiness": _probe(spec.health.readiness),
        "liveness": _probe(spec.health.liveness),
        "mounts": {one.mount: one.name if isinstance(one, Volume) else "a claim of ours" for one in spec.integrations},
        "pulled with": registry_object(*context.registry) if context.registry else None,
        "password": _secret(context, spec.basic_auth.name) if spec.basic_auth and spec.relayed else None,
        "machine": _requests(machine),
        "nodes": dict(machine.node_selector),
        "tolerations": [(t.key, t.operator, t.value, t.effect) for t in machine.tolerations],
        "deadline": context.deadline,
        "level": "restricted" if context.restricted else "baseline",
        "host": _host(context),
        "apart": context.platform.projects_apart,
    }


def _target(name: str, value: float) -> Decimal:
    """Give a target as precisely as Kubernetes keeps it: whole percents, thousandths of a second."""
    if name == "requestDuration":
        return max(Decimal(1), Decimal(round(value * 1000))) / 1000
    return Decimal(max(1, round(value)))


def _secret(context: RenderContext, name: str) -> str:
    return secret_object(name, context.secrets[name], context.wider.get(name, "project"))


def _variable(context: RenderContext, variable: EnvVar) -> tuple[str, str, str]:
    match variable.value:
        case Literal(value):
            return variable.name, "text", value
        case SecretRef(name):
            return variable.name, "secret", _secret(context, name)


def _probe(probe: Probe | None) -> object:
    if probe is None:
        return None
    timing = (probe.initial_delay, probe.period, probe.timeout, probe.failure_threshold)
    match probe.check:
        case HttpCheck(path, port, headers):
            return path, port, [(header.name, header.value) for header in headers], timing
        case ExecCheck(command):
            return list(command), timing


def _requests(machine: Machine) -> dict[str, Decimal]:
    gpus = {machine.gpu_resource: Decimal(machine.gpus)} if machine.gpus else {}
    return {"cpu": Decimal(machine.cpu_millis) / 1000, "memory": Decimal(machine.memory_mib * 1024**2), **gpus}


def _host(context: RenderContext) -> str | None:
    platform = context.platform
    served = context.spec.resources.ports and platform.hosts and (platform.ingress_class or platform.gateway)
    return host(platform.hosts, context.key, context.names) if served else None


def _said(context: RenderContext, objects: Objects) -> dict[str, object]:
    deployment = objects[Kind.DEPLOYMENT.value][0]["spec"]
    pod = deployment["template"]["spec"]
    app = next(container for container in pod["containers"] if container["name"] == "app")
    relays: list[Mapping[str, Any]] = [container for container in pod["containers"] if container["name"] == "relay"]
    scaler = next((scaler["spec"] for scaler in objects[Kind.AUTOSCALER.value]), None)
    variables: list[Mapping[str, Any]] = [variable for relay in relays for variable in relay["env"]]
    passwords: list[str] = [one["valueFrom"]["secretKeyRef"]["name"] for one in variables if "valueFrom" in one]
    ways = _ways(deployment["template"])
    return {
        "image": app["image"],
        "command": app.get("command", []),
        "variables": [_read_variable(variable) for variable in app.get("env", ())],
        "ports": [port["containerPort"] for port in app.get("ports", ())],
        "served": [port["port"] for service in objects[Kind.SERVICE.value] for port in service["spec"]["ports"]],
        "replicas": None if scaler else deployment["replicas"],
        "bounds": (scaler["minReplicas"], scaler["maxReplicas"]) if scaler else None,
        "metrics": dict(_read_metric(metric) for metric in scaler["metrics"]) if scaler else None,
        "startup": _read_probe(app.get("startupProbe"), ways),
        "readiness": _read_probe(app.get("readinessProbe"), ways),
        "liveness": _read_probe(app.get("livenessProbe"), ways),
        "mounts": _read_mounts(context, pod, app),
        "pulled with": next((secret["name"] for secret in pod.get("imagePullSecrets", ())), None),
        "password": next(iter(passwords), None),
        "machine": {name: amount(quantity) for name, quantity in app["resources"]["requests"].items()},
        "nodes": pod.get("nodeSelector", {}),
        "tolerations": [_read_toleration(toleration) for toleration in pod.get("tolerations", ())],
        "deadline": deployment["progressDeadlineSeconds"],
        "level": objects[Kind.NAMESPACE.value][0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"],
        "host": _read_host(objects),
        "apart": bool(objects[Kind.NETWORK_POLICY.value]),
    }


def _read_variable(variable: Mapping[str, Any]) -> tuple[str, str, str]:
    if "valueFrom" in variable:
        return variable["name"], "secret", variable["valueFrom"]["secretKeyRef"]["name"]
    return variable["name"], "text", variable.get("value", "")


def _read_metric(metric: Mapping[str, Any]) -> tuple[str, Decimal]:
    match metric:
        case {"type": "External", "external": {"target": {"type": "Value", "value": str(value)}}}:
            return "requestDuration", amount(value)
        case {"type": "ContainerResource", "containerResource": {"name": name, "container": "app", "target": target}}:
            return name, Decimal(target["averageUtilization"])
        case {"type": "Resource", "resource": {"name": name, "target": target}}:
            return name, Decimal(target["averageUtilization"])
        case _:
            return str(metric), Decimal(0)


def _ways(template: Mapping[str, Any]) -> Mapping[int, int]:
    """Give the application's port behind each of the relay's, as its configuration says."""
    text = template["metadata"].get("annotations", {}).get("deadreckon.dev/relay", "")
    found = re.findall(r"^http://:(\d+) \{$(.*?)^\}$", text, re.MULTILINE | re.DOTALL)
    asked = ((int(port), re.search(r"reverse_proxy 127\.0\.0\.1:(\d+)", site)) for port, site in found)
    return {port: int(way[1]) for port, way in asked if way}


def _read_probe(probe: Mapping[str, Any] | None, ways: Mapping[int, int]) -> object:
    if probe is None:
        return None
    timing = (probe.get("initialDelaySeconds", 0), probe["periodSeconds"], probe["timeoutSeconds"], probe["failureThreshold"])
    if "exec" in probe:
        return probe["exec"]["command"], timing
    asked = probe["httpGet"]
    headers = [(header["name"], header.get("value", "")) for header in asked.get("httpHeaders", ())]
    return asked["path"], ways.get(asked["port"], asked["port"]), headers, timing


def _read_mounts(context: RenderContext, pod: Mapping[str, Any], app: Mapping[str, Any]) -> dict[str, str]:
    claims = {v["name"]: v["persistentVolumeClaim"]["claimName"] for v in pod.get("volumes", ()) if "persistentVolumeClaim" in v}
    kept = {one.mount: one.name for one in context.spec.integrations if isinstance(one, Volume)}
    mounts = {mount["mountPath"]: claims[mount["name"]] for mount in app.get("volumeMounts", ()) if mount["readOnly"]}
    return {path: claim if path in kept else "a claim of ours" for path, claim in mounts.items()}


def _read_toleration(toleration: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return toleration["key"], toleration["operator"], toleration.get("value", ""), toleration.get("effect", "")


def _read_host(objects: Objects) -> str | None:
    ingresses = [rule["host"] for ingress in objects[Kind.INGRESS.value] for rule in ingress["spec"]["rules"]]
    routes = [name for route in objects[Kind.ROUTE.value] for name in route["spec"]["hostnames"]]
    return next(iter([*ingresses, *routes]), None)
