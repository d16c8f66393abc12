"""Situations in which a container ends, or a replica is not ready."""

from datetime import datetime

from domain.facts import Fact
from domain.nodes_seen import NodeUnready
from domain.pod_facts import ReplicaChanged
from domain.record import Recorded
from domain.replica import (
    BecameReady,
    BecameUnready,
    ContainerStarted,
    ProbeFailed,
    ReplicaKilled,
    ReplicaScheduled,
    ReplicaUnschedulable,
    ReplicaWaiting,
    Restarted,
)
from domain.seen import (
    Change,
    ReplicasRefused,
)
from tests.unit.projections.why.scene import Scene
from tests.unit.projections.why.situations import EVICTED, NOT_KNOWN, ORDER, situation


@situation("follows ReplicaKilled", "follows ProbeFailed", root="cluster", end="the application did not pass its check")
def a_failing_liveness_check_ended_it(s: Scene) -> Recorded[Fact]:
    s.of(0, ProbeFailed("liveness", "timeout", 3, "exact", s.now, s.now, "e1", 3))
    s.of(0, ReplicaKilled("failed liveness probe", "liveness", s.now, "e2", 1))
    return s.of(0, Restarted(1, 1, 137, 9, "Error", "", "liveness probe", s.now, _begun(s))).newest(Restarted)


@situation("follows ReplicaKilled", root="cluster", end="it befell the replica itself")
def a_liveness_check_ended_it_whose_failures_the_kubelet_did_not_tell(s: Scene) -> Recorded[Fact]:
    s.of(0, ProbeFailed("liveness", "timeout", 3, "exact", s.now, s.now, "e1", 3)).later(600)
    begun = s.now
    s.of(0, ContainerStarted("again", s.now)).later(600)
    s.of(0, ReplicaKilled("failed liveness probe", "liveness", s.now, "e2", 9))
    return s.of(0, Restarted(2, 1, 137, 9, "Error", "", "liveness probe", s.now, begun)).newest(Restarted)


@situation("beside ProbeFailed", root="unknown", end="what ended its container is not known: a check that failed, or its own end")
def it_ended_after_a_failed_check_and_no_kill_is_on_record(s: Scene) -> Recorded[Fact]:
    s.of(0, ProbeFailed("liveness", "timeout", 3, "exact", s.now, s.now, "e1", 3))
    return s.of(0, Restarted(1, 1, 0, 0, "Completed", "", "unknown", s.now, _begun(s))).newest(Restarted)


@situation("follows Restarted", root="cluster", end="the application ended by itself")
def it_was_not_ready_since_its_container_had_ended_though_its_check_failed_first(s: Scene) -> Recorded[Fact]:
    s.of(0, ProbeFailed("readiness", "connection refused", 1, "exact", s.now, s.now, "e1", 1))
    s.of(0, BecameUnready(s.now, "ContainersNotReady"))
    return s.of(0, Restarted(1, 1, 1, 0, "Error", "", "crashed", s.now, _begun(s))).newest(BecameUnready)


@situation(root="cluster", end="the application ended by itself")
def a_healthy_version_crashed(s: Scene) -> Recorded[Fact]:
    return s.of(0, Restarted(1, 1, 1, 0, "Error", "no such table", "crashed", s.now, _begun(s))).newest(Restarted)


@situation(root="cluster", end="it used more memory than it may")
def it_ran_out_of_memory(s: Scene) -> Recorded[Fact]:
    return s.of(0, Restarted(1, 1, 137, 9, "OOMKilled", "", "out of memory", s.now, _begun(s))).newest(Restarted)


@situation(
    "follows ReplicaKilled", "follows ReplicaChanged", root="cluster", end="it was done on the cluster by field manager kubectl"
)
def its_image_was_changed_where_it_stands(s: Scene) -> Recorded[Fact]:
    s.of(0, ReplicaChanged((Change("spec.containers[name=app].image", "shop:1", "shop:9", "kubectl", s.now),)))
    s.of(0, ReplicaKilled("Container app definition changed, will be restarted", None, s.now, "e2", 1))
    return s.of(0, Restarted(1, 1, 143, 0, "Error", "", "unknown", s.now, _begun(s))).newest(Restarted)


