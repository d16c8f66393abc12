"""What any fact may hold, in one strict definition: whatever keeps to it is read back as it was written, on every store.

A fact is kept for ever and folded by everybody, so one that cannot be read back would end every engine and every command. It is
judged before it is written, by its fields' own types: numbers are finite and fit 64 bits, texts can be encoded, times are of
this age, nothing is endless. What was written by builds of before is not judged by it: reading is wider than writing.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from domain.record import EventMetadata, UncommittedFact

LONGEST_TEXT = 65_536
"""Characters of one text of a fact."""
LONGEST_NAME = 2_048
"""Bytes of what a fact is looked up by: its stream, what it is about. An index of PostgreSQL's takes 2,704 bytes."""
LONGEST_ID = 200
"""Bytes of a fact's id, and of a kind."""
LONGEST_VERSION = 1_024
"""Bytes of a watch's place, and of the name of who leads."""
LARGEST_INTEGER = 2**63 - 1
LARGEST_FLOAT = 1e18
"""Far more seconds, requests or replicas than there are; sums of such numbers are finite still."""
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

_UNFIT = re.compile("[\0\ud800-\udfff]")
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a value, and in which field of it (`answers[3].seconds`)."""

    field: str
    why: str

    def __str__(self) -> str:
        """Say it in a sentence's end."""
        return f"{self.field or 'it'} {self.why}"

    def below(self, name: str) -> "Flaw":
        """Give the same flaw as it is called from outside."""
        joint = "." if self.field and not self.field.startswith("[") else ""
        return Flaw(f"{name}{joint}{self.field}", self.why)


@dataclass(slots=True)
class SizeBudget:
    """How much one whole value may hold: characters of all its texts together, and values."""

    characters: int = 2_400_000
    """In JSON at most 6 bytes each: a fact stays below 16 MiB, which a database that guards itself takes."""
    values: int = 50_000
    text: int = LONGEST_TEXT


Check = Callable[[Any, SizeBudget], Flaw | None]
"""Says what is wrong with a value, taking what it needs from the room that is left."""
_made: dict[Any, Check] = {}


def flaw_in(value: object, room: SizeBudget | None = None) -> Flaw | None:
    """Say what is wrong with a value, by its class's own field types; None when it may be written."""
    return checker(type(value))(value, room or SizeBudget())


def flaw_in_note(note: UncommittedFact[Any]) -> Flaw | None:
    """Say why a fact, or what stands beside it, may not be written."""
    room = SizeBudget()
    about = note.metadata
    for name, said, longest in (("id", about.id, LONGEST_ID), ("subject", about.subject, LONGEST_NAME)):
        flaw = flaw_in_name(said, longest)
        if flaw is not None:
            return flaw.below(name)
    flaw = checker(EventMetadata)(about, room)
    return flaw or checker(type(note.fact))(note.fact, room)


def flaw_in_name(name: object, longest: int = LONGEST_NAME) -> Flaw | None:
    """Say why something cannot be looked up by a name: of a stream, a subject, an id, a watch's place."""
    if not isinstance(name, str):
        return Flaw("", f"is {_kind(name)} and no text")
    flaw = _of_characters(name)
    if flaw is not None:
        return flaw
    if len(name) > longest or len(name.encode()) > longest:
        return Flaw("", f"is too long for a name: {len(name.encode()):,} bytes, and at most {longest:,} may be")
    return None


def fit(said: str, longest: int) -> str:
    """Give a text that may be written: cut, and marked where a character cannot be kept."""
    return _UNFIT.sub("\ufffd", said if len(said) <= longest else f"{said[: longest - 1]}…")


def checker(kind: Any) -> Check:  # noqa: ANN401 (any annotation that a fact's field has)
    """Give the check of a type. Raises TypeError for a type that no fact may have."""
    check = _made.get(kind)
    if check is None:
        check = _made[kind] = _check_of(kind)
    return check


def _check_of(kind: Any) -> Check:  # noqa: ANN401, PLR0911 (a line a kind of type)
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _of_class(cast("type", kind))
    if origin is Literal:
        return _of_words(arguments)
    if origin in (Union, UnionType):
        return _of_union(arguments)
    if origin is tuple and arguments[1:] == (...,):
        return _of_many(tuple, arguments[0])
    if origin is tuple:
        return _of_row(arguments)
    if origin is frozenset:
        return _of_many(frozenset, arguments[0])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _of_mapping(arguments[0], arguments[1])
    raise TypeError(f"{kind} is no type that a fact's field may have: domain/bounds.py knows no bound for it")


def _of_class(kind: type) -> Check:
    made: list[tuple[str, Check]] = []

    def check(value: object, room: SizeBudget) -> Flaw | None:
        if type(value) is not kind:
            return Flaw("", f"is {_kind(value)} and no {kind.__name__}")
        if not made:  # when first wanted: the types of all facts together would cost every start
            hints = get_type_hints(kind)
            made.extend((each.name, checker(hints[each.name])) for each in fields(cast("Any", kind)))
        for name, inner in made:
            flaw = inner(getattr(value, name), room)
            if flaw is not None:
                return flaw.below(name)
        return None

    return check


def _of_words(words: tuple[object, ...]) -> Check:
    allowed = frozenset((type(word), word) for word in words)  # True is 1, and no word for it

    def check(value: object, _: SizeBudget) -> Flaw | None:
        if isinstance(value, str | int) and (type(value), value) in allowed:
            return None
        return Flaw("", f"is {_kind(value)} that is none of {', '.join(map(repr, words))}")

    return check


