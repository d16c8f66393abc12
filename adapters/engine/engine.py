"""A running engine: the loop with its threads, its signs of life, and its patience when something cannot be reached."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import structlog

from adapters.engine.auditing import Auditing
from adapters.engine.read_models import ReadModels, ReadModelStore
from adapters.engine.relay_scraper import RelayScraper, Rhythm
from adapters.engine.secrets_in_use import Look, SecretsInUse
from adapters.engine.wake_up import WakeUp
from adapters.engine.worker_pool import ThreadWorkerPool
from domain.cluster_ports import Cluster
from domain.errors import Rejected, Unreachable, Unsound
from domain.facts import Fact
from domain.ports import Clock, Ledger, NewId
from domain.record import Recorded
from reconciler.leadership import EngineIdentity, Leadership, LeaseTiming
from reconciler.ledger_tail import FactListener, LedgerTail
from reconciler.loop import Loop
from reconciler.policy import Policy
from reconciler.recording import Inputs, Recording, nothing
from reconciler.requests import NoSource

log = structlog.get_logger()

WORKERS = 8
"""Writes under way at once; the API server, not this engine, is what gets faster with more."""
LONGEST_NAP = 1.0
BREATH = 0.02
"""Seconds from one round's beginning to the next at least: in a burst, what comes in meanwhile is one transaction, not many."""
BACK_OFF_LONGEST = 10.0


OpenAudit = Callable[[LedgerTail, Callable[[], None]], Auditing]
"""Opens the API server's audit log for an engine, which is woken (by the call) when something has come in."""


@dataclass(slots=True)
class Pulse:
    """Signs of life, for health endpoints and metrics."""

    rounds: int = 0
    last_round: datetime | None = None
    unreachable: str = ""
    """Why the last round could not be done; empty when it was."""


class Engine:
    """One process's engine on a ledger and a cluster: leads when it can, stands by otherwise."""

    def __init__(  # noqa: PLR0913 (its ports; named by the caller)
        self,
        ledger: Ledger,
        cluster: Cluster,
        *,
        clock: Clock,
        new_id: NewId,
        identity: EngineIdentity,
        policy: Policy | None = None,
        lease_timing: LeaseTiming | None = None,
        told: FactListener | None = None,
        rhythm: Rhythm | None = None,
        auditing: OpenAudit | None = None,
        read_models: Callable[[], ReadModelStore] | None = None,
    ) -> None:
        """Build the loop; nothing runs yet."""
        self._clock = clock
        self._ledger = ledger
        self.wake_up = WakeUp()
        self.pulse = Pulse()
        self.stopping = threading.Event()
        tail = LedgerTail(ledger, Leadership(ledger, identity, clock, lease_timing), new_id, self._folded)
        self._told = told
        self.read_models = ReadModels(tail, read_models) if read_models else None
        self.workers = ThreadWorkerPool(WORKERS, self.wake_up.wake, tail.memory)
        self.gauge = RelayScraper(tail, cluster, clock=clock, wake=self.wake_up.wake, rhythm=rhythm)
        look: Look | None = getattr(cluster, "secret_metadata", None)
        self.secrets = SecretsInUse(tail, look, clock=clock, wake=self.wake_up.wake) if look else None
        self.auditing = auditing(tail, self.wake_up.wake) if auditing else None
        inputs = Inputs(
            measured=self.gauge.take,
            witnessed=self.gauge.probes.take if self.gauge.probes else nothing,
            looked=self.secrets.take if self.secrets else nothing,
            audit=self.auditing or NoSource(),
        )
        self.loop = Loop(Recording(tail, inputs), cluster, self.workers, policy or Policy())

    def _folded(self, facts: Sequence[Recorded[Fact]]) -> None:
        if self.read_models is not None:
            self.read_models.told(facts)
        if self._told is not None:
            self._told(facts)

    def head(self) -> int:
        """Give the position of the ledger's newest fact. Raises Unreachable."""
        return self._ledger.head()

    def stop(self) -> None:
        """End the run soon: the round under way is finished, the lease released."""
        self.stopping.set()
        self.wake_up.wake()

    def run(self) -> None:
        """Go round until stopped. Raises Unfit when this ledger and this cluster do not belong together."""
        listeners = [
            threading.Thread(target=self.wake_up.listen, args=(listening, self.stopping), name=name, daemon=True)
            for name, listening in (("tail", self._ledger_news), ("feed", self._cluster_news))
        ]
        listeners.append(threading.Thread(target=self.gauge.run, args=(self.stopping,), name="gauge", daemon=True))
        if self.secrets is not None:
            listeners.append(threading.Thread(target=self.secrets.run, args=(self.stopping,), name="secrets", daemon=True))
        if self.read_models is not None:
            listeners.append(
                threading.Thread(target=self.read_models.run, args=(self.stopping,), name="read-models", daemon=True)
            )
        for listener in listeners:
            listener.start()
        try:
            failures = 0
            while not self.stopping.is_set():
                began = monotonic()
                failures = 0 if self._round() else failures + 1
                if failures:
                    self.wake_up.wait(min(0.2 * 2 ** min(failures, 10), BACK_OFF_LONGEST))
                self.stopping.wait(max(0.0, began + BREATH - monotonic()))
        finally:
            self._end(listeners)

    def _round(self) -> bool:
        """Do one round and rest if there was nothing to do; False when something could not be reached."""
        try:
            moved = self.loop.step()
        except (Unreachable, Rejected, Unsound) as error:
            if self.pulse.unreachable != str(error):
                log.warning("engine.unreachable", error=str(error))
            self.pulse.unreachable = str(error)
            return False
        finally:
            self.wake_up.round_done()
        self.pulse = Pulse(self.pulse.rounds + 1, self._clock())
        if not moved:
            self.wake_up.wait(self._nap())
        return True

    def _nap(self) -> float:
        wake_at = self.loop.wake_at()
        if wake_at is None:
            return LONGEST_NAP
        return max(0.0, min((wake_at - self._clock()).total_seconds(), LONGEST_NAP))

    def _ledger_news(self, seconds: float) -> bool:
        try:
            return self._ledger.wait(self.loop.tail.memory.position, seconds)
        except Unreachable:
            self.stopping.wait(seconds)
            return True

    def _cluster_news(self, seconds: float) -> bool:
        feed = self.loop.recording.feed
        if feed is None:
            self.stopping.wait(seconds)
            return False
        return feed.wait(seconds)

    def _end(self, listeners: Sequence[threading.Thread]) -> None:
        """Finish what has begun, record it while still leading, and let a stand-by take over at once."""
        self.stopping.set()
        self.workers.close()
        try:
            self.loop.resign()
        except (Unreachable, Rejected, Unsound) as error:
            log.warning("engine.end", error=str(error))
        for listener in listeners:
            listener.join(timeout=2)
