"""The autoscaler: a Deployment's number of replicas, by what its replicas have to do, within the bounds that it was given.

What there is to do is simulated as one amount for all replicas together, in percent of what one of them requests; it spreads
evenly over those that are ready. An image's behaviour says how much (`apps.AppBehaviour.work`), or a hand (`Hands.load`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.observations.quantities import amount
from adapters.simulator.apps import Apps
from adapters.simulator.occurrences import Occurrences
from adapters.simulator.requests import WriteRequests
from adapters.simulator.schema import Object, tree
from adapters.simulator.store import ObjectStore
from domain.objects import ObjectRef

MANAGER = "kube-controller-manager"
_SOURCE = "horizontal-pod-autoscaler"
EACH = 15.0
"""Seconds between two looks at an autoscaler, and before the first."""
_STABLE = 300.0
_TOLERANCE = 0.1
_KINDS = {"Resource": "resource", "ContainerResource": "containerResource", "External": "external"}
_GONE = "unable to fetch metrics: the server could not find the requested resource"


@dataclass(frozen=True, slots=True)
class _Proposal:
    """How many replicas there shall be, why, and what was measured for it."""

    replicas: int
    reason: str = ""
    measured: tuple[Mapping[str, Any], ...] = ()
    trouble: tuple[str, str] = ("", "")


@dataclass(slots=True)
class AutoscalerController:
    """Looks at each HorizontalPodAutoscaler every 15 s. `loads` is the work that hands have set, `blind`: nothing is measured."""

    store: ObjectStore
    occurrences: Occurrences
    requests: WriteRequests
    apps: Apps
    loads: dict[str, float] = field(default_factory=dict[str, float])
    blind: bool = False
    _wishes: dict[str, list[tuple[float, int]]] = field(default_factory=dict[str, list[tuple[float, int]]])

    def sync(self, namespace: str, name: str) -> None:
        """Scale once, where it is due, write the status, and look again later."""
        scaler = self.store.get("HorizontalPodAutoscaler", namespace, name)
        if scaler is None or "deletionTimestamp" in scaler["metadata"]:
            return
        self.store.agenda.soon(EACH, "autoscaler.sync", namespace, name)
        target = self.store.get("Deployment", namespace, scaler["spec"]["scaleTargetRef"]["name"])
        if target is None:
            text = f'deployments.apps "{scaler["spec"]["scaleTargetRef"]["name"]}" not found'
            said = f"the HPA controller was unable to get the target's current scale: {text}"
            self._write(scaler, {}, [("AbleToScale", False, "FailedGetScale", said)])
            return
        self._scale(scaler, target, int(target["spec"]["replicas"]))

    def _scale(self, scaler: Object, target: Object, current: int) -> None:
        least, most = int(scaler["spec"].get("minReplicas", 1)), int(scaler["spec"]["maxReplicas"])
        able = ("AbleToScale", True, "SucceededGetScale", "the HPA controller was able to get the target's current scale")
        if current == 0:
            said = "scaling is disabled since the replica count of the target is zero"
            self._write(scaler, _counts(0, 0), [able, ("ScalingActive", False, "ScalingDisabled", said)])
            return
        proposal = self._proposal(scaler, target, current)
        if proposal.trouble[0]:
            self._write(scaler, _counts(current, current), [able, ("ScalingActive", False, *proposal.trouble)])
            return
        wanted, able, limited = self._normal(scaler, current, proposal, (least, most))
        conditions = [able, ("ScalingActive", True, "ValidMetricFound", "the HPA was able to calculate a replica count"), limited]
        status: dict[str, Any] = {**_counts(current, wanted), "currentMetrics": list(proposal.measured)}
        if wanted != current:
            ref = ObjectRef("Deployment", target["metadata"]["namespace"], target["metadata"]["name"])
            self.requests.edit(ref, {"spec": {"replicas": wanted}}, MANAGER)
            said = f"the HPA controller was able to update the target scale to {wanted}"
            conditions[0] = ("AbleToScale", True, "SucceededRescale", said)
            text = f"New size: {wanted}; reason: {proposal.reason}"
            self.occurrences.tell(scaler, "SuccessfulRescale", text, source=_SOURCE)
            status["lastScaleTime"] = self.store.agenda.stamp
        self._write(scaler, status, conditions)

    def _proposal(self, scaler: Object, target: Object, current: int) -> _Proposal:
        least, most = int(scaler["spec"].get("minReplicas", 1)), int(scaler["spec"]["maxReplicas"])
        if current > most:
            return _Proposal(most, "Current number of replicas above Spec.MaxReplicas")
        if current < least:
            return _Proposal(least, "Current number of replicas below Spec.MinReplicas")
        ready = int(tree(target.get("status")).get("readyReplicas", 0))
        metrics: list[Mapping[str, Any]] = scaler["spec"].get("metrics") or []
        if self.blind or not ready:
            why = _GONE if self.blind else "did not receive metrics for targeted pods (pods might be unready)"
            reason = "FailedGetExternalMetric" if metrics and metrics[0]["type"] == "External" else "FailedGetResourceMetric"
            return _Proposal(current, trouble=(reason, f"the HPA was unable to compute the replica count: {why}"))
        measured = tuple(_measured(metric, self._work(target) / ready) for metric in metrics)
        asked = [(_asked(metric, now, current), metric) for metric, now in zip(metrics, measured, strict=True)]
        replicas, hungriest = max(asked, key=lambda one: one[0], default=(current, tree(None)))
        reason = f"{_named(hungriest)} above target" if replicas > current else "All metrics below target"
        return _Proposal(replicas, reason, measured)

    def _work(self, target: Object) -> float:
        metadata = target["metadata"]
        image = str(target["spec"]["template"]["spec"]["containers"][0].get("image", ""))
        return self.loads.get(f"{metadata['namespace']}/{metadata['name']}", self.apps.of(image).work)

    def _normal(
        self, scaler: Object, current: int, proposal: _Proposal, bounds: tuple[int, int]
    ) -> tuple[int, tuple[str, bool, str, str], tuple[str, bool, str, str]]:
        """Hold a proposal against the last five minutes and the bounds."""
        now, uid = self.store.agenda.elapsed, scaler["metadata"]["uid"]
        wishes = self._wishes.setdefault(uid, [(now, current)])
        wishes[:] = [*(one for one in wishes if now - one[0] <= _STABLE), (now, proposal.replicas)]
        stable = max(wish for _, wish in wishes)
        held = stable != proposal.replicas and not current > bounds[1]
        wanted = stable if held else proposal.replicas
        said = "recent recommendations were higher than current one, applying the highest recent recommendation"
        fits = "recommended size matches current size"
        able = ("AbleToScale", True, *(("ScaleDownStabilized", said) if held else ("ReadyForNewScale", fits)))
        least, most = bounds[0], min(bounds[1], max(2 * current, 4))
        if wanted > most:
            many = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
            return most, able, ("ScalingLimited", True, *many)
        if wanted < least:
            few = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
            return least, able, ("ScalingLimited", True, *few)
        within = ("DesiredWithinRange", "the desired count is within the acceptable range")
        return wanted, able, ("ScalingLimited", False, *within)

    def _write(self, scaler: Object, status: Mapping[str, Any], conditions: list[tuple[str, bool, str, str]]) -> None:
        before = tree(scaler.get("status"))
        since = {one["type"]: one for one in before.get("conditions") or ()}
        told = [_condition(one, since.get(one[0], {}), self.store.agenda.stamp) for one in conditions]
        kept = {name: before[name] for name in ("lastScaleTime", "currentReplicas", "desiredReplicas") if name in before}
        after = {**kept, **status, "conditions": told}
        if after != before:
            self.store.write({**scaler, "status": after})

    def forget(self, uid: str) -> None:
        """Let go of what was wished for an autoscaler that is no more."""
        self._wishes.pop(uid, None)

    def dump(self) -> dict[str, Any]:
        """Give what is remembered beside the objects."""
        return {"wishes": {uid: list(wishes) for uid, wishes in self._wishes.items()}, "loads": dict(self.loads)}

    def load(self, kept: Mapping[str, Any]) -> None:
        """Go on where it stopped."""
        self._wishes = {uid: [(at, wish) for at, wish in wishes] for uid, wishes in kept.get("wishes", {}).items()}
        self.loads = dict(kept.get("loads", {}))


def _counts(current: int, desired: int) -> dict[str, Any]:
    return {"currentReplicas": current, "desiredReplicas": desired}


def _condition(wanted: tuple[str, bool, str, str], before: Mapping[str, Any], now: str) -> dict[str, Any]:
    kind, holds, reason, message = wanted
    status = "True" if holds else "False"
    since = before["lastTransitionTime"] if before.get("status") == status else now
    return {"type": kind, "status": status, "lastTransitionTime": since, "reason": reason, "message": message}


def _measured(metric: Mapping[str, Any], work: float) -> dict[str, Any]:
    """Give a metric's status: work in percent of a request; a request takes a millisecond for each percent."""
    kind = _KINDS[metric["type"]]
    named = {name: metric[kind][name] for name in ("name", "container", "metric") if name in metric[kind]}
    share = {"averageUtilization": round(work), "averageValue": "0"}
    current = {"value": f"{max(1, round(work))}m"} if kind == "external" else share
    return {"type": metric["type"], kind: {**named, "current": current}}


def _asked(metric: Mapping[str, Any], measured: Mapping[str, Any], current: int) -> int:
    kind = _KINDS[metric["type"]]
    now, target = measured[kind]["current"], metric[kind]["target"]
    value = "averageUtilization" if "averageUtilization" in target else "value"
    ratio = float(amount(now[value]) / amount(target[value]))
    return current if abs(ratio - 1) <= _TOLERANCE else math.ceil(current * ratio)


def _named(metric: Mapping[str, Any]) -> str:
    kind = _KINDS[metric["type"]]
    if kind == "external":
        return f"external metric {metric[kind]['metric']['name']}(&LabelSelector{{}})"
    container = "container " if kind == "containerResource" else ""
    return f"{metric[kind]['name']} {container}resource utilization (percentage of request)"
