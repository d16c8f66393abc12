"""Where two trees of one text differ, as the fewest edits of the text: what is not edited stays as it was, comments and all."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from adapters.spec_file.tree import MappingEntry, TreeNode

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@-]*(:[A-Za-z0-9_./@-]+)*")
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON takes as it is, and YAML only as an escape (YAML 1.2.2, 5.1), or as the end of a line."""
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_STRING = r'"(?:[^"\\]|\\.)*+(?:"|(?P<open>\Z))|'


class Unfixable(Exception):
    """The text is written in a way that cannot be edited in place."""


def _double(plain: object) -> str:
    """Write a value as JSON and YAML both read it."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(plain, ensure_ascii=False))


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Put `text` in place of the characters from `start` to `end`."""

    start: int
    end: int
    text: str


def apply(text: str, edits: list[Edit]) -> str:
    """Give the edited text. Raises Unfixable when two edits meet."""
    parts: list[str] = []
    behind = 0
    for edit in sorted(edits):
        if edit.start < behind:
            raise Unfixable("two changes meet in one place")
        parts += [text[behind : edit.start], edit.text]
        behind = edit.end
    return "".join([*parts, text[behind:]])


def alone_in(now: TreeNode, was: TreeNode) -> bool:
    """Tell whether a value has become the one item of a list."""
    return now.items is not None and [item.id for item in now.items] == [was.id] != [0]


