"""Scaling: the bounds of a deployment, how many replicas its autoscaler has made and by which figures, and what hinders it."""

from dataclasses import dataclass

from domain.deployment import Deployment
from domain.objects import Kind
from domain.scaling import AT_CEILING, Scaled, ScalingTroubled
from domain.spec import Spec
from projections.sentences.scalings import figure, scaled
from projections.spec_parts import target
from projections.wording import one_line


@dataclass(frozen=True, slots=True)
class ScalingPicture:
    """How an autoscaled deployment scales. `by` has each metric with its value at the last scaling, or its target alone."""

    floor: int
    ceiling: int
    count: int
    """How many replicas the autoscaler wants, as last seen."""
    by: tuple[str, ...]
    last: Scaled | None
    trouble: str

    @property
    def words(self) -> str:
        """Say it in a few words: the bounds, and each metric (`cpu 63 % of 50 %`)."""
        bounds = f"autoscaled {self.floor}\N{EN DASH}{self.ceiling}" if self.floor < self.ceiling else f"autoscaled {self.floor}"
        return "; ".join((bounds, *self.by))

    @property
    def scaled(self) -> str:
        """Say the last scaling; empty before the first."""
        return scaled(self.last) if self.last else ""


def scaling(deployment: Deployment, spec: Spec | None) -> ScalingPicture | None:
    """Give the picture of the wanted version's scaling; None where nothing is autoscaled."""
    version = deployment.wanted
    if version is None or not version.order.ceiling:
        return None
    state, order = deployment.scaling, version.order
    object_ = next((known for ref, known in deployment.objects.items() if ref.kind == Kind.AUTOSCALER.value), None)
    trouble = state.trouble if state.trouble and object_ and state.trouble.uid == object_.uid else None
    return ScalingPicture(order.replicas, order.ceiling, running(deployment), _by(deployment, spec), state.last, _said(trouble))


def running(deployment: Deployment) -> int:
    """Give the number of replicas that shall run now: of what is autoscaled, as many as its autoscaler wants."""
    version = deployment.wanted
    if version is None:
        return 0
    order, workload = version.order, deployment.workload
    if not order.ceiling or workload is None or not workload.handed:
        return order.replicas
    return min(max(deployment.scaling.count, order.replicas), order.ceiling)


def staying(deployment: Deployment, before: Spec, after: Spec) -> int:
    """Give the number of replicas that stay when autoscaling is switched off, and kept written; 0 where `replicas` says it.

    Who switches it off under load must not lose what it had made. Another `replicas` than before is an order of its own.
    """
    was, now = before.resources, after.resources
    if now.autoscaling is None or after.autoscaled or was.autoscaling is None or was.replicas != now.replicas:
        return 0
    return running(deployment) or deployment.scaling.count


def _by(deployment: Deployment, spec: Spec | None) -> tuple[str, ...]:
    asked = spec.autoscaled.metrics if spec and spec.autoscaled else ()
    last = deployment.scaling.last
    values = {measured.name: measured for measured in last.measured if measured.value is not None} if last else {}
    # A target that has changed since makes the old figure misleading.
    return tuple(
        figure(values[metric.name])
        if metric.name in values and values[metric.name].target == metric.value
        else f"{metric.name} at {target(metric)}"
        for metric in asked
    )


def _said(trouble: ScalingTroubled | None) -> str:
    if trouble is None:
        return ""
    if trouble.reason == AT_CEILING:
        return "it is at its ceiling: the autoscaler would make more replicas"
    cure = "; is metrics-server there?" if "could not find the requested resource" in trouble.message else ""
    return one_line(f"the autoscaler cannot do its work: {trouble.reason}: {trouble.message}") + cure
