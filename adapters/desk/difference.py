"""What differs between two specs, as a person reads one: a path, what stood there, what stands there now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.spec_file.normal import document
from domain.objects import Scalar, flatten
from domain.spec import Spec

MASK = "•••"
_NAMED = ("env", "headers")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not the same; None where it does not stand at all. Literal values of env and headers are masked."""

    path: str
    was: Scalar
    now: Scalar


def differences(before: Spec | None, after: Spec, *, reveal: bool = False) -> tuple[Difference, ...]:
    """Compare two specs field by field, in the order in which a spec is written; nothing before: all is new."""
    old = fields(before) if before else {}
    new = fields(after)
    paths = [*new, *(path for path in old if path not in new)]
    return tuple(
        Difference(path, _shown(path, old.get(path), reveal=reveal), _shown(path, new.get(path), reveal=reveal))
        for path in paths
        if old.get(path) != new.get(path)
    )


def fields(spec: Spec) -> dict[str, Scalar]:
    """Lay a spec out flat, variables and headers by their names, the command as one line."""
    return dict(_leaves(document(spec), ""))


def masked(spec: Spec, *, reveal: bool = False) -> dict[str, Scalar]:
    """Lay a spec out flat for the screen."""
    return {path: _shown(path, value, reveal=reveal) for path, value in fields(spec).items()}


def _leaves(content: Mapping[str, Any], path: str) -> Iterator[tuple[str, Scalar]]:
    for key, value in content.items():
        here = f"{path}.{key}" if path else key
        if key in _NAMED:
            yield from ((f"{here}.{entry['name']}", entry["value"]) for entry in value)
        elif key == "command":
            yield here, " ".join(value)
        elif key == "ports":
            yield here, ", ".join(map(str, value))
        elif isinstance(value, Mapping):
            yield from _leaves(value, here)
        else:
            yield from flatten(value, here).items()


def _shown(path: str, value: Scalar, *, reveal: bool) -> Scalar:
    private = path.startswith("env.") or ".headers." in path
    if not private or reveal or value is None or str(value).startswith("secret:"):
        return value
    return MASK
