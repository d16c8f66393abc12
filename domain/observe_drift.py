"""Drift: what of an object is not as we left it, whose hand it was, and what others added beside it.

It is judged against what the API server returned to our last write, never against the manifest. What is promised as a whole
(`domain.unmanaged_rules`) is drift also where it was only added; the rest of what others add is told once and left alone.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from domain.field_managers import UNKNOWN, FieldOwners, changer
from domain.masks import NOTHING_KNOWN
from domain.objects import ORDER, Fields, Kind, Scalar
from domain.observations import ObjectSeen
from domain.private_values import MASKED, private
from domain.scaling import COUNT
from domain.seen import ABSENT, AdmissionChanged, AppliedState, Change, Drifted, DriftEnded, SeenFact, UnmanagedSeen
from domain.server_defaults import is_default
from domain.tracked_objects import TrackedObject
from domain.unmanaged_rules import verdict

_TEMPLATE = "spec.template."
_LONGEST = 500
_MOST = 100
"""Changes of one object that are told one by one: a whole rendering of ours has fewer fields."""


@dataclass(frozen=True, slots=True)
class _Case:
    """An object as it is known, as it is seen, and as we left it."""

    known: TrackedObject
    seen: ObjectSeen
    applied_state: AppliedState
    owners: FieldOwners

    @property
    def kind(self) -> str:
        return self.seen.ref.kind


def drift_news(known: TrackedObject, seen: ObjectSeen, applied_state: AppliedState, *, count: int) -> Iterator[SeenFact]:
    """Tell what is new of what other hands and admission made of an object. `count`: of its replicas, as last known."""
    case = _Case(known, seen, applied_state, FieldOwners(seen.managers))
    added, beside = _additions(case)
    changes = (*_told(case, [*_differing(case), *added]), *_none_left(case, count))
    if _gists(changes) != _gists(known.changes):
        if changes:
            before = _before(changes, known.changes, _gist)
            yield Drifted(seen.ref, seen.uid, seen.resource_version, changes, before, applied_state.at)
        else:
            yield DriftEnded(seen.ref, seen.uid, seen.resource_version, "reverted")
    yield from _unmanaged(case, _told(case, beside), {*added})
    yield from _admitted(case)


def _differing(case: _Case) -> list[str]:
    fields = case.seen.fields
    return [path for path, was in case.applied_state.ours.items() if not _as_left(path, was, fields)]


def _as_left(path: str, was: Scalar, fields: Fields) -> bool:
    now = fields.get(path, ABSENT)
    if now == was or not path.endswith(ORDER):
        return now == was
    # What is missing or added is told by itself: here it counts how ours stand to each other.
    ours, theirs = _names(was), _names(now)
    there = set(theirs)
    return [name for name in theirs if name in set(ours)] == [name for name in ours if name in there]


def _names(order: Scalar) -> list[str]:
    try:
        return [str(name) for name in json.loads(str(order))]
    except (ValueError, TypeError):
        return []


def _none_left(case: _Case, count: int) -> tuple[Change, ...]:
    """Tell that what was handed over was set to none at all: an autoscaler rests then, and nobody would put it right."""
    if not case.known.handed or case.seen.fields.get(COUNT) != 0:
        return ()
    hand = changer(COUNT, case.seen, case.applied_state, case.owners)
    return (Change(COUNT, count, 0, hand.name, hand.at),)


def _additions(case: _Case) -> tuple[list[str], list[str]]:
    """Give what others added or set otherwise: what changes the promise, and what does not."""
    added: list[str] = []
    beside: list[str] = []
    ours, before = case.applied_state.ours, {change.path: change for change in case.known.unmanaged}
    for path, now in case.seen.fields.items():
        if path in ours or path.endswith(ORDER):
            continue
        stood = case.applied_state.all.get(path, ABSENT) == now
        if stood and path not in before and not case.seen.managers:
            continue
        match verdict(case.kind, path, ours):
            case "filled":
                continue
            case "drift" if _is_drift(case, path, stood=stood) and not _tolerated(case, before.get(path)):
                added.append(path)
            case _ if path in before or _is_told(case, path, stood=stood):
                beside.append(path)
            case _:
                continue
    return added, beside


def _is_drift(case: _Case, path: str, *, stood: bool) -> bool:
    """Tell whether an addition to what is promised is somebody's. What stood when we wrote is so only if somebody owns it."""
    if not stood:
        return True
    theirs = case.applied_state.whole or not _in_template(case, path)
    return theirs and _owned(case, path) and not is_default(case.kind, path, case.seen.fields[path])


def _tolerated(case: _Case, told: Change | None) -> bool:
    """Tell whether an engine of before left it alone: it is not put right until it changes, or we write anew."""
    return told is not None and not case.applied_state.whole and told.now == _shown(told.path, case.seen.fields)


