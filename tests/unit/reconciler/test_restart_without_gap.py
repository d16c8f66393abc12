"""How far the watches have come is kept also while they tell nothing new: a restart is no gap in what was seen."""

from domain.cluster import ObservationGap
from domain.names import Key
from domain.objects import Kind, ObjectRef
from tests.simulation.world import World

WEB = Key("shop", "web")
SERVICE = ObjectRef(Kind.SERVICE.value, WEB.namespace, WEB.object_name)


def test_an_engine_that_is_started_anew_after_a_quiet_hour_has_missed_nothing() -> None:
    world = World("quiet")
    world.people.submit(WEB)
    world.run(60)
    for note in range(12):
        world.cluster.interventions.edit(SERVICE, {"metadata": {"annotations": {"example.org/note": str(note)}}})
        world.run(300)
    world.run(300)
    facts = world.ledger.head()
    world.cluster.interventions.forget_history()
    world.kill(world.processes[0])
    world.run(60)
    gaps = [r.fact for r in world.ledger.tail(facts) if isinstance(r.fact, ObservationGap)]
    assert gaps == []


def test_what_was_not_seen_is_still_a_gap() -> None:
    world = World("control")
    world.people.submit(WEB)
    world.run(60)
    world.kill(world.processes[0])
    world.cluster.interventions.edit(SERVICE, {"metadata": {"annotations": {"example.org/note": "x"}}})
    world.cluster.interventions.forget_history()
    world.run(60)
    assert any(isinstance(r.fact, ObservationGap) for r in world.ledger.tail(0))
