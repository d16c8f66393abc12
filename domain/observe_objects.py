"""What a sight of one of our own objects says that was not known: drift, foreign additions, its going, how far a rollout is.

Drift is judged against what the API server returned to our last write, never against the manifest; frames older than what the
ledger knows of the object are passed over.
"""

from collections.abc import Callable, Iterator, Sequence

from domain.deployment import Deployment
from domain.known import Known
from domain.marks import UNREADABLE
from domain.masks import NOTHING_KNOWN
from domain.names import LABEL
from domain.objects import Fields, Kind, Mark, ObjectRef, Scalar
from domain.observe_scaling import hands_at_count
from domain.private_values import private
from domain.scaling import COUNT, ScaledByHand
from domain.seen import (
    ABSENT,
    Change,
    Drifted,
    DriftEnded,
    MarkCleared,
    MarkDoubted,
    ObjectLeaving,
    ObjectMet,
    ObjectVanished,
    RolloutProgressed,
    SeenFact,
    Settlement,
    UnmanagedSeen,
)
from domain.sightings import Manager, ObjectSeen, RolloutSeen

Settled = Callable[[str], Settlement | None]
"""Gives, for the digest in `Known.settled`, what the server returned to our last write; asked for each frame, so it remembers."""


MASKED = "masked"
"""What is recorded in place of a private value; screens show the one mark (`projections.told.objects.scalar`)."""
_TEMPLATE = "spec.template."
_LONGEST = 500
_DIGITS = 40
"""A resourceVersion of more digits than that is none."""
_MOST = 100
"""Changes of one object that are told one by one: a whole rendering of ours has fewer fields."""
_POSITION = f"metadata.labels.{LABEL}/position"
_LEDGER = f"metadata.labels.{LABEL}/ledger"


def object_news(deployment: Deployment, seen: ObjectSeen, settled: Settled, *, proven: bool) -> Iterator[SeenFact | ScaledByHand]:
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
        if known is None or known.uid != seen.uid or not known.leaving:
            yield ObjectLeaving(seen.ref, seen.uid)
        return
    # After an outcome that is unknown, what the object shows may be our own doing.
    if known is not None and known.uid == seen.uid and seen.mark.action != deployment.unsure.get(seen.ref, None):
        settlement = settled(known.settled) if known.settled else None
        if settlement is not None:
            yield from _drift(known, seen, settlement, count=deployment.scaling.count)
        by_hand = hands_at_count(deployment, seen)
        if by_hand is not None:
            yield by_hand


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


def mark_news(deployment: Deployment, seen: ObjectSeen, known: Mark) -> MarkDoubted | MarkCleared | None:
    """Tell that an object of ours carries a mark that this ledger never wrote, or does so no longer. `known`: our newest."""
    told = next((doubt.found for doubt in deployment.doubts if doubt.found.ref == seen.ref), None)
    ahead, unreadable = seen.mark.newer_than(known), seen.mark.position == UNREADABLE
    if _at_work(deployment, seen.ref):
        return None
    if not (ahead or unreadable):
        return MarkCleared(seen.ref, seen.uid) if told else None
    hands = _manager(_POSITION, seen.managers)
    found = MarkDoubted(seen.ref, seen.uid, seen.mark.timeline, seen.mark.position, ahead, hands)
    return found if found != told else None


def writer_of_labels(managers: Sequence[Manager]) -> str:
    """Name the foreign manager that wrote our ledger's label, or an empty string."""
    hands = _manager(_LEDGER, managers)
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


def _drift(known: Known, seen: ObjectSeen, settlement: Settlement, *, count: int) -> Iterator[SeenFact]:
    changes = (*_changes(settlement, seen), *_none_left(known, seen, count))
    if changes != known.changes:
        if changes:
            yield Drifted(seen.ref, seen.uid, seen.resource_version, changes)
        else:
            yield DriftEnded(seen.ref, seen.uid, seen.resource_version, "reverted")
    if seen.ref.kind == Kind.DEPLOYMENT.value:
        additions = _additions(settlement, seen)
        if additions != known.unmanaged:
            yield UnmanagedSeen(seen.ref, seen.uid, additions)


def _changes(settlement: Settlement, seen: ObjectSeen) -> tuple[Change, ...]:
    fields = seen.fields
    differing = [path for path, was in settlement.ours.items() if fields.get(path, ABSENT) != was]
    return _told(differing, settlement.ours, seen)


def _none_left(known: Known, seen: ObjectSeen, count: int) -> tuple[Change, ...]:
    """Tell that what was handed over was set to none at all: an autoscaler rests then, and nobody would put it right."""
    if not known.handed or seen.fields.get(COUNT) != 0:
        return ()
    return (Change(COUNT, count, 0, _manager(COUNT, seen.managers)),)


def _additions(settlement: Settlement, seen: ObjectSeen) -> tuple[Change, ...]:
    ours, was = settlement.ours, settlement.all
    added = [
        path
        for path, now in seen.fields.items()
        if path.startswith(_TEMPLATE) and path not in ours and (path not in was or was[path] != now)
    ]
    return _told(added, was, seen)


def _told(paths: Sequence[str], was: Fields, seen: ObjectSeen) -> tuple[Change, ...]:
    """Tell the first of many changes one by one, and the rest as a number: whoever writes thousands of fields fills no ledger."""
    told = tuple(_change(path, was, seen) for path in sorted(paths)[:_MOST])
    more = len(paths) - len(told)
    return (*told, Change(f"({more} more fields)", ABSENT, ABSENT, "unknown")) if more else told


def _change(path: str, was: Fields, seen: ObjectSeen) -> Change:
    before, now = _shown(path, was), _shown(path, seen.fields)
    if before == now == MASKED:
        now = f"{MASKED}, not the same"
    return Change(_cut(path), before, now, _manager(path, seen.managers))


def _manager(path: str, managers: Sequence[Manager]) -> str:
    """Name the foreign manager that owns the longest part of a path; of several, the last one there."""
    owners = [m for m in managers if path == m.path or path.startswith((f"{m.path}.", f"{m.path}["))]
    return max(owners, key=lambda m: (len(m.path), m.at.timestamp() if m.at else 0.0)).name if owners else "unknown"


def _shown(path: str, fields: Fields) -> Scalar:
    if path not in fields:
        return ABSENT
    value = fields[path]
    if not isinstance(value, str):
        return value
    if private(path):
        return MASKED  # not even a digest of it: a weak value could be guessed from that
    return _cut(NOTHING_KNOWN.hide(value))


def _cut(said: str) -> str:
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
