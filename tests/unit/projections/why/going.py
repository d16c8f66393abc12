"""Situations in which a replica goes."""

from domain.facts import Fact
from domain.nodes_seen import NodeCordoned, NodeGone, NodeReady, NodeUnready
from domain.objects import Kind
from domain.pod_facts import ReplicaEnded, ReplicaLeaving
from domain.record import Recorded
from domain.replica import (
    ReplicaGone,
    ReplicaKilled,
)
from domain.seen import (
    ObjectLeaving,
)
from domain.shared_seen import NamespaceLeaving
from tests.unit.projections.why.scene import Scene
from tests.unit.projections.why.situations import EVICTED, NOT_KNOWN, ORDER, situation


@situation(root="unknown", end=NOT_KNOWN)
def a_pod_is_deleted_by_hand(s: Scene) -> Recorded[Fact]:
    return s.leaves().newest(ReplicaLeaving)


@situation("follows RequestWitnessed", root="person", end="alice (by kubectl) asked for it", person="alice")
def a_pod_is_deleted_by_hand_and_the_audit_log_has_it(s: Scene) -> Recorded[Fact]:
    return s.asked("alice", name=s.pod(0)).leaves().newest(ReplicaLeaving)


@situation(root="unknown", end="it was one of bea and alice, as far as the API server's audit log tells")
def two_have_asked_for_its_end_by_the_collection(s: Scene) -> Recorded[Fact]:
    s.asked("alice", "deletecollection").asked("bea", "deletecollection")
    return s.leaves().newest(ReplicaLeaving)


@situation("follows ReplicaLeaving", root="unknown", end=NOT_KNOWN)
def a_pod_is_gone_that_was_deleted_by_hand(s: Scene) -> Recorded[Fact]:
    return s.leaves().newest(ReplicaGone)


@situation(root="unknown", end=NOT_KNOWN)
def a_pod_is_removed_by_force(s: Scene) -> Recorded[Fact]:
    return s.of(0, ReplicaGone("seen")).newest(ReplicaGone)


@situation("follows RequestWitnessed", root="person", end="alice", person="alice")
def a_pod_is_removed_by_force_and_the_audit_log_has_it(s: Scene) -> Recorded[Fact]:
    return s.asked("alice", name=s.pod(0)).of(0, ReplicaGone("seen")).newest(ReplicaGone)


@situation(root="unknown", end="someone or something evicted it: the API server's audit log says who")
def a_pod_is_evicted(s: Scene) -> Recorded[Fact]:
    return s.leaves(reason=EVICTED).newest(ReplicaLeaving)


@situation("follows RequestWitnessed", root="person", end="alice (by kubectl) asked for it", person="alice")
def a_pod_is_evicted_and_the_audit_log_has_it(s: Scene) -> Recorded[Fact]:
    return s.asked("alice", "create", name=s.pod(0), subresource="eviction").leaves(reason=EVICTED).newest(ReplicaLeaving)


@situation("beside NodeCordoned", root="unknown", end="someone or something evicted it")
def a_pod_is_evicted_after_its_node_was_cordoned(s: Scene) -> Recorded[Fact]:
    return s.node(NodeCordoned("node-1", "kubectl-drain", s.now)).later(2).leaves(reason=EVICTED).newest(ReplicaLeaving)


@situation("follows RequestWitnessed", root="person", end="alice", person="alice")
def a_node_is_drained_and_the_audit_log_has_it(s: Scene) -> Recorded[Fact]:
    s.node(NodeCordoned("node-1", "kubectl-drain", s.now)).later(2)
    return s.asked("alice", "create", name=s.pod(0), subresource="eviction").leaves(reason=EVICTED).newest(ReplicaLeaving)


@situation("follows RequestWitnessed", root="cluster", end="the taint manager asked for it")
def a_controller_of_the_cluster_deleted_it_says_the_audit_log(s: Scene) -> Recorded[Fact]:
    user = "system:serviceaccount:kube-system:taint-eviction-controller"
    return s.asked(user, name=s.pod(0), manager="").leaves().newest(ReplicaLeaving)


