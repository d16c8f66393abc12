"""What can be told of a text that is no sound spec: its first words, by the reader itself, which goes as far as it comes."""

from collections.abc import Iterator
from contextlib import suppress

from adapters.spec_file.problems import UnreadableText
from adapters.spec_file.reading import format_of
from adapters.spec_file.tree import LARGEST, Builder

_LONGEST = 128
_QUOTES = "\"'"


def glimpse(text: bytes, file: str, *fields: str) -> str:
    """Give what stands under one of these fields at the top of a text; empty where nothing that is text can be made out.

    Where the reader gives up before it comes there, the lines are looked at one by one.
    """
    source = text[:LARGEST].decode("utf-8-sig", "replace")
    builder = Builder()
    with suppress(UnreadableText):
        format_of(file, source).read(source, builder)
    entries = (builder.first.entries if builder.first else None) or {}
    read = (entries[field].node.value for field in fields if field in entries)
    found = next((value for value in read if isinstance(value, str)), None)
    return (found if found is not None else next(_written(source, fields), ""))[:_LONGEST].strip()


def _written(source: str, fields: tuple[str, ...]) -> Iterator[str]:
    """Find lines that look like `field: value`, in any of the formats."""
    for line in source.splitlines():
        head = line[: 4 * _LONGEST]
        for mark in ":=":
            key, sign, rest = head.partition(mark)
            if sign and key.strip().strip(_QUOTES) in fields and not key[:1].isspace():
                value = _value(rest.strip())
                if value:
                    yield value


def _value(rest: str) -> str:
    if rest[:1] in _QUOTES and rest:
        return rest[1:].partition(rest[0])[0].strip()
    return rest.partition("#")[0].strip().rstrip(",").strip().strip(_QUOTES)
