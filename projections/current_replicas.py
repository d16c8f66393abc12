"""The replicas that are there, and what they suffer from: those on their way out do not count any more."""

from domain.deployment import Deployment, Version
from domain.replica import ProbeFailed, Replica

_NOBODY_LISTENS = ("connection refused", "HTTP probe failed with statuscode: 502")
"""How a check fails that finds no application: asked by the kubelet, and through the relay of exact probes."""


def present_replicas(deployment: Deployment) -> tuple[Replica, ...]:
    """Give the replicas that are there and not on their way out, oldest first."""
    return tuple(r for r in deployment.current_replicas() if not r.leaving)


def fresh(deployment: Deployment, version: Version) -> int:
    """Count the ready replicas that were made from a version's template."""
    return sum(
        r.ready
        for r in present_replicas(deployment)
        if r.template == version.order.template and r.incarnation == version.order.incarnation
    )


def listens_not_yet(failed: ProbeFailed) -> bool:
    """Tell whether a startup probe only found nobody listening: so begins every application, and its budget is for that.

    When the budget is spent the kubelet ends the container: that is told by itself.
    """
    return failed.probe == "startup" and failed.message.endswith(_NOBODY_LISTENS)


def suffers(replica: Replica) -> str:
    """Say in the replica's own words why it is not ready; nothing of one that is starting, within its budget."""
    failed = replica.last_failure
    starting = failed is not None and listens_not_yet(failed) and not replica.started
    return "" if starting and failed and replica.words == f"{failed.probe} probe: {failed.message}" else replica.words
