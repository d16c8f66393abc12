"""The JSON Schema of format v1, for editors: made of the models, and of the rules over several fields that it can say."""

from typing import Any, cast

from adapters.spec_file.wire import SHORTEST_REQUEST, SpecV1

Schema = dict[str, Any]
_PROBES = ("startup", "readiness", "liveness")


def json_schema() -> Schema:
    """Give the schema: it accepts what the reader accepts of modern documents, but for the rules that docs/spec.md lists."""
    schema = SpecV1.model_json_schema(by_alias=True)
    parts: dict[str, Schema] = schema["$defs"]
    schema["required"] = [name for name in schema["required"] if name != "name"]
    schema["title"] = "A deployment spec of Deadreckon, version v1"
    for part in (schema, *parts.values()):
        _let_nothing_in(part)
    _probes(parts["ProbeV1"])
    _metrics(parts)
    parts["ResourcesV1"]["properties"]["ports"]["uniqueItems"] = True
    for store in ("S3V1", "SpacesV1"):
        _together(parts[store], "accessKeyId", "secretAccessKey")
        _together(parts[store], "secretAccessKey", "accessKeyId")
    _together(parts["GitLfsV1"], "username", "password")
    _spaces(parts["SpacesV1"])
    schema["allOf"] = [_password(), _probe_ports()]
    schema["properties"]["healthChecks"]["default"] = {}
    schema["properties"]["deadreckon"]["default"] = {}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_untitled(schema)}


def _given(*names: str) -> Schema:
    """Say that fields are there; a key without a value counts as absent."""
    return {"required": list(names), "properties": {name: {"not": {"type": "null"}} for name in names}}


def _let_nothing_in(part: Schema) -> None:
    """Let null stand for each field that may be absent."""
    properties: dict[str, Schema] = part.get("properties", {})
    for name, field in properties.items():
        if name in part.get("required", ()) or not field.keys() - {"description", "default", "title"}:
            continue
        said: Schema = {key: field[key] for key in ("description", "default", "deprecated", "title") if key in field}
        form = {key: value for key, value in field.items() if key not in said}
        if {"type": "null"} in form.get("anyOf", ()):
            continue
        if isinstance(form.get("type"), str) and "enum" not in form:
            properties[name] = {**said, **form, "type": [form["type"], "null"]}
        else:
            properties[name] = {**said, "anyOf": [form, {"type": "null"}]}


def _probes(probe: Schema) -> None:
    nothing: Schema = {"type": "null"}
    probe["if"] = {"required": ["exec"], "properties": {"exec": {"not": nothing}}}
    probe["then"] = {"properties": {"path": nothing, "port": nothing, "headers": nothing}}
    probe["else"] = _given("path")


def _metrics(parts: dict[str, Schema]) -> None:
    parts["MetricV1"]["if"] = {"properties": {"metric": {"const": "requestDuration"}}, "required": ["metric"]}
    parts["MetricV1"]["then"] = {"properties": {"value": {"minimum": SHORTEST_REQUEST}}}
    known = cast("list[str]", parts["MetricV1"]["properties"]["metric"]["enum"])
    once = [{"contains": _metric(name), "minContains": 0, "maxContains": 1} for name in known]
    parts["AutoscalingV1"]["properties"]["metrics"]["allOf"] = once
    parts["AutoscalingV1"]["if"] = {"properties": {"enabled": {"const": False}}, "required": ["enabled"]}
    listed = {"metrics": {"type": "array", "minItems": 1}, "maxReplicas": {"not": {"type": "null"}}}
    parts["AutoscalingV1"]["else"] = {"required": list(listed), "properties": listed}
    timed: Schema = {
        "properties": {"metrics": {"type": "array", "contains": _metric("requestDuration")}},
        "required": ["metrics"],
    }
    parts["ResourcesV1"]["if"] = {
        "properties": {"autoscaling": {"type": "object", **timed}},
        "required": ["autoscaling"],
    }
    parts["ResourcesV1"]["then"] = _with_ports()


def _metric(name: str) -> Schema:
    return {"type": "object", "properties": {"metric": {"const": name}}, "required": ["metric"]}


def _with_ports() -> Schema:
    return {"properties": {"ports": {"type": "array", "minItems": 1}}, "required": ["ports"]}


def _together(part: Schema, one: str, other: str) -> None:
    part.setdefault("allOf", []).append({"if": _given(one), "then": _given(other)})


def _spaces(space: Schema) -> None:
    named = {"properties": {"url": {"type": "string", "pattern": "^s3://"}}, "required": ["url"]}
    space["allOf"] += [{"anyOf": [_given("url"), _given("endpoint")]}, {"if": named, "then": _given("endpoint")}]


def _password() -> Schema:
    return {"if": _given("basicAuthKey"), "then": {"properties": {"resources": _with_ports()}}}


def _probe_ports() -> Schema:
    """Without ports, each health check over HTTP says which it asks."""
    asked: Schema = {"type": "object", **_given("path")}
    says: Schema = {"if": asked, "then": _given("port")}
    checks = {"properties": dict.fromkeys(_PROBES, says)}
    listed = {"properties": {"resources": _with_ports()}, "required": ["resources"]}
    return {"if": {"not": listed}, "then": {"properties": {"healthChecks": checks}}}


def _untitled(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Leave out the titles that only repeat a field's name."""
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        return {
            key: _untitled(inner)
            for key, inner in mapping.items()
            if key != "title" or not isinstance(inner, str) or inner.startswith("A deployment spec")
        }
    if isinstance(value, list):
        return [_untitled(inner) for inner in cast("list[object]", value)]
    return value
