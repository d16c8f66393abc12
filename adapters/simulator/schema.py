"""What a simulated API server must know of the schemas: names of resources, keys of lists, what is replaced whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
"""A Kubernetes object as JSON. What stands in the store is never changed in place: a change makes a new one."""

Key = tuple[str, str, str]
"""Kind, namespace, name."""


@dataclass(frozen=True, slots=True)
class Resource:
    """How a kind is called on the wire, and how its generation counts."""

    api_version: str
    plural: str
    group: str = ""
    namespaced: bool = True
    counts: bool = False

    @property
    def full_name(self) -> str:
        """Give the name as the API server's messages write it: `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


RESOURCES: Mapping[str, Resource] = {
    "Namespace": Resource("v1", "namespaces", namespaced=False),
    "Node": Resource("v1", "nodes", namespaced=False),
    "Service": Resource("v1", "services"),
    "Secret": Resource("v1", "secrets"),
    "ConfigMap": Resource("v1", "configmaps"),
    "Pod": Resource("v1", "pods", counts=True),
    "Event": Resource("v1", "events"),
    "Deployment": Resource("apps/v1", "deployments", "apps", counts=True),
    "ReplicaSet": Resource("apps/v1", "replicasets", "apps", counts=True),
    "PersistentVolumeClaim": Resource("v1", "persistentvolumeclaims"),
    "Job": Resource("batch/v1", "jobs", "batch", counts=True),
    "HorizontalPodAutoscaler": Resource("autoscaling/v2", "horizontalpodautoscalers", "autoscaling"),
    "Ingress": Resource("networking.k8s.io/v1", "ingresses", "networking.k8s.io", counts=True),
    "NetworkPolicy": Resource("networking.k8s.io/v1", "networkpolicies", "networking.k8s.io", counts=True),
    "HTTPRoute": Resource("gateway.networking.k8s.io/v1", "httproutes", "gateway.networking.k8s.io", counts=True),
    "APIService": Resource("apiregistration.k8s.io/v1", "apiservices", "apiregistration.k8s.io", namespaced=False),
    "EndpointSlice": Resource("discovery.k8s.io/v1", "endpointslices", "discovery.k8s.io"),
    "PodDisruptionBudget": Resource("policy/v1", "poddisruptionbudgets", "policy", counts=True),
}

_LIST_KEYS: Mapping[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "imagePullSecrets": ("name",),
    "ownerReferences": ("uid",),
}
_WHOLE = frozenset({"selector", "nodeSelector", "secretKeyRef", "configMapKeyRef", "fieldRef", "labelSelector"})
"""Mappings that are replaced whole (`x-kubernetes-map-type: atomic`)."""


def list_keys(name: str, items: Sequence[Any]) -> tuple[str, ...]:
    """Name the fields by which a list's items are told apart; empty for a list that is replaced whole."""
    keys = _port_keys(items) if name == "ports" else _LIST_KEYS.get(name, ())
    return keys if all(isinstance(item, Mapping) and keys and keys[0] in item for item in items) else ()


def _port_keys(items: Sequence[Any]) -> tuple[str, ...]:
    first = tree(items[0]) if items and isinstance(items[0], Mapping) else tree(None)
    return ("containerPort", "protocol") if "containerPort" in first else ("port", "protocol")


def item_key(item: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[Any, ...]:
    """Give what tells an item apart; a port without a protocol is TCP."""
    return tuple(item.get(key, "TCP" if key == "protocol" else None) for key in keys)


def whole(name: str, value: Any) -> bool:  # noqa: ANN401 (any JSON)
    """Tell whether a mapping is one value."""
    return not value or name in _WHOLE


def tree(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 (any JSON)
    """Give a mapping, an empty one for nothing."""
    return value or {}


def key_of(obj: Mapping[str, Any]) -> Key:
    """Say where an object stands."""
    metadata = obj["metadata"]
    return obj["kind"], metadata.get("namespace", ""), metadata["name"]


def labels_of(obj: Mapping[str, Any]) -> Mapping[str, str]:
    """Give an object's labels."""
    return tree(obj["metadata"].get("labels"))


def owner_of(obj: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give the reference to the controller that made an object."""
    references = obj["metadata"].get("ownerReferences") or ()
    return next((one for one in references if one.get("controller")), None)


def with_metadata(obj: Object, **changes: Any) -> Object:  # noqa: ANN401 (any JSON)
    """Give the object with some metadata changed; a None takes the field out."""
    metadata = {**obj["metadata"], **changes}
    return {**obj, "metadata": {name: value for name, value in metadata.items() if value is not None}}
