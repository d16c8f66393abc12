"""What the cluster, a relay or a replica hands in is kept or refused: it costs that observation, never the round or the rest."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adapters.ledger.ledger import StoredLedger, open_ledger
from domain.actions import Decided
from domain.errors import Unrecordable
from domain.facts import Fact, replica_stream
from domain.measuring import DurationMeasured, Share
from domain.names import Key
from domain.objects import Kind, ObjectRef
from domain.observations import EventSeen, Observation, WatchEvent
from domain.observe import News
from domain.ports import Ledger
from domain.replica import ProbeAnswer, ProbesAnswered, Replica, ReplicaWarned
from domain.unsound import ObservationRefused, Unreadable
from reconciler.ledger_tail import LedgerTail
from reconciler.loop import Loop
from reconciler.memory import Memory
from reconciler.recordable_filter import Pair
from reconciler.recording import Inputs, ProbeAnswersRead, Recording
from reconciler.request_duration import Estimate
from tests.anything import anything
from tests.at_night import at_night
from tests.simulation.world import NOON, World

WEB, API = Key("shop", "web"), Key("shop", "api")
NAN = float("nan")


@dataclass
class Frames:
    """A feed that gives what a test lays into it."""

    waiting: tuple[WatchEvent, ...] = ()

    def take(self, limit: int = 500) -> tuple[WatchEvent, ...]:
        given, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return given

    def wait(self, timeout: float) -> bool:
        return bool(self.waiting) and timeout >= 0

    def ages(self) -> Mapping[str, float]:
        return {}

    def close(self) -> None:
        self.waiting = ()


class FileWorld(World):
    """A world on a real SQLite file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        super().__init__("unfit", at=NOON)

    def _open_ledger(self) -> Ledger:
        return open_ledger(str(self.file), clock=self.clock)


@dataclass
class Engine:
    """An engine that leads, with two deployments that run, and a feed of ours."""

    world: World
    loop: Loop
    frames: Frames

    @property
    def ledger(self) -> Ledger:
        return self.world.ledger

    def replica(self, key: Key = WEB) -> Replica:
        deployment = self.loop.tail.memory.deployment(key.subject)
        assert deployment is not None
        return min(deployment.replicas.values(), key=lambda one: one.pod)

    def sees(self, *observations: Observation) -> list[Fact]:
        """Let frames come in, each on its own; gives what was recorded of them."""
        before = self.ledger.head()
        self.frames.waiting = tuple(WatchEvent((one,), self.world.clock(), "Event", "7") for one in observations)
        self.loop.step()
        return [recorded.fact for recorded in self.ledger.tail(before, 10_000)]

    def folds(self) -> None:
        """See that everything can be read, and that what the engine has in mind is what the ledger says."""
        history = self.ledger.tail(0, 100_000)
        assert not [one for one in history if isinstance(one.fact, Unreadable)]
        again = Memory()
        again.take(history)
        assert (again.fleet, again.world) == (self.loop.tail.memory.fleet, self.loop.tail.memory.world)


def started(world: World) -> Engine:
    for key in (WEB, API):
        world.people.submit(key, "1")
    world.run(120)
    loop = world.processes[0].loop
    frames = Frames()
    loop.recording.feed = frames
    loop.step()
    return Engine(world, loop, frames)


