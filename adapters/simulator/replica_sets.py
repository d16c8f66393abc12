"""The ReplicaSet controller: as many pods as wanted, and a count of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.simulator.defaults import requested
from adapters.simulator.deletions import Deletions
from adapters.simulator.dice import Dice
from adapters.simulator.limits import DefaultLimits
from adapters.simulator.occurrences import Occurrences
from adapters.simulator.schema import Object, key_of, tree, with_metadata
from adapters.simulator.store import ObjectStore

_SOURCE = "replicaset-controller"
_TOLERATED = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


@dataclass(slots=True)
class ReplicaSetController:
    """Makes and removes pods. `quota` limits the pods of a namespace; what is over it is refused, in Kubernetes' words."""

    store: ObjectStore
    dice: Dice
    occurrences: Occurrences
    deletions: Deletions
    quota: dict[str, int] = field(default_factory=dict[str, int])
    limits: DefaultLimits = field(default_factory=DefaultLimits)

    def sync(self, namespace: str, name: str) -> None:
        """Bring a ReplicaSet's pods to the wanted number, and write its status."""
        owner = self.store.get("ReplicaSet", namespace, name)
        if owner is None:
            return
        self._release(owner)
        pods = active(self.store.owned(owner["metadata"]["uid"]))
        if "deletionTimestamp" not in owner["metadata"]:
            missing = int(owner["spec"]["replicas"]) - len(pods)
            for _ in range(missing):
                if not self._create(owner):
                    self.store.agenda.soon(10.0, "replicaset.retry", namespace, name)
                    break
            for pod in sorted(pods, key=_dispensable)[: max(0, -missing)]:
                self.deletions.delete(key_of(pod))
                self._tell(owner, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
        self._count(namespace, name)

    def _release(self, owner: Object) -> None:
        """Let go of the pods that it no longer selects: they run on, and are counted by nobody."""
        wanted = tree(owner["spec"]["selector"].get("matchLabels"))
        for pod in self.store.owned(owner["metadata"]["uid"]):
            labels = tree(pod["metadata"].get("labels"))
            if pod["kind"] == "Pod" and any(labels.get(name) != value for name, value in wanted.items()):
                left = [one for one in pod["metadata"]["ownerReferences"] if one["uid"] != owner["metadata"]["uid"]]
                self.store.write(with_metadata(pod, ownerReferences=left or None))

    def _create(self, owner: Object) -> bool:
        namespace, name = owner["metadata"]["namespace"], f"{owner['metadata']['name']}-{self.dice.suffix()}"
        limit = self.quota.get(namespace)
        there = sum(1 for one in self.store.inside(namespace) if one["kind"] == "Pod") if limit is not None else 0
        if limit is not None and there >= limit:
            used = f"requested: pods=1, used: pods={there}, limited: pods={limit}"
            text = f'Error creating: pods "{name}" is forbidden: exceeded quota: pods, {used}'
            self.occurrences.tell(owner, "FailedCreate", text, source=_SOURCE, warning=True)
            return False
        self.store.write(self.pod(owner, namespace, name))
        self._tell(owner, "SuccessfulCreate", f"Created pod: {name}")
        return True

    def pod(self, owner: Object, namespace: str, name: str) -> Object:
        """Write a pod from its owner's template."""
        template = owner["spec"]["template"]
        metadata = {
            "name": name,
            "generateName": f"{owner['metadata']['name']}-",
            "namespace": namespace,
            "uid": self.dice.uid(),
            "generation": 1,
            "creationTimestamp": self.store.agenda.stamp,
            "ownerReferences": [reference_to(owner)],
            **{part: template["metadata"][part] for part in ("labels", "annotations") if part in template["metadata"]},
        }
        limited, note = self.limits.apply(namespace, requested(template["spec"]))
        if note:
            metadata["annotations"] = {**tree(metadata.get("annotations")), "kubernetes.io/limit-ranger": note}
        waits = [{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300} for key in _TOLERATED]
        spec = {
            "serviceAccountName": "default",
            "serviceAccount": "default",
            "priority": 0,
            "preemptionPolicy": "PreemptLowerPriority",
            "enableServiceLinks": True,
            **limited,
            "tolerations": [*(template["spec"].get("tolerations") or ()), *waits],
        }
        status = {"phase": "Pending", "qosClass": _quality(spec)}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}

    def _count(self, namespace: str, name: str) -> None:
        owner = self.store.get("ReplicaSet", namespace, name)
        if owner is None:
            return
        pods = active(self.store.owned(owner["metadata"]["uid"]))
        ready = sum(1 for pod in pods if is_ready(pod))
        counts = {"fullyLabeledReplicas": len(pods), "readyReplicas": ready, "availableReplicas": ready}
        status = {"replicas": len(pods), **{key: value for key, value in counts.items() if value}}
        status["observedGeneration"] = int(owner["metadata"].get("generation", 1))
        if status != owner.get("status"):
            self.store.write({**owner, "status": status})

    def _tell(self, owner: Object, reason: str, text: str) -> None:
        self.occurrences.tell(owner, reason, text, source=_SOURCE)


def reference_to(owner: Object) -> dict[str, Any]:
    """Write the reference by which an object says who made it."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def active(pods: list[Object]) -> list[Object]:
    """Give the pods that count: neither leaving nor over."""
    return [
        pod
        for pod in pods
        if "deletionTimestamp" not in pod["metadata"] and pod["status"].get("phase") not in ("Failed", "Succeeded")
    ]


def is_ready(pod: Object) -> bool:
    """Tell whether a pod takes traffic."""
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions") or ())


def _dispensable(pod: Object) -> tuple[bool, bool, bool, int, str]:
    # The first to go: without a node, not running, not ready, often restarted, young.
    statuses = pod["status"].get("containerStatuses") or ()
    restarts = sum(int(one["restartCount"]) for one in statuses)
    age = int(pod["metadata"]["creationTimestamp"].translate({ord(c): None for c in "-:TZ"}))
    running = pod["status"].get("phase") == "Running"
    return bool(pod["spec"].get("nodeName")), running, is_ready(pod), -restarts - age, pod["metadata"]["name"]


def _quality(spec: Mapping[str, Any]) -> str:
    resources = [tree(one.get("resources")) for one in spec["containers"]]
    if not any(one.get("requests") or one.get("limits") for one in resources):
        return "BestEffort"
    whole = all(one.get("limits") and one.get("limits") == one.get("requests", one.get("limits")) for one in resources)
    return "Guaranteed" if whole else "Burstable"
