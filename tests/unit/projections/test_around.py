"""What is wrong around a deployment is said while it stands, and no longer."""

from domain.nodes_seen import NodeCordoned, NodeGone, NodeReady, NodeUncordoned, NodeUnready
from domain.objects import Kind, ObjectRef
from domain.pod_facts import ReplicaLeaving
from domain.replica import ReplicaGone, ReplicaScheduled
from domain.seen import Change
from domain.shared_seen import NamespaceChanged, NamespaceGone, NamespaceLeaving, SecretChanged, SecretVanished
from projections.around import SurroundingFacts
from projections.wording import instant
from tests.stories import NOON, Story, story

CORDONED = NodeCordoned("node-1", "kubectl", NOON)


def running() -> Story:
    return story().submitted(replicas=3).applied().ready()


def said(told: Story) -> tuple[str, ...]:
    return SurroundingFacts.of(told.log.history).told(instant)


def test_nothing_is_said_of_what_is_well() -> None:
    assert said(running()) == ()
    assert said(running().cluster(CORDONED).cluster(NodeUncordoned("node-1", "unknown"))) == ()
    assert said(running().cluster(NodeUnready("node-1", "x", "y")).cluster(NodeReady("node-1"))) == ()


def test_a_drain_is_told_as_what_is_known_of_it() -> None:
    told = running().cluster(CORDONED)
    assert said(told) == ("node node-1 was cordoned by kubectl at 2026-11-22T12:00:00Z, 3 replicas still there",)
    first, second, _ = list(told.deployment.replicas)
    told.replica(ReplicaLeaving(reason="EvictionByEvictionAPI"), ReplicaGone("seen"), uid=first)
    told.replica(ReplicaLeaving(), ReplicaGone("seen"), uid=second)

    (words,) = said(told)
    assert words.endswith("; since then 1 replica evicted from it and 1 deleted there, 1 replica still there")


def test_a_cordon_where_it_never_was_is_none_of_its() -> None:
    told = running().cluster(NodeCordoned("node-9", "kubectl"))
    told.replica(ReplicaScheduled("node-2"))

    assert said(told) == ()


def test_a_node_that_is_not_ready_or_gone_is_told_while_replicas_are_counted_there() -> None:
    unready = NodeUnready("node-1", "NodeStatusUnknown", "Kubelet stopped posting node status.")
    assert said(running().cluster(unready)) == (
        "node node-1 is not ready, with 3 replicas on it: Kubelet stopped posting node status.",
    )
    gone = running().cluster(NodeGone("node-1"))
    assert said(gone) == ("node node-1 is no more, with 3 replicas of this deployment still counted on it",)
    for uid in list(gone.deployment.replicas):
        gone.leaves(uid)
    assert said(gone) == ()


def test_its_namespace_is_told_until_it_is_as_it_was_or_made_anew() -> None:
    told = running()
    space = told.ref(Kind.NAMESPACE)
    change = Change("metadata.labels.pod-security.kubernetes.io/enforce", "baseline", "privileged", "kubectl-label")
    assert "baseline -> privileged" in said(told.cluster(NamespaceChanged(space, (change,))))[0]
    assert said(told.cluster(NamespaceChanged(space, ()))) == ()
    assert "is being deleted" in said(told.cluster(NamespaceLeaving(space)))[0]
    assert "is no more" in said(told.cluster(NamespaceGone(space)))[0]
    assert said(told.submitted().applied()) == ()


def test_a_secret_that_is_missing_is_told_until_it_is_there_again() -> None:
    told = running()
    ref = ObjectRef("Secret", "n", "secret-token")

    assert "is in use, and is not there" in said(told.cluster(SecretVanished(ref)))[0]
    assert said(told.cluster(SecretChanged(ref, "9", "kubectl-create"))) == ()
