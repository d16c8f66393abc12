"""An autoscaler's status as facts: each scaling once, with its figures and its reason; troubles once; hands at its number."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.objects import Kind, ObjectRef
from domain.observations import AutoscalerSeen, Condition, EventSeen, Manager, Observation, WatchEvent
from domain.observe_scaling import unexplained, with_words
from domain.scaling import COUNT, Measured, Scaled, ScaledByHand, Scaling, ScalingTroubled, ScalingTroubleEnded
from domain.seen import AppliedState, Change, Drifted
from domain.tracked_objects import TrackedObject
from tests.unit.observe.bridge import ALL, KEY, NAME, NOON, OURS, SECOND, WORKLOAD, Bridge, workload

SCALER = ObjectRef(Kind.AUTOSCALER.value, KEY.namespace, NAME)
ABOVE = "cpu resource utilization (percentage of request) above target"
CPU, MEMORY = Measured("cpu", 150.0, 50.0), Measured("memory", 20.0, 50.0)
ACTIVE = Condition("ScalingActive", True, "ValidMetricFound", "")  # noqa: FBT003 (holds)
BLIND = Condition("ScalingActive", False, "FailedGetResourceMetric", "no metrics returned from 1 pods")  # noqa: FBT003 (holds)
FULL = Condition("ScalingLimited", True, "TooManyReplicas", "more than the maximum")  # noqa: FBT003 (holds)
EMPTY = Condition("ScalingLimited", True, "TooFewReplicas", "less than the minimum")  # noqa: FBT003 (holds)


def status(before: int = 1, after: int = 3, **more: object) -> AutoscalerSeen:
    plain = AutoscalerSeen(SCALER, "h1", "300", NAME, before, after, NOON, (CPU, MEMORY), (ACTIVE,), ABOVE)
    return replace(plain, **more)  # type: ignore[arg-type] # a builder of tests: the tests fail where a name is wrong


def said(after: int = 3, reason: str = ABOVE, *, late: int = 0, about: str = "h1") -> EventSeen:
    message, at = f"New size: {after}; reason: {reason}", NOON + late * SECOND
    return EventSeen("e1", "301", SCALER, about, "", "Normal", "SuccessfulRescale", message, 1, at, at, "hpa")


def kept() -> Bridge:
    """An autoscaler stands there as we left it."""
    bridge = Bridge()
    bridge.applied(SCALER, uid="h1")
    return bridge


def one(observation: Observation) -> WatchEvent:
    return WatchEvent((observation,), NOON, "", "")


def words_of(watch_events: list[WatchEvent]) -> list[str]:
    return [one.reason for watch_event in watch_events for one in watch_event.observations if isinstance(one, AutoscalerSeen)]


def test_a_scaling_is_told_with_from_to_metric_value_target_and_reason() -> None:
    assert kept().sees(status()) == [Scaled("h1", 1, 3, ABOVE, "cpu", 150.0, 50.0, (CPU, MEMORY), NOON)]


def test_the_same_status_again_or_with_other_figures_is_no_news() -> None:
    bridge = kept()
    bridge.sees(status())

    assert bridge.sees(status()) == []
    assert bridge.sees(status(current=3, measured=(replace(CPU, value=49.0),), reason="")) == []


def test_the_next_scaling_is_told_and_one_of_another_autoscaler_too() -> None:
    bridge = kept()
    bridge.sees(status())

    down = status(
        3, 1, scaled_at=NOON + 60 * SECOND, measured=(replace(CPU, value=5.0), MEMORY), reason="All metrics below target"
    )
    [told] = bridge.sees(down)
    assert isinstance(told, Scaled)
    assert (told.before, told.after, told.metric, told.value) == (3, 1, "memory", 20.0)
    bridge.applied(SCALER, uid="h2")
    assert len(bridge.sees(status(uid="h2"))) == 1


def test_where_a_limit_decided_no_metric_did() -> None:
    [told] = kept().sees(status(1, 2, reason="Current number of replicas below Spec.MinReplicas"))

    assert isinstance(told, Scaled)
    assert (told.metric, told.value, told.target) == ("", None, None)


def test_the_external_metric_goes_by_its_own_name() -> None:
    slow = Measured("requestDuration", 0.4, 0.15)
    reason = "external metric deadreckon-request-duration(&LabelSelector{MatchLabels:map[string]string{},}) above target"

    [told] = kept().sees(status(measured=(CPU, slow), reason=reason))

    assert isinstance(told, Scaled)
    assert (told.metric, told.value, told.target) == ("requestDuration", 0.4, 0.15)


def test_scalings_that_were_missed_are_told_as_what_is_known_of_them() -> None:
    bridge = kept()
    bridge.sees(status())

    [told] = bridge.sees(status(3, 3, scaled_at=NOON + 60 * SECOND, reason=""))

    assert isinstance(told, Scaled)
    assert (told.before, told.after) == (3, 3)


def test_status_and_event_wait_for_each_other() -> None:
    nothing, told = Scaling(), Scaling(last=Scaled("h1", 1, 3, ABOVE, "cpu", 1.0, 1.0, (), NOON))

    assert unexplained(nothing, status(reason=""))
    assert unexplained(nothing, said())
    assert not unexplained(nothing, status())
    assert not unexplained(told, status(reason=""))
    assert not unexplained(told, said(late=1))
    assert unexplained(told, said(late=15))


def test_a_status_gets_the_words_of_its_own_event_whichever_came_first() -> None:
    bare = status(reason="")
    assert words_of(with_words([one(said()), one(bare)])) == [ABOVE]
    assert words_of(with_words([one(bare), one(said())])) == [ABOVE]


def test_words_about_another_size_another_time_or_another_autoscaler_are_not_taken() -> None:
    bare = one(status(reason=""))
    for other in (said(4), said(late=4), said(about="h2"), replace(said(), last_at=None)):
        assert words_of(with_words([one(other), bare])) == [""]
    assert words_of(with_words([one(said(late=3)), bare])) == [ABOVE]


def test_what_hinders_an_autoscaler_is_told_once_and_that_it_is_over() -> None:
    bridge = kept()
    quiet = status(1, 1, scaled_at=None)

    assert bridge.sees(replace(quiet, conditions=(BLIND,))) == [ScalingTroubled("h1", BLIND.reason, BLIND.message)]
    assert bridge.sees(replace(quiet, conditions=(replace(BLIND, message="no metrics returned from 2 pods"),))) == []
    assert bridge.sees(replace(quiet, conditions=(ACTIVE,))) == [ScalingTroubleEnded("h1", BLIND.reason)]
    assert bridge.sees(quiet) == []


def test_the_ceiling_is_told_and_the_floor_is_where_it_rests() -> None:
    bridge = kept()
    quiet = status(3, 3, scaled_at=None)

    assert bridge.sees(replace(quiet, conditions=(ACTIVE, EMPTY))) == []
    [told] = bridge.sees(replace(quiet, conditions=(ACTIVE, FULL)))
    assert isinstance(told, ScalingTroubled)
    assert told.reason == "TooManyReplicas"


def test_a_trouble_that_comes_and_goes_all_the_time_is_told_ever_more_rarely() -> None:
    bridge = kept()
    quiet = status(1, 1, scaled_at=None)
    for turn in range(2000):
        conditions = (BLIND,) if turn % 2 else (ACTIVE,)
        bridge.sees(replace(quiet, conditions=conditions), at=NOON + turn * timedelta(milliseconds=100))

    assert len(bridge.facts) < 30


def handed(bridge: Bridge, count: int) -> Bridge:
    """The number of replicas is an autoscaler's."""
    bridge.applied()
    deployment = bridge.fleet[NAME]
    known = replace(deployment.objects[WORKLOAD], handed=True)
    bridge.fleet[NAME] = replace(deployment, objects={WORKLOAD: known}, scaling=Scaling(count=count))
    return bridge


