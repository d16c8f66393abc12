"""What a sight of a pod says that was not known of its replica.

Why its container was restarted is told by `domain.observe_restarts`, why it goes and how it ended by
`domain.observe_departures`, what others made of the pod itself by `domain.observe_pods`.
"""

from collections.abc import Callable, Iterable

from domain.observations import PodSeen, Running, Waiting
from domain.observe_departures import ended, leaving
from domain.observe_restarts import restarted
from domain.repeats import last_words
from domain.replica import (
    BecameReady,
    BecameUnready,
    ContainerStarted,
    ImagePulled,
    Replica,
    ReplicaCreated,
    ReplicaFact,
    ReplicaScheduled,
    ReplicaUnschedulable,
    ReplicaUnsteady,
    ReplicaWaiting,
    ReplicaWarned,
    StartupPassed,
    begin,
    evolve,
    trouble,
)

UNREMARKABLE = frozenset({"", "ContainerCreating", "PodInitializing"})
"""Waiting that every container goes through."""

_KINDS_OF_TROUBLE = 10
"""So many different troubles of waiting are told until the container runs (again)."""


Look = Callable[[Replica, PodSeen], Iterable[ReplicaFact]]


def _nothing(_replica: Replica, _seen: PodSeen) -> Iterable[ReplicaFact]:
    return ()


def replica_news(replica: Replica | None, seen: PodSeen, made: Look = _nothing) -> tuple[ReplicaFact, ...]:
    """Give the facts that make a replica what was seen of it, in the order in which they happen to a pod.

    `made` tells what others made of the pod itself: it comes first, since a container may end because of it.
    """
    told: list[ReplicaFact] = []
    if replica is None:
        checks = seen.spec.checks if seen.spec else None
        created = ReplicaCreated(seen.ref.name, seen.ref.namespace, seen.incarnation, seen.template, seen.created_at, checks)
        told.append(created)
        replica = begin(seen.uid, created)
    if seen.unsteady is not None:
        told.append(ReplicaUnsteady(seen.unsteady.times, 0, 0, seen.unsteady.first_at, seen.unsteady.last_at))
    for change in made(replica, seen):
        told.append(change)
        replica = _after(replica, change)
    for step in _STEPS:
        fact = step(replica, seen)
        if fact is not None:
            told.append(fact)
            replica = _after(replica, fact)
    return tuple(told)


def _after(replica: Replica, fact: ReplicaFact) -> Replica:
    after = evolve(replica, fact)
    assert after is not None, "only ReplicaGone ends a replica, and nothing here tells it"
    return after


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


def _started(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    container = seen.container
    if container is None or not isinstance(container.state, Running) or container.container_id == replica.container_id:
        return None
    return ContainerStarted(container.container_id, container.state.since)


def _startup(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    """Tell that the container that was seen running before has started up."""
    return StartupPassed() if _newly_up(replica, seen) else None


def _startup_at_once(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    """Tell of a container that is up when it is first seen.

    In the first report after a restart the node may still say of the new container what was true of the one before. It is
    believed where nothing has to succeed first, or where the pod became ready since.
    """
    container = seen.container
    if container is None or not _newly_up(replica, seen):
        return None
    waits = seen.spec is not None and "startup" in seen.spec.checks and container.restarts > 0
    return None if waits and not _ready_since_its_start(seen) else StartupPassed()


def _newly_up(replica: Replica, seen: PodSeen) -> bool:
    container = seen.container
    if container is None or replica.started or not container.started or not isinstance(container.state, Running):
        return False
    return container.container_id == replica.container_id


def _ready_since_its_start(seen: PodSeen) -> bool:
    since = seen.container.state.since if seen.container and isinstance(seen.container.state, Running) else None
    return seen.ready and seen.ready_since is not None and since is not None and seen.ready_since >= since


def _ready(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    return BecameReady(seen.ready_since) if seen.ready and not replica.ready else None


def _waiting(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    state = seen.container.state if seen.container else None
    if not isinstance(state, Waiting) or state.reason in UNREMARKABLE or not _is_news(replica, state.reason, state.message):
        return None
    return ReplicaWaiting(state.reason, last_words(state.message))


def _is_news(replica: Replica, reason: str, message: str) -> bool:
    return len(replica.said) < _KINDS_OF_TROUBLE and trouble(reason, last_words(message)) not in replica.said


def _failed(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    if not seen.status_reason or (event := f"status:{seen.status_reason}") in replica.counts:
        return None
    return ReplicaWarned(seen.status_reason, last_words(seen.status_message), 1, event, 1)


_STEPS: Iterable[Callable[[Replica, PodSeen], ReplicaFact | None]] = (
    _scheduled,
    _pulled,
    _unready,
    _startup,
    restarted,
    _started,
    _startup_at_once,
    _ready,
    _waiting,
    _failed,
    leaving,
    ended,
)
