"""A node for a test that asks where there is room: pretended on the API server, described to the simulated cluster."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count

from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.scheduler import SimulatedNode
from tests.contracts.clusters import Ground, KubectlInterventions

GPU, KEEP_OUT, ZONE = "contract.example/gpu", "contract.example/only", "contract.example/zone"
_numbers = count(1)


@contextmanager
def added_node(ground: Ground, *, cpu: int, gib: int, gpus: int) -> Generator[str]:
    """Let a node come, which nobody else's pods go to, and go again."""
    name = f"contract-{next(_numbers)}"
    if isinstance(ground.cluster, SimulatedCluster):
        scheduler = ground.cluster.controllers.scheduler
        labels, keep_out = {ZONE: "here"}, (KEEP_OUT,)
        scheduler.nodes.clear()  # those of a cluster that nobody described fit everything
        scheduler.add_node(SimulatedNode(name, cpu * 1000, gib * 1024, others={GPU: gpus}, labels=labels, taints=keep_out))
        yield name
        return
    assert isinstance(ground.interventions, KubectlInterventions)
    kubectl = ground.interventions.kubectl
    metadata = {"name": name, "labels": {ZONE: "here"}}
    taints = [{"key": KEEP_OUT, "effect": "NoSchedule"}]
    node = {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"taints": taints}}
    kubectl("create", "-f", "-", input=json.dumps(node))
    try:
        room = {"cpu": str(cpu), "memory": f"{gib}Gi", "pods": "20", **({GPU: str(gpus)} if gpus else {})}
        ready = {"type": "Ready", "status": "True", "reason": "Pretended"}
        status = {"status": {"capacity": room, "allocatable": room, "conditions": [ready]}}
        kubectl("patch", "node", name, "--subresource=status", "--type=merge", "-p", json.dumps(status))
        yield name
    finally:
        kubectl("delete", "node", name, "--wait=false", "--ignore-not-found")
