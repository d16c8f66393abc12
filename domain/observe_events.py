"""What a core Event says that its count did not say before.

Events are counted by their sender, and are lossy: their numbers are told as what they are (`Fidelity`). Probe failures are told
each time at first, then only when their number has doubled; other warnings at 1, 2, 4, 8, … from the start. A `Killing`
is told each time: the kubelet itself makes them rarer.
"""

import re
from collections.abc import Iterator
from typing import cast

from domain.observations import EventSeen
from domain.observe_pulls import pulling
from domain.probes import ProbeName
from domain.repeats import NEVER, RepeatCount, gist, last_words
from domain.replica import Fidelity, ProbeFailed, Replica, ReplicaFact, ReplicaKilled, ReplicaUnsteady, ReplicaWarned
from domain.seen import ReplicasRefused

EACH_PROBE_FAILURE = 10
"""So many facts of one Event tell each failure; later ones, each doubling."""

APPLICATION = frozenset({"", "app"})
"""The container whose events are the replica's own; those of another (an injected proxy) are only warnings."""

_COVERED = frozenset({"FailedScheduling"})
"""Warnings that the pod's own status says better."""

_COMBINED = "(combined from similar events): "
_PROBE = re.compile(r"(Startup|Readiness|Liveness) probe (?:failed: ?|(?=errored))")
_QUOTED = re.compile(r'"[^"]*"')
_KILLED_FOR = re.compile(r"failed (startup|liveness) probe")


def event_news(replica: Replica, seen: EventSeen) -> Iterator[ReplicaFact]:
    """Give what an Event about a replica's pod tells: nothing when that is nothing new, and first how many were passed over."""
    if seen.unsteady is not None:
        yield ReplicaUnsteady(0, seen.unsteady.times, 0, seen.unsteady.first_at, seen.unsteady.last_at)
    fact = _news(replica, seen)
    if fact is not None:
        yield fact


def _news(replica: Replica, seen: EventSeen) -> ReplicaFact | None:
    told = replica.counts.get(seen.uid, NEVER)
    if seen.count == told.count:
        return None
    ours = seen.container in APPLICATION
    if ours and seen.reason == "Killing":
        return _killed(told, seen)
    if ours and seen.reason in {"Pulling", "Pulled"}:
        return pulling(replica, seen)
    if seen.type != "Warning" or seen.reason in _COVERED:
        return None
    probe = _PROBE.match(seen.message.removeprefix(_COMBINED)) if ours and seen.reason == "Unhealthy" else None
    return _failed(told, seen, probe) if probe else _warned(told, seen)


def refusal(told: RepeatCount, seen: EventSeen, last: str = "") -> ReplicasRefused | None:
    """Give what an Event about a workload that cannot make its replicas tells.

    Each try has a pod's name of its own, and so an Event of its own: one that says what was said `last` is told when it counts.
    """
    message = last_words(seen.message.removeprefix(_COMBINED))
    alike = told == NEVER and seen.count <= 1 and _nameless(f"{seen.reason}: {message}") == _nameless(last)
    if seen.type != "Warning" or alike or not told.worth(seen.count, each=1):
        return None
    return ReplicasRefused(seen.reason, message, seen.uid, seen.count, told.since(seen.count))


def _nameless(message: str) -> str:
    return gist(_QUOTED.sub("", message))


def _killed(told: RepeatCount, seen: EventSeen) -> ReplicaKilled | None:
    if seen.count < told.count:
        return None
    named = _KILLED_FOR.search(seen.message)
    probe = cast("ProbeName", named.group(1)) if named else None
    return ReplicaKilled(last_words(seen.message), probe, seen.last_at, seen.uid, seen.count)


def _failed(told: RepeatCount, seen: EventSeen, probe: re.Match[str]) -> ProbeFailed | None:
    if not told.worth(seen.count, each=EACH_PROBE_FAILURE):
        return None
    times = told.since(seen.count)
    message = seen.message.removeprefix(_COMBINED)[probe.end() :]
    return ProbeFailed(
        cast("ProbeName", probe.group(1).lower()),
        last_words(message),
        times,
        _fidelity(seen, times),
        seen.first_at,
        seen.last_at,
        seen.uid,
        seen.count,
    )


def _fidelity(seen: EventSeen, times: int) -> Fidelity:
    if seen.message.startswith(_COMBINED):
        return "combined"
    return "exact" if times == 1 else "counted"


def _warned(told: RepeatCount, seen: EventSeen) -> ReplicaWarned | None:
    if not told.worth(seen.count, each=1):
        return None
    message = seen.message if seen.container in APPLICATION else f"container {seen.container}: {seen.message}"
    return ReplicaWarned(seen.reason, last_words(message), told.since(seen.count), seen.uid, seen.count)
