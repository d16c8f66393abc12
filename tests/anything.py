"""Anything of a type's shape: sound values mixed with all that a hostile or broken other side can put in their place."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.sampled_from(["\0", "\ud800", "a\udfffb", "\\u0000", "\x1b[2J", "\u202e", "x" * 3_000, "x" * 70_000, "é" * 1_500, "💥"]),
)
NUMBERS = st.one_of(st.integers(), st.sampled_from([2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, -1]))
FLOATS = st.one_of(st.floats(), st.sampled_from([1e18, 1e19, 1.7e308, float("nan"), float("inf"), float("-inf"), 5e-324, -0.0]))
TIMES = st.one_of(
    st.datetimes(timezones=st.one_of(st.none(), st.just(UTC), st.just(timezone(timedelta(hours=-23, minutes=-59))))),
    st.sampled_from(
        [
            datetime(1, 1, 1),  # noqa: DTZ001 (what is to be refused)
            datetime.min.replace(tzinfo=UTC),
            datetime.max.replace(tzinfo=UTC),
            datetime(2200, 1, 1, tzinfo=UTC),
            NOON.astimezone(timezone(timedelta(seconds=1))),
        ]
    ),
)
OTHERS: st.SearchStrategy[Any] = st.sampled_from([None, 7, "text", 0.5, True, b"bytes", [], {}])
"""What is of another type altogether."""


def mostly(sound: st.SearchStrategy[Any], hostile: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Give sound values nine times of ten: what is wrong everywhere is refused by its first field."""
    return st.integers(0, 9).flatmap(lambda n: hostile if n == 9 else sound)


def anything(kind: Any, words: tuple[str, ...] = ("", "web", "node-1", "Ready ✓")) -> st.SearchStrategy[Any]:  # noqa: ANN401, PLR0911 (of any annotation)
    """Give values for an annotation; `words` are the sound texts."""
    leaves: Mapping[Any, st.SearchStrategy[Any]] = {
        str: mostly(st.sampled_from(words), TEXTS | OTHERS),
        int: mostly(st.integers(0, 5), NUMBERS | OTHERS),
        float: mostly(st.floats(0, 100), FLOATS | OTHERS),
        bool: mostly(st.booleans(), OTHERS),
        datetime: mostly(st.just(NOON), TIMES | OTHERS),
        NoneType: st.none(),
    }
    if kind in leaves:
        return leaves[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(cast("Any", kind), **{one.name: anything(hints[one.name], words) for one in fields(kind)})
    if origin is Literal:
        return mostly(st.sampled_from(arguments), TEXTS | OTHERS)
    if origin in (Union, UnionType):
        return st.one_of(*(anything(argument, words) for argument in arguments))
    if origin is tuple and arguments[1:] == (...,):
        return st.lists(anything(arguments[0], words), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*(anything(argument, words) for argument in arguments))
    if origin is frozenset:
        return st.frozensets(st.sampled_from(words) | TEXTS, max_size=2)
    return st.dictionaries(st.sampled_from(words) | TEXTS, anything(arguments[1], words), max_size=2)
