"""From pydantic's findings to ours: a stable code, the place in the file, a person's words, the nearest known name."""

from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adapters.spec_file.dialects import Report
from adapters.spec_file.problems import Finding, Place, join, nearest, shown
from adapters.spec_file.tree import Node
from adapters.spec_file.wire import SpecV1

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_LATER = {"containerRegistry", "basicAuthKey", "integrations", "models", "repositories", "protocol", "autoscaling"}
_REFUSED = {"host": "a health check asks the replica itself, so it has no `host`"}


def validate(root: Node, report: Report) -> SpecV1 | None:
    """Hold a document to the format's shape; None, and the reasons in the report, when it does not fit."""
    try:
        return SpecV1.model_validate(root.plain())
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            report.problems.append(_finding(detail, root, report))
        return None


def _finding(detail: ErrorDetails, root: Node, report: Report) -> Finding:
    steps = detail["loc"]
    path, key_at, node = _locate(steps, root)
    at = node.at if node is not None and node.items is None and node.entries is None else key_at
    given = shown(node.plain(), path) if node else ""
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return Finding("missing-field", f"`{steps[-1]}` is required", report.emptied.get(path, at), path)
        case "extra_forbidden":
            return _unknown(steps, path, key_at)
        case kind if kind in _KINDS:
            return Finding("wrong-type", f"{_KINDS[kind]} belongs here", at, path, given, _quotes(kind, node))
        case "greater_than_equal" | "less_than_equal":
            limit = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
            return Finding("out-of-range", "the number is out of range", at, path, given, limit)
        case "too_short" | "string_too_short":
            return Finding("bad-value", "this must not be empty", at, path, given)
        case _:
            return Finding("bad-value", detail["msg"], at, path, given, str(context.get("hint", "")))


def _quotes(kind: str, node: Node | None) -> str:
    if node is None or node.items is not None or node.entries is not None:
        return ""
    if kind == "string_type":
        return "write it in quotes"
    if kind in {"int_type", "bool_type"} and isinstance(node.value, str):
        return "write it without quotes" if kind == "int_type" else "write true or false, without quotes"
    return ""


def _locate(steps: tuple[int | str, ...], root: Node) -> tuple[str, Place, Node | None]:
    """Walk as far as the tree goes: the whole path, the place of the last key there is, the value if it is there."""
    path, at, node = "", root.at, root
    for number, step in enumerate(steps):
        path = join(path, step)
        if isinstance(step, int):
            below = node.items[step] if node.items and step < len(node.items) else None
            place = below.at if below else at
        else:
            entry = (node.entries or {}).get(step)
            below, place = (entry.node, entry.at) if entry else (None, at)
        if below is None:
            rest = path
            for later in steps[number + 1 :]:
                rest = join(rest, later)
            return rest, at, None
        node, at = below, place
    return path, at, node


def _unknown(steps: tuple[int | str, ...], path: str, at: Place) -> Finding:
    word = str(steps[-1])
    if word in _REFUSED and "healthChecks" in steps:
        return Finding("refused-field", _REFUSED[word], at, path, hint=f"leave `{word}` out")
    if word in _LATER and len(steps) <= len(("resources", "autoscaling")):
        message = f"`{word}` is part of the format, but this version of Deadreckon does not do it yet"
        return Finding("not-supported-yet", message, at, path, hint=f"leave `{word}` out")
    known = _fields(steps[:-1])
    near = nearest(word, known)
    hint = f"did you mean `{near}`?" if near else f"known here: {', '.join(known)}"
    return Finding("unknown-field", f"there is no field `{word[:60]}` here", at, path, hint=hint)


def _fields(steps: tuple[int | str, ...]) -> list[str]:
    """Name the fields of the model that a path leads to."""
    model: type[BaseModel] = SpecV1
    for step in steps:
        if isinstance(step, str):
            by_alias = {field.alias: field.annotation for field in model.model_fields.values()}
            model = _model(by_alias.get(step)) or model
    return [str(field.alias) for field in model.model_fields.values()]


def _model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model(inner))), None)
