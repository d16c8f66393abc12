"""One replica that answers what no relay says, slowly or without end: it costs its own reading, and nothing else."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import FilteringBoundLogger

from adapters.engine.probe_log import answers, thinned
from adapters.engine.relays import Odd, reading
from adapters.engine.round import Rounds, turn_about
from domain.errors import Unreachable
from domain.measuring import DurationMeasured
from domain.objects import ObjectRef
from domain.replica import ProbeAnswer, ReplicaUnsteady
from tests.simulation.world import NOON
from tests.unit.request_duration.test_probe_log import Scene as Probed
from tests.unit.request_duration.test_probe_log import line
from tests.unit.request_duration.test_relay_scraper import FIGURES, WEB, Busy, BusyWorld, Scene

BEGAN = f"process_start_time_seconds {NOON.timestamp()}\n"
COUNT = 'caddy_http_request_duration_seconds_count{handler="reverse_proxy",server="relay"} '
IMPOSSIBLE = ["NaN", "+Inf", "-Inf", "-1", "1e400", "-1e400", "1" + "0" * 400, str(2**60), "0x10", "ten", ""]
TEXTS = [
    *(f"process_start_time_seconds {value}\n" for value in IMPOSSIBLE if value),
    *(BEGAN + COUNT + value + "\n" for value in IMPOSSIBLE),
    f"process_start_time_seconds {NOON.timestamp() + 10 * 86_400}\n",
    BEGAN + "".join(f'{COUNT[:-2]},code="{code}"}} 1\n' for code in range(100_000)),
    BEGAN + COUNT[:-2] + ',x="' + "y" * 100_000 + '"} 1\n',
    BEGAN + COUNT[:-2] + "{{{{\n",
    BEGAN + (COUNT + str(2**52) + "\n") * 4,
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_figures_that_cannot_be_are_refused_in_words(text: str) -> None:
    with pytest.raises(Odd):
        reading(text, "web-1", NOON)


@pytest.mark.parametrize("text", ["", "\0", '{"a": 1}', "<html>", "x" * 4_000_000, COUNT + "1\n"])
def test_an_answer_without_figures_says_nothing(text: str) -> None:
    assert reading(text, "web-1", NOON) is None


class Hostile(Busy):
    """One of its relays answers what it is told to."""

    hostile: Callable[[], str] | None = None

    def scrape(self, pod: ObjectRef, port: int) -> str:
        if self.hostile and pod.name == min(self.counts):
            return self.hostile()
        return super().scrape(pod, port)


class HostileWorld(BusyWorld):
    cluster_class = Hostile


@pytest.fixture
def workers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as some:
        yield some


@pytest.mark.parametrize("text", ["process_start_time_seconds +Inf\n", BEGAN + COUNT + "NaN\n"])
def test_an_odd_answer_costs_that_replicas_reading_and_not_the_round(text: str, workers: ThreadPoolExecutor) -> None:
    scene = Scene(HostileWorld("hostile"), workers)
    assert isinstance(scene.cluster, Hostile)
    scene.ask(10, 0.4)
    scene.look()
    measured = len([fact for fact in scene.told if isinstance(fact, DurationMeasured)])
    scene.cluster.hostile = lambda: text
    with capture_logs() as lines:
        scene.look()
        scene.look()
    scene.cluster.hostile = None
    scene.ask(10, 0.8)
    scene.look()
    newest = scene.told[-1]
    assert isinstance(newest, DurationMeasured)
    assert (newest.value, newest.requests) == (0.6, 40)
    assert len([fact for fact in scene.told if isinstance(fact, DurationMeasured)]) == measured + 1
    assert [(line["event"], line["deployment"], line["version"]) for line in lines] == [("gauge.odd", "shop/web", 2)]
    assert lines[0]["correlation"]


def test_a_fault_of_ours_over_one_answer_costs_that_answer(workers: ThreadPoolExecutor) -> None:
    def fault() -> int:
        raise RuntimeError("a fault")

    log = structlog.get_logger()
    with capture_logs() as lines:
        answers = Rounds[str]().ask(workers, [("a", fault), ("b", lambda: 2)], lambda asked: log.bind(deployment=f"shop/{asked}"))

    assert answers == {"b": 2}
    assert [(line["event"], line["deployment"]) for line in lines] == [("round.fault", "shop/a")]


def unlogged(asked: str) -> FilteringBoundLogger:
    raise AssertionError(f"{asked} had no fault")


def test_those_who_hang_cost_the_round_its_patience_once_and_come_last_from_then_on(workers: ThreadPoolExecutor) -> None:
    released = threading.Event()
    rounds = Rounds[str](patience=0.5)

    def hang() -> int:
        released.wait(3)
        return 1

    jobs: list[tuple[str, Callable[[], int]]] = [
        *((f"slow{n}", hang) for n in range(2)),
        *((f"good{n}", lambda: 2) for n in range(6)),
    ]
    began = time.monotonic()
    assert rounds.ask(workers, jobs, unlogged) == {}  # the first time, both workers hang
    released.set()
    time.sleep(0.1)
    released.clear()
    assert set(rounds.ask(workers, jobs, unlogged)) == {f"good{n}" for n in range(6)}
    assert time.monotonic() - began < 5
    released.set()


def test_a_deployment_of_many_replicas_does_not_come_before_one_of_few() -> None:
    assert turn_about(["aaaa", "b", "cc"]) == ["a", "b", "c", "a", "c", "a", "a"]


@pytest.mark.parametrize(
    "odd",
    [
        {"duration": float("nan")},
        {"duration": float("inf")},
        {"duration": -1},
        {"duration": 1e300},
        {"status": float("nan")},
        {"status": 10**30},
        {"status": -5},
        {"ts": float("inf")},
        {"ts": 10**30},
        {"ts": -(10**10)},
        {"ts": (NOON + timedelta(days=9)).timestamp()},
        {"logger": {}},
    ],
)
def test_an_answer_that_cannot_be_is_passed_over(odd: dict[str, object]) -> None:
    told = json.dumps({**json.loads(line(NOON)), **odd})
    assert list(answers([told, line(NOON)], NOON + timedelta(days=1))) == [ProbeAnswer("readiness", NOON, 200, 0.002)]


def test_a_line_of_brackets_stops_nobody() -> None:
    assert list(answers(["[" * 200_000, '{"logger":' * 100_000])) == []


def test_of_a_flood_the_first_and_the_last_are_kept_and_the_others_counted() -> None:
    flood = [ProbeAnswer("liveness", NOON + timedelta(milliseconds=n), 200, 0.001) for n in range(100_000)]
    kept, left_out = thinned(flood)
    assert (len(kept), left_out) == (40, 99_960)
    assert (kept[0], kept[-1]) == (flood[0], flood[-1])


def test_what_probes_can_have_made_is_kept_whole() -> None:
    made = [ProbeAnswer("liveness", NOON + timedelta(seconds=n / 3), 200, 0.001) for n in range(3000)]
    assert thinned(made) == (made, 0)


def left_out(scene: Probed) -> int:
    facts = [recorded.fact for recorded in scene.world.ledger.about(WEB.subject)]
    return sum(fact.answers for fact in facts if isinstance(fact, ReplicaUnsteady))


def test_a_relays_log_of_ten_megabytes_makes_a_small_fact(workers: ThreadPoolExecutor) -> None:
    scene = Probed(workers)
    (replica,) = scene.world.people.deployment(WEB).replicas.values()
    scene.world.run(10)
    now = scene.world.clock()
    flood = [(now - timedelta(seconds=9 - n / 10_000), line(now - timedelta(seconds=9 - n / 10_000), 503)) for n in range(80_000)]
    scene.cluster.printed = {replica.pod: flood}
    scene.look()
    (fact,) = scene.facts
    assert len(fact.answers) <= 80
    assert len(fact.answers) + left_out(scene) == 80_000
    scene.answer(503)
    scene.look()
    assert scene.statuses[-1] == 503


def test_a_flood_that_one_look_does_not_come_past_is_passed_over_and_counted(workers: ThreadPoolExecutor) -> None:
    scene = Probed(workers)
    (replica,) = scene.world.people.deployment(WEB).replicas.values()
    scene.answer(503)
    scene.look()
    first = scene.cluster.printed[replica.pod][0]
    scene.cluster.printed = {replica.pod: [first] * 20_000}
    scene.look()
    scene.answer(503)
    scene.look()
    assert len(scene.statuses) == 2
    assert left_out(scene) == 20_000


def test_a_relay_that_does_not_answer_says_nothing(workers: ThreadPoolExecutor) -> None:
    def silent() -> str:
        raise Unreachable("no route to host")

    scene = Scene(HostileWorld("silent"), workers)
    assert isinstance(scene.cluster, Hostile)
    scene.ask(1, 0.1)
    scene.cluster.hostile = silent
    scene.look()
    assert scene.told == []
    assert FIGURES
