"""`reckon secret`: values that specs refer to as `secret:NAME`. A value comes from a prompt, standard input or a file."""

from shlex import quote
from typing import TYPE_CHECKING, Annotated, cast

import typer

from adapters.cli.changing.options import Reason, Ticket, Yes, confirmed, sign
from adapters.cli.changing.values import value as read_value
from adapters.cli.changing.values import writes
from adapters.cli.command import ADMINISTRATION, Needs, command
from adapters.cli.help import Group
from adapters.cli.options import FromFile
from adapters.cli.session import Session
from domain.project import PROJECT, SCOPES

if TYPE_CHECKING:
    from rich.console import RenderableType

    from adapters.desk.secrets import ListedSecret, Vault
    from adapters.desk.uses import Use
    from domain.project import Scope

Name = Annotated[str, typer.Argument(metavar="NAME", help="The secret.")]


def _a_scope(given: str) -> str:
    if given not in SCOPES:
        raise typer.BadParameter(f"{given!r} is none of {', '.join(SCOPES)}")
    return given


ScopeOption = Annotated[
    str,
    typer.Option(
        "--scope",
        metavar="|".join(SCOPES),
        callback=_a_scope,
        help="Whose: the project's own, or all projects' of the cluster or the team. The first of the three that has it counts.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group, help="Values that specs refer to as secret:NAME; they are never shown.", no_args_is_help=True)
    command(group, "set", needs=Needs.ANY_PROJECT)(set_)
    command(group, "list")(list_)
    command(group, "rm")(remove)
    app.add_typer(group, name="secret", rich_help_panel=ADMINISTRATION)


def set_(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    name: Name,
    scope: ScopeOption = "project",
    from_file: FromFile = "",
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Store a new version of a secret's value; it takes effect with the next submission.

    The value is read from a prompt, from standard input, or with --from-file; a single line's end is taken off.
    """
    from adapters.desk.secrets import is_binary

    whose = _whose(session, scope)
    given = read_value(f"value of {name}", from_file)
    version = _vault(session).set(session.project, name, given, sign(session, reason, ticket), whose)
    session.screen.answer(
        {"project": session.project if whose == PROJECT else "", "scope": whose, "name": name, "version": version},
        lambda: f"secret {name!r}{_of(whose)} has version {version} now",
        names=[name],
    )
    if is_binary(given):
        session.screen.warn(
            "the value holds a NUL, or is not text in UTF-8: no variable can hold it, so env and integrations cannot name it; "
            "keep it as text, which the application takes apart: "
            f"base64 -w0 FILE | reckon secret set {quote(name)}{_again(session, whose)}"
        )
    for use in _vault(session).users(session.project, name, whose):
        project = "" if use.project == session.project else f" -p {quote(use.project)}"
        told = use.told(session.project)
        session.screen.note(f"{told!r} runs with an earlier value until: reckon submit --name {quote(use.name)}{project}")


def _again(session: Session, whose: "Scope") -> str:
    """Give the options that name the same place once more."""
    project = f" -p {quote(session.project)}" if session.typed.project is not None else ""
    return f" --scope {whose}" if whose != PROJECT else project


def _whose(session: Session, scope: str) -> "Scope":
    """Give the scope. Raises BadParameter where a project is named for what is no project's."""
    if scope != PROJECT and session.typed.project is not None:
        raise typer.BadParameter(f"--scope {scope} and --project cannot go together: what the {scope} has is no project's")
    return cast("Scope", scope)


def list_(session: Session) -> None:
    """Name the secrets that the project's specs may refer to, who set them and who uses them; values are never shown."""
    kept = _vault(session).listed(session.project)
    names = list(dict.fromkeys(secret.name for secret in kept))
    session.screen.answer(kept, lambda: _people(session, kept), names=names)


def remove(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session, name: Name, scope: ScopeOption = "project", yes: Yes = False, reason: Reason = "", ticket: Ticket = ""
) -> None:
    """Take a secret's name away from new submissions; versions that ran with it can still come back."""
    whose = _whose(session, scope)
    where = f"from project {session.project!r}" if whose == PROJECT else f"from the {whose}, for all projects"
    confirmed(session, f"remove secret {name!r} {where}?", yes=yes)
    _vault(session).remove(session.project, name, sign(session, reason, ticket), whose)
    session.screen.answer({"removed": name, "scope": whose}, lambda: f"secret {name!r}{_of(whose)} is removed", names=[name])


def _people(session: Session, kept: "tuple[ListedSecret, ...]") -> "RenderableType":
    from adapters.cli.reading.looks import table
    from adapters.cli.reading.times import ago
    from projections.who import account_as

    if not kept:
        return f"project {session.project!r} has no secrets, nor have cluster and team; set one: reckon secret set NAME"
    rows = [
        (
            secret.name,
            secret.scope,
            str(secret.version),
            f"{ago(secret.set_at, session.clock())} by {account_as(secret.set_by, secret.acting_as)}",
            f"the {secret.shadowed_by}'s counts here" if secret.shadowed_by else "",
            pinned(secret.uses, session.project, secret.version),
        )
        for secret in kept
    ]
    return table(("NAME", "SCOPE", "VERSION", "SET", "SHADOWED", "USED BY"), rows, fold=True)


def pinned(uses: "tuple[Use, ...]", project: str, newest: int) -> str:
    """Say which versions use it, and which of them pinned an older value: `web v3, api v1 (version 2)`."""
    old = {use: f" (version {use.pinned})" if use.pinned != newest else "" for use in uses}
    return ", ".join(f"{use.told(project)} v{use.version}{older}" for use, older in old.items()) or "-"


def _of(scope: "Scope") -> str:
    return "" if scope == PROJECT else f" of the {scope}"


def _vault(session: Session) -> "Vault":
    from adapters.desk.secrets import Vault

    return Vault(writes(session))
