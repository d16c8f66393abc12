"""What readers of YAML 1.1 take a bare word for: many tools still read so, and one file should mean one thing to all of them.

We read YAML's core schema, where `yes` is text and `012` is twelve. Source: https://yaml.org/type/ (bool, int, float, timestamp).
"""

import math
import re
from collections.abc import Iterator
from functools import reduce

from adapters.spec_file.problems import FileFinding, private, shown
from adapters.spec_file.report import ReadingReport
from adapters.spec_file.tree import TreeNode

AMBIGUOUS = "read-otherwise"
"""The code of both the error (another number) and the warning (text for the one, none for the other)."""
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_NUMBERS_OF_OLD = re.compile(
    r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|[1-9][0-9_]*|[1-9][0-9_]*(?::[0-5]?[0-9])+)"  # whole, with minutes and seconds
    r"|[-+]?(?:(?:[0-9][0-9_]*)?\.[0-9_]*(?:[eE][-+][0-9]+)?|[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)"
)
_BOOLEANS = re.compile(r"yes|no|on|off", re.IGNORECASE)
"""`y` and `n` too, says the specification, but the readers that are in use (libyaml's, PyYAML, go-yaml) never did so."""
_TIMES = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*")
_LONGEST = 64
_QUOTED = frozenset("\"'|>")


def read_otherwise(root: TreeNode, source: str, report: ReadingReport) -> None:
    """Tell of the bare words of a YAML text that readers of YAML 1.1 take for something else than we do."""
    for path, node in root.walk():
        begin, end = node.span
        written = source[begin : min(end, begin + _LONGEST + 1)].strip()
        if node.items is None and node.entries is None and written and written[0] not in _QUOTED and len(written) <= _LONGEST:
            report.problems += another_number(written, node, path)
            report.warnings += _other_kind(written, node, path)


def another_number(written: str, node: TreeNode, path: str) -> Iterator[FileFinding]:
    """Refuse a number that is another one to readers of YAML 1.1; not where text belongs and nothing of it may be told."""
    value = node.value
    if private(path):
        return
    if isinstance(value, int) and not isinstance(value, bool) and _OCTAL.fullmatch(written) and int(written, 8) != value:
        message = f"readers of YAML 1.1 take this for the octal number {int(written, 8)}, others for {value}"
        hint = f"write {value}, or {int(written, 8)}, without a 0 in front; a text in quotes"
        yield FileFinding(AMBIGUOUS, message, node.at, path, shown(written, path), hint)


def _other_kind(written: str, node: TreeNode, path: str) -> Iterator[FileFinding]:
    kind = _kind_of_old(written)
    if isinstance(node.value, str) and kind:
        message = f"this is text here, and to readers of YAML 1.1 {'something else' if private(path) else kind}"
        yield FileFinding(AMBIGUOUS, message, node.at, path, shown(written, path), "write it in quotes")
    elif isinstance(node.value, (int, float)) and not isinstance(node.value, bool) and not kind and not private(path):
        message = "this is a number here, and text to readers of YAML 1.1"
        number = int(node.value) if math.isfinite(node.value) and node.value == int(node.value) else node.value
        yield FileFinding(AMBIGUOUS, message, node.at, path, shown(written, path), f"write {number}")


def plain_number(text: str) -> int | None:
    """Give the whole number that a text of YAML 1.1 was (`1_000`, `1:30` of minutes and seconds); None where it was none."""
    if re.fullmatch(r"[0-9][0-9_]{0,14}", text):
        return int(text.replace("_", ""))
    if re.fullmatch(r"[0-9]{1,9}(?::[0-5]?[0-9]){1,2}", text):
        return reduce(lambda whole, part: whole * 60 + int(part), text.split(":"), 0)
    return None


def _kind_of_old(written: str) -> str:
    """Say what a reader of YAML 1.1 takes a bare word for; empty for text."""
    if _BOOLEANS.fullmatch(written):
        return "true or false"
    if _TIMES.fullmatch(written):
        return "a date"
    # `.` alone and `+.` have no digit.
    if _NUMBERS_OF_OLD.fullmatch(written) and any(character.isdigit() for character in written):
        return "a number"
    return "a number" if re.fullmatch(r"[-+]?0|[-+]?\.inf|\.nan", written, re.IGNORECASE) else ""
