"""What is answered about requests' durations: only what stands in the ledger, in the words of the API's group."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from domain.deployment import Deployment
from domain.measuring import DurationMeasured
from domain.names import LABEL
from domain.scaling import REQUEST_DURATION
from reconciler.metrics_api import GROUP, VERSION

_ROOT = f"/apis/{GROUP}/{VERSION}"
_ASKED = re.compile(rf"{re.escape(_ROOT)}/namespaces/([^/]+)/([^/]+)")

Fleet = Callable[[], Mapping[str, Deployment]]
"""Gives all deployments as they are folded now, by the name of their objects."""
Led = Callable[[], bool]
"""Tells whether an engine leads: while none does, nobody measures, and what stands in the ledger grows old."""


@dataclass(frozen=True, slots=True)
class MetricsAnswer:
    """An HTTP status and the JSON object that goes with it."""

    status: int
    content: Mapping[str, Any]


def answer(target: str, fleet: Fleet, led: Led) -> MetricsAnswer:
    """Answer a GET of the API server."""
    asked = urlsplit(target)
    path = asked.path.rstrip("/")
    if path == _ROOT:
        return MetricsAnswer(200, _DISCOVERY)
    if path == f"/apis/{GROUP}":
        return MetricsAnswer(200, _GROUP)
    if path in _SCHEMAS:
        return MetricsAnswer(200, _SCHEMAS[path])
    found = _ASKED.fullmatch(path)
    if found is None:
        return _refused(404, "NotFound", f"there is nothing at {asked.path}")
    namespace, metric = (unquote(part) for part in found.groups())
    if metric != REQUEST_DURATION:
        return _refused(404, "NotFound", f"there is no metric {metric!r} here, only {REQUEST_DURATION}")
    selected = _labels(parse_qs(asked.query).get("labelSelector", [""])[0])
    return _value(namespace, selected, fleet, led)


def _value(namespace: str, selected: Mapping[str, str], fleet: Fleet, led: Led) -> MetricsAnswer:
    name = selected.get(f"{LABEL}/deployment", "")
    deployment = fleet().get(name)
    version = deployment.wanted if deployment else None
    if deployment is None or version is None or deployment.names.namespace != namespace or not version.timed:
        return _refused(404, "NotFound", f"no deployment {name!r} in {namespace} has its requests timed")
    if selected.get(f"{LABEL}/incarnation", "") != str(version.order.incarnation):
        return _refused(404, "NotFound", f"deployment {name!r} was made anew since: there is no value for the one before")
    duration = deployment.duration
    if not isinstance(duration, DurationMeasured):
        return _refused(404, "NotFound", f"not known now: {duration.why if duration else 'not measured yet'}")
    if not led():
        return _refused(404, "NotFound", "no engine leads, so that nobody measures")
    item = {
        "metricName": REQUEST_DURATION,
        "metricLabels": dict(selected),
        "timestamp": duration.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "windowSeconds": round(duration.window),
        "value": quantity(duration.value),
    }
    return MetricsAnswer(
        200, {"kind": "ExternalMetricValueList", "apiVersion": f"{GROUP}/{VERSION}", "metadata": {}, "items": [item]}
    )


def quantity(seconds: float) -> str:
    """Write seconds as Kubernetes writes numbers: `152m` is 0.152."""
    micro = round(seconds * 1_000_000)
    return f"{micro // 1000}m" if micro % 1000 == 0 else f"{micro}u"


def _labels(selector: str) -> dict[str, str]:
    """Read a selector of equalities; others are not made by us, and select nothing."""
    pairs = (part.partition("=") for part in selector.split(",") if part)
    return {name.strip(): value.removeprefix("=").strip() for name, _, value in pairs}


def _refused(code: int, reason: str, message: str) -> MetricsAnswer:
    status: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return MetricsAnswer(code, {**status, "code": code, "reason": reason, "message": message})


_RESOURCE = {
    "name": REQUEST_DURATION,
    "singularName": "",
    "namespaced": True,
    "kind": "ExternalMetricValueList",
    "verbs": ["get"],
}
_DISCOVERY: Mapping[str, Any] = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": f"{GROUP}/{VERSION}",
    "resources": [_RESOURCE],
}
_THIS = {"groupVersion": f"{GROUP}/{VERSION}", "version": VERSION}
_SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    # Asked for again and again, and complained of in the API server's log, where there is none.
    "/openapi/v2": {"swagger": "2.0", "info": {"title": "deadreckon", "version": VERSION}, "paths": {}},
    "/openapi/v3": {"paths": {}},
}
_GROUP: Mapping[str, Any] = {
    "kind": "APIGroup",
    "apiVersion": "v1",
    "name": GROUP,
    "versions": [_THIS],
    "preferredVersion": _THIS,
}
