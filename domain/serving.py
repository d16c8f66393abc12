"""Serving: which facts the endpoints of a deployment's Services make, and others' objects that take what is its own.

Pure, and a level: the same fold and the same sights give the same facts, and those that were told give none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.deployment import Deployment
from domain.names import LABEL
from domain.objects import Kind, ObjectRef
from domain.ownership import writes
from domain.seen import AppliedState
from domain.serving_seen import EndpointsChanged, LetGo, TakenUp

if TYPE_CHECKING:
    from domain.observations import SliceSeen, TakerSeen

MOST = 20
"""So many objects of others are told of one deployment: whoever makes them by the thousand must not fill the ledger."""
_LABELS = "spec.template.metadata.labels."
_LEDGER = f"metadata.labels.{LABEL}/ledger"


@dataclass(frozen=True, slots=True)
class Others:
    """What is seen of others' objects in a namespace. `whole` names the kinds of which all are known, `gone` what went."""

    takers: "Mapping[ObjectRef, TakerSeen]"
    whole: frozenset[str]
    gone: frozenset[str] = frozenset()
    """The uids of those that were seen to go."""


def pod_labels(applied_state: AppliedState | None) -> Mapping[str, str]:
    """Give the labels of the pods of a Deployment, as the API server settled them at our last write."""
    fields = {**applied_state.all, **applied_state.ours} if applied_state else {}
    return {path.removeprefix(_LABELS): str(value) for path, value in fields.items() if path.startswith(_LABELS)}


def services(deployment: Deployment) -> Iterator[ObjectRef]:
    """Name the Services of a deployment whose endpoints can be judged.

    The slices of one that lost our label are not seen any more: that is drift, and says nothing of endpoints.
    """
    for ref, known in deployment.objects.items():
        if ref.kind == Kind.SERVICE.value and not known.leaving and all(change.path != _LEDGER for change in known.changes):
            yield ref


def endpoints(deployment: Deployment, service: ObjectRef, slices: "Sequence[SliceSeen]") -> EndpointsChanged:
    """Give what the slices of a Service say now."""
    reached = {one for each in slices for one in each.ready if one}
    ready = {uid for uid, one in deployment.replicas.items() if one.ready and not one.leaving and not one.disowned}
    others = {one for one in reached if one not in deployment.replicas or deployment.replicas[one].disowned}
    at = max((each.at for each in slices if each.at is not None), default=None)
    return EndpointsChanged(service, deployment.objects[service].uid, len(reached & ready), len(ready), len(others), at)


def known_endpoints(deployment: Deployment) -> tuple[EndpointsChanged, ...]:
    """Give what was told of the endpoints of the Services that stand now."""
    told = ((one, deployment.objects.get(one.ref)) for one in deployment.served.endpoints)
    return tuple(one for one, known in told if known is not None and known.uid == one.uid)


def unserved(deployment: Deployment) -> tuple[EndpointsChanged, ...]:
    """Give what was told of the Services that do not send requests to all ready replicas; nothing of one that is not known."""
    return tuple(one for one in known_endpoints(deployment) if not one.serves)


def is_served(deployment: Deployment) -> bool | None:
    """Tell whether all ready replicas get the requests to its Services; None: it has none, or their endpoints are not known."""
    return not unserved(deployment) if known_endpoints(deployment) else None


def level(fact: EndpointsChanged) -> object:
    """Give what of endpoints is news when it changes: endpoints that follow the replicas as they come and go are none."""
    how = "none" if not fact.ready else "some" if not fact.serves else "all"
    return fact.uid, how, bool(fact.total), fact.others


def endpoint_news(deployment: Deployment, now: EndpointsChanged) -> bool:
    """Tell whether what endpoints say is other than what was told."""
    told = deployment.served.of(now.ref)
    return told is None or level(told) != level(now)


def taker_news(deployment: Deployment, others: Others, labels: Mapping[str, str]) -> Iterator[TakenUp | LetGo]:
    """Tell which objects of others take what is the deployment's, and which no longer do."""
    taking = {seen.ref: seen for seen in others.takers.values() if _takes(deployment, seen, labels)}
    told = {taken.ref: taken for taken in deployment.served.takers}
    for ref, taken in told.items():
        if ref.kind in others.whole and (ref not in taking or taking[ref].uid != taken.uid):
            yield _let_go(taken, others)
    room = MOST - len(told)
    fresh = [seen for ref, seen in sorted(taking.items()) if ref not in told or told[ref].uid != seen.uid]
    for seen in fresh[: max(0, room)]:
        yield TakenUp(seen.ref, seen.uid, seen.what, seen.manager, seen.at, seen.detail, seen.resource_version)


def _takes(deployment: Deployment, seen: "TakerSeen", labels: Mapping[str, str]) -> bool:
    workload = deployment.workload
    if workload is None or workload.ref.namespace != seen.ref.namespace or writes(deployment, seen.ref):
        return False
    if seen.what == "scales":
        return seen.target == workload.ref.name
    return seen.selector is not None and bool(labels) and seen.selector.matches(labels)


def _let_go(taken: TakenUp, others: Others) -> LetGo:
    seen = others.takers.get(taken.ref)
    if seen is not None and seen.uid == taken.uid:
        return LetGo(taken.ref, taken.uid, taken.what, "changed", seen.manager, seen.at, seen.resource_version)
    return LetGo(taken.ref, taken.uid, taken.what, "seen" if taken.uid in others.gone else "missed")
