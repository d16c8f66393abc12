"""`reckon model`: what specs name in `model` integrations, and where its content comes from."""

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.changing.options import Reason, Ticket, Yes, confirmed, sign
from adapters.cli.changing.values import writes
from adapters.cli.command import ADMINISTRATION, Needs, command
from adapters.cli.help import Group
from adapters.cli.options import Username
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType

    from adapters.desk.models import ListedModel, ModelShelf

Id = Annotated[str, typer.Argument(metavar="ID", help="The model, as specs name it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group, help="Models that specs name by an id; for all projects.", no_args_is_help=True)
    command(group, "add", needs=Needs.A_LEDGER)(add)
    command(group, "list", needs=Needs.A_LEDGER)(list_)
    command(group, "rm", needs=Needs.A_LEDGER)(remove)
    app.add_typer(group, name="model", rich_help_panel=ADMINISTRATION)


def add(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    id_: Id,
    url: Annotated[str, typer.Option("--url", metavar="URL", help="https://… of a git repository, or s3://bucket/prefix.")],
    ref: Annotated[str, typer.Option("--ref", help="Of a repository: a branch, a tag or a commit.")] = "",
    username: Username = "",
    password: Annotated[str, typer.Option("--password", metavar="secret:NAME", help="And the password or token.")] = "",
    endpoint: Annotated[str, typer.Option("--endpoint", metavar="URL", help="Of a bucket: the store's address.")] = "",
    region: Annotated[str, typer.Option("--region", help="Of a bucket: its region.")] = "",
    access_key_id: Annotated[str, typer.Option("--access-key-id", help="Of a bucket: the key's id, or secret:NAME.")] = "",
    secret_access_key: Annotated[
        str, typer.Option("--secret-access-key", metavar="secret:NAME", help="Of a bucket: the key.")
    ] = "",
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Keep a model, or another source for it; it takes effect with the next submission.

    Secrets are looked up for the project that submits: its own, then the cluster's, then the team's.
    """
    from domain.models import ModelSet

    model = ModelSet(
        id_,
        url,
        ref=ref,
        endpoint=endpoint,
        region=region,
        username=username,
        password=password,
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
    )
    changed = _shelf(session).add(model, sign(session, reason, ticket))
    session.screen.answer(
        {"id": id_, "url": url, "changed": changed},
        lambda: f"model {id_!r} comes from {url}" + ("" if changed else " already"),
        names=[id_],
    )


def list_(session: Session) -> None:
    """Name the models, where they come from, and who runs with them."""
    found = _shelf(session).listed()
    session.screen.answer(found, lambda: _people(found), names=[one.model.id for one in found])


def remove(session: Session, id_: Id, yes: Yes = False, reason: Reason = "", ticket: Ticket = "") -> None:
    """Take a model away from new submissions; one that is in use stays."""
    confirmed(session, f"remove model {id_!r}, for all projects?", yes=yes)
    _shelf(session).remove(id_, sign(session, reason, ticket))
    session.screen.answer({"removed": id_}, lambda: f"model {id_!r} is removed", names=[id_])


def _people(found: "tuple[ListedModel, ...]") -> "RenderableType":
    from adapters.cli.reading.looks import table

    if not found:
        return "the platform has no models; keep one: reckon model add ID --url URL"
    rows = [
        (kept.model.id, kept.model.url, kept.model.ref or kept.model.endpoint or "-", ", ".join(kept.used_by) or "-")
        for kept in found
    ]
    return table(("ID", "URL", "REF OR ENDPOINT", "USED BY"), rows, fold=True)


def _shelf(session: Session) -> "ModelShelf":
    from adapters.desk.models import ModelShelf

    return ModelShelf(writes(session))
