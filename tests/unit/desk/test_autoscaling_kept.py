"""Autoscaling switched off and on again at the desk: what had been made stays, until someone says another number."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from adapters.cli.changing.plan import picture
from adapters.desk.submission import SubmissionRequest
from adapters.simulator.cluster import SimulatedCluster
from domain.objects import Kind, ObjectRef
from reconciler.leadership import EngineIdentity, Leadership
from reconciler.ledger_tail import LedgerTail
from reconciler.loop import Loop
from reconciler.policy import Policy
from reconciler.recording import Recording
from reconciler.worker_pool import InlineWorkerPool
from tests.unit.desk.opened import NOON, SPEC, Opened

AUTOSCALING = b", autoscaling: {maxReplicas: 5, metrics: [{metric: cpu, value: 50}]}}"
SCALED = SPEC.replace(b"ports: [8000]}", b"ports: [8000]" + AUTOSCALING)
OFF = "resources.autoscaling.enabled=false"
ON = "resources.autoscaling.enabled=true"


@dataclass
class Running:
    """A desk, a simulated cluster and an engine between them, on one clock."""

    now: list[datetime] = field(default_factory=lambda: [NOON])
    opened: Opened = field(init=False)
    loop: Loop = field(init=False)

    def __post_init__(self) -> None:
        clock: Callable[[], datetime] = lambda: self.now[0]  # noqa: E731 (the clock that all are given)
        self.opened = Opened(cluster=SimulatedCluster(clock, seed="kept"))
        leadership = Leadership(self.opened.ledger, EngineIdentity("engine"), clock)
        tail = LedgerTail(self.opened.ledger, leadership, self.opened.new_id)
        self.loop = Loop(Recording(tail), self.opened.cluster, InlineWorkerPool(), Policy())

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now[0] += timedelta(seconds=1)
            self.opened.cluster.tick()
            while self.loop.step():
                pass

    @property
    def count(self) -> int:
        key = self.opened.web.key
        found = self.opened.cluster.store.get(Kind.DEPLOYMENT.value, key.namespace, key.object_name)
        assert found is not None
        return int(found["spec"]["replicas"])

    def sets(self, *sets: str) -> int:
        """Change what stands, wait, and give the number of replicas that is wanted then."""
        self.opened.change(*sets)
        self.wait(20)
        return self.count


@pytest.fixture
def running() -> Iterator[Running]:
    one = Running()
    one.opened.submit(SCALED)
    one.wait(20)
    key = one.opened.web.key
    one.opened.cluster.interventions.load(ObjectRef(Kind.DEPLOYMENT.value, key.namespace, key.object_name), 190.0)
    one.wait(40)
    assert one.count == 4
    yield one
    one.opened.cluster.close()


def test_switched_off_under_load_nothing_of_what_was_made_is_lost(running: Running) -> None:
    assert running.sets(OFF) == 4
    assert running.opened.web.wanted is not None
    assert (running.opened.web.wanted.order.replicas, running.opened.web.wanted.order.ceiling) == (4, 0)
    running.wait(60)
    assert running.opened.web.wanted.verdict == "healthy"


def test_switched_on_again_it_goes_on_from_there_and_the_floor_is_as_before(running: Running) -> None:
    running.sets(OFF)

    assert running.sets(ON) == 4
    assert running.opened.web.wanted is not None
    assert (running.opened.web.wanted.order.replicas, running.opened.web.wanted.order.ceiling) == (2, 5)


def test_another_version_keeps_the_number_too(running: Running) -> None:
    running.sets(OFF)

    running.opened.submit(SCALED.replace(b"{maxReplicas", b"{enabled: false, maxReplicas").replace(b"web:1", b"web:2"))
    running.wait(60)

    assert running.count == 4


def test_a_file_that_only_switches_it_off_keeps_the_number_too(running: Running) -> None:
    running.opened.submit(SCALED.replace(AUTOSCALING, b", autoscaling: {enabled: false}}"))
    running.wait(60)

    assert running.count == 4


def test_another_number_is_an_order(running: Running) -> None:
    running.sets(OFF)
    running.opened.scale(3)
    running.wait(20)

    assert running.count == 3
    assert running.sets("resources.autoscaling.maxReplicas=6") == 3


def test_without_the_block_the_file_says_the_number(running: Running) -> None:
    running.opened.submit(SPEC)
    running.wait(20)

    assert running.count == 2


def test_stopped_while_switched_off_it_starts_with_what_ran(running: Running) -> None:
    running.sets(OFF)
    running.sets("enabled=false")
    assert running.count == 0

    assert running.sets("enabled=true") == 4


def test_what_stays_never_exceeds_a_lower_ceiling(running: Running) -> None:
    assert running.sets(OFF, "resources.autoscaling.maxReplicas=3") == 3


def test_a_plan_says_how_many_end_with_it(running: Running) -> None:
    def told(text: bytes) -> str:
        return "\n".join(str(line) for line in picture(running.opened.desk.plan(SubmissionRequest("shop", text, "web.yaml"))))

    assert "autoscaling ends: 4 replicas run now, 2 would" in told(SPEC)
    assert "autoscaling ends" not in told(SCALED.replace(b"{maxReplicas", b"{enabled: false, maxReplicas"))
    assert "autoscaling ends" not in told(SCALED)