@dataclass(frozen=True, slots=True)
class Editor:
    """Compares the tree of a text with the tree that it should have. `comment` begins a comment; `bare` keys need no quotes."""

    text: str
    comment: str
    bare: bool

    def edits(self, was: TreeNode, now: TreeNode) -> Iterator[Edit]:
        """Give the edits that make one of the other. Raises Unfixable."""
        if was.entries is not None and alone_in(now, was):
            yield from self._listed(was)
        elif was.entries is not None and now.entries is not None:
            yield from self._mapping(was, was.entries, now.entries)
        elif was.items is not None and now.items is not None and len(was.items) <= len(now.items):
            for one, other in zip(was.items, now.items, strict=False):
                yield from self.edits(one, other)
            yield from self._appended(was, now.items[len(was.items) :])
        elif was.plain() != now.plain() or type(was.value) is not type(now.value):
            yield Edit(*was.span, self._scalar(now, self.text[was.span[0]]))

    def _listed(self, was: TreeNode) -> Iterator[Edit]:
        """Make a mapping the one item of a list: in brackets, or behind a dash."""
        begin, end = was.span
        if was.flow:
            yield from (Edit(begin, begin, "["), Edit(end, end, "]"))
            return
        if self.text[self._line(begin) : begin].strip():
            raise Unfixable("a line holds more than what becomes the item of a list")
        yield Edit(begin, begin, "- ")
        for match in re.finditer(r"\n(?=[^\r\n])", self.text[begin:end]):
            place = begin + match.end()
            if place < end:
                yield Edit(place, place, "  ")

    def _mapping(self, was: TreeNode, old: Mapping[str, MappingEntry], new: Mapping[str, MappingEntry]) -> Iterator[Edit]:
        by_id = {entry.node.id: key for key, entry in new.items() if entry.node.id}
        gone: list[MappingEntry] = []
        kept: list[MappingEntry] = []
        matched: set[str] = set()
        for key, entry in old.items():
            now = key if key in new else by_id.get(entry.node.id, "")
            if not now or (now != key and now in old):
                gone.append(entry)
                continue
            kept.append(entry)
            matched.add(now)
            if now != key:
                yield Edit(*entry.span, self._key(now, self.text[entry.span[0]]))
            yield from self.edits(entry.node, new[now].node)
        if not kept:
            raise Unfixable("nothing would be left of a mapping")
        added = {key: entry.node for key, entry in new.items() if key not in matched}
        if was.flow:
            yield from self._flow_changes(list(old.values()), gone, added)
        else:
            yield from self._block_changes(kept, gone, added)

    # Between brackets

    def _flow_changes(self, all_of: list[MappingEntry], gone: list[MappingEntry], added: dict[str, TreeNode]) -> Iterator[Edit]:
        lost = {id(entry) for entry in gone}
        last = max(index for index, entry in enumerate(all_of) if id(entry) not in lost)
        for index, entry in enumerate(all_of[:last]):
            if id(entry) in lost:
                begin, end = entry.span[0], all_of[index + 1].span[0]
                yield Edit(begin, end, self._kept_comments(begin, end, self._indent(begin)))
        begin, end = all_of[last].node.span[1], all_of[-1].node.span[1]
        text = "".join(
            f"{self._next(all_of[last])}{self._key(key, '')}: {self._flow(node.plain())}" for key, node in added.items()
        )
        indent = self._indent(all_of[-1].span[0])
        if begin != end and (comments := self._kept_comments(begin, end, indent)):
            text += f"\n{indent}" + comments.rstrip()
            behind = self.text[end : self._line_end(end)].rstrip("\r\n")
            if behind.strip():
                # What follows on the line must not become part of the comment.
                text += f"\n{indent}"
                end += len(behind) - len(behind.lstrip())
        if text or begin != end:
            yield Edit(begin, end, text)

    def _next(self, beside: MappingEntry) -> str:
        """Begin another entry as its neighbour begins: on a line of its own, or on the same one."""
        before = self.text[self._line(beside.span[0]) : beside.span[0]]
        return ", " if before.strip() else ",\n" + before

    def _flow(self, plain: object) -> str:
        if isinstance(plain, dict):
            pairs = cast("dict[str, object]", plain).items()
            return "{" + ", ".join(f"{self._key(key, '')}: {self._flow(value)}" for key, value in pairs) + "}"
        if isinstance(plain, list):
            return "[" + ", ".join(self._flow(item) for item in cast("list[object]", plain)) + "]"
        return self._word(plain)

    # In lines

    def _block_changes(self, kept: list[MappingEntry], gone: list[MappingEntry], added: dict[str, TreeNode]) -> Iterator[Edit]:
        for entry in gone:
            begin = self._line(entry.span[0])
            if self.text[begin : entry.span[0]].strip():
                raise Unfixable("a line holds more than what has to go")
            end = self._line_end(max(entry.node.span[1], entry.span[1]))
            yield Edit(begin, end, self._kept_comments(begin, end, self.text[begin : entry.span[0]]))
        if added:
            indent = " " * (kept[0].span[0] - self._line(kept[0].span[0]))
            lines = "".join(f"{indent}{self._key(key, '')}:{self._block(node.plain(), indent)}" for key, node in added.items())
            yield self._lines_after(max(entry.node.span[1] for entry in kept), lines)

    def _appended(self, was: TreeNode, more: list[TreeNode]) -> Iterator[Edit]:
        if not more:
            return
        if was.flow or not was.items:
            begin = was.items[-1].span[1] if was.items else was.span[1] - 1
            words = ", ".join(self._flow(node.plain()) for node in more)
            yield Edit(begin, begin, f", {words}" if was.items else words)
            return
        indent = " " * (was.span[0] - self._line(was.span[0]))
        yield self._lines_after(was.span[1], "".join(self._item(node.plain(), indent) for node in more))

    def _block(self, plain: object, indent: str) -> str:
        """Write a value behind its key; a list of mappings in lines, all else in brackets."""
        inline = f" {self._flow(plain)}\n"
        items = cast("list[object]", plain) if isinstance(plain, list) else []
        if any(isinstance(item, dict) for item in items):
            return "\n" + "".join(self._item(item, indent + "  ") for item in items)
        return inline

    def _item(self, plain: object, indent: str) -> str:
        inline = f"{indent}- {self._flow(plain)}\n"
        pairs = cast("dict[str, object]", plain) if isinstance(plain, dict) else {}
        if not pairs:
            return inline
        lines = [f"{self._key(key, '')}: {self._flow(value)}\n" for key, value in pairs.items()]
        return "".join(f"{indent}{'- ' if number == 0 else '  '}{line}" for number, line in enumerate(lines))

    def _lines_after(self, place: int, lines: str) -> Edit:
        if place and self.text[place - 1] == "\n":
            return Edit(place, place, lines)
        end = self._line_end(place)
        if self.text[end - 1 : end] == "\n":
            return Edit(end, end, lines)
        return Edit(end, end, "\n" + lines.removesuffix("\n"))

    # Words

    def _scalar(self, node: TreeNode, quote: str) -> str:
        plain = node.plain()
        if quote == "'" and isinstance(plain, str) and plain.isprintable():
            return "'" + plain.replace("'", "''") + "'"
        return _double(plain) if quote == '"' and isinstance(plain, str) else self._flow(plain)

    def _key(self, key: str, quote: str) -> str:
        return f"{quote}{key}{quote}" if quote in {'"', "'"} else key if self.bare else f'"{key}"'

    def _word(self, plain: object) -> str:
        simple = isinstance(plain, str) and self.bare and _PLAIN.fullmatch(plain) and plain.lower() not in _WORDS
        return str(plain) if simple else _double(plain)

    # Lines and comments

    def _line(self, place: int) -> int:
        return self.text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        if place and self.text[place - 1] == "\n":
            return place
        end = self.text.find("\n", place)
        return len(self.text) if end < 0 else end + 1

    def _indent(self, place: int) -> str:
        before = self.text[self._line(place) : place]
        return before[: len(before) - len(before.lstrip())]

    def _kept_comments(self, begin: int, end: int, indent: str) -> str:
        """Give the comments of a part that goes, each on a line of its own."""
        comments = list(self._comments(self.text[begin:end]))
        if not comments:
            return ""
        # What stands before the part keeps its place, so the first comment is indented already unless whole lines go.
        whole = begin == self._line(begin)
        lines = f"\n{indent}".join(comments)
        return f"{indent}{lines}\n" if whole else f"{lines}\n{indent}"

    def _comments(self, part: str) -> Iterator[str]:
        # Strings are matched first, so that what looks like a comment within one is not taken for it.
        marks = r"//[^\n]*|/\*.*?(?:\*/|\Z)" if self.comment == "//" else r"(?:(?<=\s)|^)\#[^\n]*"
        single = "" if self.comment == "//" else r"'(?:[^']|'')*'|"
        at = 0
        # A quote that begins no string is a character like others, and so are all behind it: that is found out once.
        for strings in (_STRING, "(?P<open>(?!))|"):
            pattern = re.compile(rf"{strings}{single}(?P<comment>{marks})", re.DOTALL | re.MULTILINE)
            for match in pattern.finditer(part, at):
                if match["open"] is not None:
                    at = match.start() + 1
                    break
                if match["comment"]:
                    yield match["comment"].rstrip()
            else:
                return
