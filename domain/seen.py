"""What was seen of a deployment's own objects, not its replicas: progress, drift, the end. Stream `seen/<project>/<name>`."""

import json
from dataclasses import dataclass
from typing import Literal, Self

from domain.objects import Fields, Mark, ObjectRef, Scalar

ABSENT = "absent"
"""Stands for the value of a field that is not there."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the API server made of our write: the fields that are ours, with its values, and all that it returned.

    A field of ours that the server leaves out of its answers (`paused: false`) stands in `ours` as `absent`: when it is seen
    after all, someone else has set it.
    """

    ours: Fields
    all: Fields

    @classmethod
    def of(cls, document: bytes) -> Self:
        """Read the document that stands in the ledger under `Succeeded.settled`."""
        content = json.loads(document)
        return cls(content["ours"], content["all"])


@dataclass(frozen=True, slots=True)
class Change:
    """One field that is not as we left it: who (a field manager, or `unknown`), what, from, to.

    `absent` stands for a field that is not there. Values of environment variables and probe headers are masked.
    """

    path: str
    was: Scalar
    now: Scalar
    manager: str


@dataclass(frozen=True, slots=True)
class Drifted:
    """Someone else changed what is ours. Replaces what an earlier such fact said of the object."""

    ref: ObjectRef
    uid: str
    resource_version: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class DriftEnded:
    """The object is as we left it again; `how` tells whether by our correction or by other hands."""

    ref: ObjectRef
    uid: str
    resource_version: str
    how: Literal["corrected", "reverted"]


@dataclass(frozen=True, slots=True)
class UnmanagedSeen:
    """Someone added to our pod template what we have no opinion on: recorded, left alone."""

    ref: ObjectRef
    uid: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class MarkDoubted:
    """An object of a deployment carries a mark that this ledger never wrote: forged, or left by a copy that knew more.

    `timeline` and `position` are what it claims; `ahead` tells that it claims a decision beyond all that are on record, and
    then this one deployment is left alone until the mark is gone or a person overrules it. `manager` wrote it (`unknown`: not
    known).
    """

    ref: ObjectRef
    uid: str
    timeline: int
    position: int
    ahead: bool
    manager: str


@dataclass(frozen=True, slots=True)
class MarkCleared:
    """The object no longer carries the mark that was doubted."""

    ref: ObjectRef
    uid: str


@dataclass(frozen=True, slots=True)
class ObjectMet:
    """An object with our label stands there whose last write the ledger does not know."""

    ref: ObjectRef
    uid: str
    mark: Mark
    resource_version: str


@dataclass(frozen=True, slots=True)
class ObjectLeaving:
    """The object is being deleted, and not by us: it waits for its dependents or a finalizer."""

    ref: ObjectRef
    uid: str


@dataclass(frozen=True, slots=True)
class ObjectVanished:
    """The object with this uid is no more. Who did it is not in the frame; the API server's audit log knows."""

    ref: ObjectRef
    uid: str
    how: Literal["seen", "missed"]


@dataclass(frozen=True, slots=True)
class RolloutProgressed:
    """The Deployment's controller counts its replicas. `generation` is the one it has caught up with."""

    uid: str
    generation: int
    wanted: int
    replicas: int
    updated: int
    ready: int
    available: int

    @property
    def replacement_left(self) -> int:
        """Give the number of replicas of older templates that are still there."""
        return self.replicas - self.updated

    @property
    def complete(self) -> bool:
        """Tell whether all wanted replicas are there, new and ready, and no other."""
        return self.wanted == self.replicas == self.updated == self.ready == self.available


@dataclass(frozen=True, slots=True)
class ReplicasRefused:
    """The ReplicaSet could not make a pod (quota, admission, …), in Kubernetes' words."""

    reason: str
    message: str
    event: str
    count: int


SeenFact = (
    Drifted
    | DriftEnded
    | UnmanagedSeen
    | MarkDoubted
    | MarkCleared
    | ObjectMet
    | ObjectLeaving
    | ObjectVanished
    | RolloutProgressed
    | ReplicasRefused
)
