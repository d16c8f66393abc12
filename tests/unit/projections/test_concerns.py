"""What is told once, of the cluster or of a project, stands in the history of each deployment that it concerns."""

from dataclasses import replace

import pytest

from domain.actions import IncarnationEnded
from domain.cluster import ApiServerUnheard, ImitationSeen, ObservationGap, TookLead
from domain.facts import Fact
from domain.nodes_seen import NodeCordoned, NodeReady, NodeUncordoned, NodeUnready
from domain.objects import Kind, ObjectRef
from domain.project import secret_object
from domain.replica import ReplicaScheduled
from domain.shared_seen import NamespaceChanged, NamespaceLeaving, SecretVanished
from domain.spec import EnvVar, SecretRef
from projections.concerns import Concerns, joined
from tests.stories import NOON, Story, story


def heard(told: Story) -> list[Fact]:
    """Give what of others' facts concerns the story's deployment."""
    history = told.log.history
    own = [one for one in history if one.metadata.subject == told.key.subject]
    others = [one for one in history if one.metadata.subject != told.key.subject]
    found = list(joined(Concerns(told.key), own, others))
    assert [one.position for one in found] == sorted(one.position for one in found)
    assert [one for one in found if one.metadata.subject == told.key.subject] == own
    return [one.fact for one in found if one.metadata.subject != told.key.subject]


def of_project(told: Story, fact: Fact) -> Story:
    told.secret("beside")
    before = told.log.history.pop()
    told.log.add("cluster/c", fact, before.metadata)
    return told


def running() -> Story:
    return story().submitted().applied().ready()


LEAD = TookLead("engine-2", 2, observing=False, build="1.2", unled_since=NOON, lost_by="engine-1")
GAP = ObservationGap("Pod", NOON, NOON, "410")
AWAY = ApiServerUnheard(NOON, NOON, "no answer")


@pytest.mark.parametrize("fact", [LEAD, GAP, AWAY], ids=lambda fact: type(fact).__name__)
def test_what_could_not_be_seen_concerns_a_deployment_while_it_exists(fact: Fact) -> None:
    assert heard(running().cluster(fact)) == [fact]
    assert heard(story().cluster(fact).submitted()) == []
    ended = running().deleted().decided(findings=(IncarnationEnded(1),))
    assert heard(ended.cluster(fact)) == []


def test_a_nodes_trouble_concerns_who_has_a_replica_there_and_so_does_its_end_when_that_has_left() -> None:
    told = running()
    told.cluster(NodeCordoned("node-9", "kubectl-drain")).cluster(NodeCordoned("node-1", "kubectl-drain"))
    for uid in list(told.deployment.replicas):
        told.leaves(uid)
    told.replica(ReplicaScheduled("node-2"))
    told.cluster(NodeUncordoned("node-1", "unknown")).cluster(NodeUnready("node-1", "KubeletNotReady", ""))

    assert heard(told) == [NodeCordoned("node-1", "kubectl-drain"), NodeUncordoned("node-1", "unknown")]


def test_a_node_that_replicas_come_to_later_concerns_only_from_then_on() -> None:
    told = running().cluster(NodeUnready("node-7", "KubeletNotReady", ""))
    told.replica(ReplicaScheduled("node-7"))

    assert heard(told.cluster(NodeReady("node-7"))) == [NodeReady("node-7")]


def test_its_namespace_concerns_it_and_no_other() -> None:
    told = running()
    space = told.ref(Kind.NAMESPACE)
    of_project(told, NamespaceChanged(ObjectRef("Namespace", "", "reckon-other"), ()))
    of_project(told, NamespaceLeaving(space))

    assert heard(told) == [NamespaceLeaving(space)]


def test_a_secret_concerns_who_runs_with_it() -> None:
    told = story().secret("token").submitted(env=(EnvVar("TOKEN", SecretRef("token")),)).applied()
    space = told.ref(Kind.NAMESPACE).name
    used = SecretVanished(ObjectRef("Secret", space, secret_object("token", 1)))
    of_project(told, SecretVanished(ObjectRef("Secret", space, secret_object("other", 1))))
    of_project(told, used)

    assert heard(told) == [used]


def test_a_secret_still_concerns_who_ran_with_it_until_the_next_version_but_one() -> None:
    told = story().secret("token").submitted(env=(EnvVar("TOKEN", SecretRef("token")),)).applied()
    used = SecretVanished(ObjectRef("Secret", told.ref(Kind.NAMESPACE).name, secret_object("token", 1)))
    of_project(told.submitted(env=()), used)
    assert heard(told) == [used], "the version before may still run"

    of_project(told.submitted(), used)
    assert heard(told) == [used]


def test_an_imitation_concerns_whom_it_imitates() -> None:
    told = running()
    space, name = told.ref(Kind.NAMESPACE).name, told.key.object_name
    mine = ImitationSeen(ObjectRef("Pod", space, "x"), "u", name, "not ours", "kubectl")
    told.cluster(ImitationSeen(ObjectRef("Pod", space, "y"), "v", "other", "not ours", "kubectl")).cluster(mine)
    told.cluster(replace(mine, ref=ObjectRef("Pod", "elsewhere", "x")))

    assert heard(told) == [mine]


def test_what_befalls_another_project_concerns_nobody_here() -> None:
    told = running()
    beside = told.beside("shop", "elsewhere").submitted().applied()
    of_project(beside, NamespaceLeaving(beside.ref(Kind.NAMESPACE)))

    assert heard(told) == []
