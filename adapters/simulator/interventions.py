"""Interventions in a simulated cluster: what someone with `kubectl` might do, and what chance might."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Condition
from typing import Any, Protocol, TypeVar

from adapters.observations.objects import live
from adapters.simulator.controllers import Controllers
from adapters.simulator.feed import SimulatedFeed
from adapters.simulator.logs import run_of
from adapters.simulator.node_objects import ready_again, silent
from adapters.simulator.pod_status import PodRun, with_condition
from adapters.simulator.requests import WriteRequests
from adapters.simulator.schema import Object
from adapters.simulator.store import ObjectStore
from adapters.simulator.validation import missing
from domain.objects import Live, ObjectRef

T = TypeVar("T")


class Touched(Protocol):
    """What hands touch of a simulated cluster, whose lock they take for it."""

    @property
    def changed(self) -> Condition:
        """Give the lock, which tells all who wait that something is other than it was."""
        ...

    @property
    def requests(self) -> WriteRequests:
        """Give the API server's door."""
        ...

    @property
    def controllers(self) -> Controllers:
        """Give those that act on what they see."""
        ...

    @property
    def store(self) -> ObjectStore:
        """Give what stands there."""
        ...

    @property
    def feeds(self) -> Sequence[SimulatedFeed]:
        """Give the watches that are open."""
        ...

    def foreign(self, verb: str, ref: ObjectRef, manager: str, act: Callable[[], T]) -> T:
        """Do what somebody else asks for, with a line in the audit log."""
        ...

    def tick(self) -> None:
        """Let the cluster come to its clock's time."""
        ...


@dataclass(frozen=True, slots=True)
class Interventions:
    """Changes by others than the engine. Each leaves its manager's name in `managedFields` and a line in the audit log."""

    cluster: Touched

    def edit(self, ref: ObjectRef, patch: Mapping[str, Any], manager: str = "kubectl-edit") -> Live:
        """Change an object; a null takes a field out, lists that Kubernetes merges by key are merged."""
        return live(self.cluster.foreign("patch", ref, manager, lambda: self.cluster.requests.edit(ref, patch, manager)))

    def put(self, ref: ObjectRef, path: Sequence[str | int], value: object, manager: str = "kubectl-edit") -> Live:
        """Replace one field as a whole, whatever it held: a list stands as it is written, in its order."""
        return live(self.cluster.foreign("patch", ref, manager, lambda: self.cluster.requests.put(ref, path, value, manager)))

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

    def evict(self, pod: ObjectRef, reason: str = "EvictionByEvictionAPI", message: str = "Eviction API: evicting") -> None:
        """Delete a pod as what disrupts it does: its condition `DisruptionTarget` says why."""
        with self.cluster.changed:
            self.cluster.tick()
            store = self.cluster.store
            found = store.get(pod.kind, pod.namespace, pod.name)
            if found is None:
                raise missing(pod.kind, pod.name)
            status = with_condition(
                found["status"], "DisruptionTarget", "True", store.agenda.stamp, reason=reason, message=message
            )
            store.write({**found, "status": status})
        self.delete(pod)

    def limit(self, namespace: str, defaults: Mapping[str, str]) -> None:
        """Give a namespace's new containers default limits, by a LimitRange; none: take it away."""
        with self.cluster.changed:
            self.cluster.controllers.replica_sets.limits.defaults[namespace] = dict(defaults)

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

    def stall_endpoints(self, *, stalled: bool = True) -> None:
        """Let the controller of EndpointSlices stand still, so that what gets ready is not served; or let it go on."""
        with self.cluster.changed:
            self.cluster.controllers.endpoints.stalled = stalled

    def cordon(self, node: str, manager: str = "kubectl") -> None:
        """Let no new pods be put on a node."""
        self.edit(_node(node), {"spec": {"unschedulable": True}}, manager)

    def uncordon(self, node: str, manager: str = "kubectl") -> None:
        """Let a node take new pods again."""
        self.edit(_node(node), {"spec": {"unschedulable": None}}, manager)
        with self.cluster.changed:
            self.cluster.controllers.scheduler.try_again()

    def silence(self, node: str) -> None:
        """Let a node's kubelet be heard no more; what its pods then do is up to who asks."""
        self._node_status(node, silent)

    def wake(self, node: str) -> None:
        """Let a node's kubelet be heard again."""
        self._node_status(node, ready_again)

    def remove_node(self, node: str) -> None:
        """Take a node out of the cluster; what was on it is up to who asks."""
        with self.cluster.changed:
            self.cluster.tick()
            self.cluster.controllers.scheduler.nodes.pop(node, None)
            self.cluster.store.erase(self._node(node))
            self.cluster.changed.notify_all()

    def _node_status(self, node: str, change: Callable[[Object, str], Object]) -> None:
        with self.cluster.changed:
            self.cluster.tick()
            self.cluster.store.write(change(self._node(node), self.cluster.store.agenda.stamp))
            self.cluster.changed.notify_all()

    def _node(self, name: str) -> Object:
        found = self.cluster.store.get("Node", "", name)
        if found is None:
            raise missing("Node", name)
        return found

    def forget_history(self) -> None:
        """Let the API server forget its frames: a watch that is behind must list anew."""
        with self.cluster.changed:
            self.cluster.store.compact()

    def cut_feeds(self, why: str = "410 Expired: the watch was cut") -> None:
        """Cut every watch, with frames lost."""
        with self.cluster.changed:
            for feed in self.cluster.feeds:
                feed.cut(why)

    def _run(self, pod: ObjectRef) -> PodRun:
        return run_of(self.cluster.controllers.kubelet, pod)


def _node(name: str) -> ObjectRef:
    return ObjectRef("Node", "", name)
