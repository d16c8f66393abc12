"""A fault in a spec is told in our words, with a cure that goes by what stands there; no library's words come through."""

import re
from typing import Any

import pytest

from adapters.machines.catalogue import load_catalogue
from adapters.spec_file.cures import EXAMPLES, plain_path
from adapters.spec_file.problems import Problem
from adapters.spec_file.reading import read_spec
from adapters.spec_file.schema import json_schema
from adapters.spec_file.set_edits import apply_sets
from domain.spec import Spec

CATALOGUE = load_catalogue()
BASE = "name: web\nimage: web:1\nresources: {machineType: C4, replicas: 1, ports: [80]}\n"
PYDANTIC = re.compile(
    r"[Ii]nput should|[Ff]ield required|[Ee]xtra inputs|validation error|valid (integer|string|boolean|number|list|tuple)|"
    r"unable to (parse|interpret)|Value error|type=|input_value|should have at (least|most)|should match pattern|discriminator"
)
VALUES = [
    "5",
    "1.5",
    "'1.5'",
    "-1",
    "0",
    "true",
    "yes",
    "'true'",
    "10s",
    "two",
    "[]",
    "[x]",
    "[1]",
    "{}",
    "{a: b}",
    "1e30",
    ".inf",
    ".nan",
    "''",
    "' '",
    '"\\0"',
    "[[x]]",
    "[{}]",
    "[{a: b}]",
    "2026-01-01",
    "0x1F",
    "~",
    "'☃'",
    "a/b:c",
    "secret:",
    "99999999999999999999",
]


def places() -> list[str]:
    """Name every field of the format once, by the path of a file that has one item of each list."""
    return sorted(path.replace("*", "readiness").replace("[]", "[0]") for path in EXAMPLES)


def written(path: str, value: str) -> str:
    """Write a spec with nothing but a value at a path, beside what every spec has."""
    steps = re.findall(r"[^.\[\]]+|\[0\]", path)
    for step in reversed(steps[1:]):
        value = f"[{value}]" if step == "[0]" else f"{{{step}: {value}}}"
    kept = "".join(f"{line}\n" for line in BASE.splitlines() if not line.startswith(f"{steps[0]}:"))
    return f"{kept}{steps[0]}: {value}\n"


def problems(text: str) -> tuple[Problem, ...]:
    reading = read_spec(text.encode(), file="web.yaml", catalogue=CATALOGUE)
    return (*reading.problems, *reading.warnings)


@pytest.mark.parametrize("path", places())
def test_whatever_stands_at_a_field_is_judged_in_our_words_with_a_cure(path: str) -> None:
    seen = 0
    for value in VALUES:
        for one in problems(written(path, value)):
            seen += 1
            told = f"{value} at {path}: {one}"
            assert not PYDANTIC.search(f"{one.message} {one.hint}"), told
            assert one.hint, told
            assert "quotes" not in one.hint or one.code == "syntax" or stands_as_said(value, one), told
    assert seen > len(VALUES) / 2, "the control: most of these values are wrong there"


def stands_as_said(value: str, one: Problem) -> bool:
    """Tell whether there are quotes where the hint has them taken out, and none where it has them put in."""
    quoted = "'" in value or '"' in value
    return quoted if "without quotes" in one.hint else not quoted


@pytest.mark.parametrize("path", sorted(EXAMPLES))
def test_an_example_is_right_where_it_is_shown(path: str) -> None:
    here = path.replace("*", "readiness").replace("[]", "[0]")
    mine = [one for one in problems(written(here, EXAMPLES[path])) if one.path.startswith(here) and one.code != "missing-field"]
    known = {"unknown-field"} if re.match(r"integrations\[\]\.", path) else {"no-effect", "looks-like-credential"}
    assert {one.code for one in mine} <= known | {"no-endpoint", "one-word-command", "probe-port"}, mine


def test_every_field_of_the_format_has_an_example() -> None:
    schema = json_schema()
    parts: dict[str, dict[str, Any]] = schema["$defs"]
    fields = {name for part in (schema, *parts.values()) for name in part.get("properties", {})}
    checks = {"startup", "readiness", "liveness"}
    assert fields - checks - {"$schema"} == {plain_path(path).rpartition(".")[2] for path in EXAMPLES if path[-1] not in "]*"}


MEANT = {
    "replicas=3": "did you mean `resources.replicas`?",
    "Replicas=3": "did you mean `resources.replicas`?",
    "ports=[80]": "did you mean `resources.ports`?",
    "machineType=C5": "did you mean `resources.machineType`?",
    "autoscaling.maxReplicas=3": "did you mean `resources.autoscaling`?",
    "maxReplicas=3": "did you mean `resources.autoscaling.maxReplicas`?",
    "resources.image=web:2": "did you mean `image`?",
    "readiness.path=/x": "known here: apiVersion, name, image",
    "failureThreshold=3": "did you mean `healthChecks.startup.failureThreshold` or `healthChecks.readiness.failureThreshold`",
    "tag=2": "`image` is for that here",
    "environment.A=1": "`env` is for that here",
    "resources.minReplicas=2": "did you mean `replicas`?",
    "livenessProbe.path=/x": "`healthChecks.liveness` is for that here",
    "resource.replicas=3": "did you mean `resources`?",
}


def stands() -> Spec:
    spec = read_spec(BASE.encode(), file="web.yaml", catalogue=CATALOGUE).spec
    assert spec is not None
    return spec


@pytest.mark.parametrize("change", MEANT)
def test_a_field_at_the_wrong_place_is_told_where_it_belongs(change: str) -> None:
    (one,) = apply_sets(stands(), [change], catalogue=CATALOGUE).problems
    assert one.code == "unknown-field"
    assert one.hint.startswith(MEANT[change])
    for meant in re.findall(r"`([^`]+)`", one.hint):
        assert meant == "replicas" or plain_path(meant) in EXAMPLES or meant.startswith("healthChecks."), "what is named is there"


SAID = {
    "resources.replicas=two": "write it as in replicas: 2",
    "enabled=no": "write false",
    "enabled='true'": "write true, without quotes",
    "enabled=maybe": "write true or false",
    "env=A": "write it as in env: [{name: NAME, value: text}]",
    "command={run: it}": "write it as in command: [/app/run, --port, '8000']",
    "resources=C4": "write it as in resources: {machineType: C4}",
    "healthChecks.readiness=/x": "write it as in readiness: {path: /healthz}",
    "containerRegistry=5": "write it in quotes",
}


@pytest.mark.parametrize("change", SAID)
def test_the_cure_is_what_to_write(change: str) -> None:
    (one,) = apply_sets(stands(), [change], catalogue=CATALOGUE).problems
    assert one.hint == SAID[change]


BROKEN = {
    "a: b: c": "stands in quotes",
    "a:\n\tb: 1": "not with tabs",
    "a: 'b": "close the quotation mark",
    "a: [1, 2": "close the bracket",
    "a: 1\n b: 2": "",
    "name: web\nname: web": "keep one of the two",
    "": "docs/spec.md",
    "- x": "write fields, as in name: web",
    "a: 1\n---\nb: 2": "a file of its own",
    "{": "close the bracket",
    '{"name": }': "",
    "name = ": "",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_text_that_cannot_be_read_is_told_with_a_cure(text: str) -> None:
    for one in problems(text):
        assert one.hint
    assert any(BROKEN[text] in one.hint for one in problems(text))
