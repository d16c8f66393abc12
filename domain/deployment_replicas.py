"""What a fact about a replica changes in its deployment."""

from dataclasses import replace
from datetime import datetime

from domain import replica as replicas
from domain import replica_sets
from domain.deployment import Deployment, Version
from domain.facts import Fact
from domain.pod_facts import ReplicaAdmitted, ReplicaRemoved
from domain.record import Recorded
from domain.replica import ImagePulled, Replica, ReplicaCreated, ReplicaGone, Restarted
from domain.replica_sets import ReplicaSets


def take_in_of_replica(deployment: Deployment, recorded: Recorded[Fact]) -> Deployment:
    """Take in a fact of a replica's stream, and what it says of its ReplicaSet, its version and the images that ran."""
    kind, _, uid = recorded.stream.partition("/")
    if kind != "replica":
        return deployment
    fact = recorded.fact
    known = deployment.replicas.get(uid)
    if isinstance(fact, ReplicaCreated):
        return replace(deployment, replicas={**deployment.replicas, uid: replicas.begin(uid, fact)})
    if not isinstance(fact, replicas.ReplicaFact):
        return deployment
    deployment = replace(deployment, replica_sets=_of_its_set(deployment.replica_sets, uid, known, fact))
    if known is None:
        return deployment
    if isinstance(fact, ImagePulled) and fact.digest:
        seen = deployment.ran.get(known.template, ())
        if fact.digest not in seen:
            deployment = replace(deployment, ran={**deployment.ran, known.template: (*seen, fact.digest)})
    if isinstance(fact, Restarted) and fact.cause != "unknown":
        deployment = replace(deployment, versions=_crashed(deployment.versions, known, recorded.recorded_at))
    after = replicas.evolve(known, fact)
    others = {other: r for other, r in deployment.replicas.items() if other != uid}
    return replace(deployment, replicas=others if after is None else {**others, uid: after})


def _crashed(versions: tuple[Version, ...], replica: Replica, at: datetime) -> tuple[Version, ...]:
    """Take in that a container ended: it is held against the newest version of its template, where that had been healthy."""
    own = (v for v in reversed(versions) if (v.order.template, v.order.incarnation) == (replica.template, replica.incarnation))
    version = next(own, None)
    if version is None or not version.was_healthy:
        return versions
    crashed = replace(version, crashed_at=at, crashed_first=version.crashed_first or at)
    return tuple(crashed if v is version else v for v in versions)


def _of_its_set(sets: ReplicaSets, uid: str, known: Replica | None, fact: replicas.ReplicaFact) -> ReplicaSets:
    """Take in what a fact about a pod says of its ReplicaSet; its removal may be told when the pod is gone already."""
    match fact:
        case ReplicaRemoved():
            return replica_sets.removed(sets, uid)
        case ReplicaGone() if known is not None and not known.removed_by:
            return replica_sets.left(sets, known.pod, uid)
        case ReplicaAdmitted() if known is not None:
            return replica_sets.admitted(sets, known.template, fact)
        case _:
            return sets
