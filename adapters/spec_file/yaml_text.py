"""YAML, core schema: no anchors, no tags, no second document. Read event by event, so that a bomb is never built."""

# The library says little of its types, so that pyright knows none of its events' members.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false

import re
from typing import Protocol

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from adapters.spec_file.problems import FileFinding, Location, UnreadableText
from adapters.spec_file.tree import Builder, MappingEntry, Scalar, TreeNode

_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_OTHER_BASE = re.compile(r"0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def core_value(text: str) -> Scalar:
    """Read a plain scalar as YAML's core schema says: `yes` is text, `012` is twelve."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def read_yaml(text: str, builder: Builder) -> TreeNode | None:
    """Read the one document of a text; None when there is none. Raises Unreadable."""
    try:
        return _Composer(builder).compose(text)
    except MarkedYAMLError as error:
        raise UnreadableText(FileFinding("syntax", _sentence(error), _place(error.problem_mark or error.context_mark))) from error
    except (YAMLError, ValueError, OverflowError) as error:
        # ReaderError (a character that YAML does not allow), and escapes such as "\UFFFFFFFF" that no character answers to
        raise UnreadableText(FileFinding("syntax", "the text holds a character that YAML does not allow", Location())) from error


def _sentence(error: MarkedYAMLError) -> str:
    parts = [part for part in (error.context, error.problem) if part]
    return "this is not YAML: " + (", ".join(parts).splitlines()[0] if parts else "it cannot be read")


class _Mark(Protocol):
    """What the library says of a place; both counted from 0."""

    index: int
    line: int
    column: int


def _place(mark: _Mark | None) -> Location:
    return Location(mark.line + 1, mark.column + 1) if mark is not None else Location()


def _span(event: Event) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def _last_of(node: TreeNode) -> int:
    ends = [entry.node.span[1] for entry in (node.entries or {}).values()] + [item.span[1] for item in node.items or ()]
    keys = [entry.span[1] for entry in (node.entries or {}).values()]
    return max([node.span[0], *ends, *keys])


class _Composer:
    """Builds the tree from the parser's events, with a stack of what is open."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._open: list[TreeNode] = []
        self._keys: list[TreeNode | None] = []
        self._root: TreeNode | None = None

    def compose(self, text: str) -> TreeNode | None:
        documents = 0
        for event in YAML(typ="safe", pure=True).parse(text):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    where = _place(event.start_mark)
                    raise UnreadableText(
                        FileFinding("several-documents", "a spec file holds one document; a second begins here", where)
                    )
            self._take(event)
        return self._root

    def _take(self, event: Event) -> None:
        if isinstance(event, AliasEvent):
            where = _place(event.start_mark)
            self._found("alias", "aliases (`*name`) are not part of the format", where, "write the value out")
            self._add(self._builder.node(where, depth=len(self._open)))
        elif isinstance(event, ScalarEvent):
            self._refuse_extras(event)
            plain = event.implicit[0] and event.style is None
            value = core_value(event.value) if plain else event.value
            if plain and self._awaits_key():
                value = event.value
            node = self._builder.scalar(_place(event.start_mark), value, depth=len(self._open))
            node.span = _span(event)
            self._add(node)
        elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            self._begin(event)
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self._keys.pop()
            node = self._open.pop()
            # A block's end is where the next thing begins, comments and all; what matters is where its last value ends.
            node.span = (node.span[0], _span(event)[1] if node.flow else _last_of(node))

    def _begin(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        self._refuse_extras(event)
        node = self._builder.node(_place(event.start_mark), depth=len(self._open) + 1)
        node.span, node.flow = _span(event), bool(event.flow_style)
        if isinstance(event, MappingStartEvent):
            node.entries = {}
        else:
            node.items = []
        self._add(node)
        self._open.append(node)
        self._keys.append(None)

    def _awaits_key(self) -> bool:
        return bool(self._open) and self._open[-1].entries is not None and self._keys[-1] is None

    def _add(self, node: TreeNode) -> None:
        if not self._open:
            self._root = node
            return
        parent, key = self._open[-1], self._keys[-1]
        if parent.items is not None:
            parent.items.append(node)
        elif key is None:
            if node.items is not None or node.entries is not None:
                self._found(
                    "bad-key", "a key is a word, not a list or a mapping", node.at, "a {{ placeholder }} stands in quotes"
                )
            self._keys[-1] = node
        else:
            if key.items is None and key.entries is None:
                self._builder.put(parent, str(key.value), MappingEntry(key.at, node, key.span))
            self._keys[-1] = None

    def _refuse_extras(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent) -> None:
        where = _place(event.start_mark)
        if event.anchor is not None:
            self._found("anchor", "anchors (`&name`) are not part of the format", where, "write the value out")
        if event.tag is not None and event.tag != "!":
            self._found("tag", "tags (`!name`) are not part of the format", where, "leave the tag out")

    def _found(self, code: str, message: str, where: Location, hint: str) -> None:
        self._builder.findings.append(FileFinding(code, message, where, hint=hint))
