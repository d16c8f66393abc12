"""A deployment: the fold of what was ordered, decided and done under one name."""

from dataclasses import replace

import pytest

from domain.actions import (
    Failed,
    IncarnationEnded,
    NotAttempted,
    Succeeded,
    Unknown,
    VersionFailed,
    VersionRecovered,
)
from domain.facts import Fact
from domain.measuring import DurationLost
from domain.objects import Kind, ObjectRef
from domain.orders import DeletionOrdered, Fill, Held, Rendered, Resumed
from domain.seen import AdmissionChanged, Change, DriftEnded, ObjectVanished, ReplicasRefused, UnmanagedSeen
from domain.tracked_objects import TrackedObject
from domain.troubles import once_more
from tests.unit.one_deployment import (
    KEY,
    MINUTE,
    NOON,
    SPACE,
    WORKLOAD,
    Log,
    create,
    decided,
    drifted,
    ensure,
    found,
    progress,
    remove,
    submitted,
    update,
)

# --- orders


def test_a_new_version_forgets_what_was_told_of_the_one_before_and_keeps_a_duration_that_it_asks_for() -> None:
    asking = replace(submitted(2), objects=(*submitted(2).objects, Rendered(ObjectRef(Kind.API_SERVICE.value, "", "v1"), "a")))
    duration = DurationLost("no relay answers")
    log = Log().stands().takes(progress(), ReplicasRefused("FailedCreate", "quota", "e1", 1), duration)
    before, after = log.deployment, Log().stands().takes(duration).takes(asking).deployment

    assert (before.refused_replicas, before.duration) == ("FailedCreate: quota", duration)
    assert before.progressed_at is not None
    assert after.duration == duration
    forgotten = log.takes(submitted(2)).deployment
    assert (forgotten.refused_replicas, forgotten.duration, forgotten.progressed_at) == ("", None, None)
    assert (forgotten.trouble, forgotten.troubles, forgotten.best) == (None, {}, (-1, -1, 0))


def test_the_newest_version_is_the_wanted_one() -> None:
    deployment = Log().takes(submitted(1), submitted(2)).deployment

    assert deployment.wanted is not None
    assert deployment.wanted.number == 2
    assert [version.fact for version in deployment.versions] == ["f1", "f2"]
    assert deployment.version(1) == deployment.versions[0]
    assert deployment.version(3) is None


def test_a_deleted_incarnation_is_wanted_no_more_and_a_new_one_is() -> None:
    log = Log().takes(submitted(1), DeletionOrdered(1))
    assert (log.deployment.wanted, log.deployment.removing, log.deployment.exists) == (None, True, True)

    log.takes(found(IncarnationEnded(1)))
    assert (log.deployment.removing, log.deployment.exists) == (False, False)

    log.takes(submitted(2, incarnation=2))
    assert log.deployment.wanted is not None


def test_a_hold_stands_until_it_runs_out_or_is_lifted() -> None:
    log = Log().takes(Held(NOON + 60 * MINUTE))
    hold = log.deployment.hold

    assert hold is not None
    assert (hold.who, hold.reason, hold.holds(NOON), hold.holds(NOON + 60 * MINUTE)) == ("ann", "because", True, False)
    assert log.takes(Resumed()).deployment.hold is None


# --- actions and their outcomes


def test_an_action_is_pending_until_it_has_an_outcome() -> None:
    log = Log().takes(submitted(1), decided(create()))
    assert log.deployment.pending["a1"].position == 7

    log.takes(Succeeded("a1", WORKLOAD, "created", True, "u1", "100", 1, "s1"))  # noqa: FBT003 (wrote)
    assert log.deployment.pending == {}
    assert log.known == TrackedObject(WORKLOAD, "u1", "b1", "s1", "100", 1, "a1")
    assert log.deployment.decided == 1


def test_an_outcome_told_twice_changes_nothing() -> None:
    log = Log().stands()
    before = log.deployment

    assert log.takes(Failed("a1", WORKLOAD, "Gone", "late")).deployment == before


def test_a_version_is_applied_when_each_of_its_objects_is() -> None:
    log = Log().stands()
    version = log.deployment.versions[0]
    assert not log.deployment.applied(version)

    log.does(ensure(), effect="found")
    assert log.deployment.applied(version)


def test_a_version_is_not_applied_while_the_outcome_of_its_last_write_is_unknown() -> None:
    log = Log().stands().does(ensure(), effect="found").takes(decided(update()), Unknown("a2", WORKLOAD, "no answer"))

    assert not log.deployment.applied(log.deployment.versions[0])


def test_what_ran_before_a_deletion_is_not_the_version_that_runs_until_the_next_has_its_content() -> None:
    log = Log().stands()
    assert log.deployment.effective == log.deployment.wanted

    fill = Fill("data", ObjectRef(Kind.CLAIM.value, KEY.namespace, "data"), ObjectRef(Kind.JOB.value, KEY.namespace, "fill-data"))
    log.takes(submitted(2))
    log.takes(replace(submitted(3), fills=(fill,)))
    assert log.deployment.effective == log.deployment.version(2)
    log.takes(DeletionOrdered(1), replace(submitted(4, incarnation=2), fills=(fill,)))
    assert log.deployment.effective is None


