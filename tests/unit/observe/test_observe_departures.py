"""Why a replica goes, how its container ended, and which ReplicaSet removed it."""

from dataclasses import replace
from typing import Any

import pytest

from domain.objects import ObjectRef
from domain.observations import ContainerSeen, Departure, Exit, GoneSeen, PodSeen, ReplicaSetSeen
from domain.pod_facts import ReplicaEnded, ReplicaLeaving, ReplicaRemoved
from domain.replica import ReplicaGone
from domain.seen import ReplicaSetScaled
from tests.unit.observe.bridge import NAME, NOON, OWNER, POD, REPLICA_SET, SECOND, Bridge, container, event, pod, running

ASKED = NOON + 100 * SECOND
DEPARTURE = Departure(ASKED, 30)
REMOVED: dict[str, Any] = {"about": REPLICA_SET, "about_uid": "rs1", "container": "", "type": "Normal", "owner": OWNER}
SET = ReplicaSetSeen(REPLICA_SET, "rs1", "300", NAME, "t1", 3, 3, 3, NOON, OWNER)


def lived() -> Bridge:
    bridge = Bridge()
    bridge.applied()
    bridge.sees(running())
    return bridge


def going(departure: Departure = DEPARTURE, state: Exit | None = None) -> PodSeen:
    """A pod that is being deleted; with an exit its container has ended."""
    box: ContainerSeen = container() if state is None else container(state=state, started=False, ready=False)
    return pod(node="n1", ready=state is None, ready_since=NOON, container=box, deleting=True, departure=departure)


def exited(code: int, *, after: int, reason: str = "Error") -> Exit:
    """The exit of a container, so many seconds after its deletion was asked for."""
    return Exit(code, 0, reason, "", NOON, ASKED + after * SECOND)


def test_a_replica_leaves_since_its_deletion_was_asked_for() -> None:
    bridge = lived()

    assert bridge.sees(going()) == [ReplicaLeaving(ASKED, 30)]
    assert bridge.sees(going()) == []


def test_why_it_leaves_is_told_where_the_pod_says_so() -> None:
    evicted = replace(DEPARTURE, reason="EvictionByEvictionAPI", message="Eviction API: evicting")

    assert lived().sees(going(evicted)) == [ReplicaLeaving(ASKED, 30, "EvictionByEvictionAPI", "Eviction API: evicting")]


def test_a_reason_that_is_seen_later_is_told_then_and_once() -> None:
    bridge = lived()
    evicted = replace(DEPARTURE, reason="DeletionByTaintManager", message="Taint manager: deleting due to NoExecute taint")
    bridge.sees(going())

    (told,) = bridge.sees(going(evicted))

    assert told == ReplicaLeaving(ASKED, 30, evicted.reason, evicted.message)
    assert bridge.sees(going(evicted)) == []
    assert bridge.sees(going()) == []


def test_what_threatens_a_pod_that_is_not_deleted_is_no_leaving() -> None:
    threatened = replace(running(), departure=Departure(reason="PreemptionByScheduler"))

    assert lived().sees(threatened) == []


@pytest.mark.parametrize(
    ("state", "overdue"),
    [
        (exited(143, after=2), False),
        (exited(0, after=31, reason="Completed"), False),
        (exited(137, after=5), False),
        (exited(137, after=30), True),
        (exited(137, after=29), True),
        (exited(137, after=40, reason="OOMKilled"), False),
        (exited(137, after=40, reason="ContainerStatusUnknown"), False),
    ],
)
def test_how_it_ended_is_told_and_killed_is_not_ended(state: Exit, *, overdue: bool) -> None:
    bridge = lived()
    bridge.sees(going())

    facts = bridge.sees(going(state=state))

    told = ReplicaEnded(state.code, 0, state.reason, "", NOON, state.finished_at, overdue=overdue)
    assert [fact for fact in facts if isinstance(fact, ReplicaEnded)] == [told]
    assert bridge.sees(going(state=state)) == []