@situation("follows NodeGone", root="unknown", end="someone or something took the node out of the cluster")
def its_node_is_gone(s: Scene) -> Recorded[Fact]:
    return s.node(NodeGone("node-1")).later().leaves(reason="DeletionByPodGC", grace=0).newest(ReplicaLeaving)


@situation("follows NodeUnready", root="cluster", end="the node was not heard")
def its_node_is_not_ready(s: Scene) -> Recorded[Fact]:
    s.node(NodeUnready("node-1", "NodeStatusUnknown", "Kubelet stopped posting node status.", s.now)).later(300)
    return s.leaves(reason="DeletionByTaintManager").newest(ReplicaLeaving)


@situation(root="cluster", end="its node has a taint that it does not tolerate; what led to that is not on record")
def its_node_was_tainted_by_hand_after_it_had_been_unready(s: Scene) -> Recorded[Fact]:
    s.node(NodeUnready("node-1", "NodeStatusUnknown", "", s.now)).later(30).node(NodeReady("node-1", s.now)).later(30)
    return s.leaves(reason="DeletionByTaintManager").newest(ReplicaLeaving)


@situation("beside NodeGone", root="unknown", end=NOT_KNOWN)
def it_is_gone_as_its_node_is_and_nothing_says_why(s: Scene) -> Recorded[Fact]:
    return s.node(NodeGone("node-1")).later(5).of(0, ReplicaGone("seen")).newest(ReplicaGone)


@situation(root="cluster", end="the scheduler makes room for a pod of higher priority; what led to that is not on record")
def it_was_preempted(s: Scene) -> Recorded[Fact]:
    return s.leaves(reason="PreemptionByScheduler").newest(ReplicaLeaving)


@situation("follows ReplicaRemoved", "follows ReplicaSetScaled", *ORDER, root="person", end="carl ordered it", person="carl")
def it_was_removed_when_carl_scaled_down(s: Scene) -> Recorded[Fact]:
    s.told.scaled(2, who="carl").applied()
    return s.counted(3, 2).leaves(removed=True).newest(ReplicaLeaving)


@situation("beside ReplicaSetScaled", root="unknown", end=NOT_KNOWN)
def it_went_while_carl_scaled_down_and_another_was_removed(s: Scene) -> Recorded[Fact]:
    s.told.scaled(2, who="carl").applied()
    return s.counted(3, 2).leaves(1, removed=True).leaves(0).newest(ReplicaLeaving)


@situation("follows RequestWitnessed", root="person", end="alice", person="alice")
def it_was_deleted_by_hand_while_carl_scaled_down(s: Scene) -> Recorded[Fact]:
    s.told.scaled(2, who="carl").applied()
    return s.counted(3, 2).leaves(1, removed=True).asked("alice", name=s.pod(0)).leaves(0).newest(ReplicaLeaving)


@situation("follows RequestWitnessed", "follows ReplicaSetScaled", *ORDER, root="person", end="carl ordered it", person="carl")
def the_replica_set_controller_asked_for_its_end_when_carl_scaled_down(s: Scene) -> Recorded[Fact]:
    s.told.scaled(2, who="carl").applied()
    user = "system:serviceaccount:kube-system:replicaset-controller"
    return s.counted(3, 2).asked(user, name=s.pod(0), manager="").leaves().newest(ReplicaLeaving)


@situation(
    "follows ReplicaRemoved",
    "follows ReplicaSetScaled",
    "follows Drifted",
    root="cluster",
    end="it was done on the cluster by field manager kubectl, not by Deadreckon",
)
def it_was_removed_when_a_hand_scaled_down(s: Scene) -> Recorded[Fact]:
    s.told.drifted("spec.replicas", 3, 1, "kubectl")
    return s.counted(3, 1).leaves(removed=True).newest(ReplicaLeaving)


