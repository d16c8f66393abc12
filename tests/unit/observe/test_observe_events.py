"""What a core Event tells."""

from typing import Any

import pytest

from domain.objects import ObjectRef
from domain.observations import EventSeen
from domain.pod_facts import ImagePulling
from domain.replica import ProbeFailed, ReplicaKilled, ReplicaWarned
from domain.seen import ReplicasRefused
from tests.unit.observe.bridge import KEY, NAME, NOON, OWNER, POD, REPLICA_SET, SECOND, WORKLOAD, Bridge, event, pod, running

REFUSED: dict[str, Any] = {"about": REPLICA_SET, "about_uid": "rs1", "container": ""}


def lived() -> Bridge:
    bridge = Bridge()
    bridge.sees(running())
    return bridge


def failing(
    count: int, message: str = "Readiness probe failed: HTTP probe failed with statuscode: 503", uid: str = "e1"
) -> ProbeFailed:
    """What is told of an event that was never seen before."""
    (fact,) = lived().sees(event("Unhealthy", message, count, uid=uid))
    assert isinstance(fact, ProbeFailed)
    return fact


def test_a_probes_failure_is_told_with_its_words() -> None:
    assert failing(1) == ProbeFailed(
        "readiness", "HTTP probe failed with statuscode: 503", 1, "exact", NOON, NOON + 60 * SECOND, "e1", 1
    )


@pytest.mark.parametrize(
    ("message", "probe", "words"),
    [
        ("Startup probe failed: connection refused", "startup", "connection refused"),
        ("Liveness probe failed: ", "liveness", ""),
        ("Liveness probe failed:", "liveness", ""),
        ("Readiness probe errored and resulted in unknown state: rpc", "readiness", "errored and resulted in unknown state: rpc"),
        ("Readiness probe errored: rpc", "readiness", "errored: rpc"),
    ],
)
def test_the_probe_is_named_by_the_message(message: str, probe: str, words: str) -> None:
    assert (failing(1, message).probe, failing(1, message).message) == (probe, words)


def test_failures_since_the_last_fact_are_counted() -> None:
    bridge = lived()
    bridge.sees(event("Unhealthy", "Readiness probe failed: x", 2))

    (told,) = bridge.sees(event("Unhealthy", "Readiness probe failed: x", 5))

    assert isinstance(told, ProbeFailed)
    assert (told.times, told.fidelity, told.count) == (3, "counted", 5)


def test_the_same_count_again_is_no_news() -> None:
    bridge = lived()
    bridge.sees(event("Unhealthy", "Readiness probe failed: x", 2))

    assert bridge.sees(event("Unhealthy", "Readiness probe failed: x", 2)) == []


def test_a_count_that_falls_has_begun_anew() -> None:
    bridge = lived()
    bridge.sees(event("Unhealthy", "Readiness probe failed: x", 5))

    (told,) = bridge.sees(event("Unhealthy", "Readiness probe failed: x", 2))

    assert isinstance(told, ProbeFailed)
    assert (told.times, told.count) == (2, 2)


def test_combined_events_are_told_as_such() -> None:
    told = failing(4, "(combined from similar events): Liveness probe failed: read tcp 10.0.0.1:9->10.0.0.2:80: reset")

    assert (told.probe, told.fidelity, told.times) == ("liveness", "combined", 4)
    assert told.message == "read tcp 10.0.0.1:9->10.0.0.2:80: reset"


def test_a_probe_that_fails_on_and_on_is_summarised() -> None:
    bridge = lived()
    told = [fact for n in range(1, 101) for fact in bridge.sees(event("Unhealthy", "Readiness probe failed: x", n))]

    assert [fact.count for fact in told if isinstance(fact, ProbeFailed)] == [*range(1, 11), 20, 40, 80]


@pytest.mark.parametrize(
    ("message", "probe"),
    [
        ("Container app failed liveness probe, will be restarted", "liveness"),
        ("Container app failed startup probe, will be restarted", "startup"),
        ("Stopping container app", None),
    ],
)
def test_a_kill_names_its_probe_where_it_has_one(message: str, probe: str | None) -> None:
    (told,) = lived().sees(event("Killing", message))

    assert told == ReplicaKilled(message, probe, NOON + 60 * SECOND, "e1", 1)  # type: ignore[arg-type] # a parameter's type


