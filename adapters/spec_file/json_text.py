"""JSON, with comments and trailing commas as editors write them, each value with its place."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.spec_file.problems import FileFinding, Location, UnreadableText
from adapters.spec_file.tree import Builder, MappingEntry, Scalar, TreeNode

_TOKEN = re.compile(
    r"""[ \t\r\n]+|//[^\n]*|/\*.*?\*/
    |(?P<mark>[{}\[\]:,])
    |(?P<text>"(?:[^"\\\x00-\x1f]|\\.)*")
    |(?P<word>[-+.\w]+)""",
    re.VERBOSE | re.DOTALL,
)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: Location
    start: int

    @property
    def span(self) -> tuple[int, int]:
        """Give where it stands, in characters."""
        return self.start, self.start + len(self.text)


def read_json(text: str, builder: Builder) -> TreeNode | None:
    """Read the one value of a text; None when there is none. Raises Unreadable."""
    reader = _Reader(_tokens(text), builder)
    if reader.at_end:
        return None
    root = reader.value(depth=0)
    reader.expect("end", "")
    return root


def _tokens(text: str) -> Iterator[_Token]:
    """Give them one by one, so that what is beyond the limits is never taken apart."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    offset = 0
    while offset < len(text):
        line = bisect_right(starts, offset)
        at = Location(line, offset - starts[line - 1] + 1)
        match = _TOKEN.match(text, offset)
        if match is None:
            raise UnreadableText(FileFinding("syntax", "this is not JSON: an unexpected character or an unclosed string", at))
        if match.lastgroup:
            yield _Token(match.lastgroup, match.group(), at, offset)
        offset = match.end()
    yield _Token("end", "", Location(len(starts), max(1, offset - starts[-1])), offset)


class _Reader:
    """Goes over the tokens once; nesting is bounded by the builder, so recursion is too."""

    def __init__(self, tokens: Iterator[_Token], builder: Builder) -> None:
        self._tokens = tokens
        self._next = next(tokens)
        self._last = self._next
        self._builder = builder

    @property
    def at_end(self) -> bool:
        return self._next.kind == "end"

    def value(self, *, depth: int) -> TreeNode:
        token = self._take()
        if token.text == "{" and token.kind == "mark":
            return self._mapping(token, depth + 1)
        if token.text == "[" and token.kind == "mark":
            return self._list(token, depth + 1)
        if token.kind == "text":
            return self._scalar(token, self._string(token), depth)
        if token.kind == "word":
            return self._scalar(token, self._word(token), depth)
        raise self._fault(token, "a value")

    def _scalar(self, token: _Token, value: Scalar, depth: int) -> TreeNode:
        node = self._builder.scalar(token.at, value, depth=depth)
        node.span = token.span
        return node

    def expect(self, kind: str, text: str) -> None:
        token = self._take()
        if (token.kind, token.text) != (kind, text):
            raise self._fault(token, f"`{text}`" if text else "the end")

    def _mapping(self, opening: _Token, depth: int) -> TreeNode:
        node = self._builder.node(opening.at, depth=depth)
        node.entries = {}
        while not self._closes("}"):
            key = self._take()
            if key.kind != "text":
                raise self._fault(key, "a key in double quotes")
            self.expect("mark", ":")
            self._builder.put(node, self._string(key), MappingEntry(key.at, self.value(depth=depth), key.span))
            self._separated("}")
        node.span = (opening.start, self._behind)
        return node

    def _list(self, opening: _Token, depth: int) -> TreeNode:
        node = self._builder.node(opening.at, depth=depth)
        node.items = []
        while not self._closes("]"):
            node.items.append(self.value(depth=depth))
            self._separated("]")
        node.span = (opening.start, self._behind)
        return node

    @property
    def _behind(self) -> int:
        return self._last.span[1]

    def _closes(self, mark: str) -> bool:
        if self._next.kind == "mark" and self._next.text == mark:
            self._take()
            return True
        return False

    def _separated(self, mark: str) -> None:
        if self._next.kind != "mark" or self._next.text != mark:
            self.expect("mark", ",")

    def _take(self) -> _Token:
        self._last = self._next
        if not self.at_end:
            self._next = next(self._tokens)
        return self._last

    def _string(self, token: _Token) -> str:
        try:
            return str(json.loads(token.text))
        except ValueError as error:
            raise UnreadableText(FileFinding("syntax", "this is not JSON: an unknown escape in the string", token.at)) from error

    def _word(self, token: _Token) -> Scalar:
        if token.text in _WORDS:
            return _WORDS[token.text]
        if _INTEGER.fullmatch(token.text):
            return int(token.text)
        if _NUMBER.fullmatch(token.text):
            return float(token.text)
        raise self._fault(token, "a value")

    def _fault(self, token: _Token, wanted: str) -> UnreadableText:
        # The text itself is not repeated: it may be a credential that was written in the wrong place.
        found = "the end of the text" if token.kind == "end" else ("`" + token.text + "`" if token.kind == "mark" else "a word")
        return UnreadableText(FileFinding("syntax", f"this is not JSON: {wanted} was expected, not {found}", token.at))
