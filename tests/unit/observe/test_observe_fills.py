"""Fills as they are seen: how far, how they end, and nothing twice, in whatever order it comes."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ledger.codec import Codec, stamped
from domain.actions import Create, Decided, Succeeded
from domain.facts import actions_stream, orders_stream
from domain.filling import FillDone, FillFailed, FillProgressed, FillStarted, take_in
from domain.objects import Kind, ObjectRef
from domain.observations import (
    ContainerSeen,
    EventSeen,
    Exit,
    FillPodSeen,
    GoneSeen,
    JobSeen,
    Observation,
    PodSeen,
    Running,
    Waiting,
    WatchEvent,
)
from domain.observe import premature
from domain.orders import Fill
from domain.record import EventMetadata, UncommittedFact, Who
from domain.seen import ObjectVanished
from tests.unit.observe.bridge import KEY, NAME, NOON, Bridge
from tests.unit.one_deployment import submitted

FILL = "fill-data-0123456789ab"
CLAIM, JOB = (ObjectRef(kind.value, KEY.namespace, FILL) for kind in (Kind.CLAIM, Kind.JOB))
ACCOUNT = json.dumps({"identity": "abc", "bytes": 1200, "files": 3, "seconds": 4})


def bridge(*, job: bool = True) -> Bridge:
    """A deployment whose claim and job were made."""
    one = Bridge()
    order = replace(submitted(1), fills=(Fill("data", CLAIM, JOB, "abc"),))
    one.records(orders_stream(KEY.subject), KEY.subject, order)
    for number, ref in enumerate((CLAIM, JOB) if job else (CLAIM,)):
        create = Create(f"A{number}", ref, "b", "needed")
        one.records(actions_stream(KEY.subject), KEY.subject, Decided(3, NOON, "1", "p", (create,)))
        done = Succeeded(create.id, ref, "created", wrote=True, uid=f"uid-{ref.kind}", resource_version="1")
        one.records(actions_stream(KEY.subject), KEY.subject, done)
    return one


def a_try(state: Waiting | Running | Exit | None, number: int = 1, phase: str = "Running") -> FillPodSeen:
    ref = ObjectRef(Kind.POD.value, KEY.namespace, f"{FILL}-{number:05}")
    container = ContainerSeen("c", "filler", "", started=True, ready=True, restarts=0, state=state) if state else None
    pod = PodSeen(ref, f"p{number}", "5", "", 1, "", NOON, "node", phase, True, "", False, None, "", container)  # noqa: FBT003 (a pod)
    return FillPodSeen(JOB, f"uid-{Kind.JOB.value}", NAME, pod)


def job(*, complete: bool = False, failed: str = "") -> JobSeen:
    return JobSeen(JOB, f"uid-{Kind.JOB.value}", "9", NAME, complete, failed)


RUNS, SUCCEEDED = a_try(Running(NOON)), a_try(Exit(0, message=ACCOUNT), phase="Succeeded")
DONE = FillDone("data", FILL, "abc", 1200, 3, 4.0)


def test_a_fill_starts_ends_and_tells_what_came() -> None:
    told = bridge()

    assert told.sees(a_try(Waiting("ContainerCreating", "")), RUNS) == [FillStarted("data", FILL, RUNS.pod.ref.name)]
    assert told.sees(SUCCEEDED) == [DONE]
    assert told.sees(job(complete=True)) == []


@given(st.lists(st.sampled_from([a_try(Waiting("", "")), RUNS, SUCCEEDED, job(complete=True)]), max_size=12))
def test_whatever_is_seen_again_and_in_any_order_a_fill_ends_once(sights: list[Observation]) -> None:
    told = bridge()

    facts = [fact for sight in [*sights, *sights] for fact in told.sees(sight)]

    assert sum(isinstance(fact, FillDone) for fact in facts) == (SUCCEEDED in sights or job(complete=True) in sights)
    assert sum(isinstance(fact, FillStarted) for fact in facts) <= 1


def test_a_try_that_fails_is_told_once_and_the_last_one_ends_it_in_its_own_words() -> None:
    told = bridge()
    first, second = (a_try(Exit(1, reason="Error", message=f"no route {n}"), n, "Failed") for n in (1, 2))

    assert [type(fact) for _ in range(2) for fact in told.sees(first)] == [FillProgressed]
    assert told.sees(a_try(Running(NOON), 2)) == [FillStarted("data", FILL, second.pod.ref.name)]
    assert told.sees(first) == []
    told.sees(second)
    assert told.sees(job(failed="BackoffLimitExceeded: too many")) == [FillFailed("data", FILL, "no route 2")]
    assert told.sees(job(failed="BackoffLimitExceeded: too many"), second) == []


def test_a_failure_that_another_try_cannot_mend_ends_it_at_once() -> None:
    assert bridge().sees(a_try(Exit(65, message="no such repository"), phase="Failed")) == [
        FillFailed("data", FILL, "no such repository")
    ]


def test_what_it_waits_for_is_told_once_however_often_its_number_changes() -> None:
    told = bridge()

    def pulls(seconds: int) -> list[object]:
        return list(told.sees(a_try(Waiting("ImagePullBackOff", f"back-off {seconds}s"), phase="Pending")))

    assert [type(fact) for second in range(5) for fact in pulls(second)] == [FillProgressed]
    storage = event(CLAIM, "ProvisioningFailed", 'storageclass "fast" not found')
    assert [fact.words for _ in range(2) for fact in told.sees(storage) if isinstance(fact, FillProgressed)] == [
        'ProvisioningFailed: storageclass "fast" not found'
    ]


def event(about: ObjectRef, reason: str, message: str) -> EventSeen:
    return EventSeen("e1", "1", about, f"uid-{about.kind}", "", "Warning", reason, message, 1, NOON, NOON, "controller")


def test_a_job_of_another_hand_or_of_a_claim_that_is_gone_tells_nothing() -> None:
    told = bridge()
    assert told.sees(replace(SUCCEEDED, job_uid="someone's")) == []

    assert told.sees(GoneSeen(CLAIM, f"uid-{CLAIM.kind}", "7", NAME)) == [ObjectVanished(CLAIM, f"uid-{CLAIM.kind}", "seen")]
    assert told.sees(SUCCEEDED, job(complete=True)) == []
    assert told.deployment.objects[JOB].unfit


def test_a_claim_that_is_gone_takes_its_fill_with_it_and_what_it_held_stays_on_record() -> None:
    told = bridge()
    told.sees(SUCCEEDED)
    assert told.deployment.opened == 1

    told.sees(GoneSeen(CLAIM, f"uid-{CLAIM.kind}", "7", NAME))

    assert told.deployment.fills == {}
    assert told.deployment.filled == {FILL: "abc"}


def test_a_fills_pod_is_never_taken_for_a_replica() -> None:
    told = bridge()
    told.sees(RUNS, SUCCEEDED)

    assert told.deployment.replicas == {}


def test_the_other_half_of_a_fill_is_waited_for() -> None:
    early = bridge(job=False)
    assert premature(early.fleet, watch_event(RUNS))
    late = bridge()
    assert not premature(late.fleet, watch_event(RUNS))
    assert premature(late.fleet, watch_event(job(complete=True))), "its pod will say how much it was"
    late.sees(SUCCEEDED)
    assert not premature(late.fleet, watch_event(job(complete=True)))


def watch_event(seen: Observation) -> WatchEvent:
    return WatchEvent((seen,), NOON, "", "")


@pytest.mark.parametrize(
    "odd",
    [
        '{"seconds": NaN, "bytes": 1e400, "files": true, "identity": "\\ud800"}',
        '{"seconds": Infinity, "bytes": -7, "files": -1, "identity": "a\\u0000b"}',
        f'{{"seconds": {"9" * 400}, "bytes": {"9" * 400}, "files": {"9" * 30}, "identity": "{"x" * 1000}"}}',
        '{"seconds": [], "bytes": {}, "files": null, "identity": 1}',
        "[" * 100_000,
        '"only a word"',
    ],
)
def test_an_account_that_cannot_be_is_no_account_and_the_fill_is_done_all_the_same(odd: str) -> None:
    (fact,) = bridge().sees(a_try(Exit(0, message=odd), phase="Succeeded"))
    assert isinstance(fact, FillDone)
    assert (fact.identity, fact.size, fact.seconds) == ("abc", -1, 0.0)
    assert fact.files == 0
    written = Codec().encode(UncommittedFact(fact, EventMetadata("id", Who("engine", "engine"), "shop/web")))
    assert Codec().decode(1, "s", 1, written.name, stamped(written.state, NOON)).fact == fact


def test_a_fill_of_which_a_try_failed_waits_for_the_next_one() -> None:
    begun = take_in({}, FillStarted("models", "claim", "pod-1"), NOON)
    after = take_in(begun, FillProgressed("models", "claim", "pod-1", "retrying", "no space"), NOON)["claim"]

    assert begun["claim"].stage == "filling"
    assert (after.stage, after.failed, after.words) == ("waiting", ("pod-1",), "no space")
