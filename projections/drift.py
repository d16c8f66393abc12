"""Drift: where the cluster is not as we left it, by whose hands, and what becomes of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from domain.deployment import Deployment
from domain.objects import ObjectRef
from domain.seen import ABSENT, Change
from domain.tracked_objects import TrackedObject
from projections.attribution import wrote

Fate = Literal["to be corrected", "given up", "left alone", "held"]
"""given up: someone else keeps changing it back. left alone: not ours to mind. held: a hold is on."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One field of one object, and how often it was put right already."""

    ref: ObjectRef
    change: Change
    fate: Fate
    corrections: int = 0
    asked_by: str = ""
    """Whom the API server's audit log names for it; empty where it names nobody."""


def drift(deployment: Deployment, *, held: bool = False) -> tuple[Drift, ...]:
    """Give all drift there is now, foreign additions last."""
    known = sorted(deployment.objects.values(), key=lambda k: k.ref)
    ours = [_one(k, change, held=held) for k in known for change in foremost(k.changes)]
    foreign = [Drift(k.ref, change, "left alone") for k in known for change in foremost(k.unmanaged)]
    seen = {k.ref: k.resource_version for k in known}
    requests = deployment.requests.newest
    return tuple(replace(d, asked_by=str(wrote(d.ref, d.change, seen[d.ref], requests))) for d in (*ours, *foreign))


def foremost(changes: Iterable[Change]) -> list[Change]:
    """Put first what was changed, by known hands before others; then what was added, which often only came with it."""
    return sorted(changes, key=lambda one: (one.was == ABSENT, one.manager in {"", "unknown"}))


def _one(known: TrackedObject, change: Change, *, held: bool) -> Drift:
    times = sum(c.times for c in known.corrections if (c.path, c.manager) == (change.path, change.manager))
    if change.path in known.tolerated:
        return Drift(known.ref, change, "given up", times)
    return Drift(known.ref, change, "held" if held else "to be corrected", times)
