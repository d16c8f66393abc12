"""Core Events: counted, merged and silenced as the real correlator does."""

from adapters.simulator.schema import Object
from tests.unit.simulator.stage import SPACE, Stage, deployment


def staged() -> tuple[Stage, Object]:
    stage = Stage()
    stage.apply(deployment(replicas=1))
    stage.wait(10)
    return stage, stage.pods()[0]


def tell(stage: Stage, pod: Object, message: str, reason: str = "Odd") -> None:
    stage.cluster.controllers.occurrences.tell(pod, reason, message, source="someone", warning=True)


def test_the_same_again_is_counted_in_one_event() -> None:
    stage, pod = staged()

    for _ in range(3):
        tell(stage, pod, "it rained")
        stage.wait(1)

    assert stage.events("Odd") == [("Odd", "it rained", 3)]


def test_the_tenth_similar_one_is_merged_with_those_after_it() -> None:
    stage, pod = staged()

    for number in range(12):
        tell(stage, pod, f"drop {number}")

    told = stage.events("Odd")
    assert len(told) == 10
    assert told[-1][1].startswith("(combined from similar events): drop ")
    assert told[-1][2] == 3


def test_who_is_too_noisy_is_silenced_and_the_count_jumps_later() -> None:
    stage, pod = staged()

    for _ in range(40):
        tell(stage, pod, "it rained")
    assert stage.events("Odd")[0][2] == 25

    stage.wait(300)
    tell(stage, pod, "it rained")
    assert stage.events("Odd")[0][2] == 41


def test_an_event_is_forgotten_an_hour_after_it_was_last_told() -> None:
    stage, pod = staged()
    tell(stage, pod, "it rained")

    stage.wait(3500)
    assert stage.events("Odd")
    stage.wait(200)
    assert not stage.events("Odd")


def test_the_scheduler_writes_events_of_the_newer_kind() -> None:
    stage, _ = staged()

    scheduled = next(one for one in stage.cluster.store.of_kind("Event") if one["reason"] == "Scheduled")
    assert scheduled["eventTime"] == "2026-11-22T12:00:00.000000Z"
    assert (scheduled["firstTimestamp"], scheduled["source"], scheduled["metadata"]["namespace"]) == (None, {}, SPACE)
