"""What an autoscaler's status says that was not told: a scaling with its figures, a trouble; and hands that were at its number.

A scaling is told once, when the autoscaler's status shows it: its time is newer than that of the last one told. The words for it
stand in a core Event alone, which is watched apart and may come before or after. So each waits a little for the other, and
the recorder lays the words beside the status (`with_words`). Without them, after some seconds, the status speaks for itself.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.deployment import Deployment
from domain.field_managers import FieldOwners
from domain.objects import Kind
from domain.observations import AutoscalerSeen, EventSeen, ObjectSeen, Observation, WatchEvent
from domain.repeats import gist, last_words
from domain.scaling import (
    AT_CEILING,
    COUNT,
    Measured,
    Scaled,
    ScaledByHand,
    Scaling,
    ScalingTroubled,
    ScalingTroubleEnded,
)

RESCALED = "SuccessfulRescale"
_CLOSE = timedelta(seconds=3)
"""The Event and the status are written one after the other, and give their times in whole seconds."""
_EACH_SPELL = 10
"""So many troubles are told as they come; later ones"""
_SELDOM = timedelta(minutes=10)
"""at most so often."""
_SAID = re.compile(r"New size: (\d{1,9}); reason: (.*)", re.DOTALL)
_NAMED = re.compile(r"(cpu|memory) |external metric deadreckon-(request-duration)")
_AUTOSCALERS = frozenset({"kube-controller-manager", "k3s", "k0s", "rke2", "kubelite"})
"""The field managers under which Kubernetes' own autoscaler writes."""


def scaling_news(
    scaling: Scaling, seen: AutoscalerSeen, at: datetime
) -> Iterator[Scaled | ScalingTroubled | ScalingTroubleEnded]:
    """Tell what is new in an autoscaler's status."""
    if untold(scaling, seen) and seen.scaled_at is not None:
        before = seen.current if seen.current != seen.desired else scaling.count or seen.current
        metric = _deciding(seen, up=seen.desired > before)
        yield Scaled(
            seen.uid,
            before,
            seen.desired,
            last_words(seen.reason),
            metric.name if metric else "",
            metric.value if metric else None,
            metric.target if metric else None,
            seen.measured,
            seen.scaled_at,
        )
    yield from _trouble(scaling, seen, at)


def untold(scaling: Scaling, seen: AutoscalerSeen) -> bool:
    """Tell whether a status shows a scaling that is not on record."""
    if seen.scaled_at is None:
        return False
    return scaling.last is None or scaling.last.uid != seen.uid or scaling.last.at < seen.scaled_at


def unexplained(scaling: Scaling, seen: Observation) -> bool:
    """Tell whether an observation is one half of a scaling whose other half has not come: worth another look a little later."""
    if isinstance(seen, AutoscalerSeen):
        return untold(scaling, seen) and not seen.reason
    if isinstance(seen, EventSeen) and _size(seen) is not None:
        told = scaling.last
        late = told is not None and told.uid == seen.about_uid and seen.last_at is not None and told.at >= seen.last_at - _CLOSE
        return not late
    return False


def with_words(watch_events: Sequence[WatchEvent]) -> list[WatchEvent]:
    """Lay beside each scaling that a status shows the words of the Event about it, where both are among the watch events."""
    told = [
        one
        for watch_event in watch_events
        for one in watch_event.observations
        if isinstance(one, EventSeen) and one.reason == RESCALED
    ]
    if not told:
        return list(watch_events)
    return [
        replace(watch_event, observations=tuple(_explained(one, told) for one in watch_event.observations))
        for watch_event in watch_events
    ]


def _explained(seen: Observation, told: Sequence[EventSeen]) -> Observation:
    if not isinstance(seen, AutoscalerSeen) or seen.scaled_at is None or seen.reason:
        return seen
    for event in told:
        close = event.last_at is not None and abs(event.last_at - seen.scaled_at) <= _CLOSE
        if close and event.about_uid == seen.uid and _size(event) == seen.desired:
            said = _SAID.search(event.message)
            return replace(seen, reason=said[2] if said else event.message)
    return seen


def _size(event: EventSeen) -> int | None:
    if event.about.kind != Kind.AUTOSCALER.value or event.reason != RESCALED:
        return None
    said = _SAID.search(event.message)
    return int(said[1]) if said else None


def _deciding(seen: AutoscalerSeen, *, up: bool) -> Measured | None:
    """Find the metric that decided: the one that the words name, else the one farthest over its target. A limit has none."""
    named = _NAMED.match(seen.reason)
    if named:
        name = named[1] or "requestDuration"
        return next((measured for measured in seen.measured if measured.name == name), Measured(name, None, None))
    if seen.reason and "below target" not in seen.reason:
        return None
    hungriest = max(seen.measured, key=_hunger, default=None)
    if hungriest is None or (up and _hunger(hungriest) <= 1):
        return None
    return hungriest


def _hunger(measured: Measured) -> float:
    return measured.value / measured.target if measured.value is not None and measured.target else -1.0


def _trouble(scaling: Scaling, seen: AutoscalerSeen, at: datetime) -> Iterator[ScalingTroubled | ScalingTroubleEnded]:
    known = scaling.trouble if scaling.trouble and scaling.trouble.uid == seen.uid else None
    now = _hindrance(seen)
    if now is None:
        if known is not None:
            yield ScalingTroubleEnded(seen.uid, known.reason)
        return
    same = known is not None and known.reason == now.reason and gist(known.message) == gist(now.message)
    often = scaling.spells >= _EACH_SPELL and scaling.troubled_at is not None and at - scaling.troubled_at < _SELDOM
    if not same and not often:
        yield now


def _hindrance(seen: AutoscalerSeen) -> ScalingTroubled | None:
    """Give what hinders the autoscaler most: that it cannot scale, that it has no figures, or that it has come to its ceiling."""
    for kind, bad in (("AbleToScale", False), ("ScalingActive", False), ("ScalingLimited", True)):
        for condition in seen.conditions:
            limited = kind != "ScalingLimited" or condition.reason == AT_CEILING
            if condition.type == kind and condition.holds is bad and limited:
                # The ceiling says the same each time, with other figures.
                return ScalingTroubled(seen.uid, condition.reason, last_words(condition.message))
    return None


def hands_at_count(deployment: Deployment, seen: ObjectSeen) -> ScaledByHand | None:
    """Tell that someone else changed the number that is the autoscaler's; to none at all is drift, and told as such."""
    known, count, before = deployment.objects.get(seen.ref), seen.fields.get(COUNT), deployment.scaling.count
    if known is None or known.uid != seen.uid or not known.handed or not isinstance(count, int) or not count or not before:
        return None
    owners = FieldOwners(seen.managers)
    hand = owners.hand(COUNT)
    if count == before or not owners.of(COUNT) or hand.name in _AUTOSCALERS:
        return None
    return ScaledByHand(seen.uid, before, count, hand.name, hand.at)