def test_each_kill_is_told() -> None:
    bridge = lived()
    told = [f for n in range(1, 31) for f in bridge.sees(event("Killing", "Container app failed liveness probe, x", n))]

    assert len(told) == 30


def test_other_warnings_are_told_at_powers_of_two() -> None:
    bridge = lived()
    told = [fact for n in range(1, 101) for fact in bridge.sees(event("BackOff", "Back-off restarting failed container", n))]

    assert [fact.count for fact in told if isinstance(fact, ReplicaWarned)] == [1, 2, 4, 8, 16, 32, 64]
    assert sum(fact.times for fact in told if isinstance(fact, ReplicaWarned)) == 64


def test_another_containers_failures_are_only_warnings() -> None:
    bridge = lived()
    (told,) = bridge.sees(event("Unhealthy", "Readiness probe failed: x", container="istio-proxy"))

    assert told == ReplicaWarned("Unhealthy", "container istio-proxy: Readiness probe failed: x", 1, "e1", 1)
    assert bridge.sees(event("Killing", "Stopping container istio-proxy", container="istio-proxy", uid="e2")) == []


def test_an_unhealthy_event_in_words_of_its_own_is_a_warning() -> None:
    assert lived().sees(event("Unhealthy", "something else")) == [ReplicaWarned("Unhealthy", "something else", 1, "e1", 1)]


@pytest.mark.parametrize("reason", ["Pulled", "Created", "Started", "Scheduled", "BackOff"])
def test_normal_events_are_no_news(reason: str) -> None:
    assert lived().sees(event(reason, "as it should be", type="Normal")) == []


def test_the_schedulers_event_says_less_than_the_pods_own_status() -> None:
    assert lived().sees(event("FailedScheduling", "0/3 nodes are available")) == []


def test_an_event_about_a_strangers_pod_is_none_of_our_business() -> None:
    strange = ObjectRef("Pod", KEY.namespace, "other-5b9f8c7d6-x7k2p")

    assert lived().sees(event("Unhealthy", "Readiness probe failed: x", about=strange)) == []
    assert not lived().early(event("Unhealthy", "Readiness probe failed: x", about=strange))


def test_an_event_that_overtook_its_pod_is_worth_another_look() -> None:
    bridge = Bridge()
    early = event("Unhealthy", "Readiness probe failed: x")

    assert bridge.sees(early) == []
    assert bridge.early(early)
    bridge.sees(pod())
    assert not bridge.early(early)
    assert len(bridge.sees(early)) == 1


def test_a_pods_name_that_was_cut_short_still_leads_home() -> None:
    cut = ObjectRef("Pod", KEY.namespace, f"{NAME}-5b9f8c7x7k2p")
    bridge = Bridge()
    bridge.sees(pod(ref=cut))

    assert len(bridge.sees(event("Unhealthy", "Readiness probe failed: x", about=cut))) == 1


def test_replicas_that_cannot_be_made_are_told() -> None:
    bridge = Bridge()
    (news,) = bridge.looks(event("FailedCreate", "exceeded quota", owner=OWNER, **REFUSED))

    assert (news.stream, news.subject) == ("seen/shop/web", "shop/web")
    assert news.fact == ReplicasRefused("FailedCreate", "exceeded quota", "e1", 1)


def test_refusals_are_told_at_powers_of_two() -> None:
    bridge = Bridge()
    told = [
        fact for n in range(1, 101) for fact in bridge.sees(event("FailedCreate", "exceeded quota", n, owner=OWNER, **REFUSED))
    ]

    assert [fact.count for fact in told if isinstance(fact, ReplicasRefused)] == [1, 2, 4, 8, 16, 32, 64]


def test_a_replica_set_that_cannot_be_made_is_a_refusal_too() -> None:
    refused = event(
        "ReplicaSetCreateError", "exceeded quota: replicasets", about=WORKLOAD, about_uid="u1", owner=OWNER, container=""
    )

    assert Bridge().sees(refused) == [ReplicasRefused("ReplicaSetCreateError", "exceeded quota: replicasets", "e1", 1)]


