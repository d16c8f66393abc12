"""The weather: what befalls an engine at the doors through which it reaches its ledger and its cluster.

A ledger and a cluster that ask the weather before and after each write. People and foreign hands are never met by it.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.faults import Fault, FaultRule
from domain.cluster_ports import Guard, TakenOver
from domain.errors import Unreachable
from domain.facts import Fact
from domain.names import REPLICAS_MANAGER
from domain.objects import Kind, Live, Manifest, ObjectRef
from domain.ports import Clock
from domain.record import Append, Document, Lease, Recorded
from tests.memory_ledger import MemoryLedger
from tests.simulation.chance import Chance


class Crashed(BaseException):
    """The engine's process ends here, in the middle of what it was doing."""


class Freezing(Protocol):
    """Lets time pass for everyone but the engine that acts now."""

    def freeze(self, seconds: float) -> None: ...


@dataclass
class Climate:
    """How likely each kind of fault is, at each chance it has to strike."""

    crash: float = 0.0
    frozen: float = 0.0
    ledger: float = 0.0
    requests: float = 0.0
    feed_delay: float = 0.0

    @classmethod
    def drawn(cls, chance: Chance) -> "Climate":
        """Draw a climate: each run has its own, and most lack some kinds, so that rare interleavings come up."""

        def some(highest: float) -> float:
            return chance.between(0, highest) if chance.strikes(0.6) else 0.0

        return cls(some(0.05), some(0.06), some(0.06), some(0.25), some(4.0))


class Weather:
    """Strikes whoever acts (`acting`) while it is rough, and counts what happened."""

    def __init__(self, climate: Climate, chance: Chance) -> None:
        self.climate, self.chance = climate, chance
        self.rough = True
        self.acting: Freezing | None = None
        self.happened: Counter[str] = Counter()
        self.calls = 0

    def clear_up(self) -> None:
        self.rough = False

    def at(self, where: str, *, ledger: bool = False) -> None:
        """Let it strike at a place: `before append`, `after apply`, …"""
        if self.acting is None or not self.rough:
            return
        if self.chance.strikes(self.climate.crash):
            self.happened[f"crash {where}"] += 1
            raise Crashed(where)
        if self.chance.strikes(self.climate.frozen):
            self.happened[f"frozen {where}"] += 1
            self.acting.freeze(self.chance.between(1, 35))
        if ledger and self.chance.strikes(self.climate.ledger):
            self.happened[f"ledger unreachable {where}"] += 1
            raise Unreachable(f"simulated: no answer {where}")

    def ask(self, what: str) -> None:
        """Let a question to the ledger go unanswered; there are many, so each seldom."""
        if self.acting is not None and self.rough and self.chance.strikes(self.climate.ledger / 20):
            self.happened[f"ledger unreachable for {what}"] += 1
            raise Unreachable(f"simulated: no answer to {what}")


class StormyLedger(MemoryLedger):
    """A ledger in weather."""

    def __init__(self, clock: Clock, identity: str, weather: Weather) -> None:
        super().__init__(clock, identity)
        self._weather = weather

    def append(
        self,
        appends: Sequence[Append[Fact]],
        *,
        documents: Sequence[Document] = (),
        watch_positions: Mapping[str, str] | None = None,
        lease: Lease | None = None,
    ) -> tuple[Recorded[Fact], ...]:
        self._weather.at("before append", ledger=True)
        recorded = self.keep_under_lease(appends, documents, watch_positions, lease)
        self._weather.at("after append", ledger=True)
        return recorded

    def tail(self, after: int, limit: int = 500) -> tuple[Recorded[Fact], ...]:
        self._weather.ask("tail")
        return super().tail(after, limit)

    def lead(self, holder: str, seconds: float) -> Lease | None:
        self._weather.ask("lead")
        return super().lead(holder, seconds)

    def document(self, digest: str) -> bytes | None:
        self._weather.ask("document")
        return super().document(digest)

    def watch_positions(self) -> Mapping[str, str]:
        self._weather.ask("places")
        return super().watch_positions()

    def keep_under_lease(
        self,
        appends: Sequence[Append[Fact]],
        documents: Sequence[Document],
        watch_positions: Mapping[str, str] | None,
        lease: Lease | None,
    ) -> tuple[Recorded[Fact], ...]:
        """Append as the port says; controls break this."""
        return super().append(appends, documents=documents, watch_positions=watch_positions, lease=lease)


@dataclass(frozen=True)
class Counted:
    """What a write of a Deployment made of its number of replicas: `given` is the number that it says, if it says one."""

    ref: ObjectRef
    given: int | None
    handed: int
    """The number, where it was handed over."""
    before: int
    after: int


class StormyCluster(SimulatedCluster):
    """A cluster in weather; its own faults (requests that never arrive, answers that are lost) come on top."""

    def __init__(self, clock: Clock, seed: str, weather: Weather) -> None:
        super().__init__(clock, seed=seed)
        self.counted: list[Counted] = []
        self._weather = weather
        self._rules(weather)

    def _rules(self, weather: Weather) -> None:
        often = weather.climate.requests
        for fault in Fault if often else ():
            self.faults.add(FaultRule(fault, probability=often / len(Fault)))
        self.faults.feed_delay = weather.climate.feed_delay

    def read(self, ref: ObjectRef) -> Live | None:
        if self._weather.acting is not None:
            self._weather.calls += 1
        return super().read(ref)

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        self._weather.at("before apply")
        before = self._count(manifest.ref)
        try:
            answer = super().apply(manifest, audit=audit, guard=guard, dry_run=dry_run)
        finally:
            if manifest.ref.kind == Kind.DEPLOYMENT.value and not dry_run:
                given = manifest.content["spec"].get("replicas")
                handed = given if manifest.manager == REPLICAS_MANAGER else 0
                self.counted.append(Counted(manifest.ref, given, handed, before, self._count(manifest.ref)))
        self._weather.at("after apply")
        return answer

    def take_over(self, manifest: Manifest, paths: Collection[str], *, guard: Guard, audit: str) -> TakenOver:
        self._weather.at("before take-over")
        answer = super().take_over(manifest, paths, guard=guard, audit=audit)
        self._weather.at("after take-over")
        return answer

    def _count(self, ref: ObjectRef) -> int:
        found = self.store.get(ref.kind, ref.namespace, ref.name)
        return int(found["spec"].get("replicas", 0)) if found and ref.kind == Kind.DEPLOYMENT.value else 0

    def remove(self, ref: ObjectRef, *, guard: Guard, audit: str) -> bool:
        self._weather.at("before remove")
        removed = super().remove(ref, guard=guard, audit=audit)
        self._weather.at("after remove")
        return removed
