"""Relays as an engine sees them: where in a version's rendering one listens, and what its figures say."""

import json
from datetime import UTC, datetime
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from reconciler.relay import MEASURES, RELAY
from reconciler.request_duration import Reading

_DURATION = "caddy_http_request_duration_seconds"
_BEGAN = "process_start_time_seconds"
_LIVE = "101"
"""A connection that became a WebSocket lasts as long as people stay: its seconds say nothing of a request."""


def measuring_port(manifest: bytes) -> int:
    """Give the port where the relay of a Deployment's rendering tells its figures; 0 when it has none."""
    content: Any = json.loads(manifest)
    for container in content["spec"]["template"]["spec"]["containers"]:
        if container["name"] == RELAY:
            return next(int(port["containerPort"]) for port in container["ports"] if port["name"] == MEASURES)
    return 0


def reading(text: str, replica: str, at: datetime) -> Reading | None:
    """Read a relay's figures: the requests that came to its application, whatever was answered. None: it does not say."""
    # Of some hundred lines these few are asked for; the reader is slow.
    wanted = "\n".join(line for line in text.splitlines() if line.startswith((f"{_DURATION}_sum", f"{_DURATION}_count", _BEGAN)))
    began, requests, seconds = 0.0, 0.0, 0.0
    for family in text_string_to_metric_families(f"{wanted}\n"):
        for sample in family.samples:
            if sample.name == _BEGAN:
                began = sample.value
            elif _counts(sample.labels) and sample.name == f"{_DURATION}_count":
                requests += sample.value
            elif _counts(sample.labels):
                seconds += sample.value
    if not began:
        return None
    return Reading(replica, datetime.fromtimestamp(began, UTC), int(requests), seconds, at)


def _counts(labels: dict[str, str]) -> bool:
    """Tell whether these are requests that reached the application; a wrong password does not."""
    return labels.get("server") == RELAY and labels.get("handler") == "reverse_proxy" and labels.get("code") != _LIVE
