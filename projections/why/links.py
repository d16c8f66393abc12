"""A chain of causes, link by link, and how surely each is one.

A cause is only told as one where the ledger names it or where it follows from what is recorded. What could as well have happened
without it is shown beside, and never leads on: else a person is blamed for what nobody ordered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from domain.facts import Fact
from domain.record import Recorded

Surety = Literal["asked", "recorded", "follows", "beside"]
"""asked: what one asked about. recorded: the ledger names it as the cause. follows: it follows necessarily from what is recorded.
beside: it is only near in time; whether it has to do with it is not known."""
Root = Literal["person", "cluster", "unknown"]


@dataclass(frozen=True, slots=True)
class Link:
    """One fact of the chain, and how surely it is the cause of the one that it explains."""

    recorded: Recorded[Fact]
    surety: Surety
    ground: str = ""
    """Why it is taken for the cause, in words: what the two have to do with each other."""
    of: int = 0
    """The position of the fact that it explains; 0 for what was asked about."""


@dataclass(frozen=True, slots=True)
class Chain:
    """From what was asked about, back to its root; `end` says in a sentence what the root is."""

    links: tuple[Link, ...]
    root: Root
    end: str

    @property
    def causes(self) -> tuple[Link, ...]:
        """Give what was asked about and what is told as a cause: all but what only stands beside."""
        return tuple(link for link in self.links if link.surety != "beside")


Links = tuple[Link, ...]
NOTHING: Links = ()


def recorded(cause: Recorded[Fact] | None, ground: str = "") -> Links:
    """Give the cause that the ledger names."""
    return (Link(cause, "recorded", ground),) if cause else NOTHING


def follows(cause: Recorded[Fact] | None, ground: str = "") -> Links:
    """Give a cause that follows from what is recorded."""
    return (Link(cause, "follows", ground),) if cause else NOTHING


def beside(others: Iterable[Recorded[Fact] | None], ground: str = "near in time") -> Links:
    """Give what was near in time, and is no known cause."""
    return tuple(Link(other, "beside", ground) for other in others if other)
