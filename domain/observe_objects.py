"""What a sight of one of our own objects says that was not known: drift, foreign additions, its going, how far a rollout is.

Drift is judged against what the API server returned to our last write, never against the manifest; frames older than what the
ledger knows of the object are passed over.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from domain.deployment import Deployment
from domain.field_managers import NOBODY, UNKNOWN, FieldManager, FieldOwners
from domain.marks import UNREADABLE
from domain.names import LABEL
from domain.objects import Mark, ObjectRef
from domain.observations import GoneSeen, Manager, ObjectSeen, RolloutSeen
from domain.observe_drift import drift_news
from domain.observe_scaling import hands_at_count
from domain.scaling import ScaledByHand
from domain.seen import (
    AppliedState,
    MarkCleared,
    MarkDoubted,
    ObjectLeaving,
    ObjectMet,
    ObjectVanished,
    RolloutProgressed,
    SeenFact,
)
from domain.tracked_objects import TrackedObject

AppliedStateLookup = Callable[[str], AppliedState | None]
"""Gives, for the digest in `TrackedObject.settled`, what the server returned to our last write; asked for each frame."""


_PASSING = frozenset({"foregroundDeletion", "orphan"})
"""Finalizers of the garbage collector's: while they stand, it is at work."""
_IN_USE = "kubernetes.io/pvc-protection"
"""Each claim has it; where its deletion is our own, it is waited for as a matter of course."""
_LAST = 3
_DIGITS = 40
"""A resourceVersion of more digits than that is none."""
_POSITION = f"metadata.labels.{LABEL}/position"
_MARK = (f"metadata.labels.{LABEL}/action", _POSITION, f"metadata.labels.{LABEL}/proof")
_LEDGER = f"metadata.labels.{LABEL}/ledger"


def object_news(
    deployment: Deployment, seen: ObjectSeen, settled: AppliedStateLookup, *, proven: bool
) -> Iterator[SeenFact | ScaledByHand]:
    """Tell what is new about an object of a deployment that we know. `proven`: this ledger wrote its mark."""
    known = deployment.objects.get(seen.ref)
    if _at_work(deployment, seen.ref) or late(deployment, seen):
        return
    if known is None or known.uid != seen.uid:
        if known is not None:  # its deletion was not seen, but two objects cannot have one name
            yield ObjectVanished(known.ref, known.uid, "missed")
        if not adopted(deployment, seen, proven=proven):
            return
        yield ObjectMet(seen.ref, seen.uid, seen.mark, seen.resource_version)
    if seen.deleting:
        yield from _leaving(known if known is not None and known.uid == seen.uid else None, seen)
        return
    # After an outcome that is unknown, what the object shows may be our own doing.
    if known is not None and known.uid == seen.uid and seen.mark.action != deployment.unsure.get(seen.ref, None):
        applied_state = settled(known.settled) if known.settled else None
        if applied_state is not None:
            yield from drift_news(known, seen, applied_state, count=deployment.scaling.count)
        by_hand = hands_at_count(deployment, seen)
        if by_hand is not None:
            yield by_hand


def _leaving(known: TrackedObject | None, seen: ObjectSeen) -> Iterator[ObjectLeaving]:
    """Tell that an object is being deleted; where that is known, that somebody's finalizer keeps it."""
    told = known is not None and known.leaving
    holding = tuple(name for name in seen.finalizers if name not in _PASSING)
    if not told or (known is not None and not {*holding} <= {*known.finalizers, _IN_USE}):
        last = tuple(dict.fromkeys(writer.name for writer in seen.writers))[:_LAST]
        yield ObjectLeaving(seen.ref, seen.uid, last, holding, seen.deleted_at, ours=known is not None and known.removing)


def vanished(seen: GoneSeen) -> ObjectVanished:
    """Tell that an object is gone, with the last that was to be seen of it."""
    holding = tuple(name for name in seen.finalizers if name not in _PASSING)
    return ObjectVanished(seen.ref, seen.uid, "seen", seen.managers, holding, seen.deleted_at)


