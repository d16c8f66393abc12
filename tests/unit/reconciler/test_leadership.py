"""Leadership by an engine's own clock: until when it leads, when it asks again, and since when nobody led before it."""

from datetime import timedelta

import pytest

from domain.cluster import TookLead
from domain.record import Lease
from reconciler.leadership import EngineIdentity, Leadership, LeaseTiming
from tests.contracts.ledgers import NOON, Hands
from tests.memory_ledger import MemoryLedger

SECOND = timedelta(seconds=1)
TIMING = LeaseTiming(lease=20, renewal=4)


class Machines:
    """Engines with clocks of their own, and the database's clock, by which leases run out."""

    def __init__(self) -> None:
        self.database, self.clock = Hands(NOON), Hands(NOON)
        self.ledger = MemoryLedger(self.database)

    def engine(self, name: str = "one") -> Leadership:
        return Leadership(self.ledger, EngineIdentity(name), self.clock, TIMING)

    def leading(self) -> Leadership:
        engine = self.engine()
        engine.take(asked(engine))
        return engine

    def move(self, seconds: float) -> None:
        self.database.move(seconds)
        self.clock.move(seconds)


def asked(engine: Leadership) -> Lease:
    lease = engine.ask()
    assert lease is not None
    return lease


@pytest.mark.parametrize(
    ("passed", "leading", "fresh"),
    [(-0.1, True, False), (0, True, True), (3.9, True, True), (4, True, False), (19.9, True, False), (20, False, False)],
)
def test_a_lease_is_fresh_until_its_renewal_and_held_until_its_end(passed: float, leading: bool, fresh: bool) -> None:
    machines = Machines()
    engine = machines.leading()
    machines.clock.move(passed)

    assert (engine.leading, engine.fresh) == (leading, fresh)


def test_who_was_given_the_lease_does_not_lead_before_it_takes_it() -> None:
    machines = Machines()
    engine = machines.engine()
    before = (engine.leading, engine.fresh)
    lease = asked(engine)

    assert before == (engine.leading, engine.fresh) == (False, False)
    engine.take(lease)
    assert engine.leading
    assert engine.fresh


def test_the_lease_is_counted_from_before_the_ledger_was_asked() -> None:
    machines = Machines()

    class SlowLedger(MemoryLedger):
        def lead(self, holder: str, seconds: float) -> Lease | None:
            machines.clock.move(3)
            return super().lead(holder, seconds)

    engine = Leadership(SlowLedger(machines.database), EngineIdentity("one"), machines.clock, TIMING)
    asked(engine)

    assert engine.renew_at == NOON + 4 * SECOND


def test_a_renewal_keeps_the_lead_and_its_epoch() -> None:
    machines = Machines()
    engine = machines.leading()
    held = engine.lease
    machines.move(4)
    asked(engine)
    machines.clock.move(19)

    assert engine.lease is held
    assert engine.leading


def test_an_engine_that_slept_through_its_lease_takes_it_anew_on_record() -> None:
    machines = Machines()
    engine = machines.leading()
    machines.move(25)
    lease = asked(engine)

    assert engine.lease is None
    assert engine.announced(lease) == TookLead("one", 1, observing=False, unled_since=NOON + 20 * SECOND, lost_by="one")


def test_who_believes_to_lead_and_finds_another_in_the_lead_leads_no_more() -> None:
    machines = Machines()
    engine = machines.leading()
    machines.database.move(21)  # its own clock stands still
    other = machines.engine("two")
    other.take(asked(other))

    assert engine.leading
    assert engine.ask() is None
    assert (engine.lease, engine.renew_at, engine.leading) == (None, None, False)


def test_who_believes_to_lead_and_was_led_over_in_between_takes_the_lease_anew() -> None:
    machines = Machines()
    engine = machines.leading()
    machines.database.move(21)
    asked(machines.engine("two"))
    machines.database.move(21)
    lease = asked(engine)

    assert (engine.lease, engine.leading) == (None, False)
    assert engine.announced(lease) == TookLead("one", 3, observing=False, unled_since=NOON + 41 * SECOND, lost_by="two")


def lost(machines: Machines, holder: str) -> None:
    """Let an engine of this name have the lease, and lose it."""
    assert machines.ledger.lead(holder, 10) is not None
    machines.move(10)


def test_since_when_nobody_led_is_remembered_until_the_lease_is_taken() -> None:
    machines = Machines()
    lost(machines, "two")
    engine = machines.engine()
    asked(engine)  # what follows on it fails: it is not taken
    machines.move(4)
    lease = asked(engine)

    assert (lease.unled_since, lease.lost_by) == (None, ""), "the ledger only knows of the first try"
    assert engine.announced(lease) == TookLead("one", 2, observing=False, unled_since=NOON + 10 * SECOND, lost_by="two")


def test_since_when_nobody_led_is_forgotten_once_another_leads() -> None:
    machines = Machines()
    lost(machines, "two")
    engine = machines.engine()
    machines.ledger.release(asked(engine))
    machines.ledger.lead("three", 10)
    assert engine.ask() is None
    machines.move(30)
    lease = asked(engine)

    assert engine.announced(lease) == TookLead("one", 4, observing=False, unled_since=NOON + 20 * SECOND, lost_by="three")


def test_since_when_nobody_led_is_forgotten_once_the_lease_is_taken() -> None:
    machines = Machines()
    lost(machines, "two")
    engine = machines.leading()
    machines.move(50)
    lease = asked(engine)

    assert engine.announced(lease).unled_since == NOON + 30 * SECOND
    assert engine.announced(lease).lost_by == "one"


def test_a_lease_that_nobody_had_before_tells_of_no_time_without_a_leader() -> None:
    machines = Machines()
    engine = Leadership(machines.ledger, EngineIdentity("one", "1.2", observing=True), machines.clock)

    assert engine.announced(Lease("one", 7)) == TookLead("one", 7, observing=True, build="1.2")
    assert engine.announced(asked(engine)) == TookLead("one", 1, observing=True, build="1.2")


def test_a_lease_that_was_given_back_is_another_s_at_once() -> None:
    machines = Machines()
    engine = machines.leading()
    lease = engine.lease
    assert lease is not None
    other = machines.engine("two")
    assert other.ask() is None
    engine.release(lease)

    assert asked(other).holder == "two"


def test_who_ends_its_lead_asks_at_once() -> None:
    engine = Machines().leading()
    engine.end()

    assert (engine.lease, engine.renew_at, engine.leading, engine.fresh) == (None, None, False, False)


def test_two_renewals_may_be_lost() -> None:
    timing = LeaseTiming.of(30)

    assert (timing.lease, timing.renewal) == (30, 9)
    assert LeaseTiming() == LeaseTiming.of(10)
