"""What a sight of a pod says that was not known of its replica.

A restart's cause is told only as far as it is known. Kubernetes does not say in a pod's status that a probe was behind it; the
kubelet says so in an Event, `Killing`, which may come before the restart is seen, after it, or (its sender limits the rate)
never. Told apart by the node's own times: a kill within the life of the container that ended is its cause. Without one, an
exit code that such a kill leaves behind (137, 143, or 0 after failed probes) has cause `unknown`, never a guess; a kill that
comes late is a fact of its own and puts the cause right in the fold (`domain.replica.evolve`).
"""

from collections.abc import Callable, Iterable

from domain.replica import (
    BecameReady,
    BecameUnready,
    Cause,
    ContainerStarted,
    ImagePulled,
    Replica,
    ReplicaCreated,
    ReplicaFact,
    ReplicaLeaving,
    ReplicaScheduled,
    ReplicaUnschedulable,
    ReplicaUnsteady,
    ReplicaWaiting,
    ReplicaWarned,
    Restarted,
    StartupPassed,
    begin,
    ended_by,
    evolve,
    trouble,
)
from domain.sightings import ContainerSeen, Exit, PodSeen, Running, Waiting

BENIGN = frozenset({"", "ContainerCreating", "PodInitializing"})
"""Waiting that every container goes through."""

LONGEST = 2048
"""Of a message: as many characters from its end, where a traceback says what went wrong."""

_KILLED = frozenset({137, 143})
_KINDS_OF_TROUBLE = 10
"""So many different troubles of waiting are told until the container runs (again)."""


def replica_news(replica: Replica | None, seen: PodSeen) -> tuple[ReplicaFact, ...]:
    """Give the facts that make a replica what was seen of it, in the order in which they happen to a pod."""
    told: list[ReplicaFact] = []
    if replica is None:
        created = ReplicaCreated(seen.ref.name, seen.ref.namespace, seen.incarnation, seen.template, seen.created_at)
        told.append(created)
        replica = begin(seen.uid, created)
    if seen.unsteady is not None:
        told.append(ReplicaUnsteady(seen.unsteady.times, 0, 0, seen.unsteady.first_at, seen.unsteady.last_at))
    for step in _STEPS:
        fact = step(replica, seen)
        if fact is not None:
            told.append(fact)
            after = evolve(replica, fact)
            assert after is not None, "only ReplicaGone ends a replica, and no step tells it"
            replica = after
    return tuple(told)


def last_words(message: str) -> str:
    """Keep the end of a message that is too long."""
    return message if len(message) <= LONGEST else f"…{message[1 - LONGEST :]}"


def _scheduled(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    if seen.node:
        return ReplicaScheduled(seen.node) if seen.node != replica.node else None
    if seen.unschedulable and seen.container is None and _is_news(replica, "Unschedulable", seen.unschedulable):
        return ReplicaUnschedulable(last_words(seen.unschedulable))
    return None


def _pulled(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    container = seen.container
    if container is None or not container.digest or container.digest == replica.digest:
        return None
    return ImagePulled(container.image, container.digest)


def _unready(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    return BecameUnready(seen.ready_since, seen.not_ready_reason) if replica.ready and not seen.ready else None


def _restarted(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    container = seen.container
    if container is None or not _counted_more(replica, container):
        return None
    last = container.last_exit
    more = container.restarts - replica.restarts
    return Restarted(
        container.restarts,
        more if more > 0 else max(container.restarts, 1),
        last.code if last else None,
        last.signal if last else 0,
        last.reason if last else "",
        last_words(last.message) if last else "",
        _cause(replica, last),
        last.finished_at if last else None,
        last.started_at if last else None,
    )


def _counted_more(replica: Replica, container: ContainerSeen) -> bool:
    if container.restarts < replica.restarts:  # the node has lost its count (a rebuilt node); it begins anew
        return isinstance(container.state, Running) and container.container_id != replica.container_id
    return container.restarts > replica.restarts


def _cause(replica: Replica, last: Exit | None) -> Cause:
    if last and last.reason == "OOMKilled":
        return "out of memory"
    killed = ended_by(replica.last_killed, last.started_at if last else None, last.finished_at if last else None)
    if killed:
        return killed
    if last is None or last.code in _KILLED or last.signal:
        return "unknown"
    if last.code == 0:
        return "unknown" if _probes_failed(replica, last) else "completed"
    return "crashed"


def _probes_failed(replica: Replica, last: Exit) -> bool:
    """Tell whether a probe that may end a container failed during this one's life."""
    failure = replica.last_failure
    if failure is None or failure.probe == "readiness":
        return False
    return failure.last_at is None or last.started_at is None or failure.last_at >= last.started_at


def _started(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    container = seen.container
    if container is None or not isinstance(container.state, Running) or container.container_id == replica.container_id:
        return None
    return ContainerStarted(container.container_id, container.state.since)


def _startup(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    container = seen.container
    if container is None or replica.started or not container.started or not isinstance(container.state, Running):
        return None
    return StartupPassed()


def _ready(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    return BecameReady(seen.ready_since) if seen.ready and not replica.ready else None


def _waiting(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    state = seen.container.state if seen.container else None
    if not isinstance(state, Waiting) or state.reason in BENIGN or not _is_news(replica, state.reason, state.message):
        return None
    return ReplicaWaiting(state.reason, last_words(state.message))


def _is_news(replica: Replica, reason: str, message: str) -> bool:
    return len(replica.said) < _KINDS_OF_TROUBLE and trouble(reason, last_words(message)) not in replica.said


def _failed(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    if not seen.status_reason or (event := f"status:{seen.status_reason}") in replica.counts:
        return None
    return ReplicaWarned(seen.status_reason, last_words(seen.status_message), 1, event, 1)


def _leaving(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    return ReplicaLeaving() if seen.deleting and not replica.leaving else None


_STEPS: Iterable[Callable[[Replica, PodSeen], ReplicaFact | None]] = (
    _scheduled,
    _pulled,
    _unready,
    _restarted,
    _started,
    _startup,
    _ready,
    _waiting,
    _failed,
    _leaving,
)
