"""Who acts on what: each change of an object notes the steps of those whom it concerns."""

from collections.abc import Iterable, Sequence
from typing import Any

from adapters.simulator.agenda import Agenda
from adapters.simulator.apps import Apps
from adapters.simulator.autoscaling import EACH as FIRST_LOOK
from adapters.simulator.autoscaling import AutoscalerController
from adapters.simulator.budgets import Budgets
from adapters.simulator.claims import Claims
from adapters.simulator.deletions import Deletions
from adapters.simulator.dice import Dice
from adapters.simulator.endpoints import Endpoints, is_reached_otherwise
from adapters.simulator.jobs import Jobs
from adapters.simulator.kubelet import Kubelet
from adapters.simulator.occurrences import Occurrences
from adapters.simulator.probing import Prober
from adapters.simulator.pulling import Puller
from adapters.simulator.replica_sets import ReplicaSetController, is_ready
from adapters.simulator.requests import WriteRequests
from adapters.simulator.rollouts import Rollouts
from adapters.simulator.scheduler import Scheduler, SimulatedNode
from adapters.simulator.schema import Object, key_of, owner_of

_SOON = 0.02


class Controllers:
    """All that moves in the cluster by itself."""

    def __init__(self, requests: WriteRequests, dice: Dice, apps: Apps, nodes: Iterable[SimulatedNode]) -> None:
        """Wire the controllers to the store and to the agenda."""
        self.store = store = requests.store
        self.occurrences = Occurrences(store, dice)
        self.deletions = Deletions(store)
        self.replica_sets = ReplicaSetController(store, dice, self.occurrences, self.deletions)
        self.rollouts = Rollouts(store, dice, self.occurrences, self.deletions)
        self.budgets = Budgets(store)
        self.endpoints = Endpoints(store)
        self.jobs = Jobs(store, dice, self.occurrences, self.replica_sets)
        self.claims = Claims(store)
        self.autoscaling = AutoscalerController(store, self.occurrences, requests, apps)
        self.scheduler = Scheduler(store, self.occurrences, {node.name: node for node in nodes})
        self.kubelet = Kubelet(store, dice, self.occurrences, apps)
        self.prober = Prober(self.kubelet)
        self._enter(store.agenda)
        store.listeners.append(self._changed)

    def _enter(self, agenda: Agenda) -> None:
        kubelet, puller, prober = self.kubelet, Puller(self.kubelet), self.prober
        agenda.handlers |= {
            "deployment.sync": self.rollouts.sync,
            "deployment.deadline": self.rollouts.sync,
            "replicaset.sync": self.replica_sets.sync,
            "replicaset.retry": self.replica_sets.sync,
            "budget.sync": self.budgets.sync,
            "endpoints.sync": self.endpoints.sync,
            "autoscaler.sync": self.autoscaling.sync,
            "job.sync": self.jobs.sync,
            "job.try": self.jobs.begin,
            "claim.bind": self.claims.bind,
            "claim.release": self.claims.release,
            "object.drain": self.deletions.drain,
            "orphans.collect": self.deletions.collect,
            "event.expire": self.occurrences.expire,
            "pod.schedule": self.scheduler.schedule,
            "pod.admit": kubelet.admit,
            "pod.pull": puller.pull,
            "pod.pulled": puller.pulled,
            "pod.pull-failed": puller.pull_failed,
            "pod.pull-back-off": puller.pull_back_off,
            "pod.create": kubelet.create,
            "pod.start": kubelet.start,
            "pod.serving": prober.serving,
            "pod.probes": prober.begin,
            "pod.probe": prober.probe,
            "pod.exit": kubelet.exit,
            "pod.end": kubelet.end,
            "pod.back-off": kubelet.back_off,
            "pod.again": kubelet.again,
            "pod.leave": kubelet.leave,
            "pod.changed": kubelet.change,
            "pod.gone": kubelet.gone,
            "pod.erase": kubelet.erase,
        }

    def _changed(self, before: Object | None, after: Object | None) -> None:  # noqa: C901 (one line a kind)
        obj = after if after is not None else before
        if obj is None or obj["kind"] == "Event":
            return
        match obj["kind"]:
            case "Deployment":
                self._deployment(before, after)
            case "ReplicaSet":
                self._replica_set(before, after)
            case "Pod":
                self._pod(before, after)
            case "Job" if after is not None and (before is None or before["spec"] is not after["spec"]):
                self._note("job.sync", after)
            case "PersistentVolumeClaim" if after is not None:
                self._claim(before, after)
            case "Service":
                self.endpoints.know(before, after)
            case "PodDisruptionBudget" if after is not None:
                self.budgets.know(after)
            case "HorizontalPodAutoscaler" if before is None and after is not None:
                self._note("autoscaler.sync", after, FIRST_LOOK)
            case _:
                pass
        if after is None:
            self.occurrences.forget(obj["metadata"]["uid"])
            self.autoscaling.forget(obj["metadata"]["uid"])
            self.deletions.erased(obj)
        elif before is not None and "deletionTimestamp" in obj["metadata"] and _finalizers(before) != _finalizers(obj):
            self.store.agenda.soon(_SOON, "object.drain", *key_of(obj))

    def _deployment(self, before: Object | None, after: Object | None) -> None:
        if after is not None:
            self.budgets.know(after)
            if before is None or _generation(before) != _generation(after):
                self._note("deployment.sync", after)

    def _replica_set(self, before: Object | None, after: Object | None) -> None:
        if after is not None and (before is None or before["spec"] is not after["spec"]):
            self._note("replicaset.sync", after)
        self._note_owner("deployment.sync", after if after is not None else before)

    def _claim(self, before: Object | None, after: Object) -> None:
        if before is None:
            self._note("claim.bind", after, 0.2)
        if "deletionTimestamp" in after["metadata"]:
            self._note("claim.release", after)
        self.scheduler.try_again()

    def _pod(self, before: Object | None, after: Object | None) -> None:
        if is_reached_otherwise(before, after):
            self.endpoints.touched(before, after)
        if after is None and before is not None:
            self.scheduler.release(before)
            self.kubelet.forget(before["metadata"]["uid"])
            for claim in self.claims.leaving(before["metadata"]["namespace"]):
                self._note("claim.release", claim)
            self._tell_deployment(before)
        elif after is not None and before is None:
            self._note("pod.schedule", after, 0.05)
        elif after is not None and before is not None:
            if after["spec"].get("nodeName") and not before["spec"].get("nodeName"):
                self._note("pod.admit", after, 0.05)
            if "deletionTimestamp" in after["metadata"] and "deletionTimestamp" not in before["metadata"]:
                self._note("pod.leave", after)
            if _image(after) != _image(before):
                self._note("pod.changed", after)
        if before is None or after is None or _counts_otherwise(before, after):
            self._note_owner("replicaset.sync", after if after is not None else before)
            self._note_owner("job.sync", after if after is not None else before)

    def _tell_deployment(self, pod: Object) -> None:
        # A Deployment that recreates waits for the very last pod, which no ReplicaSet counts any more.
        if owner := owner_of(pod):
            self._note_owner("deployment.sync", self.store.get(owner["kind"], pod["metadata"]["namespace"], owner["name"]))

    def _note(self, step: str, obj: Object, seconds: float = _SOON) -> None:
        metadata = obj["metadata"]
        self.store.agenda.soon(seconds, step, metadata["namespace"], metadata["name"])

    def _note_owner(self, step: str, obj: Object | None) -> None:
        if obj is not None and (owner := owner_of(obj)):
            self.store.agenda.soon(_SOON, step, obj["metadata"]["namespace"], owner["name"])

    def dump(self) -> dict[str, Any]:
        """Give what the controllers remember beside the objects."""
        return {
            "occurrences": self.occurrences.dump(),
            "kubelet": self.kubelet.dump(),
            "quota": dict(self.replica_sets.quota),
            "limits": dict(self.replica_sets.limits.defaults),
            "autoscaling": self.autoscaling.dump(),
        }

    def load(self, kept: dict[str, Any]) -> None:
        """Go on where they stopped."""
        self.occurrences.load(kept["occurrences"])
        self.kubelet.load(kept["kubelet"])
        self.replica_sets.quota = kept["quota"]
        self.replica_sets.limits.defaults = kept.get("limits", {})
        self.autoscaling.load(kept.get("autoscaling", {}))
        self.scheduler.recount()
        for pod in self.store.of_kind("Pod"):
            self.endpoints.touched(None, pod)
        for service in self.store.of_kind("Service"):  # one that was kept by an earlier version has no slices
            self.endpoints.know(None, service)
        for kind in ("Deployment", "PodDisruptionBudget"):
            for obj in self.store.of_kind(kind):
                self.budgets.know(obj)


def _finalizers(obj: Object) -> Sequence[str]:
    return obj["metadata"].get("finalizers") or ()


def _generation(obj: Object) -> int:
    return int(obj["metadata"].get("generation", 0))


def _image(pod: Object) -> str:
    return str(pod["spec"]["containers"][0]["image"])


def _counts_otherwise(before: Object, after: Object) -> bool:
    return (
        before["metadata"].get("labels") != after["metadata"].get("labels")
        or is_ready(before) != is_ready(after)
        or before["status"].get("phase") != after["status"].get("phase")
        or ("deletionTimestamp" in before["metadata"]) != ("deletionTimestamp" in after["metadata"])
    )
