"""Bound to each other: a ledger stays with the cluster it began with, so that a try-out touches nobody's production."""

from domain.cluster_ports import Identified
from domain.errors import Unfit
from domain.ports import Ledger
from domain.world import World

MEANT = "cluster"
SIMULATED, REAL = "simulated", "real"
"""Which cluster an order was meant for, given before the ledger was bound to one: a word of its origin."""


def not_simulated(world: World, named: str) -> None:
    """See that a real cluster is not named for a ledger that belongs to a simulated one. Raises Unfit."""
    if world.cluster and world.simulated:
        raise Unfit(
            f"this ledger belongs to a simulated cluster, and {named} names a real one",
            hint="leave it out, or name the real cluster's ledger: --ledger",
        )


def of_this_ledger(world: World, cluster: Identified) -> None:
    """See that a cluster is the one a ledger belongs to. Raises Unfit, Unreachable, Rejected."""
    if not world.cluster:
        return
    if world.simulated and not cluster.simulated:
        raise Unfit(
            f"this ledger belongs to a simulated cluster, not to {cluster.description}",
            hint="name another ledger for the real cluster: --ledger",
        )
    if world.cluster != (uid := cluster.identity()):
        called = f" ({world.description})" if world.description else ""
        raise Unfit(
            f"this ledger belongs to another cluster: to {world.cluster}{called}, and this is {uid} ({cluster.description})",
            hint="name the cluster it began with (--context), or another ledger (--ledger)",
        )


def of_these_orders(world: World, ledger: Ledger, cluster: Identified) -> None:
    """See that what was ordered before a ledger was bound was meant for such a cluster: no try-out becomes real. Raises Unfit."""
    if world.cluster:
        return
    meant = SIMULATED if cluster.simulated else REAL
    position = 0
    while facts := ledger.tail(position):
        position = facts[-1].position
        other = next((word for fact in facts for word in _meant(fact.metadata.origin) if word != meant), "")
        if other:
            raise Unfit(
                f"this ledger holds orders that were meant for a {other} cluster, and this is {cluster.description}",
                hint="start the engine on the cluster they were meant for, or begin a new ledger (--ledger)",
            )


def _meant(origin: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(word for name, word in origin if name == MEANT)
