"""What to do about a fault: where a required field is missing the line that is right, for the rest by the kind of fault."""

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
_INDEX, _PROBE = re.compile(r"\[[0-9]+\]"), re.compile(r"^healthChecks\.[^.]+")


def cure(path: str) -> str:
    """Give what to write where a required field is missing; empty for a field that need not be there."""
    return _CURES.get(_PROBE.sub("healthChecks.*", _INDEX.sub("[]", path)), "")


def cure_of_code(code: str, message: str) -> str:
    """Say what to do about a fault of this kind; empty where its own message says it."""
    by_words = next((cure for words, cure in _BY_WORDS.items() if words in message), "") if code == "syntax" else ""
    return by_words or _BY_CODE.get(code, "")
