"""The fold: a deployment takes in one recorded fact after the other, in the ledger's order.

It has happened, so nothing here refuses; rules stand in `domain.decide` and in the reconciler.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from domain import replica_sets
from domain import scaling as scalings
from domain import served as servings
from domain.actions import (
    Decided,
    Failed,
    Finding,
    GaveUpCorrecting,
    IncarnationEnded,
    NotAttempted,
    Succeeded,
    Unknown,
    VersionFailed,
    VersionHealthy,
    VersionRecovered,
)
from domain.audit import RequestWitnessed
from domain.changed import changed
from domain.deployment import Deployment, Doubt, Pending, Verdict, Version
from domain.deployment_objects import content_lost, with_object
from domain.deployment_outcomes import take_in_outcome
from domain.deployment_replicas import take_in_of_replica
from domain.facts import Fact
from domain.filling import FillDone, FillFact, FillFailed, FillProgressed, FillStarted
from domain.filling import take_in as take_in_fill
from domain.hold import ActiveHold
from domain.measuring import DurationLost, DurationMeasured
from domain.names import Key
from domain.objects import SHARED, Kind
from domain.orders import DeletionOrdered, Held, MarksOverruled, Resumed, Submitted
from domain.record import Recorded
from domain.repeats import count_told
from domain.replica import is_of_replica
from domain.scaling import Scaled, ScaledByHand, Scaling, ScalingTroubled, ScalingTroubleEnded
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
from domain.served import ServingState
from domain.serving_seen import EndpointsChanged, LetGo, TakenUp
from domain.tracked_objects import forget_corrections, take_in
from domain.troubles import without
from domain.unsound import NONSENSE, RowSetAside, Unreadable


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
        return changed(deployment, unsound={**deployment.unsound, recorded.position: why})


def _evolve(deployment: Deployment, recorded: Recorded[Fact]) -> Deployment:  # noqa: C901, PLR0911, PLR0912 (one line a fact)
    at, fact = recorded.recorded_at, recorded.fact
    if is_of_replica(fact):
        return take_in_of_replica(deployment, recorded)
    match fact:
        case Submitted() as order:
            return _submitted(deployment, order, recorded)
        case DeletionOrdered(incarnation):
            return changed(deployment, deleted=incarnation, trouble=None, troubles={})
        case Held(until):
            return changed(deployment, hold=ActiveHold.placed(at, until, recorded.metadata))
        case Resumed():
            return changed(deployment, hold=None, trouble=None, troubles={}, objects=forget_corrections(deployment.objects))
        case Decided() as decided:
            return _decided(deployment, decided, at)
        case Succeeded() | Failed() | Unknown() | NotAttempted() as outcome:
            return take_in_outcome(deployment, outcome, at)
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
            deployment = changed(deployment, objects=take_in(deployment.objects, seen), trouble=trouble, troubles=troubles)
            return _vanished(deployment, seen) if isinstance(seen, ObjectVanished) else deployment
        case MarkDoubted() | MarkCleared() as seen:
            return changed(deployment, doubts=_doubts(deployment, seen))
        case MarksOverruled(refs):
            doubts = tuple(changed(d, overruled=d.overruled or d.found.ref in refs) for d in deployment.doubts)
            return changed(deployment, doubts=doubts)
        case FillStarted() | FillProgressed() | FillDone() | FillFailed() as fill:
            return _filled(deployment, fill, at)
        case Scaled() | ScaledByHand() | ScalingTroubled() | ScalingTroubleEnded() as scaling:
            return changed(deployment, scaling=scalings.evolve(deployment.scaling, scaling, at))
        case DurationMeasured() | DurationLost() as duration:
            return changed(deployment, duration=duration)
        case RequestWitnessed() as request:
            return changed(deployment, requests=deployment.requests.taking(request))
        case ReplicasRefused(reason, message, event, count):
            told = count_told(deployment.refusals, event, count)
            return changed(deployment, refused_replicas=f"{reason}: {message}", refusals=told)
        case EndpointsChanged() | TakenUp() | LetGo() as serving:
            return changed(deployment, served=servings.take_in(deployment.served, serving))
        case ReplicaSetScaled() as scaled:
            return changed(deployment, replica_sets=replica_sets.take_in(deployment.replica_sets, scaled))
        case Unreadable(why=why):
            return changed(deployment, unsound={**deployment.unsound, recorded.position: why})
        case RowSetAside(position=position):
            return changed(deployment, unsound={at: why for at, why in deployment.unsound.items() if at != position})
        case _:
            return deployment


def _submitted(deployment: Deployment, order: Submitted, recorded: Recorded[Fact]) -> Deployment:
    version = Version(order, recorded.recorded_at, recorded.metadata.id)
    deployment = changed(
        deployment,
        versions=(*deployment.versions, version),
        trouble=None,
        troubles={},
        progressed_at=None,
        best=(-1, -1, 0),
        refused_replicas="",
        # Not all is watched: each version sees to it anew that what it needs of that is there.
        objects={r: k for r, k in forget_corrections(deployment.objects).items() if r.kind not in _UNWATCHED},
        duration=deployment.duration if version.timed else None,
    )
    return _open(deployment)


_UNWATCHED = frozenset({Kind.SECRET.value, Kind.API_SERVICE.value})


def _open(deployment: Deployment) -> Deployment:
    """Let the wanted version be the effective one as soon as it has all its content."""
    version = deployment.wanted
    return changed(deployment, opened=version.number) if version and not deployment.filling(version) else deployment


def _filled(deployment: Deployment, fact: FillFact, at: datetime) -> Deployment:
    deployment = changed(deployment, fills=take_in_fill(deployment.fills, fact, at))
    if isinstance(fact, FillDone):
        deployment = changed(deployment, filled={**deployment.filled, fact.claim: fact.identity})
    if isinstance(fact, FillStarted | FillDone) or (isinstance(fact, FillProgressed) and fact.phase == "retrying"):
        # A rollout's patience begins when its content is there; what a fill waits for may last as long, from try to try.
        wanted = deployment.wanted
        if wanted and any(fill.claim.name == fact.claim for fill in deployment.fills_needed(wanted)):
            deployment = changed(deployment, progressed_at=at)
    return _open(deployment)


def _doubts(deployment: Deployment, seen: MarkDoubted | MarkCleared | ObjectVanished) -> tuple[Doubt, ...]:
    others = tuple(doubt for doubt in deployment.doubts if doubt.found.ref != seen.ref)
    return (*others, Doubt(seen)) if isinstance(seen, MarkDoubted) else others


def _vanished(deployment: Deployment, seen: ObjectVanished) -> Deployment:
    return content_lost(changed(deployment, doubts=_doubts(deployment, seen)), seen.ref)


def _decided(deployment: Deployment, decided: Decided, at: datetime) -> Deployment:
    pending = {action.id: Pending(action, decided.position) for action in decided.actions}
    if decided.actions:
        deployment = changed(
            deployment,
            pending={**deployment.pending, **pending},
            decided=deployment.decided + len(decided.actions),
            decided_at=decided.position,
            # A version's time begins to run when it is first acted for, not while it is held or no engine is there.
            progressed_at=at if deployment.progressed_at is None else deployment.progressed_at,
        )
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
            recovered = tuple(changed(v, recovered=True, healthy_at=at) if v.number == number else v for v in deployment.versions)
            return changed(deployment, versions=recovered)
        case GaveUpCorrecting(ref, path):
            known = deployment.objects.get(ref)
            if known is None:
                return deployment
            return with_object(deployment, changed(known, tolerated=known.tolerated | {path}))
        case IncarnationEnded(incarnation):
            shared = {ref: known for ref, known in deployment.objects.items() if ref.kind in SHARED}
            ended = changed(
                deployment, ended=incarnation, objects=shared, progress=None, unsure={}, trouble=None, troubles={}, fills={}
            )
            return changed(ended, progressed_at=None, best=(-1, -1, 0), scaling=Scaling(), duration=None, served=ServingState())
        case _:
            assert_never(finding)


def _judged(deployment: Deployment, number: int, *, verdict: Verdict, why: tuple[str, ...], at: datetime) -> Deployment:
    healthy_at = at if verdict == "healthy" else None
    versions = tuple(
        changed(v, verdict=verdict, why=why, judged_at=at, healthy_at=healthy_at) if v.number == number else v
        for v in deployment.versions
    )
    return changed(deployment, versions=versions)


def _progressed(deployment: Deployment, progress: RolloutProgressed, at: datetime) -> Deployment:
    known, version = deployment.workload, deployment.wanted
    if known is None or progress.generation < known.generation:
        return changed(deployment, progress=progress)
    scaling = changed(deployment.scaling, count=progress.wanted) if progress.wanted else deployment.scaling
    mark = (progress.updated, progress.ready, -progress.replacement_left)
    if mark > deployment.best and (version is None or deployment.begun(version)):
        return changed(deployment, progress=progress, scaling=scaling, best=mark, progressed_at=at, refused_replicas="")
    return changed(deployment, progress=progress, scaling=scaling)