def test_what_did_not_succeed_in_one_decision_is_one_trouble() -> None:
    first = once_more(None, "Contested", "x", ref=WORKLOAD, at=NOON)

    assert once_more(first, "Contested", "y", ref=SPACE, at=NOON).times == 1
    assert once_more(first, "Contested", "y", ref=SPACE, at=NOON + MINUTE).times == 2


def test_content_that_two_versions_share_goes_by_the_name_that_the_newer_one_gives_it() -> None:
    claim, job = (ObjectRef(kind.value, KEY.namespace, "fill-a") for kind in (Kind.CLAIM, Kind.JOB))
    older, newer = Fill("data", claim, job), Fill("models", claim, job)
    deployment = Log().takes(replace(submitted(1), fills=(older,)), replace(submitted(2), fills=(newer,))).deployment

    assert (deployment.fill_at(claim), deployment.fill_at(job)) == (newer, newer)
    assert deployment.fill_at(WORKLOAD) is None


def test_trouble_counts_until_something_succeeds() -> None:
    log = Log().stands()
    for number in ("a2", "a3"):
        log.takes(decided(update(number)), Failed(number, WORKLOAD, "Contested", "changed meanwhile"))

    trouble = log.deployment.trouble
    assert trouble is not None
    assert (trouble.times, trouble.code, trouble.ref) == (2, "Contested", WORKLOAD)
    assert log.does(update("a4")).deployment.trouble is None


@pytest.mark.parametrize("order", [submitted(2), DeletionOrdered(1), Resumed()])
def test_an_order_ends_trouble(order: Fact) -> None:
    log = Log().stands().takes(decided(update()), Failed("a2", WORKLOAD, "Contested", "x"))

    assert log.takes(order).deployment.trouble is None


@pytest.mark.parametrize("end", [DriftEnded(WORKLOAD, "u1", "106", "reverted"), ObjectVanished(WORKLOAD, "u1", "seen")])
def test_an_objects_trouble_is_over_when_its_drift_or_it_has_gone(end: Fact) -> None:
    log = Log().stands().takes(drifted(), decided(update()), Failed("a2", WORKLOAD, "Invalid", "x"))
    assert WORKLOAD in log.deployment.troubles

    assert log.takes(end).deployment.troubles == {}


def test_of_an_object_made_anew_nothing_is_known_that_admission_or_others_made_of_the_one_before() -> None:
    change = Change("spec.template.x", "absent", "1", "mesh")
    log = Log().stands().takes(AdmissionChanged(WORKLOAD, "u1", (change,)), UnmanagedSeen(WORKLOAD, "u1", (change,)))
    assert (log.does(update()).known.admitted, log.known.unmanaged) == ((change,), (change,))

    log.takes(decided(create("a3")), Succeeded("a3", WORKLOAD, "created", True, "u2", "100", 1, "s1"))  # noqa: FBT003 (wrote)
    assert (log.known.admitted, log.known.unmanaged) == ((), ())


def test_an_object_gone_before_our_write_is_known_no_more() -> None:
    log = Log().stands().takes(decided(update()), Failed("a2", WORKLOAD, "Gone", "not found"))

    assert log.deployment.objects == {}


@pytest.mark.parametrize("code", ["AlreadyThere", "Replaced"])
def test_another_object_of_ours_is_known_by_its_uid_alone(code: str) -> None:
    log = Log().stands().takes(decided(update()), Failed("a2", WORKLOAD, code, "x", "u7"))

    assert log.known == TrackedObject(WORKLOAD, "u7")


def test_a_namespace_that_went_away_under_us_is_known_no_more() -> None:
    log = Log().stands().does(ensure(), effect="found")

    log.takes(decided(update()), Failed("a2", WORKLOAD, "NotFound", "namespace not found"))

    assert SPACE not in log.deployment.objects


def test_an_unknown_outcome_makes_the_object_unsure_until_a_write_succeeds() -> None:
    log = Log().stands().takes(decided(update()), Unknown("a2", WORKLOAD, "no answer"))
    assert log.deployment.unsure == {WORKLOAD: "a2"}
    assert log.deployment.trouble is not None

    assert log.does(update("a3")).deployment.unsure == {}


def test_what_was_not_attempted_is_no_trouble() -> None:
    log = Log().stands().takes(decided(update()), NotAttempted("a2", WORKLOAD, "one before it failed"))

    assert (log.deployment.pending, log.deployment.trouble) == ({}, None)


def test_a_removed_object_is_leaving_until_it_has_vanished() -> None:
    log = Log().stands().does(remove(), effect="deleted")
    assert log.known.leaving

    log.takes(ObjectVanished(WORKLOAD, "u1", "seen"))
    assert log.deployment.objects == {}


def test_an_object_that_was_absent_already_is_known_no_more() -> None:
    assert Log().stands().does(remove(), effect="absent").deployment.objects == {}


# --- findings


def test_a_verdict_stays_what_it_first_became() -> None:
    log = Log().takes(submitted(1), found(VersionFailed(1, ("boom",))), found(VersionRecovered(1)))
    version = log.deployment.versions[0]

    assert (version.verdict, version.why, version.recovered) == ("failed", ("boom",), True)


def test_an_ended_incarnation_leaves_only_the_shared_namespace() -> None:
    log = Log().stands().does(ensure(), effect="found").takes(progress(), DeletionOrdered(1), found(IncarnationEnded(1)))

    assert list(log.deployment.objects) == [SPACE]
    assert log.deployment.progress is None
