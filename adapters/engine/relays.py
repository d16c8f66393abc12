"""Relays as an engine sees them: where in a version's rendering one listens, and what its figures say."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from adapters.observations.tolerant import WHOLE
from reconciler.relay import MEASURES, RELAY
from reconciler.request_duration import RelayReading

_DURATION = "caddy_http_request_duration_seconds"
_BEGAN = "process_start_time_seconds"
_LINES = 5000
_LONGEST = 4096
_AHEAD = timedelta(days=1)
"""So far a node's clock may be ahead of ours."""
_LIVE = "101"
"""A connection that became a WebSocket lasts as long as people stay: its seconds say nothing of a request."""


def measuring_port(manifest: bytes) -> int:
    """Give the port where the relay of a Deployment's rendering tells its figures; 0 when it has none."""
    content: Any = json.loads(manifest)
    for container in content["spec"]["template"]["spec"]["containers"]:
        if container["name"] == RELAY:
            return next(int(port["containerPort"]) for port in container["ports"] if port["name"] == MEASURES)
    return 0


class Odd(ValueError):
    """A replica's answer that no relay of ours gives."""


def reading(text: str, replica: str, at: datetime) -> RelayReading | None:
    """Read a relay's figures: the requests that came to its application, whatever was answered. None: it does not say.

    Raises Odd: what it says cannot be, and is not counted.
    """
    began, requests, seconds = 0.0, 0.0, 0.0
    for sample in _samples(_wanted(text)):
        if not 0 <= sample.value <= WHOLE:
            raise Odd(f"{sample.name} is {str(sample.value)[:40]}")
        if sample.name == _BEGAN:
            began = sample.value
        elif _counts(sample.labels) and sample.name == f"{_DURATION}_count":
            requests += sample.value
        elif _counts(sample.labels):
            seconds += sample.value
    if max(requests, seconds) > WHOLE:
        raise Odd(f"{requests:g} requests in {seconds:g} seconds")
    if not began:
        return None
    if began > (at + _AHEAD).timestamp():
        raise Odd(f"{_BEGAN} is {began:g}, which is yet to come")
    return RelayReading(replica, datetime.fromtimestamp(began, UTC), int(requests), seconds, at)


def _wanted(text: str) -> list[str]:
    # Of some hundred lines these few are asked for; the reader is slow.
    lines = [line for line in text.splitlines() if line.startswith((f"{_DURATION}_sum", f"{_DURATION}_count", _BEGAN))]
    if len(lines) > _LINES:
        raise Odd(f"{len(lines)} lines of figures, where a relay has {_LINES} at most")
    if any(len(line) > _LONGEST for line in lines):
        raise Odd(f"a line of more than {_LONGEST} characters")
    return lines


def _samples(lines: Sequence[str]) -> list[Sample]:
    try:
        families = text_string_to_metric_families("\n".join((*lines, "")))
        return [sample for family in families for sample in family.samples]
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise Odd(f"no figures in Prometheus' form: {str(error)[:200]}") from error


def _counts(labels: dict[str, str]) -> bool:
    """Tell whether these are requests that reached the application; a wrong password does not."""
    return labels.get("server") == RELAY and labels.get("handler") == "reverse_proxy" and labels.get("code") != _LIVE
