"""The recorder: from glances at the cluster to facts about to be appended, each once, in order for each object.

Sightings of an object that one of our actions is under way on are parked until that action has its outcome: only then is it
known what of it is ours. While anything of a kind is parked, the place of that kind's watch stays where it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.objects import ObjectRef
from domain.sightings import Glance, GoneSeen, ObjectSeen, Relisted


@dataclass(slots=True)
class Recorder:
    """Keeps what had to wait, and how far each watch has been recorded."""

    parked: list[Glance] = field(default_factory=list[Glance])
    places: dict[str, str] = field(default_factory=dict[str, str])

    def ready(self, glances: Iterable[Glance], busy: frozenset[ObjectRef]) -> tuple[Glance, ...]:
        """Give what can be recorded now, parked glances first, and park what concerns an object that is being acted upon."""
        waiting, self.parked = [*self.parked, *glances], []
        ready: list[Glance] = []
        held: set[ObjectRef] = set()
        for glance in waiting:
            refs = _objects(glance)
            if refs & (busy | held) or (busy and _is_list(glance)):
                held |= refs
                self.parked.append(glance)
            else:
                ready.append(glance)
        return tuple(ready)

    def advance(self, glances: Iterable[Glance]) -> Mapping[str, str]:
        """Give the places that the watches have come to with these glances; kinds with something parked stand still."""
        stuck = {glance.kind for glance in self.parked}
        moved: dict[str, str] = {}
        for glance in glances:
            if glance.kind not in stuck and glance.resource_version and self.places.get(glance.kind) != glance.resource_version:
                moved[glance.kind] = glance.resource_version
        self.places.update(moved)
        return moved


def _objects(glance: Glance) -> set[ObjectRef]:
    return {s.ref for s in glance.sightings if isinstance(s, ObjectSeen | GoneSeen)}


def _is_list(glance: Glance) -> bool:
    return any(isinstance(s, Relisted) for s in glance.sightings)
