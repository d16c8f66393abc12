"""How the screens look: one kind of table, one colour for each kind of news, names of next commands in one style."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from adapters.cli.console import fitting, is_endless
from projections.sentences.sentence import Severity
from projections.status import Phase

STATE: dict[Phase, str] = {
    "unknown": "dim",
    "submitted": "cyan",
    "filling": "cyan",
    "rolling out": "cyan",
    "blocked": "bold red",
    "healthy": "green",
    "degraded": "yellow",
    "unserved": "bold red",
    "drifted": "yellow",
    "contested": "yellow",
    "failed": "bold red",
    "stopping": "cyan",
    "stopped": "dim",
    "deleting": "yellow",
    "gone": "dim",
}
GRAVITY: dict[Severity, str] = {"info": "", "good": "green", "warning": "yellow", "bad": "red"}
RIGHT = {"VERSION", "RESTARTS", "POSITION"}
PEOPLE = {"WHO", "SET"}
"""Columns of names: a third of the screen is theirs at most where it is short."""


@dataclass(frozen=True)
class Columns:
    """A table without lines: columns are as wide as they must be, the last takes the rest; what has no room is cut, or folds."""

    head: Sequence[str]
    rows: Sequence[Sequence[str | Text]]
    fold: bool = False
    notes: Sequence[Text] = ()
    """What stands under each row on a line of its own, in a pipe at its end; empty for rows without."""
    whole: bool = False
    """Notes fold, be the rows cut or not."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the rows out for the width there is."""
        rows = [[as_text(cell) for cell in row] for row in self.rows]
        widths = self._widths(rows, options.max_width)
        if any(self.head):
            yield from self._lines(console, [Text(title, style="dim") for title in self.head], widths)
        for n, row in enumerate(rows):
            note = self.notes[n] if n < len(self.notes) else Text()
            if is_endless(options):
                indent = len(note.plain) - len(note.plain.lstrip())
                yield self._line(row, widths).append("  " if note else "").append_text(note[indent:])
                continue
            yield from self._lines(console, row, widths)
            if note:
                yield from self._note(console, note, options.max_width)

    def _note(self, console: Console, note: Text, room: int) -> Iterator[Text]:
        """Lay a note out under its row: whole where the table folds, else cut where the screen ends."""
        indent = " " * (2 + len(note.plain) - len(note.plain.lstrip()))
        body = note[len(indent) - 2 :]
        folds = self.fold or self.whole
        if not folds:
            body.truncate(room - len(indent), overflow="ellipsis")
        lines = body.wrap(console, max(room - len(indent), NARROW)) if folds else [body]
        for line in lines:
            line.rstrip()
            whole = Text(indent) + line
            whole.no_wrap, whole.overflow = True, "ignore"
            yield whole

    def _widths(self, rows: list[list[Text]], room: int) -> list[int]:
        columns = zip(*([Text(title) for title in self.head], *rows), strict=True)
        widths = [max(cell.cell_len for cell in column) for column in columns]
        gaps = 2 * (len(widths) - 1)
        if self.fold and sum(widths) + gaps > room:
            for n in [n for n, title in enumerate(self.head[:-1]) if title in PEOPLE]:
                widths[n] = min(widths[n], room // 3)
        last = min(widths[-1], LEAST)
        while len(widths) > 1 and sum(widths[:-1]) + gaps + last > room and max(widths[:-1]) > NARROW:
            widths[widths.index(max(widths[:-1]))] -= 1
        widths[-1] = max(min(widths[-1], room - sum(widths[:-1]) - gaps), 1)
        return widths

    def _lines(self, console: Console, row: list[Text], widths: list[int]) -> Iterator[Text]:
        folded = [
            self._folded(console, cell, width, first=n == 0) for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        for parts in zip_longest(*folded, fillvalue=Text()):
            yield self._line(parts, widths)

    def _folded(self, console: Console, cell: Text, width: int, *, first: bool) -> list[Text]:
        """Fold a cell; of the first column what follows stands one further in, for no other's words begin a line."""
        if not self.fold or cell.cell_len <= width:
            return [cell]
        head, *rest = cell.wrap(console, max(width - first, 1))
        return [head, *(Text(" ") + part if first else part for part in rest)]

    def _line(self, cells: Sequence[Text], widths: list[int]) -> Text:
        line = Text(no_wrap=True, overflow="ignore")
        for title, cell, width in zip(self.head, cells, widths, strict=True):
            fitted = cell.copy()
            fitted.rstrip()
            fitted.truncate(width, overflow="ellipsis")
            room = " " * (width - fitted.cell_len)
            line.append_text(Text(room) + fitted if title in RIGHT else fitted + Text(room)).append("  ")
        line.rstrip()
        return line


LEAST = 12
NARROW = 8
"""The last column keeps so many columns of the screen, where it has them; the others are not cut below so many."""


def as_text(cell: str | Text) -> Text:
    """Give a cell as text on one line, with nothing in it that is not seen."""
    return fitting(cell)


def table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]], *, fold: bool = False) -> Columns:
    """Give a table; with `fold` what has no room goes on in the next line, else it is cut where the column or the screen ends."""
    return Columns(columns, list(rows), fold)


@dataclass(frozen=True)
class Indented:
    """Something two columns further in, with nothing after the end of its lines."""

    body: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the body for the room that is left."""
        inner = options.update(width=max(options.max_width - 2, 1))
        for line in console.render_lines(self.body, inner, pad=False):
            yield Segment("  ")
            yield from line
            yield Segment.line()


@dataclass(frozen=True)
class Hanging:
    """A line that goes on a little further in: what another said begins no line of its own."""

    line: Text
    by: int = 2

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Fold the line for the room there is."""
        for n, part in enumerate(self.line.wrap(console, max(options.max_width - self.by, NARROW))):
            part.rstrip()
            yield Text(" " * self.by if n else "", no_wrap=True, overflow="ignore") + part


def section(title: str, body: RenderableType) -> RenderableType:
    """Put a heading over something, indented, with a line of space before."""
    return Group(Text(), Text(title, style="bold"), Indented(body))


def facts(pairs: Iterable[tuple[str, str | Text]]) -> Columns:
    """Give names and values, one pair a line; long values fold."""
    return Columns(("", ""), [(Text(name, style="dim"), value) for name, value in pairs], fold=True)


def next_commands(*commands: str) -> Text:
    """Name what to ask next."""
    text = Text("\nnext: ", style="dim")
    for n, command in enumerate(commands):
        text.append(", " if n else "").append(f"reckon {command}", style="not dim")
    return text


def quoted(name: str) -> str:
    """Write a name as a shell takes it."""
    return shlex.quote(name)
