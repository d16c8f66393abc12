"""Which fields of a value say something, and which there are at all: so that a run can show that it left none out.

class Port: number: int; name: str = ""; scheme: Literal["http", "https"] = "http"
every(Port) == {"number", "name", "name unsaid", "scheme=http", "scheme=https"}
"""

from collections.abc import Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def every(kind: Any) -> frozenset[str]:  # noqa: ANN401 (a type or a union of some)
    """All that values of a type may say, each under its path; a choice once for each answer."""
    return frozenset(_possible(kind, ""))


def said(value: object, kind: Any) -> frozenset[str]:  # noqa: ANN401 (a type or a union of some)
    """What of that one value says."""
    return frozenset(_said(value, kind, ""))


def _possible(kind: Any, path: str) -> Iterator[str]:  # noqa: ANN401 (see above)
    arguments = get_args(kind)
    if is_dataclass(kind):
        for field, hint in _fields(kind):
            yield from _possible(hint, _below(path, field))
            if _left_out(hint, field.default):
                yield f"{_below(path, field)} unsaid"
    elif get_origin(kind) in (Union, UnionType):
        for one in arguments:
            yield from _possible(one, _of(path, one))
    elif get_origin(kind) is tuple and arguments[-1] is ...:
        yield f"{path} empty"
        yield from _possible(arguments[0], f"{path}[]")
    elif kind is bool or get_origin(kind) is Literal:
        yield from (f"{path}={answer}" for answer in (arguments or (False, True)))
    else:
        yield path
        if _mapping(kind):
            yield f"{path} empty"


def _said(value: Any, kind: Any, path: str) -> Iterator[str]:  # noqa: ANN401 (see above)
    arguments = get_args(kind)
    if is_dataclass(kind):
        for field, hint in _fields(kind):
            below, here = getattr(value, field.name), _below(path, field)
            unsaid = hint in _PLAIN and below == field.default
            yield from (f"{here} unsaid",) if unsaid else _said(below, hint, here)
    elif get_origin(kind) in (Union, UnionType):
        one = next(one for one in arguments if isinstance(value, get_origin(one) or one))
        yield from _said(value, one, _of(path, one))
    elif get_origin(kind) is tuple and arguments[-1] is ...:
        yield from () if value else (f"{path} empty",)
        for below in value:
            yield from _said(below, arguments[0], f"{path}[]")
    elif kind is bool or get_origin(kind) is Literal:
        yield f"{path}={value}"
    else:
        yield f"{path} empty" if _mapping(kind) and not value else path


def _fields(kind: Any) -> Iterator[tuple[Field[Any], Any]]:  # noqa: ANN401 (a dataclass)
    hints = get_type_hints(kind)
    return ((field, hints[field.name]) for field in fields(kind))


_PLAIN = (str, int, float)


def _below(path: str, field: Field[Any]) -> str:
    return f"{path}.{field.name}" if path else field.name


def _of(path: str, kind: Any) -> str:  # noqa: ANN401 (a type)
    return f"{path}({getattr(kind, '__name__', str(kind))})"


def _left_out(kind: Any, default: object) -> bool:  # noqa: ANN401 (a type)
    """Tell whether a field may say nothing: then it must be seen both ways."""
    return kind in _PLAIN and default in ("", 0)


def _mapping(kind: Any) -> bool:  # noqa: ANN401 (a type)
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping)
