"""Differences: what a failing test shows of two values of ours, field by field, in place of both of them whole."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import islice, takewhile, zip_longest
from typing import Any, cast

MOST = 5
"""So many differences are shown; who wants to see all asks pytest for `-vv`."""
LONGEST = 120
"""Characters of a value that are shown."""
_NOTHING = object()
_STEPS = re.compile(r" \+ {3,}(where|and) ")
"""How pytest begins a line about what the parts of an assertion came from, behind the first step."""


def differences(one: object, other: object, where: str = "") -> Iterator[str]:
    """Give each place where two values differ, with both: `versions[0].verdict: 'healthy' is not ''`."""
    whole, alike_type, here, there = one, type(one) is type(other), _listed(one), _listed(other)
    if is_dataclass(one) and alike_type:
        for field in (field.name for field in fields(one) if field.compare):
            yield from differences(getattr(one, field), getattr(other, field), f"{where}.{field}".lstrip("."))
    elif isinstance(one, Mapping) and isinstance(other, Mapping):
        mine, theirs = cast("Mapping[Any, object]", one), cast("Mapping[Any, object]", other)
        for key in {**mine, **theirs}:
            yield from differences(mine.get(key, _NOTHING), theirs.get(key, _NOTHING), f"{where}[{key}]")
    elif alike_type and here and there:
        for n, (first, second) in enumerate(zip_longest(here, there, fillvalue=_NOTHING)):
            yield from differences(first, second, f"{where}[{n}]")
    elif one != other:
        texts = zip(one, other, strict=False) if isinstance(one, str) and isinstance(other, str) else ()
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], texts))
        yield f"{where or 'it'}: {_said(whole, alike)} is not {_said(other, alike)}"


def compared(one: object, other: object) -> list[str] | None:
    """Give the lines in which a failed `==` of values of ours is told; None for plain ones, which pytest tells well itself."""
    if type(one) is not type(other) or not _is_ours(one):
        return None
    found = list(islice(differences(one, other), MOST + 1))
    return [f"{type(one).__name__} == {type(other).__name__}", *found[:MOST], *(["and more"] if len(found) > MOST else [])]


def brief(explanation: str) -> str:
    """Leave of the explanation of a failed assertion its parts and the first step to them, on lines that can be read."""
    lines = (line for line in explanation.split("\n") if not _STEPS.match(line))
    return "\n".join(line if len(line) <= 2 * LONGEST else f"{line[: 2 * LONGEST]}…" for line in lines)


def _listed(value: object) -> list[object] | None:
    return [*cast("list[object]", value)] if isinstance(value, tuple | list) else None


def _is_ours(value: object) -> bool:
    if listed := _listed(value):
        return any(map(_is_ours, listed))
    if isinstance(value, Mapping):
        return any(map(_is_ours, cast("Mapping[Any, object]", value).values()))
    return is_dataclass(value)


def _said(value: object, alike: int) -> str:
    """Say a value, a long text from shortly before the place where it differs."""
    begin = alike - LONGEST // 4
    said = "nothing" if value is _NOTHING else repr(value)
    said = f"…{said[begin:]}" if begin > 0 else said
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"
