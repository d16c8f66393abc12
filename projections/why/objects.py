"""Why something befell an object: our own write, another's request, the end of what it belongs to."""

from domain.actions import Succeeded
from domain.audit import RequestWitnessed
from domain.facts import Fact
from domain.objects import Kind
from domain.record import Recorded
from domain.replica import BecameReady, BecameUnready, ReplicaCreated, ReplicaGone
from domain.scaling import Scaled
from domain.seen import (
    AdmissionChanged,
    Drifted,
    DriftEnded,
    ObjectLeaving,
    ObjectVanished,
    ReplicaSetScaled,
    ReplicasRefused,
    RolloutProgressed,
)
from domain.serving_seen import EndpointsChanged
from domain.shared_seen import NamespaceGone, NamespaceLeaving
from projections.when import happened_at
from projections.why import counts, keeping
from projections.why.counts import SLACK, SOON
from projections.why.decisions import order_behind
from projections.why.departures import of_request, our_removal
from projections.why.links import Links, beside, follows
from projections.why.past import Past, last
from projections.why.refused import pod_in

_ASKED = "the API server's audit log has the request"


def causes(here: Recorded[Fact], past: Past) -> Links:  # noqa: C901, PLR0911 (one line a fact)
    """Give why something befell an object."""
    fact, before = here.fact, past.before(here)
    match fact:
        case ReplicaSetScaled():
            return counts.causes(here, past)
        case ReplicasRefused():
            return _of_refusal(fact, here, past)
        case RolloutProgressed():
            return _of_progress(fact, here, past)
        case Scaled():
            return follows(last(before, lambda f: _wrote(f, Kind.AUTOSCALER)), "the autoscaler was put there to do so")
        case DriftEnded(ref, how="corrected"):
            return follows(last(before, lambda f: isinstance(f, Succeeded) and f.ref == ref), "it was put right")
        case ObjectVanished() | ObjectLeaving():
            return _of_end(fact, here, past)
        case NamespaceGone(ref):
            leaving = last(before, lambda f: isinstance(f, NamespaceLeaving) and f.ref == ref)
            return follows(leaving, "it had been told to end") or follows(past.request(here), _ASKED)
        case AdmissionChanged(ref):
            return follows(last(before, lambda f: isinstance(f, Succeeded) and f.ref == ref), "it was written")
        case EndpointsChanged():
            return _of_endpoints(fact, here, past)
        case RequestWitnessed():
            return of_request(here, past)
        case _:
            return follows(past.request(here), _ASKED)


def _wrote(fact: Fact, kind: Kind) -> bool:
    return isinstance(fact, Succeeded) and fact.ref.kind == kind.value and fact.effect in {"created", "updated"}


def _of_endpoints(fact: EndpointsChanged, here: Recorded[Fact], past: Past) -> Links:
    """Find that the Service itself was changed and so finds no replica; else the replica that came or went, near in time."""
    before = past.before(here)
    drift = last(before, lambda f: isinstance(f, Drifted | DriftEnded) and f.ref == fact.ref)
    if fact.total > fact.ready and drift and isinstance(drift.fact, Drifted):
        ground = "the Service was changed, and has other endpoints than it had"
        selects = any(change.path.startswith("spec.selector") for change in drift.fact.changes)
        return follows(drift, ground) if selects else beside([drift])
    moved = (BecameReady, BecameUnready, ReplicaGone)
    near = last(before, lambda f: isinstance(f, moved), happened_at(here) + SLACK)
    return beside([near] if near and happened_at(here) - happened_at(near) <= SOON else [])


def _of_end(fact: ObjectVanished | ObjectLeaving, here: Recorded[Fact], past: Past) -> Links:
    before = past.before(here)
    if isinstance(fact, ObjectVanished):
        leaving = last(before, lambda f: isinstance(f, ObjectLeaving) and (f.ref, f.uid) == (fact.ref, fact.uid))
        if leaving is not None:
            return follows(leaving, "it had been told to end")
    if ours := our_removal(past, here):
        return follows(ours, "it was deleted by our order")
    space = last(before, lambda f: isinstance(f, NamespaceLeaving) and f.ref.name == fact.ref.namespace)
    return follows(space, "its namespace ends with all that is in it") or follows(past.request(here), _ASKED)


def _of_progress(fact: RolloutProgressed, here: Recorded[Fact], past: Past) -> Links:
    """Find the write that a first count of a generation is of; what else changed a count is near in time at best."""
    before = past.before(here)
    told = last(before, lambda f: isinstance(f, RolloutProgressed))
    if told is None or not isinstance(told.fact, RolloutProgressed) or told.fact.generation < fact.generation:
        write = last(before, lambda f: _wrote(f, Kind.DEPLOYMENT))
        if write and isinstance(write.fact, Succeeded) and (write.fact.uid, write.fact.generation) == (fact.uid, fact.generation):
            return follows(write, "the Deployment's controller has seen this write")
    moved = (ReplicaCreated, BecameReady, BecameUnready, ReplicaGone)
    near = last(before, lambda f: isinstance(f, moved), happened_at(here) + SLACK)
    return beside([near] if near and happened_at(here) - happened_at(near) <= SOON else [])


def _of_refusal(fact: ReplicasRefused, here: Recorded[Fact], past: Past) -> Links:
    """Find what the replica was wanted for that could not be made."""
    pod = pod_in(fact.message)
    sets = [one for one in past.of(ReplicaSetScaled) if isinstance(one.fact, ReplicaSetScaled)]
    for one in reversed(sets):
        assert isinstance(one.fact, ReplicaSetScaled)
        if not pod or pod.rpartition("-")[0] == one.fact.ref.name:
            return keeping.causes_of_want(past, f"{one.fact.ref.name}-", one.fact.template, here)
    write = last(past.before(here), lambda f: _wrote(f, Kind.DEPLOYMENT))
    order = order_behind(write, past) if write else None
    if order is None:
        return ()
    made = [one.fact.pod for one in past.births.values() if isinstance(one.fact, ReplicaCreated)]
    named = pod or next((name for name in reversed(made)), "-")
    return keeping.causes_of_want(past, named, order.template, here)
