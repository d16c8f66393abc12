"""A pod that loses the label of its ledger and gets it back: it is a replica again, and the engine leads on."""

from domain.cluster import TookLead
from domain.names import LABEL, Key
from domain.objects import Kind, ObjectRef
from tests.simulation.world import World

WEB = Key("shop", "web")
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, WEB.namespace, WEB.object_name)


def running(seed: str, *, engines: int = 1) -> World:
    world = World(seed, engines=engines)
    world.people.submit(WEB)
    world.run(60)
    return world


def test_a_pod_that_lost_its_label_and_got_it_back_is_a_replica_again() -> None:
    world = running("label")
    pod = world.cluster.interventions.pods(WEB.namespace)[0]
    mine = world.ledger.identity
    world.cluster.interventions.edit(pod, {"metadata": {"labels": {f"{LABEL}/ledger": None}}})
    world.cluster.interventions.cut_feeds()
    world.run(60)
    world.cluster.interventions.edit(pod, {"metadata": {"labels": {f"{LABEL}/ledger": mine}}})
    world.run(60)
    live = world.cluster.read(pod)
    assert live is not None
    assert live.uid in world.people.deployment(WEB).replicas
    leads = [r for r in world.ledger.tail(0, 10_000) if isinstance(r.fact, TookLead)]
    assert len(leads) == 1
