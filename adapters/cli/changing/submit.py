"""`reckon submit`: make it the desired state, and watch it become so."""

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.changing.options import IfVersion, Image, Reason, Sets, Ticket, changed, read_text, sign
from adapters.cli.changing.outcome import conclude, telling_those_before
from adapters.cli.command import CHANGING, Needs, command
from adapters.cli.options import NAME, TIMEOUT
from adapters.cli.session import Session
from domain.errors import Refused

if TYPE_CHECKING:
    from adapters.desk.desk import Accepted
    from adapters.desk.submission import SubmissionRequest

Files = Annotated[list[str] | None, typer.Argument(metavar="FILE", help="Spec files; - reads standard input; none: what stands.")]
Name = Annotated[str, NAME]
Detach = Annotated[bool, typer.Option("--detach", "-d", help="Do not wait for the rollout.")]


def _a_span(text: str) -> str:
    # Read before anything is recorded: a misspelt one must not be found out afterwards.
    if text:
        from adapters.cli.reading.past import asked_span

        asked_span(text)
    return text


Timeout = Annotated[str, typer.Option("--timeout", metavar="SPAN", help=TIMEOUT, callback=_a_span)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "submit", panel=CHANGING, machines=True, needs=Needs.ANY_PROJECT)(submit)


def submit(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    files: Files = None,
    name: Name = "",
    image: Image = "",
    sets: Sets = None,
    detach: Detach = False,
    timeout: Timeout = "",
    if_version: IfVersion = None,
    key: Annotated[str, typer.Option("--key", help="A retry with the same key makes no second version.")] = "",
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Make a spec the desired state, and wait until it is so.

    Without FILE, `--name` with `--image` or `--set` changes one thing of what stands; alone it submits what stands anew.
    """
    changes = requests(session, files, name=name, image=image, sets=sets)
    if len(changes) > 1 and (key or if_version is not None):
        raise Refused("one-at-a-time", "--key and --if-version go with one file", hint="submit the files one by one")
    signature = sign(session, reason, ticket)
    accepted: list[Accepted] = []
    with telling_those_before(session, accepted):
        for request in changes:
            accepted.append(session.desk.submit(request, signature, key=key, if_version=if_version))  # noqa: PERF401 (told on the way)
    conclude(session, accepted, detach=detach, timeout=timeout)


def requests(
    session: Session, files: list[str] | None, *, name: str, image: str, sets: list[str] | None
) -> list["SubmissionRequest"]:
    """Make requests of what was typed. Raises Refused, NotFound."""
    from adapters.desk.submission import SubmissionRequest

    changes = changed(image, sets)
    if files:
        if name and len(files) > 1:
            raise Refused("one-at-a-time", "--name goes with one file", hint="submit the files one by one")
        texts = [read_text(file) for file in files]
        return [SubmissionRequest(session.project, text, called, name=name, sets=changes) for text, called in texts]
    if not name:
        raise Refused(
            "nothing-to-submit",
            "there is neither a FILE nor a --name",
            hint="reckon submit FILE, or: reckon submit --name NAME --image IMAGE",
        )
    session.deployment(name)  # a misspelt name is told with the nearest one
    return [SubmissionRequest(session.project, name=name, sets=changes, kind="set" if changes else "submit")]
