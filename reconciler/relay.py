"""The relay: a proxy beside the application in each replica, which times requests and asks for the endpoint's password.

It is Caddy, as its makers pack it. Its configuration is part of the pod template: an annotation that a volume shows as a file, so
it has the template's digest and needs no object of its own. It holds numbers of ports and nothing else that a person wrote.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.names import LABEL
from domain.spec import HttpCheck, Spec
from reconciler.render_context import RenderContext
from reconciler.secret_copies import secret_name

RELAY = "relay"
"""The name of its container, and of the server in it whose requests are counted."""
USER = "paperspace"
CONFIGURATION = f"{LABEL}/relay"
MEASURES = "measures"
"""The name of the port where its figures are read: everybody in the cluster may, nobody from outside."""
AHEAD_SECONDS = 2
"""So much earlier than its application a leaving relay takes no more requests: the last ones are still answered."""

_FIRST_PORT = 26_180
_ENDING_SECONDS = 25
_MEMORY = "128Mi"
_NOBODY = 65_532
_VARIABLE = "RELAY_PASSWORD_HASH"
_FOLDER = "/etc/relay"
_DATA = "/data"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a relay listens: for the endpoint's requests, for those who ask for its figures, for each health check it keeps."""

    serving: int
    measures: int
    probes: Mapping[str, int]
    """By `startup`, `readiness`, `liveness`; empty unless the spec asks for exact probes."""


def ports(spec: Spec) -> Ports:
    """Give ports that nothing in the spec names."""
    asked = _asked(spec)
    taken = {check.port for check in asked.values()} | set(spec.resources.ports)
    free = (port for port in range(_FIRST_PORT, 65_536) if port not in taken)
    return Ports(next(free), next(free), {name: next(free) for name in asked} if spec.exact_probes else {})


def _asked(spec: Spec) -> dict[str, HttpCheck]:
    """Give the health checks that ask over HTTP."""
    health = spec.health
    named = {"startup": health.startup, "readiness": health.readiness, "liveness": health.liveness}
    return {name: probe.check for name, probe in named.items() if probe and isinstance(probe.check, HttpCheck)}


def caddyfile(spec: Spec) -> str:
    """Write its configuration.

    `keepalive 1s`: a connection to the application is given up before the application does it (some after two seconds), since a
    request that meets its end is lost. The password's hash is put in by Caddy when it runs, not here.
    """
    own = ports(spec)
    password = f"\tbasic_auth {{\n\t\t{USER} {{env.{_VARIABLE}}}\n\t}}\n" if spec.basic_auth else ""
    kept = {name: (port, _asked(spec)[name].port) for name, port in own.probes.items()}
    whole = _CADDYFILE + "".join(_PROBED.format(name=name, port=port, probed=probed) for name, (port, probed) in kept.items())
    return whole.format(
        serving=own.serving,
        measures=own.measures,
        application=spec.resources.ports[0],
        password=password,
        ending=_ENDING_SECONDS,
        relay=RELAY,
    )


def container(context: RenderContext, drain: int) -> dict[str, Any]:
    """Give the container. Its memory is requested on top of the machine type's. Raises KeyError: a secret has no version."""
    spec, own = context.spec, ports(context.spec)
    relay: dict[str, Any] = {
        "name": RELAY,
        "image": context.platform.relay_image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["caddy", "run", "--config", f"{_FOLDER}/Caddyfile", "--adapter", "caddyfile"],
        "ports": [
            {"containerPort": own.serving, "name": RELAY, "protocol": "TCP"},
            {"containerPort": own.measures, "name": MEASURES, "protocol": "TCP"},
            *({"containerPort": port, "name": name, "protocol": "TCP"} for name, port in own.probes.items()),
        ],
        "lifecycle": {"preStop": {"sleep": {"seconds": drain}}},
        "readinessProbe": {
            "httpGet": {"path": "/ready", "port": own.measures, "scheme": "HTTP"},
            "periodSeconds": 2,
            "timeoutSeconds": 2,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
        "resources": {"requests": {"cpu": "50m", "memory": _MEMORY}, "limits": {"memory": _MEMORY}},
        "securityContext": _SECURITY,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            {"mountPath": _FOLDER, "name": RELAY, "readOnly": True},
            {"mountPath": _DATA, "name": f"{RELAY}-data"},
        ],
    }
    environment: list[dict[str, Any]] = [{"name": "GOMEMLIMIT", "value": "96MiB"}, {"name": "XDG_DATA_HOME", "value": _DATA}]
    if spec.basic_auth:
        reference = {"name": secret_name(context, spec.basic_auth.name), "key": "bcrypt"}
        environment.append({"name": _VARIABLE, "valueFrom": {"secretKeyRef": reference}})
    return relay | {"env": environment}


def annotations(spec: Spec) -> Mapping[str, str]:
    """Give the pod's annotations: the relay's configuration."""
    return {CONFIGURATION: caddyfile(spec)}


def volumes() -> list[dict[str, Any]]:
    """Give the volume that shows the annotation as a file, and the few bytes of room that Caddy asks for."""
    item = {"path": "Caddyfile", "fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.annotations['{CONFIGURATION}']"}}
    shown = {"name": RELAY, "downwardAPI": {"defaultMode": 0o444, "items": [item]}}
    return [shown, {"name": f"{RELAY}-data", "emptyDir": {"sizeLimit": "1Mi"}}]


_SECURITY: Mapping[str, Any] = {
    "allowPrivilegeEscalation": False,
    # Caddy's image marks its program with this one: without it the kernel refuses to run it at all.
    "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": _NOBODY,
}

_CADDYFILE = """\
{{
	admin off
	auto_https off
	persist_config off
	grace_period {ending}s
	metrics
	log {{
		level WARN
		format filter {{
			request>headers delete
			request>uri delete
		}}
	}}
	servers :{serving} {{
		name {relay}
		protocols h1 h2c
		trusted_proxies static private_ranges 100.64.0.0/10
		timeouts {{
			idle 1h
		}}
	}}
	servers :{measures} {{
		protocols h1
	}}
}}
http://:{serving} {{
{password}	@grpc header Content-Type application/grpc*
	reverse_proxy @grpc h2c://127.0.0.1:{application} {{
		header_up -Via
	}}
	reverse_proxy 127.0.0.1:{application} {{
		header_up -Via
		transport http {{
			compression off
			keepalive 1s
			response_header_timeout 10m
		}}
	}}
}}
http://:{measures} {{
	metrics /metrics
	respond /ready 200
}}
"""

_PROBED = """\
http://:{port} {{{{
	log {name} {{{{
		output stdout
		format filter {{{{
			request delete
			resp_headers delete
		}}}}
	}}}}
	reverse_proxy 127.0.0.1:{probed} {{{{
		header_up -Via
		transport http {{{{
			compression off
			keepalive off
		}}}}
	}}}}
}}}}
"""
"""A health check's own way to the application: each answer is a line in the relay's log."""
