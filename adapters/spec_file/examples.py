"""What a field looks like when it is right: an example for every field of the format, and the cure that shows it."""

import re

from adapters.spec_file.lists import meant_list
from adapters.spec_file.older_yaml import plain_number
from adapters.spec_file.tree import Node

_PAIR = "{name: NAME, value: text}"
_PROBE = "{path: /healthz}"
EXAMPLES = {
    "apiVersion": "v1",
    "name": "web",
    "image": "registry.example/team/web:1",
    "enabled": "false",
    "containerRegistry": "my-registry",
    "region": "us-east-1",
    "command": "[/app/run, --port, '8000']",
    "command[]": "'8000'",
    "basicAuthKey": "secret:NAME",
    "env": f"[{_PAIR}]",
    "env[]": _PAIR,
    "env[].name": "NAME",
    "env[].value": "text",
    "resources": "{machineType: C4}",
    "resources.machineType": "C4",
    "resources.replicas": "2",
    "resources.ports": "[8000]",
    "resources.ports[]": "8000",
    "resources.autoscaling": "{maxReplicas: 5, metrics: [{metric: cpu, value: 75}]}",
    "resources.autoscaling.enabled": "false",
    "resources.autoscaling.maxReplicas": "5",
    "resources.autoscaling.metrics": "[{metric: cpu, value: 75}]",
    "resources.autoscaling.metrics[]": "{metric: cpu, value: 75}",
    "resources.autoscaling.metrics[].metric": "cpu",
    "resources.autoscaling.metrics[].summary": "average",
    "resources.autoscaling.metrics[].value": "75",
    "integrations": "[{type: s3, name: data, url: s3://bucket/prefix}]",
    "integrations[]": "{type: s3, name: data, url: s3://bucket/prefix}",
    "integrations[].type": "s3",
    "integrations[].name": "data",
    "integrations[].url": "s3://bucket/prefix",
    "integrations[].path": "/data",
    "integrations[].ref": "main",
    "integrations[].username": "reader",
    "integrations[].password": "secret:NAME",
    "integrations[].region": "us-east-1",
    "integrations[].endpoint": "https://store.example",
    "integrations[].accessKeyId": "secret:NAME",
    "integrations[].secretAccessKey": "secret:NAME",
    "integrations[].id": "llama",
    "healthChecks": f"{{readiness: {_PROBE}}}",
    "healthChecks.*": _PROBE,
    "healthChecks.*.path": "/healthz",
    "healthChecks.*.port": "8000",
    "healthChecks.*.headers": f"[{_PAIR}]",
    "healthChecks.*.headers[]": _PAIR,
    "healthChecks.*.headers[].name": "NAME",
    "healthChecks.*.headers[].value": "text",
    "healthChecks.*.exec": "{command: [cat, /run/alive]}",
    "healthChecks.*.exec.command": "[cat, /run/alive]",
    "healthChecks.*.exec.command[]": "cat",
    "healthChecks.*.initialDelaySeconds": "5",
    "healthChecks.*.periodSeconds": "10",
    "healthChecks.*.timeoutSeconds": "1",
    "healthChecks.*.failureThreshold": "3",
    "deadreckon": "{rolloutDeadlineSeconds: 600}",
    "deadreckon.rolloutDeadlineSeconds": "600",
    "deadreckon.probes": "exact",
}
_INDEX, _CHECK = re.compile(r"\[[0-9]+\]"), re.compile(r"^healthChecks\.[^.]+")
_TRUE, _FALSE = frozenset({"true", "yes", "on", "y", "1"}), frozenset({"false", "no", "off", "n", "0"})


def plain_path(path: str) -> str:
    """Give the path of a field in the format from one in a file: no numbers of items, no health check's own name."""
    return _CHECK.sub("healthChecks.*", _INDEX.sub("[]", path))


def example(path: str) -> str:
    """Show a field as it is right, `replicas: 2`, an item of a list without its list's name; empty where nothing is known."""
    at = plain_path(path)
    shown = EXAMPLES.get(at, "")
    field = at.rpartition(".")[2]
    return shown if field.endswith("[]") or not shown else f"{path.rpartition('.')[2]}: {shown}"


def cure_of_kind(wanted: str, node: Node | None, path: str) -> str:
    """Say what to write where a value is of another kind than `wanted`, going by what stands there and nothing else."""
    value = node.value if node is not None else None
    match wanted:
        case "true or false" if meant := _meant(value):
            return f"write {meant}" if value != meant else f"write {meant}, without quotes"
        case "true or false":
            return "write true or false"
        case "text" if value is not None:
            return "write it in quotes"  # how it was written is not known any more: 1.10 was read as 1.1
        case "a list" if shown := meant_list(path, node):
            return f"write {shown}"
        case "a whole number" | "a number" if (number := plain_number(str(value))) is not None:
            return f"write {number}"
        case _:
            return f"write it as in {shown}" if (shown := example(path)) else ""


def _meant(value: object) -> str:
    word = str(value).lower()
    return "true" if word in _TRUE else ("false" if word in _FALSE else "")
