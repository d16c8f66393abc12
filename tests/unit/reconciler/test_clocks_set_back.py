"""Clocks that are put right while an engine leads."""

from datetime import UTC, datetime, timedelta

from adapters.simulator.cluster import SimulatedCluster
from domain.objects import Kind, ObjectRef
from domain.observations import EventSeen, WatchEvent
from reconciler.hold_back import HoldBackBuffer, RecordingContext
from reconciler.leadership import EngineIdentity, Leadership
from reconciler.ledger_tail import LedgerTail
from reconciler.loop import Loop
from reconciler.policy import Policy
from reconciler.recording import Recording
from reconciler.worker_pool import InlineWorkerPool
from tests import stories
from tests.contracts.ledgers import Hands
from tests.memory_ledger import MemoryLedger

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_an_engine_whose_clock_is_set_back_goes_on_renewing_its_lease() -> None:
    database, machine = Hands(NOON), Hands(NOON)
    ledger = MemoryLedger(database)
    ids = iter(range(1000))
    tail = LedgerTail(ledger, Leadership(ledger, EngineIdentity("engine"), machine), lambda: str(next(ids)))
    loop = Loop(Recording(tail), SimulatedCluster(machine), InlineWorkerPool(), Policy())
    loop.step()
    machine.at -= timedelta(hours=1)
    for _ in range(20):
        database.move(2)
        machine.move(2)
        loop.step()
        assert ledger.leader() is not None


def test_an_event_about_a_pod_not_seen_yet_does_not_wait_for_a_clock_that_was_set_back() -> None:
    story = stories.story().submitted()
    pod = ObjectRef(Kind.POD.value, story.key.namespace, f"{story.key.object_name}-abc-12345")
    event = EventSeen("e1", "7", pod, "p1", "", "Warning", "Failed", "no", 1, None, None, "kubelet")
    watch_event = WatchEvent((event,), NOON, Kind.EVENT.value, "7")
    fleet = {story.key.object_name: story.deployment}
    assert HoldBackBuffer().ready([watch_event], RecordingContext(fleet, frozenset(), NOON)) == ()
    assert HoldBackBuffer().ready([watch_event], RecordingContext(fleet, frozenset(), NOON - timedelta(hours=1))) == (
        watch_event,
    )
