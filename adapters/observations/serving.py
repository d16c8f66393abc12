"""EndpointSlices, and others' Services, autoscalers, budgets and policies: only what says who reaches our pods."""

from collections.abc import Iterator
from typing import cast, get_args

from adapters.observations.managers import managers_of, writers
from adapters.observations.objects import ref, resource_version, uid
from adapters.observations.tolerant import Tree, at, bounded, branch, branches, fit, number, text
from domain.objects import Kind
from domain.observations import SliceSeen, TakerSeen, Writer
from domain.selectors import Operator, Requirement, Selector
from domain.serving_seen import Taking
from domain.views import View

_ENDPOINTS = 1000
"""Endpoints of one slice that are read: Kubernetes allows no more."""
_MOST = 64
"""Labels, expressions and values of a selector; one with more than our pods have labels means none of them anyway."""
_LONGEST = 320
"""Characters of a label's key (253 for its prefix) or value."""
_OPERATORS: frozenset[str] = frozenset(get_args(Operator))
_TAKES: dict[Kind, tuple[Taking, str]] = {
    Kind.SERVICE: ("selects", "spec.selector"),
    Kind.AUTOSCALER: ("scales", "spec.scaleTargetRef"),
    Kind.DISRUPTION_BUDGET: ("budgets", "spec.selector"),
    Kind.NETWORK_POLICY: ("polices", "spec.podSelector"),
}
"""What a kind does to pods, and the field that says to which."""


def slice_seen(obj: Tree) -> SliceSeen:
    """Read an EndpointSlice. An endpoint of which nothing is said takes requests, as the API has it."""
    newest = max((one.at for one in writers(obj) if one.at is not None), default=None)
    return SliceSeen(
        ref(Kind.ENDPOINT_SLICE.value, obj),
        uid(obj),
        resource_version(obj),
        service=text(obj, "metadata", "labels", "kubernetes.io/service-name"),
        ready=tuple(dict.fromkeys(_ready(obj))),
        at=newest,
    )


def _ready(obj: Tree) -> Iterator[str]:
    for number_of, endpoint in enumerate(branches(obj, "endpoints")):
        if number_of >= _ENDPOINTS:
            return
        if at(endpoint, "conditions", "ready") is not False:
            yield text(endpoint, "targetRef", "uid", longest=_LONGEST) or _address(endpoint)


def _address(endpoint: Tree) -> str:
    """Name an endpoint that stands for no object: somebody wrote its address."""
    addresses = at(endpoint, "addresses")
    first = cast("list[object]", addresses)[0] if isinstance(addresses, list) and addresses else ""
    return bounded(fit(first), _LONGEST) if isinstance(first, str) else ""


def taker_seen(view: View, obj: Tree) -> TakerSeen:
    """Read an object of others that may take what is ours."""
    what, path = _TAKES[view.kind]
    nothing: Tree = {}
    target = branch(obj, "spec", "scaleTargetRef") if what == "scales" else nothing
    selector = None if what == "scales" else _selector(view.kind, obj)
    hand = _hand(obj, path)
    return TakerSeen(
        ref(view.kind.value, obj),
        uid(obj),
        resource_version(obj),
        what=what,
        selector=selector,
        target=text(target, "name", longest=_LONGEST) if _is_deployment(target) else "",
        detail=bounded(str(selector) if selector else _range(obj) if target else "", _LONGEST),
        manager=hand.name if hand else "unknown",
        at=hand.at if hand else None,
    )


def _is_deployment(target: Tree) -> bool:
    return text(target, "kind") == Kind.DEPLOYMENT.value and text(target, "apiVersion").partition("/")[0] == "apps"


def _range(obj: Tree) -> str:
    """Say between how many replicas an autoscaler chooses."""
    return f"{number(obj, 'spec', 'minReplicas', default=1)} to {number(obj, 'spec', 'maxReplicas')} replicas"


def _hand(obj: Tree, path: str) -> Writer | None:
    """Give who wrote what says which pods are meant; where that is not known, who wrote the object last."""
    found = [Writer(one.name, one.at) for one in managers_of(obj, (path,))]
    newest = max(found, key=lambda one: one.at.timestamp() if one.at else 0.0, default=None)
    return newest or next(iter(writers(obj)), None)


def _selector(kind: Kind, obj: Tree) -> Selector | None:
    """Read a selector; None: it means no pod, or is more than is read."""
    if kind is Kind.SERVICE:
        labels = _labels(branch(obj, "spec", "selector"))
        return Selector(labels) if labels else None
    name = "podSelector" if kind is Kind.NETWORK_POLICY else "selector"
    if not isinstance(at(obj, "spec", name), dict):
        return None
    found = branch(obj, "spec", name)
    labels, said = _labels(branch(found, "matchLabels")), tuple(branches(found, "matchExpressions"))
    expressions = tuple(_requirement(one) for one in said[:_MOST])
    if labels is None or len(said) > _MOST or None in expressions:
        return None
    return Selector(labels, tuple(one for one in expressions if one is not None))


def _labels(said: Tree) -> tuple[tuple[str, str], ...] | None:
    if len(said) > _MOST:
        return None
    return tuple((bounded(key, _LONGEST), text(said, key, longest=_LONGEST)) for key in sorted(said))


def _requirement(said: Tree) -> Requirement | None:
    operator = text(said, "operator")
    values = at(said, "values")
    listed = cast("list[object]", values) if isinstance(values, list) else []
    if operator not in _OPERATORS or len(listed) > _MOST:
        return None
    told = tuple(bounded(one, _LONGEST) for one in listed if isinstance(one, str))
    return Requirement(text(said, "key", longest=_LONGEST), cast("Operator", operator), told)