@pytest.mark.parametrize("about", [ObjectRef("Service", "x", NAME), ObjectRef("Node", "", "n1"), POD])
def test_events_about_other_things_are_no_news(about: ObjectRef) -> None:
    assert Bridge().sees(event("FailedCreate", "x", about=about)) == []


def test_normal_events_of_a_replica_set_are_no_news() -> None:
    assert Bridge().sees(event("SuccessfulCreate", "Created pod", type="Normal", owner=OWNER, **REFUSED)) == []


TRIES = [
    f'Error creating: pods "web-1-5b9f8c7d6-{suffix}" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=3'
    for suffix in ("abcde", "fghij", "klmno", "pqrst", "uvwxy", "zabcd", "efghi", "jklmn", "opqrs", "tuvwx")
]


def test_refusals_that_differ_in_their_pods_name_are_one_fact() -> None:
    bridge = Bridge()
    told = [
        fact
        for n, message in enumerate(TRIES)
        for fact in bridge.sees(event("FailedCreate", message, uid=f"e{n}", owner=OWNER, **REFUSED))
    ]
    combined = f"(combined from similar events): {TRIES[-1]}"
    told += bridge.sees(event("FailedCreate", combined, 1, uid="e99", owner=OWNER, **REFUSED))

    assert told == [ReplicasRefused("FailedCreate", TRIES[0], "e0", 1)]
    assert bridge.sees(event("FailedCreate", combined, 4, uid="e99", owner=OWNER, **REFUSED)) == [
        ReplicasRefused("FailedCreate", TRIES[-1], "e99", 4, 4)
    ]


def test_another_reason_to_refuse_is_another_fact() -> None:
    bridge = Bridge()
    bridge.sees(event("FailedCreate", TRIES[0], uid="e1", owner=OWNER, **REFUSED))
    other = TRIES[1].replace("exceeded quota: pods", "violates PodSecurity")

    assert len(bridge.sees(event("FailedCreate", other, uid="e2", owner=OWNER, **REFUSED))) == 1


def pull(reason: str, message: str, uid: str = "e7") -> EventSeen:
    return event(reason, message, type="Normal", uid=uid)


def test_a_pull_is_told_when_it_begins_and_when_it_is_done_if_it_was_slow() -> None:
    bridge = Bridge()
    bridge.sees(pod(node="n1"))
    done = 'Successfully pulled image "web:1" in 1m27.1s (1m30s including waiting). Image size: 2000 bytes.'

    assert bridge.sees(pull("Pulling", 'Pulling image "web:1"')) == [
        ImagePulling('Pulling image "web:1"', NOON + 60 * SECOND, None, "pulling")
    ]
    assert bridge.sees(pull("Pulling", 'Pulling image "web:1"', "e8")) == []
    assert bridge.sees(pull("Pulled", done)) == [ImagePulling(done, NOON + 60 * SECOND, 87.1, "pulled")]
    assert bridge.sees(pull("Pulled", done, "e9")) == []


@pytest.mark.parametrize(
    "message",
    [
        'Successfully pulled image "web:1" in 411ms (411ms including waiting). Image size: 2000 bytes.',
        'Container image "web:1" already present on machine',
        "Successfully pulled image in a while",
    ],
)
def test_a_quick_pull_is_not_told_when_it_is_done(message: str) -> None:
    assert lived().sees(pull("Pulled", message)) == []


@pytest.mark.parametrize(("took", "told"), [("9.999s", []), ("10s", [10.0]), ("10000ms", [10.0]), ("1h2m3.5s", [3723.5])])
def test_a_pull_of_ten_seconds_is_slow(took: str, told: list[float]) -> None:
    bridge = Bridge()
    bridge.sees(pod(node="n1"))
    facts = bridge.sees(pull("Pulled", f'Successfully pulled image "web:1" in {took} (1s including waiting).'))

    assert [fact.seconds for fact in facts if isinstance(fact, ImagePulling)] == told


def test_a_pull_for_a_container_that_has_run_is_not_told() -> None:
    assert lived().sees(pull("Pulling", 'Pulling image "web:1"')) == []
