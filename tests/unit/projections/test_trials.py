"""What was seen of a version stays with it: also of one that only crashed and was replaced before its deadline."""

from domain.replica import BecameReady, ReplicaGone, ReplicaWaiting, Restarted
from domain.rollback import rollback_target
from projections.history import VersionEntry, history
from projections.trials import Trial, trials
from tests.stories import Story, story


def entries(told: Story) -> tuple[VersionEntry, ...]:
    return history(told.key, told.about, lambda order: told.specs[order.number])


def seen(told: Story, number: int) -> Trial:
    return trials(told.key, told.about)[1][number]


def crashed() -> Story:
    """Version 1 is well, version 2 only crashes and is replaced before its time is up, version 3 goes back."""
    told = story().submitted(replicas=2).applied().ready().healthy().later(minutes=10)
    told.submitted(image="r/shop:2").applied().crashing("no such table: carts", replicas=2).later(seconds=20)
    return told.rolled_back(1).applied().ready().healthy()


def test_a_version_that_only_crashed_and_was_replaced_says_so() -> None:
    first, second, third = entries(crashed())

    assert [one.never_healthy for one in (first, second, third)] == [False, True, False]
    assert second.seen == Trial(2, 0, 6, ("Error exit code 1: no such table: carts",))
    assert second.went.startswith("replaced after ")
    assert second.went.endswith(", never healthy: 0 of 2 ready at most, 6 restarts: Error exit code 1: no such table: carts")
    assert (first.seen.ready_at_most, first.seen.restarts) == (2, 0)


def test_it_stays_so_when_its_replicas_are_gone() -> None:
    told = crashed()
    before = entries(told)[1]
    for uid, replica in told.deployment.replicas.items():
        if replica.template == told.deployment.versions[1].order.template:
            told.replica(ReplicaGone("seen"), uid=uid)

    assert entries(told)[1] == before


def test_one_that_failed_says_what_was_seen_and_one_that_recovered_was_healthy() -> None:
    told = story().submitted(replicas=1).applied().crashing("boom").later(minutes=10).failed()
    (failed,) = entries(told)
    (recovered,) = entries(told.ready().recovered())

    assert failed.never_healthy
    assert failed.went.endswith("never healthy: 0 of 1 ready at most, 3 restarts: Error exit code 1: boom")
    assert not recovered.never_healthy
    assert recovered.went.endswith("boom; recovered later")


def test_ready_at_most_is_the_most_at_one_time() -> None:
    told = story().submitted(replicas=3).applied()
    for _ in range(3):
        uid = told.replica(BecameReady(None))
        told.replica(ReplicaGone("seen"), uid=uid)
    told.replica(BecameReady(None))
    told.replica(BecameReady(None))

    assert (seen(told, 1).ready_at_most, seen(told, 1).replicas) == (2, 5)


def test_a_version_that_only_scales_goes_on_with_the_replicas_that_there_are() -> None:
    told = story().submitted(replicas=2).applied().ready().healthy().scaled(5).later(seconds=5).submitted(image="r/shop:3")

    assert entries(told)[1].went.endswith("never healthy: 2 of 5 ready at most")


def test_what_the_cluster_refuses_and_what_cannot_be_pulled_are_reasons_too() -> None:
    told = story().submitted(replicas=1).rejected().rejected("Contested", "someone was faster").applied().no_quota()
    told.replica(ReplicaWaiting("ErrImagePull", "manifest unknown"))
    told.submitted(image="r/shop:2")

    reasons = entries(told)[0].seen.reasons

    assert [each for each in reasons if "exceeded quota: team-quota" in each]
    assert reasons[-1] == "ErrImagePull: manifest unknown"
    assert not [each for each in reasons if "someone was faster" in each]


def test_words_that_say_the_same_stand_once_and_only_the_newest_few_are_kept() -> None:
    told = story().submitted(replicas=9).applied()
    for n in range(9):
        told.replica(ReplicaWaiting("CreateContainerConfigError", f"pod {n}: secret {'abcdefghi'[n]} not found"))
        told.replica(ReplicaWaiting("ErrImagePull", f"try {n}: manifest unknown"))

    reasons = seen(told, 1).reasons

    assert len(reasons) == 5
    assert len([each for each in reasons if each.startswith("ErrImagePull")]) == 1
    assert "secret i not found" in reasons[-2]


