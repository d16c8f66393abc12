"""That an image is being pulled, and how long that took, as the kubelet's Events say.

Told at once, so that a pull that does not end is on record too; again when it is done, if it was slow. Once each for a pod:
whoever writes Events by the thousand fills no ledger with them.
"""

import re

from domain.observations import EventSeen
from domain.pod_facts import ImagePulling
from domain.repeats import last_words
from domain.replica import Replica

SLOW = 10.0
"""Seconds from which on a pull is worth a word when it is done."""
BEGUN, DONE = "pulling", "pulled"
"""Stand in the place of an Event's uid: one fact of each for a pod."""
_TOOK = re.compile(r"^Successfully pulled image .{1,1000} in ([0-9.hmsuµn]{1,40}) \(")
_PARTS = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,12})?)(h|ms|m|s|us|µs|ns)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def pulling(replica: Replica, seen: EventSeen) -> ImagePulling | None:
    """Tell of a pull for a pod whose container has not run yet, and of a slow one that is done."""
    if seen.reason == "Pulling":
        begun = bool(replica.container_id) or BEGUN in replica.counts
        return None if begun else ImagePulling(last_words(seen.message), seen.last_at, None, BEGUN)
    took = seconds_of(seen.message)
    if took is None or took < SLOW or DONE in replica.counts:
        return None
    return ImagePulling(last_words(seen.message), seen.last_at, took, DONE)


def seconds_of(message: str) -> float | None:
    """Read how long a pull took, in seconds, waiting left out; None where the message does not say so."""
    found = _TOOK.match(message)
    parts = _PARTS.findall(found[1]) if found else []
    return sum(float(number) * _SECONDS[unit] for number, unit in parts) if parts else None
