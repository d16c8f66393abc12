"""The recorder: which glances at the cluster can be turned into facts now, and which must wait a little.

A sighting of an object that one of our actions is under way on waits for that action's outcome: only then is it known what
of it is ours. An Event that overtook the pod it is about waits for the pod, some seconds at most; so do a
scaling and the Event that gives its reason, for each other. While anything of a kind
waits, the place of that kind's watch stays where it is, so that a crash loses nothing. What flaps is calmed first (`calming`).
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.objects import Kind, ObjectRef
from domain.observe import premature
from domain.observe_scaling import with_words
from domain.ownership import Fleet
from domain.sightings import Glance, GoneSeen, ObjectSeen, Relisted
from reconciler.calming import Calm

PATIENCE = timedelta(seconds=5)
ROUND = 1000
"""Facts of what was seen that are recorded in one round; the sights that are left come first in the next."""
ROOM = 20_000
"""Glances that wait here at most."""


@dataclass(frozen=True, slots=True)
class Circumspection:
    """What a glance is held against: all deployments, the objects that are being acted upon, and the time."""

    fleet: Fleet
    busy: AbstractSet[ObjectRef]
    now: datetime


@dataclass(slots=True)
class Recorder:
    """Keeps what has to wait, in order, and how far each watch has been recorded."""

    parked: list[Glance] = field(default_factory=list[Glance])
    places: dict[str, str] = field(default_factory=dict[str, str])
    calm: Calm = field(default_factory=Calm)

    def ready(self, glances: Iterable[Glance], around: Circumspection) -> tuple[Glance, ...]:
        """Give what can be recorded now, what waited first, and keep the rest."""
        waiting, self.parked = with_words([*self.parked, *self.calm.sift(glances, around.now)]), []
        ready: list[Glance] = []
        held: set[ObjectRef] = set()
        barred: set[str] = set()
        for glance in waiting:
            refs = _objects(glance)
            listed = _is_list(glance) and any(ref.kind == glance.kind for ref in around.busy)
            under_way = not (refs.isdisjoint(around.busy) and refs.isdisjoint(held))
            if glance.kind in barred or under_way or listed or _too_early(glance, around):
                held |= refs
                # What comes after a list must not be held against it: it would be missing from it. And a pod that was told gone
                # must not be seen again by a watch that begins anew where an earlier one of its kind still waited.
                barred |= {glance.kind} if _is_list(glance) or glance.kind == Kind.POD.value else set()
                self.parked.append(glance)
            else:
                ready.append(glance)
        return tuple(ready)

    @property
    def room(self) -> int:
        """Say how many more glances may wait here; where there is no room, the watches wait with theirs."""
        return max(0, ROOM - len(self.parked))

    def give_back(self, glances: Iterable[Glance]) -> None:
        """Take glances back that were ready and could not be recorded yet: they come first the next time."""
        self.parked = [*glances, *self.parked]

    def has_more(self, now: datetime) -> bool:
        """Tell whether something that waited is to be looked at again, although nothing came in."""
        due = self.calm.wake_at()
        return bool(self.parked) or (due is not None and due <= now)

    def advance(self, glances: Iterable[Glance]) -> Mapping[str, str]:
        """Give the places that the watches have come to with these glances; kinds with something waiting stand still."""
        stuck = {glance.kind for glance in self.parked} | self.calm.holding
        moved: dict[str, str] = {}
        for glance in glances:
            if glance.kind not in stuck and glance.resource_version and self.places.get(glance.kind) != glance.resource_version:
                moved[glance.kind] = glance.resource_version
        self.places.update(moved)
        return moved


def _objects(glance: Glance) -> set[ObjectRef]:
    return {sighting.ref for sighting in glance.sightings if isinstance(sighting, ObjectSeen | GoneSeen)}


def _is_list(glance: Glance) -> bool:
    return any(isinstance(sighting, Relisted) for sighting in glance.sightings)


def _too_early(glance: Glance, around: Circumspection) -> bool:
    return timedelta(0) <= around.now - glance.at < PATIENCE and premature(around.fleet, glance)
