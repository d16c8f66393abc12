"""What an engine remembers: facts of its own are folded without reading them back, but only when nothing stands in between."""

from datetime import UTC, datetime

from domain.cluster import TookLead
from domain.facts import Fact
from domain.record import Circumstances, Recorded, Who
from reconciler.memory import Memory

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def fact(position: int) -> Recorded[Fact]:
    return Recorded(position, "cluster/1", position, NOON, TookLead("me", 1, observing=False), Circumstances(f"{position}", Who("me", "engine")))


def test_facts_go_on_from_memory_only_when_none_is_left_out() -> None:
    memory = Memory()
    memory.take([fact(1), fact(2)])

    assert memory.continues([fact(3), fact(4)])
    assert not memory.continues([fact(4), fact(5)])
    assert not memory.continues([fact(3), fact(5)])
    assert not memory.continues([fact(2), fact(3)])
