"""Many deployments at once: a round stays short, so that the lease outlasts it."""

from domain.actions import Decided
from domain.names import Key
from domain.orders import Submitted
from reconciler.loop import INTENTS
from tests.simulation.weather import StormyLedger
from tests.simulation.world import World

MANY = INTENTS + 50


class CountingLedger(StormyLedger):
    """Counts how often a document is asked for."""

    asked = 0

    def document(self, digest: str) -> bytes | None:
        self.asked += 1
        return super().document(digest)


class CountingWorld(World):
    ledger_class = CountingLedger


def test_a_round_records_only_so_many_decisions_and_looks_up_nothing_for_those_who_perform() -> None:
    world = CountingWorld("many")
    for n in range(MANY):
        world.people.submit(Key("shop", f"web {n}"), replicas=1)
    loop, ledger = world.processes[0].loop, world.ledger
    assert isinstance(ledger, CountingLedger)
    loop.step()
    facts = [recorded.fact for recorded in ledger.tail(0, 10_000)]
    assert sum(isinstance(fact, Submitted) for fact in facts) == MANY
    assert sum(isinstance(fact, Decided) for fact in facts) == INTENTS
    assert ledger.asked == 0


def test_all_of_many_come_true_in_the_end() -> None:
    world = World("many")
    keys = [Key("shop", f"web {n}") for n in range(MANY)]
    for key in keys:
        world.people.submit(key, replicas=1)
    world.run(20)
    assert [key.name for key in keys if world.people.deployment(key).workload is None] == []
