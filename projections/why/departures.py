"""Why a replica goes: as its pod, its ReplicaSet's controller or the audit log says; else that it is not known."""

from datetime import datetime
from itertools import pairwise

from domain.actions import Decided, Remove, Succeeded
from domain.audit import RequestWitnessed
from domain.facts import Fact
from domain.nodes_seen import NodeCordoned, NodeUncordoned
from domain.objects import Kind
from domain.pod_facts import ReplicaDisowned, ReplicaLeaving, ReplicaRemoved
from domain.record import Recorded
from domain.replica import ReplicaGone
from domain.seen import ObjectLeaving, ObjectVanished, ReplicaSetScaled
from domain.shared_seen import NamespaceLeaving
from projections.sentences.requests import by_replica_sets
from projections.when import happened_at
from projections.why.counts import SLACK, SOON, settings, watched
from projections.why.keeping import births_of, replica_set_of
from projections.why.links import NOTHING, Links, beside, follows
from projections.why.past import Past, last

_BY_NODE = {
    "DeletionByTaintManager": "its node is not ready",
    "DeletionByPodGC": "its node is gone",
    "TerminationByKubelet": "its node is not ready",
}


def causes(here: Recorded[Fact], past: Past) -> Links:
    """Give why a replica is leaving, or is gone."""
    life, at = past.life(here), happened_at(here)
    leaving = last(life, lambda fact: isinstance(fact, ReplicaLeaving))
    if isinstance(here.fact, ReplicaGone) and leaving is not None:
        return follows(leaving, "it had been told to end")
    reason = _reason(here, past)
    if reason:
        return _disrupted(reason, here, past)
    removed = last(life, lambda fact: isinstance(fact, ReplicaRemoved))
    if removed is not None:
        return follows(removed, "its ReplicaSet's controller says that it deleted it")
    request = past.request(here)
    asked = follows(request, "the API server's audit log has the request")
    return (
        (asked if request and _is_a_person(request.fact) else NOTHING)
        or follows(_whole(past, at), "all that belongs to it goes with it")
        or asked
        or _emptied(here, past)
        or beside(_near(here, past))
    )


def _is_a_person(fact: Fact) -> bool:
    return isinstance(fact, RequestWitnessed) and not fact.user.startswith("system:")


def _reason(here: Recorded[Fact], past: Past) -> str:
    """Give the reason that the pod says, also where it says so a moment later."""
    told = [one.fact.reason for one in past.life(here) if isinstance(one.fact, ReplicaLeaving) and one.fact.reason]
    return told[-1] if told else ""


def _disrupted(reason: str, here: Recorded[Fact], past: Past) -> Links:
    if ground := _BY_NODE.get(reason):
        return follows(past.node_trouble(past.node(here), happened_at(here) + SLACK), ground)
    if reason == "EvictionByEvictionAPI":
        asked = follows(past.request(here), "the API server's audit log has the eviction")
        return asked or beside([_cordon(here, past)], "its node was cordoned before, as a drain begins")
    return NOTHING


def _cordon(here: Recorded[Fact], past: Past) -> Recorded[Fact] | None:
    node, at = past.node(here), happened_at(here)
    told = [one for one in past.of(NodeCordoned, NodeUncordoned) if getattr(one.fact, "node", "") == node]
    newest = last(told, lambda _: True, at + SLACK)
    return newest if newest and isinstance(newest.fact, NodeCordoned) else None


def of_removal(here: Recorded[Fact], past: Past) -> Links:
    """Give the scaling down because of which a ReplicaSet's controller deleted a replica."""
    fact = here.fact
    assert isinstance(fact, ReplicaRemoved)
    created = past.created(here)
    return _fewer(past, fact.by, created.template if created else "", happened_at(here))


def of_request(here: Recorded[Fact], past: Past) -> Links:
    """Give why the ReplicaSet controller asked for a pod's end; why a person asked for something, nobody knows."""
    fact = here.fact
    assert isinstance(fact, RequestWitnessed)
    if fact.ref.kind != Kind.POD.value or not by_replica_sets(fact):
        return NOTHING
    birth = next((one for one in past.births.values() if past.pod(one) == fact.ref.name), None)
    created = past.created(birth) if birth else None
    return _fewer(past, replica_set_of(fact.ref.name), created.template if created else "", fact.at)


