"""`reckon secret`: values that specs refer to as `secret:NAME`. A value comes from a prompt, standard input or a file."""

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.changing.options import Reason, Ticket, Yes, confirmed, sign
from adapters.cli.command import MINDING, command
from adapters.cli.help import Group
from adapters.cli.session import Session
from domain.errors import NotFound, Refused

if TYPE_CHECKING:
    from adapters.desk.secrets import Vault

Name = Annotated[str, typer.Argument(metavar="NAME", help="The secret.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group, help="Values that specs refer to as secret:NAME; they are never shown.", no_args_is_help=True)
    command(group, "set")(set_)
    command(group, "list")(list_)
    command(group, "rm")(remove)
    app.add_typer(group, name="secret", rich_help_panel=MINDING)


def set_(
    session: Session,
    name: Name,
    from_file: Annotated[str, typer.Option("--from-file", help="The file that holds the value.")] = "",
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Store a new version of a secret's value; it takes effect with the next submission.

    The value is read from a prompt, from standard input, or with --from-file; a single line's end is taken off.
    """
    value = _value(name, from_file)
    version = _vault(session).set(session.project, name, value, sign(session, reason, ticket))
    users = next((kept.used_by for kept in _vault(session).listed(session.project) if kept.name == name), ())
    session.screen.answer(
        {"project": session.project, "name": name, "version": version},
        lambda: f"secret {name!r} has version {version} now",
        names=[name],
    )
    for user in users:
        session.screen.note(f"{user!r} runs with an earlier value until: reckon submit --name {quote(user)}")


def list_(session: Session) -> None:
    """Name the project's secrets, their versions and who uses them; values are never shown."""
    from rich.table import Table

    kept = _vault(session).listed(session.project)

    def people() -> Table | str:
        if not kept:
            return f"project {session.project!r} has no secrets; set one: reckon secret set NAME"
        table = Table("NAME", "VERSION", "USED BY", box=None, pad_edge=False, header_style="bold")
        for secret in kept:
            table.add_row(secret.name, str(secret.version), ", ".join(secret.used_by) or "-")
        return table

    session.screen.answer(kept, people, names=[secret.name for secret in kept])


def remove(session: Session, name: Name, yes: Yes = False, reason: Reason = "", ticket: Ticket = "") -> None:
    """Take a secret's name away from new submissions; versions that ran with it can still come back."""
    confirmed(session, f"remove secret {name!r} from project {session.project!r}?", yes=yes)
    _vault(session).remove(session.project, name, sign(session, reason, ticket))
    session.screen.answer({"removed": name}, lambda: f"secret {name!r} is removed", names=[name])


def _vault(session: Session) -> "Vault":
    from adapters.desk.secrets import Vault

    return Vault(session.ledger, session.cluster, session.clock, session.new_id, session.doors.build)


def _value(name: str, from_file: str) -> bytes:
    if from_file:
        try:
            return _line(Path(from_file).read_bytes())
        except FileNotFoundError:
            raise NotFound("no-such-file", f"there is no file {from_file}") from None
        except OSError as error:
            raise Refused("unreadable-file", f"{from_file} cannot be read: {error.strerror}") from error
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(f"value of {name}: ").encode()
    return _line(sys.stdin.buffer.read())


def _line(value: bytes) -> bytes:
    one = value.removesuffix(b"\n").removesuffix(b"\r")
    return value if b"\n" in one else one
