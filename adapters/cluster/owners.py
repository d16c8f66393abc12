"""Who controls a pod: known from the frames of ReplicaSets and Deployments as they come by, else looked up at the API server."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Generic, TypeVar

from adapters.cluster.connection import ApiRequest, Connection
from adapters.cluster.paths import collection_path
from adapters.observations.objects import uid
from adapters.observations.owners import Claimed, controller, owner, template_of, workload_of
from adapters.observations.tolerant import Tree, branches
from domain.objects import Fields, Kind
from domain.observations import Owner

_KEPT = 20_000
Value = TypeVar("Value")


class _Newest(Generic[Value]):
    """So many values by uid; the ones that came first are dropped first."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = Lock()

    def put(self, key: str, value: Value) -> Value:
        with self._lock:
            self._values[key] = value
            if len(self._values) > _KEPT:
                self._values.popitem(last=False)
        return value

    def get_or(self, key: str, look_up: Callable[[], Value]) -> Value:
        with self._lock:
            if key in self._values:
                return self._values[key]
        return self.put(key, look_up())  # asked outside the lock: another watch must not wait for an answer


@dataclass(frozen=True, slots=True)
class _Set:
    """What of a ReplicaSet counts for its pods: the Deployment that it says controls it, and its template."""

    above: Claimed | None
    template: Fields


class OwnerLookup:
    """Shared by the watches' threads. Nothing that an owner reference says is believed but what is found under its uid."""

    def __init__(self, connection: Connection) -> None:
        """Begin with nothing."""
        self._connection = connection
        self._sets = _Newest[_Set | None]()
        self._deployments = _Newest[Owner | None]()

    def of(self, kind: str, obj: Tree) -> Owner | None:
        """Give the Deployment object that controls, through a ReplicaSet, what a frame shows. Raises Unreachable, Rejected."""
        if kind == Kind.REPLICA_SET.value:
            self._sets.put(uid(obj), _set(obj))
        elif kind == Kind.DEPLOYMENT.value:
            self._deployments.put(uid(obj), owner(obj))
            return None
        claimed = workload_of(kind, obj)
        if claimed is None or claimed[0].kind == Kind.DEPLOYMENT.value:
            return self._deployment(claimed)
        between = self._sets.get_or(claimed[1], lambda: self._between(claimed))
        found = self._deployment(between.above) if between else None
        return replace(found, template=between.template) if between and found else None

    def _deployment(self, claimed: Claimed | None) -> Owner | None:
        return self._deployments.get_or(claimed[1], lambda: self._owner(claimed)) if claimed else None

    def _between(self, claimed: Claimed) -> _Set | None:
        replica_set = self._standing(claimed)
        return _set(replica_set) if replica_set else None

    def _owner(self, claimed: Claimed) -> Owner | None:
        deployment = self._standing(claimed)
        return owner(deployment) if deployment else None

    def _standing(self, claimed: Claimed) -> Tree | None:
        """Read the object that really stands there under this uid. A list of one asks for no right that a watch has not."""
        ref, wanted = claimed
        if not ref.namespace or not ref.name:
            return None
        query = {"fieldSelector": f"metadata.name={ref.name}"}
        answer = self._connection.ask(ApiRequest("GET", collection_path(ref), query=query))
        return next((obj for obj in branches(answer.content, "items") if uid(obj) == wanted), None)


def _set(replica_set: Tree) -> _Set:
    return _Set(controller(replica_set, Kind.DEPLOYMENT), template_of(replica_set))
