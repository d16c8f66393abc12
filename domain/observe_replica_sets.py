"""How many replicas each of a deployment's ReplicaSets is to have: what a frame of one says that was not told."""

from domain.deployment import Deployment
from domain.observations import ReplicaSetSeen
from domain.seen import ReplicaSetScaled


def scaled(home: Deployment, seen: ReplicaSetSeen) -> ReplicaSetScaled | None:
    """Tell that a ReplicaSet is to have another number of replicas. One that is first seen with none is of before."""
    before = home.replica_sets.wanted.get(seen.uid)
    if seen.wanted == before or (before is None and seen.wanted == 0):
        return None
    return ReplicaSetScaled(seen.ref, seen.uid, seen.template, before, seen.wanted, seen.scaled_at)