@situation(
    "follows ReplicaKilled", "follows ReplicaChanged", "follows RequestWitnessed", root="person", end="alice", person="alice"
)
def its_image_was_changed_where_it_stands_by_alice(s: Scene) -> Recorded[Fact]:
    s.asked("alice", "patch", name=s.pod(0), manager="kubectl")
    return its_image_was_changed_where_it_stands(s)


@situation("follows Restarted", "follows Submitted", root="person", end="carl ordered it", person="carl")
def carls_new_version_cannot_run(s: Scene) -> Recorded[Fact]:
    s.told.submitted(image="shop:2", who="carl").applied()
    s.counted(0, 1).told.crashing("no such table: carts")
    return s.newest(ReplicaWaiting)


@situation("follows ReplicaCreated", "follows ReplicaLeaving", root="unknown", end="someone or something evicted it")
def the_one_in_place_of_an_evicted_finds_no_node(s: Scene) -> Recorded[Fact]:
    s.leaves(0, EVICTED)
    s.replicas.append(s.told.replica(ReplicaUnschedulable("0/2 nodes are available")))
    return s.newest(ReplicaUnschedulable)


@situation("follows ProbeFailed", root="cluster", end="the application did not pass its check")
def its_readiness_check_failed(s: Scene) -> Recorded[Fact]:
    s.of(0, ProbeFailed("readiness", "503", 3, "exact", s.now, s.now, "e1", 3))
    return s.of(0, BecameUnready(s.now, "ContainersNotReady")).newest(BecameUnready)


@situation(root="unknown", end="its readiness check failed or its container ended")
def it_became_unready_and_the_kubelet_sent_no_event(s: Scene) -> Recorded[Fact]:
    return s.of(0, BecameUnready(s.now, "ContainersNotReady")).newest(BecameUnready)


@situation("beside NodeUnready", root="cluster", end="it befell the replica itself")
def it_is_unready_and_so_is_its_node(s: Scene) -> Recorded[Fact]:
    s.node(NodeUnready("node-1", "NodeStatusUnknown", "", s.now))
    return s.of(0, BecameUnready(s.now, "NodeStatusUnknown")).newest(BecameUnready)


@situation("follows ReplicaLeaving", root="unknown", end=NOT_KNOWN)
def a_replica_could_not_be_made_in_place_of_one_deleted_by_hand(s: Scene) -> Recorded[Fact]:
    pod = f"{s.replica_set.name}-x7x7x"
    s.leaves(0).saw(ReplicasRefused("FailedCreate", f'Error creating: pods "{pod}" is forbidden: exceeded quota', "e", 1))
    return s.newest(ReplicasRefused)


@situation("follows ReplicaSetScaled", *ORDER, root="person", end="carl ordered it", person="carl")
def a_replica_could_not_be_made_that_carl_had_ordered(s: Scene) -> Recorded[Fact]:
    s.told.scaled(4, who="carl").applied()
    pod = f"{s.replica_set.name}-x7x7x"
    s.counted(3, 4).saw(ReplicasRefused("FailedCreate", f'Error creating: pods "{pod}" is forbidden: exceeded quota', "e", 1))
    return s.newest(ReplicasRefused)


@situation("follows Restarted", root="cluster", end="the application ended by itself")
def it_is_ready_again_after_a_crash(s: Scene) -> Recorded[Fact]:
    s.of(0, Restarted(1, 1, 1, 0, "Error", "", "crashed", s.now, _begun(s)), ContainerStarted("again", s.now))
    return s.of(0, BecameReady(s.now)).newest(BecameReady)


@situation("follows ReplicaCreated", "follows ReplicaLeaving", root="unknown", end=NOT_KNOWN)
def it_was_put_on_a_node_as_it_came_in_place_of_another(s: Scene) -> Recorded[Fact]:
    return s.leaves(0).comes(ready=False).newest(ReplicaScheduled)


def _begun(s: Scene) -> datetime:
    return s.now.replace(hour=12, minute=0)
