"""Exact records of health checks: every line of a relay's log once on record, whoever leads, and nothing else."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.engine.probe_log import ProbeLog, answers
from adapters.engine.relay_scraper import RelayScraper
from domain.names import Key
from domain.objects import ObjectRef
from domain.replica import ProbeAnswer, ProbesAnswered
from reconciler.ledger_tail import LedgerTail
from reconciler.recording import Inputs, ProbeAnswersRead
from tests.simulation.weather import StormyCluster
from tests.simulation.world import World

WEB = Key("shop", "web")


def line(at: datetime, status: int = 200, probe: str = "readiness") -> str:
    told = {"logger": f"http.log.access.{probe}", "msg": "handled request", "ts": at.timestamp()}
    return json.dumps({**told, "status": status, "duration": 0.002})


class Printing(StormyCluster):
    """Its relays have printed what they are told to."""

    printed: dict[str, list[tuple[datetime, str]]]

    def beside(self, pod: ObjectRef, container: str, since: int) -> Iterator[str]:
        assert container == "relay"
        oldest = self.clock().timestamp() - since
        return (text for at, text in self.printed.get(pod.name, ()) if at.timestamp() >= oldest)


class PrintingWorld(World):
    cluster_class = Printing
    probes: ProbeLog

    def _inputs(self, tail: LedgerTail) -> Inputs:
        self.look_anew(tail)
        return Inputs(witnessed=self.witnessed)

    def witnessed(self) -> tuple[ProbeAnswersRead, ...]:
        return self.probes.take()

    def look_anew(self, tail: LedgerTail) -> None:
        probes = RelayScraper(tail, self.cluster, clock=self.clock, wake=lambda: None).probes
        assert probes is not None
        self.probes = probes


class Scene:
    """One replica whose health checks are kept."""

    def __init__(self, workers: ThreadPoolExecutor) -> None:
        self.world, self._hands = PrintingWorld("probes"), workers
        assert isinstance(self.world.cluster, Printing)
        self.cluster = self.world.cluster
        self.cluster.printed = {}
        self.world.people.submit(WEB, replicas=1)
        self.world.people.change(WEB, "set", lambda spec: replace(spec, exact_probes=True))
        self.world.run(60)

    def anew(self) -> None:
        """Go on with one that has read nothing, as after a change of leader."""
        self.world.look_anew(self.world.processes[0].loop.tail)

    def answer(self, *statuses: int) -> None:
        for status in statuses:
            self.world.run(5)
            for replica in self.world.people.deployment(WEB).replicas.values():
                printed = self.cluster.printed.setdefault(replica.pod, [])
                printed.append((self.world.clock(), line(self.world.clock(), status)))

    def look(self) -> None:
        self.world.probes.look(self._hands)
        self.world.run(0.1)

    @property
    def facts(self) -> list[ProbesAnswered]:
        return [r.fact for r in self.world.ledger.about(WEB.subject) if isinstance(r.fact, ProbesAnswered)]

    @property
    def statuses(self) -> list[int]:
        return [answer.status for fact in self.facts for answer in fact.answers]


@pytest.fixture
def scene() -> Iterator[Scene]:
    with ThreadPoolExecutor(2) as workers:
        yield Scene(workers)


def test_a_failure_is_recorded_at_once_with_all_that_came_before_it(scene: Scene) -> None:
    scene.answer(200, 200, 200)
    scene.look()
    assert scene.facts == []
    scene.answer(503)
    scene.look()
    assert [len(fact.answers) for fact in scene.facts] == [4]
    assert scene.statuses == [200, 200, 200, 503]


def test_while_all_is_well_five_minutes_are_one_fact_and_no_answer_is_missing_or_doubled(scene: Scene) -> None:
    for _ in range(130):
        scene.answer(200)
        scene.look()
    assert len(scene.facts) == 2
    times = [answer.at for fact in scene.facts for answer in fact.answers]
    assert times == sorted(set(times))
    assert len(times) >= 120


def test_who_takes_over_goes_on_after_the_last_one_on_record(scene: Scene) -> None:
    scene.answer(200, 500)
    scene.look()
    scene.answer(200)
    scene.look()
    scene.anew()
    scene.answer(500)
    scene.look()
    assert scene.statuses == [200, 500, 200, 500]


def test_what_is_no_answer_to_a_health_check_is_passed_over() -> None:
    noon = datetime.fromtimestamp(1_772_366_400.25).astimezone()
    odd = [
        "",
        "hello",
        "{}",
        "[]",
        "1",
        '{"logger": "http.log.access.readiness", "msg": "handled request"}',
        line(noon, probe="x"),
    ]
    assert list(answers([*odd, line(noon, 502, "liveness")])) == [ProbeAnswer("liveness", noon, 502, 0.002)]


@given(st.lists(st.text(max_size=40) | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps)))
def test_nothing_that_a_container_prints_stops_the_reader(lines: list[str]) -> None:
    assert list(answers(lines)) == []
