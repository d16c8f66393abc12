"""A deployment: the fold of everything that was ordered, decided, done and seen under one name.

`evolve` takes in one recorded fact after the other and never refuses. What the reconciler plans and what people are shown
both come from this value, and from nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Self, assert_never

from domain import replica as replicas
from domain import replica_sets
from domain import scaling as scalings
from domain import served as servings
from domain.actions import (
    Action,
    Create,
    Decided,
    Ensure,
    Failed,
    Finding,
    GaveUpCorrecting,
    HandOver,
    IncarnationEnded,
    NotAttempted,
    Outcome,
    Remove,
    Succeeded,
    TakeOver,
    Unknown,
    Update,
    VersionFailed,
    VersionHealthy,
    VersionRecovered,
)
from domain.audit import Requests, RequestWitnessed
from domain.facts import Fact
from domain.filling import FillDone, FillFact, FillFailed, Filling, FillProgressed, FillStarted, emptied
from domain.filling import take_in as take_in_fill
from domain.known import Known, corrected, fresh_patience, take_in
from domain.measuring import DurationLost, DurationMeasured
from domain.names import Key, Names
from domain.objects import SHARED, Kind, ObjectRef
from domain.orders import DeletionOrdered, Fill, Held, MarksOverruled, Resumed, Submitted
from domain.pod_facts import ReplicaAdmitted, ReplicaRemoved
from domain.record import Circumstances, Recorded
from domain.replica import ImagePulled, Replica, ReplicaCreated, ReplicaGone, Restarted
from domain.replica_sets import ReplicaSets
from domain.scaling import COUNT, Scaled, ScaledByHand, Scaling, ScalingTroubled, ScalingTroubleEnded
from domain.seen import (
    AdmissionChanged,
    Drifted,
    DriftEnded,
    MarkCleared,
    MarkDoubted,
    ObjectLeaving,
    ObjectMet,
    ObjectVanished,
    ReplicaSetScaled,
    ReplicasRefused,
    RolloutProgressed,
    UnmanagedSeen,
)
from domain.served import Served
from domain.serving_seen import EndpointsChanged, LetGo, TakenUp
from domain.told import Told, tell
from domain.troubles import Trouble, Troubles, once_more, without
from domain.unsound import NONSENSE, RowSetAside, Unreadable

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
class Hold:
    """Someone wants it left as it is."""

    since: datetime
    until: datetime | None
    who: str
    reason: str
    acting_as: str = ""
    """In whose name; empty: in their own."""

    @classmethod
    def placed(cls, at: datetime, until: datetime | None, circumstances: Circumstances) -> Self:
        """Give the hold that was placed in these circumstances."""
        who = circumstances.who
        return cls(at, until, who.name, circumstances.reason, who.acting_as)

    def holds(self, now: datetime) -> bool:
        """Tell whether it has not run out."""
        return self.until is None or now < self.until


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
    hold: Hold | None = None
    objects: Mapping[ObjectRef, Known] = field(default_factory=dict[ObjectRef, Known])
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
    refusals: Mapping[str, Told] = field(default_factory=dict[str, Told])
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
    served: Served = field(default_factory=Served)
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
    def workload(self) -> Known | None:
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


def fold(key: Key, history: Iterable[Recorded[Fact]]) -> Deployment:
    """Give the deployment that a history makes."""
    deployment = Deployment(key)
    for recorded in history:
        deployment = evolve(deployment, recorded)
    return deployment


def evolve(deployment: Deployment, recorded: Recorded[Fact]) -> Deployment:
    """Take a recorded fact in. It has happened, so nothing here refuses; what does not concern a deployment changes nothing.

    One that can be read and makes no sense here (a number beyond all numbers, from other hands) is a hole in the fold as well.
    """
    try:
        return _evolve(deployment, recorded)
    except NONSENSE as error:
        why = f"the fact at position {recorded.position} of the ledger makes no sense here: {error!r}"
        return replace(deployment, unsound={**deployment.unsound, recorded.position: why})


def _evolve(deployment: Deployment, recorded: Recorded[Fact]) -> Deployment:  # noqa: C901, PLR0911, PLR0912 (one line a fact)
    at = recorded.recorded_at
    match recorded.fact:
        case Submitted() as order:
            return _submitted(deployment, order, recorded)
        case DeletionOrdered(incarnation):
            return replace(deployment, deleted=incarnation, trouble=None, troubles={})
        case Held(until):
            return replace(deployment, hold=Hold.placed(at, until, recorded.circumstances))
        case Resumed():
            return replace(deployment, hold=None, trouble=None, troubles={}, objects=fresh_patience(deployment.objects))
        case Decided() as decided:
            return _decided(deployment, decided, at)
        case Succeeded() | Failed() | Unknown() | NotAttempted() as outcome:
            return _outcome(deployment, outcome, at)
        case RolloutProgressed() as progress:
            return _progressed(deployment, progress, at)
        case (
            Drifted()
            | DriftEnded()
            | UnmanagedSeen()
            | AdmissionChanged()
            | ObjectMet()
            | ObjectLeaving()
            | ObjectVanished() as seen
        ):
            over = deployment.trouble and deployment.trouble.ref == seen.ref and isinstance(seen, DriftEnded | ObjectVanished)
            trouble = None if over else deployment.trouble
            ended = isinstance(seen, DriftEnded | ObjectVanished)
            troubles = without(deployment.troubles, seen.ref) if ended else deployment.troubles
            deployment = replace(deployment, objects=take_in(deployment.objects, seen), trouble=trouble, troubles=troubles)
            return _vanished(deployment, seen) if isinstance(seen, ObjectVanished) else deployment
        case MarkDoubted() | MarkCleared() as seen:
            return replace(deployment, doubts=_doubts(deployment, seen))
        case MarksOverruled(refs):
            doubts = tuple(replace(d, overruled=d.overruled or d.found.ref in refs) for d in deployment.doubts)
            return replace(deployment, doubts=doubts)
        case FillStarted() | FillProgressed() | FillDone() | FillFailed() as fill:
            return _filled(deployment, fill, at)
        case Scaled() | ScaledByHand() | ScalingTroubled() | ScalingTroubleEnded() as scaling:
            return replace(deployment, scaling=scalings.evolve(deployment.scaling, scaling, at))
        case DurationMeasured() | DurationLost() as duration:
            return replace(deployment, duration=duration)
        case RequestWitnessed() as request:
            return replace(deployment, requests=deployment.requests.taking(request))
        case ReplicasRefused(reason, message, event, count):
            told = tell(deployment.refusals, event, count)
            return replace(deployment, refused_replicas=f"{reason}: {message}", refusals=told)
        case EndpointsChanged() | TakenUp() | LetGo() as serving:
            return replace(deployment, served=servings.take_in(deployment.served, serving))
        case ReplicaSetScaled() as scaled:
            return replace(deployment, replica_sets=replica_sets.take_in(deployment.replica_sets, scaled))
        case Unreadable(why=why):
            return replace(deployment, unsound={**deployment.unsound, recorded.position: why})
        case RowSetAside(position=position):
            return replace(deployment, unsound={at: why for at, why in deployment.unsound.items() if at != position})
        case _:
            return _replica(deployment, recorded)


def _submitted(deployment: Deployment, order: Submitted, recorded: Recorded[Fact]) -> Deployment:
    version = Version(order, recorded.recorded_at, recorded.circumstances.id)
    deployment = replace(
        deployment,
        versions=(*deployment.versions, version),
        trouble=None,
        troubles={},
        progressed_at=None,
        best=(-1, -1, 0),
        refused_replicas="",
        # Not all is watched: each version sees to it anew that what it needs of that is there.
        objects={r: k for r, k in fresh_patience(deployment.objects).items() if r.kind not in _UNWATCHED},
        duration=deployment.duration if version.timed else None,
    )
    return _open(deployment)


_UNWATCHED = frozenset({Kind.SECRET.value, Kind.API_SERVICE.value})


def _open(deployment: Deployment) -> Deployment:
    """Let the wanted version be the effective one as soon as it has all its content."""
    version = deployment.wanted
    return replace(deployment, opened=version.number) if version and not deployment.filling(version) else deployment


def _filled(deployment: Deployment, fact: FillFact, at: datetime) -> Deployment:
    deployment = replace(deployment, fills=take_in_fill(deployment.fills, fact, at))
    if isinstance(fact, FillDone):
        deployment = replace(deployment, filled={**deployment.filled, fact.claim: fact.identity})
    if isinstance(fact, FillStarted | FillDone) or (isinstance(fact, FillProgressed) and fact.phase == "retrying"):
        # A rollout's patience begins when its content is there; what a fill waits for may last as long, from try to try.
        wanted = deployment.wanted
        if wanted and any(fill.claim.name == fact.claim for fill in deployment.fills_needed(wanted)):
            deployment = replace(deployment, progressed_at=at)
    return _open(deployment)


def _doubts(deployment: Deployment, seen: MarkDoubted | MarkCleared | ObjectVanished) -> tuple[Doubt, ...]:
    others = tuple(doubt for doubt in deployment.doubts if doubt.found.ref != seen.ref)
    return (*others, Doubt(seen)) if isinstance(seen, MarkDoubted) else others


def _vanished(deployment: Deployment, seen: ObjectVanished) -> Deployment:
    return _content_lost(replace(deployment, doubts=_doubts(deployment, seen)), seen.ref)


def _content_lost(deployment: Deployment, ref: ObjectRef) -> Deployment:
    """Take in that a claim is gone or begins empty: it has to be filled anew, by another job."""
    if ref.kind != Kind.CLAIM.value:
        return deployment
    fill = deployment.fill_at(ref)
    job = deployment.objects.get(fill.job) if fill else None
    objects = {**deployment.objects, job.ref: replace(job, unfit=True)} if job else deployment.objects
    return replace(deployment, fills=emptied(deployment.fills, ref.name), objects=objects)


def _decided(deployment: Deployment, decided: Decided, at: datetime) -> Deployment:
    pending = {action.id: Pending(action, decided.position) for action in decided.actions}
    deployment = replace(
        deployment,
        pending={**deployment.pending, **pending},
        decided=deployment.decided + len(decided.actions),
        decided_at=decided.position if decided.actions else deployment.decided_at,
    )
    if decided.actions and deployment.progressed_at is None:
        # A version's time begins to run when it is first acted for, not while it is held or no engine is there.
        deployment = replace(deployment, progressed_at=at)
    for finding in decided.findings:
        deployment = _found(deployment, finding, at)
    return deployment


def _found(deployment: Deployment, finding: Finding, at: datetime) -> Deployment:
    match finding:
        case VersionHealthy(number):
            return _judged(deployment, number, verdict="healthy", why=(), at=at)
        case VersionFailed(number, why):
            return _judged(deployment, number, verdict="failed", why=why, at=at)
        case VersionRecovered(number):
            recovered = tuple(replace(v, recovered=True, healthy_at=at) if v.number == number else v for v in deployment.versions)
            return replace(deployment, versions=recovered)
        case GaveUpCorrecting(ref, path):
            known = deployment.objects.get(ref)
            if known is None:
                return deployment
            return _with(deployment, replace(known, tolerated=known.tolerated | {path}))
        case IncarnationEnded(incarnation):
            shared = {ref: known for ref, known in deployment.objects.items() if ref.kind in SHARED}
            ended = replace(
                deployment, ended=incarnation, objects=shared, progress=None, unsure={}, trouble=None, troubles={}, fills={}
            )
            return replace(ended, progressed_at=None, best=(-1, -1, 0), scaling=Scaling(), duration=None, served=Served())
        case _:
            assert_never(finding)


def _judged(deployment: Deployment, number: int, *, verdict: Verdict, why: tuple[str, ...], at: datetime) -> Deployment:
    healthy_at = at if verdict == "healthy" else None
    versions = tuple(
        replace(v, verdict=verdict, why=why, judged_at=at, healthy_at=healthy_at) if v.number == number else v
        for v in deployment.versions
    )
    return replace(deployment, versions=versions)


def _outcome(deployment: Deployment, outcome: Outcome, at: datetime) -> Deployment:
    pending = deployment.pending.get(outcome.action)
    rest = {other: waiting for other, waiting in deployment.pending.items() if other != outcome.action}
    deployment = replace(deployment, pending=rest)
    if pending is None:  # an action of the project, or an outcome told twice
        return deployment
    match outcome:
        case Succeeded():
            return _succeeded(deployment, pending.action, outcome, at)
        case Failed(_, ref, code, message):
            return _troubled(_failed(deployment, ref, outcome), code, message, ref=ref, at=at)
        case Unknown(action, ref, message):
            deployment = _perhaps_taken(deployment, pending.action)
            deployment = replace(deployment, unsure={**deployment.unsure, ref: action})
            return _troubled(deployment, "Unknown", message, ref=ref, at=at)
        case NotAttempted():
            return deployment
        case _:
            assert_never(outcome)


def _troubled(deployment: Deployment, code: str, message: str, *, ref: ObjectRef, at: datetime) -> Deployment:
    trouble = once_more(deployment.trouble, code, message, ref=ref, at=at)
    own = once_more(deployment.troubles.get(ref), code, message, ref=ref, at=at)
    return replace(deployment, trouble=trouble, troubles={**deployment.troubles, ref: own})


def _failed(deployment: Deployment, ref: ObjectRef, failed: Failed) -> Deployment:
    known = deployment.objects.get(ref)
    match failed.code:
        case "Gone":
            return _without(deployment, ref)
        case "AlreadyThere" | "Replaced" if failed.uid:  # ours, but not the one we knew: to be written anew, over this uid
            return _with(deployment, Known(ref, failed.uid))
        case "Invalid" if known and not known.body and "immutable" in failed.message:
            return _with(deployment, replace(known, unfit=True))
        case "NotFound" if ref.kind != Kind.NAMESPACE.value:  # the namespace went away under us
            went_too = [other for other in deployment.objects if other.kind in {Kind.NAMESPACE.value, Kind.SECRET.value}]
            for other in went_too:
                deployment = _without(deployment, other)
            return deployment
        case _:
            return deployment


def _perhaps_taken(deployment: Deployment, action: Action) -> Deployment:
    """Take in that a write which says the number of replicas may have arrived: then it is our main manager's again."""
    known = deployment.objects.get(action.ref)
    if known is None or not isinstance(action, Update) or deployment.autoscaled(action.body):
        return deployment
    return _with(deployment, replace(known, handed=False))


