"""The line that a problem is about, as it stands in the file, with what may be private in it masked."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from adapters.spec_file.problems import Problem, UnreadableText, looks_secret, private
from adapters.spec_file.reading import format_of
from adapters.spec_file.tree import LARGEST, Builder, TreeNode
from domain import credentials
from domain.masks import MASK, joined

_WIDEST = 120
# In a text that cannot be read, all that stands behind such a word on its line is taken for private.
_SAID = re.compile(r"""(?i)(?:value|password|secret|token|key)[\w.-]{0,64}["']?[^\S\n]{0,8}[:=]""")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line of a file, cut to a screen's width, and which part of it is meant: `column` from 0, `length` at least 1."""

    line: int
    text: str
    column: int
    length: int


@dataclass(slots=True)
class SourceText:
    """A file's text, from which lines are shown; where a private value stands in it, the mark is shown."""

    text: bytes
    file: str
    _lines: list[str] = field(init=False)
    _hidden: list[list[tuple[int, int]]] = field(init=False)
    _parts: dict[tuple[int, int], int] = field(init=False)

    def __post_init__(self) -> None:
        """Find once, for all lines, what is to be hidden."""
        source = self.text[:LARGEST].decode("utf-8-sig", "replace")
        spans, self._parts = _taken_apart(source, self.file)
        if spans is None:
            spans = list(_behind_words(source))
        self._lines = source.splitlines()
        self._hidden = _by_line(source, [*spans, *credentials.spans(source)])

    def excerpt(self, problem: Problem) -> Excerpt | None:
        """Give the line that a problem is about; None when the file has no such line, or it is about an option."""
        if problem.file != self.file or problem.line > len(self._lines):
            return None
        plain, hidden = self._lines[problem.line - 1], self._hidden[problem.line - 1]
        first = min(problem.column - 1, len(plain))
        last = min(first + self._parts.get((problem.line, problem.column), 1), len(plain))
        line, column, end = _without(plain, hidden, first, last)
        length = max(1, end - column)
        begin = max(0, min(column - 40, len(line) - _WIDEST))
        shown = line[begin : begin + _WIDEST]
        return Excerpt(problem.line, shown, column - begin, max(1, min(length, len(shown) - (column - begin))))


def _taken_apart(source: str, file: str) -> tuple[list[tuple[int, int]] | None, dict[tuple[int, int], int]]:
    """Give where private values stand, and how long what stands at each place is; (None, {}) for what cannot be read so."""
    try:
        form = format_of(file, source)
        root = form.read(source, Builder()) if form.name != "toml" else None
    except UnreadableText:
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


def _behind_words(source: str) -> Iterator[tuple[int, int]]:
    """Give what stands behind telling words, to the end of the line, and the lines below that are indented further."""
    begin, margin = 0, None
    for line in source.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip(" "))
        if margin is not None and (indent > margin or not line.strip()):
            yield begin + indent, begin + len(line.rstrip())
        else:
            word = _SAID.search(line)
            margin = None if word is None else line.find(word[0].lstrip())
            if word is not None:
                yield begin + word.end(), begin + len(line.rstrip())
        begin += len(line)


def _by_line(source: str, spans: Iterable[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Cut spans of a text at the ends of its lines, and give each line its own."""
    lines = source.splitlines(keepends=True)
    begins = list(accumulate(map(len, lines), initial=0))
    by_line: list[list[tuple[int, int]]] = [[] for _ in lines]
    for begin, end in joined(spans):
        for n in range(max(0, bisect_right(begins, begin) - 1), len(lines)):
            if begins[n] >= end:
                break
            text = lines[n].rstrip("\r\n")
            first = max(begin - begins[n], len(text) - len(text.lstrip()) if begin < begins[n] else 0)
            if first < min(end - begins[n], len(text)):
                by_line[n].append((first, min(end - begins[n], len(text))))
    return by_line


def _without(line: str, hidden: Iterable[tuple[int, int]], first: int, last: int) -> tuple[str, int, int]:
    """Write a line with the mark for what is hidden; and give where the part from `first` to `last` stands in it then."""
    shown, at, column, end = "", 0, -1, -1
    for begin, until in (*hidden, (len(line), len(line))):
        open_part = "".join(one if one.isprintable() else " " for one in line[at:begin])
        column = len(shown) + first - at if column < 0 and first < begin else column
        end = len(shown) + last - at if end < 0 and last <= begin else end
        shown += open_part
        column = len(shown) if column < 0 and first < until else column
        shown += MASK if until > begin else ""
        end = len(shown) if end < 0 and last <= until else end
        at = until
    return shown, column if column >= 0 else len(shown), end if end >= 0 else len(shown)


def _private(root: TreeNode) -> Iterator[tuple[int, int]]:
    for path, node in root.walk():
        if node.items is not None or node.entries is not None or node.value is None:
            continue
        key = path.rpartition(".")[2]
        if (private(path) or looks_secret(key)) and not str(node.value).lower().startswith("secret:"):
            yield node.span
