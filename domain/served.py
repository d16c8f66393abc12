"""Whether a deployment is served, as it was told last: the fold of the facts about endpoints and others' objects."""

from dataclasses import dataclass

from domain.changed import changed
from domain.objects import ObjectRef
from domain.serving_seen import EndpointsChanged, LetGo, ServingFact, TakenUp


@dataclass(frozen=True, slots=True)
class ServingState:
    """What is known of who reaches the replicas, and of others' objects that take them."""

    endpoints: tuple[EndpointsChanged, ...] = ()
    """Of each Service what was told last. Nothing of one is no word against it: an engine may not see EndpointSlices."""
    takers: tuple[TakenUp, ...] = ()

    def of(self, service: ObjectRef) -> EndpointsChanged | None:
        """Give what was told last of a Service's endpoints."""
        return next((one for one in self.endpoints if one.ref == service), None)


def take_in(served: ServingState, fact: ServingFact) -> ServingState:
    """Take a fact in."""
    match fact:
        case EndpointsChanged(ref):
            return changed(served, endpoints=(*(one for one in served.endpoints if one.ref != ref), fact))
        case TakenUp(ref):
            return changed(served, takers=(*(one for one in served.takers if one.ref != ref), fact))
        case LetGo(ref):
            return changed(served, takers=tuple(one for one in served.takers if one.ref != ref))
