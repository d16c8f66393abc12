"""Why and since when a pod goes: its deletion's time and grace, and its condition `DisruptionTarget`."""

from datetime import timedelta

from adapters.observations.tolerant import Tree, at, branches, number, text, time
from domain.observations import Departure

_LONGEST_GRACE = 366 * 86_400
"""Seconds; a longer grace period is no real one, and says nothing of when the deletion was asked for."""


def departure(obj: Tree) -> Departure:
    """Read a pod's deletion. The API server writes the time when the grace period is over: the request came that much earlier."""
    until, grace = time(obj, "metadata", "deletionTimestamp"), _grace(obj)
    target = next((c for c in branches(obj, "status", "conditions") if text(c, "type") == "DisruptionTarget"), None)
    told = target if text(target, "status") == "True" else None
    return Departure(
        at=until - timedelta(seconds=grace) if until is not None and grace is not None else None,
        grace=grace,
        reason=text(told, "reason"),
        message=text(told, "message"),
    )


def _grace(obj: Tree) -> int | None:
    if at(obj, "metadata", "deletionGracePeriodSeconds") is None:
        return None
    grace = number(obj, "metadata", "deletionGracePeriodSeconds", default=-1)
    return grace if 0 <= grace <= _LONGEST_GRACE else None
