"""The pod template: what one replica is. It holds no number of replicas, so scaling never restarts anything."""

from typing import Any

from domain.machines import Machine
from domain.spec import EnvVar, ExecCheck, HttpCheck, Literal, Probe, Spec
from reconciler import filling, relay
from reconciler.render_context import RenderContext
from reconciler.secret_copies import pull_secret, secret_name

CONTAINER = "app"
DRAIN_SECONDS = 5
"""A leaving replica serves on for this long, while the cluster stops sending it requests: so a rollout loses none."""
GRACE_SECONDS = 30
"""Then it has this long to end by itself after SIGTERM."""


def pod_template(context: RenderContext) -> dict[str, Any]:
    """Give the template without labels: its digest is taken from this, and stands in its labels."""
    spec = context.spec
    drain = _drain(spec)
    security: dict[str, Any] = {"seccompProfile": {"type": "RuntimeDefault"}}
    if context.restricted:
        security["runAsNonRoot"] = True
    pod: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "containers": [_container(context)],
        # Variables for each Service of the project would change what a replica sees with every neighbour.
        "enableServiceLinks": False,
        "securityContext": security,
        "terminationGracePeriodSeconds": drain + GRACE_SECONDS,
    }
    if integrations := filling.mounted(context):
        pod["volumes"] = integrations["volumes"]
        pod["containers"][0]["volumeMounts"] = integrations["volumeMounts"]
    template: dict[str, Any] = {"spec": pod}
    if spec.relayed:
        pod["containers"].append(relay.container(context, DRAIN_SECONDS))
        pod["volumes"] = [*pod.get("volumes", ()), *relay.volumes()]
        template["metadata"] = {"annotations": dict(relay.annotations(spec))}
    if context.registry:
        pod["imagePullSecrets"] = [{"name": pull_secret(context)}]
    pod |= context.placed
    return template


def _drain(spec: Spec) -> int:
    if not spec.resources.ports:
        return 0
    return DRAIN_SECONDS + (relay.AHEAD_SECONDS if spec.relayed else 0)


def _container(context: RenderContext) -> dict[str, Any]:
    spec = context.spec
    container: dict[str, Any] = {
        "name": CONTAINER,
        "image": context.image,
        "imagePullPolicy": "IfNotPresent",
        "resources": _resources(context.machine),
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    if context.restricted:
        container["securityContext"] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    if spec.command:
        container["command"] = list(spec.command)
    if spec.env:
        container["env"] = [_variable(variable, context) for variable in spec.env]
    if spec.resources.ports:
        container["ports"] = [
            {"containerPort": port, "name": port_name(port), "protocol": "TCP"} for port in spec.resources.ports
        ]
        container["lifecycle"] = {"preStop": {"sleep": {"seconds": _drain(spec)}}}
    return container | _probes(spec)


def port_name(port: int) -> str:
    """Name a port; Services ask for a name where there are several."""
    return f"port-{port}"


def _variable(variable: EnvVar, context: RenderContext) -> dict[str, Any]:
    if isinstance(variable.value, Literal):
        # An empty value is left out by the API server, so it is never written.
        return {"name": variable.name} | ({"value": variable.value.value} if variable.value.value else {})
    reference = {"name": secret_name(context, variable.value.name), "key": "value"}
    return {"name": variable.name, "valueFrom": {"secretKeyRef": reference}}


def _probes(spec: Spec) -> dict[str, Any]:
    named = {
        "startupProbe": spec.health.startup,
        "readinessProbe": spec.health.readiness,
        "livenessProbe": spec.health.liveness,
    }
    # Exact records are made by the relay, which therefore stands in the way of these.
    kept = relay.ports(spec).probes if spec.relayed else dict[str, int]()
    return {name: _probe(probe, kept.get(name.removesuffix("Probe"), 0)) for name, probe in named.items() if probe}


def _probe(probe: Probe, kept: int) -> dict[str, Any]:
    timing: dict[str, Any] = {
        "periodSeconds": probe.period,
        "timeoutSeconds": probe.timeout,
        "successThreshold": 1,
        "failureThreshold": probe.failure_threshold,
    }
    if probe.initial_delay:
        timing["initialDelaySeconds"] = probe.initial_delay
    match probe.check:
        case ExecCheck(command):
            return {"exec": {"command": list(command)}, **timing}
        case HttpCheck(path, port, headers):
            asked: dict[str, Any] = {"path": path, "port": kept or port, "scheme": "HTTP"}
            if headers:
                asked["httpHeaders"] = [{"name": header.name, "value": header.value} for header in headers]
            return {"httpGet": asked, **timing}


def _resources(machine: Machine) -> dict[str, Any]:
    """Memory is requested and limited alike, CPU is only requested: see docs/decisions/resources.md."""
    memory, gpus = _mebibytes(machine.memory_mib), {machine.gpu_resource: str(machine.gpus)} if machine.gpus else {}
    requests = {"cpu": _millis(machine.cpu_millis), "memory": memory, **gpus}
    return {"requests": requests, "limits": {"memory": memory, **gpus}}


def _millis(millis: int) -> str:
    """Write CPU as the API server does: `2`, `1800m`, `1k`."""
    for unit in ("m", "", "k"):
        if millis % 1000 or unit == "k":
            return f"{millis}{unit}"
        millis //= 1000
    raise AssertionError(millis)


def _mebibytes(mib: int) -> str:
    """Write memory as the API server does: the largest unit that leaves a whole number."""
    for unit in ("Mi", "Gi", "Ti"):
        if mib % 1024 or unit == "Ti":
            return f"{mib}{unit}"
        mib //= 1024
    raise AssertionError(mib)
