"""Where a chain begins: of what is well, what makes it well; of what is not, what stands in its way now."""

from datetime import timedelta

from domain.actions import Decided, Failed
from domain.facts import Fact
from domain.nodes_seen import NodeGone
from domain.objects import Kind
from domain.orders import DeletionOrdered, Held, Submitted
from domain.pod_facts import ReplicaLeaving
from domain.record import Recorded
from domain.replica import BecameReady, ContainerStarted, ReplicaCreated, ReplicaUnschedulable, ReplicaWaiting, Restarted
from domain.seen import Change, Drifted, ReplicasRefused, RolloutProgressed
from domain.serving_seen import EndpointsChanged
from domain.shared_seen import NamespaceLeaving
from projections.why.starts import of_object, of_replica, of_restart, telling
from tests.unit.projections.why.scene import Scene


def begins(s: Scene) -> Recorded[Fact]:
    start = telling(s.told.history, s.told.deployment)
    assert start is not None
    return start


def life(s: Scene, n: int) -> list[Recorded[Fact]]:
    return [one for one in s.told.history if one.stream == f"replica/{s.replicas[n]}"]


def test_what_is_well_begins_with_its_verdict_and_leads_to_the_replicas_that_are_ready() -> None:
    s = Scene.calm()
    s.told.healthy()

    found = s.why(begins(s))

    assert isinstance(found.links[0].recorded.fact, Decided)
    ready = [link for link in found.links if isinstance(link.recorded.fact, BecameReady)]
    assert len(ready) == 3
    assert {link.of for link in ready} == {found.links[0].recorded.position}
    assert found.root == "person"


def test_a_version_that_failed_begins_with_its_verdict() -> None:
    s = Scene()
    s.told.submitted(replicas=1).applied().crashing("no such table").failed()

    assert isinstance(begins(s).fact, Decided)


def test_a_replica_that_has_left_stands_in_nothings_way() -> None:
    s = Scene.calm()
    s.told.healthy()
    s.leaves(0, "EvictionByEvictionAPI").comes(ready=False)

    assert isinstance(begins(s).fact, ReplicaCreated)
    s.of(3, ReplicaUnschedulable("no node")).later()
    assert isinstance(begins(s).fact, ReplicaUnschedulable)
    s.of(3, ContainerStarted("c", s.now), BecameReady(s.now))
    assert isinstance(begins(s).fact, Decided)


def test_a_drift_that_stands_is_what_stands_in_the_way() -> None:
    s = Scene.calm()
    s.told.healthy().drifted("spec.paused", "absent", True)  # noqa: FBT003

    assert isinstance(begins(s).fact, Drifted)
    s.told.drift_ended()
    assert isinstance(begins(s).fact, Decided)


def test_what_the_cluster_refuses_is_what_stands_in_the_way() -> None:
    s = Scene.calm()
    s.told.healthy().submitted(image="shop:2").rejected()
    assert isinstance(begins(s).fact, Failed)

    s = Scene.calm()
    s.told.healthy().submitted(image="shop:2").applied().no_quota()
    assert isinstance(begins(s).fact, ReplicasRefused)


def test_a_node_that_is_gone_stands_in_the_way_of_the_replicas_on_it() -> None:
    s = Scene.calm()
    s.told.healthy().probe_failed()
    s.node(NodeGone("node-1"))

    assert isinstance(begins(s).fact, NodeGone)


def test_a_namespace_that_is_leaving_stands_in_the_way_of_all() -> None:
    s = Scene.calm()
    s.told.healthy().cluster(NamespaceLeaving(s.told.ref(Kind.NAMESPACE)))

    assert isinstance(begins(s).fact, NamespaceLeaving)


def test_a_service_without_endpoints_stands_in_the_way() -> None:
    s = Scene.calm()
    s.told.healthy().saw(EndpointsChanged(s.told.ref(Kind.SERVICE), "u", 0, 3))
    assert isinstance(begins(s).fact, EndpointsChanged)
    s.told.saw(EndpointsChanged(s.told.ref(Kind.SERVICE), "u", 3, 3))

    assert isinstance(begins(s).fact, Decided)


def test_what_is_on_its_way_or_stopped_begins_with_the_order() -> None:
    s = Scene()
    s.told.submitted(who="ann")
    assert isinstance(begins(s).fact, Submitted)

    s = Scene.calm()
    s.told.healthy().stopped(who="carl").applied().ready()
    assert isinstance(begins(s).fact, Submitted)
    assert s.why(begins(s)).end.startswith("carl ordered it")


def test_what_is_held_begins_with_the_hold_until_it_is_taken_back_or_has_run_out() -> None:
    s = Scene.calm()
    s.told.healthy().held(who="dora").submitted(image="shop:2")
    assert isinstance(begins(s).fact, Held)
    assert s.why(begins(s)).end.startswith("dora ordered it")
    s.told.resumed()
    assert isinstance(begins(s).fact, Submitted)

    s.told.held(until=s.now + timedelta(minutes=1)).later(minutes=2).gave_up()
    assert isinstance(begins(s).fact, Submitted)


def test_what_has_too_few_replicas_and_no_known_trouble_begins_with_their_count() -> None:
    s = Scene.calm()
    s.told.healthy()
    s.leaves(0).told.progressed()

    assert isinstance(begins(s).fact, RolloutProgressed)


def test_what_is_deleted_begins_with_that_order() -> None:
    s = Scene.calm()
    s.told.healthy().deleted(who="carl")
    assert isinstance(begins(s).fact, DeletionOrdered)
    s.told.gone()

    assert s.why(begins(s)).end.startswith("carl ordered it")


def test_a_replica_begins_with_why_it_went_what_ails_it_or_why_it_is_there() -> None:
    s = Scene.calm().leaves(0, "EvictionByEvictionAPI").of(1, ReplicaWaiting("CrashLoopBackOff", "back-off"))

    found = [of_replica(life(s, n)) for n in range(3)]

    assert [type(one.fact) for one in found if one] == [ReplicaLeaving, ReplicaWaiting, ReplicaCreated]


def test_a_restart_is_found_by_its_number_also_where_several_were_told_as_one() -> None:
    s = Scene.calm()
    s.of(0, Restarted(1, 1, 1, 0, "Error", "first", "crashed", s.now), Restarted(4, 3, 1, 0, "Error", "later", "crashed", s.now))

    words = [getattr(found.fact, "message", "") if (found := of_restart(life(s, 0), n)) else None for n in (1, 2, 4, 5)]

    assert words == ["first", "later", "later", None]


def test_an_object_begins_with_what_last_happened_to_it() -> None:
    s = Scene.calm()
    service = s.told.ref(Kind.SERVICE)
    s.saw(Drifted(service, "u", "9", (Change("spec.type", "ClusterIP", "NodePort", "kubectl-edit"),)))
    s.node(NodeGone("node-1"))

    of_service = of_object(s.told.history, "service", service.name)
    of_node = of_object(s.told.history, "Node", "node-1")

    assert of_service is not None
    assert of_node is not None
    assert isinstance(of_service.fact, Drifted)
    assert isinstance(of_node.fact, NodeGone)
    assert of_object(s.told.history, "Service", "nothing") is None
