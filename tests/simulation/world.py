"""A simulated world: one ledger, one cluster, some engines, people and foreign hands, on one clock, all from one seed."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from adapters.simulator.cluster import SimulatedCluster
from domain.errors import Rejected, Unreachable
from domain.ports import Clock, Ledger
from reconciler.leadership import EngineIdentity, Leadership
from reconciler.ledger_tail import LedgerTail
from reconciler.loop import Loop
from reconciler.policy import Policy
from reconciler.recording import Inputs, Recording
from tests.simulation.chance import Chance
from tests.simulation.engines import LateWorkerPool, Process
from tests.simulation.people import People
from tests.simulation.weather import Climate, Crashed, StormyCluster, StormyLedger, Weather

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ENDLESS = 500
"""So many rounds in one moment are a fault: something goes round without end."""


class Endless(AssertionError):
    """An engine goes round and round although no time passes."""


class World:
    """Everything of one run. Time moves only in `run`."""

    tail_class = LedgerTail
    recording_class = Recording
    loop_class = Loop
    ledger_class = StormyLedger
    cluster_class = StormyCluster

    def __init__(
        self,
        seed: str,
        *,
        climate: Climate | None = None,
        weather: Weather | None = None,
        engines: int = 1,
        slowest: float = 0.0,
        at: datetime = NOON,
    ) -> None:
        self.seed = seed
        self._now = at
        self._ids = itertools.count(1)
        self.weather = weather or Weather(climate or Climate(), Chance(f"{seed} weather"))
        self.ledger = self._open_ledger()
        self.cluster = self._open_cluster()
        self.people = People(self.ledger, self.clock, self.new_id)
        self._slowest = slowest
        self.processes = [Process.started(f"engine-{n}", self._build) for n in range(1, engines + 1)]
        self._acting: Process | None = None
        self._happenings: list[tuple[datetime, Callable[[], None]]] = []
        self._chance = Chance(f"{seed} processes")

    @property
    def clock(self) -> Clock:
        return lambda: self._now

    def new_id(self) -> str:
        return f"fact-{next(self._ids)}"

    def _open_ledger(self) -> Ledger:
        return self.ledger_class(self.clock, f"ledger-{self.seed}", self.weather)

    def _open_cluster(self) -> SimulatedCluster:
        return self.cluster_class(self.clock, self.seed, self.weather)

    def _build(self, name: str) -> tuple[Loop, LateWorkerPool]:
        workers = LateWorkerPool(self.clock, Chance(f"{self.seed} crew {name}"), self._slowest)
        tail = self.tail_class(self.ledger, Leadership(self.ledger, EngineIdentity(name), self.clock), self.new_id)
        return self.loop_class(self.recording_class(tail, self._inputs(tail)), self.cluster, workers, Policy()), workers

    def _inputs(self, tail: LedgerTail) -> Inputs:
        del tail
        return Inputs()

    # --- time

    def plan(self, seconds: float, happening: Callable[[], None]) -> None:
        """Let something happen so many seconds from now, whatever the engines are doing then."""
        self._happenings.append((self._now + timedelta(seconds=seconds), happening))

    def run(self, seconds: float) -> None:
        """Let so many seconds pass."""
        end = self._now + timedelta(seconds=seconds)
        late = 0
        while True:
            self._rounds()
            soonest = self._soonest()
            if soonest is None or soonest > end:
                break
            late = late + 1 if soonest <= self._now else 0
            if late > ENDLESS:
                raise Endless(
                    f"since {soonest} it is time to wake, at {self._now} there is still nothing to do: {self._sleepers()}"
                )
            self._now = max(soonest, self._now + timedelta(milliseconds=1))
            self.cluster.tick()
            self._happen()
        self._now = max(end, self._now)
        self.cluster.tick()
        self._rounds()

    def _happen(self) -> None:
        due = [one for one in self._happenings if one[0] <= self._now]
        for one in due:
            self._happenings.remove(one)
            one[1]()

    def _soonest(self) -> datetime | None:
        times = [time for process in self.processes for time in process.wake_times(self._now)]
        times += [at for at, _ in self._happenings]
        if self.cluster.agenda.next_due is not None:
            times.append(self.cluster.agenda.next_due)
        if self.cluster.faults.feed_delay:
            times.append(self._now + timedelta(seconds=0.5))
        return min(times, default=None)

    def _sleepers(self) -> list[str]:
        return [f"{process.name}: {process.wake_times(self._now)}" for process in self.processes]

    def _rounds(self) -> None:
        idle = 0
        for _ in range(ENDLESS):
            moved = [self._round(process) for process in self.processes]
            idle = 0 if any(moved) else idle + 1
            if idle == 2:
                return
        newest = [str(recorded.fact)[:200] for recorded in self.ledger.tail(max(0, self.ledger.head() - 5))]
        raise Endless(f"at {self._now} the engines go round without end; the newest facts: {newest}")

    def _round(self, process: Process) -> bool:
        process.revive(self._now)
        if not process.runs(self._now):
            return False
        before, self._acting = self._acting, process
        self.weather.acting = self
        try:
            process.workers.work()
            return process.loop.step()
        except Crashed:
            process.die(self._now + timedelta(seconds=self._chance.between(0.1, 20)))
            return False
        except (Unreachable, Rejected):
            # As adapters.engine does: a while later it goes on.
            process.rest_until = self._now + timedelta(seconds=0.4)
            return False
        finally:
            self._acting = before
            self.weather.acting = self if before is not None else None

    def freeze(self, seconds: float) -> None:
        """Let time pass while the engine that acts now stands still in the middle of a call."""
        frozen = self._acting
        if frozen is None or any(process.frozen for process in self.processes):
            return
        frozen.frozen, self._acting, self.weather.acting = True, None, None
        try:
            self.run(seconds)
        finally:
            frozen.frozen, self._acting, self.weather.acting = False, frozen, self
        if frozen.dead_until is not None:
            raise Crashed("killed while it stood still")

    # --- ends

    def kill(self, process: Process) -> None:
        """End a process where it stands."""
        process.die(self._now + timedelta(seconds=self._chance.between(0.1, 30)))

    def clear_up(self) -> None:
        """End all faults; every process comes back."""
        self.weather.clear_up()
        self.cluster.faults.end()
        for process in self.processes:
            process.frozen = False
            if process.dead_until is not None:
                process.dead_until = min(process.dead_until, self._now)
