"""What commands that change something have in common: reason and ticket, and the signature that they make."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.session import Session
from domain.errors import NotFound, Refused

if TYPE_CHECKING:
    from adapters.desk.signature import Signature

Reason = Annotated[str, typer.Option("--reason", help="Why; recorded.")]
Ticket = Annotated[str, typer.Option("--ticket", help="The ticket it belongs to; recorded.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
IfVersion = Annotated[
    int | None, typer.Option("--if-version", min=0, help="Only if this version stands; 0: only if there is none.")
]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show the literal values of env and headers; it is recorded.")]
STDIN = "-"
LARGEST = 1024 * 1024
"""Bytes of a file that are read; what is beyond the spec's own bound is refused by its reader, and recorded."""


def sign(session: Session, reason: str = "", ticket: str = "") -> "Signature":
    """Give the signature under an order: who, why, and where it came from."""
    from adapters.desk.binding import MEANT
    from adapters.desk.signature import Signature, find_origin, os_user

    meant = session.meant()
    origin = find_origin(os.environ, Path.cwd()) + (((MEANT, meant),) if meant else ())
    for option, text, longest in (("--reason", reason, 10_000), ("--ticket", ticket, 500), ("--as", session.acting_as, 200)):
        if len(text) > longest:
            raise Refused("too-long", f"{option} has {len(text)} characters; it has at most {longest}")
    return Signature(os_user(session.acting_as), reason, ticket, origin)


def read_text(file: str) -> tuple[bytes, str]:
    """Read a file, or standard input for `-`; gives its bytes and what to call it. Raises NotFound, Refused.

    Of what has more than 1 MiB only the beginning is read: it may never end, and is refused as too large like any other file.
    """
    if file == STDIN:
        return sys.stdin.buffer.read(LARGEST), "<stdin>"
    return read_file(file, LARGEST), file


def read_file(file: str, most: int) -> bytes:
    """Read so many bytes of a file, and no more: it may be a device that never ends. Raises NotFound, Refused."""
    try:
        with Path(file).open("rb") as opened:
            return opened.read(most)
    except FileNotFoundError:
        raise NotFound("no-such-file", f"there is no file {file}") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise Refused("unreadable-file", f"{file} cannot be read: {getattr(error, 'strerror', error)}") from error


def confirmed(session: Session, question: str, *, yes: bool) -> None:
    """Go on only with a yes. Raises Refused when there is none."""
    if yes or session.screen.ask(question):
        return
    raise Refused("not-confirmed", "nothing was changed: it was not confirmed", hint="answer y, or say --yes")
