"""Two laws of observing: what says nothing new makes no fact, and no stream grows without bound."""

from dataclasses import replace
from datetime import datetime, timedelta
from math import log2
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import Fact
from domain.objects import Mark, ObjectRef
from domain.observations import (
    ContainerSeen,
    EventSeen,
    Exit,
    GoneSeen,
    ObjectSeen,
    Observation,
    PodSeen,
    Relisted,
    RolloutSeen,
    Running,
    Waiting,
)
from domain.repeats import RepeatCount
from tests.at_night import at_night
from tests.unit.observe.bridge import (
    ALL,
    DIGEST,
    IMAGE,
    NAME,
    NOON,
    POD,
    REPLICA_SET,
    WORKLOAD,
    Bridge,
    event,
    pod,
    rollout,
    running,
    waiting,
    workload,
)


def a_pod(uid: str, more: dict[str, Any]) -> Observation:
    return pod(uid=uid, **more)


def an_event(said: tuple[str, str], count: int, uid: str, about: ObjectRef, at: datetime) -> Observation:
    return event(*said, count=count, uid=uid, about=about, last_at=at)


def an_object(uid: str, version: str, fields: dict[str, int], deleting: bool, position: int) -> Observation:
    mark = Mark("ledger", "A1", 0, position)
    return workload({**ALL, **fields}, uid=uid, resource_version=version, deleting=deleting, mark=mark)


def a_rollout(ready: int, uid: str, version: str, observed: int) -> Observation:
    return rollout(ready, uid=uid, resource_version=version, observed_generation=observed)


def alone(observation: Observation) -> tuple[Observation, ...]:
    return (observation,)