def _is_told(case: _Case, path: str, *, stood: bool) -> bool:
    """Tell whether something that is not promised is told: others own it, or it came into our pod template since we wrote."""
    if _in_template(case, path) and not stood:
        return True
    return _owned(case, path) and not is_default(case.kind, path, case.seen.fields[path])


def _in_template(case: _Case, path: str) -> bool:
    return case.kind == Kind.DEPLOYMENT.value and path.startswith(_TEMPLATE)


def _owned(case: _Case, path: str) -> bool:
    return bool(case.owners.of(path))


def _unmanaged(case: _Case, now: tuple[Change, ...], drifted: Collection[str]) -> Iterator[UnmanagedSeen]:
    told = case.known.unmanaged
    here = {change.path for change in now}
    known = (change for change in told if not change.path.startswith("("))  # the number of those beyond the bound is no field
    gone = tuple(_gone(case, change) for change in known if change.path not in here and change.path not in drifted)
    before = _before(now, told, _note)
    if gone or {_note(change) for change in now} != {_note(change) for change in told}:
        yield UnmanagedSeen(case.seen.ref, case.seen.uid, now, before, gone)


def _gone(case: _Case, told: Change) -> Change:
    hand = changer(told.path, case.seen, case.applied_state, case.owners)
    return Change(told.path, told.now, _shown(told.path, case.seen.fields), hand.name, hand.at)


def _admitted(case: _Case) -> Iterator[AdmissionChanged]:
    """Tell once what admission makes of our writes; not again while it makes the same."""
    told = [
        Change(_cut(path), hidden(path, asked), hidden(path, stands), UNKNOWN)
        for path, asked, stands in case.applied_state.admitted[:_MOST]
    ]
    if case.applied_state.whole and tuple(told) != case.known.admitted:
        yield AdmissionChanged(case.seen.ref, case.seen.uid, tuple(told))


def _gists(changes: Sequence[Change]) -> tuple[object, ...]:
    return tuple(_gist(change) for change in changes)


def _gist(change: Change) -> object:
    """Give what makes it another change: not the time, which moves with whatever its manager writes."""
    return (change.path, change.was, change.now, change.manager)


def _note(change: Change) -> object:
    """Give what makes it another addition: of labels and notes on the object itself the name alone, since some flap for ever."""
    return change.path if change.path.startswith("metadata.") else (change.path, change.now)


def _before(changes: Sequence[Change], told: Sequence[Change], gist: Callable[[Change], object]) -> tuple[str, ...]:
    known = {gist(change) for change in told}
    return tuple(change.path for change in changes if gist(change) in known)


def _told(case: _Case, paths: Sequence[str]) -> tuple[Change, ...]:
    """Tell the first of many changes one by one, and the rest as a number: whoever writes thousands of fields fills no ledger.

    What is ours comes first: no number of additions hides the field that was changed.
    """
    first = sorted(paths, key=lambda path: (path not in case.applied_state.ours, path))[:_MOST]
    told = tuple(_change(case, path) for path in sorted(first))
    more = len(paths) - len(told)
    return (*told, Change(f"({more} more fields)", ABSENT, ABSENT, UNKNOWN)) if more else told


def _change(case: _Case, path: str) -> Change:
    applied_state, fields = case.applied_state, case.seen.fields
    was = applied_state.ours if path in applied_state.ours else applied_state.all
    stood = path not in applied_state.ours and was.get(path, ABSENT) == fields.get(path)
    before, now = ABSENT if stood else _shown(path, was), _shown(path, fields)
    if before == now == MASKED:
        now = f"{MASKED}, not the same"
    hand = changer(path, case.seen, applied_state, case.owners)
    told = Change(_cut(path), before, now, hand.name, hand.at)
    return _as_told(case.known, told)


def _as_told(known: TrackedObject, now: Change) -> Change:
    """Keep hand and time of a change that stands as it was told.

    What was taken over from a hand has no owner but us, and the time of managedFields moves with whatever its manager writes.
    """
    for one in (*known.changes, *known.unmanaged):
        if (one.path, one.was, one.now) == (now.path, now.was, now.now) and now.manager in {UNKNOWN, one.manager}:
            return one
    return now


def _shown(path: str, fields: Fields) -> Scalar:
    return hidden(path, fields[path]) if path in fields else ABSENT


def hidden(path: str, value: Scalar) -> Scalar:
    """Give what of a field's value is recorded: of a private one nothing, of a long one its begin."""
    if not isinstance(value, str) or value == ABSENT:
        return value
    if private(path):
        return MASKED  # not even a digest of it: a weak value could be guessed from that
    return _cut(NOTHING_KNOWN.hide(", ".join(_names(value)) if path.endswith(ORDER) else value))


def _cut(said: str) -> str:
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
