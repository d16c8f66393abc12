"""The objects of a deployment as the ledger knows them: what our last write left, what was seen of them since, our patience."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from domain.changed import changed
from domain.objects import ObjectRef
from domain.seen import AdmissionChanged, Change, Drifted, DriftEnded, ObjectLeaving, ObjectMet, ObjectVanished, UnmanagedSeen

TrackedObjectFact = Drifted | DriftEnded | UnmanagedSeen | AdmissionChanged | ObjectMet | ObjectLeaving | ObjectVanished


@dataclass(frozen=True, slots=True)
class Correction:
    """How often one manager's change of one field was put right, and when last."""

    path: str
    manager: str
    times: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TrackedObject:
    """An object that the ledger knows to be there, as our last write left it.

    `body` is the digest of the manifest applied last, empty when that is not known. `settled` is the digest of the fields
    that the server returned to that write. `changes` is the drift seen since.
    """

    ref: ObjectRef
    uid: str
    body: str = ""
    settled: str = ""
    resource_version: str = ""
    generation: int = 0
    action: str = ""
    changes: tuple[Change, ...] = ()
    unmanaged: tuple[Change, ...] = ()
    admitted: tuple[Change, ...] = ()
    """What was told of what admission made other than we asked."""
    leaving: bool = False
    removing: bool = False
    """We ordered its end."""
    finalizers: tuple[str, ...] = ()
    """Of what is leaving: what it waits for, as was told."""
    corrections: tuple[Correction, ...] = ()
    tolerated: frozenset[str] = frozenset()
    """Paths that we gave up correcting."""
    handed: bool = False
    """Of a workload: its number of replicas is not our main field manager's, so a manifest may leave it out."""
    unfit: bool = False
    """It was met, not made (a late request of an earlier incarnation), and cannot become what is wanted."""


def forget_corrections(objects: Mapping[ObjectRef, TrackedObject]) -> Mapping[ObjectRef, TrackedObject]:
    """Forget what was put right before: a new order is pursued anew."""
    return {ref: changed(known, corrections=(), tolerated=frozenset()) for ref, known in objects.items()}


def corrected(before: TrackedObject, at: datetime) -> tuple[Correction, ...]:
    """Count the corrections that a write of ours has just made."""
    told = {(c.path, c.manager): c for c in before.corrections}
    for change in before.changes:
        if change.path not in before.tolerated:
            times = told[change.path, change.manager].times if (change.path, change.manager) in told else 0
            told[change.path, change.manager] = Correction(change.path, change.manager, times + 1, at)
    return tuple(told.values())


def take_in(  # noqa: PLR0911 (one line a fact)
    objects: Mapping[ObjectRef, TrackedObject], seen: TrackedObjectFact
) -> Mapping[ObjectRef, TrackedObject]:
    """Take in what was seen of an object."""
    known = objects.get(seen.ref)
    if isinstance(seen, ObjectMet):
        return {**objects, seen.ref: TrackedObject(seen.ref, seen.uid)}
    if known is None or known.uid != seen.uid:
        return objects
    match seen:
        case Drifted(_, _, resource_version, changes):
            return {**objects, seen.ref: changed(known, changes=changes, resource_version=resource_version)}
        case DriftEnded(_, _, resource_version):
            return {**objects, seen.ref: changed(known, changes=(), resource_version=resource_version)}
        case UnmanagedSeen(_, _, changes):
            return {**objects, seen.ref: changed(known, unmanaged=changes)}
        case AdmissionChanged(_, _, changes):
            return {**objects, seen.ref: changed(known, admitted=changes)}
        case ObjectLeaving():
            return {**objects, seen.ref: changed(known, leaving=True, finalizers=seen.finalizers)}
        case ObjectVanished():
            return {ref: other for ref, other in objects.items() if ref != seen.ref}
        case _:
            assert_never(seen)
