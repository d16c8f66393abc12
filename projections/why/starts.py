"""Which fact to begin with: what makes a deployment well, or stands in its way now; why a replica is there, or went."""

from collections.abc import Iterator, Sequence

from domain.actions import Decided, Failed, Outcome, Succeeded, Unknown, VersionFailed, VersionHealthy, VersionRecovered
from domain.deployment import Deployment
from domain.facts import Fact
from domain.filling import FillFact
from domain.objects import ObjectRef
from domain.orders import DeletionOrdered, Held, Resumed, Submitted
from domain.pod_facts import ReplicaLeaving
from domain.record import Recorded
from domain.replica import (
    BecameReady,
    BecameUnready,
    ProbeFailed,
    Replica,
    ReplicaCreated,
    ReplicaFact,
    ReplicaGone,
    ReplicaKilled,
    ReplicaUnschedulable,
    ReplicaWaiting,
    ReplicaWarned,
    Restarted,
)
from domain.seen import (
    AdmissionChanged,
    Drifted,
    MarkDoubted,
    ObjectLeaving,
    ReplicaSetScaled,
    ReplicasRefused,
    RolloutProgressed,
    UnmanagedSeen,
)
from domain.serving_seen import EndpointsChanged
from domain.shared_seen import NamespaceLeaving
from projections.current_replicas import listens_not_yet, present_replicas
from projections.status import phase
from projections.why.past import Past, last

_TROUBLE = (Restarted, ReplicaWaiting, ReplicaUnschedulable, ProbeFailed, BecameUnready, ReplicaKilled, ReplicaWarned)
_TOLD_LESS = (UnmanagedSeen, AdmissionChanged, ReplicaSetScaled)
_STARTING_UP = frozenset({"ContainerCreating", "PodInitializing"})
_WELL = frozenset({"healthy", "stopped"})


def telling(facts: Sequence[Recorded[Fact]], deployment: Deployment) -> Recorded[Fact] | None:
    """Choose the fact to begin with for a deployment as it is now; None where nothing is known of it.

    What is well leads to the verdict that says so, or to the order that it rests on; what is not, to what stands in its way. A
    replica that has left never stands in anything's way.
    """
    past = Past(facts)
    found = _in_the_way(past, deployment) if _troubled(past, deployment) else None
    return found or _verdict(past, deployment) or _order(past) or (facts[-1] if facts else None)


def _troubled(past: Past, deployment: Deployment) -> bool:
    if deployment.wanted is None:
        return deployment.removing
    stands = any(known.changes or known.leaving for known in deployment.objects.values())
    return stands or phase(deployment) not in _WELL or _unserved(past) is not None or _namespace(past) is not None


def _in_the_way(past: Past, deployment: Deployment) -> Recorded[Fact] | None:
    """Give what stands in the way, the gravest first."""
    return next((found for found in _obstacles(past, deployment) if found is not None), None)


def _obstacles(past: Past, deployment: Deployment) -> Iterator[Recorded[Fact] | None]:
    facts, order = past.facts, _order(past)
    if deployment.removing:
        yield _object(facts, deployment) or last(facts, lambda fact: isinstance(fact, DeletionOrdered))
    if deployment.doubted:
        yield last(facts, lambda fact: isinstance(fact, MarkDoubted))
    yield _namespace(past)
    yield _held(past, deployment)
    if deployment.troubles:
        refs = {*deployment.troubles}
        yield last(facts, lambda fact: isinstance(fact, Failed | Unknown) and fact.ref in refs)
    if deployment.unsure:
        yield last(facts, lambda fact: isinstance(fact, Unknown))
    if _failed(deployment):
        yield _verdict(past, deployment)
    yield _replica(past, deployment)
    if deployment.refused_replicas:
        yield last(facts, lambda fact: isinstance(fact, ReplicasRefused))
    yield _object(facts, deployment)
    yield _unserved(past)
    yield _expected(past, deployment)
    if phase(deployment) == "degraded":
        yield last(facts, lambda fact: isinstance(fact, RolloutProgressed))
    since = [one for one in facts if order is None or one.position > order.position]
    yield last(since, lambda fact: isinstance(fact, FillFact))


def _failed(deployment: Deployment) -> bool:
    return deployment.wanted is not None and phase(deployment) == "failed"


def _namespace(past: Past) -> Recorded[Fact] | None:
    """Give that its namespace is being deleted, as long as nothing was made in it since."""
    leaving = last(past.facts, lambda fact: isinstance(fact, NamespaceLeaving))
    made = last(past.facts, lambda fact: isinstance(fact, Succeeded) and fact.effect == "created")
    return leaving if leaving and (made is None or made.position < leaving.position) else None


def _held(past: Past, deployment: Deployment) -> Recorded[Fact] | None:
    """Give the hold, of it or of all, for which what was ordered is not done; one that has run out holds nothing."""
    version = deployment.wanted
    newest = last(past.facts, lambda fact: isinstance(fact, Held | Resumed))
    if version is None or newest is None or not isinstance(newest.fact, Held) or deployment.applied(version):
        return None
    until = newest.fact.until
    return newest if until is None or until > past.facts[-1].recorded_at else None


def _replica(past: Past, deployment: Deployment) -> Recorded[Fact] | None:
    """Give the newest trouble of a replica that is there and not ready, or of the node that it is on."""
    found = (_trouble(past, replica) for replica in present_replicas(deployment) if not replica.ready)
    return max((one for one in found if one), key=lambda one: one.position, default=None)


