"""Bound to each other: a ledger stays with the cluster it began with, so that a try-out touches nobody's production."""

from domain.errors import Unfit
from domain.ports import Cluster
from domain.world import World


def of_this_ledger(world: World, cluster: Cluster) -> None:
    """See that a cluster is the one a ledger belongs to. Raises Unfit, Unreachable, Rejected."""
    if not world.cluster:
        return
    if world.simulated and not cluster.simulated:
        raise Unfit(
            f"this ledger belongs to a simulated cluster, not to {cluster.description}",
            hint="name another ledger for the real cluster: --ledger",
        )
    if world.cluster != cluster.identity():
        raise Unfit(
            f"this ledger belongs to another cluster than {cluster.description}",
            hint="name the cluster it began with (--context), or another ledger (--ledger)",
        )
