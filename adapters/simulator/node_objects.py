"""Node objects of the simulated cluster: what a watch shows of its nodes, and what hands do to them."""

from collections.abc import Iterable
from typing import Any

from adapters.simulator.pod_status import with_condition
from adapters.simulator.schema import Object, tree
from adapters.simulator.store import ObjectStore

_POSTING = {"reason": "KubeletReady", "message": "kubelet is posting ready status"}
_SILENT = {"reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}


def register(store: ObjectStore, names: Iterable[str]) -> None:
    """Let each node have its object, as a kubelet that comes up does; who has one keeps it. Throws no dice."""
    for name in names:
        if store.get("Node", "", name) is None:
            metadata = {"name": name, "uid": f"node-{name}-{store.revision}", "creationTimestamp": store.agenda.stamp}
            status = with_condition({}, "Ready", "True", store.agenda.stamp, **_POSTING)
            store.write({"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {}, "status": status})


def ready_again(node: Object, stamp: str) -> Object:
    """Give a node whose kubelet is heard."""
    return {**node, "status": with_condition(node["status"], "Ready", "True", stamp, **_POSTING)}


def silent(node: Object, stamp: str) -> Object:
    """Give a node whose kubelet is not heard any more."""
    return {**node, "status": with_condition(node["status"], "Ready", "Unknown", stamp, **_SILENT)}


def is_cordoned(node: Object | None) -> bool:
    """Tell whether no new pods are put on a node."""
    return node is not None and tree(node.get("spec")).get("unschedulable") is True


def is_ready(node: Object | None) -> bool:
    """Tell whether a node's kubelet is heard; one without an object is a test's own."""
    conditions: Iterable[Any] = tree(node.get("status")).get("conditions") or () if node else ()
    return all(one["status"] == "True" for one in conditions if one["type"] == "Ready")
