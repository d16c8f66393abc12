"""What flaps ten thousand times an hour: the ledger grows by little, the last state is told, and the number of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import Fact
from domain.objects import Kind
from domain.observations import EventSeen, GoneSeen, Observation, PodSeen, Relisted, WatchEvent
from domain.replica import ProbeFailed, ReplicaGone, ReplicaUnsteady, Restarted
from domain.seen import Drifted, ObjectLeaving, RolloutProgressed
from reconciler.flap_damping import DISTINCT, FREE, PAUSE, SPAN
from reconciler.hold_back import HoldBackBuffer, RecordingContext
from tests.at_night import at_night
from tests.unit.observe.bridge import ALL, IMAGE, NAME, NOON, POD, Bridge, container, event, rollout, running, workload

HOUR = timedelta(hours=1)
TIMES = 10_000
EACH = HOUR / TIMES
UNREADY = replace(running(), ready=False, ready_since=None, not_ready_reason="ContainersNotReady")


@dataclass
class Watched:
    """A recorder before a bridge: what is let through is recorded."""

    bridge: Bridge = field(default_factory=Bridge)
    hold_back: HoldBackBuffer = field(default_factory=HoldBackBuffer)
    facts: list[Fact] = field(default_factory=list[Fact])
    version: int = 0
    place: int = 0

    def sees(self, kind: str, *observations: Observation, at: timedelta) -> None:
        self.version += 1
        self.passes([WatchEvent(observations, NOON + at, kind, str(self.version))], at)

    def passes(self, watch_events: Iterable[WatchEvent], at: timedelta) -> None:
        ready = self.hold_back.ready(watch_events, RecordingContext(self.bridge.fleet, frozenset(), NOON + at))
        for watch_event in ready:
            self.facts += self.bridge.sees(*watch_event.observations, at=watch_event.at)
        self.place = max([self.place, *(int(moved) for moved in self.hold_back.advance(ready).values())])

    def count(self, kind: type) -> int:
        return sum(isinstance(fact, kind) for fact in self.facts)


def flips(number: int) -> PodSeen:
    return UNREADY if number % 2 else running()


def restarts(number: int) -> PodSeen:
    return running(restarts=number, container_id=f"c{number}")


def other_containers(number: int) -> PodSeen:
    return replace(running(), container=container(container_id=f"c{number}", digest=f"sha256:{number:064}"))


@pytest.mark.parametrize("sight", [flips, restarts, other_containers])
def test_a_pod_that_flaps_ten_thousand_times_an_hour_makes_few_facts(sight: Callable[[int], PodSeen]) -> None:
    watched = Watched()
    for number in range(TIMES):
        watched.sees(Kind.POD.value, sight(number), at=number * EACH)
    watched.passes([], HOUR + PAUSE[Kind.POD.value])
    assert len(watched.facts) < 600
    told = [fact for fact in watched.facts if isinstance(fact, ReplicaUnsteady)]
    assert sum(fact.changes for fact in told) > TIMES * 0.98
    assert told[0].first_at < told[0].last_at
    assert sum(fact.times for fact in watched.facts if isinstance(fact, Restarted)) in {0, TIMES - 1}


def test_so_many_changes_in_ten_minutes_come_through_and_the_next_is_held_for_its_pause() -> None:
    watched, free, pause = Watched(), FREE[Kind.POD.value], PAUSE[Kind.POD.value]
    for number in range(1 + free):  # the first sight is no change
        watched.sees(Kind.POD.value, flips(number), at=number * EACH)
    assert watched.hold_back.damper.wake_at() is None

    watched.sees(Kind.POD.value, flips(free + 1), at=free * EACH)
    assert watched.hold_back.damper.wake_at() == NOON + free * EACH + pause
    watched.passes([], free * EACH + pause)
    assert watched.hold_back.damper.wake_at() is None


def test_changes_of_ten_minutes_ago_count_no_more() -> None:
    watched = Watched()
    for number in range(1 + FREE[Kind.POD.value]):
        watched.sees(Kind.POD.value, flips(number), at=timedelta())
    watched.sees(Kind.POD.value, flips(1 + FREE[Kind.POD.value]), at=SPAN)
    assert watched.hold_back.damper.wake_at() is None


def test_without_calming_the_same_pod_fills_the_ledger() -> None:
    """The control."""
    bridge = Bridge()
    assert sum(len(bridge.sees(flips(number))) for number in range(1000)) > 999


def test_a_crash_loop_is_told_as_it_comes() -> None:
    watched, at = Watched(), timedelta()
    for number in range(6):
        at += timedelta(seconds=10 * 2**number)
        for sight in (restarts(number), replace(restarts(number), ready=False)):
            watched.sees(Kind.POD.value, sight, at=at)
    assert watched.count(Restarted) == 5
    assert watched.count(ReplicaUnsteady) == 0


def test_ten_thousand_events_about_a_pod_make_few_facts() -> None:
    watched = Watched()
    watched.sees(Kind.POD.value, running(), at=timedelta())
    for number in range(TIMES):
        said = replace(event("Unhealthy", f"Liveness probe failed: {number}"), uid=f"e{number}")
        watched.sees(Kind.EVENT.value, said, at=number * EACH)
    watched.passes([], HOUR + PAUSE[Kind.EVENT.value])
    assert watched.count(ProbeFailed) <= FREE[Kind.EVENT.value] + 61 * DISTINCT
    assert sum(fact.events for fact in watched.facts if isinstance(fact, ReplicaUnsteady)) > TIMES * 0.98


def test_an_event_that_counts_to_ten_thousand_makes_few_facts() -> None:
    watched = Watched()
    watched.sees(Kind.POD.value, running(), at=timedelta())
    for number in range(1, TIMES):
        watched.sees(Kind.EVENT.value, event("Killing", "Container app failed liveness probe", number), at=number * EACH)
    watched.passes([], HOUR + PAUSE[Kind.EVENT.value])
    assert len(watched.facts) < 250


def test_a_rollout_that_goes_back_and_forth_makes_few_facts_and_ends_as_it_is() -> None:
    watched = Watched()
    watched.bridge.applied()
    for number in range(TIMES):
        watched.sees(Kind.DEPLOYMENT.value, workload(resource_version="200"), rollout(number % 3), at=number * EACH)
    watched.passes([], HOUR + PAUSE[Kind.DEPLOYMENT.value])
    assert watched.count(RolloutProgressed) < 1000
    assert watched.bridge.deployment.progress == RolloutProgressed("u1", 1, 2, 2, 2, (TIMES - 1) % 3, (TIMES - 1) % 3)


def test_a_rollout_of_a_thousand_replicas_is_followed_as_it_comes() -> None:
    watched = Watched()
    watched.bridge.applied()
    for number in range(1000):
        watched.sees(Kind.DEPLOYMENT.value, workload(resource_version="200"), rollout(number), at=number * EACH)
    assert watched.count(RolloutProgressed) == 1000


def test_a_new_generation_waits_no_longer_than_others() -> None:
    watched = Watched()
    watched.bridge.applied()
    for number in range(500):
        watched.sees(Kind.DEPLOYMENT.value, workload(resource_version="200"), rollout(number % 2), at=number * EACH)
    newer = replace(workload(resource_version="300"), generation=2)
    watched.sees(Kind.DEPLOYMENT.value, newer, replace(rollout(7), generation=2, observed_generation=2), at=501 * EACH)
    watched.passes([], 501 * EACH + PAUSE[Kind.DEPLOYMENT.value])
    assert watched.bridge.deployment.progress is not None
    assert watched.bridge.deployment.progress.ready == 7


def test_hands_that_change_an_object_ten_thousand_times_make_few_facts_and_the_last_change_is_told() -> None:
    watched = Watched()
    watched.bridge.applied()
    for number in range(TIMES):
        changed = workload({**ALL, IMAGE: f"web:{number}"}, resource_version=str(200 + number))
        watched.sees(Kind.DEPLOYMENT.value, changed, rollout(2), at=number * EACH)
    watched.passes([], HOUR + PAUSE[Kind.DEPLOYMENT.value])
    assert watched.count(Drifted) < 320
    (known,) = watched.bridge.deployment.objects.values()
    assert [change.now for change in known.changes] == [f"web:{TIMES - 1}"]


def test_an_object_that_is_going_never_waits() -> None:
    watched = Watched()
    watched.bridge.applied()
    for number in range(200):
        changed = workload({**ALL, IMAGE: f"web:{number}"}, resource_version=str(200 + number))
        watched.sees(Kind.DEPLOYMENT.value, changed, rollout(2), at=number * EACH)
    watched.sees(Kind.DEPLOYMENT.value, workload(resource_version="900", deleting=True), rollout(2), at=201 * EACH)
    assert isinstance(watched.facts[-1], ObjectLeaving)


def test_of_a_pod_that_is_gone_nothing_is_held_back() -> None:
    watched = Watched()
    for number in range(100):
        watched.sees(Kind.POD.value, flips(number), at=number * EACH)
    watched.sees(Kind.POD.value, GoneSeen(POD, "p1", "300", NAME), at=101 * EACH)
    watched.passes([], HOUR)
    assert isinstance(watched.facts[-1], ReplicaGone)
    assert watched.hold_back.damper.wake_at() is None


def test_before_a_list_all_that_was_held_back_is_told() -> None:
    watched = Watched()
    for number in range(100):
        watched.sees(Kind.POD.value, flips(number), at=number * EACH)
    watched.sees(Kind.POD.value, Relisted(Kind.POD.value, "900", frozenset()), at=101 * EACH)
    assert isinstance(watched.facts[-1], ReplicaGone)
    watched.passes([], HOUR)
    assert isinstance(watched.facts[-1], ReplicaGone)


def test_an_event_of_another_kind_is_no_change() -> None:
    watched = Watched()
    for number in range(100):
        normal = replace(event("Pulled", "Container image already present"), type="Normal", uid=f"n{number}")
        assert isinstance(normal, EventSeen)
        watched.sees(Kind.EVENT.value, normal, at=number * EACH)
    assert watched.hold_back.damper.wake_at() is None


@settings(max_examples=at_night(50), deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 1, 30, 700])), min_size=1, max_size=200), st.booleans())
def test_whatever_a_pod_did_its_last_state_is_known_a_minute_later_even_after_a_crash(
    history: list[tuple[bool, float]], crashes: bool
) -> None:
    watched, at = Watched(), timedelta()
    watch_events: list[WatchEvent] = []
    for ready, seconds in history:
        at += timedelta(seconds=seconds)
        watch_events.append(WatchEvent((running() if ready else UNREADY,), NOON + at, Kind.POD.value, str(len(watch_events) + 1)))
        watched.passes(watch_events[-1:], at)
    if crashes:  # what was not recorded is seen again from the watch's place on
        watched.hold_back = HoldBackBuffer()
        watched.passes([watch_event for watch_event in watch_events if int(watch_event.resource_version) > watched.place], at)
    watched.passes([], at + PAUSE[Kind.POD.value])
    replica = watched.bridge.deployment.replicas["p1"]
    assert replica.ready == history[-1][0]
    assert watched.place == len(history)
