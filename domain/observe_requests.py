"""Which requests of others are told, and about whom: those on what is ours, or on what our replicas stand on.

The parts of Kubernetes write all the time as it is their work; of theirs only what takes a replica or an object of ours away is
told. What is refused over and over, and what is written over and over, is counted.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.audit import EACH, Requests, RequestWitnessed
from domain.deployment import Deployment
from domain.objects import Kind, ObjectRef
from domain.ownership import Fleet, home_of_object, home_of_replica, homes_by_name, stands_in

NODE = "Node"
_OF_PROJECT = frozenset({Kind.SECRET.value, "LimitRange", "ResourceQuota"})
"""Kinds that are about all of a namespace."""
_NEIGHBOURS = frozenset(
    {Kind.SERVICE.value, Kind.AUTOSCALER.value, Kind.DISRUPTION_BUDGET.value, Kind.NETWORK_POLICY.value, Kind.POD.value}
)
"""Kinds that act on our replicas though they are not ours; pods, where all of a namespace are deleted at once."""
_OWNED = frozenset({Kind.POD.value, Kind.REPLICA_SET.value})
_WITHIN = frozenset({"", "eviction", "scale", "binding", "ephemeralcontainers", "resize", "exec", "attach"})
_ROUTINE = frozenset(
    {
        "system:kube-controller-manager",
        "system:kube-scheduler",
        "system:kube-proxy",
        "system:apiserver",
        "system:cloud-controller-manager",
    }
)
_CONTROLLERS = "system:serviceaccount:kube-system:"
_KUBELETS = "system:node:"
_NOTHING_DONE = frozenset({404, 409})
"""It was gone, or had changed meanwhile: who asked finds out and asks again."""
_BUSY = 429
_WINDOW = timedelta(hours=1)
_MOST = 12
"""So many alike writes in an hour are told one by one, then one in ten minutes with their number."""
_THEN = timedelta(minutes=10)
_KEPT = 4096


@dataclass(frozen=True, slots=True)
class ManagedScope:
    """Where what is ours stands: each namespace's project and when it was first used, the shared namespace, the nodes."""

    fleet: Fleet
    projects: Mapping[str, tuple[str, datetime]]
    nodes: AbstractSet[str]
    shared: AbstractSet[str] = frozenset()

    @classmethod
    def of(cls, fleet: Fleet, shared: AbstractSet[str] = frozenset(), nodes: AbstractSet[str] = frozenset()) -> "ManagedScope":
        """Find it in the folded facts; `nodes` are more than those that have replicas now."""
        projects: dict[str, tuple[str, datetime]] = {}
        for home in fleet.values():
            if home.versions:
                since = home.versions[0].submitted_at
                known = projects.get(home.names.namespace)
                projects[home.names.namespace] = (home.key.project, min(since, known[1]) if known else since)
        now = {replica.node for home in fleet.values() for replica in home.replicas.values() if replica.node}
        return cls(fleet, projects, now | nodes, shared)


def subject_of(scope: ManagedScope, request: RequestWitnessed) -> str | None:
    """Say whom a request is about: a deployment, a project, the cluster (empty); None when it does not concern us."""
    ref = request.ref
    if ref.kind == NODE:
        return "" if ref.name in scope.nodes else None
    if ref.kind == Kind.NAMESPACE.value:
        return _project(scope, ref.name, request)
    if ref.kind in _OF_PROJECT:
        return _project(scope, ref.namespace, request)
    home = _home(scope.fleet, ref, request.uid)
    if home is not None:
        begun = home.versions[0].submitted_at if home.versions else None
        return home.key.subject if begun is None or request.at >= begun else None
    whole = not ref.name and (ref.kind in _OWNED or any(kind.value == ref.kind for kind in Kind))
    if whole or (ref.kind in _NEIGHBOURS and ref.kind not in _OWNED):
        return _project(scope, ref.namespace, request)
    return None


def _project(scope: ManagedScope, namespace: str, request: RequestWitnessed) -> str | None:
    if namespace in scope.shared:
        return ""
    found = scope.projects.get(namespace)
    return found[0] if found and request.at >= found[1] else None


def _home(fleet: Fleet, ref: ObjectRef, uid: str) -> Deployment | None:
    if not ref.name:
        return None
    if ref.kind not in _OWNED:
        return home_of_object(fleet, ref, "")
    if ref.kind == Kind.POD.value and (known := home_of_replica(fleet, ref, uid)) is not None:
        return known
    # It may be gone by now, or not have been seen yet: its name, and where it stands, tell whose it is.
    return next((home for home in _named(fleet, ref) if home.versions and stands_in(home, ref.namespace)), None)


def _named(fleet: Fleet, ref: ObjectRef) -> Iterator[Deployment]:
    return (home for home in homes_by_name(fleet, ref, "") if ref.name.startswith(f"{home.names.workload}"))


def routine(request: RequestWitnessed) -> bool:
    """Tell whether a part of Kubernetes only does its work: no person, and nothing of ours is taken away."""
    if request.acting_as:
        return False
    if request.user.startswith(_KUBELETS):
        return True  # a kubelet's delete is the end of one that another has asked for
    if request.user not in _ROUTINE and not request.user.startswith(_CONTROLLERS):
        return False
    taken = request.verb in {"delete", "deletecollection"} and request.ref.kind != Kind.REPLICA_SET.value
    return not (request.succeeded and (taken or request.subresource == "eviction"))


def worth(request: RequestWitnessed) -> bool:
    """Tell whether a request is one that is told at all, whoever it is about."""
    if request.subresource not in _WITHIN or routine(request):
        return False
    return request.code not in _NOTHING_DONE and (request.code != _BUSY or request.subresource == "eviction")


@dataclass(slots=True)
class Tally:
    """Counts alike requests between two that are told; what was told stands in the folds."""

    counted: dict[str, int] = field(default_factory=dict[str, int])

    def telling(self, subject: str, request: RequestWitnessed, told: Requests) -> RequestWitnessed | None:
        """Give a request as it is to be told now, with how many like it there were; None where it is only counted."""
        if len(self.counted) > _KEPT:
            self.counted.clear()
        key = f"{subject} {request.likeness}"
        return self._done(key, request, told) if request.succeeded else self._refused(key, request, told)

    def _refused(self, key: str, request: RequestWitnessed, told: Requests) -> RequestWitnessed | None:
        before = told.told(request)
        count = self.counted[key] = max(self.counted.get(key, 0), before.count) + 1
        return replace(request, count=count) if before.worth(count, each=EACH) else None

    def _done(self, key: str, request: RequestWitnessed, told: Requests) -> RequestWitnessed | None:
        alike = [one for one in told.newest if one.likeness == request.likeness and request.at - one.at < _WINDOW]
        count = self.counted.pop(key, 0) + 1
        if len(alike) < _MOST or request.at - alike[-1].at >= _THEN:
            return replace(request, count=count)
        self.counted[key] = count
        return None
