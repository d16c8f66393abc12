"""JSON, with comments and trailing commas as editors write them, each value with its place."""

import json
import re
from bisect import bisect_right
from dataclasses import dataclass

from adapters.spec_file.problems import Finding, Place, Unreadable
from adapters.spec_file.tree import Builder, Entry, Node, Scalar

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
    at: Place
    start: int

    @property
    def span(self) -> tuple[int, int]:
        """Give where it stands, in characters."""
        return self.start, self.start + len(self.text)


def read_json(text: str, builder: Builder) -> Node | None:
    """Read the one value of a text; None when there is none. Raises Unreadable."""
    tokens = _tokens(text)
    if len(tokens) == 1:
        return None
    reader = _Reader(tokens, builder)
    root = reader.value(depth=0)
    reader.expect("end", "")
    return root


def _tokens(text: str) -> list[_Token]:
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    found: list[_Token] = []
    offset = 0
    while offset < len(text):
        line = bisect_right(starts, offset)
        at = Place(line, offset - starts[line - 1] + 1)
        match = _TOKEN.match(text, offset)
        if match is None:
            raise Unreadable(Finding("syntax", "this is not JSON: an unexpected character or an unclosed string", at))
        if match.lastgroup:
            found.append(_Token(match.lastgroup, match.group(), at, offset))
        offset = match.end()
    return [*found, _Token("end", "", Place(len(starts), max(1, offset - starts[-1])), offset)]


class _Reader:
    """Goes over the tokens once; nesting is bounded by the builder, so recursion is too."""

    def __init__(self, tokens: list[_Token], builder: Builder) -> None:
        self._tokens = tokens
        self._next = 0
        self._builder = builder

    def value(self, *, depth: int) -> Node:
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

    def _scalar(self, token: _Token, value: Scalar, depth: int) -> Node:
        node = self._builder.scalar(token.at, value, depth=depth)
        node.span = token.span
        return node

    def expect(self, kind: str, text: str) -> None:
        token = self._take()
        if (token.kind, token.text) != (kind, text):
            raise self._fault(token, f"`{text}`" if text else "the end")

    def _mapping(self, opening: _Token, depth: int) -> Node:
        node = self._builder.node(opening.at, depth=depth)
        node.entries = {}
        while not self._closes("}"):
            key = self._take()
            if key.kind != "text":
                raise self._fault(key, "a key in double quotes")
            self.expect("mark", ":")
            self._builder.put(node, self._string(key), Entry(key.at, self.value(depth=depth), key.span))
            self._separated("}")
        node.span = (opening.start, self._behind)
        return node

    def _list(self, opening: _Token, depth: int) -> Node:
        node = self._builder.node(opening.at, depth=depth)
        node.items = []
        while not self._closes("]"):
            node.items.append(self.value(depth=depth))
            self._separated("]")
        node.span = (opening.start, self._behind)
        return node

    @property
    def _behind(self) -> int:
        return self._tokens[self._next - 1].span[1]

    def _closes(self, mark: str) -> bool:
        token = self._tokens[self._next]
        if token.kind == "mark" and token.text == mark:
            self._next += 1
            return True
        return False

    def _separated(self, mark: str) -> None:
        token = self._tokens[self._next]
        if token.kind == "mark" and token.text == mark:
            return
        self.expect("mark", ",")

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += token.kind != "end"
        return token

    def _string(self, token: _Token) -> str:
        try:
            return str(json.loads(token.text))
        except ValueError as error:
            raise Unreadable(Finding("syntax", "this is not JSON: an unknown escape in the string", token.at)) from error

    def _word(self, token: _Token) -> Scalar:
        if token.text in _WORDS:
            return _WORDS[token.text]
        if _INTEGER.fullmatch(token.text):
            return int(token.text)
        if _NUMBER.fullmatch(token.text):
            return float(token.text)
        raise self._fault(token, "a value")

    def _fault(self, token: _Token, wanted: str) -> Unreadable:
        # The text itself is not repeated: it may be a credential that was written in the wrong place.
        found = "the end of the text" if token.kind == "end" else ("`" + token.text + "`" if token.kind == "mark" else "a word")
        return Unreadable(Finding("syntax", f"this is not JSON: {wanted} was expected, not {found}", token.at))
