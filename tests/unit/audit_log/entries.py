"""Entries of an audit log, as an API server writes them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.unit.one_deployment import KEY, NOON

_RESOURCES = {
    "pods": "",
    "services": "",
    "secrets": "",
    "nodes": "",
    "namespaces": "",
    "deployments": "apps",
    "replicasets": "apps",
    "poddisruptionbudgets": "policy",
    "configmaps": "",
}


def entry(
    number: int = 1,
    verb: object = "delete",
    resource: str = "services",
    name: str = KEY.object_name,
    **more: Any,  # noqa: ANN401 (whatever an entry may hold)
) -> dict[str, Any]:
    """Give an entry: one request, so many seconds after noon, by alice with kubectl unless said otherwise."""
    at = (more.pop("at", None) or NOON + timedelta(seconds=number)).astimezone(UTC)
    about = {
        "resource": resource,
        "apiGroup": _RESOURCES[resource],
        "namespace": more.pop("namespace", KEY.namespace),
        "name": name,
        "subresource": more.pop("subresource", ""),
    }
    whole: dict[str, Any] = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": more.pop("audit", f"audit-{number}"),
        "stage": "ResponseComplete",
        "requestURI": f"/api/v1/namespaces/x/{resource}/{name}{more.pop('query', '')}",
        "verb": verb,
        "user": {"username": more.pop("user", "alice")},
        "userAgent": "kubectl/v1.33.1 (linux/amd64)",
        "objectRef": {key: value for key, value in about.items() if value},
        "responseStatus": {"metadata": {}, "code": more.pop("code", 200)},
        "requestReceivedTimestamp": _stamp(at),
        "stageTimestamp": _stamp(at + timedelta(milliseconds=20)),
    }
    return {**whole, **more}


def line(number: int = 1, **more: Any) -> bytes:  # noqa: ANN401 (as above)
    """Give an entry as a line of a file."""
    return json.dumps(entry(number, **more)).encode() + b"\n"


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
