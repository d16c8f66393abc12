"""Whether what runs is served: the endpoints of our Services, and others' objects that take our pods or our Deployment.

Stream `seen/<project>/<name>`. Told when something else holds than was told last: endpoints that follow the replicas as they
come and go are no news.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.objects import ObjectRef

Taking = Literal["selects", "scales", "budgets", "polices"]
"""What another's object does to what is ours: a Service sends requests to our pods, an autoscaler sets our Deployment's number of
replicas, a PodDisruptionBudget counts our pods, a NetworkPolicy says who may reach them and whom they may reach."""


@dataclass(frozen=True, slots=True)
class EndpointsChanged:
    """How many ready replicas a Service of ours sends requests to, by its EndpointSlices.

    `ready` of its endpoints take requests and are ready replicas of ours, of the `total` that are ready; `others` take requests
    too and are no replica of ours (a pod that was taken out of its ReplicaSet, an endpoint that somebody wrote). `uid` is the
    Service's. `at` is the newest write of the slices, where managedFields give it.
    """

    ref: ObjectRef
    uid: str
    ready: int
    total: int
    others: int = 0
    at: datetime | None = None

    @property
    def serves(self) -> bool:
        """Tell whether all ready replicas are served, and there is one."""
        return 0 < self.total <= self.ready


@dataclass(frozen=True, slots=True)
class TakenUp:
    """Another's object takes our pods or our Deployment; it is left alone.

    `manager` wrote what makes it so, by managedFields (`unknown`: they say nothing), `at` is when. `detail` is what of it does
    so, in its own words: a selector, a target.
    """

    ref: ObjectRef
    uid: str
    what: Taking
    manager: str
    at: datetime | None = None
    detail: str = ""
    resource_version: str = ""


@dataclass(frozen=True, slots=True)
class LetGo:
    """Another's object no longer takes what is ours: it was changed, was seen to be deleted, or was missing from a list.

    `manager` changed it; who deletes stands in no object.
    """

    ref: ObjectRef
    uid: str
    what: Taking
    how: Literal["changed", "seen", "missed"] = "seen"
    manager: str = ""
    at: datetime | None = None
    resource_version: str = ""


ServingFact = EndpointsChanged | TakenUp | LetGo
