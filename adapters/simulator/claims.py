"""Claims of storage: bound a moment after they were made, and not gone before the last pod that uses them."""

from dataclasses import dataclass

from adapters.simulator.schema import Object, tree, with_metadata
from adapters.simulator.store import ObjectStore

_IN_USE = "kubernetes.io/pvc-protection"


@dataclass(slots=True)
class Claims:
    """Binds claims and lets them go. Every class of storage is there."""

    store: ObjectStore

    def bind(self, namespace: str, name: str) -> None:
        """Give a claim its volume."""
        claim = self.store.get("PersistentVolumeClaim", namespace, name)
        if claim is None or tree(claim.get("status")).get("phase") == "Bound":
            return
        finalizers = [*(claim["metadata"].get("finalizers") or ()), _IN_USE]
        size = claim["spec"]["resources"]["requests"]["storage"]
        spec = {**claim["spec"], "volumeName": f"pvc-{claim['metadata']['uid']}"}
        status = {"phase": "Bound", "accessModes": claim["spec"]["accessModes"], "capacity": {"storage": size}}
        self.store.write(with_metadata({**claim, "spec": spec, "status": status}, finalizers=finalizers))

    def release(self, namespace: str, name: str) -> None:
        """Let a claim that is to go be gone, if no pod uses it any more."""
        claim = self.store.get("PersistentVolumeClaim", namespace, name)
        if claim is None or "deletionTimestamp" not in claim["metadata"]:
            return
        pods = (obj for obj in self.store.inside(namespace) if obj["kind"] == "Pod")
        if not any(name in claims_of(pod) for pod in pods if pod["status"].get("phase") not in ("Failed", "Succeeded")):
            left = [one for one in claim["metadata"].get("finalizers") or () if one != _IN_USE]
            if len(left) != len(claim["metadata"].get("finalizers") or ()):
                self.store.write(with_metadata(claim, finalizers=left or None))

    def leaving(self, namespace: str) -> list[Object]:
        """Give the claims of a namespace that are to go."""
        claims = self.store.objects.get("PersistentVolumeClaim", {}).values()
        there = (claim for claim in claims if claim["metadata"]["namespace"] == namespace)
        return [claim for claim in there if "deletionTimestamp" in claim["metadata"]]


def claims_of(pod: Object) -> frozenset[str]:
    """Name the claims that a pod mounts."""
    volumes = (tree(volume.get("persistentVolumeClaim")) for volume in pod["spec"].get("volumes") or ())
    return frozenset(volume["claimName"] for volume in volumes if volume)


def claim_problem(store: ObjectStore, pod: Object) -> str:
    """Say in the scheduler's words why a pod's claims keep it from any node; empty when they do not."""
    namespace = pod["metadata"]["namespace"]
    for name in sorted(claims_of(pod)):
        claim = store.get("PersistentVolumeClaim", namespace, name)
        if claim is None:
            return f'persistentvolumeclaim "{name}" not found'
        if "deletionTimestamp" in claim["metadata"]:
            return f'persistentvolumeclaim "{name}" is being deleted'
        if tree(claim.get("status")).get("phase") != "Bound":
            return "pod has unbound immediate PersistentVolumeClaims"
    return ""
