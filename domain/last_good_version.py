"""Which versions have shown that they run well: the last of them is the way back from one that does not."""

from datetime import timedelta

from domain.deployment import Deployment, Version

STEADY = timedelta(minutes=10)
"""After so long a kubelet forgets that a container crashed: it ran well."""


def way_back(deployment: Deployment) -> Version | None:
    """Give the last version that was healthy, stayed so and differs from what stands; None where there is none.

    One that recovered late was healthy; one that wanted no replica has shown nothing.
    """
    newest, gone = deployment.newest, deployment.wanted is None
    good = (version for version in reversed(deployment.versions) if version.was_healthy and version.runs)
    stayed = (version for version in good if not soon_crashed(deployment, version))
    return next((version for version in stayed if newest and (gone or differs(version, newest))), None)


def soon_crashed(deployment: Deployment, version: Version) -> bool:
    """Tell whether a version crashed within ten minutes of being found healthy, and did not run ten minutes well after that.

    Without a readiness check a container is ready as soon as it runs, and its version healthy for the moment before it ends.
    """
    first, last, healthy = version.crashed_first, version.crashed_at, version.healthy_at
    if first is None or last is None or healthy is None or first - healthy >= STEADY:
        return False
    after = deployment.version(version.number + 1)
    return after is None or after.submitted_at - last < STEADY


def differs(version: Version, newest: Version) -> bool:
    """Tell whether a version would stand for other objects than the newest one does."""
    return (version.order.objects, version.order.enabled) != (newest.order.objects, newest.order.enabled)