def counted(count: int, manager: str) -> Observation:
    return workload({**OURS, COUNT: count}, Manager(COUNT, manager, NOON))


def test_another_s_hands_at_the_number_are_told_once_the_autoscaler_s_own_are_not() -> None:
    bridge = handed(Bridge(applied_state=None), 3)

    assert bridge.sees(counted(5, "kube-controller-manager")) == []
    assert bridge.sees(counted(2, "kubectl")) == [ScaledByHand("u1", 3, 2, "kubectl", NOON)]
    assert bridge.sees(counted(2, "kubectl")) == []


def test_none_at_all_is_drift_since_an_autoscaler_rests_there() -> None:
    bridge = handed(kept(), 3)

    ours = {path: value for path, value in OURS.items() if path != COUNT}
    assert bridge.applied_state is not None
    bridge.applied_state = replace(bridge.applied_state, ours=ours)

    assert bridge.sees(counted(0, "kubectl")) == [Drifted(WORKLOAD, "u1", "101", (Change(COUNT, 3, 0, "kubectl", NOON),))]


def test_none_at_all_of_what_was_not_handed_over_yet_is_no_drift_of_its_own() -> None:
    bridge = kept()
    bridge.applied()
    bridge.applied_state = AppliedState({path: value for path, value in OURS.items() if path != COUNT}, ALL)

    assert bridge.sees(counted(0, "kubectl")) == []


def test_a_number_that_is_ours_is_not_watched_here() -> None:
    bridge = Bridge(applied_state=None)
    bridge.applied()

    assert bridge.sees(counted(5, "kubectl")) == []
    assert bridge.deployment.objects[WORKLOAD] == TrackedObject(WORKLOAD, "u1", "body", "settled", "100", 1, "A1")


statuses = st.builds(
    status,
    st.integers(0, 5),
    st.integers(0, 5),
    scaled_at=st.none() | st.integers(0, 40).map(lambda seconds: NOON + seconds * SECOND),
    conditions=st.sets(st.sampled_from([ACTIVE, BLIND, FULL, EMPTY])).map(tuple),
    measured=st.lists(st.sampled_from([CPU, MEMORY, Measured("cpu", None, None), Measured("memory", 0.0, 0.0)])).map(tuple),
    reason=st.sampled_from(["", ABOVE, "All metrics below target", "x"]),
)


@given(st.lists(statuses, max_size=12))
def test_any_history_seen_again_from_its_newest_status_says_nothing(seen: list[AutoscalerSeen]) -> None:
    bridge = kept()
    for one_status in seen:
        bridge.sees(one_status)

    assert bridge.sees(*seen[-1:]) == []
