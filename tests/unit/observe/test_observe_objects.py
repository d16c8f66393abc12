"""What a sight of our own objects tells of their coming, going and progress, and what a list tells."""

from datetime import timedelta

import pytest

from domain.cluster import ImitationSeen, ObservationGap, RewindAccepted, RewindFound
from domain.objects import Mark, ObjectRef
from domain.observations import Bookmark, GoneSeen, Relisted, ReplicaSetSeen
from domain.observe_objects import older
from domain.replica import ReplicaGone
from domain.seen import (
    ObjectLeaving,
    ObjectMet,
    ObjectVanished,
    RolloutProgressed,
)
from tests.unit.observe.bridge import (
    ALL,
    MARK,
    NAME,
    NOON,
    PROOF,
    REPLICA_SET,
    SERVICE,
    WORKLOAD,
    Bridge,
    rollout,
    running,
    workload,
)

HOUR = timedelta(hours=1)


def kept() -> Bridge:
    """A Deployment stands there as we left it, at resourceVersion 100."""
    bridge = Bridge()
    bridge.applied()
    return bridge


# --- coming and going


def test_an_object_with_our_label_that_the_ledger_does_not_know_is_met_once() -> None:
    bridge, unplaced = Bridge(), Mark("ledger", "A1")

    assert bridge.sees(workload(mark=unplaced, proof=PROOF)) == [ObjectMet(WORKLOAD, "u1", unplaced, "101")]
    assert bridge.sees(workload(mark=unplaced, proof=PROOF)) == []


def test_an_object_of_a_deployment_that_is_not_ours_is_told_once() -> None:
    strange = ObjectRef("Deployment", "x", "other-1")

    bridge = kept()
    (news,) = bridge.looks(workload(ref=strange, uid="s1", deployment="other-1"))
    (told,) = bridge.sees(workload(ref=strange, uid="s1", deployment="other-1"))

    assert (news.stream, news.subject) == ("cluster/c1", "")
    assert told == ImitationSeen(strange, "s1", "other-1", "no deployment of this ledger has such an object", "")
    assert bridge.sees(workload(ref=strange, uid="s1", deployment="other-1")) == []


def test_an_object_whose_label_was_changed_is_known_by_its_name() -> None:
    assert len(kept().sees(workload({**ALL, "spec.replicas": 5}, deployment="other-1"))) == 1


def test_another_object_under_a_known_name_means_that_the_first_is_gone() -> None:
    bridge = kept()

    assert bridge.sees(workload(uid="u2", proof=PROOF)) == [
        ObjectVanished(WORKLOAD, "u1", "missed"),
        ObjectMet(WORKLOAD, "u2", MARK, "101"),
    ]
    assert bridge.deployment.objects[WORKLOAD].uid == "u2"


@pytest.mark.parametrize("proof", [PROOF, ""])
def test_a_predecessors_late_frame_is_passed_over_and_no_imitation(proof: str) -> None:
    assert kept().sees(workload(uid="u0", resource_version="98", proof=proof)) == []


def test_an_object_that_others_delete_is_leaving() -> None:
    bridge = kept()

    assert bridge.sees(workload(deleting=True)) == [ObjectLeaving(WORKLOAD, "u1")]
    assert bridge.sees(workload(deleting=True)) == []


def test_an_unknown_object_on_its_way_out_is_met_leaving() -> None:
    unplaced = Mark("ledger", "A1")

    told = Bridge().sees(workload(deleting=True, mark=unplaced, proof=PROOF))

    assert told == [ObjectMet(WORKLOAD, "u1", unplaced, "101"), ObjectLeaving(WORKLOAD, "u1")]


def test_an_object_gone_has_vanished() -> None:
    bridge = kept()
    gone = GoneSeen(WORKLOAD, "u1", "120", NAME)

    assert bridge.sees(GoneSeen(WORKLOAD, "u0", "120", NAME)) == []
    assert bridge.sees(gone) == [ObjectVanished(WORKLOAD, "u1", "seen")]
    assert bridge.sees(gone) == []


# --- progress


def test_a_rollouts_progress_is_told_when_it_changes() -> None:
    bridge = kept()

    assert bridge.sees(workload(), rollout(1)) == [RolloutProgressed("u1", 1, 2, 2, 2, 1, 1)]
    assert bridge.sees(workload(), rollout(1)) == []
    assert bridge.sees(rollout(2)) == [RolloutProgressed("u1", 1, 2, 2, 2, 2, 2)]


def test_a_controller_that_has_not_caught_up_says_nothing() -> None:
    assert kept().sees(rollout(generation=2, observed_generation=1)) == []


