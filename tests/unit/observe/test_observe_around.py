"""Which facts sights of nodes, namespaces and Secrets in use make: each once, and only those that concern us."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.cluster import ApiServerUnheard
from domain.deployment import Deployment
from domain.facts import Fact, cluster_stream, replica_stream
from domain.names import LABEL
from domain.nodes_seen import NodeCame, NodeCordoned, NodeGone, NodeReady, NodeUncordoned, NodeUnready
from domain.objects import Kind, ObjectRef
from domain.observations import Condition, GoneSeen, Manager, NamespaceSeen, NodeSeen, Relisted, SecretLooked, Unheard, Unsteady
from domain.project import PodSecuritySet, shared_namespace
from domain.replica import ReplicaCreated, ReplicaScheduled
from domain.seen import Change
from domain.shared_seen import NamespaceChanged, NamespaceGone, NamespaceLeaving, SecretChanged, SecretVanished
from domain.world import World
from tests.unit.observe.bridge import KEY, NOON, Bridge

SPACE = KEY.namespace
NODE = NodeSeen("n1", "node-1", ready=True, reason="KubeletReady", message="", since=NOON, cordoned=False)
DRAIN = Manager("spec.unschedulable", "kubectl-drain", NOON)
CORDONED = replace(NODE, cordoned=True, cordoned_by=DRAIN)
SILENT = replace(NODE, ready=False, reason="NodeStatusUnknown", message="Kubelet stopped posting node status.")
NAMESPACE = ObjectRef(Kind.NAMESPACE.value, "", SPACE)
ENFORCE = "metadata.labels.pod-security.kubernetes.io/enforce"
OURS = {
    f"metadata.labels.{LABEL}/ledger": "ledger-1",
    f"metadata.labels.{LABEL}/project": "shop",
    "metadata.labels.app.kubernetes.io/managed-by": "deadreckon",
    "metadata.labels.kubernetes.io/metadata.name": SPACE,
    ENFORCE: "baseline",
    f"metadata.annotations.{LABEL}/name": KEY.project,
}
SPACE_SEEN = NamespaceSeen(NAMESPACE, "ns-1", "ledger-1", KEY.project, OURS)
SECRET = ObjectRef(Kind.SECRET.value, SPACE, "secret-token-1a2b3c4d-v1")
EDIT = Manager("data.value", "kubectl-edit", NOON)


def a_bridge() -> Bridge:
    """A deployment with a replica on node n1."""
    bridge = Bridge(world=World(cluster="c1", ledger="ledger-1"))
    bridge.records(replica_stream("p1"), KEY.subject, ReplicaCreated("web-x", SPACE, 1, "t", NOON))
    bridge.records(replica_stream("p1"), KEY.subject, ReplicaScheduled("n1"))
    return bridge


def space(changes: dict[str, str], *managers: Manager) -> NamespaceSeen:
    return replace(SPACE_SEEN, fields={**OURS, **changes}, managers=managers)


def test_a_node_that_is_well_is_no_news() -> None:
    assert a_bridge().sees(NODE) == []


def test_a_cordon_is_told_once_with_its_hand_and_so_is_its_end() -> None:
    bridge = a_bridge()

    assert bridge.sees(CORDONED) == [NodeCordoned("n1", "kubectl-drain", NOON)]
    assert bridge.sees(CORDONED) == []
    assert bridge.sees(NODE) == [NodeUncordoned("n1", "unknown")]
    assert bridge.sees(NODE) == []
    assert bridge.world.around.nodes == {}, "what is well is not remembered"


def test_a_fact_about_a_node_stands_once_in_the_clusters_stream_and_is_about_all() -> None:
    (news,) = a_bridge().looks(CORDONED)

    assert (news.stream, news.subject) == (cluster_stream("c1"), "")


def test_a_node_that_holds_no_replica_of_ours_is_never_told() -> None:
    bridge = a_bridge()
    strange = replace(CORDONED, name="n9", ready=False)

    assert bridge.sees(strange) == []
    assert bridge.sees(GoneSeen(ObjectRef("Node", "", "n9"), "node-9", "7", "")) == []


def test_a_node_is_followed_to_the_end_of_its_trouble_although_its_replicas_have_left() -> None:
    bridge = a_bridge()
    bridge.sees(SILENT)
    bridge.fleet = {name: replace(home, replicas={}) for name, home in bridge.fleet.items()}

    assert bridge.sees(NODE) == [NodeReady("n1", NOON)]
    assert bridge.sees(CORDONED) == []


def test_a_node_that_is_not_ready_is_told_with_kubernetes_words_and_again_when_these_change() -> None:
    bridge = a_bridge()

    assert bridge.sees(SILENT) == [NodeUnready("n1", "NodeStatusUnknown", "Kubelet stopped posting node status.", NOON)]
    assert bridge.sees(SILENT) == []
    stopped = replace(SILENT, reason="KubeletNotReady", message="container runtime is down")
    assert bridge.sees(stopped) == [NodeUnready("n1", "KubeletNotReady", "container runtime is down", NOON)]


def test_a_node_that_is_not_ready_without_a_word_why_is_told_once() -> None:
    bridge, wordless = a_bridge(), replace(SILENT, reason="", message="")

    assert bridge.sees(wordless) == [NodeUnready("n1", "", "", NOON)]
    assert bridge.sees(wordless) == []


def test_of_a_node_that_flaps_it_is_told_how_often() -> None:
    flapping = replace(SILENT, unsteady=Unsteady(7, NOON, NOON + timedelta(minutes=1)))

    (told,) = a_bridge().sees(flapping)

    assert isinstance(told, NodeUnready)
    assert told.times == 7


def test_a_node_that_goes_and_one_of_its_name_that_comes_are_told() -> None:
    bridge = a_bridge()
    gone = GoneSeen(ObjectRef("Node", "", "n1"), "node-1", "7", "")

    assert bridge.sees(gone) == [NodeGone("n1", "seen")]
    assert bridge.sees(gone) == []
    assert bridge.sees(replace(SILENT, uid="node-2")) == [
        NodeCame("n1"),
        NodeUnready("n1", "NodeStatusUnknown", "Kubelet stopped posting node status.", NOON),
    ]


def test_a_node_that_is_missing_from_a_list_is_gone_and_when_is_not_known() -> None:
    bridge = a_bridge()

    assert bridge.sees(Relisted("Node", "9", frozenset({"u"}), names=frozenset({"n1", "n2"}))) == []
    assert bridge.sees(Relisted("Node", "9", frozenset({"u"}), names=frozenset({"n2"}))) == [NodeGone("n1", "missed")]


def test_of_the_nodes_that_are_gone_so_many_are_remembered_and_no_more() -> None:
    bridge = a_bridge()
    for number in range(600):
        bridge.records(cluster_stream("c1"), "", NodeGone(f"old-{number}"))

    assert len(bridge.world.around.nodes) == 500
    assert "old-599" in bridge.world.around.nodes


def test_a_namespace_as_it_was_written_is_no_news() -> None:
    assert a_bridge().sees(SPACE_SEEN) == []


def test_a_label_that_others_changed_is_told_once_with_hand_and_time_and_so_is_its_end() -> None:
    bridge = a_bridge()
    hand = Manager(ENFORCE, "kubectl-label", NOON)

    (news,) = bridge.looks(space({ENFORCE: "privileged"}, hand))
    assert news.subject == KEY.project
    changed = NamespaceChanged(NAMESPACE, (Change(ENFORCE, "baseline", "privileged", "kubectl-label", NOON),))
    assert bridge.sees(space({ENFORCE: "privileged"}, hand)) == [changed]
    assert bridge.sees(space({ENFORCE: "privileged"}, hand)) == []
    back = Change(ENFORCE, "privileged", "baseline", "unknown")
    assert bridge.sees(SPACE_SEEN) == [NamespaceChanged(NAMESPACE, (), gone=(back,))]


def test_a_label_that_others_took_away_is_told_and_nobody_is_named() -> None:
    without = replace(SPACE_SEEN, fields={path: value for path, value in OURS.items() if path != ENFORCE})

    assert a_bridge().sees(without) == [NamespaceChanged(NAMESPACE, (Change(ENFORCE, "baseline", "absent", "unknown"),))]


def test_what_others_add_is_told_and_told_again_only_where_it_changes_a_promise() -> None:
    bridge = a_bridge()
    path, warn = "metadata.annotations.example.com/seen-at", "metadata.labels.pod-security.kubernetes.io/warn"
    hands = Manager(path, "rancher", NOON), Manager(warn, "kubectl-label", NOON)

    (told,) = bridge.sees(space({path: "12:00"}, *hands))
    assert told == NamespaceChanged(NAMESPACE, (Change(path, "absent", "12:00", "rancher", NOON),))
    assert bridge.sees(space({path: "12:01"}, *hands)) == [], "an operator that writes a time each minute fills no ledger"
    (second,) = bridge.sees(space({path: "12:01", warn: "privileged"}, *hands))
    assert isinstance(second, NamespaceChanged)
    assert (second.before, second.gone) == ((path,), ()), "what stood already is not told as if it were new"
    assert len(bridge.sees(space({path: "12:01", warn: "baseline"}, *hands))) == 1


def test_what_others_take_away_again_is_told_beside_what_is_left_of_theirs() -> None:
    bridge = a_bridge()
    one, two = (Manager(f"metadata.labels.{name}", name, NOON) for name in ("one", "two"))
    bridge.sees(space({one.path: "1", two.path: "2"}, one, two))

    (told,) = bridge.sees(space({one.path: "1"}, one))

    assert isinstance(told, NamespaceChanged)
    assert (told.before, told.gone) == ((one.path,), (Change(two.path, "2", "absent", "unknown"),))


def test_what_is_only_no_longer_told_is_not_said_to_be_as_it_was() -> None:
    bridge, hand = a_bridge(), Manager(ENFORCE, "kubectl-label", NOON)
    bridge.sees(space({ENFORCE: "restricted"}, hand))
    bridge.records(f"project/{KEY.project}", KEY.project, PodSecuritySet("restricted"))

    (told,) = bridge.sees(space({ENFORCE: "restricted"}, hand))

    assert told == NamespaceChanged(NAMESPACE, ()), "we ordered what alice had set: nobody took hers back"


def test_our_own_change_of_the_level_is_no_foreign_hand_before_nor_after_it_is_on_record() -> None:
    bridge = a_bridge()

    assert bridge.sees(space({ENFORCE: "restricted"})) == []
    bridge.records(f"project/{KEY.project}", KEY.project, PodSecuritySet("restricted"))
    assert bridge.sees(space({ENFORCE: "restricted"})) == []


def test_a_namespace_that_claims_to_be_a_projects_and_is_not_is_never_told() -> None:
    hand = Manager(ENFORCE, "kubectl-label", NOON)
    strange = replace(space({ENFORCE: "privileged"}, hand), ref=ObjectRef(Kind.NAMESPACE.value, "", "reckon-other"))

    assert a_bridge().sees(strange, replace(strange, project="other"), replace(strange, project="")) == []


def test_the_namespace_that_all_share_is_told_about_all() -> None:
    ref = ObjectRef(Kind.NAMESPACE.value, "", shared_namespace("ledger-1"))
    fields = {f"metadata.labels.{LABEL}/ledger": "ledger-1", ENFORCE: "privileged"}
    seen = NamespaceSeen(ref, "ns-2", "ledger-1", "", fields, (Manager(ENFORCE, "kubectl-label", NOON),))

    (news,) = a_bridge().looks(seen)

    assert news.subject == ""
    assert news.fact == NamespaceChanged(ref, (Change(ENFORCE, "restricted", "privileged", "kubectl-label", NOON),))


def test_a_deletion_is_told_when_it_begins_and_when_what_it_waits_for_changes() -> None:
    bridge = a_bridge()
    left = Condition(
        "NamespaceContentRemaining",
        holds=True,
        reason="SomeResourcesRemain",
        message="Some resources are remaining: pods. has 3 resource instances",
    )
    going = replace(SPACE_SEEN, deleting=True, deleted_at=NOON, writers=("kubectl-create",))

    assert bridge.sees(going) == [NamespaceLeaving(NAMESPACE, ("kubectl-create",), NOON)]
    assert bridge.sees(going) == []
    (waits,) = bridge.sees(replace(going, conditions=(left,)))
    assert isinstance(waits, NamespaceLeaving)
    assert waits.conditions[0].message.startswith("Some resources are remaining")
    fewer = replace(left, message=left.message.replace("3", "2"))
    assert bridge.sees(replace(going, conditions=(fewer,))) == []
    assert len(bridge.sees(replace(going, finalizers=("example.com/stay",)))) == 1
    assert bridge.sees(GoneSeen(NAMESPACE, "ns-1", "9", "")) == [NamespaceGone(NAMESPACE, "ns-1", "seen")]
    assert bridge.sees(GoneSeen(NAMESPACE, "ns-1", "9", "")) == []


def test_a_namespace_that_is_missing_from_a_list_is_gone_unless_it_only_lost_its_label() -> None:
    bridge = a_bridge()
    bridge.applied(NAMESPACE, uid="ns-1")

    assert bridge.sees(Relisted("Namespace", "9", frozenset({"ns-1"}))) == []
    label = f"metadata.labels.{LABEL}/ledger"
    bridge.sees(replace(SPACE_SEEN, fields={path: value for path, value in OURS.items() if path != label}))
    assert bridge.sees(Relisted("Namespace", "9", frozenset())) == []
    bridge.sees(SPACE_SEEN)
    assert bridge.sees(Relisted("Namespace", "9", frozenset())) == [NamespaceGone(NAMESPACE, "ns-1", "missed")]
    assert bridge.sees(Relisted("Namespace", "9", frozenset())) == []


def test_a_secret_that_only_we_wrote_is_no_news() -> None:
    assert a_bridge().sees(SecretLooked(SECRET, KEY.project, "s-1", "5")) == []


def test_a_secret_that_others_wrote_is_told_once_and_names_what_never_the_value() -> None:
    bridge = a_bridge()
    looked = SecretLooked(SECRET, KEY.project, "s-1", "5", (EDIT,))

    assert [news.subject for news in bridge.looks(looked)] == [KEY.project]
    assert bridge.sees(looked) == [SecretChanged(SECRET, "5", "kubectl-edit", NOON, ("data.value",))]
    assert bridge.sees(replace(looked, resource_version="6")) == [], "its resourceVersion alone says nothing"
    again = replace(EDIT, at=NOON + timedelta(minutes=1))
    assert len(bridge.sees(replace(looked, writers=(EDIT, again)))) == 1


def test_a_secret_that_is_missing_is_told_once_and_so_is_who_made_it_anew() -> None:
    bridge = a_bridge()

    assert bridge.sees(SecretLooked(SECRET, KEY.project)) == [SecretVanished(SECRET)]
    assert bridge.sees(SecretLooked(SECRET, KEY.project)) == []
    assert bridge.sees(SecretLooked(SECRET, KEY.project, "s-2", "8")) == [SecretChanged(SECRET, "8", "deadreckon")]
    assert bridge.sees(SecretLooked(SECRET, KEY.project)) == [SecretVanished(SECRET)]


def test_an_outage_is_told_once() -> None:
    bridge = a_bridge()
    unheard = Unheard(NOON, NOON + timedelta(seconds=22), "no answer")

    assert bridge.sees(unheard) == [ApiServerUnheard(NOON, NOON + timedelta(seconds=22), "no answer")]
    assert bridge.sees(unheard) == []


@pytest.mark.parametrize("fact", [NodeCordoned("n1", "x"), NamespaceGone(NAMESPACE), SecretVanished(SECRET)])
def test_what_befalls_the_surroundings_changes_nothing_in_a_deployments_fold(fact: Fact) -> None:
    bridge = a_bridge()
    before: Deployment = bridge.deployment

    bridge.records(cluster_stream("c1"), KEY.project, fact)

    assert bridge.deployment == before
