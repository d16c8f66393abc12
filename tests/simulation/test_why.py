"""Incidents on a simulated cluster: nobody is told to have done what they did not, with an audit log or without."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domain.facts import Fact, audited_stream
from domain.objects import Kind, ObjectRef
from domain.pod_facts import ReplicaLeaving
from domain.record import Recorded
from domain.replica import BecameUnready, ReplicaCreated, ReplicaGone, ReplicaKilled, ReplicaUnschedulable, Restarted
from domain.scaling import Scaled
from domain.seen import ReplicaSetScaled, ReplicasRefused
from projections.why.chain import chain
from projections.why.links import Chain
from projections.why.starts import telling
from tests.simulation.test_audit_log import WEB, AuditedWorld

BEFELL = (ReplicaLeaving, ReplicaGone, ReplicaCreated, BecameUnready, ReplicaKilled, Restarted, ReplicaUnschedulable)
ASKED = (*BEFELL, ReplicasRefused, ReplicaSetScaled)
ORDERED = "ann"
"""Whoever gives the orders in simulations."""


class Shop(AuditedWorld):
    """Two replicas, scaled to three by an order, all well; then something happens that nobody ordered."""

    def __init__(self, log: Path, seed: str, *, heard: bool) -> None:
        super().__init__(log, seed)
        self.heard = heard
        self.people.scale(WEB, 3)
        self.run(120)
        self.begun = self.ledger.head()

    @property
    def pods(self) -> list[ObjectRef]:
        return [ObjectRef("Pod", WEB.namespace, replica.pod) for replica in self.deployment.replicas.values()]

    def alice(self, verb: str, pod: ObjectRef, **more: object) -> None:
        """Let the audit log, where there is one, have a request of hers."""
        if self.heard:
            self.asked(verb, "pods", pod.name, **more)

    def deletes(self, pod: ObjectRef, **more: object) -> None:
        self.alice("create" if more else "delete", pod, **more)
        self.cluster.interventions.delete_pod(pod)

    def told_of(self, *kinds: type[Fact]) -> list[Recorded[Fact]]:
        about = self.ledger.about(WEB.subject, after=self.begun)
        return [recorded for recorded in about if isinstance(recorded.fact, kinds)]

    def why(self, start: Recorded[Fact]) -> Chain:
        scopes = ("", WEB.project)
        witnessed = [one for scope in scopes for one in self.ledger.read(audited_stream(scope))]
        facts = [*self.ledger.about(WEB.subject), *(one for scope in scopes for one in self.ledger.about(scope))]
        return chain(sorted(facts, key=lambda one: one.position), start, witnessed)


def deleted(shop: Shop) -> None:
    shop.deletes(shop.pods[0])


def two_deleted(shop: Shop) -> None:
    for pod in shop.pods[:2]:
        shop.deletes(pod)
        shop.run(20)


def evicted(shop: Shop) -> None:
    shop.deletes(shop.pods[1], subresource="eviction")


def drained(shop: Shop) -> None:
    node = next(iter(shop.deployment.replicas.values())).node
    shop.cluster.interventions.cordon(node, "kubectl-drain")
    shop.run(2)
    for replica in list(shop.deployment.replicas.values()):
        if replica.node == node:
            shop.deletes(ObjectRef("Pod", WEB.namespace, replica.pod), subresource="eviction")
            shop.run(5)


def node_lost(shop: Shop) -> None:
    node = next(iter(shop.deployment.replicas.values())).node
    shop.cluster.interventions.silence(node)
    shop.run(5)
    shop.cluster.interventions.remove_node(node)
    for replica in list(shop.deployment.replicas.values()):
        if replica.node == node:
            shop.cluster.interventions.delete_pod(ObjectRef("Pod", WEB.namespace, replica.pod))


def image_changed_in_place(shop: Shop) -> None:
    pod = shop.pods[0]
    shop.alice("patch", pod)
    image = {"spec": {"containers": [{"name": "app", "image": "reg.example/app:2"}]}}
    shop.cluster.interventions.edit(pod, image, "kubectl-edit")
    shop.run(30)
    shop.cluster.interventions.crash(pod, 143)


def crashed(shop: Shop) -> None:
    shop.cluster.interventions.crash(shop.pods[2], 1)


def killed(shop: Shop) -> None:
    shop.cluster.interventions.crash(shop.pods[2], 137)


def quota(shop: Shop) -> None:
    shop.cluster.interventions.quota(WEB.namespace, 2)
    shop.deletes(shop.pods[0])


def load(shop: Shop) -> None:
    shop.people.autoscale(WEB, 3, 6)
    shop.run(60)
    shop.begun = shop.ledger.head()
    shop.cluster.interventions.load(ObjectRef(Kind.DEPLOYMENT.value, WEB.namespace, WEB.object_name), 290.0)
    shop.run(60)
    shop.deletes(shop.pods[0])


INCIDENTS = (deleted, two_deleted, evicted, drained, node_lost, image_changed_in_place, crashed, killed, quota, load)


@pytest.fixture(params=[True, False], ids=["audit log", "no audit log"])
def heard(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def shop(tmp_path: Path, heard: bool) -> Iterator[Shop]:
    shop = Shop(tmp_path / "audit.log", "why", heard=heard)
    yield shop
    shop.close()


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda one: one.__name__)
def test_nobody_is_told_to_have_ordered_what_nobody_ordered(shop: Shop, incident: Callable[[Shop], None]) -> None:
    incident(shop)
    shop.run(150)

    told = shop.told_of(*ASKED)
    assert told
    for start in told:
        found = shop.why(start)
        scaled = any(isinstance(link.recorded.fact, Scaled) for link in found.causes)
        assert not found.end.startswith(ORDERED), (start.fact, found.links)
        assert shop.heard or scaled or found.root != "person", (start.fact, found.links)


@pytest.mark.parametrize("incident", [deleted, two_deleted, evicted, drained], ids=lambda one: one.__name__)
def test_whoever_did_it_is_named_where_the_audit_log_is_known_and_nobody_where_it_is_not(
    shop: Shop, incident: Callable[[Shop], None]
) -> None:
    incident(shop)
    shop.run(60)

    for start in shop.told_of(ReplicaLeaving):
        found = shop.why(start)
        assert found.end.startswith("alice (by kubectl)" if shop.heard else "someone or something"), found


def test_a_replica_that_comes_after_one_was_deleted_comes_in_its_place(shop: Shop) -> None:
    deleted(shop)
    shop.run(60)

    (born,) = shop.told_of(ReplicaCreated)
    found = shop.why(born)
    assert isinstance(found.links[1].recorded.fact, ReplicaLeaving)
    assert found.links[1].ground.startswith("it came in place of ")
    assert found.root == ("person" if shop.heard else "unknown")


def test_what_is_well_again_leads_to_its_verdict_and_not_to_what_has_left(shop: Shop) -> None:
    deleted(shop)
    shop.run(150)

    start = telling(tuple(shop.ledger.about(WEB.subject)), shop.deployment)
    assert start is not None
    assert type(start.fact).__name__ == "Decided"


def test_the_control_a_scaling_that_was_ordered_is_told_as_its_cause(shop: Shop) -> None:
    shop.people.scale(WEB, 5)
    shop.run(60)

    assert {shop.why(born).end for born in shop.told_of(ReplicaCreated)} == {f"{ORDERED} ordered it (claimed, not proved)"}
