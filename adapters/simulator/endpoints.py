"""The EndpointSlice controller: which pods a Service sends requests to, by their labels alone, whoever made them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.simulator.replica_sets import is_ready, reference_to
from adapters.simulator.schema import RESOURCES, Object, labels_of, tree
from adapters.simulator.store import ObjectStore

_SOON, _AGAIN = 0.05, 5.0
_AT_MOST = 100
"""Endpoints of a slice; those that are more stand in another."""
_NAMED = "kubernetes.io/service-name"
_MANAGED = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
_WRITER = "kube-controller-manager"

Pair = tuple[str, str, str]
"""A namespace, and one of a selector's labels with its value: by which a pod finds the Services that may mean it."""


@dataclass(slots=True)
class Endpoints:
    """Writes the slices of each Service that has a selector. Throws no dice."""

    store: ObjectStore
    stalled: bool = False
    """It does nothing: who would be served by it waits."""
    _meant: dict[Pair, dict[str, None]] = field(default_factory=dict[Pair, dict[str, None]])
    """Services by the label that tells most of their selector,"""
    _labelled: dict[Pair, dict[str, None]] = field(default_factory=dict[Pair, dict[str, None]])
    """and pods by each of their labels."""

    def know(self, before: Object | None, after: Object | None) -> None:
        """Take in that a Service came, changed or went."""
        if before is not None and (pair := _pair(before)):
            self._meant.get(pair, {}).pop(before["metadata"]["name"], None)
        if after is not None:
            if pair := _pair(after):
                self._meant.setdefault(pair, {})[after["metadata"]["name"]] = None
            self._note(after["metadata"]["namespace"], after["metadata"]["name"])

    def touched(self, before: Object | None, after: Object | None) -> None:
        """Take in that a pod is reached otherwise: it came, changed or went."""
        if before is not None:
            for pair in _pairs(before):
                self._labelled.get(pair, {}).pop(before["metadata"]["name"], None)
        if after is not None:
            for pair in _pairs(after):
                self._labelled.setdefault(pair, {})[after["metadata"]["name"]] = None
        for pair in dict.fromkeys((*(_pairs(before) if before else ()), *(_pairs(after) if after else ()))):
            for service in self._meant.get(pair, ()):
                self._note(pair[0], service)

    def sync(self, namespace: str, name: str) -> None:
        """Bring the slices of a Service to what its selector means now."""
        service, space = self.store.get("Service", namespace, name), self.store.get("Namespace", "", namespace)
        if self.stalled:
            self.store.agenda.soon(_AGAIN, "endpoints.sync", namespace, name)
            return
        if service is None or any("deletionTimestamp" in one["metadata"] for one in (service, space or service)):
            return
        selector = tree(service["spec"].get("selector"))
        endpoints = [_endpoint(pod) for pod in self._pods(service, selector)] if selector else []
        parts = [endpoints[at : at + _AT_MOST] for at in range(0, max(1, len(endpoints)), _AT_MOST)] if selector else []
        wanted = {f"{name}-{service['metadata']['uid'][-5:]}{f'-{at}' if at else ''}": part for at, part in enumerate(parts)}
        standing = {one["metadata"]["name"]: one for one in self._slices(service)}
        for called, part in wanted.items():
            self._write(service, called, part, standing.get(called))
        for called, one in standing.items():
            if called not in wanted:
                self.store.erase(one)

    def _pods(self, service: Object, selector: Mapping[str, str]) -> Iterator[Object]:
        pair = _pair(service)
        for name in self._labelled.get(pair, ()) if pair else ():
            pod = self.store.get("Pod", service["metadata"]["namespace"], name)
            if pod is not None and pod["status"].get("phase") == "Running" and selector.items() <= labels_of(pod).items():
                yield pod

    def _slices(self, service: Object) -> Iterator[Object]:
        return (one for one in self.store.owned(service["metadata"]["uid"]) if one["kind"] == "EndpointSlice")

    def _write(self, service: Object, name: str, endpoints: list[Any], before: Object | None) -> None:
        namespace, stamp = service["metadata"]["namespace"], self.store.agenda.stamp
        labels = {**labels_of(service), _NAMED: service["metadata"]["name"], **_MANAGED}
        if before is not None and (before["endpoints"], labels_of(before)) == (endpoints, labels):
            return
        metadata: dict[str, Any] = {
            "name": name,
            "namespace": namespace,
            "uid": f"slice-{service['metadata']['uid']}-{name}" if before is None else before["metadata"]["uid"],
            "creationTimestamp": stamp if before is None else before["metadata"]["creationTimestamp"],
            "labels": labels,
            "ownerReferences": [reference_to(service)],
            "managedFields": [
                {
                    "manager": _WRITER,
                    "operation": "Update",
                    "time": stamp,
                    "fieldsType": "FieldsV1",
                    "fieldsV1": {"f:endpoints": {}},
                }
            ],
        }
        kind = {"apiVersion": RESOURCES["EndpointSlice"].api_version, "kind": "EndpointSlice", "addressType": "IPv4"}
        self.store.write({**kind, "metadata": metadata, "endpoints": endpoints, "ports": service["spec"].get("ports") or []})

    def _note(self, namespace: str, name: str) -> None:
        self.store.agenda.soon(_SOON, "endpoints.sync", namespace, name)


def is_reached_otherwise(before: Object | None, after: Object | None) -> bool:
    """Tell whether a change of a pod is one of its endpoints'."""
    return before is None or after is None or _reached(before) != _reached(after)


def _reached(pod: Object) -> object:
    phase = pod["status"].get("phase")
    return labels_of(pod), is_ready(pod), phase, pod["spec"].get("nodeName"), "deletionTimestamp" in pod["metadata"]


def _pair(service: Object) -> Pair | None:
    """Give one label of a Service's selector; of ours the one that names the deployment."""
    selector = tree(service["spec"].get("selector"))
    key = min(selector, default="")
    return (service["metadata"]["namespace"], key, selector[key]) if selector else None


def _pairs(pod: Object) -> Iterator[Pair]:
    return ((pod["metadata"]["namespace"], key, value) for key, value in labels_of(pod).items())


def _endpoint(pod: Object) -> dict[str, Any]:
    metadata, leaving = pod["metadata"], "deletionTimestamp" in pod["metadata"]
    ready = is_ready(pod)
    return {
        "addresses": [pod["status"].get("podIP", metadata["uid"])],
        "conditions": {"ready": ready and not leaving, "serving": ready, "terminating": leaving},
        "nodeName": pod["spec"]["nodeName"],
        "targetRef": {"kind": "Pod", "namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]},
    }
