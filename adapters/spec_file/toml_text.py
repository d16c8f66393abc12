"""TOML by the standard library; it keeps no places, so they are looked up line by line, as well as that goes."""

import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple, cast

from adapters.spec_file.problems import FileFinding, Location, UnreadableText, join
from adapters.spec_file.tree import DEEPEST, Builder, MappingEntry, TreeNode

_HEADER = re.compile(r"\s*(?P<open>\[\[?)(?P<path>[^\[\]]*)\]")
_KEY = re.compile(r"[\w\-.\"' \t]+")
_LONGEST_PATH = 1024
"""Characters of a path that a place is looked up by."""
# Strings and comments are passed over whole, also those that never end; what is left shows how many parts a key has.
_PIECE = re.compile(
    r""""{3}(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5}|\Z)|'{3}.*?(?:'{3,5}|\Z)|"(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?|\#[^\n]*
    |(?P<dot>\.)|(?P<end>[={},\[\]\n])|[^.={},\[\]\n"'\#]+""",
    re.VERBOSE | re.DOTALL,
)
_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)")


def read_toml(text: str, builder: Builder) -> TreeNode | None:
    """Read a text; None when it sets nothing. Raises Unreadable."""
    places = dict(_places(text))
    _hold_to_depth(text)
    try:
        data = tomllib.loads(text)
    except RecursionError as error:
        raise UnreadableText(FileFinding("too-deep", f"a spec is at most {DEEPEST} levels deep")) from error
    except ValueError as error:
        raise UnreadableText(_finding(error)) from error
    return _grow(data, "", 0, places, builder) if data else None


def _hold_to_depth(text: str) -> None:
    """Refuse keys of very many parts: the standard library takes quadratic time for them."""
    parts = 0
    for piece in _PIECE.finditer(text):
        if piece["dot"]:
            parts += 1
            if parts > DEEPEST:
                line = text.count("\n", 0, piece.start()) + 1
                raise UnreadableText(FileFinding("too-deep", f"a spec is at most {DEEPEST} levels deep", Location(line, 1)))
        elif piece["end"]:
            parts = 0


def _finding(error: ValueError) -> FileFinding:
    where = _POSITION.search(str(error))
    place = Location(int(where.group(1)), int(where.group(2))) if where else Location()
    reason = "" if where is None else ": " + str(error)[: where.start()].strip()
    return FileFinding("syntax", f"this is not TOML{reason}", place)


def _places(text: str) -> Iterator[tuple[str, Location]]:
    for statement in statements(text):
        yield statement.path, statement.at


class Statement(NamedTuple):
    """A line that begins a table or sets a value: its whole path, where the line begins, and where its head has ended."""

    path: str
    at: Location
    start: int
    behind: int
    header: bool


def statements(text: str) -> Iterator[Statement]:
    """Give the lines that look like statements; within a text of several lines some may only look so. Raises Unreadable."""
    table, counts, start = "", dict[str, int](), 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if line.split("=", 1)[0].count(".") > DEEPEST:
            raise UnreadableText(FileFinding("too-deep", f"a spec is at most {DEEPEST} levels deep", Location(number, 1)))
        if header := _HEADER.match(line):
            table = _path(header["path"])
            if header["open"] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = join(table, counts[table])
            yield Statement(table, Location(number, 1), start, start + len(line), header=True)
        elif (key := line.partition("=")[0]) != line and _KEY.fullmatch(key) and key.strip():
            path = _path(key)
            whole = f"{table}.{path}" if table else path
            indent = len(key) - len(key.lstrip())
            yield Statement(whole, Location(number, indent + 1), start, start + len(key) + 1, header=False)
        start += len(line)


def _path(text: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in text.split("."))[:_LONGEST_PATH]


def _grow(value: object, path: str, depth: int, places: dict[str, Location], builder: Builder) -> TreeNode:
    at = _nearest(path, places)
    if isinstance(value, dict):
        table = cast("dict[str, object]", value)
        node = builder.node(at, depth=depth + 1)
        node.entries = {}
        for key, item in table.items():
            if builder.fits(key, at):
                below = join(path, key)
                node.entries[key] = MappingEntry(_nearest(below, places), _grow(item, below, depth + 1, places, builder))
        return node
    if isinstance(value, list):
        items = cast("list[object]", value)
        node = builder.node(at, depth=depth + 1)
        node.items = [_grow(item, join(path, n), depth + 1, places, builder) for n, item in enumerate(items)]
        return node
    if isinstance(value, (str, int, float, bool)):
        return builder.scalar(at, value, depth=depth)
    builder.findings.append(
        FileFinding("wrong-type", "a date or a time belongs nowhere in a spec", at, path, hint="write it in quotes")
    )
    return builder.scalar(at, str(value), depth=depth)


def _nearest(path: str, places: dict[str, Location]) -> Location:
    while path and path not in places:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return places.get(path, Location())
