"""A deployment: everything known under one name, and what is asked of it.

It is the fold (`domain.deployment_fold`) of all that was ordered, decided, done and seen. What the reconciler plans and what
people are shown both come from this value, and from nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from domain.actions import Action
from domain.audit import Requests
from domain.filling import Filling
from domain.hold import ActiveHold
from domain.measuring import DurationLost, DurationMeasured
from domain.names import Key, Names
from domain.objects import Kind, ObjectRef
from domain.orders import Fill, Submitted
from domain.repeats import RepeatCount
from domain.replica import Replica
from domain.replica_sets import ReplicaSets
from domain.scaling import Scaling
from domain.seen import MarkDoubted, RolloutProgressed
from domain.served import ServingState
from domain.tracked_objects import TrackedObject
from domain.troubles import Trouble, Troubles

Verdict = Literal["", "healthy", "failed"]


@dataclass(frozen=True, slots=True)
class Version:
    """One submission and how it went. `verdict` stays what it first became; `recovered` tells of a late success."""

    order: Submitted
    submitted_at: datetime
    fact: str
    """The id of the fact that made it."""
    verdict: Verdict = ""
    judged_at: datetime | None = None
    why: tuple[str, ...] = ()
    recovered: bool = False
    healthy_at: datetime | None = None
    """When it was found healthy, in time or late."""
    crashed_first: datetime | None = None
    crashed_at: datetime | None = None
    """When a container of it first and last ended of itself, or for a check that failed, after it had been healthy."""

    @property
    def number(self) -> int:
        """Give its number, from 1 on."""
        return self.order.number

    @property
    def runs(self) -> bool:
        """Tell whether it wants any replica: else nothing of it can be healthy or not."""
        return self.order.enabled and self.order.replicas > 0

    @property
    def was_healthy(self) -> bool:
        """Tell whether it was ever found healthy, in time or late."""
        return self.verdict == "healthy" or self.recovered

    @property
    def timed(self) -> bool:
        """Tell whether its autoscaler asks how long requests take."""
        return any(rendered.ref.kind == Kind.API_SERVICE.value for rendered in self.order.objects)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A mark on an object that this ledger never wrote; `overruled`: a person has said that it means nothing."""

    found: MarkDoubted
    overruled: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """An action without an outcome yet, and the decision's position, which its mark carries."""

    action: Action
    position: int


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything known under one name. `deleted` and `ended` are incarnations: ordered to go, and gone."""

    key: Key
    versions: tuple[Version, ...] = ()
    deleted: int = 0
    ended: int = 0
    hold: ActiveHold | None = None
    objects: Mapping[ObjectRef, TrackedObject] = field(default_factory=dict[ObjectRef, TrackedObject])
    pending: Mapping[str, Pending] = field(default_factory=dict[str, Pending])
    unsure: Mapping[ObjectRef, str] = field(default_factory=dict[ObjectRef, str])
    """Objects whose last action has an unknown outcome, and that action's id."""
    decided: int = 0
    """How many actions were ever decided: the identity of the next."""
    decided_at: int = 0
    """The ledger's head at the newest decision to act; an object's mark beyond it is of a decision that this ledger has lost."""
    trouble: Trouble | None = None
    """What did not succeed in a row of decisions, whatever it was about; over once a whole one has succeeded."""
    troubles: Troubles = field(default_factory=dict[ObjectRef, Trouble])
    progress: RolloutProgressed | None = None
    best: tuple[int, int, int] = (-1, -1, 0)
    progressed_at: datetime | None = None
    refused_replicas: str = ""
    refusals: Mapping[str, RepeatCount] = field(default_factory=dict[str, RepeatCount])
    """What was told already of each core Event about replicas that could not be made."""
    replicas: Mapping[str, Replica] = field(default_factory=dict[str, Replica])
    replica_sets: ReplicaSets = field(default_factory=ReplicaSets)
    """Its ReplicaSets that are to have replicas, which pods were theirs, and what admission made of their pods."""
    ran: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """For each pod template, the image digests that were seen to run."""
    scaling: Scaling = field(default_factory=Scaling)
    duration: DurationMeasured | DurationLost | None = None
    """What the autoscaler is told of how long requests take; None before the first value."""
    fills: Mapping[str, Filling] = field(default_factory=dict[str, Filling])
    """The fill of each claim that is there, by the claim's name."""
    filled: Mapping[str, str] = field(default_factory=dict[str, str])
    """For each claim that was ever filled, what it held."""
    opened: int = 0
    """The number of the newest version that had all its content: it is the one that is applied."""
    unsound: Mapping[int, str] = field(default_factory=dict[int, str])
    """Rows about it that cannot be read, by position: what is folded here misses them, and nobody decides on it."""
    doubts: tuple[Doubt, ...] = ()
    """The marks on its objects that this ledger never wrote."""
    requests: Requests = field(default_factory=Requests)
    """What others asked of the API server about it, as far as an audit log tells."""
    served: ServingState = field(default_factory=ServingState)
    """Whether requests reach its replicas, and which objects of others take them."""

    @property
    def newest(self) -> Version | None:
        """Give the newest version, also of a deleted incarnation."""
        return self.versions[-1] if self.versions else None

    @property
    def names(self) -> Names:
        """Give what it is called on Kubernetes: what its versions have on record; without one, what it would be called."""
        recorded = (version.order.names for version in reversed(self.versions))
        return next((names for names in recorded if names), None) or self.key.names()

    @property
    def wanted(self) -> Version | None:
        """Give the version that shall run; None before the first and after a deletion."""
        newest = self.newest
        return newest if newest and newest.order.incarnation > self.deleted else None

    @property
    def doubted(self) -> tuple[MarkDoubted, ...]:
        """Give the marks for which it is left alone until they are gone, or a person overrules them."""
        return tuple(doubt.found for doubt in self.doubts if doubt.found.ahead and not doubt.overruled)

    @property
    def removing(self) -> bool:
        """Tell whether a deleted incarnation is not gone yet."""
        return self.deleted > self.ended

    @property
    def exists(self) -> bool:
        """Tell whether there is something to show as present: wanted, or not gone yet."""
        return self.wanted is not None or self.removing

    @property
    def workload(self) -> TrackedObject | None:
        """Give the Deployment object, where it is known to be there."""
        return next((known for ref, known in self.objects.items() if ref.kind == Kind.DEPLOYMENT.value), None)

    @property
    def effective(self) -> Version | None:
        """Give the version whose replicas shall run now: until the wanted one has its content, the one that had it before."""
        wanted, version = self.wanted, self.version(self.opened)
        if wanted is None or version is None or version.order.incarnation != wanted.order.incarnation:
            return None
        return version

    def fills_needed(self, version: Version) -> tuple[Fill, ...]:
        """Give what must be filled before a version runs; nothing while it is stopped."""
        return version.order.fills if version.order.replicas else ()

    def filling(self, version: Version) -> tuple[tuple[Fill, Filling | None], ...]:
        """Give the fills of a version that are not done, each with how far it is (None: nothing was heard of it yet)."""
        all_fills = ((fill, self.fills.get(fill.claim.name)) for fill in self.fills_needed(version))
        return tuple((fill, filling) for fill, filling in all_fills if filling is None or filling.stage != "done")

    def fill_at(self, place: ObjectRef) -> Fill | None:
        """Find the fill that a claim or a job belongs to."""
        fills = (fill for version in reversed(self.versions) for fill in version.order.fills)
        return next((fill for fill in fills if place in {fill.claim, fill.job}), None)

    def version(self, number: int) -> Version | None:
        """Look a version up by its number."""
        return self.versions[number - 1] if 0 < number <= len(self.versions) else None

    def workload_body(self, replica: Replica) -> str:
        """Give the digest of the Deployment manifest that a replica was made by; empty where no version has its template."""
        versions = (version for version in reversed(self.versions) if version.order.template == replica.template)
        rendered = (one for version in versions for one in version.order.objects if one.ref.kind == Kind.DEPLOYMENT.value)
        return next((one.body for one in rendered), "")

    def autoscaled(self, body: str) -> bool:
        """Tell whether a manifest of the workload leaves the number of replicas out, for an autoscaler to say."""
        orders = (version.order for version in reversed(self.versions))
        order = next((order for order in orders if any(rendered.body == body for rendered in order.objects)), None)
        return order is not None and order.ceiling > 0

    def applied(self, version: Version) -> bool:
        """Tell whether the cluster was told the whole of a version: of a job, that it is done and not needed any more."""
        return not self.filling(version) and all(
            (known := self.objects.get(rendered.ref)) is not None
            and known.body in {rendered.body, "found"}
            and rendered.ref not in self.unsure
            for rendered in version.order.objects
            if rendered.ref.kind != Kind.JOB.value
        )

    def begun(self, version: Version) -> bool:
        """Tell whether anything was done for the wanted version yet, or nothing had to be: only then does its deadline run."""
        waits = any((known := self.objects.get(one.ref)) is not None and known.leaving for one in version.order.objects)
        return self.progressed_at is not None or waits or self.applied(version)

    def current_replicas(self) -> tuple[Replica, ...]:
        """Give the replicas, oldest first."""
        return tuple(sorted(self.replicas.values(), key=lambda r: (str(r.created_at), r.pod)))
