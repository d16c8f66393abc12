"""Between the wire and the domain, and back: the normal form, in which equal specs are equal bytes."""

from typing import Any

from adapters.spec_file import integrations
from adapters.spec_file.wire import SECRET, AutoscalingV1, EnvV1, HealthChecksV1, ProbeV1, SpecV1
from domain.objects import canonical
from domain.spec import (
    Autoscaling,
    EnvVar,
    ExecCheck,
    Header,
    HealthChecks,
    HttpCheck,
    Literal,
    Metric,
    Probe,
    Resources,
    SecretRef,
    Spec,
)


def to_domain(wire: SpecV1, *, probe_port: int = 0) -> Spec:
    """Make the domain's value; `probe_port` is for health checks that name none, where the spec has no ports."""
    resources = wire.resources
    port = resources.ports[0] if resources.ports else probe_port
    return Spec(
        name=wire.name,
        image=wire.image,
        resources=Resources(resources.machine_type, resources.replicas, resources.ports, _autoscaling(resources.autoscaling)),
        enabled=wire.enabled,
        command=wire.command,
        env=tuple(_variable(variable) for variable in wire.env),
        health=_health(wire.health_checks, port),
        integrations=tuple(integrations.to_domain(each) for each in wire.integrations),
        registry=wire.container_registry or "",
        basic_auth=SecretRef(wire.basic_auth_key.removeprefix(SECRET)) if wire.basic_auth_key else None,
        rollout_deadline=wire.deadreckon.rollout_deadline_seconds,
        exact_probes=wire.deadreckon.probes == "exact",
    )


def _autoscaling(wire: AutoscalingV1 | None) -> Autoscaling | None:
    if wire is None:
        return None
    metrics = tuple(Metric(metric.metric, metric.value) for metric in wire.metrics)
    return Autoscaling(wire.max_replicas or 0, metrics, wire.enabled)


def _variable(wire: EnvV1) -> EnvVar:
    if wire.value.startswith(SECRET):
        return EnvVar(wire.name, SecretRef(wire.value.removeprefix(SECRET)))
    return EnvVar(wire.name, Literal(wire.value))


def _health(wire: HealthChecksV1, port: int) -> HealthChecks:
    startup, readiness, liveness = (
        _probe(probe, port) if probe else None for probe in (wire.startup, wire.readiness, wire.liveness)
    )
    return HealthChecks(startup, readiness, liveness)


def _probe(wire: ProbeV1, port: int) -> Probe:
    check: HttpCheck | ExecCheck
    if wire.exec:
        check = ExecCheck(wire.exec.command)
    else:
        headers = tuple(Header(header.name, header.value) for header in wire.headers)
        check = HttpCheck(wire.path or "/", wire.port or port, headers)
    return Probe(
        check,
        initial_delay=wire.initial_delay_seconds,
        period=wire.period_seconds,
        timeout=wire.timeout_seconds,
        failure_threshold=wire.failure_threshold,
    )


def document(spec: Spec) -> dict[str, Any]:
    """Write a spec as a document of format v1, all defaults said, nothing empty."""
    written: dict[str, Any] = {
        "apiVersion": "v1",
        "name": spec.name,
        "image": spec.image,
        "enabled": spec.enabled,
        "command": list(spec.command),
        "containerRegistry": spec.registry,
        "basicAuthKey": integrations.reference(spec.basic_auth),
        "env": [{"name": variable.name, "value": integrations.reference(variable.value)} for variable in spec.env],
        "resources": _written_resources(spec.resources),
        "integrations": [integrations.written(each) for each in spec.integrations],
        "healthChecks": _written_health(spec.health),
        "deadreckon": _written_additions(spec),
    }
    return {key: value for key, value in written.items() if value not in ([], {}, "")}


def _written_resources(resources: Resources) -> dict[str, Any]:
    written: dict[str, Any] = {
        "machineType": resources.machine_type,
        "replicas": resources.replicas,
        "ports": list(resources.ports),
    }
    if scaling := resources.autoscaling:
        metrics = [{"metric": each.name, "summary": "average", "value": _number(each.value)} for each in scaling.metrics]
        said = {"enabled": scaling.enabled, "maxReplicas": scaling.max_replicas, "metrics": metrics}
        written["autoscaling"] = {key: value for key, value in said.items() if key == "enabled" or value}
    return written


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _written_additions(spec: Spec) -> dict[str, Any]:
    said = {"rolloutDeadlineSeconds": spec.rollout_deadline, "probes": "exact" if spec.exact_probes else None}
    return {key: value for key, value in said.items() if value is not None}


def _written_health(health: HealthChecks) -> dict[str, Any]:
    named = {"startup": health.startup, "readiness": health.readiness, "liveness": health.liveness}
    return {name: _written_probe(probe) for name, probe in named.items() if probe}


def _written_probe(probe: Probe) -> dict[str, Any]:
    written: dict[str, Any] = {
        "initialDelaySeconds": probe.initial_delay,
        "periodSeconds": probe.period,
        "timeoutSeconds": probe.timeout,
        "failureThreshold": probe.failure_threshold,
    }
    match probe.check:
        case ExecCheck(command):
            return {"exec": {"command": list(command)}, **written}
        case HttpCheck(path, port, headers):
            asked: dict[str, Any] = {"path": path, "port": port}
            if headers:
                asked["headers"] = [{"name": header.name, "value": header.value} for header in headers]
            return {**asked, **written}


def spec_json(spec: Spec) -> str:
    """Write the normal form as canonical JSON: the document that is stored, and a valid spec file itself."""
    return canonical(document(spec))


def spec_from_json(text: str | bytes) -> Spec:
    """Read a stored normal form back. Raises ValueError when it never was one."""
    return to_domain(SpecV1.model_validate_json(text))
