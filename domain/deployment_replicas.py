"""What a fact about a replica changes in its deployment."""

from collections.abc import Mapping
from datetime import datetime

from domain import replica as replicas
from domain import replica_sets
from domain.changed import changed
from domain.deployment import Deployment, Version
from domain.facts import Fact
from domain.pod_facts import ReplicaAdmitted, ReplicaRemoved
from domain.record import Recorded
from domain.replica import ImagePulled, Replica, ReplicaCreated, ReplicaGone, Restarted, is_of_replica
from domain.replica_sets import ReplicaSets

Ran = Mapping[str, tuple[str, ...]]
"""For each pod template, the image digests that were seen to run."""


def take_in_of_replica(deployment: Deployment, recorded: Recorded[Fact]) -> Deployment:
    """Take in a fact of a replica's stream, and what it says of its ReplicaSet, its version and the images that ran."""
    kind, _, uid = recorded.stream.partition("/")
    fact = recorded.fact
    if kind != "replica" or not is_of_replica(fact):
        return deployment
    if isinstance(fact, ReplicaCreated):
        return changed(deployment, replicas={**deployment.replicas, uid: replicas.begin(uid, fact)})
    known = deployment.replicas.get(uid)
    sets = _of_its_set(deployment.replica_sets, uid, known, fact)
    if known is None:
        return changed(deployment, replica_sets=sets)
    versions, ran = deployment.versions, deployment.ran
    if isinstance(fact, ImagePulled) and fact.digest:
        ran = _pulled(ran, known.template, fact.digest)
    elif isinstance(fact, Restarted) and fact.cause != "unknown":
        versions = _crashed(versions, known, recorded.recorded_at)
    # The newest told of stands last.
    others = dict(deployment.replicas)
    del others[uid]
    after = replicas.evolve(known, fact)
    if after is not None:
        others[uid] = after
    return changed(deployment, replicas=others, replica_sets=sets, ran=ran, versions=versions)


def _pulled(ran: Ran, template: str, digest: str) -> Ran:
    """Take in that a template was seen to run by an image's digest."""
    seen = ran.get(template, ())
    return ran if digest in seen else {**ran, template: (*seen, digest)}


def _crashed(versions: tuple[Version, ...], replica: Replica, at: datetime) -> tuple[Version, ...]:
    """Take in that a container ended: it is held against the newest version of its template, where that had been healthy."""
    own = (v for v in reversed(versions) if (v.order.template, v.order.incarnation) == (replica.template, replica.incarnation))
    version = next(own, None)
    if version is None or not version.was_healthy:
        return versions
    crashed = changed(version, crashed_at=at, crashed_first=version.crashed_first or at)
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