def _handed_over(deployment: Deployment, action: HandOver, outcome: Succeeded, at: datetime) -> Deployment:
    # What became of another write of ours is not settled by this one, so `unsure` stays.
    known = deployment.objects.get(action.ref) or Known(action.ref, outcome.uid)
    counts = tuple(change for change in known.changes if change.path == COUNT)
    known = replace(
        known,
        uid=outcome.uid,
        # Until our main manager has given it up too, the new number would look like drift.
        settled=known.settled if deployment.autoscaled(known.body) else "",
        resource_version=outcome.resource_version,
        generation=outcome.generation,
        action=action.id,
        corrections=corrected(replace(known, changes=counts), at),
        changes=tuple(change for change in known.changes if change.path != COUNT),
        handed=True,
    )
    trouble = deployment.trouble if deployment.pending else None
    scaling = replace(deployment.scaling, count=action.replicas)
    return replace(_with(deployment, known), trouble=trouble, scaling=scaling)


def _taken_over(deployment: Deployment, action: TakeOver, outcome: Succeeded) -> Deployment:
    """Take in that fields have another owner: what the object is has not changed, and nothing is put right yet."""
    known = deployment.objects.get(action.ref) or Known(action.ref, outcome.uid)
    known = replace(known, resource_version=outcome.resource_version, generation=outcome.generation)
    return replace(_with(deployment, known), trouble=deployment.trouble if deployment.pending else None)


