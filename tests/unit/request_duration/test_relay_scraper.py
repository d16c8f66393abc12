"""The gauge on a simulated cluster whose relays say what they are told: values become facts, and nothing else does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from adapters.engine.relay_scraper import RelayScraper
from domain.errors import Unreachable
from domain.measuring import DurationLost, DurationMeasured
from domain.names import Key
from domain.objects import ObjectRef
from domain.spec import Autoscaling, Metric
from reconciler.ledger_tail import LedgerTail
from reconciler.recording import Inputs
from reconciler.request_duration import Estimate
from tests.simulation.weather import StormyCluster
from tests.simulation.world import World

WEB = Key("shop", "web")
FIGURES = """\
caddy_http_request_duration_seconds_sum{{code="200",handler="reverse_proxy",method="GET",server="relay"}} {seconds}
caddy_http_request_duration_seconds_count{{code="200",handler="reverse_proxy",method="GET",server="relay"}} {requests}
"""


class Busy(StormyCluster):
    """Its relays count as many requests as they are told to."""

    counts: dict[str, tuple[int, float]]
    silent = False

    def scrape(self, pod: ObjectRef, port: int) -> str:
        text = super().scrape(pod, port)
        if self.silent:
            raise Unreachable("no route to host")
        requests, seconds = self.counts.get(pod.name, (0, 0.0))
        return text + FIGURES.format(requests=requests, seconds=seconds)


class BusyWorld(World):
    cluster_class = Busy
    gauge: RelayScraper

    def _inputs(self, tail: LedgerTail) -> Inputs:
        self.look_anew(tail)
        return Inputs(measured=self.measured)

    def measured(self) -> tuple[Estimate, ...]:
        return self.gauge.take()

    def look_anew(self, tail: LedgerTail) -> None:
        self.gauge = RelayScraper(tail, self.cluster, clock=self.clock, wake=lambda: None)


class Scene:
    """A deployment of two timed replicas, and a gauge that looks when it is told to."""

    def __init__(self, world: BusyWorld, workers: ThreadPoolExecutor) -> None:
        self.world, self._hands = world, workers
        assert isinstance(world.cluster, Busy)
        self.cluster = world.cluster
        self.cluster.counts = {}
        world.people.submit(WEB)
        metrics = (Metric("requestDuration", 0.1),)
        world.people.change(
            WEB, "set", lambda spec: replace(spec, resources=replace(spec.resources, autoscaling=Autoscaling(3, metrics)))
        )
        world.run(60)

    @property
    def gauge(self) -> RelayScraper:
        return self.world.gauge

    def anew(self) -> None:
        """Begin with a gauge that has read nothing, as after a change of leader."""
        self.world.look_anew(self.world.processes[0].loop.tail)

    def look(self, seconds: float = 15.0) -> None:
        self.world.run(seconds)
        self.gauge.look(self._hands)
        self.world.run(0.1)

    def ask(self, requests: int, each: float) -> None:
        """Let so many requests reach each replica."""
        for replica in self.world.people.deployment(WEB).replicas.values():
            before = self.cluster.counts.get(replica.pod, (0, 0.0))
            self.cluster.counts[replica.pod] = (before[0] + requests, before[1] + requests * each)

    @property
    def told(self) -> list[DurationMeasured | DurationLost]:
        facts = self.world.ledger.about(WEB.subject)
        return [r.fact for r in facts if isinstance(r.fact, DurationMeasured | DurationLost)]


@pytest.fixture
def scene() -> Iterator[Scene]:
    with ThreadPoolExecutor(2) as workers:
        yield Scene(BusyWorld("gauge"), workers)


def test_replicas_with_relays_are_ready_in_a_simulated_cluster_and_nobody_asks_them_for_anything(scene: Scene) -> None:
    scene.look()
    assert [fact.value for fact in scene.told if isinstance(fact, DurationMeasured)] == [0.0]
    assert scene.world.people.deployment(WEB).versions[-1].verdict == "healthy"


def test_what_the_relays_count_becomes_a_value_with_each_replicas_share(scene: Scene) -> None:
    scene.look()
    scene.ask(10, 0.4)
    scene.look()
    newest = scene.told[-1]
    assert isinstance(newest, DurationMeasured)
    assert (newest.value, newest.requests) == (0.4, 20)
    assert [share.requests for share in newest.shares] == [10, 10]


def test_the_same_value_again_is_no_news(scene: Scene) -> None:
    for _ in range(4):
        scene.ask(10, 0.4)
        scene.look()
    assert [fact.value for fact in scene.told if isinstance(fact, DurationMeasured)] == [0.4]


def test_after_a_change_of_leader_the_record_is_counted_on_from(scene: Scene) -> None:
    for number in range(30):
        scene.ask(10, 0.1 * (number + 1))
        scene.look()
    before = len(scene.told)

    scene.anew()
    scene.ask(10, 9.0)
    scene.look()

    newest = scene.told[-1]
    assert isinstance(newest, DurationMeasured)
    assert len(scene.told) == before + 1
    assert 290 <= newest.window <= 330
    assert newest.requests == 20 * round(newest.window / 15 - 0.01)


def test_when_relays_fall_silent_the_value_stands_for_a_minute_and_is_then_lost_once(scene: Scene) -> None:
    scene.ask(10, 0.4)
    scene.look()
    scene.cluster.silent = True
    for _ in range(4):
        scene.look()
    assert isinstance(scene.told[-1], DurationMeasured)
    for _ in range(10):
        scene.look()
    lost = [fact for fact in scene.told if isinstance(fact, DurationLost)]
    assert len(lost) == 1
    assert "no answer from the relays of web-" in lost[0].why
    scene.cluster.silent = False
    scene.look()
    assert isinstance(scene.told[-1], DurationMeasured)


def test_a_deployment_that_is_not_timed_is_left_alone(scene: Scene) -> None:
    scene.look()
    scene.world.people.change(WEB, "set", lambda spec: replace(spec, resources=replace(spec.resources, autoscaling=None)))
    scene.world.run(60)
    before = len(scene.told)
    scene.look()
    assert len(scene.told) == before
    assert scene.world.people.deployment(WEB).duration is None
