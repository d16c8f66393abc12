"""What an order means, in a few words, for whoever is asked to confirm it."""

from domain.deployment import Deployment
from domain.objects import SHARED


def what_goes(deployment: Deployment) -> tuple[str, ...]:
    """Say what a deletion takes away and what it leaves."""
    version = deployment.wanted
    objects = [ref for ref in deployment.objects if ref.kind not in SHARED]
    if not objects and version:
        objects = [rendered.ref for rendered in version.order.objects if rendered.ref.kind not in SHARED]
    running = len(deployment.replicas)
    replicas = f"{running} replica{'' if running == 1 else 's'}"
    goes = ", ".join([*(str(ref) for ref in objects), replicas])
    versions = len(deployment.versions)
    return (
        f"goes:  {goes}",
        f"stays: its history ({versions} version{'' if versions == 1 else 's'}), the project's secrets, the namespace",
    )
