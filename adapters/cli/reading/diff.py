"""`reckon diff NAME A [B]`: what differs between two versions, or two times, as a person reads a spec."""

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.changing.options import Reason, Reveal, sign
from adapters.cli.command import LOOKING, command
from adapters.cli.reading.naming import Name
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType

    from domain.deployment import Deployment, Version
    from domain.spec import Spec
    from projections.changes import Difference

DIFFERS = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "diff", panel=LOOKING)(diff)


def diff(  # noqa: PLR0913, PLR0917 (the options of the command)
    session: Session,
    name: Name,
    first: Annotated[str, typer.Argument(help="A version's number, or a time.", metavar="A")],
    second: Annotated[str | None, typer.Argument(help="Another; the newest version without.", metavar="B")] = None,
    reveal: Reveal = False,
    reason: Reason = "",
) -> None:
    """Say what differs between two versions or times; exit 0 when nothing does, 1 when something does."""
    from projections.changes import differences

    deployment = session.deployment(name)
    newest = str(len(deployment.versions))
    before, after = (_asked(session, deployment, text) for text in (first, second or newest))
    if reveal:  # before anything is shown: what cannot be recorded is not revealed
        session.desk.reveal(deployment.key, (before.number, after.number), sign(session, reason))
    found = differences(_spec(session, before), _spec(session, after), reveal=reveal)
    digests = _digests(before, after)
    data = {"name": name, "before": before.number, "after": after.number, "same": not found, "differences": found}
    session.screen.answer(data, lambda: _people(before.number, after.number, found, digests), [each.path for each in found])
    if found:
        raise typer.Exit(DIFFERS)


def _asked(session: Session, deployment: "Deployment", text: str) -> "Version":
    """Find the version that was meant: by its number, or the one that was wanted at a time."""
    from adapters.cli.reading.past import moment, the_version
    from domain.errors import NotFound

    if text.isdigit():
        return the_version(deployment, int(text))
    then = moment(session, text).deployment(deployment.key)
    if then.wanted is None:
        raise NotFound("no-version-then", f"{deployment.key.name!r} had no version at {text}", "see reckon history for the times")
    return then.wanted


def _spec(session: Session, version: "Version") -> "Spec":
    from adapters.cli.reading.past import specs
    from domain.errors import Refused

    session.ledger.document(version.order.spec)  # raises where it is not what its digest says
    spec = specs(session.ledger)(version.order)
    if spec is None:
        raise Refused("erased", f"the document of version {version.number} was erased: it cannot be compared")
    return spec


def _digests(before: "Version", after: "Version") -> str:
    was, now = before.order.digest, after.order.digest
    if before.order.image != after.order.image or was == now:
        return ""
    return f"the image's name stood for {was[7:19] or 'an unknown digest'} then, and for {now[7:19] or 'an unknown digest'} after"


def _people(before: int, after: int, found: "tuple[Difference, ...]", digests: str) -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from projections.changes import ABSENT

    head = Text(f"version {before} -> version {after}", style="bold")
    lines = [
        Text.assemble(
            (f"  {each.path}: ", ""), (each.was or ABSENT, "red"), " -> ", (each.now or ABSENT, "green"), overflow="fold"
        )
        for each in found
    ]
    if not found:
        lines = [Text("  the two specs are the same")]
    return Group(head, *lines, *([Text(f"  {digests}", style="yellow")] if digests else []))
