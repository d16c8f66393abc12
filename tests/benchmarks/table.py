"""Lines of a table of figures, and how much is measured."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """How much: deployments in a burst and in a big ledger, and seconds that nothing happens."""

    burst: int = 300
    ledger: int = 1000
    quiet: float = 90.0


@dataclass(frozen=True)
class Line:
    """A figure of ours, and what it is held against."""

    what: str
    ours: float
    beside: str = ""
    floor: float | None = None
    note: str = ""


def show(lines: Iterable[Line]) -> None:
    """Print each line as soon as it is known."""
    for line in lines:
        floor = f"{line.floor:9.2f}  {line.beside}" if line.floor is not None else ""
        print(f"{line.what:44} {line.ours:9.2f}   {floor:36} {line.note}".rstrip(), flush=True)
