"""`reckon registry`: logins that specs name as `containerRegistry`. A password comes from a prompt, standard input or a file."""

from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.changing.options import Reason, Ticket, Yes, confirmed, sign
from adapters.cli.changing.secrets import pinned
from adapters.cli.changing.values import text, writes
from adapters.cli.command import ADMINISTRATION, Needs, command
from adapters.cli.help import Group
from adapters.cli.options import FromFile, Username
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType

    from adapters.desk.registries import ListedRegistry, Registries

Name = Annotated[str, typer.Argument(metavar="NAME", help="The registry, as specs name it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    help_ = "Logins of image registries, which specs name as containerRegistry; for all projects."
    group = typer.Typer(cls=Group, help=help_, no_args_is_help=True)
    command(group, "add", needs=Needs.ANY_PROJECT)(add)
    command(group, "test", needs=Needs.A_LEDGER)(try_)
    command(group, "list", needs=Needs.ANY_PROJECT)(list_)
    command(group, "rm", needs=Needs.A_LEDGER)(remove)
    app.add_typer(group, name="registry", rich_help_panel=ADMINISTRATION)


def add(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    name: Name,
    server: Annotated[str, typer.Option("--server", metavar="HOST[/PATH]", help="Its host, and where wanted a path below it.")],
    username: Username,
    from_file: FromFile = "",
    realm: Annotated[
        str,
        typer.Option("--realm", metavar="HOST", help="Another host that gives the registry's tokens, and is told the password."),
    ] = "",
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Store a registry's login, or a new one in its place; it takes effect with the next submission.

    The password is read from a prompt, from standard input, or with --from-file.
    """
    from domain.ports import Login

    login = Login(server, username, text(f"password of {username} at {server}", from_file), realm)
    fact = _registries(session).add(name, login, sign(session, reason, ticket))
    session.screen.answer(
        {"name": name, "server": fact.server, "username": username, "version": fact.version},
        lambda: f"registry {name!r} has version {fact.version} now: {username} at {fact.server}",
        names=[name],
    )
    session.screen.note(f"see whether it is let in: reckon registry test {quote(name)}")
    users = next((one.uses for one in _registries(session).listed(session.project) if one.name == name), ())
    for use in users:
        project = "" if use.project == session.project else f" -p {quote(use.project)}"
        told = use.told(session.project)
        session.screen.note(f"{told!r} is pulled with an earlier login until: reckon submit --name {quote(use.name)}{project}")


def try_(
    session: Session,
    name: Name,
    image: Annotated[str, typer.Argument(metavar="[IMAGE]", help="An image to ask for, as a spec names it.")] = "",
) -> None:
    """Log in to a registry for real, and ask for an image where one is named."""
    digest = _registries(session).test(name, image)
    session.screen.answer(
        {"name": name, "login": "accepted", "image": image, "digest": digest},
        lambda: f"registry {name!r} lets the login in" + (f", and gives {image}: {digest}" if image else ""),
        names=[name],
    )


def list_(session: Session) -> None:
    """Name the stored registries, who stored them and who is pulled with them; passwords are never shown."""
    found = _registries(session).listed(session.project)
    session.screen.answer(found, lambda: _people(session, found), names=[one.name for one in found])


def remove(session: Session, name: Name, yes: Yes = False, reason: Reason = "", ticket: Ticket = "") -> None:
    """Take a registry away from new submissions; versions that were pulled with it can still come back."""
    confirmed(session, f"remove registry {name!r}, for all projects?", yes=yes)
    _registries(session).remove(name, sign(session, reason, ticket), session.project)
    session.screen.answer({"removed": name}, lambda: f"registry {name!r} is removed", names=[name])


def _people(session: Session, found: "tuple[ListedRegistry, ...]") -> "RenderableType":
    from adapters.cli.reading.looks import table
    from adapters.cli.reading.times import ago
    from projections.who import account_as

    if not found:
        return "there are no registries; store one: reckon registry add NAME --server HOST --username USER"
    rows = [
        (
            one.name,
            f"{one.server} (tokens from {one.realm})" if one.realm else one.server,
            one.username,
            str(one.version),
            f"{ago(one.set_at, session.clock())} by {account_as(one.set_by, one.acting_as)}",
            pinned(one.uses, session.project, one.version),
        )
        for one in found
    ]
    return table(("NAME", "SERVER", "USER", "VERSION", "SET", "USED BY"), rows, fold=True)


def _registries(session: Session) -> "Registries":
    from adapters.desk.registries import Registries

    return Registries(writes(session), session.desk.images)
