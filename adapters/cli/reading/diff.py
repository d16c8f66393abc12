"""`reckon diff NAME A [B]`: what differs between two versions, or two times, as a person reads a spec."""

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.changing.options import Reason, Reveal, sign
from adapters.cli.command import LOOKING, command
from adapters.cli.reading.naming import Name
from adapters.cli.session import Session
from adapters.terminal import visible

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from domain.deployment import Deployment, Version
    from domain.spec import Spec
    from projections.spec_diff import Difference

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
    deployment = session.deployment(name)
    newest = str(len(deployment.versions))
    before, after = (_asked(session, deployment, text) for text in (first, second or newest))
    if reveal:  # before anything is shown: what cannot be recorded is not revealed
        session.desk.reveal(deployment.key, (before.number, after.number), sign(session, reason))
    found = _differences(session, deployment, (before, after), reveal=reveal)
    data = {"name": name, "before": before.number, "after": after.number, "same": not found, "differences": found}
    session.screen.answer(data, lambda: _people(before.number, after.number, found), [each.path for each in found])
    if found:
        raise typer.Exit(DIFFERS)


def _asked(session: Session, deployment: "Deployment", text: str) -> "Version":
    """Find the version that was meant: by its number, or the one that was wanted at a time."""
    from adapters.cli.reading.past import a_number, moment, the_version
    from domain.errors import NotFound

    number = a_number(text)
    if number is not None:
        return the_version(deployment, number)
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


def _differences(
    session: Session, deployment: "Deployment", versions: "tuple[Version, Version]", *, reveal: bool
) -> "tuple[Difference, ...]":
    """Give what differs between the specs, and beneath them."""
    from domain.documents import kept
    from projections.pinned_names import Side, resolved
    from projections.spec_diff import differences

    asked = differences(*(_spec(session, version) for version in versions), reveal=reveal)
    before, after = (Side.of(deployment, version.order, kept(session.ledger)) for version in versions)
    return (*asked, *resolved(before, after, asked))


def _people(before: int, after: int, found: "tuple[Difference, ...]") -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from adapters.cli.reading.looks import Hanging

    head = Text(f"version {before} -> version {after}", style="bold")
    lines = [Hanging(_line(each), 4) for each in found]
    if not found:
        lines = [Hanging(Text("  the two are the same, in their specs and as they were rendered"))]
    return Group(head, *lines)


def _line(each: "Difference") -> "Text":
    from rich.text import Text

    from projections.spec_diff import ABSENT

    was, now = visible(each.was) or ABSENT, visible(each.now) or ABSENT
    return Text.assemble(f"  {visible(each.path)}: ", (was, "red"), " -> ", (now, "green"))
