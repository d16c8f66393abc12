"""`reckon roles`: what the owner of a ledger's database on PostgreSQL gives to engines, to people, and to nobody else."""

from typing import Annotated

import typer

from adapters.cli.command import RUNNING, Needs, command
from adapters.cli.options import OLD_SPELLINGS
from adapters.cli.session import Session
from domain.errors import Refused


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "roles", panel=RUNNING, needs=Needs.NOTHING)(roles)


def roles(
    session: Session,
    engine: Annotated[
        str, typer.Option("--engine-role", *OLD_SPELLINGS["--engine-role"], help="The role that engines log in as.")
    ] = "reckon_engine",
    people: Annotated[
        str, typer.Option("--people-role", *OLD_SPELLINGS["--people-role"], help="The role that people log in as.")
    ] = "reckon_people",
) -> None:
    """Print the SQL that gives engines and people what they need in a ledger on PostgreSQL; nothing is asked of any database."""
    from adapters.ledger.postgres_roles import statements

    names = (engine, people)
    if engine == people:
        raise Refused(
            "same-role", f"engines and people cannot both be {engine!r}", "people must not be able to lead: name two roles"
        )
    wrong = next(
        (name for name in names if not 0 < len(name.encode()) < 64 or not name.isprintable() or set(name) & set("'\"$%")), None
    )
    if wrong is not None:
        raise Refused("role-name", f"{wrong!r} is no name for a role", "1 to 63 printable characters, no quote, `$` or `%`")
    sql = statements(engine, people)
    if session.screen.people:
        typer.echo(sql, nl=False)
    else:
        session.screen.answer({"engine": engine, "people": people, "sql": sql}, None, names)
