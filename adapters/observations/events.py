"""A core Event's JSON as an observation."""

import re

from adapters.observations.objects import resource_version, uid
from adapters.observations.tolerant import Tree, number, text, time
from domain.objects import ObjectRef
from domain.observations import EventSeen

_CONTAINER = re.compile(r"\{([^{}]*)\}")


def event_seen(obj: Tree) -> EventSeen:
    """Read an Event of either kind: those of core v1 and those that events.k8s.io writes with a series."""
    container = _CONTAINER.search(text(obj, "involvedObject", "fieldPath"))
    about = "involvedObject"
    return EventSeen(
        uid=uid(obj),
        resource_version=resource_version(obj),
        about=ObjectRef(text(obj, about, "kind"), text(obj, about, "namespace"), text(obj, about, "name")),
        about_uid=text(obj, about, "uid"),
        container=container.group(1) if container else "",
        type=text(obj, "type"),
        reason=text(obj, "reason"),
        message=text(obj, "message"),
        count=number(obj, "count") or number(obj, "series", "count") or 1,
        first_at=time(obj, "firstTimestamp") or time(obj, "eventTime"),
        last_at=time(obj, "lastTimestamp") or time(obj, "series", "lastObservedTime") or time(obj, "eventTime"),
        source=text(obj, "source", "component") or text(obj, "reportingComponent"),
    )
