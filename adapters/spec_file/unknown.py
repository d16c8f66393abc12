"""A field that nobody knows where it stands: where it belongs, what it is called here, or the nearest name."""

from collections.abc import Sequence

from adapters.spec_file.cures import EXAMPLES
from adapters.spec_file.problems import nearest

_MOST = 3
_CALLED = {
    "environment": "env",
    "environmentVariables": "env",
    "envVars": "env",
    "vars": "env",
    "variables": "env",
    "args": "command",
    "cmd": "command",
    "entrypoint": "command",
    "tag": "image",
    "imageName": "image",
    "container": "image",
    "instances": "resources.replicas",
    "instanceCount": "resources.replicas",
    "minReplicas": "resources.replicas",
    "minInstanceCount": "resources.replicas",
    "scale": "resources.replicas",
    "maxInstanceCount": "resources.autoscaling.maxReplicas",
    "instanceType": "resources.machineType",
    "machine": "resources.machineType",
    "gpu": "resources.machineType",
    "cpu": "resources.machineType",
    "memory": "resources.machineType",
    "requests": "resources.machineType",
    "limits": "resources.machineType",
    "port": "resources.ports",
    "containerPort": "resources.ports",
    "hpa": "resources.autoscaling",
    "volumes": "integrations",
    "mounts": "integrations",
    "auth": "basicAuthKey",
    "imagePullSecrets": "containerRegistry",
    "startupProbe": "healthChecks.startup",
    "readinessProbe": "healthChecks.readiness",
    "livenessProbe": "healthChecks.liveness",
    "httpGet": "healthChecks.readiness.path",
    "progressDeadlineSeconds": "deadreckon.rolloutDeadlineSeconds",
}
"""What other formats have, and the field that is for it here."""


def belongs(word: str, above: str, known: Sequence[str]) -> str:
    """Say what a field that is not known below the path `above` was meant to be, else what is known there."""
    here = {name for name in known if name.lower() == word.lower()}
    places = [] if here else _places(word)
    if places:
        return f"did you mean {' or '.join(f'`{place}`' for place in places)}?"
    near = nearest(word, known)
    called = _called(word)
    if not near and called and called != above:
        return f"`{called}` is for that here"
    return f"did you mean `{near}`?" if near else f"known here: {', '.join(name for name in known if name[0].isalpha())}"


def _places(word: str) -> list[str]:
    """Give the paths of the format that end in a word, if they are few enough to be told."""
    found = [path for path in EXAMPLES if path.rpartition(".")[2].lower() == word.lower()]
    each = [written for path in found for written in _written(path)]
    return each if len(each) <= _MOST and not any("[]" in path for path in each) else []


def _written(path: str) -> list[str]:
    checks = ("startup", "readiness", "liveness") if ".*" in path else ("",)
    return [path.replace("*", check) for check in checks]


def _called(word: str) -> str:
    by_lower = {theirs.lower(): ours for theirs, ours in _CALLED.items()}
    return by_lower.get(word.lower(), "")