def after_noon(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


times = st.integers(0, 300).map(after_noon)
exits = st.builds(
    Exit,
    code=st.sampled_from([0, 1, 137, 143]),
    reason=st.sampled_from(["Error", "OOMKilled", "Completed"]),
    message=st.sampled_from(["", "boom"]),
    started_at=st.none() | times,
    finished_at=st.none() | times,
)
states = st.one_of(
    st.builds(
        Waiting, st.sampled_from(["ContainerCreating", "CrashLoopBackOff", "ErrImagePull"]), st.sampled_from(["", "a 1", "b"])
    ),
    st.builds(Running, times),
    exits,
)
containers = st.builds(
    ContainerSeen,
    container_id=st.sampled_from(["", "c1", "c2", "c3"]),
    image=st.just("web:1"),
    digest=st.sampled_from(["", DIGEST]),
    started=st.booleans(),
    ready=st.booleans(),
    restarts=st.integers(0, 4),
    state=states,
    last_exit=st.none() | exits,
)
pods: st.SearchStrategy[Observation] = st.builds(
    a_pod,
    st.sampled_from(["p1", "p2"]),
    st.fixed_dictionaries(
        {
            "node": st.sampled_from(["", "n1"]),
            "unschedulable": st.sampled_from(["", "0/3 nodes", "0/4 nodes", "no volume"]),
            "ready": st.booleans(),
            "deleting": st.booleans(),
            "status_reason": st.sampled_from(["", "Evicted"]),
            "container": st.none() | containers,
        }
    ),
)
events: st.SearchStrategy[Observation] = st.builds(
    an_event,
    st.sampled_from(
        [
            ("Unhealthy", "Liveness probe failed: x"),
            ("Killing", "Container app failed liveness probe, will be restarted"),
            ("BackOff", "Back-off restarting"),
            ("FailedCreate", "exceeded quota"),
        ]
    ),
    st.integers(1, 50),
    st.sampled_from(["e1", "e2"]),
    st.sampled_from([POD, REPLICA_SET]),
    times,
)
versions = st.integers(90, 130).map(str)
uids = st.sampled_from(["u1", "u2"])
objects: st.SearchStrategy[Observation] = st.builds(
    an_object,
    uids,
    versions,
    st.dictionaries(st.sampled_from(["spec.replicas", IMAGE, "spec.template.spec.x", "spec.y"]), st.integers(0, 3)),
    st.booleans(),
    st.sampled_from([3, 3, 3, 10_000]),
)
rollouts: st.SearchStrategy[Observation] = st.builds(
    a_rollout,
    st.integers(0, 2),
    uids,
    versions,
    st.sampled_from([0, 1]),
)
departures: st.SearchStrategy[Observation] = st.sampled_from(
    [GoneSeen(POD, "p1", "1", NAME), GoneSeen(WORKLOAD, "u1", "1", NAME), GoneSeen(WORKLOAD, "u2", "1", NAME)]
)
lists: st.SearchStrategy[Observation] = st.builds(
    Relisted,
    st.sampled_from(["Pod", "Deployment", "Event"]),
    versions,
    st.frozensets(st.sampled_from(["p1", "p2", "u1", "u2"])),
    st.sampled_from(["", "410"]),
    st.none(),
)


def frame(of_object: Observation, of_rollout: Observation) -> tuple[Observation, ...]:
    """A Deployment's frame shows two things of one object."""
    assert isinstance(of_object, ObjectSeen)
    assert isinstance(of_rollout, RolloutSeen)
    return of_object, replace(of_rollout, uid=of_object.uid, resource_version=of_object.resource_version)


watch_events = st.one_of(st.one_of(pods, events, departures, lists).map(alone), st.builds(frame, objects, rollouts))


@settings(max_examples=at_night(300), deadline=None)
@given(st.booleans(), st.lists(watch_events, max_size=25))
def test_what_says_nothing_new_makes_no_fact(ours: bool, history: list[tuple[Observation, ...]]) -> None:
    bridge = Bridge()
    if ours:
        bridge.applied()
    for observations in history:
        bridge.sees(*observations)
        assert bridge.looks(*observations) == ()


def flaps(one: Observation, other: Observation, times: int = 10_000) -> int:
    """Count the facts that a thing makes by turning to and fro."""
    bridge = Bridge()
    bridge.sees(running())
    return sum(len(bridge.sees(one if turn % 2 else other)) for turn in range(times))


def of_event(reason: str, count: int) -> EventSeen:
    return event(reason, "Liveness probe failed: x" if reason == "Unhealthy" else "x", count)


@pytest.mark.parametrize("reason", ["Unhealthy", "BackOff", "FailedMount", "Killing"])
def test_a_count_that_turns_to_and_fro_fills_no_stream(reason: str) -> None:
    assert flaps(of_event(reason, 1), of_event(reason, 2)) <= 12


@pytest.mark.parametrize("reason", ["Unhealthy", "BackOff"])
def test_a_count_that_grows_for_ever_fills_no_stream(reason: str) -> None:
    bridge = Bridge()
    bridge.sees(running())

    facts = sum(len(bridge.sees(of_event(reason, count))) for count in range(1, 10_001))

    assert facts <= 10 + log2(10_000)


def test_words_of_waiting_that_turn_to_and_fro_fill_no_stream() -> None:
    assert flaps(waiting("ErrImagePull", "not found"), waiting("ImagePullBackOff", "back-off 5s")) <= 5


def test_words_of_waiting_that_are_ever_new_fill_no_stream() -> None:
    bridge = Bridge()
    words = ["".join(chr(97 + int(digit)) for digit in str(n)) for n in range(10_000)]

    assert sum(len(bridge.sees(waiting("ErrImagePull", word))) for word in words) < 20


def test_a_scheduler_that_turns_to_and_fro_fills_no_stream() -> None:
    bridge = Bridge()
    sights: list[PodSeen] = [pod(unschedulable="no cpu"), pod(unschedulable="no memory")]

    assert sum(len(bridge.sees(sights[n % 2])) for n in range(10_000)) == 3


def test_what_was_told_of_many_events_is_forgotten_in_order() -> None:
    bridge = Bridge()
    bridge.sees(running())
    for n in range(1000):
        bridge.sees(event("FailedMount", "x", uid=f"e{n}"))

    counts = bridge.deployment.replicas["p1"].counts
    assert len(counts) <= 64
    assert counts["e999"] == RepeatCount(1, 1)


# --- controls: that these laws would notice


class Forgetful(Bridge):
    """Tells, and keeps nothing of it."""

    def records(self, stream: str, subject: str, fact: Fact) -> None:
        pass


def test_a_bridge_that_forgets_what_it_told_would_be_noticed() -> None:
    bridge = Forgetful()

    bridge.sees(running())

    assert bridge.looks(running()) != ()


def test_a_bridge_that_tells_each_failure_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.observe_events.EACH_PROBE_FAILURE", 10**9)

    assert flaps(of_event("Unhealthy", 1), of_event("Unhealthy", 2), times=1000) == 1000


def test_a_bridge_that_takes_numbers_for_words_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.replica.gist", str)
    bridge = Bridge()
    told = [len(bridge.sees(pod(unschedulable=f"0/{n} nodes are available"))) for n in range(1, 6)]

    assert sum(told) == 6
