"""Other people's hands on a simulated cluster: what someone with `kubectl` might do, and what chance might."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.sightings.objects import live
from adapters.simulator.logs import run_of
from adapters.simulator.pod_status import Run
from domain.objects import Live, ObjectRef

if TYPE_CHECKING:
    from adapters.simulator.cluster import SimulatedCluster


@dataclass(frozen=True, slots=True)
class Hands:
    """Foreign hands. Each change leaves its manager's name in `managedFields` and a line in the audit log."""

    cluster: "SimulatedCluster"

    def edit(self, ref: ObjectRef, patch: Mapping[str, Any], manager: str = "kubectl-edit") -> Live:
        """Change an object; a null takes a field out, lists that Kubernetes merges by key are merged."""
        return live(self.cluster.foreign("patch", ref, manager, lambda: self.cluster.requests.edit(ref, patch, manager)))

    def scale(self, ref: ObjectRef, replicas: int, manager: str = "kubectl") -> Live:
        """Scale a Deployment past its owner."""
        return self.edit(ref, {"spec": {"replicas": replicas}}, manager)

    def create(self, content: Mapping[str, Any], manager: str = "kubectl-create") -> Live:
        """Make an object."""
        obj, metadata = dict(content), content["metadata"]
        ref = ObjectRef(obj["kind"], metadata.get("namespace", ""), metadata["name"])
        return live(self.cluster.foreign("create", ref, manager, lambda: self.cluster.requests.create(obj, manager)))

    def delete(self, ref: ObjectRef, *, foreground: bool = False) -> None:
        """Delete an object; by default its dependents after it, as `kubectl delete` does."""
        key = (ref.kind, ref.namespace, ref.name)
        deletions = self.cluster.controllers.deletions
        self.cluster.foreign("delete", ref, "kubectl", lambda: deletions.delete(key, foreground=foreground))

    def delete_pod(self, pod: ObjectRef) -> None:
        """Delete a pod, with its grace period; its ReplicaSet makes another."""
        self.delete(pod)

    def pods(self, namespace: str = "") -> tuple[ObjectRef, ...]:
        """Name the pods, oldest first; those of one namespace or all."""
        with self.cluster.changed:
            every = self.cluster.store.of_kind("Pod")
            refs = (ObjectRef("Pod", pod["metadata"]["namespace"], pod["metadata"]["name"]) for pod in every)
            return tuple(ref for ref in refs if namespace in ("", ref.namespace))

    def answer(self, pod: ObjectRef, probe: str, words: str | None) -> None:
        """Let one pod answer a probe so from now on: empty is success, None leaves it to its application again."""
        with self.cluster.changed:
            run = self._run(pod)
            if words is None:
                run.answers.pop(probe, None)
            else:
                run.answers[probe] = words

    def crash(self, pod: ObjectRef, code: int = 1, *, out_of_memory: bool = False) -> None:
        """Let a pod's container end now."""
        with self.cluster.changed:
            self.cluster.tick()
            run = self._run(pod)
            reason = "OOMKilled" if out_of_memory else ""
            self.cluster.controllers.kubelet.end(run.uid, run.life, 137 if out_of_memory else code, reason)

    def quota(self, namespace: str, pods: int | None) -> None:
        """Limit the pods of a namespace, or let the limit go."""
        with self.cluster.changed:
            limits = self.cluster.controllers.replica_sets.quota
            if pods is None:
                limits.pop(namespace, None)
            else:
                limits[namespace] = pods

    def load(self, workload: ObjectRef, work: float | None) -> None:
        """Give a Deployment's replicas so much to do together (percent of what one requests); None: what its image says."""
        with self.cluster.changed:
            loads, name = self.cluster.controllers.autoscaling.loads, f"{workload.namespace}/{workload.name}"
            if work is None:
                loads.pop(name, None)
            else:
                loads[name] = work

    def measure_nothing(self, *, blind: bool = True) -> None:
        """Let the autoscalers get no figures any more, as where no metrics-server is; or let them see again."""
        with self.cluster.changed:
            self.cluster.controllers.autoscaling.blind = blind

    def forget_history(self) -> None:
        """Let the API server forget its frames: a watch that is behind must list anew."""
        with self.cluster.changed:
            self.cluster.store.compact()

    def cut_feeds(self, why: str = "410 Expired: the watch was cut") -> None:
        """Cut every watch, with frames lost."""
        with self.cluster.changed:
            for feed in self.cluster.feeds:
                feed.cut(why)

    def _run(self, pod: ObjectRef) -> Run:
        return run_of(self.cluster.controllers.kubelet, pod)
