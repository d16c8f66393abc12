"""From pydantic's findings to ours: a stable code, the place in the file, a person's words, the nearest known name."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adapters.pydantic_errors import accepted, kind_wanted, limit, misfit
from adapters.spec_file.cures import cure, cure_of_kind, example
from adapters.spec_file.lists import meant_list
from adapters.spec_file.older_yaml import plain_number
from adapters.spec_file.problems import FileFinding, Location, join, nearest, path_of, shown
from adapters.spec_file.report import ReadingReport
from adapters.spec_file.tree import TreeNode
from adapters.spec_file.unknown import belongs
from adapters.spec_file.wire import SpecV1
from adapters.spec_file.wire_integrations import IntegrationV1

_TAGS = {get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(get_args(IntegrationV1)[0])}
_REFUSED = {"host": "a health check asks the replica itself, so it has no `host`"}


def validate(root: TreeNode, report: ReadingReport) -> SpecV1 | None:
    """Hold a document to the format's shape; None, and the reasons in the report, when it does not fit."""
    report.problems += _nothings(root, report)
    try:
        return SpecV1.model_validate(root.plain())
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            if not _only_its_items(detail, root):
                report.problems.append(_finding(detail, root, report))
        return None


def _only_its_items(detail: ErrorDetails, root: TreeNode) -> bool:
    """Tell whether a list is called empty only because none of its items is right, which is told of each of them."""
    _, _, node = _locate(_untagged(detail["loc"])[0], root)
    return detail["type"] == "too_short" and node is not None and bool(node.items)


def _finding(detail: ErrorDetails, root: TreeNode, report: ReadingReport) -> FileFinding:
    steps, model = _untagged(detail["loc"])
    path, key_at, node = _locate(steps, root)
    at = node.at if node is not None and node.items is None and node.entries is None else key_at
    match detail["type"]:
        case "missing":
            return FileFinding("missing-field", f"`{steps[-1]}` is required", report.emptied.get(path, at), path, hint=cure(path))
        case "extra_forbidden":
            return _unknown(steps, path, key_at, model)
        case "union_tag_invalid" | "union_tag_not_found":
            return _unknown_type(path, node, key_at)
        case _ if wanted := kind_wanted(detail):
            hint = cure_of_kind(wanted, node.value if node is not None else None, path, _meant(wanted, node, path))
            return FileFinding("wrong-type", f"{wanted} belongs here", at, path, _given(node, path), hint)
        case _:
            return _unfit(detail, at, path, _given(node, path))


def _meant(wanted: str, node: TreeNode | None, path: str) -> str:
    """Write the list or the number that was probably meant; empty where nobody can know."""
    if wanted == "a list":
        return meant_list(path, node)
    if wanted not in {"a whole number", "a number"} or node is None:
        return ""
    number = plain_number(str(node.value))
    return "" if number is None else str(number)


def _given(node: TreeNode | None, path: str) -> str:
    return shown(node.plain(), path) if node else ""


def _unfit(detail: ErrorDetails, at: Location, path: str, given: str) -> FileFinding:
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "finite_number":
            within = limit(detail) or "a finite number"
            return FileFinding("out-of-range", "the number is out of range", at, path, given, within)
        case "too_short" | "string_too_short":
            return FileFinding("bad-value", "this must not be empty", at, path, given, _as_in(path))
        case "too_long":
            return FileFinding("too-many", f"at most {context['max_length']} belong here", at, path, hint="take some out")
        case "literal_error":
            return FileFinding("bad-value", "there is no such value", at, path, given, f"accepted: {accepted(detail)}")
        case _:
            return FileFinding("bad-value", misfit(detail), at, path, given, str(context.get("hint", "")))


def _as_in(path: str) -> str:
    shown = example(path)
    return f"write it as in {shown}" if shown else ""


def _locate(steps: tuple[int | str, ...], root: TreeNode) -> tuple[str, Location, TreeNode | None]:
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


def _untagged(steps: tuple[int | str, ...]) -> tuple[tuple[int | str, ...], type[BaseModel] | None]:
    """Take out of a path what pydantic puts in to say which kind of integration it tried; give that kind's model."""
    if steps[:1] == ("integrations",) and len(steps) > 2 and steps[2] in _TAGS:
        return (*steps[:2], *steps[3:]), _TAGS[steps[2]]
    return steps, None


def _unknown_type(path: str, node: TreeNode | None, at: Location) -> FileFinding:
    kind = node.get("type") if node else None
    known = f"accepted: {', '.join(_TAGS)}"
    if kind is None:
        return FileFinding("missing-field", "`type` is required", at, join(path, "type"), hint=known)
    path = join(path, "type")
    near = nearest(str(kind.value), _TAGS)
    hint = (f"did you mean {near}? " if near else "") + known
    return FileFinding("bad-value", "there is no such kind of integration", kind.at, path, shown(kind.plain(), path), hint)


def _unknown(steps: tuple[int | str, ...], path: str, at: Location, model: type[BaseModel] | None) -> FileFinding:
    word = str(steps[-1])
    if word in _REFUSED and "healthChecks" in steps:
        return FileFinding("refused-field", _REFUSED[word], at, path, hint=f"leave `{word}` out")
    known = _aliases(model or _model_at(steps[:-1]))
    above = path_of(steps[:-1])
    return FileFinding("unknown-field", f"there is no field `{word[:60]}` here", at, path, hint=belongs(word, above, known))


def _aliases(model: type[BaseModel]) -> list[str]:
    return [str(field.alias) for field in model.model_fields.values()]


def _nothings(root: TreeNode, report: ReadingReport) -> Iterator[FileFinding]:
    """Find keys that nobody knows among those without a value, which the models do not see."""
    for written, at in report.nothings:
        steps = ("healthChecks" if step == "healthchecks" else step for step in written)
        first, *rest = steps
        whole = (first, *rest)
        if first in {"models", "repositories"} or whole in {("port",), ("protocol",), ("resources", "instanceType")}:
            continue
        kind = root.get("integrations") if first == "integrations" and len(whole) == 3 else None
        index = whole[1] if len(whole) > 1 else 0
        item = kind.items[index] if kind and kind.items and isinstance(index, int) and index < len(kind.items) else None
        model = _TAGS.get(_word(item.get("type"))) if item else None
        if (model or not item) and whole[-1] not in _aliases(model or _model_at(whole[:-1])):
            yield _unknown(whole, path_of(written), at, model)


def _word(node: TreeNode | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""


def _model_at(steps: tuple[int | str, ...]) -> type[BaseModel]:
    """Give the model that a path leads to."""
    model: type[BaseModel] = SpecV1
    for step in steps:
        if isinstance(step, str):
            by_alias = {field.alias: field.annotation for field in model.model_fields.values()}
            model = _model(by_alias.get(step)) or model
    return model


def _model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model(inner))), None)