def _trouble(past: Past, replica: Replica) -> Recorded[Fact] | None:
    life = [one for one in past.facts if one.stream == f"replica/{replica.uid}"]
    if not life:
        return None
    if lost := past.node_trouble(replica.node, life[-1].recorded_at):
        return lost
    if lost := past.node_trouble(replica.node, past.facts[-1].recorded_at):
        return lost
    return last(life, _bad)


def _bad(fact: Fact) -> bool:
    if isinstance(fact, ProbeFailed) and listens_not_yet(fact):
        return False
    return isinstance(fact, _TROUBLE) and not (isinstance(fact, ReplicaWaiting) and fact.reason in _STARTING_UP)


def _expected(past: Past, deployment: Deployment) -> Recorded[Fact] | None:
    """Give the newest replica that is on its way."""
    coming = {f"replica/{replica.uid}" for replica in present_replicas(deployment) if not replica.ready}
    births = [past.births[stream] for stream in coming if stream in past.births]
    return max(births, key=lambda one: one.position, default=None)


def _object(facts: Sequence[Recorded[Fact]], deployment: Deployment) -> Recorded[Fact] | None:
    """Give the newest drift that stands, or that an object of it is being deleted."""
    drifted = {ref for ref, known in deployment.objects.items() if known.changes}
    ending = {ref for ref, known in deployment.objects.items() if known.leaving}
    return last(facts, lambda fact: _about(fact, drifted, Drifted) or _about(fact, ending, ObjectLeaving))


def _about(fact: Fact, refs: set[ObjectRef], kind: type[Drifted | ObjectLeaving]) -> bool:
    return isinstance(fact, kind) and fact.ref in refs


def _unserved(past: Past) -> Recorded[Fact] | None:
    """Give that a Service of it has no endpoints for its ready replicas, where that was told last."""
    told = last(past.facts, lambda fact: isinstance(fact, EndpointsChanged))
    return told if told and isinstance(told.fact, EndpointsChanged) and told.fact.total and not told.fact.serves else None


def _order(past: Past) -> Recorded[Fact] | None:
    return last(past.facts, lambda fact: isinstance(fact, Submitted | DeletionOrdered))


def _verdict(past: Past, deployment: Deployment) -> Recorded[Fact] | None:
    """Give the verdict on the version that is wanted; of what is gone, that it came to its end."""
    version = deployment.wanted
    if version is None:
        return last(past.facts, lambda fact: isinstance(fact, Decided) and bool(fact.findings))
    number, incarnation = version.number, version.order.incarnation
    order = last(past.facts, lambda f: isinstance(f, Submitted) and (f.number, f.incarnation) == (number, incarnation))
    since = [one for one in past.facts if order is None or one.position > order.position]
    return last(since, lambda fact: isinstance(fact, Decided) and any(_judges(found, number) for found in fact.findings))


def _judges(finding: object, number: int) -> bool:
    return isinstance(finding, VersionFailed | VersionHealthy | VersionRecovered) and finding.number == number


def of_replica(life: Sequence[Recorded[Fact]]) -> Recorded[Fact] | None:
    """Choose the fact to begin with for a replica: why it went; else what ails it now; else why it is there."""
    leaving = [one for one in life if isinstance(one.fact, ReplicaLeaving)]
    went = last(leaving, lambda fact: isinstance(fact, ReplicaLeaving) and bool(fact.reason)) or next(iter(leaving), None)
    went = went or last(life, lambda fact: isinstance(fact, ReplicaGone))
    return went or _ails(life) or next((one for one in life if isinstance(one.fact, ReplicaCreated)), None)


def _ails(life: Sequence[Recorded[Fact]]) -> Recorded[Fact] | None:
    """Give the newest trouble since it was ready last; None where it is ready, or nothing is known to ail it."""
    for one in reversed(life):
        if isinstance(one.fact, BecameReady):
            return None
        if _bad(one.fact):
            return one
    return None


def of_restart(life: Sequence[Recorded[Fact]], number: int) -> Recorded[Fact] | None:
    """Choose the fact that tells a replica's restart of a number, counted from 1; of several told as one, that one."""
    restarts = (one for one in life if isinstance(one.fact, Restarted))
    return next((one for one in restarts if isinstance(one.fact, Restarted) and _covers(one.fact, number)), None)


def _covers(fact: Restarted, number: int) -> bool:
    return fact.restarts - fact.times < number <= fact.restarts


def of_object(facts: Sequence[Recorded[Fact]], kind: str, name: str) -> Recorded[Fact] | None:
    """Choose the fact that tells what last happened to an object (`Service`, `web`); what matters little comes last."""
    about = [one for one in facts if not isinstance(one.fact, ReplicaFact) and _concerns(one.fact, kind, name)]
    return last(about, lambda fact: not isinstance(fact, _TOLD_LESS) and _moved(fact)) or (about[-1] if about else None)


def of_log_line(facts: Sequence[Recorded[Fact]], given: str) -> Recorded[Fact] | None:
    """Choose the fact that an engine's log line leads to: what came of an action, else its decision; or a correlation's order."""
    of_action = last(facts, lambda fact: _acts(fact, given))
    return of_action or next((one for one in facts if given and one.metadata.correlation == given), None)


def _acts(fact: Fact, action: str) -> bool:
    if isinstance(fact, Decided):
        return any(one.id == action for one in fact.actions)
    return isinstance(fact, Outcome) and fact.action == action


def _concerns(fact: Fact, kind: str, name: str) -> bool:
    ref = getattr(fact, "ref", None)
    if isinstance(ref, ObjectRef):
        return (ref.kind.lower(), ref.name) == (kind.lower(), name)
    return kind.lower() == "node" and getattr(fact, "node", None) == name and not isinstance(fact, ReplicaFact)


def _moved(fact: Fact) -> bool:
    return not isinstance(fact, Succeeded) or fact.wrote
