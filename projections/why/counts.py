"""How many replicas there are to be, and who said so: what the count of a ReplicaSet follows from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.actions import Succeeded
from domain.facts import Fact
from domain.objects import Kind
from domain.orders import Submitted
from domain.record import Recorded
from domain.scaling import COUNT, Scaled, ScaledByHand
from domain.seen import Change, Drifted, DriftEnded, ReplicaSetScaled
from projections.when import happened_at
from projections.why.decisions import decided_at, order_behind
from projections.why.links import Links, beside, follows
from projections.why.past import Past, last

SLACK = timedelta(seconds=2)
"""Times of the cluster are in whole seconds, and its clock is not ours."""
SOON = timedelta(seconds=60)
"""So long after a change of the count its ReplicaSet has it, whatever hinders the controllers."""
EARLY = timedelta(seconds=5)
"""So long before a count was seen, where it has no time of its own, it may have been set."""


@dataclass(frozen=True, slots=True)
class Set:
    """From a time on, so many replicas are to be made from a template."""

    at: datetime
    count: int
    recorded: Recorded[Fact]
    first: bool = False
    """What it was before is not known."""


def settings(past: Past, replica_set: str, template: str) -> list[Set]:
    """Give what a ReplicaSet's count was set to, in order: as it was seen, or where that was not watched, as it was ordered."""
    seen = [
        Set(happened_at(one) if one.fact.at else happened_at(one) - EARLY, one.fact.after, one, one.fact.before is None)
        for one in past.of(ReplicaSetScaled)
        if isinstance(one.fact, ReplicaSetScaled) and one.fact.ref.name == replica_set
    ]
    first = min((one.at for one in seen), default=None)
    earlier = [one for one in _ordered(past, template) if first is None or _made_before(past, replica_set, first - EARLY)]
    unseen = [one for one in earlier if first is None or one.at < first]
    return sorted([*seen, *unseen], key=lambda one: (one.at, one.recorded.position))


def _made_before(past: Past, replica_set: str, at: datetime) -> bool:
    """Tell whether replicas were made before their ReplicaSet was first seen: by an engine of before, which did not watch it."""
    births = (one for one in past.births.values() if past.pod(one).rpartition("-")[0] == replica_set)
    return any(happened_at(birth) < at for birth in births)


def watched(past: Past, replica_set: str) -> bool:
    """Tell whether the count of a ReplicaSet is on record."""
    return any(isinstance(o.fact, ReplicaSetScaled) and o.fact.ref.name == replica_set for o in past.of(ReplicaSetScaled))


def _ordered(past: Past, template: str) -> Iterator[Set]:
    """Give what the Deployment's count was set to, for a template: by our writes, an autoscaler, or other hands."""
    current = 0
    for one in past.of(Succeeded, Scaled, ScaledByHand, Drifted):
        count = _count(one, past, template, current)
        if count is not None and count != current:
            current = count
            yield Set(decided_at(one, past) - EARLY if isinstance(one.fact, Succeeded) else happened_at(one), count, one)


def _count(one: Recorded[Fact], past: Past, template: str, current: int) -> int | None:
    match one.fact:
        case Succeeded():
            return _written(one, past, template, current)
        case Scaled(after=after) | ScaledByHand(after=after):
            return after if current else None
        case Drifted() as drifted:
            counted = next((c.now for c in _fresh(drifted) if c.path == COUNT), None)
            return counted if current and isinstance(counted, int) else None
        case _:
            return None


def _written(one: Recorded[Fact], past: Past, template: str, current: int) -> int | None:
    """Give the count that a write of ours sets for a template; None where it leaves it as it is, as under an autoscaler."""
    if not _writes_workload(one.fact):
        return None
    order = order_behind(one, past)
    if order is None:
        return None
    if order.template != template:
        return 0
    return None if order.ceiling and current else order.replicas


def _writes_workload(fact: Fact) -> bool:
    return isinstance(fact, Succeeded) and fact.ref.kind == Kind.DEPLOYMENT.value and fact.effect in {"created", "updated"}


def causes(here: Recorded[Fact], past: Past) -> Links:
    """Give why a ReplicaSet was scaled: what the Deployment was changed to just before, where that comes to exactly this."""
    scaled = here.fact
    assert isinstance(scaled, ReplicaSetScaled)
    at = happened_at(here)
    changes = sorted(_changes(past, at), key=lambda pair: pair[0], reverse=True)
    near = [change for when, change in changes if at - when <= SOON]
    for change in near or [change for _, change in changes[:1]]:
        if ground := _comes_to(change, here, past):
            return follows(change, ground)
    return beside(near[:2])


