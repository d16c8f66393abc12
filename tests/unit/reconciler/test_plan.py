"""The plan: what is to be done now about one deployment, from the folded facts alone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.actions import (
    Action,
    Create,
    Ensure,
    Failed,
    GaveUpCorrecting,
    IncarnationEnded,
    Remove,
    Succeeded,
    Unknown,
    Update,
    VersionFailed,
    VersionHealthy,
    VersionRecovered,
)
from domain.cluster import RewindFound, TookLead
from domain.filling import FillFailed
from domain.hold import ActiveHold
from domain.objects import Kind, Mark, ObjectRef
from domain.orders import DeletionOrdered, Fill, Held, Resumed
from domain.replica import ReplicaCreated, ReplicaGone
from domain.seen import Change, ObjectLeaving, ObjectMet, ObjectVanished, RolloutProgressed
from domain.world import World
from reconciler.plan import Plan, plan
from reconciler.policy import Policy
from tests.unit.one_deployment import (
    DRIFT,
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

POLICY = Policy()
SERVICE = ObjectRef(Kind.SERVICE.value, KEY.namespace, KEY.object_name)


def planned(log: Log, *, world: World | None = None, later: timedelta = timedelta()) -> Plan:
    """Plan now, or later; what comes out must come out again."""
    now = log.now + later
    first, again = (plan(log.deployment, world or World(), ledger="ledger", now=now, policy=POLICY) for _ in range(2))
    assert first == again, "planning twice gives the same"
    return first


def verbs(made: Plan) -> list[tuple[str, str]]:
    return [(action.verb, action.ref.kind) for action in made.actions]


def applied() -> Log:
    """Version 1 stands on the cluster, the namespace too."""
    return Log().takes(submitted(1)).does(ensure(), effect="found").does(create(), effect="created")


def failing(log: Log, action: Action, times: int = 1, code: str = "Forbidden") -> Log:
    for _ in range(times):
        log.takes(decided(action), Failed(action.id, action.ref, code, "exceeded quota"))
    return log


def fought_over() -> Log:
    """A healthy version of which one hand changed the same field as often as we correct it."""
    log = applied().takes(found(VersionHealthy(1)))
    for n in range(POLICY.corrections):
        log.takes(drifted()).does(update(f"c{n}"))
    return log


# --- converging


def test_nothing_was_ordered_so_there_is_nothing_to_do() -> None:
    assert planned(Log()) == Plan()


def test_a_new_version_is_made_object_by_object_in_its_order() -> None:
    made = planned(Log().takes(submitted(1)))

    assert verbs(made) == [("ensure", "Namespace"), ("create", "Deployment")]


def test_what_stands_as_it_should_needs_nothing() -> None:
    assert planned(applied()).actions == ()


def test_another_body_is_applied_over_the_very_object_that_is_known() -> None:
    log = applied().takes(submitted(2, body="b2"))

    (action,) = planned(log).actions

    assert isinstance(action, Update)
    assert (action.ref, action.body, action.uid) == (WORKLOAD, "b2", "u1")


def test_an_object_that_the_version_does_not_have_is_removed_and_a_namespace_never() -> None:
    log = applied().takes(decided(Create("a5", SERVICE, "b5", "")), Succeeded("a5", SERVICE, "created", wrote=True, uid="u5"))

    (action,) = planned(log).actions

    assert isinstance(action, Remove)
    assert (action.ref, action.uid) == (SERVICE, "u5")
    assert planned(log.takes(ObjectLeaving(SERVICE, "u5"))).actions == (), "what is on its way out is waited for"


def test_an_object_that_vanished_is_made_again() -> None:
    log = applied().takes(ObjectVanished(WORKLOAD, "u1", "seen"))

    assert verbs(planned(log)) == [("create", "Deployment")]


def test_an_object_that_is_leaving_is_waited_for() -> None:
    log = applied().takes(ObjectLeaving(WORKLOAD, "u1"), submitted(2, body="b2"))

    assert planned(log).actions == ()


def test_an_object_of_ours_whose_last_write_is_not_known_is_written_anew() -> None:
    log = applied().takes(ObjectVanished(WORKLOAD, "u1", "missed"), ObjectMet(WORKLOAD, "u2", Mark("ledger"), "9"))

    (action,) = planned(log).actions

    assert isinstance(action, Update)
    assert action.uid == "u2"


def test_while_an_action_has_no_outcome_nothing_else_is_planned() -> None:
    log = applied().takes(submitted(2, body="b2"), decided(update(body="b2")), submitted(3, body="b3"))

    assert planned(log) == Plan()


def test_actions_are_named_by_their_place_in_the_history_and_the_ledger() -> None:
    log = Log().takes(submitted(1))
    here = plan(log.deployment, World(), ledger="one", now=NOON, policy=POLICY).actions
    there = plan(log.deployment, World(), ledger="other", now=NOON, policy=POLICY).actions
    after = planned(failing(log, here[0]), later=MINUTE).actions

    assert len({action.id for action in (*here, *there, *after)}) == len(here) + len(there) + len(after)


# --- trouble


@pytest.mark.parametrize(("times", "seconds"), [(1, 0.5), (2, 1), (5, 8), (9, 60), (40, 60)])
def test_after_trouble_it_waits_longer_each_time_up_to_a_minute(times: int, seconds: float) -> None:
    log = failing(Log().takes(submitted(1), found(VersionFailed(1, ("late",)))), ensure(), times)

    early = planned(log, later=timedelta(seconds=seconds - 0.1))

    assert early.actions == ()
    assert early.wake_at == log.now + timedelta(seconds=seconds)
    assert planned(log, later=timedelta(seconds=seconds)).actions


@pytest.mark.parametrize(("times", "seconds"), [(60, 60), (61, 120), (62, 240), (64, 900), (200, 900)])
def test_after_sixty_refusals_in_a_row_it_waits_longer_still(times: int, seconds: float) -> None:
    log = failing(Log().takes(submitted(1), found(VersionFailed(1, ("late",)))), ensure(), times)

    assert planned(log).wake_at == log.now + timedelta(seconds=seconds)


@pytest.mark.parametrize("code", ["Unreachable", "Contested", "Terminating"])
def test_what_ends_by_itself_is_tried_each_minute_however_long_it_lasts(code: str) -> None:
    log = failing(Log().takes(submitted(1), found(VersionFailed(1, ("late",)))), ensure(), 100, code)

    assert planned(log).wake_at == log.now + MINUTE


def test_a_new_order_is_tried_at_once_whatever_the_trouble_was() -> None:
    log = failing(Log().takes(submitted(1)), ensure(), 10).takes(submitted(2, body="b2"))

    assert planned(log).actions


def test_what_became_of_an_action_is_unknown_so_the_next_one_says_what_it_does_again() -> None:
    log = Log().takes(submitted(1)).does(ensure(), effect="found")
    log.takes(decided(create("a7")), Unknown("a7", WORKLOAD, "no answer"))

    (action,) = planned(log, later=MINUTE).actions

    assert action.retry_of == "a7"


def test_after_an_unknown_update_even_the_body_that_stood_before_is_written_again() -> None:
    log = applied().takes(submitted(2, body="b2"), decided(update("a7", body="b2")), Unknown("a7", WORKLOAD, "no answer"))
    log.takes(submitted(3, body="b1"))

    (action,) = planned(log).actions

    assert isinstance(action, Update)
    assert (action.body, action.retry_of) == ("b1", "a7")
    assert not planned(log.does(update("a8", body="b1"))).actions


def test_what_was_met_and_cannot_become_what_is_wanted_is_made_anew() -> None:
    log = Log().takes(submitted(1)).does(ensure(), effect="found")
    log.takes(decided(create("a7")), Failed("a7", WORKLOAD, "AlreadyThere", "", "u7"))
    log.takes(decided(update("a8")), Failed("a8", WORKLOAD, "Invalid", "spec.selector: field is immutable"))

    (action,) = planned(log, later=MINUTE).actions

    assert isinstance(action, Remove)
    assert action.uid == "u7"


def test_what_we_wrote_ourselves_is_never_made_anew_because_an_update_is_invalid() -> None:
    log = applied().takes(submitted(2, body="b2"))
    log.takes(decided(update("a8", body="b2")), Failed("a8", WORKLOAD, "Invalid", "spec.selector: field is immutable"))

    assert verbs(planned(log, later=MINUTE)) == [("take-over", "Deployment"), ("update", "Deployment")]


# --- drift


def test_the_first_drift_is_corrected_at_once() -> None:
    (action,) = planned(applied().takes(drifted())).actions

    assert isinstance(action, Update)
    assert action.because == "drift: spec.replicas by kubectl"


def test_the_same_hand_is_corrected_with_more_patience_each_time() -> None:
    log = applied().takes(drifted()).does(update()).takes(drifted())

    waited = planned(log, later=-MINUTE)  # the correction was a minute (a fact) ago

    assert waited.actions == ()
    assert waited.wake_at == log.now - MINUTE + timedelta(seconds=POLICY.correct_first)
    assert planned(log).actions


def test_after_six_corrections_we_give_up_and_then_leave_it() -> None:
    log = fought_over().takes(drifted())

    made = planned(log)

    assert made.actions == ()
    assert made.findings == (GaveUpCorrecting(WORKLOAD, "spec.replicas", POLICY.corrections),)
    assert not planned(log.takes(found(*made.findings)))


def test_a_resume_gives_back_all_patience() -> None:
    log = fought_over().takes(drifted(), found(GaveUpCorrecting(WORKLOAD, "spec.replicas", 6)), Resumed())

    assert planned(log).actions


def test_corrections_are_forgotten_after_ten_quiet_minutes() -> None:
    log = fought_over().takes(drifted())

    quiet = timedelta(seconds=POLICY.correction_memory) - MINUTE  # the newest correction was a minute (a fact) ago
    assert planned(log, later=quiet - timedelta(seconds=1)).findings
    made = planned(log, later=quiet)

    assert made.actions
    assert made.findings == ()


def test_another_hand_at_the_same_field_is_corrected_at_once() -> None:
    made = planned(fought_over().takes(drifted(replace(DRIFT, manager="helm"))), later=-MINUTE)

    assert verbs(made) == [("update", "Deployment")]
    assert made.findings == ()


def test_a_change_that_is_due_takes_another_with_it_that_would_have_waited() -> None:
    log = applied().takes(drifted()).does(update()).takes(drifted(DRIFT, Change("spec.paused", "absent", "true", "helm")))

    (action,) = (one for one in planned(log, later=-MINUTE).actions if isinstance(one, Update))
    assert action.because == "drift: spec.paused by helm, spec.replicas by kubectl"


# --- removing


def test_a_deleted_deployment_loses_its_objects_and_keeps_the_namespace() -> None:
    made = planned(applied().takes(DeletionOrdered(1)))

    assert verbs(made) == [("remove", "Deployment")]


def test_it_ends_when_its_objects_and_replicas_are_gone() -> None:
    log = (
        applied()
        .takes(ReplicaCreated("web-1", KEY.namespace, 1, "t1", NOON), DeletionOrdered(1))
        .does(remove(), effect="deleted")
    )
    assert planned(log).findings == ()

    log.takes(ObjectVanished(WORKLOAD, "u1", "seen"))
    assert planned(log).findings == ()

    log.takes(ReplicaGone("seen"))
    assert planned(log).findings == (IncarnationEnded(1),)


def test_a_new_incarnation_waits_for_the_end_of_the_old_one() -> None:
    log = applied().takes(DeletionOrdered(1), submitted(2, incarnation=2, body="b2"))
    assert verbs(planned(log)) == [("remove", "Deployment")]

    log.does(remove(), effect="absent")
    made = planned(log)
    assert (made.actions, made.findings) == ((), (IncarnationEnded(1),))

    log.takes(found(*made.findings))
    assert verbs(planned(log)) == [("create", "Deployment")]


def test_what_a_late_request_made_after_the_end_is_removed() -> None:
    log = applied().takes(DeletionOrdered(1)).does(remove(), effect="absent").takes(found(IncarnationEnded(1)))
    assert not planned(log)

    log.takes(ObjectMet(WORKLOAD, "u9", Mark("ledger"), "9"))

    (action,) = planned(log).actions
    assert isinstance(action, Remove)
    assert action.uid == "u9"


# --- how it went


def test_all_replicas_ready_is_healthy_once() -> None:
    log = applied().takes(progress(2, 2))

    assert planned(log).findings == (VersionHealthy(1),)
    assert not planned(log.takes(found(VersionHealthy(1))))


@pytest.mark.parametrize("running", [1, 3])
def test_fewer_or_more_replicas_than_ordered_are_not_healthy_though_all_are_ready(running: int) -> None:
    log = applied().takes(RolloutProgressed("u1", 3, running, running, running, running, running))

    assert planned(log).findings == ()


@pytest.mark.parametrize(("running", "healthy"), [(1, False), (2, True), (4, True), (5, False)])
def test_what_is_autoscaled_is_healthy_between_floor_and_ceiling(running: int, healthy: bool) -> None:
    log = Log().takes(replace(submitted(1), ceiling=4)).does(ensure(), effect="found").does(create(), effect="created")
    log.takes(RolloutProgressed("u1", 3, running, running, running, running, running))

    assert (VersionHealthy(1) in planned(log).findings) is healthy


def test_progress_of_an_older_generation_proves_nothing() -> None:
    assert planned(applied().takes(progress(2, 2, generation=2))).findings == ()


def test_progress_of_a_deployment_object_of_before_proves_nothing() -> None:
    assert planned(applied().takes(replace(progress(2, 2), uid="u0"))).findings == ()


def test_a_version_fails_at_its_deadline_and_says_why() -> None:
    log = applied().takes(progress(2, 0))
    at = log.now + timedelta(seconds=600)

    early = planned(log, later=timedelta(seconds=599))
    assert (early.findings, early.wake_at) == ((), at)

    (failed,) = planned(log, later=timedelta(seconds=600)).findings
    assert failed == VersionFailed(1, ("it made no progress, and nothing said why",))


def test_an_engine_that_has_just_come_looks_before_it_calls_a_rollout_failed() -> None:
    log = applied().takes(progress(2, 0))
    late = timedelta(seconds=3600)
    came = log.now + late
    world = World(lead=TookLead("e", 2, observing=False), led_at=came)

    made = planned(log, world=world, later=late)
    assert (made.findings, made.wake_at) == ((), came + timedelta(seconds=POLICY.look_first))
    assert planned(log, world=world, later=late + timedelta(seconds=POLICY.look_first)).findings


def test_each_progress_gives_the_whole_deadline_again() -> None:
    log = applied().takes(progress(1, 0))
    first = planned(log).wake_at
    log.takes(progress(1, 1))

    assert planned(log).wake_at == _after(first, MINUTE)


def test_a_failed_version_that_gets_well_has_recovered_and_its_verdict_stays() -> None:
    log = applied().takes(found(VersionFailed(1, ("why",))), progress(2, 2))

    assert planned(log).findings == (VersionRecovered(1),)
    log.takes(found(VersionRecovered(1)))
    assert not planned(log)
    assert log.deployment.versions[0].verdict == "failed"


# --- not acting


@pytest.mark.parametrize("scope", ["", KEY.project])
def test_a_hold_of_the_project_or_of_all_stops_acting(scope: str) -> None:
    world = World(holds={scope: ActiveHold(NOON, None, "ann", "night")})

    assert planned(Log().takes(submitted(1)), world=world).actions == ()


def test_a_hold_stops_acting_until_it_runs_out() -> None:
    log = Log().takes(submitted(1))
    until = log.now + timedelta(hours=2)
    log.takes(Held(until))

    made = planned(log)
    assert (made.actions, made.wake_at) == ((), until)
    assert planned(log, later=timedelta(hours=2)).actions


def test_during_a_hold_it_is_still_found_out_how_it_goes() -> None:
    log = applied().takes(Held(None), progress(2, 2))

    assert planned(log).findings == (VersionHealthy(1),)


def test_an_observing_engine_finds_out_and_does_not_act() -> None:
    world = World(lead=TookLead("e", 1, observing=True))

    assert planned(Log().takes(submitted(1)), world=world).actions == ()
    assert planned(applied().takes(progress(2, 2)), world=world).findings == (VersionHealthy(1),)


def test_a_rewound_ledger_decides_nothing_at_all() -> None:
    world = World(rewind=RewindFound(0, 900, 10, "Deployment web"))

    assert planned(Log().takes(submitted(1)), world=world) == Plan()


@pytest.mark.parametrize(("scope", "decides"), [("", False), (KEY.project, False), ("other", True)])
def test_nobody_decides_on_a_fold_that_misses_a_fact_of_all_or_of_the_project(scope: str, decides: bool) -> None:
    assert bool(planned(Log().takes(submitted(1)), world=World(unsound={3: (scope, "it is not known")}))) is decides


def test_a_fill_that_failed_fails_the_versions_of_then_and_none_that_came_after() -> None:
    claim, job = (ObjectRef(kind.value, KEY.namespace, "fill-data") for kind in (Kind.CLAIM, Kind.JOB))
    fill = Fill("data", claim, job)
    log = Log().takes(replace(submitted(1), fills=(fill,)), FillFailed("data", "fill-data", "no route to host"))
    assert planned(log).findings == (VersionFailed(1, ("integration data could not be filled: no route to host",)),)

    assert planned(log.takes(replace(submitted(2), fills=(fill,)))).findings == ()


def test_a_namespace_is_ensured_and_never_created_or_removed() -> None:
    made = planned(Log().takes(submitted(1)))

    assert isinstance(made.actions[0], Ensure)
    assert made.actions[0].ref == SPACE


def _after(time: datetime | None, by: timedelta) -> datetime | None:
    return time + by if time else None
