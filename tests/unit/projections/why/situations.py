"""Situations: what is on record, what one asks about, and what may be said of it — no less, and above all no more.

Each names the links after what was asked about, with their surety, and the end. `person` names whom the chain may end with: it is
empty wherever nobody can be known to have ordered it. Bob's scaling is the newest order in all of them that begin calmly.
"""

from collections.abc import Callable
from dataclasses import dataclass

from domain.facts import Fact
from domain.record import Recorded
from tests.unit.projections.why.scene import Scene

Build = Callable[[Scene], Recorded[Fact]]


@dataclass(frozen=True)
class Situation:
    """What happened, and what may be said of it."""

    name: str
    build: Build
    links: tuple[str, ...]
    root: str
    end: str
    person: str


SITUATIONS: list[Situation] = []


def situation(*links: str, root: str, end: str, person: str = "") -> Callable[[Build], Build]:
    def keep(build: Build) -> Build:
        SITUATIONS.append(Situation(build.__name__, build, links, root, end, person))
        return build

    return keep


NOT_KNOWN = "someone or something deleted it: the API server's audit log says who"
EVICTED = "EvictionByEvictionAPI"
ORDER = ("follows Succeeded", "recorded Decided", "recorded Submitted")
