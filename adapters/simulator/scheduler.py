"""The scheduler: finds a node with room for each pod, or says in Kubernetes' words why there is none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

from adapters.observations.quantities import amount
from adapters.simulator.claims import claim_problem
from adapters.simulator.node_objects import is_cordoned, is_ready, register
from adapters.simulator.occurrences import Occurrences
from adapters.simulator.pod_status import with_condition
from adapters.simulator.schema import Object, tree
from adapters.simulator.store import ObjectStore
from domain.nodes import Node, NodeCapacity, Taint

_SOURCE = "default-scheduler"
_BASIC = frozenset({"cpu", "memory", "pods"})


@dataclass(frozen=True, slots=True)
class SimulatedNode:
    """A node: thousandths of cores, MiB, how many pods, other resources by name (`*`: as many of any).

    A `universal` node fits every node selector, so that a newcomer's spec runs whatever machine type it names.
    """

    name: str
    cpu_millis: int = 64_000
    memory_mib: int = 262_144
    pods: int = 110
    others: Mapping[str, int] = field(default_factory=dict[str, int])
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    taints: Sequence[str] = ()
    universal: bool = False

    def room(self, resource: str) -> Decimal:
        """Give how much of a resource the node has."""
        match resource:
            case "cpu":
                return Decimal(self.cpu_millis) / 1000
            case "memory":
                return Decimal(self.memory_mib) * 1024**2
            case "pods":
                return Decimal(self.pods)
            case _:
                return Decimal(self.others.get(resource, self.others.get("*", 0)))

    def seen(self, used: Mapping[str, Decimal]) -> Node:
        """Give the node as the port tells it."""

        def room(used: Mapping[str, Decimal]) -> NodeCapacity:
            left = {name: int(self.room(name) - used.get(name, 0)) for name in (*self.others, *used) if name not in _BASIC}
            return NodeCapacity(
                int((self.room("cpu") - used.get("cpu", 0)) * 1000),
                int((self.room("memory") - used.get("memory", 0)) / 1024**2),
                int(self.pods - used.get("pods", 0)),
                left,
            )

        taints = tuple(Taint(key) for key in self.taints)
        return Node(self.name, room({}), room(used), self.labels, taints, universal=self.universal)


NODES = (
    *(SimulatedNode(f"simulated-{number}", universal=True) for number in (1, 2, 3)),
    SimulatedNode("simulated-gpu-1", 96_000, 1_048_576, others={"*": 8}, universal=True),
)
"""The nodes of a cluster that nobody described: three plain ones and one with eight GPUs of any make."""


@dataclass(slots=True)
class Scheduler:
    """Binds pods to nodes. A pod without a place is tried again whenever one leaves or a node comes."""

    store: ObjectStore
    occurrences: Occurrences
    nodes: dict[str, SimulatedNode]
    used: dict[str, Counter[str]] = field(default_factory=dict[str, "Counter[str]"])
    waiting: dict[tuple[str, str], None] = field(default_factory=dict[tuple[str, str], None])

    def add_node(self, node: SimulatedNode) -> None:
        """Let a node come (or change)."""
        self.nodes[node.name] = node
        register(self.store, (node.name,))
        self.try_again()

    def nodes_seen(self, *, counted: bool) -> tuple[Node, ...]:
        """Give the nodes and their room, less what is used where that is counted."""
        nothing: Mapping[str, Decimal] = {}
        used = cast("Mapping[str, Mapping[str, Decimal]]", self.used)
        seen = (node.seen(used.get(name, nothing) if counted else nothing) for name, node in sorted(self.nodes.items()))
        return tuple(replace(node, ready=is_ready(obj), cordoned=is_cordoned(obj)) for node, obj in map(self._with_object, seen))

    def _with_object(self, node: Node) -> tuple[Node, Object | None]:
        return node, self.store.get("Node", "", node.name)

    def schedule(self, namespace: str, name: str) -> None:
        """Find a place for a pod."""
        pod = self.store.get("Pod", namespace, name)
        if pod is None or pod["spec"].get("nodeName") or "deletionTimestamp" in pod["metadata"]:
            return
        if problem := claim_problem(self.store, pod):
            self._tell_unschedulable(pod, problem)
            return
        wanted = wants(pod)
        refusals = {node.name: self._refusal(node, pod, wanted) for node in self.nodes.values()}
        fitting = [node for node, refusal in refusals.items() if not refusal]
        if not fitting:
            counted = sorted(Counter(refusals.values()).items())
            self._tell_unschedulable(pod, ", ".join(f"{count} {reason}" for reason, count in counted))
            return
        # A node with GPUs is spared for those who ask for them.
        node = min(fitting, key=lambda one: (bool(self.nodes[one].others), self._load(one), one))
        self._bind(pod, node, wanted)

    def _bind(self, pod: Object, node: str, wanted: Mapping[str, Decimal]) -> None:
        metadata = pod["metadata"]
        self.waiting.pop((metadata["namespace"], metadata["name"]), None)
        self._use(node, wanted, 1)
        spec = {**pod["spec"], "nodeName": node}
        status = with_condition(pod["status"], "PodScheduled", "True", self.store.agenda.stamp)
        bound = self.store.write({**pod, "spec": spec, "status": status})
        text = f"Successfully assigned {metadata['namespace']}/{metadata['name']} to {node}"
        self.occurrences.tell(bound, "Scheduled", text, source=_SOURCE)

    def release(self, pod: Object) -> None:
        """Take in that a pod is gone."""
        self.waiting.pop((pod["metadata"]["namespace"], pod["metadata"]["name"]), None)
        if node := pod["spec"].get("nodeName"):
            self._use(node, wants(pod), -1)
            self.try_again()

    def recount(self) -> None:
        """Count anew what is used, from the pods themselves."""
        self.used.clear()
        for pod in self.store.of_kind("Pod"):
            if node := pod["spec"].get("nodeName"):
                self._use(node, wants(pod), 1)
            else:
                self.waiting[pod["metadata"]["namespace"], pod["metadata"]["name"]] = None

    def _use(self, node: str, wanted: Mapping[str, Decimal], sign: int) -> None:
        used = self.used.setdefault(node, Counter())
        for resource, much in wanted.items():
            used[resource] += sign * much  # type: ignore[assignment]  # a Counter of decimals, which typeshed does not know

    def try_again(self) -> None:
        """Take in that something changed which pods may wait for."""
        for namespace, name in self.waiting:
            self.store.agenda.soon(0.1, "pod.schedule", namespace, name)

    def _load(self, node: str) -> Decimal:
        used = self.used.get(node, Counter[str]())
        return used["cpu"] / self.nodes[node].room("cpu") + used["memory"] / self.nodes[node].room("memory")

    def _refusal(self, node: SimulatedNode, pod: Object, wanted: Mapping[str, Decimal]) -> str:
        obj = self.store.get("Node", "", node.name)
        if is_cordoned(obj):
            return "node(s) were unschedulable"
        if not is_ready(obj):
            return "node(s) had untolerated taint(s) {node.kubernetes.io/unreachable}"
        selector: Mapping[str, str] = tree(pod["spec"].get("nodeSelector"))
        if not node.universal and any(node.labels.get(key) != value for key, value in selector.items()):
            return "node(s) didn't match Pod's node affinity/selector"
        tolerated = {one.get("key", "") for one in pod["spec"].get("tolerations") or ()}
        if untolerated := [key for key in node.taints if key not in tolerated]:
            return f"node(s) had untolerated taint(s) {{{untolerated[0]}}}"
        used = self.used.get(node.name, Counter[str]())
        for resource, much in wanted.items():
            if used[resource] + much > node.room(resource):
                return "Too many pods" if resource == "pods" else f"Insufficient {resource}"
        return ""

    def _tell_unschedulable(self, pod: Object, reasons: str) -> None:
        every = f"0/{len(self.nodes)} nodes are available: "
        text = f"{every}{reasons}. preemption: {every}{len(self.nodes)} Preemption is not helpful for scheduling."
        stamp = self.store.agenda.stamp
        status = with_condition(pod["status"], "PodScheduled", "False", stamp, reason="Unschedulable", message=text)
        self.waiting[pod["metadata"]["namespace"], pod["metadata"]["name"]] = None
        if status != pod["status"]:
            pod = self.store.write({**pod, "status": status})
        self.occurrences.tell(pod, "FailedScheduling", text, source=_SOURCE, warning=True)


def wants(pod: Mapping[str, Any]) -> dict[str, Decimal]:
    """Add up what a pod's containers request."""
    total: dict[str, Decimal] = {"pods": Decimal(1)}
    for container in pod["spec"]["containers"]:
        for resource, much in tree(container.get("resources")).get("requests", {}).items():
            total[resource] = total.get(resource, Decimal(0)) + amount(much)
    return total
