"""What an action's outcome says of its object and of the deployment's troubles; an action has one outcome, once."""

from datetime import datetime
from typing import assert_never

from domain.actions import (
    Action,
    Create,
    Ensure,
    Failed,
    HandOver,
    NotAttempted,
    Outcome,
    Remove,
    Succeeded,
    TakeOver,
    Unknown,
    Update,
)
from domain.changed import changed
from domain.deployment import Deployment
from domain.deployment_objects import content_lost, with_object, without_object
from domain.filling import emptied
from domain.objects import Kind, ObjectRef
from domain.scaling import COUNT
from domain.tracked_objects import TrackedObject, corrected
from domain.troubles import once_more, without


def take_in_outcome(deployment: Deployment, outcome: Outcome, at: datetime) -> Deployment:
    """Take in what came of an action that has no outcome yet; a second one for it is of no account."""
    pending = deployment.pending.get(outcome.action)
    rest = {other: waiting for other, waiting in deployment.pending.items() if other != outcome.action}
    deployment = changed(deployment, pending=rest)
    if pending is None:  # an action of the project, or an outcome told twice
        return deployment
    match outcome:
        case Succeeded():
            return _succeeded(deployment, pending.action, outcome, at)
        case Failed(_, ref, code, message):
            return _troubled(_failed(deployment, ref, outcome), code, message, ref=ref, at=at)
        case Unknown(action, ref, message):
            deployment = _perhaps_taken(deployment, pending.action)
            deployment = changed(deployment, unsure={**deployment.unsure, ref: action})
            return _troubled(deployment, "Unknown", message, ref=ref, at=at)
        case NotAttempted():
            return deployment
        case _:
            assert_never(outcome)


def _troubled(deployment: Deployment, code: str, message: str, *, ref: ObjectRef, at: datetime) -> Deployment:
    trouble = once_more(deployment.trouble, code, message, ref=ref, at=at)
    own = once_more(deployment.troubles.get(ref), code, message, ref=ref, at=at)
    return changed(deployment, trouble=trouble, troubles={**deployment.troubles, ref: own})


def _failed(deployment: Deployment, ref: ObjectRef, failed: Failed) -> Deployment:
    known = deployment.objects.get(ref)
    match failed.code:
        case "Gone":
            return without_object(deployment, ref)
        case "AlreadyThere" | "Replaced" if failed.uid:  # ours, but not the one we knew: to be written anew, over this uid
            return with_object(deployment, TrackedObject(ref, failed.uid))
        case "Invalid" if known and not known.body and "immutable" in failed.message:
            return with_object(deployment, changed(known, unfit=True))
        case "NotFound" if ref.kind != Kind.NAMESPACE.value:  # the namespace went away under us
            went_too = [other for other in deployment.objects if other.kind in {Kind.NAMESPACE.value, Kind.SECRET.value}]
            for other in went_too:
                deployment = without_object(deployment, other)
            return deployment
        case _:
            return deployment


def _perhaps_taken(deployment: Deployment, action: Action) -> Deployment:
    """Take in that a write which says the number of replicas may have arrived: then it is our main manager's again."""
    known = deployment.objects.get(action.ref)
    if known is None or not isinstance(action, Update) or deployment.autoscaled(action.body):
        return deployment
    return with_object(deployment, changed(known, handed=False))


def _handed_over(deployment: Deployment, action: HandOver, outcome: Succeeded, at: datetime) -> Deployment:
    # What became of another write of ours is not settled by this one, so `unsure` stays.
    known = deployment.objects.get(action.ref) or TrackedObject(action.ref, outcome.uid)
    counts = tuple(change for change in known.changes if change.path == COUNT)
    known = changed(
        known,
        uid=outcome.uid,
        # Until our main manager has given it up too, the new number would look like drift.
        settled=known.settled if deployment.autoscaled(known.body) else "",
        resource_version=outcome.resource_version,
        generation=outcome.generation,
        action=action.id,
        corrections=corrected(changed(known, changes=counts), at),
        changes=tuple(change for change in known.changes if change.path != COUNT),
        handed=True,
    )
    trouble = deployment.trouble if deployment.pending else None
    scaling = changed(deployment.scaling, count=action.replicas)
    return changed(with_object(deployment, known), trouble=trouble, scaling=scaling)


def _taken_over(deployment: Deployment, action: TakeOver, outcome: Succeeded) -> Deployment:
    """Take in that fields have another owner: what the object is has not changed, and nothing is put right yet."""
    known = deployment.objects.get(action.ref) or TrackedObject(action.ref, outcome.uid)
    known = changed(known, resource_version=outcome.resource_version, generation=outcome.generation)
    return changed(with_object(deployment, known), trouble=deployment.trouble if deployment.pending else None)


def _succeeded(deployment: Deployment, action: Action, outcome: Succeeded, at: datetime) -> Deployment:
    if isinstance(action, HandOver):
        return _handed_over(deployment, action, outcome, at)
    if isinstance(action, TakeOver):
        return _taken_over(deployment, action, outcome)
    unsure = {ref: of for ref, of in deployment.unsure.items() if ref != action.ref}
    # Only a decision that succeeded to its end makes up for earlier ones: else its first step would reset every back-off.
    trouble = deployment.trouble if deployment.pending else None
    deployment = changed(deployment, unsure=unsure, trouble=trouble, troubles=without(deployment.troubles, action.ref))
    if isinstance(action, Remove):
        known = deployment.objects.get(action.ref)
        if outcome.effect == "absent" or known is None:
            return without_object(deployment, action.ref)
        return with_object(deployment, changed(known, leaving=True, removing=outcome.wrote))
    if isinstance(action, Create | Update) and action.ref.kind == Kind.DEPLOYMENT.value:
        deployment = _started(deployment, action, at)
    if isinstance(action, Create):
        deployment = _begun_anew(deployment, action.ref)
    before = deployment.objects.get(action.ref)
    known = TrackedObject(
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
    return with_object(deployment, known)


def _begun_anew(deployment: Deployment, ref: ObjectRef) -> Deployment:
    """Take in that a claim or the job that fills it was made."""
    if ref.kind == Kind.JOB.value and (fill := deployment.fill_at(ref)):
        return changed(deployment, fills=emptied(deployment.fills, fill.claim.name))
    return content_lost(deployment, ref)


def _started(deployment: Deployment, action: Create | Update, at: datetime) -> Deployment:
    """Start the clock of a rollout when its Deployment is first applied; a correction of drift does not start it again."""
    known = deployment.objects.get(action.ref)
    if known is not None and known.body == action.body and deployment.progressed_at is not None:
        return deployment
    return changed(deployment, progressed_at=at, best=(-1, -1, 0))