@situation("follows ReplicaRemoved", "follows ReplicaSetScaled", root="unknown", end="what the ReplicaSet was scaled for is not")
def it_was_removed_and_what_the_scaling_was_for_was_not_seen(s: Scene) -> Recorded[Fact]:
    return s.counted(3, 2).leaves(removed=True).newest(ReplicaLeaving)


@situation("follows ReplicaRemoved", "follows ReplicaSetScaled", *ORDER, root="person", end="carl ordered it", person="carl")
def it_was_replaced_by_carls_new_version(s: Scene) -> Recorded[Fact]:
    old = s.told.newest.template
    s.told.submitted(image="shop:2", who="carl").applied()
    return s.counted(0, 1).comes().counted(3, 2, old).leaves(removed=True).newest(ReplicaLeaving)


@situation(root="unknown", end="someone or something evicted it")
def it_was_evicted_during_carls_rollout(s: Scene) -> Recorded[Fact]:
    old = s.told.newest.template
    s.told.submitted(image="shop:2", who="carl").applied()
    return s.counted(0, 1).comes().counted(3, 2, old).leaves(1, removed=True).leaves(0, EVICTED).newest(ReplicaLeaving)


@situation("follows Succeeded", "recorded Decided", "recorded DeletionOrdered", root="person", end="carl", person="carl")
def it_went_with_all_else_when_carl_deleted_the_deployment(s: Scene) -> Recorded[Fact]:
    s.told.deleted(who="carl").gone()
    return s.newest(ReplicaLeaving)


@situation("follows ObjectLeaving", root="unknown", end="someone else deleted it")
def it_went_with_its_deployment_that_a_hand_deleted(s: Scene) -> Recorded[Fact]:
    s.saw(ObjectLeaving(s.workload(), "uid", ("kubectl",), at=s.now))
    return s.leaves().newest(ReplicaLeaving)


@situation("follows ObjectLeaving", "follows RequestWitnessed", root="person", end="alice", person="alice")
def it_went_with_its_deployment_that_alice_deleted(s: Scene) -> Recorded[Fact]:
    s.asked("alice", kind="Deployment", name=s.workload().name)
    s.saw(ObjectLeaving(s.workload(), "", ("kubectl",), at=s.now))
    return s.leaves().newest(ReplicaLeaving)


@situation("follows NamespaceLeaving", root="unknown", end="someone deleted the namespace")
def it_went_with_its_namespace(s: Scene) -> Recorded[Fact]:
    s.told.cluster(NamespaceLeaving(s.told.ref(Kind.NAMESPACE), (), s.now))
    return s.leaves().newest(ReplicaLeaving)


@situation("follows RequestWitnessed", root="person", end="alice", person="alice")
def it_was_deleted_by_hand_while_its_namespace_ended(s: Scene) -> Recorded[Fact]:
    s.told.cluster(NamespaceLeaving(s.told.ref(Kind.NAMESPACE), (), s.now))
    return s.asked("alice", name=s.pod(0)).leaves().newest(ReplicaLeaving)


@situation("follows NamespaceLeaving", root="unknown", end="someone deleted the namespace")
def it_went_with_its_namespace_says_the_controller_of_namespaces(s: Scene) -> Recorded[Fact]:
    s.told.cluster(NamespaceLeaving(s.told.ref(Kind.NAMESPACE), (), s.now))
    user = "system:serviceaccount:kube-system:namespace-controller"
    return s.asked(user, name=s.pod(0), manager="").leaves().newest(ReplicaLeaving)


@situation("follows ReplicaLeaving", root="unknown", end=NOT_KNOWN)
def its_container_was_stopped_as_it_left(s: Scene) -> Recorded[Fact]:
    s.leaves(gone=False).of(0, ReplicaKilled("Stopping container app", None, s.now, "e", 1))
    return s.newest(ReplicaKilled)


@situation("follows ReplicaLeaving", root="unknown", end=NOT_KNOWN)
def its_container_ended_for_good(s: Scene) -> Recorded[Fact]:
    s.leaves(gone=False).of(0, ReplicaEnded(143, 0, "Error", "", None, s.now))
    return s.newest(ReplicaEnded)