def late(deployment: Deployment, seen: ObjectSeen) -> bool:
    """Tell whether a frame is older than what is known of its place: a predecessor's last one proves nothing, for or against."""
    known = deployment.objects.get(seen.ref)
    return known is not None and older(seen.resource_version, known.resource_version)


def adopted(deployment: Deployment, seen: ObjectSeen, *, proven: bool) -> bool:
    """Tell whether an object at a place of a deployment's is its own: known, under way, proven, or left by a lost answer."""
    known, action = deployment.objects.get(seen.ref), seen.mark.action
    if (known is not None and known.uid == seen.uid) or _at_work(deployment, seen.ref):
        return True
    return proven or (bool(action) and action == deployment.unsure.get(seen.ref))


def mark_news(deployment: Deployment, seen: ObjectSeen, known: Mark, *, proven: bool) -> MarkDoubted | MarkCleared | None:
    """Tell that an object of ours carries a mark that this ledger never wrote, or does so no longer. `known`: our newest."""
    told = next((doubt.found for doubt in deployment.doubts if doubt.found.ref == seen.ref), None)
    ahead, unreadable = seen.mark.newer_than(known), seen.mark.position == UNREADABLE
    if _at_work(deployment, seen.ref):
        return None
    forged = not (proven or ahead or unreadable) and _forged(deployment, seen)
    if not (ahead or unreadable or forged):
        return MarkCleared(seen.ref, seen.uid) if told else None
    hands = _marking(seen.managers, _MARK if forged else (_POSITION,))
    claimed = seen.mark.action if forged else ""
    found = MarkDoubted(seen.ref, seen.uid, seen.mark.timeline, seen.mark.position, ahead, hands.name, claimed, hands.at)
    return found if told is None or replace(found, at=told.at) != told else None


def _forged(deployment: Deployment, seen: ObjectSeen) -> bool:
    """Tell whether an unproven mark is not as our last write left it: another action, or a proof that proves nothing."""
    known = deployment.objects.get(seen.ref)
    if known is None or not known.action or late(deployment, seen) or seen.ref in deployment.unsure:
        return False
    return seen.mark.action != known.action or bool(seen.proof)


def _marking(managers: Sequence[Manager], labels: Sequence[str]) -> FieldManager:
    """Name who wrote one of the mark's labels; where several did, the last one."""
    owners = FieldOwners(managers)
    found = [hand for label in labels if (hand := owners.hand(label)).name != UNKNOWN]
    return max(found, key=lambda hand: hand.at.timestamp() if hand.at else 0.0, default=NOBODY)


def writer_of_labels(managers: Sequence[Manager]) -> str:
    """Name the foreign manager that wrote our ledger's label, or an empty string."""
    hands = FieldOwners(managers).hand(_LEDGER).name
    return "" if hands == "unknown" else hands


def rollout_news(deployment: Deployment, seen: RolloutSeen) -> RolloutProgressed | None:
    """Tell how far the Deployment's controller has come, once it has caught up with the object."""
    known = deployment.objects.get(seen.ref)
    past = known is not None and older(seen.resource_version, known.resource_version)
    if past or seen.observed_generation != seen.generation:
        return None
    progress = RolloutProgressed(seen.uid, seen.generation, seen.wanted, seen.replicas, seen.updated, seen.ready, seen.available)
    return progress if progress != deployment.progress else None


def missing(deployment: Deployment, kind: str, uids: frozenset[str], resource_version: str) -> Iterator[ObjectVanished]:
    """Tell which known objects are not in a list of their kind that is younger than what we know of them."""
    for ref, known in deployment.objects.items():
        if ref.kind != kind or known.uid in uids or older(resource_version, known.resource_version):
            continue
        if not _at_work(deployment, ref):
            yield ObjectVanished(ref, known.uid, "missed")


def older(one: str, other: str) -> bool:
    """Tell whether a resourceVersion is surely older than another; those that are no numbers cannot be compared."""
    return max(len(one), len(other)) <= _DIGITS and one.isdecimal() and other.isdecimal() and int(one) < int(other)


def _at_work(deployment: Deployment, ref: ObjectRef) -> bool:
    return any(pending.action.ref == ref for pending in deployment.pending.values())