def test_what_hindered_a_replica_that_came_up_after_all_is_no_reason() -> None:
    told = story().submitted(replicas=2).applied()
    late = told.replica(ReplicaWaiting("ErrImagePull", "manifest unknown"))
    told.replica(ReplicaWaiting("CreateContainerConfigError", "secret not found"))
    assert len(seen(told, 1).reasons) == 2

    told.replica(BecameReady(None), uid=late)

    assert seen(told, 1).reasons == ("CreateContainerConfigError: secret not found",)


def test_what_hindered_a_replica_stays_a_reason_where_it_came_up_only_after_restarts_which_are_counted() -> None:
    told = story().submitted(replicas=1).applied()
    uid = told.replica(Restarted(3, 3, 1, 0, "Error", "no such table: carts", "crashed", told.now))
    told.replica(BecameReady(None), uid=uid)

    assert seen(told, 1) == Trial(1, 1, 3, ("Error exit code 1: no such table: carts",))


def test_replicas_of_a_deleted_incarnation_are_none_of_the_next_though_their_template_is_the_same() -> None:
    told = story().submitted(replicas=2).applied().ready().healthy().deleted().submitted()

    assert seen(told, 2) == Trial()


def test_a_template_that_came_back_is_of_the_version_that_brought_it_back_and_of_its_own_life() -> None:
    told = crashed()
    assert (seen(told, 1).replicas, seen(told, 3).replicas >= 2) == (2, True)

    told.deleted().gone().submitted(replicas=2).applied()

    assert seen(told, 4) == Trial()


def ran_into(words: str, told: Story, *, times: int = 2) -> Story:
    """A container of each replica ends, after its version was found healthy."""
    for uid, replica in told.deployment.replicas.items():
        if replica.template == told.newest.template and not replica.leaving:
            for n in range(1, times + 1):
                told.replica(Restarted(n, 1, 1, 0, "Error", words, "crashed", told.now), uid=uid)
    return told


def test_one_that_was_healthy_for_the_moment_before_it_crashed_says_so_and_is_no_way_back() -> None:
    told = story().submitted(replicas=1).applied().ready().healthy().later(hours=1)
    ran_into("boom", told.submitted(image="r/shop:2").applied().ready().healthy()).later(minutes=1)
    told.submitted(image="r/shop:3").applied()

    first, second, third = entries(told)

    assert [one.crashed for one in (first, second, third)] == [False, True, False]
    assert second.went.startswith("healthy after ")
    assert second.went.endswith(", but crashed soon after, 2 restarts: Error exit code 1: boom")
    assert rollback_target(told.deployment).number == 1


def test_one_that_crashed_and_was_in_place_for_long_was_healthy_all_the_same() -> None:
    """The control: what crashes once may have run well, and what runs well may crash in the end."""
    early = ran_into("boom", story().submitted(replicas=1).applied().ready().healthy(), times=1).later(hours=1)
    late = ran_into("boom", story().submitted(replicas=1).applied().ready().healthy().later(hours=1), times=1)

    for told in (early, late):
        told.submitted(image="r/shop:2").applied()

        assert not entries(told)[0].crashed
        assert entries(told)[0].went.endswith(", 1 restart: Error exit code 1: boom")
        assert rollback_target(told.deployment).number == 1


def test_one_that_served_for_a_day_beside_a_newer_one_that_never_came_up_did_not_crash_soon() -> None:
    told = story().submitted(replicas=1).applied().ready().healthy().later(minutes=5)
    (uid,) = told.deployment.replicas
    told.submitted(image="r/shop:2").applied().later(hours=24)
    told.replica(Restarted(1, 1, 1, 0, "Error", "boom", "crashed", told.now), uid=uid)

    assert not entries(told)[0].crashed
    assert rollback_target(told.deployment).number == 1


def test_what_wanted_no_replica_is_neither_healthy_nor_not() -> None:
    told = story().submitted(replicas=1).applied().ready().healthy().stopped().later(seconds=5).submitted(enabled=True)

    stopped = entries(told)[1]

    assert not stopped.never_healthy
    assert stopped.went.endswith("before it was assessed")
