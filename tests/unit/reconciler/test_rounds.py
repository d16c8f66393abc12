"""How much is recorded at once: so many facts in a round, the rest in the next, in order, none lost."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.names import Key
from domain.record import Append, Recorded
from domain.replica import ReplicaFact
from reconciler.hold_back import ROOM, HoldBackBuffer
from tests.simulation.weather import StormyLedger
from tests.simulation.world import World
from tests.unit.reconciler.test_hold_back import seen

WEB = Key("shop", "web")
REPLICAS = 30


class Measuring(StormyLedger):
    """Notes the most that was seen of replicas in one transaction."""

    most = 0

    def append(self, appends: Sequence[Append[Any]], **more: Any) -> tuple[Recorded[Any], ...]:  # noqa: ANN401
        facts = [note.fact for one in appends for note in one.notes]
        self.most = max(self.most, sum(isinstance(fact, ReplicaFact) for fact in facts))
        return super().append(appends, **more)


class MeasuringWorld(World):
    ledger_class = Measuring


def burst() -> tuple[int, dict[str, list[object]]]:
    """Let many pods come at once, and go unseen; give the most of one transaction, and what each replica's stream says."""
    world = MeasuringWorld("burst")
    world.people.submit(WEB, replicas=REPLICAS)
    world.run(60)
    assert isinstance(world.ledger, Measuring)
    streams: dict[str, list[object]] = {}
    for recorded in world.ledger.tail(0, 100_000):
        if recorded.stream.startswith("replica/"):
            streams.setdefault(recorded.stream, []).append(recorded.fact)
    return world.ledger.most, streams


def test_a_burst_is_recorded_in_rounds_and_nothing_of_it_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    most, streams = burst()
    monkeypatch.setattr("reconciler.recording.ROUND", 10)
    least, same = burst()
    assert len(streams) == REPLICAS
    assert most > 10 + 7 >= least  # the sight that fills a round is recorded whole
    assert same == streams


def test_a_recorder_that_is_full_takes_no_more() -> None:
    hold_back = HoldBackBuffer()
    assert hold_back.room == ROOM
    hold_back.give_back([seen(str(number)) for number in range(ROOM + 5)])
    assert hold_back.room == 0
