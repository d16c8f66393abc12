"""Why a container was restarted: told only as far as it is known (docs/decisions/causes-of-restarts.md).

Kubernetes does not say in a pod's status that a check was behind it; the kubelet says so in an Event, `Killing`, which may come
before the restart is seen, after it, or (its sender limits the rate) never. Told apart by the node's own times: a kill within
the life of the container that ended is its cause. Without one, a check that could have ended it leaves the cause `unknown`,
never a guess; a kill that comes late is a fact of its own and puts the cause right in the fold (`domain.replica.evolve`).
"""

from datetime import datetime, timedelta

from domain.observations import ContainerSeen, Exit, PodSeen, Running
from domain.repeats import last_words
from domain.replica import Cause, Replica, ReplicaFact, Restarted, ended_by

_KILLED = frozenset({137, 143})
"""What SIGKILL and SIGTERM leave behind, whoever sent them."""
_BURST = 25
"""So many Events about one pod a kubelet sends before it begins to drop them."""
_OF_A_RESTART = 4
"""So many of them, at most, go to each start of a container: Pulled, Created, Started, Killing or BackOff."""
_SECOND = timedelta(seconds=1)
_LONGEST = 366 * 86_400.0
"""Seconds: no container is spared for longer, whatever its settings say."""


def restarted(replica: Replica, seen: PodSeen) -> ReplicaFact | None:
    """Tell of a restart, with how the container before it ended."""
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
        cause_of(replica, seen, last),
        last.finished_at if last else None,
        last.started_at if last else None,
    )


def _counted_more(replica: Replica, container: ContainerSeen) -> bool:
    if container.restarts < replica.restarts:  # the node has lost its count (a rebuilt node); it begins anew
        return isinstance(container.state, Running) and container.container_id != replica.container_id
    return container.restarts > replica.restarts


def cause_of(replica: Replica, seen: PodSeen, last: Exit | None) -> Cause:
    """Say why a container ended, where that is recorded or follows; else `unknown`."""
    if last and last.reason == "OOMKilled":
        return "out of memory"
    killed = ended_by(replica.last_killed, last.started_at if last else None, last.finished_at if last else None)
    if killed:
        return killed
    if last is None or last.code in _KILLED or last.signal or _stopped(replica, last):
        return "unknown"
    failed = _failed(replica, last)
    if not failed and not _could_be_checked(seen, last):
        return "crashed" if last.code else "completed"
    # A process that is asked to end may do so with any code. But that a check failed would have been heard.
    return "crashed" if last.code and not failed and _all_heard(replica) else "unknown"


def _stopped(replica: Replica, last: Exit) -> bool:
    """Tell whether the kubelet may have ended it for another reason: it said so, or the pod was changed where it stands."""
    killed = replica.last_killed
    if killed is not None and killed.probe is None and (killed.at is None or _within(killed.at, last)):
        return True
    return any(path.startswith("spec.") for path in replica.changed)


def _within(at: datetime, last: Exit) -> bool:
    begun = last.started_at is None or at >= last.started_at - _SECOND
    return begun and (last.finished_at is None or at <= last.finished_at + _SECOND)


def _lived(last: Exit) -> timedelta | None:
    return last.finished_at - last.started_at if last.started_at is not None and last.finished_at is not None else None


def _could_be_checked(seen: PodSeen, last: Exit) -> bool:
    """Tell whether a startup or liveness check may have ended it: it has one, and lived long enough for it to fail."""
    if seen.spec is None:
        return True
    if seen.spec.spared is None:
        return False
    lived = _lived(last)
    return lived is None or lived + _SECOND >= timedelta(seconds=min(seen.spec.spared, _LONGEST))


def _failed(replica: Replica, last: Exit) -> bool:
    """Tell whether a check that may end a container is known to have failed during this one's life."""
    failure = replica.last_failure
    if failure is None or failure.probe == "readiness":
        return False
    return failure.last_at is None or last.started_at is None or failure.last_at >= last.started_at


def _all_heard(replica: Replica) -> bool:
    """Tell whether so few Events were sent about it that the kubelet cannot have dropped one."""
    sent = sum(told.count for told in replica.counts.values())
    return sent + _OF_A_RESTART * (replica.restarts + 1) < _BURST
