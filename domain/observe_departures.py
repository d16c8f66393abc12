"""Why a replica goes, and how its container ended, as the pod itself and its ReplicaSet's controller say.

A reason is told where the cluster holds one fast; else none is. Who deleted a pod stands in no pod: only the API server's audit
log says so (`domain.observe_requests`).
"""

import re
from collections.abc import Iterator
from datetime import timedelta

from domain.deployment import Deployment
from domain.observations import Departure, EventSeen, Exit, PodSeen
from domain.pod_facts import ReplicaEnded, ReplicaLeaving, ReplicaRemoved
from domain.repeats import last_words
from domain.replica import Replica, ReplicaFact, evolve

_SIGKILL = 137
_NODES_OWN = frozenset({"", "Error"})
"""Reasons of an exit that was really seen; others are the runtime's (OOMKilled), or the kubelet's where it lost the container."""
_OVER = frozenset({"Failed", "Succeeded"})
_SECOND = timedelta(seconds=1)
_DELETED = re.compile(r"Deleted pod: ([a-z0-9][a-z0-9.-]{0,252})$")


def leaving(replica: Replica, seen: PodSeen) -> ReplicaLeaving | None:
    """Tell that it is being deleted; again where the reason is seen later."""
    told, now = replica.why_leaving, seen.departure
    if not seen.deleting or (replica.leaving and (not now.reason or (told is not None and told.reason == now.reason))):
        return None
    return ReplicaLeaving(now.at, now.grace, now.reason, last_words(now.message))


def ended(replica: Replica, seen: PodSeen) -> ReplicaEnded | None:
    """Tell how the container ended, of a replica that is leaving or over: it is not started again."""
    last = seen.container.state if seen.container else None
    if not isinstance(last, Exit) or replica.ended is not None or not (seen.deleting or seen.phase in _OVER):
        return None
    return ReplicaEnded(
        last.code,
        last.signal,
        last.reason,
        last_words(last.message),
        last.started_at,
        last.finished_at,
        overdue=seen.deleting and _overdue(seen.departure, last),
    )


def _overdue(departure: Departure, last: Exit) -> bool:
    """Tell whether it was killed when its whole grace period had run out. Both times are in whole seconds."""
    if last.code != _SIGKILL or last.reason not in _NODES_OWN:
        return False
    if departure.at is None or not departure.grace or last.finished_at is None:
        return False
    return last.finished_at + _SECOND >= departure.at + timedelta(seconds=departure.grace)


def last_look(replica: Replica, seen: PodSeen) -> Iterator[ReplicaFact]:
    """Tell what the last that was to be seen of a pod says of its end; of one removed at once there is nothing else."""
    for step in (leaving, ended):
        fact = step(replica, seen)
        if fact is not None:
            yield fact
            replica = evolve(replica, fact) or replica


def removal(home: Deployment, seen: EventSeen) -> tuple[str, ReplicaRemoved] | None:
    """Give the uid of the replica that a ReplicaSet's controller says it deleted, and the fact: once for each replica."""
    named = _DELETED.search(seen.message)
    if seen.reason != "SuccessfulDelete" or named is None:
        return None
    uid = _uid_of(home, named[1], seen.about.namespace)
    return (uid, ReplicaRemoved(seen.about.name, seen.last_at, seen.uid, seen.count)) if uid else None


def _uid_of(home: Deployment, pod: str, namespace: str) -> str:
    for uid, replica in home.replicas.items():
        if (replica.pod, replica.namespace) == (pod, namespace):
            return uid if not replica.removed_by else ""
    return home.replica_sets.left.get(pod, "")
