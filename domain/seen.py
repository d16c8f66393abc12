"""What was seen of a deployment's own objects, not its replicas: progress, drift, the end. Stream `seen/<project>/<name>`."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from domain.objects import Fields, Mark, ObjectRef, Scalar

ABSENT = "absent"
"""Stands for the value of a field that is not there."""


@dataclass(frozen=True, slots=True)
class AppliedState:
    """What the API server made of our write: the fields that are ours, with its values, and all that it returned.

    A field of ours that the server leaves out of its answers (`paused: false`) stands in `ours` as `absent`: when it is seen
    after all, someone else has set it.
    """

    ours: Fields
    all: Fields
    whole: bool = False
    """It was written since what is promised is compared whole: `all` has the metadata too, and `ours` the order of lists."""
    at: datetime | None = None
    """When the API server says that our write was."""
    admitted: tuple[tuple[str, Scalar, Scalar], ...] = ()
    """What admission made other than we asked: a path, what was asked, what stands."""

    @classmethod
    def of(cls, document: bytes) -> Self:
        """Read the document that stands in the ledger under `Succeeded.settled`."""
        content = json.loads(document)
        at, admitted = content.get("at"), content.get("admitted", ())
        return cls(
            content["ours"],
            content["all"],
            content.get("whole", False),
            datetime.fromisoformat(at) if at else None,
            tuple((path, asked, stands) for path, asked, stands in admitted),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One field that is not as we left it: who (a field manager, or `unknown`), what, from, to, and when.

    `absent` stands for a field that is not there: what was `absent` is an addition. Values of environment variables and probe
    headers are masked. `at` is the time that managedFields give for the manager's last write; None where they give none.
    """

    path: str
    was: Scalar
    now: Scalar
    manager: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Drifted:
    """Someone else changed what is ours, or added to what is promised as a whole (`domain.unmanaged_rules`).

    Replaces what an earlier such fact said of the object: `before` names the paths among `changes` that it told as they are.
    """

    ref: ObjectRef
    uid: str
    resource_version: str
    changes: tuple[Change, ...]
    before: tuple[str, ...] = ()
    since: datetime | None = None
    """When our own last write was, by the API server's clock, in whole seconds: whatever is told here was written after it."""


@dataclass(frozen=True, slots=True)
class DriftEnded:
    """The object is as we left it again; `how` tells whether by our correction or by other hands."""

    ref: ObjectRef
    uid: str
    resource_version: str
    how: Literal["corrected", "reverted"]


@dataclass(frozen=True, slots=True)
class UnmanagedSeen:
    """Someone added to an object of ours what changes nothing of the promise: recorded, left alone.

    `changes` is all there is of it now; `before` names the paths among it that were told already, `gone` is what was there and
    is no more.
    """

    ref: ObjectRef
    uid: str
    changes: tuple[Change, ...]
    before: tuple[str, ...] = ()
    gone: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class AdmissionChanged:
    """The API server's admission (a policy, a webhook, a LimitRange) made an object of ours other than we asked.

    `changes` is all of it at our last write: what was asked, what stands. Empty: the last write was left as it was asked.
    Which policy or webhook it was is not in the server's answer.
    """

    ref: ObjectRef
    uid: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class MarkDoubted:
    """An object of a deployment carries a mark that this ledger never wrote: forged, or left by a copy that knew more.

    `timeline` and `position` are what it claims; `ahead` tells that it claims a decision beyond all that are on record, and
    then this one deployment is left alone until the mark is gone or a person overrules it. `manager` wrote it (`unknown`: not
    known). `action` is the action that it claims, where that is what was forged.
    """

    ref: ObjectRef
    uid: str
    timeline: int
    position: int
    ahead: bool
    manager: str
    action: str = ""
    at: datetime | None = None


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
    """The object is being deleted, as a rule not by us: it waits for its dependents or a finalizer.

    Who ordered it is not in the frame: `managers` are the last ones who wrote the object, newest first, and may be innocent.
    `at` is when it was ordered.
    """

    ref: ObjectRef
    uid: str
    managers: tuple[str, ...] = ()
    finalizers: tuple[str, ...] = ()
    at: datetime | None = None
    ours: bool = False
    """We ordered it; it is told because it does not come to its end: what `finalizers` name has to let it go."""


@dataclass(frozen=True, slots=True)
class ObjectVanished:
    """The object with this uid is no more. Who did it is not in the frame; the API server's audit log knows."""

    ref: ObjectRef
    uid: str
    how: Literal["seen", "missed"]
    managers: tuple[str, ...] = ()
    """The last ones who wrote it, newest first; they may be innocent of its end."""
    finalizers: tuple[str, ...] = ()
    at: datetime | None = None
    """When its deletion was ordered, where the last frame says so."""


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
    times: int = 1
    """How many alike (the pods' names differ) this fact stands for, since the last one; `message` is the newest."""


@dataclass(frozen=True, slots=True)
class ReplicaSetScaled:
    """A ReplicaSet is to have another number of replicas than was last told; `before` is None where it is seen first."""

    ref: ObjectRef
    uid: str
    template: str
    before: int | None
    after: int
    at: datetime | None
    """When its controller wrote it, as managedFields say."""


SeenFact = (
    Drifted
    | DriftEnded
    | UnmanagedSeen
    | AdmissionChanged
    | MarkDoubted
    | MarkCleared
    | ObjectMet
    | ObjectLeaving
    | ObjectVanished
    | RolloutProgressed
    | ReplicasRefused
    | ReplicaSetScaled
)
