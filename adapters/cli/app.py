"""The application `reckon`: all commands put together, and the one way in which it is run."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from typing import Annotated, Any

import typer

from adapters.cli.doors import Doors
from adapters.cli.failures import USAGE, Failure, tell
from adapters.cli.screen import Screen

COMMANDS = (
    "adapters.cli.changing.check",
    "adapters.cli.changing.plan",
    "adapters.cli.changing.submit",
    "adapters.cli.changing.standing",
    "adapters.cli.changing.rollback",
    "adapters.cli.changing.holds",
    "adapters.cli.changing.secrets",
    "adapters.cli.running.demo",
)
READING = "adapters.cli.reading"
ENGINE = "adapters.cli.running.engine"


def build_app() -> typer.Typer:
    """Put all commands together; the doors come as the context's object when it is run."""
    app = typer.Typer(
        name="reckon",
        help="Run containers on Kubernetes, and know exactly what was wanted, seen and done, for ever.",
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    app.callback()(_begin)
    for name in (*COMMANDS, *_reading(), *_engine()):
        import_module(name).register(app)
    return app


def run(arguments: Sequence[str], doors: Doors) -> int:
    """Run one command; gives its exit code."""
    try:
        code: Any = build_app()(list(arguments), obj=doors, prog_name="reckon", standalone_mode=False)
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


def _reading() -> tuple[str, ...]:
    package = import_module(READING)
    names = (f"{READING}.{name}" for name in getattr(package, "COMMANDS", ()))
    return tuple(name for name in names if find_spec(name))


def _engine() -> tuple[str, ...]:
    try:
        return (ENGINE,) if find_spec(ENGINE) else ()
    except ModuleNotFoundError:
        return ()


def _of_usage(error: Exception) -> bool:
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def _tell_usage(error: Any, arguments: Sequence[str]) -> None:  # noqa: ANN401 (Typer keeps its own error classes private)
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{error.format_message()}\n" if not _shown(error) else "")
        return
    message = error.format_message()
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "reckon"
    screen = Screen(_output_in(arguments), colour="--no-color" not in arguments and "NO_COLOR" not in os.environ)
    tell(Failure(USAGE, "usage", message, hint=f"{path} --help"), screen)


def _shown(error: Any) -> bool:  # noqa: ANN401 (as above)
    return not error.format_message()


def _output_in(arguments: Sequence[str]) -> str:
    for option, value in pairwise(arguments):
        if option in {"-o", "--output"}:
            return value
    return next((a.partition("=")[2] for a in arguments if a.startswith("--output=")), "")
