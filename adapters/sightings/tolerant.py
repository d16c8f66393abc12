"""Reading JSON that others wrote: what is missing or of another type becomes an empty value, never an exception."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

Tree = Mapping[str, Any]


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


def text(tree: object, *path: str) -> str:
    """Give the string at a path, or an empty one."""
    found = at(tree, *path)
    return found if isinstance(found, str) else ""


def number(tree: object, *path: str, default: int = 0) -> int:
    """Give the whole number at a path, or the default."""
    found = at(tree, *path)
    return int(found) if isinstance(found, int) else default


def truth(tree: object, *path: str) -> bool:
    """Tell whether `true` stands at a path."""
    return at(tree, *path) is True


def time(tree: object, *path: str) -> datetime | None:
    """Give the RFC 3339 time at a path, in UTC; None when there is none."""
    try:
        found = datetime.fromisoformat(text(tree, *path))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
