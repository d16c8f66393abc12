"""The published JSON Schema accepts what the reader accepts of modern documents, and refuses what it refuses."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.spec_file.normal import document
from adapters.spec_file.problems import Problem
from adapters.spec_file.reading import SpecReading, read_spec
from adapters.spec_file.schema import json_schema
from domain.machines import Catalogue, Machine
from tests.at_night import at_night
from tests.specs import specs

CATALOGUE = Catalogue({name: Machine(name, 1800, 3686) for name in ("C3", "C4", "A100", "A100-80Gx8", "H100x2")})
SCHEMA = json.loads(json.dumps(json_schema()))
VALIDATOR: Any = jsonschema.Draft202012Validator(SCHEMA)

BEYOND = (
    ("given-twice", r"env\[\d+\]\.name", "a variable stands once: JSON Schema compares whole values, not one field of them"),
    ("given-twice", r"integrations\[\d+\]\.name", "an integration's name stands once"),
    ("unknown-machine-type", r"resources\.machineType", "the catalogue is the platform's"),
    ("contradiction", r"resources\.autoscaling\.maxReplicas", "the ceiling is not under the floor: two fields' values"),
    ("bad-mount", r"integrations\[\d+\].*", "mounts are computed of two fields, and compared"),
    ("bad-value", r"integrations\[\d+\]\.(url|endpoint)", "a host that ends in a number is a whole address"),
    ("inner-endpoint", r"integrations\[\d+\]\.(url|endpoint)", "which addresses are the platform's own is its owner's choice"),
    ("unknown-space", r"integrations\[\d+\]\.(url|endpoint)", "which space is meant is taken from `url` and `endpoint` together"),
)
"""The rules that the schema does not say: code, path, and why. docs/spec.md has them too."""


def beyond(problem: Problem) -> bool:
    said = problem.message == "this host is neither a name nor an address" if problem.code == "bad-value" else True
    return said and any(code == problem.code and re.fullmatch(path, problem.path) for code, path, _ in BEYOND)


def read(found: Any) -> SpecReading:  # noqa: ANN401 (JSON)
    mapping = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    name = None if mapping.get("name") is not None else "given"
    return read_spec(json.dumps(found).encode(), file="a.json", catalogue=CATALOGUE, name=name)


def agrees(found: Any, validator: Any = VALIDATOR) -> bool:  # noqa: ANN401 (JSON)
    """Tell whether both say the same of a document that is not of an older form."""
    reading = read(found)
    if any(warning.code == "upgraded" for warning in reading.warnings):
        return True
    refused = [problem for problem in reading.problems if not beyond(problem)]
    accepted = bool(validator.is_valid(found))
    return accepted is (not refused)


def told(found: Any) -> str:  # noqa: ANN401 (JSON)
    errors = [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(found)]
    return f"{json.dumps(found)}\nreader: {read(found)}\nschema: {errors}"


def places(of: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 (JSON)
    if path:
        yield path
    if isinstance(of, dict):
        below: list[tuple[Any, Any]] = list(cast("dict[str, Any]", of).items())
    else:
        below = list(enumerate(cast("list[object]", of))) if isinstance(of, list) else []
    for key, value in below:
        yield from places(value, (*path, key))


odd: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2.0,
    0.5,
    1e9,
    70000,
    1001,
    "",
    "x",
    "C4",
    "cpu",
    "requestDuration",
    "secret:a",
    "secret:1",
    " ",
    "v1",
]
odd += [
    "a b",
    "/x",
    "/x/../y",
    "/",
    "..",
    "a\n",
    "https://h/p",
    "https://me@h/p",
    "s3://abc/x",
    "s3://abc\n",
    "-x",
    "http://127.1/",
    "latest",
    "exact",
]
odd += [
    [],
    {},
    [1],
    [8000],
    ["a"],
    [None],
    {"path": "/"},
    {"exec": {"command": ["x"]}},
    {"name": "a"},
    [{"name": "a", "value": "b"}],
]
odd += [[{"metric": "requestDuration", "value": 0.001}], {"path": "/", "port": 1, "exec": {"command": ["x"]}}]
keys = [
    "port",
    "path",
    "exec",
    "name",
    "value",
    "url",
    "type",
    "region",
    "$schema",
    "username",
    "password",
    "accessKeyId",
    "basicAuthKey",
]
keys += [
    "secretAccessKey",
    "endpoint",
    "ref",
    "id",
    "enabled",
    "autoscaling",
    "integrations",
    "healthChecks",
    "readiness",
    "headers",
    "strange",
]
keys += [
    "ports",
    "replicas",
    "maxReplicas",
    "metrics",
    "summary",
    "deadreckon",
    "probes",
    "rolloutDeadlineSeconds",
    "containerRegistry",
]


@st.composite
def mutated(draw: st.DrawFn) -> Any:  # noqa: ANN401 (JSON)
    """A valid document with one to three things changed, taken out, doubled or put in."""
    found = copy.deepcopy(json.loads(json.dumps(document(draw(specs)))))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(list(places(found)) or [("name",)]))
        parent: Any = found
        for step in way:
            parent = parent[step]
        drawn = parent[last]
        match draw(st.sampled_from(["replace", "remove", "add", "double"])):
            case "replace":
                parent[last] = draw(st.sampled_from(odd))
            case "remove" if isinstance(parent, dict):
                del parent[last]
            case "add" if isinstance(parent, dict):
                parent[draw(st.sampled_from(keys))] = draw(st.sampled_from(odd))
            case "double" if isinstance(parent, list):
                cast("list[object]", parent).append(copy.deepcopy(drawn))
            case _:
                pass
    return found


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    for name, part in {"SpecV1": schema, **schema["$defs"]}.items():
        for field, said in part["properties"].items():
            yield f"{name}.{field}", said, field in part.get("required", ())


def test_every_field_has_a_description_and_says_its_default() -> None:
    for name, said, required in fields(SCHEMA):
        assert len(said.get("description", "")) > 3, name
        assert required or "default" in said or name == "SpecV1.name", name
    assert all("description" in part for part in SCHEMA["$defs"].values())


def _listed(kind: Any) -> list[str]:  # noqa: ANN401 (JSON)
    return [kind] if isinstance(kind, str) else cast("list[str]", kind) if isinstance(kind, list) else []


def numbers(of: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 (JSON)
    for path in places(of):
        found: Any = of
        for step in path:
            found = found[step]
        if isinstance(found, dict) and "type" in found and {"integer", "number"} & set(_listed(found["type"])):
            yield found


def test_every_number_has_its_limits() -> None:
    for number in numbers(SCHEMA):
        assert {"minimum", "exclusiveMinimum"} & number.keys(), number
        assert "maximum" in number, number


@settings(max_examples=at_night(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs.map(document))
def test_what_is_written_is_accepted_by_both(written: dict[str, Any]) -> None:
    assert read(written).problems == ()
    assert VALIDATOR.is_valid(written), told(written)


@settings(max_examples=at_night(400), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_both_say_the_same_of_what_was_changed(found: Any) -> None:  # noqa: ANN401 (JSON)
    assert agrees(found), told(found)


LEAST: dict[str, Any] = {"name": "a", "image": "a", "resources": {"machineType": "C4", "ports": [80]}}


def integrated(**fields: object) -> dict[str, Any]:
    return {**LEAST, "integrations": [{"name": "x", **fields}]}


def probed(**probe: object) -> dict[str, Any]:
    return {**LEAST, "healthChecks": {"readiness": probe}}


@pytest.mark.parametrize(
    ("found", "accepted"),
    [
        (LEAST, True),
        ({**LEAST, "apiVersion": "latest", "$schema": 5, "region": "ny2", "command": None}, True),
        ({**LEAST, "strange": None}, False),
        ({**LEAST, "name": "a\n"}, False),
        ({**LEAST, "basicAuthKey": "secret:k"}, True),
        ({**LEAST, "basicAuthKey": "secret:k", "resources": {"machineType": "C4"}}, False),
        ({**LEAST, "basicAuthKey": "hunter2"}, False),
        (probed(path="/"), True),
        (probed(path="/", exec=None), True),
        (probed(exec={"command": ["x"]}, path=None), True),
        (probed(exec={"command": ["x"]}, path="/"), False),
        (probed(port=80), False),
        ({**probed(path="/"), "resources": {"machineType": "C4"}}, False),
        ({**probed(path="/", port=1), "resources": {"machineType": "C4"}}, True),
        ({**LEAST, "resources": {"machineType": "C4", "ports": [80, 80.0]}}, False),
        ({**LEAST, "resources": {"machineType": "C4", "replicas": 2.0}}, True),
        ({**LEAST, "env": [{"name": "A", "value": "secret:K\n"}]}, False),
        (integrated(type="s3", url="s3://abc/"), True),
        (integrated(type="s3", url="s3://abc/\n"), False),
        (integrated(type="s3", url="s3://abc/..//x"), False),
        (integrated(type="s3", url="s3://abc", accessKeyId="AK"), False),
        (integrated(type="s3", url="s3://abc", accessKeyId="AK", secretAccessKey="secret:k"), True),
        (integrated(type="spaces", endpoint="https://b.nyc3.digitaloceanspaces.com"), True),
        (integrated(type="spaces", url="s3://abc"), False),
        (integrated(type="spaces"), False),
        (integrated(type="git-lfs", url="https://h/a", username="u"), False),
        (integrated(type="git-lfs", url="https://u:p@h/a"), False),
        (integrated(type="git-lfs", url="ssh://h/a"), False),
        (integrated(type="git-lfs", url="https://h/a", ref="a..b"), False),
        (integrated(type="git-lfs", url="https://h/a", ref="refs/heads/a"), True),
        (integrated(type="volume"), True),
        (integrated(type="model", path="/../x", id="m"), False),
        ({**LEAST, "integrations": [{"type": "volume", "name": f"v{n}"} for n in range(6)]}, False),
    ],
)
def test_examples_of_both_kinds(found: dict[str, Any], accepted: bool) -> None:
    assert (not read(found).problems) is accepted, told(found)
    assert VALIDATOR.is_valid(found) is accepted, told(found)


def scaled(*metrics: dict[str, Any], **more: object) -> dict[str, Any]:
    resources = {"machineType": "C4", "ports": [80], "autoscaling": {"maxReplicas": 5, "metrics": list(metrics)}}
    return {**LEAST, "resources": {**resources, **more}}


@pytest.mark.parametrize(
    ("found", "accepted"),
    [
        (scaled({"metric": "cpu", "value": 50}), True),
        (scaled({"metric": "cpu", "value": 50}, {"metric": "cpu", "value": 60}), False),
        (scaled({"metric": "cpu", "value": 0.001}), True),
        (scaled({"metric": "requestDuration", "value": 0.001}), False),
        (scaled({"metric": "requestDuration", "value": 0.01}), True),
        (scaled({"metric": "requestDuration", "value": 1}, ports=[]), False),
        (scaled({"metric": "gpu", "value": 50}), False),
        (scaled(), False),
        (scaled({"metric": "cpu", "value": 50, "summary": "max"}), False),
    ],
)
def test_autoscaling_is_held_to_the_same_by_both(found: dict[str, Any], accepted: bool) -> None:
    assert (not read(found).problems) is accepted, told(found)
    assert VALIDATOR.is_valid(found) is accepted, told(found)


def loosened(change: Callable[[dict[str, Any]], None]) -> Any:  # noqa: ANN401 (the library says nothing of its types)
    schema = copy.deepcopy(SCHEMA)
    change(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_control_a_schema_that_lets_more_in_is_caught() -> None:
    lax = loosened(lambda schema: schema.pop("additionalProperties"))
    assert not agrees({**LEAST, "strange": 1}, lax)
    no_words = loosened(lambda schema: schema["$defs"]["ProbeV1"].pop("then"))
    assert not agrees(probed(exec={"command": ["x"]}, path="/"), no_words)