@pytest.fixture(params=["memory", "sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    world = World("unfit", at=NOON) if request.param == "memory" else FileWorld(tmp_path / "ledger.sqlite")
    yield started(world)
    world.ledger.close()


def warning(replica: Replica, event: str, **more: Any) -> EventSeen:  # noqa: ANN401 (any field)
    about = ObjectRef(Kind.POD.value, replica.namespace, replica.pod)
    plain = EventSeen(event, "8", about, replica.uid, "app", "Warning", "FailedMount", "no such volume", 1, NOON, NOON, "kubelet")
    return replace(plain, **more)


UNFIT: dict[str, dict[str, Any]] = {
    "half of a pair": {"message": "\ud800"},
    "NUL": {"message": "a\0b"},
    "a count of 400 digits": {"count": 10**400},
    "a count that is none": {"count": NAN},
    "a text that is none": {"reason": None},
    "a time without a zone": {"last_at": datetime(2026, 1, 1), "reason": "Killing"},  # noqa: DTZ001 (what is refused)
    "the end of time": {"first_at": datetime.max.replace(tzinfo=UTC), "reason": "Unhealthy"},
    "a uid without end": {"uid": "x" * 70_000},
}


@pytest.mark.parametrize("wrong", UNFIT.values(), ids=UNFIT)
def test_an_event_that_cannot_be_kept_costs_itself_and_is_told_once(engine: Engine, wrong: dict[str, Any]) -> None:
    bad = warning(engine.replica(), "bad", **wrong)
    good = warning(engine.replica(), "good")
    others = warning(engine.replica(API), "others")

    told = engine.sees(bad, good, others)
    again = engine.sees(bad)

    assert [fact.event for fact in told if isinstance(fact, ReplicaWarned)] == ["good", "others"]
    refused = [fact for fact in told if isinstance(fact, ObservationRefused)]
    assert len(refused) == 1
    assert refused[0].field.rpartition(".")[2] in wrong or refused[0].field.rpartition(".")[2] in {"event", "times"}
    assert again == []
    assert engine.loop.leadership.leading
    engine.folds()


class TrustfulRecording(Recording):
    """The recording of before: it hands everything on."""

    def _fit_frames(self, watch_events: tuple[WatchEvent, ...]) -> tuple[WatchEvent, ...]:
        return watch_events


class TrustfulTail(LedgerTail):
    """The writing of before: it leaves nothing out."""

    def noted(self, told: Iterable[News], *, seen_at: datetime | None = None, cause: str = "") -> list[Pair]:
        return [(news, self.note(news.fact, news.subject, cause=cause, seen_at=seen_at)) for news in told]


class TrustfulWorld(World):
    tail_class = TrustfulTail
    recording_class = TrustfulRecording


def test_a_loop_without_the_sieve_is_caught() -> None:
    """The control: there the round ends, and all that came with it is lost."""
    engine = started(TrustfulWorld("unfit", at=NOON))

    with pytest.raises(Unrecordable):
        engine.sees(warning(engine.replica(), "bad", message="\ud800"), warning(engine.replica(API), "others"))


def test_an_engine_that_starts_anew_does_not_tell_it_again(engine: Engine) -> None:
    bad = warning(engine.replica(), "bad", message="\ud800")
    assert len(engine.sees(bad)) == 1
    engine.loop.tail.memory = Memory()
    engine.loop.step()

    assert engine.sees(bad) == []


def test_one_figure_that_is_none_costs_that_reading(engine: Engine) -> None:
    def measured(value: float) -> DurationMeasured:
        return DurationMeasured(value, 1, 60.0, (Share("pod", 1, value, NOON, 1, value),), engine.world.clock())

    now = engine.world.clock()
    estimates = [Estimate(WEB.subject, now, measured(NAN)), Estimate(API.subject, now, measured(0.25))]
    engine.loop.recording.inputs = Inputs(measured=lambda: estimates)

    told = engine.sees()
    again = engine.sees()

    assert [fact.value for fact in told if isinstance(fact, DurationMeasured)] == [0.25]
    assert [fact.field for fact in told if isinstance(fact, ObservationRefused)] == ["value"]
    assert again == []
    engine.folds()


def test_one_replicas_answer_that_is_none_costs_that_answer_and_says_whose_it_was(engine: Engine) -> None:
    web, api = engine.replica(), engine.replica(API)
    now = engine.world.clock()

    def answered(key: Key, replica: Replica, seconds: float) -> ProbeAnswersRead:
        return ProbeAnswersRead(key.subject, replica.uid, ProbesAnswered((ProbeAnswer("liveness", now, 200, seconds),)), now)

    witnessed = once([answered(WEB, web, float("inf")), answered(API, api, 0.5)])
    engine.loop.recording.inputs = Inputs(witnessed=witnessed)
    before = engine.ledger.head()
    engine.loop.step()

    told = engine.ledger.tail(before)
    assert [one.stream for one in told if isinstance(one.fact, ProbesAnswered)] == [replica_stream(api.uid)]
    (refused,) = [one for one in told if isinstance(one.fact, ObservationRefused)]
    assert isinstance(refused.fact, ObservationRefused)
    assert (refused.metadata.subject, refused.fact.source) == (WEB.subject, replica_stream(web.uid))
    assert refused.fact.field == "answers[0].seconds"
    engine.folds()


def once(told: Sequence[ProbeAnswersRead]) -> Any:  # noqa: ANN401 (a callable)
    left = [tuple(told)]
    return lambda: left.pop() if left else ()


def test_thousands_of_different_flaws_are_told_a_few_times(engine: Engine) -> None:
    replica = engine.replica()
    fields = ("message", "reason", "source", "container", "type", "resource_version", "about_uid")
    for number in range(30):
        engine.sees(*(warning(replica, f"e{number}", **{field: "\ud800"}) for field in fields))

    history = [one.fact for one in engine.ledger.tail(0, 100_000)]
    assert 0 < sum(isinstance(fact, ObservationRefused) for fact in history) <= 20


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, Engine]:
    file = tmp_path_factory.mktemp("unfit") / "ledger.sqlite"
    return started(World("unfit", at=NOON)), started(FileWorld(file))


@pytest.fixture(scope="module")
def known(pair: tuple[Engine, Engine]) -> tuple[str, ...]:
    """Give words that name what is there, as it was at the beginning."""
    replica = pair[0].replica()
    named = (WEB.object_name, WEB.namespace, replica.pod, replica.uid, replica.namespace)
    return ("", *named, "Pod", "Deployment", "Warning", "Unhealthy", "Killing", "1")


@settings(
    max_examples=at_night(60),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_whatever_is_seen_never_ends_a_round_and_every_ledger_tells_it_alike(
    pair: tuple[Engine, Engine], known: tuple[str, ...], data: st.DataObject
) -> None:
    observations = data.draw(st.lists(anything(Observation, known), min_size=1, max_size=4))

    # What is decided has ids made of the ledger's own.
    told = [[fact for fact in engine.sees(*observations) if not isinstance(fact, Decided)] for engine in pair]

    assert told[0] == told[1]
    for engine in pair:
        assert engine.loop.leadership.leading
        engine.folds()


def test_the_file_of_all_that_is_sound(pair: tuple[Engine, Engine]) -> None:
    ledger = pair[1].ledger
    assert isinstance(ledger, StoredLedger)
    assert ledger.verify().sound
