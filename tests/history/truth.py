"""What really happened: the truth of one kind, known from what was injected and from the cluster's own state."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.history.scene import Scene

PEOPLE = ("alice", "bob", "carol", "dora", "human", "admin", "root")
"""Everybody who acts in a run. Alice, bob and carol have kubectl, dora gives orders, root submits what the others touch."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One thing that happened, between two moments of this machine's clock."""

    facts: tuple[str, ...]
    """The names of facts any of which tells it."""
    began: datetime
    ended: datetime
    about: str = ""
    """The kind of object, the pod, the node or the namespace that it befell; empty for the deployment as such."""
    holds: tuple[str, ...] = ()
    """What a fact must name to be this one: the field, the object, the reason."""
    user: str = ""
    """Who asked for it, as the API server's audit log has it; empty where the cluster did it."""
    manager: str = ""
    """The field manager that the object shows of it, which is all that is known without an audit log."""
    ordered: bool = False
    """It was an order through the product: its own record has the person."""
    cause: tuple[str, ...] = ()
    """Words any of which the causes told must hold. None for a hand: its own name is the cause."""
    shared: bool = False
    """It befell the project, or all, and no single deployment: the project's facts are where it is told."""
    also: tuple[str, ...] = ()
    """People who had to do with it too: who submitted what cannot but go that way."""
    unknown: str = ""
    """Why no product can know the cause. Then *not known* is the right answer, and a certain one is wrong."""
    values: tuple[str, ...] = ()
    """Values and messages of the cluster that the fact must have as they are."""
    words: tuple[str, ...] = ()
    """What the sentence must name: the object and the field."""
    slack: float = 2.0
    """How many seconds the told time may lie outside the interval; the cluster's own times are whole seconds."""
    event: tuple[str, ...] = ()
    """All of these words in one Event of Kubernetes would tell it; none where Kubernetes makes no Event of it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fact: its name, how it is made to happen, and how that is taken back."""

    name: str
    theme: str
    happen: Callable[["Scene"], Truth]
    undo: Callable[["Scene"], None] | None = None
    patience: float = 20.0
    """How many seconds the product has: of what changes often it looks at the newest each 15 s (`reconciler.flap_damping`)."""
    fast: bool = False
    """It is a part of what runs on every push."""
    alone: bool = False
    """It disturbs all else (a node, the API server, the engine): it runs when nothing else does."""
    needs: str = ""
    """`second` for a second node, `metrics` for metrics-server."""


@dataclass(frozen=True, slots=True)
class Happened:
    """A kind that was made to happen: in which project and to which deployment, and the truth of it."""

    kind: str
    theme: str
    project: str
    deployment: str
    truth: Truth

    def late(self, ended: datetime) -> "Happened":
        """Give the same with a later end of its interval."""
        return replace(self, truth=replace(self.truth, ended=max(ended, self.truth.ended)))
