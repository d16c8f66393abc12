"""Converging: the steps from what the ledger knows of a deployment's objects to what its wanted version needs."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.actions import Action, Create, Ensure, Finding, GaveUpCorrecting, HandOver, Remove, TakeOver, Update
from domain.deployment import Deployment, Version
from domain.objects import SHARED, Kind, ObjectRef
from domain.orders import Rendered
from domain.scaling import COUNT
from domain.seen import ABSENT, Change
from domain.tracked_objects import Correction, TrackedObject
from reconciler.content import job_actions, kept, standing
from reconciler.handing_over import autoscales, hand_over
from reconciler.policy import Policy, Rules

_IN_A_KEY = ".protocol"
"""Ends the path of what is part of an element's key, and not of its name here: an apply makes another element beside it."""


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """An action without its identity, which depends only on its place in the deployment's history."""

    action: Action
    not_before: datetime | None = None


def convergence(deployment: Deployment, policy: Policy, now: datetime, rules: Rules) -> Iterator[PlannedAction]:
    """Give the steps towards the wanted version, in the order of its objects; then what is not part of it goes."""
    parts = tuple(standing(deployment))
    besides = _besides(deployment, {one.ref for _, one in parts} | kept(deployment))
    # An autoscaler that is not wanted any more goes first: it would go on changing the number that is ours again.
    yield from (step for step in besides if step.action.ref.kind == Kind.AUTOSCALER.value)
    for version, one in parts:
        for step in _object_step(deployment, version, one, policy=policy, now=now):
            if rules.takes_over or not isinstance(step.action, TakeOver):
                yield step
    yield from (step for step in besides if step.action.ref.kind != Kind.AUTOSCALER.value)


def _besides(deployment: Deployment, wanted: AbstractSet[ObjectRef]) -> tuple[PlannedAction, ...]:
    """Give the removals of what is not to stand any more."""
    version = deployment.wanted
    # A request of ours that arrived late may have made an object after all was gone.
    because = f"not part of version {version.number}" if version else f"incarnation {deployment.deleted} was deleted"
    return tuple(
        PlannedAction(Remove("", ref, known.uid, because))
        for ref, known in deployment.objects.items()
        if ref not in wanted and ref.kind not in SHARED and not known.leaving
    )


def _object_step(
    deployment: Deployment, version: Version, rendered: Rendered, *, policy: Policy, now: datetime
) -> Iterator[PlannedAction]:
    known = deployment.objects.get(rendered.ref)
    ref, body = rendered.ref, rendered.body
    if ref.kind == Kind.JOB.value and (actions := job_actions(deployment, version, rendered)) is not None:
        yield from (PlannedAction(action) for action in actions)
    elif known is None:
        made = Ensure if ref.kind in SHARED else Create
        yield PlannedAction(made("", ref, body, f"version {version.number} needs it"))
    elif ref.kind in SHARED or known.leaving:
        return  # what is shared is there; an object that is leaving is waited for
    elif known.unfit:
        yield PlannedAction(Remove("", ref, known.uid, f"it cannot become what version {version.number} needs: it is made anew"))
    else:
        if autoscales(version, known) and not known.handed:
            yield PlannedAction(hand_over(deployment, version, known))
        yield from _write_step(deployment, version, known, body, policy=policy, now=now)


def _write_step(  # noqa: PLR0913 (what a step depends on)
    deployment: Deployment, version: Version, known: TrackedObject, body: str, *, policy: Policy, now: datetime
) -> Iterator[PlannedAction]:
    ref = known.ref
    trouble = deployment.troubles.get(ref)
    refused = trouble is not None and trouble.code == "Invalid" and ref.kind != Kind.CLAIM.value
    standing_drift = [change for change in known.changes if change.path not in known.tolerated]
    if known.body != body:
        # What a hand added may make the API server refuse every later version: two ports of one name.
        yield from _taking_over(known, body, standing_drift, refused=refused)
        yield PlannedAction(Update("", ref, body, known.uid, f"version {version.number}"))
    elif ref in deployment.unsure:
        # A request for another body may have arrived after it was given up: only a write of ours settles what stands.
        yield from _taking_over(known, body, standing_drift, refused=refused)
        yield PlannedAction(Update("", ref, body, known.uid, "what became of the last request is unknown"))
    elif ref.kind != Kind.CLAIM.value:  # a claim that its owner made larger cannot be made smaller again
        count = hand_over(deployment, version, known) if autoscales(version, known) and known.handed else None
        yield from _correction(known, body, policy, now, count=count, refused=refused)


