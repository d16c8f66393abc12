"""Holding back: which watch events can be turned into facts now, and which must wait a little.

An observation of an object that one of our actions is under way on waits for that action's outcome: only then is it known what
of it is ours. An Event that overtook the pod it is about waits for the pod, some seconds at most; so do a
scaling and the Event that gives its reason, for each other. While anything of a kind
waits, the place of that kind's watch stays where it is, so that a crash loses nothing. What flaps is damped first.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.objects import Kind, ObjectRef
from domain.observations import GoneSeen, ObjectSeen, Relisted, WatchEvent
from domain.observe import premature
from domain.observe_scaling import with_words
from domain.ownership import Fleet
from reconciler.flap_damping import FlapDamper

PATIENCE = timedelta(seconds=5)
ROUND = 1000
"""Facts of what was seen that are recorded in one round; the sights that are left come first in the next."""
ROOM = 20_000
"""Watch events that wait here at most."""


@dataclass(frozen=True, slots=True)
class RecordingContext:
    """What a watch event is held against: all deployments, the objects that are being acted upon, and the time."""

    fleet: Fleet
    busy: AbstractSet[ObjectRef]
    now: datetime


@dataclass(slots=True)
class HoldBackBuffer:
    """Keeps what has to wait, in order, and how far each watch has been recorded."""

    parked: list[WatchEvent] = field(default_factory=list[WatchEvent])
    watch_positions: dict[str, str] = field(default_factory=dict[str, str])
    damper: FlapDamper = field(default_factory=FlapDamper)

    def ready(self, watch_events: Iterable[WatchEvent], around: RecordingContext) -> tuple[WatchEvent, ...]:
        """Give what can be recorded now, what waited first, and keep the rest."""
        waiting, self.parked = with_words([*self.parked, *self.damper.sift(watch_events, around.now)]), []
        ready: list[WatchEvent] = []
        held: set[ObjectRef] = set()
        barred: set[str] = set()
        for watch_event in waiting:
            refs = _objects(watch_event)
            listed = _is_list(watch_event) and any(ref.kind == watch_event.kind for ref in around.busy)
            under_way = not (refs.isdisjoint(around.busy) and refs.isdisjoint(held))
            if watch_event.kind in barred or under_way or listed or _too_early(watch_event, around):
                held |= refs
                # What comes after a list must not be held against it: it would be missing from it. And a pod that was told gone
                # must not be seen again by a watch that begins anew where an earlier one of its kind still waited.
                barred |= {watch_event.kind} if _is_list(watch_event) or watch_event.kind == Kind.POD.value else set()
                self.parked.append(watch_event)
            else:
                ready.append(watch_event)
        return tuple(ready)

    @property
    def room(self) -> int:
        """Say how many more watch events may wait here; where there is no room, the watches wait with theirs."""
        return max(0, ROOM - len(self.parked))

    def give_back(self, watch_events: Iterable[WatchEvent]) -> None:
        """Take watch events back that were ready and could not be recorded yet: they come first the next time."""
        self.parked = [*watch_events, *self.parked]

    def has_more(self, now: datetime) -> bool:
        """Tell whether something that waited is to be looked at again, although nothing came in."""
        due = self.damper.wake_at()
        return bool(self.parked) or (due is not None and due <= now)

    def advance(self, watch_events: Iterable[WatchEvent]) -> Mapping[str, str]:
        """Give the places that the watches have come to with these watch events; kinds with something waiting stand still."""
        stuck = {watch_event.kind for watch_event in self.parked} | self.damper.holding
        moved: dict[str, str] = {}
        for watch_event in watch_events:
            if (
                watch_event.kind not in stuck
                and watch_event.resource_version
                and self.watch_positions.get(watch_event.kind) != watch_event.resource_version
            ):
                moved[watch_event.kind] = watch_event.resource_version
        self.watch_positions.update(moved)
        return moved


def _objects(watch_event: WatchEvent) -> set[ObjectRef]:
    return {observation.ref for observation in watch_event.observations if isinstance(observation, ObjectSeen | GoneSeen)}


def _is_list(watch_event: WatchEvent) -> bool:
    return any(isinstance(observation, Relisted) for observation in watch_event.observations)


def _too_early(watch_event: WatchEvent, around: RecordingContext) -> bool:
    return timedelta(0) <= around.now - watch_event.at < PATIENCE and premature(around.fleet, watch_event)
