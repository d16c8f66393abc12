"""The line that a problem is about, as it stands in the file, with what may be private in it masked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.spec_file.problems import Problem, Unreadable, looks_secret, private
from adapters.spec_file.reading import format_of
from adapters.spec_file.tree import LARGEST, Builder, Node

_HIDDEN = "•"
_WIDEST = 120
# In a text that cannot be read, all that stands behind such a word on its line is taken for private.
_SAID = re.compile(r"""(?i)(?:value|password|secret|token|key)[\w.-]{0,64}["']?[^\S\n]{0,8}[:=]""")
_USERINFO = re.compile(r"(?<=//)[^/\s@]+(?=@)")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line of a file, cut to a screen's width, and which part of it is meant: `column` from 0, `length` at least 1."""

    line: int
    text: str
    column: int
    length: int


@dataclass(slots=True)
class Source:
    """A file's text, from which lines are shown; private values are masked in it, character by character."""

    text: bytes
    file: str
    _lines: list[str] = field(init=False)
    _parts: dict[tuple[int, int], int] = field(init=False)

    def __post_init__(self) -> None:
        """Mask once for all lines."""
        source = self.text[:LARGEST].decode("utf-8-sig", "replace")
        spans, self._parts = _taken_apart(source, self.file)
        if spans is None:
            source = "".join(_behind_words(line) for line in source.splitlines(keepends=True))
        characters = list(source)
        for begin, end in spans or ():
            characters[begin:end] = [_HIDDEN if one not in "\r\n" else one for one in characters[begin:end]]
        self._lines = _USERINFO.sub(lambda match: _HIDDEN * len(match[0]), "".join(characters)).splitlines()

    def excerpt(self, problem: Problem) -> Excerpt | None:
        """Give the line that a problem is about; None when the file has no such line."""
        if problem.line > len(self._lines):
            return None
        line = "".join(character if character.isprintable() else " " for character in self._lines[problem.line - 1])
        column = min(problem.column - 1, len(line))
        length = max(1, min(self._parts.get((problem.line, problem.column), 1), len(line) - column))
        begin = max(0, min(column - 40, len(line) - _WIDEST))
        shown = line[begin : begin + _WIDEST]
        return Excerpt(problem.line, shown, column - begin, max(1, min(length, len(shown) - (column - begin))))


def _taken_apart(source: str, file: str) -> tuple[list[tuple[int, int]] | None, dict[tuple[int, int], int]]:
    """Give where private values stand, and how long what stands at each place is; (None, {}) for what cannot be read so."""
    try:
        form = format_of(file, source)
        root = form.read(source, Builder()) if form.name != "toml" else None
    except Unreadable:
        root = None
    if root is None:
        return None, {}
    parts: dict[tuple[int, int], int] = {}
    for _, node in root.walk():
        if node.items is None and node.entries is None:
            parts[node.at.line, node.at.column] = node.span[1] - node.span[0]
        for entry in (node.entries or {}).values():
            parts[entry.at.line, entry.at.column] = entry.span[1] - entry.span[0]
    return list(_private(root)), parts


def _behind_words(line: str) -> str:
    word = _SAID.search(line)
    if word is None:
        return line
    return line[: word.end()] + "".join(_HIDDEN if not one.isspace() else one for one in line[word.end() :])


def _private(root: Node) -> Iterator[tuple[int, int]]:
    for path, node in root.walk():
        if node.items is not None or node.entries is not None or node.value is None:
            continue
        key = path.rpartition(".")[2]
        if (private(path) or looks_secret(key)) and not str(node.value).lower().startswith("secret:"):
            yield node.span
