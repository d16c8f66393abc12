"""Controls: engines that were broken on purpose. A simulation that does not find them finds nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from domain.cluster_ports import Guard
from domain.deployment import Deployment
from domain.facts import Fact
from domain.objects import Live, Manifest, ObjectRef
from domain.record import Append, Document, Lease, Recorded
from reconciler.ledger_tail import LedgerTail
from reconciler.loop import Loop
from reconciler.recording import Recording
from reconciler.worker_pool import JobReport
from tests.simulation.incident import happen
from tests.simulation.invariants import broken
from tests.simulation.misfortunes import SHOP, edited_while_unresolved
from tests.simulation.weather import Climate, StormyCluster, StormyLedger
from tests.simulation.world import Endless, World

ENOUGH = 40
RARE = 250
"""A write over what stands there does harm in one or two incidents of a hundred only."""
ROUGH = Climate(crash=0.01, frozen=0.12, ledger=0.02, requests=0.05, feed_delay=0.5)


class Unguarded(StormyCluster):
    """Writes over whatever stands there."""

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        del guard
        return super().apply(manifest, audit=audit, dry_run=dry_run)


class Forgetful(Loop):
    """Drops what came of its actions."""

    def _record_outcomes(self, reports: tuple[JobReport, ...]) -> None:
        for report in reports:
            self._at_work.discard(report.subject)


class Hasty(Loop):
    """Does an action again whose outcome is not known, without looking first."""

    def _resolve(self, deployment: Deployment) -> None:
        self._perform(deployment.key.subject)


class Impatient(Recording):
    """Lets no sight wait for the outcome of the action that it may show."""

    def _busy(self) -> frozenset[ObjectRef]:
        return frozenset()


class Eager(LedgerTail):
    """Applies a version before its integrations are filled."""

    def _fold(self, facts: tuple[Recorded[Fact], ...]) -> None:
        super()._fold(facts)
        opened = {name: replace(one, opened=one.newest.number) for name, one in self.memory.fleet.items() if one.newest}
        self.memory.fleet.update(opened)


class Trusting(StormyLedger):
    """Takes facts from whoever sends them, leader or not, and puts them wherever their stream stands by now."""

    def keep_under_lease(
        self,
        appends: Sequence[Append[Fact]],
        documents: Sequence[Document],
        watch_positions: Mapping[str, str] | None,
        lease: Lease | None,
    ) -> tuple[Recorded[Fact], ...]:
        del lease
        anywhere = [Append(one.stream, sum(1 for _ in self.read(one.stream)), one.notes) for one in appends]
        return super().keep_under_lease(anywhere, documents, watch_positions, None)


class WithUnguarded(World):
    cluster_class = Unguarded


class WithForgetful(World):
    loop_class = Forgetful


class WithHasty(World):
    loop_class = Hasty


class WithImpatient(World):
    recording_class = Impatient


class WithEager(World):
    tail_class = Eager


class WithTrusting(World):
    ledger_class = Trusting


@pytest.mark.parametrize("kind", [WithUnguarded, WithForgetful, WithHasty, WithEager, WithTrusting])
def test_a_broken_engine_is_found(kind: type[World]) -> None:
    enough = RARE if kind is WithUnguarded else ENOUGH
    assert any(_found(seed, kind) for seed in range(enough)), f"{kind.__name__} passed {enough} incidents"


def test_an_engine_that_lets_no_sight_wait_is_found() -> None:
    """Rare in random weather, so it is scripted: hands at work while an action has no outcome."""
    assert any(broken(edited_while_unresolved(nth, WithImpatient), [SHOP]) for nth in range(1, 5))


def test_the_engine_itself_passes_in_the_same_weather() -> None:
    for seed in range(10):
        assert happen(seed, climate=ROUGH, engines=2).broken == []


def _found(seed: int, kind: type[World]) -> bool:
    try:
        return happen(seed, kind, ROUGH, engines=2).broken != []
    except Endless:
        return True