def _of_union(members: tuple[Any, ...]) -> Check:
    by_class = {member: checker(member) for member in members if isinstance(member, type)}
    others = [checker(member) for member in members if not isinstance(member, type)]
    names = " or ".join(getattr(member, "__name__", str(member)) for member in members)

    def check(value: object, room: SizeBudget) -> Flaw | None:
        exact = by_class.get(type(value))
        if exact is not None:
            return exact(value, room)
        if any(other(value, room) is None for other in others):
            return None
        return Flaw("", f"is {_kind(value)} and no {names}")

    return check


def _of_many(holder: type, element: Any) -> Check:  # noqa: ANN401 (an annotation)
    inner = checker(element)

    def check(value: Any, room: SizeBudget) -> Flaw | None:  # noqa: ANN401 (judged here)
        if not isinstance(value, holder):
            return Flaw("", f"is {_kind(value)} and no {holder.__name__}")
        for index, one in enumerate(cast("Iterable[object]", value)):
            flaw = _counted(room) or inner(one, room)
            if flaw is not None:
                return flaw.below(f"[{index}]")
        return None

    return check


def _row(value: object) -> tuple[object, ...]:
    return cast("tuple[object, ...]", value) if isinstance(value, tuple) else ()


def _of_row(elements: tuple[Any, ...]) -> Check:
    inner = [checker(element) for element in elements]

    def check(value: Any, room: SizeBudget) -> Flaw | None:  # noqa: ANN401 (judged here)
        row = _row(value)
        if len(row) != len(inner):
            return Flaw("", f"is {_kind(value)} and no tuple of {len(inner)}")
        for index, (one, of_it) in enumerate(zip(row, inner, strict=True)):
            flaw = _counted(room) or of_it(one, room)
            if flaw is not None:
                return flaw.below(f"[{index}]")
        return None

    return check


def _of_mapping(key: Any, element: Any) -> Check:  # noqa: ANN401 (annotations)
    of_keys, of_values = checker(key), checker(element)

    def check(value: Any, room: SizeBudget) -> Flaw | None:  # noqa: ANN401 (judged here)
        if not isinstance(value, Mapping):
            return Flaw("", f"is {_kind(value)} and no mapping")
        for name, one in cast("Mapping[object, object]", value).items():
            flaw = _counted(room) or of_keys(name, room) or of_values(one, room)
            if flaw is not None:
                return flaw.below(f"[{_short(name)}]")
        return None

    return check


def _counted(room: SizeBudget) -> Flaw | None:
    room.values -= 1
    return Flaw("", "is one too many: a fact has no room for so many values") if room.values < 0 else None


def _text(value: object, room: SizeBudget) -> Flaw | None:
    if not isinstance(value, str):
        return Flaw("", f"is {_kind(value)} and no text")
    length = len(value)
    room.characters -= length
    if length > room.text:
        return Flaw("", f"is too long: {length:,} characters, and at most {room.text:,} may be")
    if room.characters < 0:
        return Flaw("", f"is {length:,} characters long, and all texts of a fact together may not be as long as they are")
    return _of_characters(value)


def _of_characters(value: str) -> Flaw | None:
    if value.isascii() and "\0" not in value:
        return None
    found = _UNFIT.search(value)
    if found is None:
        return None
    what = "NUL" if found[0] == "\0" else f"half of a pair, U+{ord(found[0]):04X}"
    return Flaw("", f"has a character at {found.start()} that cannot be kept: {what}")


def _integer(value: object, _: SizeBudget) -> Flaw | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return Flaw("", f"is {_kind(value)} and no whole number")
    if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        return Flaw("", f"does not fit 64 bits: a number of {value.bit_length():,} bits")
    return None


def _float(value: object, room: SizeBudget) -> Flaw | None:
    if isinstance(value, int):
        return _integer(value, room)
    if not isinstance(value, float):
        return Flaw("", f"is {_kind(value)} and no number")
    if not math.isfinite(value):
        return Flaw("", f"is {value}, which is no number")
    return None if abs(value) <= LARGEST_FLOAT else Flaw("", f"is {value:.3g}, beyond all that is counted or timed")


def _truth(value: object, _: SizeBudget) -> Flaw | None:
    return None if isinstance(value, bool) else Flaw("", f"is {_kind(value)} and neither true nor false")


def _nothing(value: object, _: SizeBudget) -> Flaw | None:
    return None if value is None else Flaw("", f"is {_kind(value)} and not nothing")


def _time(value: object, _: SizeBudget) -> Flaw | None:
    if not isinstance(value, datetime):
        return Flaw("", f"is {_kind(value)} and no time")
    offset = value.utcoffset()
    if offset is None or offset.seconds % 60 or offset.microseconds:
        return Flaw("", f"is {value}, a time without a zone" if offset is None else f"is {value}, in a zone that is none")
    return None if EARLIEST <= value < LATEST else Flaw("", f"is {value}, a time before 1970 or after 2199")


_PLAIN: Mapping[Any, Check] = {
    str: _text,
    int: _integer,
    float: _float,
    bool: _truth,
    datetime: _time,
    None: _nothing,
    NoneType: _nothing,
}


def _kind(value: object) -> str:
    return f"{type(value).__name__} ({_short(value)})"


def _short(value: object) -> str:
    said = ascii(value) if not isinstance(value, int) or abs(value) <= LARGEST_INTEGER else f"{value.bit_length()} bits"
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"
