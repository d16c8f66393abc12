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


def sign(session: Session, reason: str = "", ticket: str = "") -> "Signature":
    """Give the signature under an order: who, why, and where it came from."""
    from adapters.desk.binding import MEANT
    from adapters.desk.signature import Signature, find_origin, os_user

    meant = session.meant()
    origin = find_origin(os.environ, Path.cwd()) + (((MEANT, meant),) if meant else ())
    return Signature(os_user(session.acting_as), reason, ticket, origin)


def read_text(file: str) -> tuple[bytes, str]:
    """Read a file, or standard input for `-`; gives its bytes and what to call it. Raises NotFound, Refused."""
    if file == STDIN:
        return sys.stdin.buffer.read(), "<stdin>"
    try:
        return Path(file).read_bytes(), file
    except FileNotFoundError:
        raise NotFound("no-such-file", f"there is no file {file}") from None
    except OSError as error:
        raise Refused("unreadable-file", f"{file} cannot be read: {error.strerror}") from error


def confirmed(session: Session, question: str, *, yes: bool) -> None:
    """Go on only with a yes. Raises Refused when there is none."""
    if yes or session.screen.ask(question):
        return
    raise Refused("not-confirmed", "nothing was changed: it was not confirmed", hint="answer y, or say --yes")
