"""Binding: a ledger belongs to one cluster, for ever. Who takes the lead says so on record, and finds out whether it may."""

from domain.cluster import Bound
from domain.cluster_ports import Identified
from domain.errors import Unfit
from domain.facts import Fact, cluster_stream
from domain.record import Append, Document, Lease
from reconciler.ledger_tail import LedgerTail


def bind(tail: LedgerTail, cluster: Identified, lease: Lease, policy: Document) -> None:
    """Record that this engine leads, with the policy that it decides by; the first time, bind the ledger to this cluster.

    Raises Unfit where the ledger belongs to another cluster; Unreachable, Rejected.
    """
    memory = tail.memory
    uid = tail.cluster_uid = cluster.identity()
    bound = memory.world.cluster
    if bound not in {"", uid}:
        ours = f"{bound} ({memory.world.description})"
        message = f"this ledger belongs to the cluster {ours}, and this is {uid} ({cluster.description})"
        raise Unfit(message, "name the cluster that it began with, or begin a new ledger")
    facts: list[Fact] = [tail.leadership.announced(lease)]
    if not bound:
        facts.insert(0, Bound(uid, tail.ledger.identity, cluster.description, cluster.simulated))
    stream = cluster_stream(uid)
    notes = tuple(tail.note(fact, "") for fact in facts)
    tail.ledger.append([Append(stream, memory.version(stream), notes)], documents=[policy], lease=lease)
    tail.catch_up()
