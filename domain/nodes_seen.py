"""What befell the nodes that replicas of ours run on: cordoned, not ready, gone, and back. Stream `cluster/<uid>`, once for all.

A node is told of while a replica of ours is on it, and from then on until it is as it was. Which deployments that concerns is
found out by who reads (`projections.concerns`): it depends on where their replicas were.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class NodeCordoned:
    """No new pods are put there any more (`spec.unschedulable`). `manager` set that, `unknown` where managedFields say nothing.

    `kubectl drain` cordons first, and is `kubectl` as for a cordon alone; what it evicts is told of each replica.
    """

    node: str
    manager: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NodeUncordoned:
    """It takes new pods again. Of a field that was taken away no manager is known: then `manager` is `unknown`."""

    node: str
    manager: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NodeUnready:
    """Its condition Ready does not hold; reason and message are Kubernetes' own, `at` is when it changed.

    `times`: of so many changes since the last fact about it this is the newest, where it flapped.
    """

    node: str
    reason: str
    message: str
    at: datetime | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class NodeReady:
    """Its condition Ready holds again."""

    node: str
    at: datetime | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class NodeGone:
    """The Node object is no more. `how`: it was seen, or it was missing from a list."""

    node: str
    how: Literal["seen", "missed"] = "seen"


@dataclass(frozen=True, slots=True)
class NodeCame:
    """A node of this name is there again."""

    node: str


NodeFact = NodeCordoned | NodeUncordoned | NodeUnready | NodeReady | NodeGone | NodeCame
