"""The application `reckon`: all commands put together, and the one way in which it is run."""

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Annotated, Any

import typer

from adapters.cli.doors import Doors
from adapters.cli.failures import USAGE, Failure, tell
from adapters.cli.help import Group
from adapters.cli.leading_options import in_front
from adapters.cli.screen import Screen
from adapters.terminal import visible_lines

COMMANDS: Mapping[str, str] = {
    "check": "changing.check",
    "plan": "changing.plan",
    "submit": "changing.submit",
    "rollback": "changing.rollback",
    "start": "changing.standing",
    "stop": "changing.standing",
    "scale": "changing.standing",
    "delete": "changing.standing",
    "hold": "changing.holds",
    "suspend": "changing.holds",
    "resume": "changing.holds",
    "list": "reading.listing",
    "get": "reading.get",
    "wait": "reading.wait",
    "history": "reading.history",
    "diff": "reading.diff",
    "events": "reading.events",
    "logs": "reading.logs",
    "open": "reading.open",
    "why": "reading.why",
    "audit": "reading.audit.group",
    "replay": "reading.replay",
    "demo": "running.demo",
    "engine": "running.engine",
    "manifests": "running.manifests",
    "roles": "running.roles",
    "secret": "changing.secrets",
    "registry": "changing.registries",
    "model": "changing.models",
    "project": "changing.projects",
    "platform": "changing.projects",
    "machine": "reading.machine",
    "schema": "changing.check",
    "doctor": "reading.doctor",
    "verify": "reading.verify",
    "repair": "changing.repair",
    "rebuild": "reading.rebuild",
}
"""Each command and the module that registers it, in the order of the help."""


def build_app(asked: str = "") -> typer.Typer:
    """Put the commands together, or only what one command needs; the doors come as the context's object when it is run."""
    app = typer.Typer(
        name="reckon",
        cls=Group,
        help="Run containers on Kubernetes, and know exactly what was wanted, seen and done, for ever.",
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_begin)
    modules = [COMMANDS[asked]] if asked in COMMANDS else dict.fromkeys(COMMANDS.values())
    for module in modules:
        import_module(f"adapters.cli.{module}").register(app)
    return app


def run(arguments: Sequence[str], doors: Doors) -> int:
    """Run one command; gives its exit code."""
    try:
        _, named = in_front(arguments)
        code: Any = build_app(next(iter(named), ""))(list(arguments), obj=doors, prog_name="reckon", standalone_mode=False)
    except typer.Exit as leaving:
        return leaving.exit_code
    except typer.Abort:
        return 130
    except Exception as error:
        if not _of_usage(error):
            raise
        _tell_usage(error, arguments)
        return USAGE
    return code if isinstance(code, int) else 0


def _say_version(ctx: typer.Context, wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"reckon {ctx.obj.build}\n")
        raise typer.Exit


def _begin(
    _: Annotated[
        bool, typer.Option("--version", help="Say which Deadreckon this is, and end.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Begin; all is done by the commands."""


def _of_usage(error: Exception) -> bool:
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def _tell_usage(error: Any, arguments: Sequence[str]) -> None:  # noqa: ANN401 (Typer keeps its own error classes private)
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{visible_lines(error.format_message())}\n" if not _shown(error) else "")
        return
    from adapters.cli.foreign_commands import ours  # opened late: only a failure pays for it

    context = getattr(error, "ctx", None)
    said, cure = ours(arguments)
    message = f"there is no command `{said}` here" if cure else error.format_message()
    hint = cure or f"{context.command_path if context else 'reckon'} --help"
    screen = Screen(_output_in(arguments), colour="--no-color" not in arguments and "NO_COLOR" not in os.environ)
    tell(Failure(USAGE, "usage", message, hint=hint), screen)


def _shown(error: Any) -> bool:  # noqa: ANN401 (as above)
    return not error.format_message()


def _output_in(arguments: Sequence[str]) -> str:
    for option, value in pairwise(arguments):
        if option in {"-o", "--output"}:
            return value
    return next((a.partition("=")[2] for a in arguments if a.startswith("--output=")), "")
