"""Between the wire and the domain, and back: the normal form, in which equal specs are equal bytes."""

from typing import Any

from adapters.spec_file.wire import SECRET, EnvV1, HealthChecksV1, ProbeV1, SpecV1
from domain.objects import canonical
from domain.spec import EnvVar, ExecCheck, Header, HealthChecks, HttpCheck, Literal, Probe, Resources, SecretRef, Spec


def to_domain(wire: SpecV1, *, probe_port: int = 0) -> Spec:
    """Make the domain's value; `probe_port` is for health checks that name none, where the spec has no ports."""
    resources = wire.resources
    port = resources.ports[0] if resources.ports else probe_port
    return Spec(
        name=wire.name,
        image=wire.image,
        resources=Resources(resources.machine_type, resources.replicas, resources.ports),
        enabled=wire.enabled,
        command=wire.command,
        env=tuple(_variable(variable) for variable in wire.env),
        health=_health(wire.health_checks, port),
        rollout_deadline=wire.deadreckon.rollout_deadline_seconds,
    )


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
        "env": [{"name": variable.name, "value": _text(variable.value)} for variable in spec.env],
        "resources": {
            "machineType": spec.resources.machine_type,
            "replicas": spec.resources.replicas,
            "ports": list(spec.resources.ports),
        },
        "healthChecks": _written_health(spec.health),
    }
    if spec.rollout_deadline is not None:
        written["deadreckon"] = {"rolloutDeadlineSeconds": spec.rollout_deadline}
    return {key: value for key, value in written.items() if value not in ([], {})}


def _text(value: Literal | SecretRef) -> str:
    return value.value if isinstance(value, Literal) else SECRET + value.name


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


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of format v1, for editors: `$schema` and the alias `latest` are let in, the name may be missing."""
    schema = SpecV1.model_json_schema(by_alias=True)
    schema["properties"]["$schema"] = {"type": "string", "description": "Ignored; for editors."}
    version = schema["properties"]["apiVersion"]
    version.pop("const", None)
    version["enum"] = ["v1", "latest"]
    schema["required"] = [name for name in schema["required"] if name != "name"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
