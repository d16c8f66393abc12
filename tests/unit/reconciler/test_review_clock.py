"""Clocks that are put right while an engine leads."""

from datetime import UTC, datetime, timedelta

from adapters.simulator.cluster import SimulatedCluster
from reconciler.crew import InlineCrew
from reconciler.loop import Identity, Loop
from reconciler.policy import Policy
from tests.contracts.ledgers import Hands
from tests.memory_ledger import MemoryLedger

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_an_engine_whose_clock_is_set_back_goes_on_renewing_its_lease() -> None:
    database, machine = Hands(NOON), Hands(NOON)
    ledger = MemoryLedger(database)
    ids = iter(range(1000))
    loop = Loop(
        ledger,
        SimulatedCluster(machine),
        InlineCrew(),
        clock=machine,
        new_id=lambda: str(next(ids)),
        identity=Identity("engine"),
        policy=Policy(),
    )
    loop.step()
    machine.at -= timedelta(hours=1)
    for _ in range(20):
        database.move(2)
        machine.move(2)
        loop.step()
        assert ledger.leader() is not None