def _succeeded(deployment: Deployment, action: Action, outcome: Succeeded, at: datetime) -> Deployment:
    if isinstance(action, HandOver):
        return _handed_over(deployment, action, outcome, at)
    if isinstance(action, TakeOver):
        return _taken_over(deployment, action, outcome)
    unsure = {ref: of for ref, of in deployment.unsure.items() if ref != action.ref}
    # Only a decision that succeeded to its end makes up for earlier ones: else its first step would reset every back-off.
    trouble = deployment.trouble if deployment.pending else None
    deployment = replace(deployment, unsure=unsure, trouble=trouble, troubles=without(deployment.troubles, action.ref))
    if isinstance(action, Remove):
        known = deployment.objects.get(action.ref)
        if outcome.effect == "absent" or known is None:
            return _without(deployment, action.ref)
        return _with(deployment, replace(known, leaving=True, removing=outcome.wrote))
    if isinstance(action, Create | Update) and action.ref.kind == Kind.DEPLOYMENT.value:
        deployment = _started(deployment, action, at)
    if isinstance(action, Create):
        deployment = _begun_anew(deployment, action.ref)
    before = deployment.objects.get(action.ref)
    known = Known(
        action.ref,
        outcome.uid,
        body="found" if isinstance(action, Ensure) else action.body,
        settled=outcome.settled,
        resource_version=outcome.resource_version,
        generation=outcome.generation,
        action=action.id,
        corrections=corrected(before, at) if before else (),
        tolerated=before.tolerated if before else frozenset(),
        # What others added stays as it is when we write: server-side apply leaves it to them.
        unmanaged=before.unmanaged if before and before.uid == outcome.uid else (),
        admitted=before.admitted if before and before.uid == outcome.uid else (),
        # An update without the number gives it up, whoever had it; a new object begins at the server's default.
        handed=isinstance(action, Update) and deployment.autoscaled(action.body),
    )
    return _with(deployment, known)


