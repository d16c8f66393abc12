"""`reckon project` and `reckon platform`: what holds for a project's pods, and what the platform's owner chose for all."""

from dataclasses import fields
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from adapters.cli.changing.granting import grant
from adapters.cli.changing.options import Reason, Ticket, Yes, confirmed, sign
from adapters.cli.changing.values import writes
from adapters.cli.command import ADMINISTRATION, Needs, command
from adapters.cli.help import Group
from adapters.cli.leading_options import in_front
from adapters.cli.session import Session, a_project
from domain.errors import Refused

if TYPE_CHECKING:
    from rich.console import RenderableType

    from adapters.desk.projects import ListedProject, Projects
    from domain.platform import Platform
    from domain.project import PodSecurity

_LEVELS = ("baseline", "restricted")


def _a_level(given: str) -> str:
    if given not in _LEVELS:
        raise typer.BadParameter(f"{given!r} is none of {', '.join(_LEVELS)}")
    return given


class _Shown(Group):
    """A group that shows what there is to show where no command is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (Typer keeps the class private)
        """Put `show` in front where it is left out."""
        taken, rest = in_front(args)
        named = rest and (rest[0] in self.commands or rest[0] in {"-h", "--help"})
        return super().parse_args(ctx, args if named else [*taken, "show", *rest])


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group, help="Projects, and what their pods keep to.", no_args_is_help=True)
    command(group, "list", needs=Needs.A_LEDGER)(list_)
    command(group, "set", needs=Needs.A_LEDGER)(set_)
    command(group, "grant", needs=Needs.A_LEDGER)(grant)
    app.add_typer(group, name="project", rich_help_panel=ADMINISTRATION)
    platform = typer.Typer(cls=_Shown, help="What the platform's owner chose for all projects; alone it shows that.")
    command(platform, "show", needs=Needs.A_LEDGER)(show)
    command(platform, "set", needs=Needs.A_LEDGER)(choose)
    app.add_typer(platform, name="platform", rich_help_panel=ADMINISTRATION)


def list_(session: Session) -> None:
    """Name the projects of this ledger, their namespaces, and what their pods keep to."""
    found = _projects(session).listed()
    session.screen.answer(found, lambda: _people(found), names=[one.name for one in found])


def set_(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The project.")],
    level: Annotated[
        str,
        typer.Option(
            "--pod-security", metavar="|".join(_LEVELS), callback=_a_level, help="The Pod Security Standard its pods keep to."
        ),
    ],
    yes: Yes = False,
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Set what a project's pods keep to: its namespace enforces it, and versions submitted from now on are made so."""
    project, projects = a_project(name), _projects(session)
    unfit = projects.unfit(project) if level == "restricted" else ()
    if unfit:
        those = ", ".join(repr(one) for one in unfit)
        session.screen.warn(f"new replicas of {those} will be refused until they are submitted anew: they were made for baseline")
        confirmed(session, f"restrict project {project!r}?", yes=yes)
    changed = projects.secure(project, cast("PodSecurity", level), sign(session, reason, ticket))
    session.screen.answer(
        {"project": project, "pod_security": level, "changed": changed, "unfit": unfit},
        lambda: f"project {project!r} is {level}" + ("" if changed else " already"),
        names=[project],
    )
    for one in unfit:
        session.screen.note(f"reckon submit --name {quote(one)} -p {quote(project)}")


def show(session: Session) -> None:
    """Show the owner's choices, which of them are the defaults, and what each means."""
    _answer(session, _projects(session).platform())


def choose(
    session: Session,
    choices: Annotated[list[str], typer.Argument(metavar="NAME=VALUE…", help="What to choose; an empty value is allowed.")],
    reason: Reason = "",
    ticket: Ticket = "",
) -> None:
    """Choose for all projects; versions that were submitted before stay as they are."""
    _, changed = _projects(session).choose(tuple(_pair(choice) for choice in choices), sign(session, reason, ticket))
    _answer(session, _projects(session).platform())
    session.screen.note("it takes effect with the next submission of each deployment" if changed else "that was so already")


def _pair(choice: str) -> tuple[str, str]:
    name, equals, value = choice.partition("=")
    if not equals:
        raise Refused("no-value", f"{choice!r} has no value", "write NAME=VALUE, as in storage-class=fast")
    return name.strip(), value.strip()


def _answer(session: Session, platform: "Platform") -> None:
    from adapters.cli.reading.looks import table

    rows = _choices(platform)
    session.screen.answer(
        {row["name"]: {key: value for key, value in row.items() if key != "name"} for row in rows},
        lambda: table(
            ("CHOICE", "VALUE", "DEFAULT", "MEANING"),
            [(row["name"], row["value"] or "-", "yes" if row["default"] else "", row["meaning"]) for row in rows],
            fold=True,
        ),
        names=[str(row["name"]) for row in rows],
    )


def _choices(platform: "Platform") -> list[dict[str, Any]]:
    from domain.platform import MEANINGS, Platform, written

    standard = written(Platform())
    chosen = written(platform)
    return [
        {"name": name, "value": chosen[name], "default": chosen[name] == standard[name], "meaning": MEANINGS[name]}
        for name in (field.name.replace("_", "-") for field in fields(Platform))
    ]


def _people(found: "tuple[ListedProject, ...]") -> "RenderableType":
    from rich.text import Text

    from adapters.cli.reading.looks import Columns

    if not found:
        return "there are no projects yet: the first submission makes one"
    rows = [(one.name, one.pod_security, str(one.deployments), str(one.secrets)) for one in found]
    # On a line of its own: it is long, and is typed where kubectl is asked.
    notes = [Text(f"namespace {one.namespace}", style="dim") for one in found]
    return Columns(("NAME", "POD SECURITY", "DEPLOYMENTS", "SECRETS"), rows, notes=notes)


def _projects(session: Session) -> "Projects":
    from adapters.desk.projects import Projects

    return Projects(writes(session))