def _fewer(past: Past, replica_set: str, template: str, at: datetime) -> Links:
    """Find what a ReplicaSet was to have fewer replicas for: it was scaled down just before, and not up since."""
    down = last(past.of(ReplicaSetScaled), lambda f: isinstance(f, ReplicaSetScaled) and f.ref.name == replica_set, at + SLACK)
    if down is not None and isinstance(down.fact, ReplicaSetScaled) and down.fact.after < (down.fact.before or 0):
        return follows(down, "it was to have fewer")
    if watched(past, replica_set) or not template:
        return beside([down] if down and at - happened_at(down) <= SOON else [])
    return follows(_lowered(past, replica_set, template, at), "there were to be fewer")


def _lowered(past: Past, replica_set: str, template: str, until: datetime) -> Recorded[Fact] | None:
    """Find what lowered the count last, where ReplicaSets were not watched."""
    set_to = [one for one in settings(past, replica_set, template) if one.at <= until + SLACK]
    fallen = [after.recorded for before, after in pairwise(set_to) if after.count < before.count]
    return fallen[-1] if fallen else None


def _whole(past: Past, until: datetime) -> Recorded[Fact] | None:
    """Find the end of what it belongs to: of its namespace, or of the Deployment, by our order or by other hands."""
    found = last(past.of(NamespaceLeaving), lambda _: True, until + SLACK) or _workload_gone(past, until)
    made = last(past.of(Succeeded), _made, until)
    return found if found and (made is None or happened_at(made) < happened_at(found)) else None


def _made(fact: Fact) -> bool:
    return isinstance(fact, Succeeded) and fact.ref.kind == Kind.DEPLOYMENT.value and fact.effect == "created"


def _workload_gone(past: Past, until: datetime) -> Recorded[Fact] | None:
    """Find the end of the Deployment; of several facts about one, that which says most of who ordered it."""
    made = last(past.facts, _made, until)
    for kind in (Succeeded, ObjectLeaving, ObjectVanished):
        ended = [one for one in past.of(kind) if _ends(one.fact) and (made is None or one.position > made.position)]
        if found := next((one for one in reversed(ended) if _begun(one, past) <= until + SLACK), None):
            return found
    return None


def _ends(fact: Fact) -> bool:
    if isinstance(fact, Succeeded):
        return fact.ref.kind == Kind.DEPLOYMENT.value and fact.effect == "deleted"
    return isinstance(fact, ObjectLeaving | ObjectVanished) and fact.ref.kind == Kind.DEPLOYMENT.value


def _begun(one: Recorded[Fact], past: Past) -> datetime:
    """Say from when on an object's end may have taken others with it: an order of ours from when it was decided."""
    if isinstance(one.fact, ObjectLeaving | ObjectVanished) and one.fact.at is not None:
        return one.fact.at
    if isinstance(one.fact, Succeeded) and (decision := past.by_id.get(one.metadata.cause)):
        return decision.recorded_at
    return happened_at(one)


def _emptied(here: Recorded[Fact], past: Past) -> Links:
    """Find that its ReplicaSet was to have none at all: then each replica of it goes."""
    created, at = past.created(here), happened_at(here)
    if created is None or any(isinstance(one.fact, ReplicaDisowned) for one in past.life(here)):
        return NOTHING
    replica_set = replica_set_of(created.pod)
    set_to = [one for one in settings(past, replica_set, created.template) if one.at <= at]
    if not set_to or set_to[-1].count or any(births_of(past, replica_set, at)):
        return NOTHING
    if watched(past, replica_set) and set_to[-1].at >= at:
        return NOTHING  # within one second: it may have been deleted by hand before
    return follows(set_to[-1].recorded, "its ReplicaSet was to have none")


def _near(here: Recorded[Fact], past: Past) -> list[Recorded[Fact]]:
    """Give what was near in time: its ReplicaSet was scaled down, or its node was cordoned or in trouble."""
    at, created = happened_at(here), past.created(here)
    down = _lowered(past, replica_set_of(created.pod), created.template, at) if created else None
    near = [down, _cordon(here, past), past.node_trouble(past.node(here), at + SLACK)]
    return [one for one in near if one and abs(happened_at(one) - at) <= SOON]


def our_removal(past: Past, here: Recorded[Fact]) -> Recorded[Fact] | None:
    """Find our own removal of an object, where it is what we did to it last."""
    ref = getattr(here.fact, "ref", None)
    before = past.before(here)
    removed = {
        action.id
        for one in before
        if isinstance(one.fact, Decided)
        for action in one.fact.actions
        if isinstance(action, Remove) and action.ref == ref
    }
    newest = last(before, lambda f: isinstance(f, Succeeded) and f.ref == ref)
    return newest if newest and isinstance(newest.fact, Succeeded) and newest.fact.action in removed else None
