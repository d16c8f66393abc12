"""Nodes, and what pods take of them, as the scheduler adds it up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from adapters.observations.quantities import amount
from adapters.observations.tolerant import Tree, at, branch, branches, text, truth
from domain.nodes import Node, NodeCapacity, Taint

_MIB = 1024 * 1024
_KNOWN = frozenset({"cpu", "memory", "pods"})
_ENDED = frozenset({"Succeeded", "Failed"})

Amounts = dict[str, Decimal]


def node(obj: Tree, taken: Mapping[str, Decimal]) -> Node:
    """Read a node; `taken` is what its pods have requested, by resource."""
    whole = _amounts(branch(obj, "status", "allocatable"))
    conditions = {text(one, "type"): text(one, "status") for one in branches(obj, "status", "conditions")}
    return Node(
        text(obj, "metadata", "name"),
        _room(whole),
        _room({resource: much - taken.get(resource, 0) for resource, much in whole.items()}),
        labels={name: str(value) for name, value in branch(obj, "metadata", "labels").items()},
        taints=tuple(Taint(text(one, "key"), text(one, "value"), text(one, "effect")) for one in branches(obj, "spec", "taints")),
        ready=conditions.get("Ready") == "True",
        cordoned=truth(obj, "spec", "unschedulable"),
    )


def taken(pods: Iterable[Tree]) -> dict[str, Amounts]:
    """Add up for each node what the pods on it have requested; a pod that has ended takes nothing."""
    total: dict[str, Amounts] = defaultdict(lambda: defaultdict(Decimal))
    for pod in pods:
        where = text(pod, "spec", "nodeName")
        if where and text(pod, "status", "phase") not in _ENDED:
            for resource, much in requested(pod).items():
                total[where][resource] += much
    return total


def requested(pod: Tree) -> Amounts:
    """Give what a pod requests: all containers together, or the largest of those that run before them; and itself, one pod."""
    together: Amounts = defaultdict(Decimal)
    before: Amounts = defaultdict(Decimal)
    for container in branches(pod, "spec", "initContainers"):
        stays = text(container, "restartPolicy") == "Always"
        for resource, much in _amounts(branch(container, "resources", "requests")).items():
            before[resource] = max(before[resource], together[resource] + much)
            together[resource] += much if stays else 0
    for container in branches(pod, "spec", "containers"):
        for resource, much in _amounts(branch(container, "resources", "requests")).items():
            together[resource] += much
    found = {resource: max(together[resource], before[resource]) for resource in {*together, *before}}
    found |= _amounts(branch(pod, "spec", "resources", "requests"))
    for resource, much in _amounts(branch(pod, "spec", "overhead")).items():
        found[resource] = found.get(resource, Decimal(0)) + much
    return {**found, "pods": Decimal(1)}


def _amounts(quantities: Tree) -> Amounts:
    return {resource: amount(much) for resource in quantities if isinstance(much := at(quantities, resource), str | int | float)}


def _room(amounts: Mapping[str, Decimal]) -> NodeCapacity:
    """Round down: of what machine types ask for, whole thousandths of cores and whole MiB, nothing is lost by it."""
    return NodeCapacity(
        cpu_millis=_whole(amounts.get("cpu", Decimal(0)) * 1000),
        memory_mib=_whole(amounts.get("memory", Decimal(0)) / _MIB),
        pods=_whole(amounts.get("pods", Decimal(0))),
        others={resource: _whole(much) for resource, much in amounts.items() if resource not in _KNOWN},
    )


def _whole(much: Decimal) -> int:
    return max(0, int(much))
