"""A replica's life, folded."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.pod_facts import ReplicaLeaving
from domain.repeats import NEVER, RepeatCount, count_told, gist
from domain.replica import (
    BecameReady,
    BecameUnready,
    Cause,
    ContainerStarted,
    ImagePulled,
    ProbeFailed,
    Replica,
    ReplicaCreated,
    ReplicaFact,
    ReplicaGone,
    ReplicaKilled,
    ReplicaScheduled,
    ReplicaUnschedulable,
    ReplicaWaiting,
    ReplicaWarned,
    Restarted,
    StartupPassed,
    begin,
    ended_by,
    evolve,
)
from tests.at_night import at_night

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CREATED = ReplicaCreated("web-1-x", "reckon-shop", 1, "t1", NOON)


def after(*facts: ReplicaFact) -> Replica:
    replica = begin("p1", CREATED)
    for fact in facts:
        left = evolve(replica, fact)
        assert left is not None
        replica = left
    return replica


def restarted(code: int = 1, cause: Cause = "crashed", *, reason: str = "Error", message: str = "", after: int = 60) -> Restarted:
    return Restarted(1, 1, code, 0, reason, message, cause, NOON + after * SECOND, NOON)


def killed(at: int, *, uid: str = "k1", count: int = 1) -> ReplicaKilled:
    return ReplicaKilled("Container app failed liveness probe", "liveness", NOON + at * SECOND, uid, count)


def failed(message: str = "connection refused") -> ProbeFailed:
    return ProbeFailed("readiness", message, 1, "exact", NOON, NOON, "e1", 1)


def test_a_replica_begins_not_ready_and_nowhere() -> None:
    assert begin("p1", CREATED) == Replica("p1", "web-1-x", "reckon-shop", 1, "t1", NOON)


def test_a_replica_that_went_well_is_ready_and_has_nothing_to_say() -> None:
    replica = after(
        ReplicaScheduled("n1"), ImagePulled("web:1", "sha256:a"), ContainerStarted("c1", NOON), StartupPassed(), BecameReady(NOON)
    )

    assert (replica.node, replica.digest, replica.container_id) == ("n1", "sha256:a", "c1")
    assert (replica.started, replica.ready, replica.words) == (True, True, "")


def test_a_restart_begins_anew() -> None:
    replica = after(ContainerStarted("c1", NOON), StartupPassed(), BecameReady(NOON), restarted())

    assert (replica.started, replica.ready, replica.restarts) == (False, False, 1)


def test_a_container_that_runs_does_not_wait() -> None:
    replica = after(ReplicaWaiting("ErrImagePull", "not found"), ContainerStarted("c1", NOON))

    assert (replica.waiting, replica.said) == (None, frozenset())


def test_a_replica_that_is_gone_is_no_more() -> None:
    assert evolve(after(ReplicaLeaving()), ReplicaGone("seen")) is None
    assert after(ReplicaLeaving()).leaving


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ((ReplicaUnschedulable("no cpu"),), "no node: no cpu"),
        ((ReplicaWaiting("ErrImagePull", "not found"),), "ErrImagePull: not found"),
        ((ReplicaWaiting("ErrImagePull", ""),), "ErrImagePull"),
        ((restarted(1, message="boom"),), "Error exit code 1: boom"),
        ((restarted(137, "liveness probe"),), "Error exit code 137 after its liveness probe"),
        ((failed(),), "readiness probe: connection refused"),
        ((failed(), BecameReady(NOON)), ""),
        ((BecameReady(NOON), BecameUnready(NOON, ""), failed()), "readiness probe: connection refused"),
        ((ReplicaWarned("FailedMount", "no secret", 1, "e1", 1),), "FailedMount: no secret"),
        ((ReplicaUnschedulable("no cpu"), ReplicaScheduled("n1")), ""),
    ],
)
def test_a_replica_says_why_it_is_not_ready(facts: tuple[ReplicaFact, ...], words: str) -> None:
    assert after(*facts).words == words


# --- kills and their restarts, whichever is seen first


def test_a_kill_is_kept_until_its_restart_is_seen() -> None:
    assert after(killed(50)).last_killed == killed(50)
    assert after(killed(50), restarted(137, "liveness probe")).last_killed is None


def test_a_kill_that_is_seen_late_names_the_cause() -> None:
    replica = after(restarted(137, "unknown"), killed(50))

    assert replica.last_restart == restarted(137, "liveness probe")
    assert replica.last_killed is None


def test_a_kill_of_the_next_container_leaves_the_last_cause() -> None:
    replica = after(restarted(137, "unknown"), killed(90))

    assert replica.last_restart == restarted(137, "unknown")
    assert replica.last_killed == killed(90)


def test_a_cause_that_is_certain_stays() -> None:
    assert after(restarted(137, "out of memory"), killed(50)).last_restart == restarted(137, "out of memory")


def test_a_stop_without_a_probe_names_no_cause() -> None:
    stop = ReplicaKilled("Stopping container app", None, NOON + 50 * SECOND, "k1", 1)

    assert after(restarted(143, "unknown"), stop).last_restart == restarted(143, "unknown")


@pytest.mark.parametrize(
    ("at", "cause"), [(-2, None), (-1, "liveness probe"), (0, "liveness probe"), (61, "liveness probe"), (62, None)]
)
def test_a_kill_belongs_to_the_life_that_it_fell_into(at: int, cause: str | None) -> None:
    assert ended_by(killed(at), NOON, NOON + 60 * SECOND) == cause


def test_without_times_a_kill_not_yet_accounted_for_is_the_cause() -> None:
    assert ended_by(killed(500), None, None) == "liveness probe"
    assert ended_by(None, None, None) is None


# --- what was told of events


def test_what_was_told_of_an_event_is_kept() -> None:
    replica = after(failed(), ReplicaWarned("BackOff", "x", 1, "e2", 4), killed(5, uid="e3"))

    assert replica.counts == {"e1": RepeatCount(1, 1), "e2": RepeatCount(4, 1), "e3": RepeatCount(1, 1)}


@given(st.integers(1, 40), st.lists(st.integers(1, 10**6), max_size=60))
def test_a_count_is_never_told_twice_in_a_row(each: int, counts: list[int]) -> None:
    told = NEVER
    for count in counts:
        if told.worth(count, each=each):
            told = count_told({"e": told}, "e", count)["e"]
            assert not told.worth(count, each=each)


@settings(max_examples=at_night(50))
@given(st.integers(1, 20), st.lists(st.integers(1, 1000), max_size=500))
def test_facts_of_one_event_are_few_however_it_counts(each: int, counts: list[int]) -> None:
    told = NEVER
    for count in counts:
        if told.worth(count, each=each):
            told = count_told({"e": told}, "e", count)["e"]

    assert told.facts <= each + 10  # 2 ** 10 > 1000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0/3 nodes: 1 no cpu, 2 no memory.", "0/9 nodes: 4 no memory, 5 no cpu."),
        ("back-off 10s restarting failed container", "back-off 5m0s restarting failed container"),
        ('pulling "web:1": req 7f3a', 'pulling "web:2": req 9c1b'),
    ],
)
def test_messages_that_differ_in_numbers_only_say_the_same(one: str, other: str) -> None:
    assert gist(one) == gist(other)


def test_messages_with_other_words_say_something_else() -> None:
    assert gist("no cpu") != gist("no memory")
