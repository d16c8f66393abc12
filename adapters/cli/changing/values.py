"""Where values that nobody may see come from: a prompt, standard input or a file, never an argument; and where they go."""

import sys
from typing import TYPE_CHECKING

from adapters.cli.changing.options import STDIN, read_file
from adapters.cli.session import Session
from adapters.terminal import visible
from domain.errors import Refused

if TYPE_CHECKING:
    from adapters.desk.writes import Writes

_MOST = 1024 * 1024 + 3
"""Bytes that are read: the largest value, its line's end, and one by which too large a value is known."""


def value(what: str, from_file: str) -> bytes:
    """Read a value; a single line's end is taken off. Raises NotFound, Refused."""
    if from_file == STDIN:
        return _line(sys.stdin.buffer.read(_MOST))
    if from_file:
        return _line(read_file(from_file, _MOST))
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(f"{visible(what)}: ").encode()
    return _line(sys.stdin.buffer.read(_MOST))


def text(what: str, from_file: str) -> str:
    """Read a value that is text. Raises NotFound, Refused."""
    try:
        return value(what, from_file).decode()
    except UnicodeDecodeError:
        raise Refused("not-text", f"the {what} is not text in UTF-8") from None


def writes(session: Session) -> "Writes":
    """Give the way in which a command itself writes to the cluster."""
    from adapters.desk.writes import Writes

    return Writes(session.ledger, session.cluster, session.clock, session.new_id, session.doors.build)


def _line(read: bytes) -> bytes:
    one = read.removesuffix(b"\n").removesuffix(b"\r")
    return read if b"\n" in one else one
