"""What to do about a fault: the line that is right, and what every field looks like when it is.

Where a required field is missing its own line is shown, where a value is of another kind an example of the field; for the rest
it goes by the kind of fault.
"""

import re

_CURES = {
    "name": "give it with --name NAME, or write name: NAME",
    "image": "write image: registry/repository:tag, or give it with --image IMAGE",
    "resources": "write resources: {machineType: C4}",
    "resources.machineType": "write machineType: C4, or another name that reckon machine list shows",
    "resources.autoscaling.maxReplicas": "write maxReplicas: 5; or enabled: false, and nothing else is needed",
    "resources.autoscaling.metrics": "write metrics: [{metric: cpu, value: 75}]; or enabled: false, and nothing else is needed",
    "resources.autoscaling.metrics[].metric": "write metric: cpu, memory or requestDuration",
    "resources.autoscaling.metrics[].value": "write value: 75 (percent; seconds for requestDuration)",
    "env[].name": "write {name: NAME, value: text}",
    "env[].value": "write value: text, or value: secret:NAME",
    "healthChecks.*.headers[].name": "write {name: NAME, value: text}",
    "healthChecks.*.headers[].value": "write {name: NAME, value: text}",
    "healthChecks.*.exec.command": "write command: [cat, /run/alive]",
    "integrations[].name": "write name: NAME, which is the last part of the path where it is mounted",
    "integrations[].url": "write url: https://host/repository for git-lfs, s3://bucket/prefix for s3 and spaces",
    "integrations[].id": "write id: ID, a model that reckon model list shows",
}
_BY_CODE = {
    "bad-character": "leave the character out",
    "bad-key": "write a field's name in front of the colon",
    "duplicate-key": "keep one of the two",
    "empty": "write name, image and resources into it; docs/spec.md has every field",
    "missing-field": "add it, or take out what needs it",
    "no-effect": "leave it out",
    "not-utf8": "save the file as UTF-8",
    "several-documents": "give each deployment a file of its own: reckon submit FILE FILE",
    "syntax": "look at this line and at the one before it",
    "too-deep": "take a level out",
    "too-large": "take out what is not the spec's",
    "too-many-values": "take some out",
    "unknown-field": "leave it out",
    "wrong-type": "write fields, as in name: web; docs/spec.md has every field",
}
_BY_WORDS = {
    "cannot start any token": "indent with spaces, not with tabs; text that begins with such a character stands in quotes",
    "quoted scalar": "close the quotation mark",
    "mapping values are not allowed": "text with a colon and a space in it stands in quotes; else mend the indentation",
    "could not find expected ':'": "write a field as name: value",
    "flow ": "close the bracket, and put a comma between its items",
    "block ": "mend the indentation: fields of one level begin in the same column",
}
"""What is done about what a YAML parser stumbles over, by a part of its words."""
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


def cure(path: str) -> str:
    """Give what to write where a required field is missing; empty for a field that need not be there."""
    return _CURES.get(plain_path(path), "")


def cure_of_code(code: str, message: str) -> str:
    """Say what to do about a fault of this kind; empty where its own message says it."""
    by_words = next((cure for words, cure in _BY_WORDS.items() if words in message), "") if code == "syntax" else ""
    return by_words or _BY_CODE.get(code, "")


def plain_path(path: str) -> str:
    """Give the path of a field in the format from one in a file: no numbers of items, no health check's own name."""
    return _CHECK.sub("healthChecks.*", _INDEX.sub("[]", path))


def example(path: str) -> str:
    """Show a field as it is right, `replicas: 2`, an item of a list without its list's name; empty where nothing is known."""
    at = plain_path(path)
    shown = EXAMPLES.get(at, "")
    field = at.rpartition(".")[2]
    return shown if field.endswith("[]") or not shown else f"{path.rpartition('.')[2]}: {shown}"


def cure_of_kind(wanted: str, value: object, path: str, meant: str = "") -> str:
    """Say what to write where a value is of another kind than `wanted`, going by what stands there and nothing else.

    `meant` is the list or the number that it was probably meant for; empty where nobody can know.
    """
    match wanted:
        case "true or false" if truth := _truth(value):
            return f"write {truth}" if value != truth else f"write {truth}, without quotes"
        case "true or false":
            return "write true or false"
        case "text" if value is not None:
            return "write it in quotes"  # how it was written is not known any more: 1.10 was read as 1.1
        case "a list" | "a whole number" | "a number" if meant:
            return f"write {meant}"
        case _:
            return f"write it as in {shown}" if (shown := example(path)) else ""


def _truth(value: object) -> str:
    word = str(value).lower()
    return "true" if word in _TRUE else ("false" if word in _FALSE else "")
