"""What is done to a cluster, and what came of it.

An action is decided from the ledger alone, recorded, and only then performed: one HTTP write request at most, with the
action's id as `Audit-ID`. Every action has exactly one outcome.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.objects import Mark, ObjectRef


@dataclass(frozen=True, slots=True)
class Create:
    """Make an object that must not be there yet: a read that says 404, then an apply that answers 201."""

    id: str
    ref: ObjectRef
    body: str
    """The digest of the manifest."""
    because: str
    retry_of: str = ""
    verb: Literal["create"] = "create"


@dataclass(frozen=True, slots=True)
class Ensure:
    """See that a shared object (the project's Namespace) is there; writes only when it is missing."""

    id: str
    ref: ObjectRef
    body: str
    because: str
    retry_of: str = ""
    verb: Literal["ensure"] = "ensure"


@dataclass(frozen=True, slots=True)
class Update:
    """Apply a manifest over the object with this uid, at the resourceVersion read just before."""

    id: str
    ref: ObjectRef
    body: str
    uid: str
    because: str
    retry_of: str = ""
    verb: Literal["update"] = "update"


@dataclass(frozen=True, slots=True)
class HandOver:
    """Set a workload's number of replicas under a field manager of its own, at the resourceVersion read just before.

    What our main manager owned and no longer applies would fall back to its default, 1. After this it has another owner, and
    stays.
    """

    id: str
    ref: ObjectRef
    uid: str
    replicas: int
    because: str
    retry_of: str = ""
    verb: Literal["hand-over"] = "hand-over"


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Take the ownership of what others added to what is promised as a whole, so that the apply after it removes it.

    Only managedFields are written, under uid and resourceVersion: the object's content stays as it is. `paths` is the drift that
    the ledger knows; none: all that is promised as a whole, since the apply was refused and it is not known what stands there.
    What the manifest (`body`) declares an apply takes by itself. Writes only where there is something.
    """

    id: str
    ref: ObjectRef
    body: str
    uid: str
    paths: tuple[str, ...]
    because: str
    retry_of: str = ""
    verb: Literal["take-over"] = "take-over"


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete the object with this uid, its dependents first."""

    id: str
    ref: ObjectRef
    uid: str
    because: str
    retry_of: str = ""
    verb: Literal["remove"] = "remove"


Action = Create | Ensure | Update | HandOver | TakeOver | Remove


@dataclass(frozen=True, slots=True)
class VersionHealthy:
    """All wanted replicas of the version are ready, for the first time."""

    number: int
    finding: Literal["healthy"] = "healthy"


@dataclass(frozen=True, slots=True)
class VersionFailed:
    """The rollout made no progress for its deadline; `why` is in the replicas' own words."""

    number: int
    why: tuple[str, ...]
    finding: Literal["failed"] = "failed"


@dataclass(frozen=True, slots=True)
class VersionRecovered:
    """A version that had failed got all its replicas ready after all; its verdict stays."""

    number: int
    finding: Literal["recovered"] = "recovered"


@dataclass(frozen=True, slots=True)
class GaveUpCorrecting:
    """Someone else changes this field as often as we put it right: left as it is until the next order."""

    ref: ObjectRef
    path: str
    corrections: int
    finding: Literal["gave-up"] = "gave-up"


@dataclass(frozen=True, slots=True)
class IncarnationEnded:
    """Everything of a deleted deployment is gone; its name is free, its history stays."""

    incarnation: int
    finding: Literal["ended"] = "ended"


Finding = VersionHealthy | VersionFailed | VersionRecovered | GaveUpCorrecting | IncarnationEnded


@dataclass(frozen=True, slots=True)
class Decided:
    """What the reconciler decided, with all that is needed to decide it again.

    `position`: everything up to there was folded. `policy`: the digest of the settings used. `decider`: the version of the
    rules.
    """

    position: int
    now: datetime
    decider: str
    policy: str
    actions: tuple[Action, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Taken:
    """A field, or an element of a list, that an apply leaves to its owner, and the manager from which it was taken over."""

    path: str
    manager: str


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The cluster did it. `effect` is created, updated, deleted, found (it was so already) or absent (it was gone already).

    Of a take-over: `taken over`, with what was `taken` from whom, or found (an apply is enough).

    `wrote` tells whether a write request was answered with success, so that the audit log must show it.
    `settled` is the digest of the object's fields as the server returned them (JSON of path to scalar): drift is judged
    against these.
    """

    action: str
    ref: ObjectRef
    effect: str
    wrote: bool
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    settled: str = ""
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The cluster, or our own guard, said no, and nothing was changed.

    `code`: NotOurs, AlreadyThere, Gone, Replaced, Superseded, Contested, or the API server's reason. `uid` is that of the
    object which stood in the way.
    """

    action: str
    ref: ObjectRef
    code: str
    message: str
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Whether it happened cannot be known any more; what is still needed becomes a new action with `retry_of`."""

    action: str
    ref: ObjectRef
    message: str


@dataclass(frozen=True, slots=True)
class NotAttempted:
    """The action was never sent, because one before it in the same decision did not succeed."""

    action: str
    ref: ObjectRef
    message: str


Outcome = Succeeded | Failed | Unknown | NotAttempted

ActionFact = Decided | Succeeded | Failed | Unknown | NotAttempted


def mark_of(ledger: str, action: Action, *, timeline: int, position: int) -> Mark:
    """Give the mark that an action leaves on its object."""
    return Mark(ledger, action.id, timeline, position)