def _correction(  # noqa: PLR0913 (what a step depends on)
    known: TrackedObject, body: str, policy: Policy, now: datetime, *, count: HandOver | None, refused: bool
) -> Iterator[PlannedAction]:
    """Give what puts drift right; `count` is how the number of replicas is put right where it is not in the manifest."""
    changes = [change for change in known.changes if change.path not in known.tolerated]
    open_changes = [change for change in changes if _patience_left(known, change, policy, now)]
    if not open_changes:
        return
    due = min(_correct_at(known, change, policy, now) for change in open_changes)
    told = ", ".join(sorted({f"{change.path} by {change.manager}" for change in open_changes}))
    if count is not None and any(change.path == COUNT for change in open_changes):
        yield PlannedAction(replace(count, because=f"drift: {told}"), due)
    if count is None or any(change.path != COUNT for change in open_changes):
        yield from _taking_over(known, body, open_changes, refused=refused, not_before=due)
        yield PlannedAction(Update("", known.ref, body, known.uid, f"drift: {told}"), due)


def _taking_over(
    known: TrackedObject, body: str, changes: Sequence[Change], *, refused: bool, not_before: datetime | None = None
) -> Iterator[PlannedAction]:
    """Give the take-over that an apply needs before it: a change that it would leave to its owner, or one that has it refused."""
    if refused:  # what stands there may not be known: then nothing of it was told as drift
        yield PlannedAction(
            TakeOver("", known.ref, body, known.uid, (), "it was refused: what others added may be why"), not_before
        )
        return
    paths = tuple(change.path for change in changes if change.path != COUNT and not change.path.startswith("("))
    if any(change.was == ABSENT or change.path.endswith(_IN_A_KEY) for change in changes if change.path in paths):
        told = ", ".join(sorted({change.manager for change in changes}))
        yield PlannedAction(TakeOver("", known.ref, body, known.uid, paths, f"an apply would leave it to {told}"), not_before)


def _remembered(known: TrackedObject, change: Change, policy: Policy, now: datetime) -> Correction | None:
    for correction in known.corrections:
        if (correction.path, correction.manager) == (change.path, change.manager):
            forgotten = correction.at + timedelta(seconds=policy.correction_memory) <= now
            return None if forgotten else correction
    return None


def _correct_at(known: TrackedObject, change: Change, policy: Policy, now: datetime) -> datetime:
    before = _remembered(known, change, policy, now)
    if before is None:
        return now
    return before.at + timedelta(seconds=policy.correct_first * 2 ** (before.times - 1))


def _patience_left(known: TrackedObject, change: Change, policy: Policy, now: datetime) -> bool:
    before = _remembered(known, change, policy, now)
    return before is None or before.times < policy.corrections


def given_up(deployment: Deployment, policy: Policy, now: datetime) -> Iterator[Finding]:
    """Name the fields that others change as often as we put them right."""
    for known in deployment.objects.values():
        for change in known.changes:
            if change.path not in known.tolerated and not _patience_left(known, change, policy, now):
                yield GaveUpCorrecting(known.ref, change.path, policy.corrections)


def removal(deployment: Deployment) -> Iterator[PlannedAction]:
    """Give the steps that take a deleted incarnation away."""
    for ref, known in deployment.objects.items():
        if ref.kind not in SHARED and not known.leaving:
            yield PlannedAction(Remove("", ref, known.uid, f"incarnation {deployment.deleted} was deleted"))
