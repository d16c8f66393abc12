"""Flap damping: of what flaps, only the newest is looked at, once in a while; how much was passed over is counted.

A pod that is ready and unready a thousand times an hour says nothing new the thousandth time, and must not fill the ledger. What
changes often is held back for some seconds, and only its newest sight goes on: states are levels, so nothing is lost but the
number, which goes on with it. Whoever leads anew begins with trust in everybody.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.objects import WATCHED, Kind
from domain.observations import (
    AutoscalerSeen,
    ContainerSeen,
    EventSeen,
    GoneSeen,
    JobSeen,
    NamespaceSeen,
    NodeSeen,
    ObjectSeen,
    Observation,
    PodSeen,
    Relisted,
    ReplicaSetSeen,
    RolloutSeen,
    Unsteady,
    WatchEvent,
)

SPAN = timedelta(minutes=10)
"""In so long a time"""
FREE = {kind.value: 60 for kind in WATCHED} | {Kind.POD.value: 40, Kind.EVENT.value: 30, Kind.NODE.value: 10}
"""so many changes are looked at as they come; a crash loop has fewer, and so has our own work on an object."""
PAUSE = {kind: timedelta(minutes=1) for kind in FREE} | {
    Kind.DEPLOYMENT.value: timedelta(seconds=15),
    Kind.NODE.value: timedelta(minutes=10),
}
"""Later ones, so seldom."""
DISTINCT = 8
"""So many different Events about one object are kept of those that were held back; the others are only counted."""
_KNOWN = 20_000
_KILLING = "Killing"

Subject = tuple[str, str]
"""What may flap: a kind, and a uid (of an Event: what it is about)."""


@dataclass(frozen=True, slots=True)
class _Aspect:
    """What of a watch event may flap, and what in it may never wait."""

    subject: Subject
    level: object
    base: object = None
    numbers: tuple[int, ...] = ()
    """Of these only a fall is a change: what only rises comes to an end."""
    name: str = ""
    """Tells apart what is kept side by side: of Events, each its newest."""


@dataclass(slots=True)
class _Restless:
    """What is known of one subject: what was seen last, when it changed lately, and what is held back of it."""

    last: _Aspect
    changes: list[datetime] = field(default_factory=list[datetime])
    held: dict[str, WatchEvent] = field(default_factory=dict[str, WatchEvent])
    passed: int = 0
    since: datetime | None = None


class FlapDamper:
    """Sifts what comes in; keeps what waits, and says when it is due."""

    def __init__(self) -> None:
        """Begin with trust in everybody."""
        self._known: dict[Subject, _Restless] = {}
        self._since: dict[str, datetime] = {}

    def sift(self, watch_events: Iterable[WatchEvent], now: datetime) -> list[WatchEvent]:
        """Give what can be looked at now, what was held back and is due first."""
        passed: list[WatchEvent] = []
        for watch_event in watch_events:
            if any(isinstance(one, Relisted) for one in watch_event.observations):
                passed += self._release(watch_event.kind)
            elif self._holds(watch_event, now):
                self._since.setdefault(watch_event.kind, now)
                continue
            passed.append(watch_event)
        self._forget(now)
        due = [kind for kind, since in self._since.items() if not now - since < _pause(kind)]
        return [*(watch_event for kind in due for watch_event in self._release(kind)), *passed]

    @property
    def holding(self) -> AbstractSet[str]:
        """Name the kinds of which something is held back."""
        return self._since.keys()

    def wake_at(self) -> datetime | None:
        """Say when something held back is due; None while nothing is."""
        return min((since + _pause(kind) for kind, since in self._since.items()), default=None)

    def _holds(self, watch_event: WatchEvent, now: datetime) -> bool:
        gone = next((one for one in watch_event.observations if isinstance(one, GoneSeen)), None)
        if gone is not None:
            self._known.pop((gone.ref.kind, gone.uid), None)
            return False
        aspect = _aspect(watch_event)
        if aspect is None:
            return False
        known = self._known.get(aspect.subject)
        if known is None:
            self._known[aspect.subject] = known = _Restless(aspect)
            return False
        changed, pressing = _changed(known.last, aspect), known.last.base != aspect.base
        known.last = aspect
        if changed:
            lately = [at for at in known.changes if timedelta(0) <= now - at < SPAN]
            known.changes = [*lately[-_free(watch_event.kind) :], now]
        if pressing or not (known.held or (changed and len(known.changes) > _free(watch_event.kind))):
            known.held, known.passed, known.since = {}, 0, None
            return False
        _hold(known, aspect.name, watch_event, changed=changed)
        return True

    def _release(self, kind: str) -> Iterator[WatchEvent]:
        if self._since.pop(kind, None) is None:
            return
        for (of, _), known in self._known.items():
            if of == kind and known.held:
                yield from _summed(known)
                known.held, known.passed, known.since = {}, 0, None

    def _forget(self, now: datetime) -> None:
        if len(self._known) > _KNOWN:
            kept = {s: one for s, one in self._known.items() if one.held or (one.changes and now - one.changes[-1] < SPAN)}
            self._known = dict(list(kept.items())[-_KNOWN:]) if len(kept) > _KNOWN else kept


def _free(kind: str) -> int:
    return FREE.get(kind, 60)


def _pause(kind: str) -> timedelta:
    return PAUSE.get(kind, timedelta(minutes=1))


def _hold(known: _Restless, name: str, watch_event: WatchEvent, *, changed: bool) -> None:
    known.since = known.since or watch_event.at
    known.passed += changed
    if name in known.held or len(known.held) < DISTINCT:
        known.held.pop(name, None)
        known.held[name] = watch_event


def _summed(known: _Restless) -> Iterator[WatchEvent]:
    """Give what was held back, the first of it with how much was passed over."""
    first, *others = known.held.values()
    if known.passed > 1 and known.since is not None:
        unsteady = Unsteady(known.passed, known.since, max(watch_event.at for watch_event in known.held.values()))
        told = (
            replace(one, unsteady=unsteady) if isinstance(one, PodSeen | EventSeen | NodeSeen) else one
            for one in first.observations
        )
        first = replace(first, observations=tuple(told))
    yield first
    yield from others


def _changed(before: _Aspect, now: _Aspect) -> bool:
    return before.level != now.level or any(one > other for one, other in zip(before.numbers, now.numbers, strict=False))


def _aspect(watch_event: WatchEvent) -> _Aspect | None:  # noqa: PLR0911 (one line a kind)
    match watch_event.observations:
        case (PodSeen() as pod,):
            return _Aspect((Kind.POD.value, pod.uid), _level(pod), (pod.deleting, pod.owner))
        case (ReplicaSetSeen() as one,):
            return _Aspect((Kind.REPLICA_SET.value, one.uid), one.wanted)
        case (EventSeen() as event,) if event.type == "Warning" or event.reason == _KILLING:
            # Of failures there may be one a second; that a container is ended for them must not wait behind these.
            about = f"{event.about.kind}/{event.about.namespace}/{event.about.name}/{event.reason == _KILLING}"
            return _Aspect((Kind.EVENT.value, about), (event.uid, event.count), name=event.uid)
        case (NodeSeen() as node,):
            # That it is cordoned never waits: a hand did it.
            return _Aspect((Kind.NODE.value, node.uid), (node.ready, node.reason), node.cordoned)
        case (NamespaceSeen() as space,):
            level = (hash(frozenset(space.fields.items())), space.conditions)
            return _Aspect((Kind.NAMESPACE.value, space.uid), level, space.deleting)
        case (ObjectSeen() as seen, *more):
            return _Aspect((seen.ref.kind, seen.uid), (_of_object(seen), *map(_status, more)), seen.deleting, _numbers(more))
        case _:
            return None


def _level(pod: PodSeen) -> object:
    container = pod.container
    made = hash(frozenset(pod.spec.fields.items())) if pod.spec else 0
    return (pod.node, pod.ready, pod.unschedulable, pod.status_reason, made, _of_container(container) if container else None)


def _of_object(seen: ObjectSeen) -> object:
    # Kept for each object that is watched: hashes, so that it costs no memory.
    return (seen.mark, hash(frozenset(seen.fields.items())), hash(seen.managers))


def _status(more: Observation) -> object:
    """Give what may flap of an object's status, but for a rollout's numbers."""
    match more:
        case AutoscalerSeen():
            return more.scaled_at
        case JobSeen():
            return (more.complete, more.failed)
        case _:
            return None


def _numbers(more: Iterable[Observation]) -> tuple[int, ...]:
    rollouts = (one for one in more if isinstance(one, RolloutSeen))
    return tuple(number for one in rollouts for number in (one.updated, one.ready, one.available))


def _of_container(container: ContainerSeen) -> object:
    reason = getattr(container.state, "reason", "")
    return (container.digest, container.restarts, container.container_id, container.started, type(container.state), reason)
