"""The autoscaler of a version: a HorizontalPodAutoscaler that makes as many replicas as the hungriest metric asks for.

How fast it scales is left to Kubernetes' defaults: up at once, down when five minutes asked for fewer.
"""

from domain.objects import Json
from domain.scaling import REQUEST_DURATION
from domain.spec import Autoscaling, Metric
from reconciler.render_context import RenderContext

APPLICATION = "app"
"""The container whose figures count where a relay runs beside it."""


def autoscaler(context: RenderContext, scaling: Autoscaling) -> dict[str, Json]:
    """Give the HorizontalPodAutoscaler of a version that is autoscaled."""
    spec: Json = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": context.names.workload},
        "minReplicas": context.spec.replicas_wanted,
        "maxReplicas": context.spec.ceiling,
        "metrics": [_metric(context, metric) for metric in scaling.metrics],
    }
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": context.metadata(), "spec": spec}


def _metric(context: RenderContext, metric: Metric) -> Json:
    if metric.name == "requestDuration":
        selected: Json = {"name": REQUEST_DURATION, "selector": {"matchLabels": context.selector}}
        return {"type": "External", "external": {"metric": selected, "target": {"type": "Value", "value": seconds(metric.value)}}}
    target: Json = {"type": "Utilization", "averageUtilization": min(max(1, round(metric.value)), 2**31 - 1)}
    if context.spec.relayed:
        # The relay's own work must not be taken for the application's.
        return {
            "type": "ContainerResource",
            "containerResource": {"name": metric.name, "container": APPLICATION, "target": target},
        }
    return {"type": "Resource", "resource": {"name": metric.name, "target": target}}


def seconds(value: float) -> str:
    """Write seconds as a quantity in the form that the API server gives back: `150m`, `2`, `1500m`, `3k`."""
    count, suffixes = max(1, round(value * 1000)), ["m", "", "k", "M", "G", "T", "P", "E"]
    while count % 1000 == 0 and len(suffixes) > 1:
        count, suffixes = count // 1000, suffixes[1:]
    return f"{count}{suffixes[0]}"
