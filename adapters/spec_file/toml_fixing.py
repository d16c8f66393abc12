"""The modern form of a TOML file, line by line: what stands on lines of its own is edited there, anything else is left alone."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from adapters.spec_file.edits import Edit, Unfixable, alone_in, apply
from adapters.spec_file.problems import join
from adapters.spec_file.toml_text import Statement, statements
from adapters.spec_file.tree import TreeNode

_VALUE = re.compile(r"""\s*(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|\[[^#\n]*\]|[^#\s,]+)(?P<rest>[^\S\n]*(?:\#[^\n]*)?)(?:\n|\Z)""")


def fix_toml(source: str, was: TreeNode, now: TreeNode) -> str:
    """Make the text of one tree that of the other. Raises Unfixable."""
    lines = list(statements(source))
    page = _Page(source, lines, {line.path: line for line in reversed(lines) if not line.header})
    text = apply(source, list(page.edits(was, now, "")))
    return text.rstrip("\n") + "\n" + "".join(page.behind) if page.behind else text


@dataclass(slots=True)
class _Page:
    """A text, its statements, the first that sets each path; `behind` is what goes to its end."""

    text: str
    lines: list[Statement]
    settings: dict[str, Statement]
    behind: "list[str] | tuple[()]" = ()

    def edits(self, was: TreeNode, now: TreeNode, path: str) -> Iterator[Edit]:
        """Give the edits of a part; paths are those of the text as it is."""
        if was.entries is not None and alone_in(now, was):
            yield from self._listed(path)
        elif was.entries is not None and now.entries is not None:
            yield from self._mapping(was, now, path)
        elif was.items is not None and now.items is not None and _of_mappings(was):
            for index, (one, other) in enumerate(zip(was.items, now.items, strict=False)):
                yield from self.edits(one, other, join(path, index))
            self._at_the_end(path, [node.plain() for node in now.items[len(was.items) :]])
        elif was.plain() != now.plain():
            line = self._line(path)
            value = self._value(line)
            yield Edit(value.start("value"), value.end("value"), _written(now.plain()))

    def _listed(self, path: str) -> Iterator[Edit]:
        """Make a table the one item of a list of tables."""
        header = next((line for line in self.lines if line.header and line.path == path), None)
        if header is None:
            raise Unfixable(f"`{path}` does not stand on lines of its own")
        begin, end = (self.text.index(bracket, header.start) for bracket in "[]")
        yield from (Edit(begin, begin, "["), Edit(end, end, "]"))

    def _mapping(self, was: TreeNode, now: TreeNode, path: str) -> Iterator[Edit]:
        old, new = was.entries or {}, now.entries or {}
        by_id = {entry.node.id: key for key, entry in new.items() if entry.node.id}
        matched: set[str] = set()
        for key, entry in old.items():
            current = key if key in new else by_id.get(entry.node.id, "")
            if not current or (current != key and current in old):
                yield self._removal(join(path, key))
                continue
            matched.add(current)
            if current != key:
                yield from self._renaming(join(path, key), key, current)
            yield from self.edits(entry.node, new[current].node, join(path, key))
        added = [(key, entry.node) for key, entry in new.items() if key not in matched]
        lines = [(key, node) for key, node in added if not _of_mappings(node)]
        for key, node in added:
            if _of_mappings(node):
                self._at_the_end(key, [item.plain() for item in node.items or ()])
        if lines:
            yield self._addition(path, lines)

    def _line(self, path: str) -> Statement:
        found = self.settings.get(path)
        if found is None:
            raise Unfixable(f"`{path}` does not stand on a line of its own")
        return found

    def _value(self, line: Statement) -> re.Match[str]:
        value = _VALUE.match(self.text, line.behind)
        if value is None:
            raise Unfixable(f"`{line.path}` goes over several lines")
        return value

    def _removal(self, path: str) -> Edit:
        line = self._line(path)
        value = self._value(line)
        comment = value["rest"].strip()
        return Edit(line.start, value.end(), f"{comment}\n" if comment else "")

    def _renaming(self, path: str, old: str, new: str) -> Iterator[Edit]:
        for line in self.lines:
            if line.path != path and not line.path.startswith((f"{path}.", f"{path}[")):
                continue
            name = re.search(rf"(?<![\w-]){re.escape(old)}(?![\w-])", self.text[line.start : line.behind])
            if name is not None:
                yield Edit(line.start + name.start(), line.start + name.end(), new)

    def _addition(self, path: str, added: list[tuple[str, TreeNode]]) -> Edit:
        """Put settings behind the last one of their table, or behind its header."""
        within = [line for line in self.lines if line.path == path or line.path.rpartition(".")[0] == path]
        within = [line for line in within if line.header == (line.path == path)]
        if not within:
            raise Unfixable(f"`{path}` does not stand on lines of its own")
        last = within[-1]
        end = last.behind if last.header else self._value(last).end()
        end = end if self.text[end - 1] == "\n" else self.text.find("\n", end) + 1 or len(self.text)
        prefix = "" if any(line.header for line in within) or not path else f"{path}."
        lines = "".join(f"{prefix}{key} = {_written(node.plain())}\n" for key, node in added)
        return Edit(end, end, lines if self.text[end - 1 : end] == "\n" else "\n" + lines)

    def _at_the_end(self, path: str, items: list[object]) -> None:
        tables = [cast("dict[str, object]", item) for item in items]
        settings = ("".join(f"{key} = {_written(value)}\n" for key, value in table.items()) for table in tables)
        self.behind = [*self.behind, *(f"\n[[{path}]]\n{lines}" for lines in settings)]


def _of_mappings(node: TreeNode) -> bool:
    return bool(node.items) and all(item.entries is not None for item in node.items or ())


def _written(value: object) -> str:
    """Write a value: JSON's words are TOML's, but for DEL, and for rare characters in two halves."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
