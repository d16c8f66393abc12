"""Which rows of the fleet are wanted, and in which order: by state, machine type, image and labels, as `kubectl` selects."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, get_args

from projections.status import Phase, StatusRow

STATES = (*get_args(Phase), "held")
_NOT_HELD = "!held"
"""A hold is no phase: it is on a row besides."""
"""What may be asked for: each phase, and whether a hold is on it."""
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_IN = re.compile(r"(?P<key>[A-Za-z0-9._/-]+)\s+(?P<how>in|notin)\s+\((?P<values>[^()]*)\)")
_EQUAL = re.compile(r"(?P<key>[A-Za-z0-9._/-]+)\s*(?P<how>==?|!=)\s*(?P<values>[A-Za-z0-9._-]*)")
_THERE = re.compile(r"(?P<how>!?)\s*(?P<key>[A-Za-z0-9._/-]+)")
_BETWEEN = re.compile(r",(?![^(]*\))")

SORTS: Mapping[str, Callable[[StatusRow], Any]] = {
    "name": lambda row: row.name,
    "project": lambda row: row.project,
    "state": lambda row: row.phase,
    "version": lambda row: row.version,
    "replicas": lambda row: row.ready,
    "restarts": lambda row: row.restarts,
    "image": lambda row: row.image,
    "machine": lambda row: row.machine_type,
    "age": lambda row: -((row.submitted_at or _ALWAYS) - _ALWAYS).total_seconds(),
}
"""What rows may be sorted by: `age` has the youngest first, as the others have the least."""


@dataclass(frozen=True, slots=True)
class LabelRequirement:
    """What a label has to be; `values` empty: only that it is there. `met` False turns it round."""

    key: str
    values: frozenset[str] | None
    met: bool

    def admits(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels are so. As with `kubectl`, one that is missing is unlike any value."""
        there = self.key in labels and (self.values is None or labels[self.key] in self.values)
        return there is self.met


@dataclass(frozen=True, slots=True)
class Selection:
    """What rows must be like; of several states, machine types or images one is enough, of labels all count."""

    states: frozenset[str] = frozenset()
    machines: frozenset[str] = frozenset()
    images: tuple[str, ...] = ()
    labels: tuple[LabelRequirement, ...] = ()

    def admits(self, row: StatusRow, *, held: bool) -> bool:
        """Tell whether a row is wanted; `held`: a hold is on it, its own or one of more than it."""
        return (
            (not self.states or row.phase in self.states or (held and "held" in self.states))
            and not (held and _NOT_HELD in self.states)
            and (not self.machines or row.machine_type.lower() in self.machines)
            and (not self.images or any(_is_image(row, image) for image in self.images))
            and all(one.admits(row.labels) for one in self.labels)
        )


def states_of(words: Iterable[str]) -> frozenset[str]:
    """Give the states that words mean: `!healthy` is every phase but that one."""
    words = frozenset(words)
    but = {word.removeprefix("!") for word in words if word.startswith("!")}
    others = frozenset(get_args(Phase)) - but if but else frozenset[str]()
    return frozenset(word for word in words if not word.startswith("!")) | others | ({_NOT_HELD} & words)


def requirements(selector: str) -> tuple[LabelRequirement, ...]:
    """Read a selector as `kubectl` has it: `a=b`, `a!=b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`, with commas between.

    Raises ValueError with the part that is none.
    """
    parts = [part.strip() for part in _BETWEEN.split(selector)]
    if not all(parts):
        raise ValueError(selector)
    return tuple(map(_requirement, parts))


def _requirement(part: str) -> LabelRequirement:
    match = _IN.fullmatch(part) or _EQUAL.fullmatch(part) or _THERE.fullmatch(part)
    if match is None:
        raise ValueError(part)
    said = match.groupdict()
    values = frozenset(value.strip() for value in said["values"].split(",")) if "values" in said else None
    return LabelRequirement(said["key"], values, said["how"] not in {"!", "!=", "notin"})


def _is_image(row: StatusRow, asked: str) -> bool:
    """Tell whether a row runs an image: its whole name, or the end of it from a slash on, without the tag if none is said."""
    if "*" in asked or "?" in asked:
        return fnmatchcase(row.image, asked)
    whole = row.image.partition("@")[0]
    repository = whole.rpartition(":")[0] if ":" in whole.rpartition("/")[2] else whole
    names = (row.image, whole, repository, f"{repository}@{row.digest}", row.digest)
    return bool(asked) and any(name == asked or name.endswith(f"/{asked}") for name in names if name)


def in_order(rows: Iterable[StatusRow], by: str, *, reverse: bool = False) -> list[StatusRow]:
    """Sort rows; what is alike stands by project and name."""
    stable = sorted(rows, key=lambda row: (row.project, row.name), reverse=reverse and by in {"name", "project"})
    return stable if by == "name" else sorted(stable, key=SORTS[by], reverse=reverse)


def after(rows: Sequence[StatusRow], project: str, name: str) -> Sequence[StatusRow] | None:
    """Give the rows behind one; None where it is not among them."""
    at = next((n for n, row in enumerate(rows) if (row.project, row.name) == (project, name)), None)
    return None if at is None else rows[at + 1 :]
