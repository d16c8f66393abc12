"""Apart: one object's trouble keeps back only what needs that object; the rest of a version is applied all the same.

The namespace is needed by all, and so is the metrics API where a version scales by it: somebody else's does not go away, the
version fails at once, and nothing of it may take the place of what serves. A workload, and a job that fills a claim, need their
secrets, claims and network policy: no replica starts without what it reads, or open to whom it is to be closed. Nothing is
removed while something that takes its place may not be there. And an object's own actions follow on each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from domain.actions import Action, Remove
from domain.deployment import Deployment
from domain.objects import Kind
from domain.troubles import Trouble
from reconciler.convergence import PlannedAction
from reconciler.policy import Policy

AWAY = "Unreachable"
"""The code of what was not sent, since the API server did not answer: trouble of all, and not of one object."""
_PASSING = frozenset({AWAY, "Unknown", "Contested", "Terminating"})
"""Troubles that end by themselves, and at any moment."""
_OF_ALL = frozenset({Kind.NAMESPACE.value, Kind.API_SERVICE.value})
_OF_REPLICAS = frozenset({Kind.SECRET.value, Kind.CLAIM.value, Kind.NETWORK_POLICY.value})
_NEEDED: Mapping[str, frozenset[str]] = {
    Kind.JOB.value: _OF_REPLICAS,
    # An autoscaler that is to go, goes before: it would go on changing the number that is ours again.
    Kind.DEPLOYMENT.value: _OF_REPLICAS | {Kind.JOB.value, Kind.AUTOSCALER.value},
}


def needs(later: Action, earlier: Action) -> bool:
    """Tell whether an action must not be done while one before it has not succeeded."""
    if earlier.ref == later.ref or earlier.ref.kind in _OF_ALL:
        return True
    if isinstance(later, Remove):
        return not isinstance(earlier, Remove)
    return earlier.ref.kind in _NEEDED.get(later.ref.kind, ())


def retry_at(trouble: Trouble, policy: Policy) -> datetime:
    """Say when what did not succeed is tried again."""
    wait = min(policy.retry_first * 2 ** min(trouble.times - 1, 20), policy.retry_longest)
    if trouble.times > policy.refused_often and trouble.code not in _PASSING:
        # Each try is some facts: a refusal that lasts for months must not fill the ledger. A new order is tried at once.
        wait = min(wait * 2 ** min(trouble.times - policy.refused_often, 20), policy.refused_longest)
    return trouble.at + timedelta(seconds=wait)


def after_troubles(
    steps: Sequence[PlannedAction], deployment: Deployment, policy: Policy, now: datetime
) -> Iterator[PlannedAction]:
    """Give the steps, those that rest after a trouble, and those that need them, not before their time."""
    resting: list[PlannedAction] = []
    for step in steps:
        own = deployment.troubles.get(step.action.ref)
        times = [one.not_before for one in resting if needs(step.action, one.action)]
        times += [retry_at(own, policy)] if own else []
        until = max((time for time in times if time is not None), default=None)
        if until is not None and until > now:
            latest = max(until, step.not_before) if step.not_before else until
            resting.append(PlannedAction(step.action, latest))
            yield resting[-1]
        else:
            yield step
