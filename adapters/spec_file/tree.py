"""A document as a tree that remembers where each key and value stood; all formats are read into it, under the same limits."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from adapters.spec_file.problems import FileFinding, Location, UnreadableText, join, shown

LARGEST = 256 * 1024
DEEPEST = 32
MOST_NODES = 10_000
LONGEST_KEY = 128
"""Characters of a key: no field's name comes near, and every path below it repeats it."""

Scalar = str | int | float | bool | None
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_UNFIT = re.compile("[\x00\ud800-\udfff]")


@dataclass(slots=True)
class TreeNode:
    """A value and its place. A mapping's keys keep places of their own; `value` is None on lists and mappings.

    `id` tells the values of one text apart, in the order in which they stand (0: it stands in none). `span` is where the text has
    it, in characters; `flow`: it is written between brackets, or is one word.
    """

    at: Location
    value: Scalar = None
    items: "list[TreeNode] | None" = None
    entries: "dict[str, MappingEntry] | None" = None
    id: int = 0
    span: tuple[int, int] = (0, 0)
    flow: bool = True

    def get(self, *keys: str) -> "TreeNode | None":
        """Walk down mappings; None where the way ends."""
        node: TreeNode | None = self
        for key in keys:
            entry = node.entries.get(key) if node and node.entries is not None else None
            node = entry.node if entry else None
        return node

    def plain(self) -> object:
        """Give the value without its places."""
        if self.entries is not None:
            return {key: entry.node.plain() for key, entry in self.entries.items()}
        if self.items is not None:
            return [item.plain() for item in self.items]
        return self.value

    def walk(self, path: str = "") -> "Iterator[tuple[str, TreeNode]]":
        """Give every value below and at this one, with its path."""
        yield path, self
        for key, entry in (self.entries or {}).items():
            yield from entry.node.walk(join(path, key))
        for index, item in enumerate(self.items or ()):
            yield from item.walk(join(path, index))


@dataclass(slots=True)
class MappingEntry:
    """A key's place and its value; `span` is where the text has the key."""

    at: Location
    node: TreeNode
    span: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Builder:
    """Counts what a reader takes in, and holds it to the limits; small faults are collected, large ones raised."""

    findings: list[FileFinding] = field(default_factory=list[FileFinding])
    nodes: int = 0
    first: TreeNode | None = None
    """The outermost value, as far as it has been read."""

    def node(self, at: Location, *, depth: int) -> TreeNode:
        """Begin a value; raises Unreadable beyond the limits."""
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise UnreadableText(FileFinding("too-many-values", f"a spec has at most {MOST_NODES} values", at))
        if depth > DEEPEST:
            raise UnreadableText(FileFinding("too-deep", f"a spec is at most {DEEPEST} levels deep", at))
        node = TreeNode(at, id=self.nodes)
        self.first = self.first or node
        return node

    def scalar(self, at: Location, value: Scalar, *, depth: int) -> TreeNode:
        """Take a value in; text that no other program can read is refused."""
        node = self.node(at, depth=depth)
        if isinstance(value, str) and _UNFIT.search(value):
            # JSON writes rare characters as two halves, and JSON may stand in a YAML file.
            value = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), value)
        if isinstance(value, str) and _UNFIT.search(value):
            self.findings.append(FileFinding("bad-character", "the text holds a NUL or half a character", at))
            value = _UNFIT.sub("\ufffd", value)
        node.value = value
        return node

    def put(self, mapping: TreeNode, key: str, entry: MappingEntry) -> None:
        """Set a key; the second of two equal ones is a fault."""
        at = entry.at
        entries = mapping.entries if mapping.entries is not None else {}
        if not self.fits(key, at):
            return
        if key in entries:
            first = entries[key].at.line
            self.findings.append(
                FileFinding("duplicate-key", f"the key {shown(key, '')} stands here again, first in line {first}", at, key)
            )
            return
        entries[key] = entry

    def fits(self, key: str, at: Location) -> bool:
        """Tell whether a key can be one of a field; why not is a fault."""
        if len(key) > LONGEST_KEY:
            said = f"there is no field `{key[:40]}…` here: its name has {len(key)} characters"
            self.findings.append(FileFinding("unknown-field", said, at))
        elif _UNFIT.search(key):
            self.findings.append(FileFinding("bad-character", "the key holds a NUL or half a character", at))
        else:
            return True
        return False


def grow(value: object, at: Location) -> TreeNode:
    """Make a tree of plain data, all of it standing at one place."""
    if isinstance(value, dict):
        pairs = cast("dict[object, object]", value)
        return TreeNode(at, entries={str(key): MappingEntry(at, grow(item, at)) for key, item in pairs.items()})
    if isinstance(value, (list, tuple)):
        sequence = cast("Sequence[object]", value)
        return TreeNode(at, items=[grow(item, at) for item in sequence])
    return TreeNode(at, value if value is None or isinstance(value, (str, int, float, bool)) else str(value))
