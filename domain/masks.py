"""Masks: the one place that takes private values out of a text, and the one mark that stands for them.

A text is masked in two ways. *Credentials* are found by where they stand (`domain.credentials`): in a URL, before an image, in a
header. *Known values* (the literals of a deployment's environment and headers, the values of a Secret that is just stored) are
found in every form that they may be written in (`domain.value_encodings`). All are looked for in the same text, and what they
cover together is replaced at once: a short value that is part of a long one leaves no pieces of it.

Where a value stands in a field of its own, `MASK` stands in its place whatever it is. In running text not every value can be
hidden, or `true` would turn all of it into dots: `hides` is the rule (docs/decisions/masks.md).
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from domain import credentials
from domain.objects import flatten
from domain.value_encodings import FORMS, Form, forms_of

MASK = "••••"
SHORTEST = 4
"""A shorter value is not looked for in running text."""
_WORD = 8
"""A value of only letters, or only digits, that is shorter is hidden where it stands as a word of its own."""
_CUT = 12
"""So many characters of a value that a cut left are still taken for it."""
_STRIDE = 256
"""A long value, of which a text may hold a part that was cut at both ends, is looked for at every so many characters."""
_ELLIPSES = ("…", "...")
_WORDS = """
    true false none null nil yes no on off enabled disabled default auto always never
    trace debug info notice warn warning error fatal critical verbose quiet silent
    dev develop development test testing stage staging prod production live local localhost
    http https grpc tcp udp json text yaml plain utf-8 utf8 ascii main master latest
    user root admin app web api server client worker node python java bash linux amd64 arm64
"""
_PLAIN = frozenset(_WORDS.split())
"""Words that say nothing: everyone's configuration holds them, and so does every message."""


def hides(value: str) -> bool:
    """Tell whether a value is hidden in running text: not the shortest, not a plain word, not a small number."""
    bare = value.strip()
    return len(bare) >= SHORTEST and bare.lower() not in _PLAIN and not (bare.isdecimal() and len(bare) <= 5)


@dataclass(frozen=True, slots=True)
class Masks:
    """What is to be hidden: every form of every known value. Of no value, only credentials are."""

    needles: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Iterable[str], forms: tuple[Form, ...] = FORMS) -> Self:
        """Know these values; of those that hold others (JSON, a URL with a login) also the parts."""
        parts = {part for value in values for part in _with_parts(value)}
        found = {form for part in parts if hides(part) for form in forms_of(part, forms)}
        return cls(tuple(sorted(filter(hides, found))))

    def hide(self, text: str) -> str:
        """Give a text with the mark in place of all that is private; the same text where nothing is."""
        return _without(text, [*credentials.spans(text), *self._known(text)])

    def hide_known(self, text: str) -> str:
        """Give a text with the mark in place of known values only: a person's own words else stay as they were typed."""
        return _without(text, [*self._known(text)])

    def _known(self, text: str) -> Iterator[tuple[int, int]]:
        for needle in self.needles:
            yield from _whole(text, needle)
            if len(needle) > _CUT:
                yield from _cut(text, needle)


NOTHING_KNOWN = Masks()
"""Hides credentials, which show themselves."""


def _with_parts(value: str) -> Iterator[str]:
    yield value
    if "://" in value and "@" in value:
        for begin, end in credentials.spans(value):
            user, _, password = value[begin:end].partition(":")
            yield from (part for part in (password or user,) if part)
            yield from (unquote(password),)
    if value.lstrip()[:1] in {"{", "["}:
        with suppress(ValueError, RecursionError):
            yield from (leaf for leaf in flatten(json.loads(value)).values() if isinstance(leaf, str))


def _whole(text: str, needle: str) -> Iterator[tuple[int, int]]:
    as_word = len(needle) < _WORD and (needle.isalpha() or needle.isdecimal())
    begin = text.find(needle)
    while begin >= 0:
        end = begin + len(needle)
        if not as_word or not (text[begin - 1 : begin].isalnum() or text[end : end + 1].isalnum()):
            yield begin, end
        begin = text.find(needle, end)


def _cut(text: str, needle: str) -> Iterator[tuple[int, int]]:
    """Find what is left of a needle where a text was cut: at its begin, its end, or at an ellipsis."""
    for offset in (0, len(needle) - _CUT, *range(_STRIDE, len(needle) - _CUT, _STRIDE)):
        anchor = needle[offset : offset + _CUT]
        at = text.find(anchor) if len(set(anchor)) > _CUT // 3 else -1
        while at >= 0:
            begin, end = at - _alike_before(text, at, needle, offset), at + _alike(text, at, needle, offset)
            from_begin, to_end = offset - (at - begin) == 0, offset + (end - at) == len(needle)
            if (from_begin or _cut_before(text, begin)) and (to_end or _cut_behind(text, end)):
                yield begin, end
            at = text.find(anchor, end)


def _alike(text: str, at: int, needle: str, offset: int) -> int:
    """Count the characters that are the same in both from there on, in steps that grow while they are and shrink when not."""
    most, alike, step = min(len(text) - at, len(needle) - offset), 0, _CUT
    while step:
        step = min(step, most - alike)
        here = slice(at + alike, at + alike + step)
        same = text[here] == needle[offset + alike : offset + alike + step]
        alike, step = (alike + step, step * 2) if same else (alike, step // 2)
    return alike


def _alike_before(text: str, at: int, needle: str, offset: int) -> int:
    """Count the characters that are the same in both before there."""
    most, alike, step = min(at, offset), 0, _CUT
    while step:
        step = min(step, most - alike)
        here = slice(at - alike - step, at - alike)
        same = text[here] == needle[offset - alike - step : offset - alike]
        alike, step = (alike + step, step * 2) if same else (alike, step // 2)
    return alike


def _cut_before(text: str, begin: int) -> bool:
    return begin == 0 or text[:begin].endswith(_ELLIPSES)


def _cut_behind(text: str, end: int) -> bool:
    return end >= len(text) or text.startswith(_ELLIPSES, end)


def _without(text: str, covered: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    done = 0
    for begin, end in joined(covered):
        parts += [text[done:begin], MASK]
        done = end
    return "".join([*parts, text[done:]])


def joined(covered: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Lay spans that touch or overlap together."""
    last: tuple[int, int] | None = None
    for begin, end in sorted(covered):
        if last is None or begin > last[1]:
            if last is not None:
                yield last
            last = (begin, end)
        else:
            last = (last[0], max(last[1], end))
    if last is not None:
        yield last
