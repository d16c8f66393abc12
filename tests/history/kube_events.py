"""The same kinds, told by `kubectl get events`: at once, and once the Events are gone (their TTL is an hour).

At once: one Event, last seen after it began, whose text has all the words that the kind states. Afterwards: what the objects
still show, which is what the kind states as values, in their fields and in managedFields; who and when are not asked for.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.history.scene import Scene
from tests.history.truth import Truth
from tests.lab.cluster import KubectlFailed

KINDS = "deployments,services,networkpolicies,poddisruptionbudgets,horizontalpodautoscalers,pods,secrets,persistentvolumeclaims"


def read(scene: Scene) -> list[dict[str, Any]]:
    """Give the Events of the project's namespace and those about nodes, as they are now."""
    found: list[dict[str, Any]] = []
    for space in (scene.namespace, "default"):
        try:
            found += json.loads(scene.lab.kubectl("-n", space, "get", "events", "-o", "json", user="admin"))["items"]
        except KubectlFailed:
            continue
    return found


def tells(truth: Truth, events: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether an Event tells it."""
    after = truth.began - timedelta(seconds=truth.slack)
    return bool(truth.event) and any(
        _last(event) >= after and all(word.lower() in _text(event) for word in truth.event) for event in events
    )


def _text(event: Mapping[str, Any]) -> str:
    about = event["involvedObject"]
    return f"{about['kind']} {about['name']} {event.get('reason')} {event.get('message')}".lower()


def _last(event: Mapping[str, Any]) -> datetime:
    series: Mapping[str, Any] = event.get("series") or {}
    at: str | None = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return datetime.fromisoformat(at or event["metadata"]["creationTimestamp"])


def objects(scene: Scene) -> str:
    """Give all that the objects of the project's namespace show now, before the kind is taken back."""
    try:
        return scene.lab.kubectl("-n", scene.namespace, "get", KINDS, "-o", "json", "--show-managed-fields", user="admin")
    except KubectlFailed:
        return ""


def left(truth: Truth, shown: str) -> bool:
    """Tell whether what happened can still be read from the objects."""
    wanted = (*truth.values, *((truth.manager,) if truth.manager else ()))
    return bool(wanted) and all(word in shown for word in wanted)