def test_replica_sets_and_bookmarks_are_no_news() -> None:
    sights = (ReplicaSetSeen(REPLICA_SET, "rs1", "1", NAME, "t1", 2, 2, 2), Bookmark("Pod", "100"))

    assert kept().sees(*sights) == []


# --- a rewound ledger


def test_a_copy_that_lacks_only_the_last_order_is_found_although_its_head_has_moved_on() -> None:
    bridge = kept()
    lost = Mark("ledger", "A9", 0, bridge.deployment.decided_at + 1)
    bridge.head += 100

    (told,) = bridge.sees(workload(mark=lost, proof=PROOF))

    assert isinstance(told, RewindFound)


def test_what_was_decided_on_record_is_no_rewind_however_far_the_head_is_behind() -> None:
    bridge = kept()

    assert bridge.sees(workload(mark=Mark("ledger", "A1", 0, bridge.deployment.decided_at))) == []


@pytest.mark.parametrize("mark", [Mark("ledger", "A9", 0, 900), Mark("ledger", "A9", 1, 2)])
def test_a_mark_from_a_future_that_the_ledger_never_had_is_found_once(mark: Mark) -> None:
    bridge = kept()
    head = bridge.head

    (news,) = bridge.looks(workload(mark=mark, proof=PROOF))
    assert (news.stream, news.subject) == ("cluster/c1", "")
    assert bridge.sees(workload(mark=mark, proof=PROOF)) == [RewindFound(mark.timeline, mark.position, head, str(WORKLOAD))]
    assert bridge.sees(workload(mark=mark, proof=PROOF)) == []


def test_a_restored_ledger_finds_objects_of_deployments_it_has_forgotten() -> None:
    strange = ObjectRef("Deployment", "x", "other-1")

    (told,) = kept().sees(workload(ref=strange, deployment="other-1", mark=Mark("ledger", "A9", 0, 900), proof=PROOF))

    assert isinstance(told, RewindFound)


def test_what_a_rewound_ledger_meets_is_kept_for_when_it_acts_again() -> None:
    bridge = Bridge()
    mark = Mark("ledger", "A9", 0, 900)

    assert [type(fact) for fact in bridge.sees(workload(mark=mark, proof=PROOF))] == [RewindFound, ObjectMet]
    bridge.records("cluster/c1", "", RewindAccepted(1))
    assert bridge.sees(workload(mark=mark, proof=PROOF)) == []


# --- lists


def relisted(kind: str, *uids: str, missed: str = "410", resource_version: str = "500") -> Relisted:
    return Relisted(kind, resource_version, frozenset(uids), missed, NOON - HOUR)


def test_a_gap_is_told_before_what_was_missed_in_it() -> None:
    bridge = kept()
    told = bridge.sees(relisted("Deployment"))

    assert told == [ObservationGap("Deployment", NOON - HOUR, NOON, "410"), ObjectVanished(WORKLOAD, "u1", "missed")]
    assert bridge.sees(relisted("Deployment")) == []


def test_each_list_after_a_gap_tells_the_gap() -> None:
    bridge = kept()
    bridge.sees(relisted("Event"))

    assert bridge.sees(relisted("Event"), at=NOON + HOUR) == [ObservationGap("Event", NOON - HOUR, NOON + HOUR, "410")]


def test_the_very_first_list_is_no_gap() -> None:
    assert kept().sees(relisted("Deployment", "u1", missed="")) == []


def test_a_replica_that_is_not_listed_is_gone() -> None:
    bridge = kept()
    bridge.sees(running())

    assert bridge.sees(relisted("Pod", "p1", missed="")) == []
    assert bridge.sees(relisted("Pod", "p2", missed="")) == [ReplicaGone("missed")]


def test_a_list_from_before_our_write_does_not_make_its_object_vanish() -> None:
    bridge = Bridge()
    bridge.applied(resource_version="600")

    assert bridge.sees(relisted("Deployment", missed="", resource_version="500")) == []


def test_a_list_says_nothing_of_what_we_act_upon_now_or_of_other_kinds() -> None:
    bridge = kept()
    bridge.begins(action="A2")

    assert bridge.sees(relisted("Deployment", missed="")) == []
    bridge.applied(SERVICE, uid="s1")
    assert bridge.sees(relisted("Pod", missed="")) == []


@pytest.mark.parametrize(
    ("one", "other", "is_older"),
    [
        ("9", "10", True),
        ("10", "10", False),
        ("11", "10", False),
        ("1", "9" * 40, True),
        ("1", "9" * 41, False),
        ("", "10", False),
        ("x", "10", False),
        ("9", "", False),
        ("9", "x", False),
        ("-9", "10", False),
    ],
)
def test_a_resource_version_is_older_where_both_are_numbers_and_it_is_the_smaller_one(
    one: str, other: str, is_older: bool
) -> None:
    assert older(one, other) == is_older
