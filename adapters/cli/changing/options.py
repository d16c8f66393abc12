"""What commands that change something have in common: reason and ticket, and the signature that they make."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.options import IMAGE
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
Image = Annotated[str, IMAGE]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change one field; may be repeated.")]
STDIN = "-"
LARGEST = 1024 * 1024
"""Bytes of a file that are read; what is beyond the spec's own bound is refused by its reader, and recorded."""


def sign(session: Session, reason: str = "", ticket: str = "") -> "Signature":
    """Give the signature under an order: who, why, and where it came from."""
    from adapters.desk.binding import MEANT
    from adapters.desk.signature import Signature, find_origin, os_user

    meant = session.meant()
    origin = find_origin(os.environ, Path.cwd()) + (((MEANT, meant),) if meant else ())
    acting_as = _in_whose_name(session.acting_as)
    for option, text, longest in (("--reason", reason, 10_000), ("--ticket", ticket, 500), ("--as", acting_as, 200)):
        if len(text) > longest:
            raise Refused("too-long", f"{option} has {len(text)} characters; it has at most {longest}")
    return Signature(os_user(acting_as), reason, ticket, origin)


def _in_whose_name(given: str | None) -> str:
    """Give the name after `--as`; empty where there is no such option. Raises Refused where the name is blank."""
    if given is not None and not given.strip():
        raise Refused("nobody-named", "--as names nobody", hint="name whom it is done for, or leave --as out")
    return (given or "").strip()


def changed(image: str, sets: list[str] | None) -> tuple[str, ...]:
    """Give what `--image` and `--set` change, which is made before a file is judged."""
    return (*(sets or ()), *((f"image={image}",) if image else ()))


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
    """Go on only with a yes: the one door of all that asks, on a terminal and in a pipe. Raises Refused when there is none."""
    if yes or session.screen.ask(question):
        return
    if session.screen.asks:
        raise Refused("not-confirmed", "nothing was changed: it was not confirmed", hint="answer y, or say --yes")
    unasked = f"nothing was changed, for it was not confirmed: there is no terminal on which to ask: {question}"
    raise Refused("not-confirmed", unasked, hint="where nobody can answer, say --yes")
