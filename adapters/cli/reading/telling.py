"""How told facts look: one line each, the time first, like ones in a row together."""

from collections.abc import Iterable
from datetime import datetime

from rich.console import RenderableType
from rich.text import Text

from adapters.cli.reading.looks import GRAVITY, Columns, table
from adapters.cli.reading.times import TimeColumn, clocked
from projections.timeline import TimelineLine, folded
from projections.when import recorded_late
from projections.wording import short_replica


def several(lines: Iterable[TimelineLine], now: datetime, *, named: bool) -> RenderableType:
    """Give a table of facts; `named`: they are about several deployments, so each says about which."""
    shown = tuple(folded(lines))
    if not shown:
        return Text("no facts that fit", style="dim")
    clock = TimeColumn.of((line.at for line in shown), now)
    rows = [[clock.write(line.at), *_cells(line, now, named=named)[1:]] for line in shown]
    return table((clock.head("TIME"), "POSITION", *(("ABOUT",) if named else ()), "KIND", "WHAT"), rows, fold=True)


def one(line: TimelineLine, now: datetime, *, named: bool) -> RenderableType:
    """Give one fact, as wide as others before and after it."""
    cells = _cells(line, now, named=named)
    widths = (8, 8, 20, 8) if named else (8, 8, 8)
    fixed = [Text(str(cell).ljust(width)) for cell, width in zip(cells[:-1], widths, strict=True)]
    fixed[1] = Text(str(cells[1]).rjust(8))
    return Columns([""] * len(cells), [[*fixed, cells[-1]]], fold=True)


def _cells(line: TimelineLine, now: datetime, *, named: bool) -> list[str | Text]:
    about = [line.subject or "(all)"] if named else []
    return [clocked(line.at, now), str(line.position), *about, line.kind, sentence(line, now)]


def sentence(line: TimelineLine, now: datetime) -> Text:
    """Give what happened, with its replica before and its number after it, coloured by how grave it is."""
    whose = f"replica {short_replica(line.replica)} " if line.replica else "a replica " if line.uid else ""
    times = f" ({line.times} times)" if line.times > 1 else ""
    late = f" (recorded at {clocked(line.recorded_at, now)})" if recorded_late(line.at, line.recorded_at) else ""
    return Text(whose + line.text + times + late, style=GRAVITY[line.severity])