def _begun_anew(deployment: Deployment, ref: ObjectRef) -> Deployment:
    """Take in that a claim or the job that fills it was made."""
    if ref.kind == Kind.JOB.value and (fill := deployment.fill_at(ref)):
        return replace(deployment, fills=emptied(deployment.fills, fill.claim.name))
    return _content_lost(deployment, ref)


def _started(deployment: Deployment, action: Create | Update, at: datetime) -> Deployment:
    """Start the clock of a rollout when its Deployment is first applied; a correction of drift does not start it again."""
    known = deployment.objects.get(action.ref)
    if known is not None and known.body == action.body and deployment.progressed_at is not None:
        return deployment
    return replace(deployment, progressed_at=at, best=(-1, -1, 0))


def _progressed(deployment: Deployment, progress: RolloutProgressed, at: datetime) -> Deployment:
    deployment = replace(deployment, progress=progress)
    known, version = deployment.workload, deployment.wanted
    if known is not None and progress.wanted and progress.generation >= known.generation:
        deployment = replace(deployment, scaling=replace(deployment.scaling, count=progress.wanted))
    if known is None or progress.generation < known.generation or (version and not deployment.begun(version)):
        return deployment
    mark = (progress.updated, progress.ready, -progress.replacement_left)
    if mark > deployment.best:
        return replace(deployment, best=mark, progressed_at=at, refused_replicas="")
    return deployment


