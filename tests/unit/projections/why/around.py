"""Situations of objects, nodes and what others make of them."""

from domain.facts import Fact
from domain.nodes_seen import NodeCordoned
from domain.objects import Kind, ObjectRef
from domain.record import Recorded
from domain.seen import (
    AdmissionChanged,
    Change,
    Drifted,
    DriftEnded,
    ObjectVanished,
    UnmanagedSeen,
)
from domain.serving_seen import EndpointsChanged, TakenUp
from tests.unit.projections.why.scene import Scene
from tests.unit.projections.why.situations import ORDER, situation


@situation(root="cluster", end="by field manager kubectl-edit, not by Deadreckon")
def a_field_was_changed_by_hand(s: Scene) -> Recorded[Fact]:
    s.told.drifted("spec.template.spec.containers[name=app].image", "shop:1", "shop:9", "kubectl-edit")
    return s.newest(Drifted)


@situation("follows RequestWitnessed", root="person", end="alice", person="alice")
def a_field_was_changed_by_alice(s: Scene) -> Recorded[Fact]:
    s.asked("alice", "patch", "Deployment", s.workload().name, resource_version="2000", manager="kubectl-edit")
    s.told.drifted("spec.template.spec.containers[name=app].image", "shop:1", "shop:9", "kubectl-edit")
    return s.newest(Drifted)


@situation(root="unknown", end="someone else deleted it")
def a_service_was_deleted_by_hand(s: Scene) -> Recorded[Fact]:
    return s.saw(ObjectVanished(s.told.ref(Kind.SERVICE), "uid", "seen", ("kubectl",), at=s.now)).newest(ObjectVanished)


@situation("follows RequestWitnessed", root="person", end="alice", person="alice")
def a_service_was_deleted_by_alice(s: Scene) -> Recorded[Fact]:
    ref = s.told.ref(Kind.SERVICE)
    s.asked("alice", kind="Service", name=ref.name)
    return s.saw(ObjectVanished(ref, "", "seen", ("kubectl",), at=s.now)).newest(ObjectVanished)


@situation("follows Drifted", root="cluster", end="by field manager kubectl-edit")
def a_service_has_no_endpoints_since_its_selector_was_changed(s: Scene) -> Recorded[Fact]:
    ref = s.told.ref(Kind.SERVICE)
    s.saw(Drifted(ref, "u", "9", (Change("spec.selector.zone", "absent", "a", "kubectl-edit", s.now),)))
    return s.saw(EndpointsChanged(ref, "u", 0, 3, at=s.now)).newest(EndpointsChanged)


@situation(root="cluster", end="by field manager helm, not by Deadreckon")
def another_service_takes_our_pods(s: Scene) -> Recorded[Fact]:
    return s.saw(TakenUp(ObjectRef("Service", s.told.key.namespace, "other"), "u", "selects", "helm", s.now)).newest(TakenUp)


@situation("follows Succeeded", "recorded Decided", "recorded Drifted", root="cluster", end="by field manager kubectl")
def a_drift_was_put_right(s: Scene) -> Recorded[Fact]:
    s.told.drifted("spec.replicas", 3, 1, "kubectl").corrected().drift_ended()
    return s.newest(DriftEnded)


@situation(root="cluster", end="by someone whom the API server did not name")
def a_drift_was_taken_back(s: Scene) -> Recorded[Fact]:
    s.told.drifted("spec.replicas", 3, 1, "kubectl").drift_ended(corrected=False)
    return s.newest(DriftEnded)


@situation(root="cluster", end="by field manager argocd")
def an_addition_that_is_none_of_ours(s: Scene) -> Recorded[Fact]:
    s.told.unmanaged("metadata.annotations[x]", "1", "argocd")
    return s.newest(UnmanagedSeen)


@situation(*ORDER, root="person", end="bob ordered it", person="bob")
def admission_changed_what_bob_ordered(s: Scene) -> Recorded[Fact]:
    s.saw(AdmissionChanged(s.workload(), "u", (Change("spec.x", "a", "b", "admission"),)))
    return s.newest(AdmissionChanged)


@situation(root="cluster", end="by field manager kubectl-drain")
def a_node_was_cordoned(s: Scene) -> Recorded[Fact]:
    return s.node(NodeCordoned("node-1", "kubectl-drain", s.now)).newest(NodeCordoned)


@situation("follows RequestWitnessed", root="person", end="alice", person="alice")
def a_node_was_cordoned_by_alice(s: Scene) -> Recorded[Fact]:
    s.asked("alice", "patch", "Node", "node-1", manager="kubectl-drain")
    return s.node(NodeCordoned("node-1", "kubectl-drain", s.now)).newest(NodeCordoned)
