"""The help: written plainly, panel by panel; it costs no library that draws, so that a prompt never waits for it."""

import os
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from itertools import chain
from shutil import get_terminal_size
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from adapters.cli.leading_options import in_front
from adapters.cli.options import OLD_SPELLINGS
from adapters.terminal import cut, visible_lines

CHANGING, LOOKING, RUNNING, ADMINISTRATION = "Change", "Look", "Run", "Administration"
EVERYWHERE = "Everywhere"
PANELS = ("Arguments", CHANGING, LOOKING, RUNNING, ADMINISTRATION, "Commands", "Options", EVERYWHERE)
"""In the order in which they are shown."""
WIDEST = 100
NARROWEST = 60
IN_FRONT = "reckon.in_front"

Line = tuple[str, str]


class Command(TyperCommand):
    """A command that says its help plainly."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (Typer keeps the classes of both private)
        """Write the usage, what the command does, its arguments and options."""
        _write(self, ctx, formatter, _parameters(self, ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (as above)
        """Read what was typed, with what stood in front of the command."""
        return super().parse_args(ctx, [*ctx.meta.pop(IN_FRONT, ()), *args])

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:  # noqa: ANN401 (as above)
        """Complete what was begun, by today's spellings."""
        old = {spelling for option in self.get_params(ctx) for spelling in OLD_SPELLINGS.get(option.opts[0], ())}
        return [found for found in super().shell_complete(ctx, incomplete) if found.value not in old]


class Group(TyperGroup):
    """Commands under one name that say their help plainly, and what was wrong visibly."""

    def make_context(self, *given: Any, **more: Any) -> Any:  # noqa: ANN401 (Typer keeps the classes private)
        """Read what was typed."""
        with _visibly():
            return super().make_context(*given, **more)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (as above)
        """Keep the options in front for the command that is named behind them."""
        taken, rest = in_front(args)
        ctx.meta[IN_FRONT] = [*ctx.meta.get(IN_FRONT, ()), *taken]
        return super().parse_args(ctx, rest)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 (as above)
        """Run the command that was named."""
        with _visibly():
            return super().invoke(ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (as above)
        """Write the usage, the commands by panel, the options."""
        _write(self, ctx, formatter, chain(_commands(self, ctx), _parameters(self, ctx)))


@contextmanager
def _visibly() -> Generator[None]:
    """See that an error of usage, which repeats what was typed, can be shown by whoever shows it."""
    try:
        yield
    except Exception as error:
        message = getattr(error, "message", None)
        if hasattr(error, "format_message") and isinstance(message, str):
            vars(error)["message"] = visible_lines(cut(message))
        raise


def _write(of: Any, ctx: Any, formatter: Any, lines: Iterable[tuple[str, Line]]) -> None:  # noqa: ANN401 (as above)
    formatter.width = max(NARROWEST, min(WIDEST, get_terminal_size().columns))
    pieces = " ".join(of.collect_usage_pieces(ctx))
    formatter.write_usage(ctx.command_path, pieces.replace("{", "").replace("}", ""))
    of.format_help_text(ctx, formatter)
    panels: dict[str, list[Line]] = {panel: [] for panel in PANELS}
    for panel, line in lines:
        panels[panel].append(line)
    widest = min(30, max((len(left) for inside in panels.values() for left, _ in inside), default=0))
    for panel, inside in panels.items():
        if inside:
            with formatter.section(_bold(panel)):
                formatter.write_dl([(f"{left:{widest}}", said) for left, said in inside])


def _commands(group: Group, ctx: Any) -> Iterator[tuple[str, Line]]:  # noqa: ANN401 (as above)
    for name in group.list_commands(ctx):
        command: Any = group.get_command(ctx, name)
        if command is not None and not command.hidden:
            yield command.rich_help_panel or "Commands", (name, command.get_short_help_str(limit=500))


def _parameters(of: Any, ctx: Any) -> Iterator[tuple[str, Line]]:  # noqa: ANN401 (as above)
    for parameter in of.get_params(ctx):
        record = _as_told(parameter).get_help_record(ctx)
        if record is None:
            continue
        if parameter.param_type_name == "argument":
            yield "Arguments", (parameter.metavar or parameter.name.upper(), parameter.help or "")
        else:
            panel = getattr(parameter, "rich_help_panel", None) or "Options"
            yield panel, (_plainly(record[0]), record[1])


def _as_told(parameter: Any) -> Any:  # noqa: ANN401 (as above)
    """Give an option without its old spellings: they are understood, and told to nobody."""
    old = OLD_SPELLINGS.get(parameter.opts[0], ())
    told = copy(parameter)
    told.opts = [spelling for spelling in parameter.opts if spelling not in old]
    return told


def _plainly(option: str) -> str:
    """Name what a value is as people do: the type's name in capitals, nothing about ranges."""
    for kind, word in (("<int range>", "N"), ("<float range>", "N"), ("<int>", "N"), ("<str>", "TEXT")):
        option = option.replace(kind, word)
    return option


def _bold(text: str) -> str:
    plain = "NO_COLOR" in os.environ or not sys.stdout.isatty() or not sys.stderr.isatty()  # help goes to either
    return text if plain else typer.style(text, bold=True)
