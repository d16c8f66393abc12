"""Scaling: how many replicas an autoscaler has made of a deployment, by which figures, in its own words, and what hinders it.

While a deployment is autoscaled its number of replicas is not ours: it was handed over (`domain.actions.HandOver`), and what
becomes of it is told here. Values that merely wobble are no facts; they stand beside each scaling.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.changed import changed

REQUEST_DURATION = "deadreckon-request-duration"
"""The external metric by which `requestDuration` scales: seconds for a request, the endpoint's average over five minutes."""

COUNT = "spec.replicas"
"""The path of a Deployment's number of replicas."""

AT_CEILING = "TooManyReplicas"
"""The autoscaler's word for: it would make more, and may not."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric as the autoscaler had it: percent of what is requested, or seconds. `value` is None while it has none."""

    name: str
    value: float | None
    target: float | None


@dataclass(frozen=True, slots=True)
class Scaled:
    """The autoscaler changed the number of replicas.

    `reason` is its own words, empty when they were not seen. `metric` is the one that decided, with its `value` and `target`;
    empty where a limit did (floor or ceiling). `measured` has all metrics as they stood then. Where `before` equals `after`,
    scalings were missed that came to nothing together.
    """

    uid: str
    before: int
    after: int
    reason: str
    metric: str
    value: float | None
    target: float | None
    measured: tuple[Measured, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ScaledByHand:
    """Someone else than the autoscaler changed the number that is the autoscaler's; it goes on from there."""

    uid: str
    before: int
    after: int
    manager: str
    at: datetime | None = None
    """When, as managedFields say; the scale subresource leaves none, and older facts have none."""


@dataclass(frozen=True, slots=True)
class ScalingTroubled:
    """The autoscaler cannot do its work, or has come to its ceiling (`TooManyReplicas`); reason and message are its own."""

    uid: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class ScalingTroubleEnded:
    """What hindered the autoscaler is over."""

    uid: str
    reason: str


ScalingFact = Scaled | ScaledByHand | ScalingTroubled | ScalingTroubleEnded


@dataclass(frozen=True, slots=True)
class Scaling:
    """What is known of a deployment's scaling. `count` is the last number of replicas that ran, 0 before the first."""

    count: int = 0
    last: Scaled | None = None
    trouble: ScalingTroubled | None = None
    spells: int = 0
    """How often a trouble has begun."""
    troubled_at: datetime | None = None
    """When the newest one was told."""


def evolve(scaling: Scaling, fact: ScalingFact, at: datetime) -> Scaling:
    """Take a recorded fact in."""
    match fact:
        case Scaled():
            return changed(scaling, count=fact.after, last=fact)
        case ScaledByHand():
            return changed(scaling, count=fact.after)
        case ScalingTroubled():
            return changed(scaling, trouble=fact, spells=scaling.spells + 1, troubled_at=at)
        case ScalingTroubleEnded():
            return changed(scaling, trouble=None)
