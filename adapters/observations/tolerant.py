"""Reading JSON that others wrote: what is missing or of another type becomes an empty value, never an exception.

And everything has a bound: a text is cut where it is too long, and says so; a number or a time that nothing real has is none.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

Tree = Mapping[str, Any]

LONGEST = 4096
"""Characters of a text; a message of Kubernetes' own has 1,024, a container's last words 4,096."""
WHOLE = 2**53
"""Up to here every reader of JSON means the same number."""
_MACHINE = 2**63
_DIGITS = 20
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_SHOWN = "\ufffd"
"""Stands where a character stood that no ledger can keep: NUL, and half of a pair."""


def parsed(raw: bytes) -> object:
    """Read JSON. Numbers that are none, or of no machine's size, become None. Raises ValueError, RecursionError."""
    said = raw.decode("utf-8", "replace")
    content: object = json.loads(said, parse_constant=_nothing, parse_int=_whole, parse_float=_finite)
    return _fit(content) if "\\u0000" in said or "\\ud" in said or "\\uD" in said else content


def _nothing(_: str) -> None:
    return None


def _whole(digits: str) -> int | None:
    value = int(digits) if len(digits) <= _DIGITS else _MACHINE
    return value if -_MACHINE <= value < _MACHINE else None


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


def _fit(content: object) -> object:
    if isinstance(content, str):
        return fit(content)
    if isinstance(content, dict):
        return {fit(name): _fit(value) for name, value in cast("dict[str, object]", content).items()}
    if isinstance(content, list):
        return [_fit(value) for value in cast("list[object]", content)]
    return content


def fit(said: str) -> str:
    """Give a text with a mark in the place of each character that cannot be kept."""
    return said if said.isascii() and "\0" not in said else _UNFIT.sub(_SHOWN, said)


def bounded(said: str, longest: int = LONGEST) -> str:
    """Give a text, cut where it is too long: its end says how much is missing."""
    return said if len(said) <= longest else f"{said[:longest]}… ({len(said) - longest} more characters were cut)"


def count(digits: str) -> int:
    """Read a whole number that stands in a text, a label's value say; 0 where there is none, or none of a real thing's size."""
    value = int(digits) if len(digits) <= _DIGITS and digits.isascii() and digits.isdigit() else 0
    return value if value <= WHOLE else 0


def at(tree: object, *path: str) -> object:
    """Give what stands at a path; None when there is nothing."""
    for step in path:
        if not isinstance(tree, dict):  # what JSON makes; to ask for any Mapping costs ten times as much
            return None
        tree = cast("dict[str, object]", tree).get(step)
    return tree


def branch(tree: object, *path: str) -> Tree:
    """Give the mapping at a path, or an empty one."""
    found = at(tree, *path)
    return cast("Tree", found) if isinstance(found, dict) else {}


def branches(tree: object, *path: str) -> Iterator[Tree]:
    """Give the mappings in the list at a path; other elements are passed over."""
    found = at(tree, *path)
    for element in cast("list[object]", found) if isinstance(found, list) else ():
        if isinstance(element, dict):
            yield cast("Tree", element)


def text(tree: object, *path: str, longest: int = LONGEST) -> str:
    """Give the string at a path, or an empty one; what is longer than so many characters is cut, visibly."""
    found = at(tree, *path)
    return bounded(fit(found), longest) if isinstance(found, str) else ""


def number(tree: object, *path: str, default: int = 0) -> int:
    """Give the whole number at a path, or the default; also for one beyond 2⁵³, which nothing has."""
    found = at(tree, *path)
    return int(found) if isinstance(found, int) and -WHOLE <= found <= WHOLE else default


def truth(tree: object, *path: str) -> bool:
    """Tell whether `true` stands at a path."""
    return at(tree, *path) is True


def time(tree: object, *path: str) -> datetime | None:
    """Give the RFC 3339 time at a path, in UTC; None when there is none, or one of a year that no cluster has seen."""
    try:
        found = datetime.fromisoformat(text(tree, *path))
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if _EARLIEST <= found < _LATEST else None
