"""The disruption controller: how many pods of a budget may go now."""

import json
from dataclasses import dataclass, field
from typing import Any

from adapters.simulator.rollouts import share
from adapters.simulator.schema import Object, tree
from adapters.simulator.store import ObjectStore


@dataclass(slots=True)
class Budgets:
    """Writes the status of PodDisruptionBudgets whose selector equals a Deployment's (the only ones that we write)."""

    store: ObjectStore
    _names: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])

    def know(self, obj: Object) -> None:
        """Take in where a budget or a Deployment stands, and count when it matters."""
        self._names[self._selected(obj, obj["kind"])] = obj["metadata"]["name"]
        budget = self._names.get(self._selected(obj, "PodDisruptionBudget"))
        if budget:
            self.store.agenda.soon(0.05, "budget.sync", obj["metadata"]["namespace"], budget)

    def sync(self, namespace: str, name: str) -> None:
        """Write a budget's status."""
        budget = self.store.get("PodDisruptionBudget", namespace, name)
        if budget is None:
            return
        deployment = self.store.get("Deployment", namespace, self._names.get(self._selected(budget, "Deployment"), ""))
        expected = int(deployment["spec"]["replicas"]) if deployment else 0
        healthy = int(tree(deployment.get("status")).get("readyReplicas", 0)) if deployment else 0
        desired = _desired(budget["spec"], expected)
        status = {
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "disruptionsAllowed": max(0, healthy - desired) if expected else 0,
            "expectedPods": expected,
            "observedGeneration": int(budget["metadata"]["generation"]),
        }
        if status != budget.get("status"):
            self.store.write({**budget, "status": status})

    def _selected(self, obj: Object, kind: str) -> tuple[str, str, str]:
        selector = json.dumps(tree(tree(obj["spec"].get("selector")).get("matchLabels")), sort_keys=True)
        return kind, obj["metadata"]["namespace"], selector


def _desired(spec: dict[str, Any], expected: int) -> int:
    if "minAvailable" in spec:
        return share(spec["minAvailable"], expected, up=True)
    return max(0, expected - share(spec.get("maxUnavailable", 0), expected, up=True))
