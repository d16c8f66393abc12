"""A deployment: the fold of what was seen under one name."""

from dataclasses import replace

from domain.actions import GaveUpCorrecting, VersionHealthy
from domain.deployment import Deployment
from domain.objects import Mark
from domain.orders import DeletionOrdered
from domain.replica import (
    BecameReady,
    ImagePulled,
    ReplicaCreated,
    ReplicaGone,
    Restarted,
)
from domain.seen import (
    Change,
    DriftEnded,
    ObjectLeaving,
    ObjectMet,
    ObjectVanished,
    ReplicasRefused,
    UnmanagedSeen,
)
from domain.tracked_objects import Correction
from tests.unit.one_deployment import DRIFT, KEY, NOON, WORKLOAD, Log, drifted, found, progress, submitted, update

# --- drift and its corrections


def test_drift_is_known_until_it_ends() -> None:
    log = Log().stands().takes(drifted())
    assert (log.known.changes, log.known.resource_version) == ((DRIFT,), "105")

    log.takes(DriftEnded(WORKLOAD, "u1", "106", "reverted"))
    assert (log.known.changes, log.known.resource_version) == ((), "106")


def test_corrections_are_counted_for_each_field_and_manager() -> None:
    log = Log().stands()
    for number in ("a2", "a3"):
        log.takes(drifted()).does(update(number))

    assert log.known.changes == ()
    assert log.known.corrections == (Correction("spec.replicas", "kubectl", 2, log.now),)


def test_a_field_that_we_gave_up_is_tolerated_until_the_next_order() -> None:
    log = Log().stands().takes(drifted(), found(GaveUpCorrecting(WORKLOAD, "spec.replicas", 5)))
    assert log.known.tolerated == {"spec.replicas"}

    log.does(update())
    assert log.known.tolerated == {"spec.replicas"}
    assert log.known.corrections == ()
    assert log.takes(submitted(2)).known.tolerated == frozenset()


def test_what_is_seen_of_another_uid_changes_nothing() -> None:
    log = Log().stands()
    before = log.deployment

    log.takes(drifted(uid="u0"), ObjectLeaving(WORKLOAD, "u0"), ObjectVanished(WORKLOAD, "u0", "seen"))

    assert log.deployment == before


def test_an_object_met_is_known_by_its_uid_alone() -> None:
    log = Log().takes(ObjectMet(WORKLOAD, "u5", Mark(), "50"))

    assert (log.known.uid, log.known.body) == ("u5", "")


def test_foreign_additions_are_known_beside_the_drift() -> None:
    added = Change("spec.template.x", "absent", "1", "mesh")

    assert Log().stands().takes(UnmanagedSeen(WORKLOAD, "u1", (added,))).known.unmanaged == (added,)


# --- progress


def test_progress_is_a_better_mark_than_any_before() -> None:
    log = Log().stands()
    log.takes(progress(updated=1))
    best = log.deployment.progressed_at

    log.takes(progress(updated=0))
    assert log.deployment.progressed_at == best
    log.takes(progress(updated=2))
    assert log.deployment.progressed_at == log.now


def test_the_same_counts_again_are_no_progress() -> None:
    log = Log().stands().takes(progress(updated=1))
    before = log.deployment.progressed_at

    assert log.takes(replace(progress(updated=1), wanted=3)).deployment.progressed_at == before


def test_progress_of_an_older_generation_is_none() -> None:
    log = Log().stands()
    before = log.deployment.progressed_at

    assert log.takes(progress(ready=2, generation=2)).deployment.progressed_at == before


def test_a_correction_of_drift_does_not_start_the_rollouts_clock_again() -> None:
    log = Log().stands()
    begun = log.deployment.progressed_at

    assert log.takes(drifted()).does(update()).deployment.progressed_at == begun
    assert log.takes(submitted(2, body="b2")).does(update("a3", "b2")).deployment.progressed_at == log.now


def test_replicas_refused_are_remembered_until_there_is_progress() -> None:
    log = Log().stands().takes(ReplicasRefused("FailedCreate", "no quota", "e1", 4))
    assert log.deployment.refused_replicas == "FailedCreate: no quota"
    assert log.deployment.refusals["e1"].count == 4

    log.takes(progress(ready=1))
    assert log.deployment.refused_replicas == ""
    assert log.deployment.refusals["e1"].count == 4


# --- replicas


def test_replicas_come_and_go() -> None:
    log = Log().takes(ReplicaCreated("web-x", KEY.namespace, 1, "t1", NOON), BecameReady(NOON))
    assert [replica.ready for replica in log.deployment.current_replicas()] == [True]

    assert log.takes(ReplicaGone("seen")).deployment.replicas == {}


def test_what_ran_is_known_for_each_template_after_its_replicas_are_gone() -> None:
    log = Log()
    for uid, digest in (("p1", "sha256:a"), ("p2", "sha256:b"), ("p3", "sha256:a"), ("p4", "")):
        log.takes(ReplicaCreated("web-x", KEY.namespace, 1, "t1", NOON), ImagePulled("web:1", digest), uid=uid)
        log.takes(ReplicaGone("seen"), uid=uid)

    assert log.deployment.ran == {"t1": ("sha256:a", "sha256:b")}


def test_a_crash_of_a_deleted_incarnation_is_not_held_against_the_next_though_their_template_is_the_same() -> None:
    log = Log().takes(submitted(1), ReplicaCreated("web-x", KEY.namespace, 1, "t1", NOON))
    log.takes(DeletionOrdered(1), submitted(2, incarnation=2), found(VersionHealthy(2)))
    crash = Restarted(1, 1, 1, 0, "Error", "", "crashed", NOON)
    assert log.takes(crash).deployment.versions[1].crashed_at is None

    log.takes(ReplicaCreated("web-y", KEY.namespace, 2, "t1", NOON), crash, uid="p2")
    assert log.deployment.versions[1].crashed_at == log.now


def test_a_fact_of_a_replica_that_was_never_created_changes_nothing() -> None:
    assert Log().takes(BecameReady(NOON)).deployment == Deployment(KEY)
