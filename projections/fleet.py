"""The fleet: all deployments, kept folded in rows, so that a list of thousands need not read the whole ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain import deployment_fold
from domain import world as worlds
from domain.audit import Requests
from domain.deployment import Deployment, Doubt, Pending, Version
from domain.facts import Fact
from domain.filling import Filling
from domain.hold import ActiveHold
from domain.measuring import DurationLost, DurationMeasured
from domain.names import Key
from domain.objects import ObjectRef
from domain.record import Recorded
from domain.repeats import RepeatCount
from domain.replica import Replica
from domain.replica_sets import ReplicaSets
from domain.scaling import Scaling
from domain.seen import RolloutProgressed
from domain.served import ServingState
from domain.tracked_objects import TrackedObject
from domain.troubles import Trouble
from domain.world import World
from projections.status import StatusRow
from projections.status import row as status


@dataclass(frozen=True, slots=True)
class Shelved:
    """A deployment as a row: the same fields, mappings by objects and ids as lists, since a row is JSON."""

    key: Key
    versions: tuple[Version, ...] = ()
    deleted: int = 0
    ended: int = 0
    hold: ActiveHold | None = None
    objects: tuple[TrackedObject, ...] = ()
    pending: tuple[Pending, ...] = ()
    unsure: tuple[tuple[ObjectRef, str], ...] = ()
    decided: int = 0
    decided_at: int = 0
    trouble: Trouble | None = None
    troubles: tuple[Trouble, ...] = ()
    progress: RolloutProgressed | None = None
    best: tuple[int, int, int] = (-1, -1, 0)
    progressed_at: datetime | None = None
    refused_replicas: str = ""
    refusals: Mapping[str, RepeatCount] = field(default_factory=dict[str, RepeatCount])
    replicas: tuple[Replica, ...] = ()
    replica_sets: ReplicaSets = field(default_factory=ReplicaSets)
    ran: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    scaling: Scaling = field(default_factory=Scaling)
    duration: DurationMeasured | DurationLost | None = None
    fills: Mapping[str, Filling] = field(default_factory=dict[str, Filling])
    filled: Mapping[str, str] = field(default_factory=dict[str, str])
    opened: int = 0
    unsound: Mapping[int, str] = field(default_factory=dict[int, str])
    doubts: tuple[Doubt, ...] = ()
    requests: Requests = field(default_factory=Requests)
    served: ServingState = field(default_factory=ServingState)


def shelve(deployment: Deployment) -> Shelved:
    """Put a deployment away."""
    same: dict[str, Any] = {name: getattr(deployment, name) for name in _SAME}
    return Shelved(
        **same,
        objects=tuple(deployment.objects.values()),
        pending=tuple(deployment.pending.values()),
        unsure=tuple(deployment.unsure.items()),
        troubles=tuple(deployment.troubles.values()),
        replicas=tuple(deployment.replicas.values()),
    )


def unshelve(shelved: Shelved) -> Deployment:
    """Take a deployment out again, equal to what was put away."""
    same: dict[str, Any] = {name: getattr(shelved, name) for name in _SAME}
    return Deployment(
        **same,
        objects={known.ref: known for known in shelved.objects},
        pending={pending.action.id: pending for pending in shelved.pending},
        unsure=dict(shelved.unsure),
        troubles={trouble.ref: trouble for trouble in shelved.troubles},
        replicas={replica.uid: replica for replica in shelved.replicas},
    )


_LISTS = {"objects", "pending", "unsure", "troubles", "replicas"}
_SAME = tuple(name for name in Shelved.__slots__ if name not in _LISTS)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list shows of a deployment. `unsound`: it misses what could not be read, and is folded anew to be shown."""

    status: StatusRow
    unsound: bool = False


@dataclass(frozen=True)
class FleetView:
    """One row a deployment, by its subject. Raise `schema` when the fold of a deployment or its status changes."""

    name: str = "fleet"
    schema: int = 11
    row: Any = Shelved
    summary: Any = Listed

    def key(self, recorded: Recorded[Fact]) -> str | None:
        """Name the deployment that a fact is about."""
        subject = recorded.metadata.subject
        return subject if "/" in subject else None

    def evolve(self, row: Shelved | None, recorded: Recorded[Fact]) -> Shelved:
        """Take a fact in."""
        before = unshelve(row) if row else Deployment(Key.of(recorded.metadata.subject))
        return shelve(deployment_fold.evolve(before, recorded))

    def summarize(self, row: Shelved) -> Listed:
        """Give what a list shows: thousands of these are read in the time of a few hundred whole rows."""
        deployment = unshelve(row)
        return Listed(status(deployment), bool(deployment.unsound))


WORLD = "world"
"""The key of the one row for what holds for all."""


@dataclass(frozen=True)
class WorldView:
    """One row for what holds for all."""

    name: str = "world"
    schema: int = 3
    row: Any = World
    summary: None = None
    summarize: None = None

    def key(self, recorded: Recorded[Fact]) -> str | None:
        """Give the one row's key, unless the fact is about a single deployment."""
        return None if "/" in recorded.metadata.subject else WORLD

    def evolve(self, row: World | None, recorded: Recorded[Fact]) -> World:
        """Take a fact in."""
        return worlds.evolve(row or World(), recorded)


VIEWS = (FleetView(), WorldView())