def test_without_a_grace_period_nothing_is_overdue() -> None:
    facts = lived().sees(going(Departure(ASKED, 0), exited(137, after=1)))

    assert [fact.overdue for fact in facts if isinstance(fact, ReplicaEnded)] == [False]


def test_a_container_that_will_be_started_again_has_not_ended_for_good() -> None:
    halted = pod(node="n1", container=container(state=exited(1, after=0), started=False, ready=False))

    assert not any(isinstance(fact, ReplicaEnded) for fact in lived().sees(halted))


def test_a_pod_that_is_over_has_ended() -> None:
    over = pod(node="n1", phase="Failed", container=container(state=exited(137, after=0), started=False, ready=False))

    assert any(isinstance(fact, ReplicaEnded) for fact in lived().sees(over))


def test_of_a_pod_removed_at_once_the_last_look_says_so() -> None:
    gone = GoneSeen(POD, "p1", "201", NAME, pod=going(Departure(ASKED, 0)))

    assert lived().sees(gone) == [ReplicaLeaving(ASKED, 0), ReplicaGone("seen")]


def test_a_last_look_that_says_nothing_new_is_only_the_end() -> None:
    bridge = lived()
    bridge.sees(going())

    assert bridge.sees(GoneSeen(POD, "p1", "201", NAME, pod=going())) == [ReplicaGone("seen")]


def test_the_replica_set_that_deleted_it_says_so_once() -> None:
    bridge = lived()
    removed = event("SuccessfulDelete", f"Deleted pod: {POD.name}", **REMOVED)

    (news,) = bridge.looks(removed)

    assert (news.stream, news.fact) == ("replica/p1", ReplicaRemoved(REPLICA_SET.name, NOON + 60 * SECOND, "e1", 1))
    assert len(bridge.sees(removed)) == 1
    assert bridge.sees(removed) == []


def test_the_replica_sets_word_may_come_when_the_pod_is_gone() -> None:
    bridge = lived()
    bridge.sees(GoneSeen(POD, "p1", "201", NAME))
    removed = event("SuccessfulDelete", f"Deleted pod: {POD.name}", **REMOVED)

    assert [type(fact) for fact in bridge.sees(removed)] == [ReplicaRemoved]
    assert bridge.sees(removed) == []


@pytest.mark.parametrize(
    "change",
    [
        {"message": "Deleted pod: another-5b9f8c7d6-x7k2p"},
        {"message": "Deleted"},
        {"reason": "SuccessfulCreate"},
        {"owner": None},
        {"owner": replace(OWNER, uid="u9", proof="")},
    ],
)
def test_no_other_event_says_that_a_replica_set_removed_it(change: dict[str, Any]) -> None:
    plain = event("SuccessfulDelete", f"Deleted pod: {POD.name}", **REMOVED)

    assert lived().sees(replace(plain, **change)) == []


def test_a_replica_set_is_told_when_its_number_changes() -> None:
    bridge = lived()
    first, fewer = SET, replace(SET, wanted=2, scaled_at=ASKED)

    assert bridge.sees(first) == [ReplicaSetScaled(REPLICA_SET, "rs1", "t1", None, 3, NOON)]
    assert bridge.sees(first) == []
    assert bridge.sees(fewer) == [ReplicaSetScaled(REPLICA_SET, "rs1", "t1", 3, 2, ASKED)]
    assert bridge.sees(replace(fewer, wanted=0)) == [ReplicaSetScaled(REPLICA_SET, "rs1", "t1", 2, 0, ASKED)]


def test_a_replica_set_of_before_and_a_strangers_are_no_news() -> None:
    bridge = lived()
    elsewhere = replace(OWNER, ref=ObjectRef("Deployment", "x", NAME))

    assert bridge.sees(replace(SET, wanted=0)) == []
    assert bridge.sees(replace(SET, owner=None)) == []
    assert bridge.sees(replace(SET, owner=elsewhere)) == []
    assert bridge.sees(replace(SET, owner=replace(OWNER, uid="u9", proof=""))) == []
