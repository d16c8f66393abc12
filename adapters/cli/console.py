"""The console of a command: what is printed on it has gone through the door to terminals, whoever printed it."""

import os
from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from adapters.terminal import only_colours, visible, visible_lines

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType

ENDLESS = 2**31
"""Columns of what is no terminal: nothing is cut there or folded, so that one fact is one line, whatever `COLUMNS` says."""
_WIDEST = 10_000
_ROOM = {"COLUMNS", "LINES", "JUPYTER_COLUMNS", "JUPYTER_LINES"}


class Terminal(Console):
    """A console on which only its own codes work: all text is made visible, be it in a table, a title or a live picture."""

    def __init__(self, *, stderr: bool, no_color: bool, width: int | None, file: IO[str] | None = None) -> None:
        """Take no markup, no emoji names and no links from any text."""
        super().__init__(
            stderr=stderr,
            file=file,
            no_color=no_color,
            width=width,
            markup=False,
            highlight=False,
            emoji=False,
            soft_wrap=False,
            _environ=surroundings(os.environ),
        )

    def render(self, renderable: "RenderableType", options: "ConsoleOptions | None" = None) -> Iterable[Segment]:
        """Render, and let through what is seen; Rich asks for every part of a picture here."""
        if isinstance(renderable, str):  # before Rich takes some of the controls away, so that they are seen
            renderable = Text(visible_lines(renderable))
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible_lines(segment.text), _unlinked(segment.style))


def _unlinked(style: Style | None) -> Style | None:
    return style.update_link(None) if style is not None and style.link else style


def surroundings(environment: Mapping[str, str]) -> dict[str, str]:
    """Give the environment without a width or a height that is no number: Rich would stumble over it."""
    return {name: value for name, value in environment.items() if name not in _ROOM or room_in(value)}


def room_in(value: str) -> int:
    """Read a number of columns or lines; 0 for what is none, or more than any terminal has."""
    fits = len(value) <= 5 and value.isascii() and value.isdigit()
    return int(value) if fits and int(value) <= _WIDEST else 0


def is_endless(options: "ConsoleOptions") -> bool:
    """Tell whether lines have no end, also somewhat further in."""
    return options.max_width > ENDLESS // 2


def words(text: str, style: str = "") -> Text:
    """Give foreign text on one line, to be put into a picture: it takes the room that it is measured with."""
    return Text(visible(text), style=style)


def fitting(cell: str | Text) -> Text:
    """Give a cell as visible text on one line; its colours stay where they were."""
    if isinstance(cell, str):
        return words(cell)
    shown = visible(cell.plain)
    if shown == cell.plain:
        return cell
    at = [0]
    for character in cell.plain:
        at.append(at[-1] + len(visible(character)))
    text = Text(shown, style=cell.style, justify=cell.justify, overflow=cell.overflow, no_wrap=cell.no_wrap)
    for span in cell.spans:
        text.stylize(span.style, at[min(span.start, len(at) - 1)], at[min(span.end, len(at) - 1)])
    return text


def painted(line: str) -> Text:
    """Give a line that an application printed, in its own colours and no more."""
    return Text.from_ansi(only_colours(line))
