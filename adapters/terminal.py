r"""The door to terminals: all text that is not ours goes through here, and is shown, never obeyed.

What could drive a terminal, turn the direction of writing, or stand there unseen is written as programmers write it: `\x1b`,
`\u202e`. That is all of Unicode that is no visible character: controls of both kinds (C0, C1, DEL), format characters (bidi
marks, overrides and isolates, joiners, tags), separators of lines and paragraphs, halves of characters, private and unassigned
ones, and the few letters that are empty. Nothing is lost by it, and the text stays on its line.
"""

import json
import re
from unicodedata import category

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_EMPTY = frozenset(
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0, *range(0xE0100, 0xE01F0))
)
"""What has a place among letters and marks, and shows nothing: fillers, blanks, selectors of variants that nothing has."""
_SHORT = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}
_KEPT = 4096
"""Characters whose writing is remembered: a hostile text may hold a million kinds."""

_COLOUR = re.compile(r"\x1b\[([0-9;]{0,40})m")
_MOST_COLOURS = 200
"""Changes of colour in one line; what comes behind them is shown as text."""
_HIDING = frozenset({"5", "6", "8"})


def hostile(character: str) -> bool:
    """Tell whether a character is none that one sees, so that it must not reach a terminal as it is."""
    return category(character) in _UNSEEN or ord(character) in _EMPTY


class _Writing(dict[int, str]):
    """How each character is written, found when it first comes; linear, whatever the text."""

    def __init__(self, ours: str = "", *, as_json: bool = False) -> None:
        super().__init__({ord(character): character for character in ours})
        self._json = as_json

    def __missing__(self, code: int) -> str:
        character = chr(code)
        written = self._written(code) if hostile(character) else character
        if len(self) < _KEPT:
            self[code] = written
        return written

    def _written(self, code: int) -> str:
        if self._json:
            return json.dumps(chr(code)).strip('"')
        if code < 0x100:
            return _SHORT.get(code) or f"\\x{code:02x}"
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_LINE, _PRINTED, _LINES, _JSON = _Writing(), _Writing("\t"), _Writing("\n\t"), _Writing("\n\t", as_json=True)


def visible(text: str) -> str:
    r"""Write foreign text on one line; a line break in it is shown as `\n`."""
    return text if text.isascii() and text.isprintable() else text.translate(_LINE)


def visible_lines(text: str) -> str:
    """Write text whose lines and tabs are ours."""
    return text if text.isascii() and text.isprintable() else text.translate(_LINES)


def indented(text: str) -> str:
    """Write text of several lines so that those behind the first cannot be taken for lines of ours."""
    return visible_lines(text).replace("\n", "\n    ")


def cut(text: str, longest: int = 4_000) -> str:
    """Leave of a sentence, which may repeat what was typed, its beginning and its end."""
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[-longest // 2 :]}"


def escaped(document: str) -> str:
    r"""Write a JSON document so that it may be shown: the same data, the characters in question as `\u202e`."""
    return document.translate(_JSON)


def harmless(document: str) -> bool:
    """Tell whether a document of several lines may be shown as it is."""
    return visible_lines(document) == document


def only_colours(line: str) -> str:
    """Leave a line its colours (`ESC [ … m`), as long as they are few and hide nothing; all else in it is shown as text."""
    line = line.removesuffix("\r")
    if "\x1b" not in line:
        return line.translate(_PRINTED)
    parts: list[str] = []
    behind = 0
    for number, found in enumerate(_COLOUR.finditer(line)):
        if number == _MOST_COLOURS:
            break
        parts += [line[behind : found.start()].translate(_PRINTED), _colour(found[1])]
        behind = found.end()
    return "".join([*parts, line[behind:].translate(_PRINTED)]) + "\x1b[0m"


def _colour(codes: str) -> str:
    """Take out what blinks and what hides; a colour's own number (`38;5;8`) is no such thing."""
    left = codes.split(";")
    kept: list[str] = []
    while left:
        own = {"5": 3, "2": 5}.get(left[1], 1) if left[0] in {"38", "48"} and len(left) > 1 else 1
        if left[0].lstrip("0") not in _HIDING:
            kept += left[:own]
        left = left[own:]
    return f"\x1b[{';'.join(kept)}m" if kept else ""
