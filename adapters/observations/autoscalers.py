"""A HorizontalPodAutoscaler's JSON as an observation: what it counts, what it measures, what hinders it."""

from itertools import islice

from adapters.observations.objects import label, ref, resource_version, uid
from adapters.observations.quantities import amount
from adapters.observations.tolerant import Tree, at, branch, branches, number, text, time
from domain.objects import Kind
from domain.observations import AutoscalerSeen, Condition
from domain.scaling import REQUEST_DURATION, Measured

_METRICS = 20
"""Of an autoscaler's metrics; a spec of ours names three at most."""
_KINDS = {"Resource": "resource", "ContainerResource": "containerResource", "External": "external"}


def autoscaler_seen(obj: Tree) -> AutoscalerSeen:
    """Read an autoscaler's status, and the targets that its spec names."""
    return AutoscalerSeen(
        ref=ref(Kind.AUTOSCALER.value, obj),
        uid=uid(obj),
        resource_version=resource_version(obj),
        deployment=label(obj, "deployment"),
        current=number(obj, "status", "currentReplicas"),
        desired=number(obj, "status", "desiredReplicas"),
        scaled_at=time(obj, "status", "lastScaleTime"),
        measured=_measured(obj),
        conditions=tuple(
            Condition(text(one, "type"), text(one, "status") == "True", text(one, "reason"), text(one, "message"))
            for one in branches(obj, "status", "conditions")
        ),
    )


def _measured(obj: Tree) -> tuple[Measured, ...]:
    values = {_name(metric): _figure(metric, "current") for metric in branches(obj, "status", "currentMetrics")}
    targets = ((_name(metric), _figure(metric, "target")) for metric in branches(obj, "spec", "metrics"))
    return tuple(Measured(name, values.get(name), target) for name, target in islice(targets, _METRICS) if name)


def _name(metric: Tree) -> str:
    kind = text(metric, "type")
    name = text(metric, "external", "metric", "name") if kind == "External" else text(metric, _KINDS.get(kind, ""), "name")
    return "requestDuration" if name == REQUEST_DURATION else name


def _figure(metric: Tree, side: str) -> float | None:
    figure = branch(metric, _KINDS.get(text(metric, "type"), ""), side)
    if isinstance(at(figure, "averageUtilization"), int):
        return float(number(figure, "averageUtilization"))
    value = at(figure, "value")
    return float(amount(value)) if isinstance(value, str | int | float) else None