def _replica(deployment: Deployment, recorded: Recorded[Fact]) -> Deployment:
    kind, _, uid = recorded.stream.partition("/")
    if kind != "replica":
        return deployment
    fact = recorded.fact
    known = deployment.replicas.get(uid)
    if isinstance(fact, ReplicaCreated):
        return replace(deployment, replicas={**deployment.replicas, uid: replicas.begin(uid, fact)})
    if not isinstance(fact, replicas.ReplicaFact):
        return deployment
    deployment = replace(deployment, replica_sets=_of_its_set(deployment.replica_sets, uid, known, fact))
    if known is None:
        return deployment
    if isinstance(fact, ImagePulled) and fact.digest:
        seen = deployment.ran.get(known.template, ())
        if fact.digest not in seen:
            deployment = replace(deployment, ran={**deployment.ran, known.template: (*seen, fact.digest)})
    if isinstance(fact, Restarted) and fact.cause != "unknown":
        deployment = replace(deployment, versions=_crashed(deployment.versions, known, recorded.recorded_at))
    after = replicas.evolve(known, fact)
    others = {other: r for other, r in deployment.replicas.items() if other != uid}
    return replace(deployment, replicas=others if after is None else {**others, uid: after})


def _crashed(versions: tuple[Version, ...], replica: Replica, at: datetime) -> tuple[Version, ...]:
    """Take in that a container ended: it is held against the newest version of its template, where that had been healthy."""
    own = (v for v in reversed(versions) if (v.order.template, v.order.incarnation) == (replica.template, replica.incarnation))
    version = next(own, None)
    if version is None or not version.was_healthy:
        return versions
    crashed = replace(version, crashed_at=at, crashed_first=version.crashed_first or at)
    return tuple(crashed if v is version else v for v in versions)


def _of_its_set(sets: ReplicaSets, uid: str, known: Replica | None, fact: replicas.ReplicaFact) -> ReplicaSets:
    """Take in what a fact about a pod says of its ReplicaSet; its removal may be told when the pod is gone already."""
    match fact:
        case ReplicaRemoved():
            return replica_sets.removed(sets, uid)
        case ReplicaGone() if known is not None and not known.removed_by:
            return replica_sets.left(sets, known.pod, uid)
        case ReplicaAdmitted() if known is not None:
            return replica_sets.admitted(sets, known.template, fact)
        case _:
            return sets


def _with(deployment: Deployment, known: Known) -> Deployment:
    return replace(deployment, objects={**deployment.objects, known.ref: known})


def _without(deployment: Deployment, ref: ObjectRef) -> Deployment:
    gone = replace(deployment, objects={other: k for other, k in deployment.objects.items() if other != ref})
    return _content_lost(gone, ref)