def _changes(past: Past, until: datetime) -> Iterator[tuple[datetime, Recorded[Fact]]]:
    """Give what may have changed the Deployment's count or template up to a time."""
    for one in past.of(Succeeded, Scaled, ScaledByHand, Drifted, DriftEnded):
        when = decided_at(one, past) if isinstance(one.fact, Succeeded) else happened_at(one)
        if when <= until + SLACK and _touches(one.fact):
            yield when, one


def _touches(fact: Fact) -> bool:
    match fact:
        case Succeeded():
            return _writes_workload(fact)
        case Drifted():
            return fact.ref.kind == Kind.DEPLOYMENT.value and any(_shapes(change) for change in _fresh(fact))
        case DriftEnded(ref, how=how):
            return ref.kind == Kind.DEPLOYMENT.value and how == "reverted"
        case Scaled(before=before, after=after) | ScaledByHand(before=before, after=after):
            return before != after
        case _:
            return False


def _shapes(change: Change) -> bool:
    return change.path == COUNT or change.path.startswith("spec.template")


def _fresh(drifted: Drifted) -> list[Change]:
    return [change for change in drifted.changes if change.path not in drifted.before]


def _comes_to(change: Recorded[Fact], here: Recorded[Fact], past: Past) -> str:
    """Say how a change of the Deployment comes to the scaling; empty where it does not, or not necessarily."""
    scaled = here.fact
    assert isinstance(scaled, ReplicaSetScaled)
    match change.fact:
        case Scaled(before=before, after=after) | ScaledByHand(before=before, after=after):
            same = scaled.after == after and scaled.before in {None, before}
            return f"the Deployment was scaled from {before} to {after}" if same else ""
        case Drifted() as drifted:
            fresh = _fresh(drifted)
            if any(one.path.startswith("spec.template") for one in fresh):
                return "the Deployment's pod template was changed: its controller replaces the replicas"
            same = any(one.path == COUNT and one.now == scaled.after for one in fresh)
            return f"the Deployment was changed to {scaled.after} replicas" if same else ""
        case DriftEnded():
            drift = last(past.before(change), lambda fact: isinstance(fact, Drifted) and fact.ref.kind == Kind.DEPLOYMENT.value)
            shaped = isinstance(drift.fact, Drifted) and any(map(_shapes, drift.fact.changes)) if drift else False
            return "the Deployment was put back" if shaped else ""
        case Succeeded():
            order = order_behind(change, past)
            return _ordered_to(order, change, here, past) if order else ""
        case _:
            return ""


def _ordered_to(order: Submitted, write: Recorded[Fact], here: Recorded[Fact], past: Past) -> str:
    """Say how our write comes to a scaling: its own template up to its count, or down to it; all others to nothing; once."""
    scaled = here.fact
    assert isinstance(scaled, ReplicaSetScaled)
    own = order.template == scaled.template
    goal, before = order.replicas if own else 0, scaled.before or 0
    up = scaled.after > before
    begun = own and not _count_before(write, here, past)
    most = max(goal, order.ceiling) if begun else goal  # an autoscaler's count goes over to a new template
    if _reached(goal, write, here, past) or (up and scaled.after > most) or (not up and scaled.after < goal):
        return ""
    if not own:
        return "" if up else "the new pod template replaces this one"
    return f"the Deployment was written: {goal} replicas of this template"


def _count_before(write: Recorded[Fact], here: Recorded[Fact], past: Past) -> int:
    """Give how many replicas a ReplicaSet was to have when a write was decided."""
    scaled, at = here.fact, decided_at(write, past) - SLACK
    assert isinstance(scaled, ReplicaSetScaled)
    of_it = [one for one in past.of(ReplicaSetScaled) if isinstance(one.fact, ReplicaSetScaled) and one.fact.ref == scaled.ref]
    before = last(of_it, lambda _: True, at)
    return before.fact.after if before and isinstance(before.fact, ReplicaSetScaled) else 0


def _reached(goal: int, write: Recorded[Fact], here: Recorded[Fact], past: Past) -> bool:
    """Tell whether the ReplicaSet had come to a count since a write: what comes after is not its doing."""
    scaled = here.fact
    assert isinstance(scaled, ReplicaSetScaled)
    since, until = decided_at(write, past) - SLACK, happened_at(here)
    return any(
        isinstance(one.fact, ReplicaSetScaled)
        and one.fact.ref == scaled.ref
        and one.fact.after == goal
        and one.position < here.position
        and since <= happened_at(one) <= until
        for one in past.of(ReplicaSetScaled)
    )
