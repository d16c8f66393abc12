"""Situations in which a replica comes, or a ReplicaSet is scaled."""

from domain.facts import Fact
from domain.nodes_seen import NodeGone
from domain.pod_facts import ReplicaDisowned
from domain.record import Recorded
from domain.replica import (
    ReplicaCreated,
)
from domain.scaling import Measured, Scaled, ScaledByHand
from domain.seen import (
    Change,
    ReplicaSetScaled,
)
from tests.unit.projections.why.scene import Scene
from tests.unit.projections.why.situations import EVICTED, NOT_KNOWN, ORDER, situation


@situation("follows ReplicaSetScaled", *ORDER, root="person", end="bob ordered it", person="bob")
def it_came_when_bob_scaled_up(s: Scene) -> Recorded[Fact]:
    return s.newest(ReplicaCreated)


@situation("follows ReplicaSetScaled", *ORDER, root="person", end="ann ordered it", person="ann")
def it_came_with_anns_first_version(s: Scene) -> Recorded[Fact]:
    return next(one for one in s.told.history if isinstance(one.fact, ReplicaCreated))


@situation("follows ReplicaLeaving", root="unknown", end=NOT_KNOWN)
def it_came_in_place_of_one_deleted_by_hand(s: Scene) -> Recorded[Fact]:
    return s.leaves(gone=False).comes().newest(ReplicaCreated)


@situation("follows ReplicaLeaving", "follows RequestWitnessed", root="person", end="alice", person="alice")
def it_came_in_place_of_one_that_alice_deleted(s: Scene) -> Recorded[Fact]:
    return s.asked("alice", name=s.pod(1)).leaves(1, gone=False).comes().newest(ReplicaCreated)


@situation("follows ReplicaLeaving", root="unknown", end="someone or something evicted it")
def it_came_in_place_of_one_evicted(s: Scene) -> Recorded[Fact]:
    return s.leaves(2, EVICTED).comes().newest(ReplicaCreated)


@situation("follows ReplicaLeaving", "follows NodeGone", root="unknown", end="took the node out of the cluster")
def it_came_in_place_of_one_on_a_lost_node(s: Scene) -> Recorded[Fact]:
    s.node(NodeGone("node-1")).later().leaves(reason="DeletionByPodGC", grace=0)
    return s.comes(node="node-2").newest(ReplicaCreated)


@situation("beside ReplicaLeaving", "beside ReplicaLeaving", root="cluster", end="its ReplicaSet made it to keep its count")
def it_came_in_place_of_one_of_two(s: Scene) -> Recorded[Fact]:
    return s.leaves(0, EVICTED, gone=False).leaves(1, gone=False).comes().newest(ReplicaCreated)


@situation("follows ReplicaLeaving", root="unknown", end=NOT_KNOWN)
def it_came_as_the_second_where_the_first_place_was_taken(s: Scene) -> Recorded[Fact]:
    return s.leaves(0, EVICTED).comes().leaves(1).comes().newest(ReplicaCreated)


@situation("follows ReplicaDisowned", root="cluster", end="it was done on the cluster by field manager kubectl-label")
def it_came_in_place_of_one_that_was_taken_out(s: Scene) -> Recorded[Fact]:
    change = Change("metadata.labels[pod-template-hash]", "a", "absent", "kubectl-label", s.now)
    return s.of(0, ReplicaDisowned((change,), "kubectl-label", s.now)).comes().newest(ReplicaCreated)


@situation("follows ReplicaSetScaled", "follows Scaled", root="cluster", end="the autoscaler did it")
def it_came_when_the_autoscaler_scaled_up(s: Scene) -> Recorded[Fact]:
    s.saw(_by_load(3, 5, s)).counted(3, 5)
    return s.comes().newest(ReplicaCreated)


@situation("follows ReplicaSetScaled", "follows ScaledByHand", root="cluster", end="by field manager kubectl-scale")
def it_came_when_the_autoscaled_count_was_changed_by_hand(s: Scene) -> Recorded[Fact]:
    return s.saw(ScaledByHand("uid", 3, 5, "kubectl-scale")).counted(3, 5).comes().newest(ReplicaCreated)


@situation("follows ReplicaSetScaled", "follows Drifted", "follows RequestWitnessed", root="person", end="alice", person="alice")
def it_came_when_alice_scaled_past_us(s: Scene) -> Recorded[Fact]:
    s.asked("alice", "patch", "Deployment", s.workload().name, subresource="scale", resource_version="2000")
    s.told.drifted("spec.replicas", 3, 5, "kubectl")
    return s.counted(3, 5).comes().newest(ReplicaCreated)


@situation(
    "follows ReplicaSetScaled",
    "follows Succeeded",
    "recorded Decided",
    "recorded Drifted",
    root="cluster",
    end="by field manager kubectl",
)
def it_came_when_we_put_a_hand_s_scaling_right(s: Scene) -> Recorded[Fact]:
    s.told.drifted("spec.replicas", 3, 1, "kubectl")
    s.counted(3, 1).leaves(0, removed=True).leaves(1, removed=True).later(5)
    s.told.corrected()
    return s.counted(1, 3).comes().newest(ReplicaCreated)


@situation(root="unknown", end="what the ReplicaSet was scaled for is not on record")
def a_replica_set_was_scaled_and_nobody_was_seen_to_want_it(s: Scene) -> Recorded[Fact]:
    return s.counted(3, 4).newest(ReplicaSetScaled)


def _by_load(before: int, after: int, s: Scene) -> Scaled:
    measured = (Measured("cpu", 95.0, 50.0),)
    return Scaled("uid", before, after, "cpu resource utilization above target", "cpu", 95.0, 50.0, measured, s.now)
