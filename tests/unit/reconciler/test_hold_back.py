"""The recorder: what has to wait waits, in order, and no watch's place runs ahead of what is recorded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.deployment import Deployment, Version
from domain.names import Key
from domain.objects import Kind, Mark, ObjectRef
from domain.observations import EventSeen, FillPodSeen, GoneSeen, ObjectSeen, Observation, PodSeen, Relisted, WatchEvent
from domain.orders import Fill, Rendered
from domain.replica import Replica
from domain.tracked_objects import TrackedObject
from reconciler.hold_back import PATIENCE, HoldBackBuffer, RecordingContext
from tests.unit.observe.test_observe_scaling import SCALER, status
from tests.unit.one_deployment import NOON, submitted

KEY = Key("shop", "web")
NAME = KEY.object_name
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, KEY.namespace, NAME)
OTHER = ObjectRef(Kind.DEPLOYMENT.value, KEY.namespace, "other")
POD = ObjectRef(Kind.POD.value, KEY.namespace, f"{NAME}-abc-defgh")
CLAIM, JOB = (ObjectRef(kind.value, KEY.namespace, "fill-a") for kind in (Kind.CLAIM, Kind.JOB))
FILL = Fill("data", CLAIM, JOB)
ORDERED = Version(replace(submitted(1), objects=(Rendered(WORKLOAD, "body"),), fills=(FILL,)), NOON, "f0")


def around(*busy: ObjectRef, seconds: float = 0, fleet: dict[str, Deployment] | None = None) -> RecordingContext:
    return RecordingContext(fleet or {NAME: Deployment(KEY, (ORDERED,))}, frozenset(busy), NOON + timedelta(seconds=seconds))


def watch_event(version: str, *observations: Observation, kind: str = Kind.DEPLOYMENT.value) -> WatchEvent:
    return WatchEvent(observations, NOON, kind, version)


def seen(version: str, ref: ObjectRef = WORKLOAD) -> WatchEvent:
    return watch_event(version, ObjectSeen(ref, "u1", version, 1, Mark("ledger"), NAME, {}), kind=ref.kind)


def gone(version: str, ref: ObjectRef = WORKLOAD) -> WatchEvent:
    return watch_event(version, GoneSeen(ref, "u1", version, NAME), kind=ref.kind)


def listed(version: str, kind: str = Kind.DEPLOYMENT.value) -> WatchEvent:
    return watch_event(version, Relisted(kind, version, frozenset()), kind=kind)


def pod(version: str) -> WatchEvent:
    observation = PodSeen(POD, "p1", version, NAME, 1, "t1", NOON, "", "Pending", False, "", False, None, "", None)  # noqa: FBT003
    return watch_event(version, observation, kind=POD.kind)


def event(version: str) -> WatchEvent:
    observation = EventSeen(
        "e1", version, POD, "p1", "app", "Warning", "Unhealthy", "Liveness probe failed: x", 1, None, None, ""
    )
    return watch_event(version, observation, kind=Kind.EVENT.value)


def test_what_nobody_acts_upon_is_ready_at_once() -> None:
    hold_back = HoldBackBuffer()

    assert hold_back.ready([seen("1"), gone("2")], around()) == (seen("1"), gone("2"))
    assert hold_back.parked == []


def test_a_sight_of_an_object_that_is_acted_upon_waits_and_others_do_not() -> None:
    hold_back = HoldBackBuffer()

    assert hold_back.ready([seen("1"), seen("2", OTHER)], around(WORKLOAD)) == (seen("2", OTHER),)
    assert hold_back.ready([], around()) == (seen("1"),)


def test_what_comes_after_something_that_waits_waits_behind_it() -> None:
    hold_back = HoldBackBuffer()
    hold_back.ready([seen("1")], around(WORKLOAD))

    assert hold_back.ready([gone("2")], around(WORKLOAD)) == ()
    assert hold_back.ready([seen("3", OTHER)], around()) == (seen("1"), gone("2"), seen("3", OTHER))


def test_what_comes_after_a_scaling_that_waits_for_its_words_waits_behind_it() -> None:
    scaling = watch_event("1", ObjectSeen(SCALER, "h1", "1", 1, Mark("ledger"), NAME, {}), status(reason=""), kind=SCALER.kind)
    home = Deployment(KEY, (replace(ORDERED, order=replace(ORDERED.order, objects=(Rendered(SCALER, "body"),))),))
    fleet = {NAME: replace(home, objects={SCALER: TrackedObject(SCALER, "h1")})}
    hold_back = HoldBackBuffer()

    assert hold_back.ready([scaling, gone("2", SCALER)], around(fleet=fleet)) == ()
    later = around(seconds=PATIENCE.total_seconds(), fleet=fleet)
    assert hold_back.ready([], later) == (scaling, gone("2", SCALER))


def test_no_pod_overtakes_a_fills_pod_that_waits_for_its_job() -> None:
    # Else a watch that begins anew before the one that waited shows, once more, pods that were told gone.
    job = FILL.job
    observation = pod("1").observations[0]
    assert isinstance(observation, PodSeen)
    early = watch_event("1", FillPodSeen(job, "j1", NAME, observation), kind=POD.kind)
    hold_back = HoldBackBuffer()

    assert hold_back.ready([early, gone("2", POD), seen("3")], around()) == (seen("3"),)
    assert hold_back.advance([gone("2", POD), seen("3")]) == {WORKLOAD.kind: "3"}
    later = around(seconds=PATIENCE.total_seconds())
    assert hold_back.ready([], later) == (early, gone("2", POD))


def test_a_list_of_a_kind_waits_while_one_of_that_kind_is_acted_upon() -> None:
    hold_back = HoldBackBuffer()

    assert hold_back.ready([listed("5"), listed("6", POD.kind)], around(WORKLOAD)) == (listed("6", POD.kind),)
    assert hold_back.ready([], around()) == (listed("5"),)


def test_what_was_made_after_a_list_is_not_held_against_it() -> None:
    hold_back = HoldBackBuffer()

    assert hold_back.ready([listed("5"), seen("6", OTHER)], around(WORKLOAD)) == ()
    assert hold_back.ready([], around()) == (listed("5"), seen("6", OTHER))


def test_an_event_that_overtook_its_pod_waits_for_it() -> None:
    hold_back = HoldBackBuffer()
    replica = Replica("p1", POD.name, POD.namespace, 1, "t1")
    there = {NAME: Deployment(KEY, replicas={"p1": replica})}

    assert hold_back.ready([event("7"), pod("8")], around()) == (pod("8"),)
    assert hold_back.ready([], around(fleet=there)) == (event("7"),)


def test_an_event_about_a_pod_of_that_name_in_another_namespace_waits_for_nothing() -> None:
    (observation,) = event("1").observations
    assert isinstance(observation, EventSeen)
    elsewhere = watch_event("1", replace(observation, about=replace(POD, namespace="elsewhere")), kind=Kind.EVENT.value)

    assert HoldBackBuffer().ready([elsewhere], around()) == (elsewhere,)


def test_an_event_whose_pod_never_comes_is_given_up_after_some_seconds() -> None:
    hold_back = HoldBackBuffer()
    hold_back.ready([event("7")], around())

    assert hold_back.ready([], around(seconds=PATIENCE.total_seconds() - 0.1)) == ()
    assert hold_back.ready([], around(seconds=PATIENCE.total_seconds())) == (event("7"),)


def test_the_place_of_a_kind_stands_still_while_something_of_it_waits() -> None:
    hold_back = HoldBackBuffer()
    ready = hold_back.ready([seen("1"), seen("2", OTHER), pod("3")], around(WORKLOAD))

    assert hold_back.advance(ready) == {POD.kind: "3"}
    assert hold_back.advance(hold_back.ready([], around())) == {WORKLOAD.kind: "1"}


def test_a_place_is_told_once() -> None:
    hold_back = HoldBackBuffer()

    assert hold_back.advance(hold_back.ready([seen("1")], around())) == {WORKLOAD.kind: "1"}
    assert hold_back.advance(hold_back.ready([seen("1")], around())) == {}


@given(st.lists(st.tuples(st.sampled_from([seen, gone, listed]), st.booleans()), max_size=12))
def test_nothing_is_lost_doubled_or_put_before_what_came_first(frames: list[tuple[Callable[[str], WatchEvent], bool]]) -> None:
    hold_back = HoldBackBuffer()
    given_in: list[WatchEvent] = []
    came_out: list[WatchEvent] = []
    for number, (make, busy) in enumerate(frames):
        given_in.append(make(str(number)))
        came_out += hold_back.ready(given_in[-1:], around(WORKLOAD) if busy else around())

    came_out += hold_back.ready([], around())

    assert came_out == given_in
