"""What a sight of a pod tells."""

from dataclasses import replace
from datetime import datetime

import pytest

from domain.cluster import ImitationSeen
from domain.facts import Fact
from domain.observations import Exit, GoneSeen, PodSpecSeen, Running
from domain.pod_facts import ReplicaLeaving
from domain.replica import (
    BecameReady,
    BecameUnready,
    ContainerStarted,
    ImagePulled,
    ReplicaCreated,
    ReplicaGone,
    ReplicaKilled,
    ReplicaScheduled,
    ReplicaUnschedulable,
    ReplicaWaiting,
    ReplicaWarned,
    Restarted,
    StartupPassed,
)
from tests.unit.observe.bridge import (
    CHECKED,
    DIGEST,
    KEY,
    NAME,
    NOON,
    POD,
    SECOND,
    Bridge,
    container,
    ended,
    event,
    pod,
    running,
    waiting,
)


def lived(bridge: Bridge) -> Bridge:
    """A replica that has taken traffic since noon."""
    bridge.sees(running())
    return bridge


def again(code: int, **more: object) -> Restarted:
    """The restart that is told when a replica of old ends with a code."""
    return only_restart(lived(Bridge()).sees(running(container_id="c2", restarts=1, last_exit=ended(code), **more)))


def only_restart(facts: list[Fact]) -> Restarted:
    (restart,) = (fact for fact in facts if isinstance(fact, Restarted))
    return restart


def test_a_pod_of_an_unknown_deployment_is_no_replica() -> None:
    strange = pod(deployment="other-1", ref=POD.__class__("Pod", "x", "other-1-5b9f8c7d6-x7k2p"))

    assert [type(fact) for fact in Bridge().sees(strange)] == [ImitationSeen]


def test_a_replica_begins_with_its_pod() -> None:
    (news,) = Bridge().looks(pod())

    assert (news.stream, news.subject) == ("replica/p1", "shop/web")
    assert news.fact == ReplicaCreated(POD.name, KEY.namespace, 1, "t1", NOON, ())


def test_a_pod_first_seen_at_work_tells_its_whole_life() -> None:
    assert Bridge().sees(running(restarts=2, last_exit=ended(1))) == [
        ReplicaCreated(POD.name, KEY.namespace, 1, "t1", NOON, ()),
        ReplicaScheduled("n1"),
        ImagePulled("web:1", DIGEST),
        Restarted(2, 2, 1, 0, "Error", "", "crashed", NOON + 60 * SECOND, NOON),
        ContainerStarted("c1", NOON),
        StartupPassed(),
        BecameReady(NOON),
    ]


def test_a_pod_whose_label_was_taken_away_is_still_followed_by_its_name() -> None:
    bridge = lived(Bridge())

    assert bridge.sees(pod(deployment="", node="n1", container=container())) == [BecameUnready(None, "")]


def test_an_image_without_a_registrys_digest_is_not_told() -> None:
    assert not any(isinstance(fact, ImagePulled) for fact in Bridge().sees(running(digest="")))


def test_a_scheduler_that_only_counts_anew_says_nothing_new() -> None:
    bridge = Bridge()
    bridge.sees(pod())

    first = bridge.sees(pod(unschedulable="0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory."))
    second = bridge.sees(pod(unschedulable="0/4 nodes are available: 1 Insufficient memory, 3 Insufficient cpu."))
    other = bridge.sees(pod(unschedulable="0/4 nodes are available: 4 node(s) had untolerated taint {gpu: }."))

    assert first == [ReplicaUnschedulable("0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory.")]
    assert second == []
    assert other == [ReplicaUnschedulable("0/4 nodes are available: 4 node(s) had untolerated taint {gpu: }.")]


def test_a_node_found_ends_the_search() -> None:
    bridge = Bridge()
    bridge.sees(pod(unschedulable="0/3 nodes are available"))

    assert bridge.sees(pod(node="n1", scheduled=True)) == [ReplicaScheduled("n1")]
    assert bridge.deployment.replicas["p1"].unschedulable == ""


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing", ""])
def test_waiting_that_every_container_goes_through_is_no_news(reason: str) -> None:
    bridge = Bridge()
    bridge.sees(pod(node="n1"))

    assert bridge.sees(waiting(reason, digest="")) == []


def test_an_image_that_cannot_be_pulled_is_told_once_in_each_of_its_words() -> None:
    bridge = Bridge()
    bridge.sees(pod(node="n1"))
    pull = waiting("ErrImagePull", "rpc error: req 81: not found", digest="")
    back_off = waiting("ImagePullBackOff", 'Back-off pulling image "web:9"', digest="")

    assert bridge.sees(pull) == [ReplicaWaiting("ErrImagePull", "rpc error: req 81: not found")]
    assert bridge.sees(back_off) == [ReplicaWaiting("ImagePullBackOff", 'Back-off pulling image "web:9"')]
    assert bridge.sees(waiting("ErrImagePull", "rpc error: req 82: not found", digest="")) == []
    assert bridge.sees(back_off) == []


def test_a_crash_loop_is_told_once_for_each_restart_however_its_seconds_grow() -> None:
    bridge = lived(Bridge())
    looping = waiting("CrashLoopBackOff", "back-off 10s restarting failed container")
    bridge.sees(looping)

    assert bridge.sees(waiting("CrashLoopBackOff", "back-off 20s restarting failed container")) == []
    assert bridge.sees(waiting("CrashLoopBackOff", "back-off 40s restarting", restarts=1, last_exit=ended(1)))[1:] == [
        ReplicaWaiting("CrashLoopBackOff", "back-off 40s restarting")
    ]


def test_readiness_lost_is_told_with_kubernetes_word() -> None:
    bridge = lived(Bridge())
    lost = pod(node="n1", container=container(ready=False), not_ready_reason="ContainersNotReady")

    assert bridge.sees(lost) == [BecameUnready(None, "ContainersNotReady")]
    assert bridge.sees(running()) == [BecameReady(NOON)]


def test_startup_is_told_when_it_has_passed() -> None:
    bridge = Bridge()
    starting = pod(node="n1", container=container(started=False, ready=False))

    assert StartupPassed() not in bridge.sees(starting)
    assert bridge.sees(running()) == [StartupPassed(), BecameReady(NOON)]


def test_a_container_that_has_ended_waits_for_its_restart() -> None:
    bridge = lived(Bridge())
    halted = pod(node="n1", container=container(state=ended(1), started=False, ready=False))

    assert bridge.sees(halted) == [BecameUnready(None, "")]


def test_a_restart_has_its_exit_and_a_new_container() -> None:
    bridge = lived(Bridge())
    last = ended(1, message="Traceback: boom")
    later = NOON + 61 * SECOND

    assert bridge.sees(running(container_id="c2", state=Running(later), restarts=1, last_exit=last)) == [
        Restarted(1, 1, 1, 0, "Error", "Traceback: boom", "crashed", NOON + 60 * SECOND, NOON),
        ContainerStarted("c2", later),
        StartupPassed(),
        BecameReady(NOON),
    ]


def test_restarts_that_were_not_watched_are_counted() -> None:
    assert again(1).times == 1
    assert only_restart(lived(Bridge()).sees(running(container_id="c4", restarts=3, last_exit=ended(1)))).times == 3


def test_a_node_that_lost_its_count_begins_anew() -> None:
    bridge = Bridge()
    bridge.sees(running(restarts=5, last_exit=ended(1)))

    restart = only_restart(bridge.sees(running(container_id="c9", restarts=0)))

    assert (restart.restarts, restart.times, restart.cause) == (0, 1, "unknown")
    assert bridge.deployment.replicas["p1"].restarts == 0


def test_of_long_last_words_the_end_is_kept() -> None:
    bridge = lived(Bridge())
    last = ended(1, message="x" * 4000 + "ValueError: no database")

    restart = only_restart(bridge.sees(running(container_id="c2", restarts=1, last_exit=last)))

    assert len(restart.message) == 2048
    assert restart.message.endswith("ValueError: no database")


@pytest.mark.parametrize(
    ("code", "cause"), [(1, "crashed"), (139, "crashed"), (0, "completed"), (137, "unknown"), (143, "unknown")]
)
def test_a_cause_is_told_only_as_far_as_it_is_known(code: int, cause: str) -> None:
    assert again(code).cause == cause


def test_a_container_killed_for_its_memory_says_so() -> None:
    bridge = lived(Bridge())

    restart = only_restart(bridge.sees(running(container_id="c2", restarts=1, last_exit=ended(137, reason="OOMKilled"))))

    assert restart.cause == "out of memory"


def test_a_restart_without_an_exit_has_no_cause() -> None:
    restart = only_restart(lived(Bridge()).sees(running(container_id="c2", restarts=1)))

    assert (restart.exit_code, restart.cause) == (None, "unknown")


@pytest.mark.parametrize("probe", ["startup", "liveness"])
def test_a_kill_before_the_restart_names_the_probe(probe: str) -> None:
    bridge = lived(Bridge())
    kill = event("Killing", f"Container app failed {probe} probe, will be restarted", last_at=NOON + 50 * SECOND)
    bridge.sees(kill)

    restart = only_restart(bridge.sees(running(container_id="c2", restarts=1, last_exit=ended(137))))

    assert restart.cause == f"{probe} probe"
    assert bridge.deployment.replicas["p1"].last_killed is None


def test_a_kill_after_the_restart_is_told_and_puts_the_cause_right() -> None:
    bridge = lived(Bridge())
    restart = only_restart(bridge.sees(running(container_id="c2", restarts=1, last_exit=ended(137))))
    kill = event("Killing", "Container app failed liveness probe, will be restarted", last_at=NOON + 50 * SECOND)

    (told,) = bridge.sees(kill)

    assert restart.cause == "unknown"
    assert isinstance(told, ReplicaKilled)
    assert told.probe == "liveness"
    replica = bridge.deployment.replicas["p1"]
    assert replica.last_restart is not None
    assert replica.last_restart.cause == "liveness probe"


def test_a_kill_in_the_next_life_is_not_the_cause_of_the_last_end() -> None:
    bridge = lived(Bridge())
    bridge.sees(event("Killing", "Container app failed liveness probe, will be restarted", last_at=NOON + 90 * SECOND))

    first = only_restart(bridge.sees(running(container_id="c2", restarts=1, last_exit=ended(1))))
    next_life = Exit(137, 0, "Error", "", NOON + 61 * SECOND, NOON + 120 * SECOND)
    second = only_restart(bridge.sees(running(container_id="c3", restarts=2, last_exit=next_life)))

    assert (first.cause, second.cause) == ("crashed", "liveness probe")


def test_a_clean_exit_after_failed_probes_is_not_called_completed() -> None:
    bridge = lived(Bridge())
    bridge.sees(event("Unhealthy", "Liveness probe failed: timeout", 3))

    assert only_restart(bridge.sees(running(container_id="c2", restarts=1, last_exit=ended(0)))).cause == "unknown"


def test_an_evicted_pod_says_so_once() -> None:
    bridge = lived(Bridge())
    evicted = pod(node="n1", phase="Failed", status_reason="Evicted", status_message="The node was low on memory.")

    assert bridge.sees(evicted) == [
        BecameUnready(None, ""),
        ReplicaWarned("Evicted", "The node was low on memory.", 1, "status:Evicted", 1),
    ]
    assert bridge.sees(evicted) == []


def test_a_replica_leaves_and_is_gone() -> None:
    bridge = lived(Bridge())
    leaving = pod(node="n1", ready=True, container=container(), deleting=True)
    gone = GoneSeen(POD, "p1", "201", NAME)

    assert bridge.sees(leaving) == [ReplicaLeaving()]
    assert bridge.sees(leaving) == []
    assert bridge.sees(gone) == [ReplicaGone("seen")]
    assert bridge.sees(gone) == []
    assert bridge.deployment.replicas == {}


def test_a_container_that_ended_by_a_signal_has_an_unknown_cause() -> None:
    bridge = lived(Bridge())
    last = Exit(128, 9, "Error", "", NOON, NOON + 60 * SECOND)

    assert only_restart(bridge.sees(running(container_id="c2", restarts=1, last_exit=last))).cause == "unknown"


def test_a_probe_that_failed_in_an_earlier_life_does_not_cloud_a_clean_exit() -> None:
    bridge = lived(Bridge())
    bridge.sees(event("Unhealthy", "Liveness probe failed: timeout", last_at=NOON - 60 * SECOND))

    assert only_restart(bridge.sees(running(container_id="c2", restarts=1, last_exit=ended(0)))).cause == "completed"


@pytest.mark.parametrize("started", [None, NOON])
def test_a_failed_probe_without_a_time_clouds_a_clean_exit(started: datetime | None) -> None:
    bridge = lived(Bridge())
    bridge.sees(event("Unhealthy", "Liveness probe failed: timeout", last_at=None if started else NOON))
    last = Exit(0, 0, "Completed", "", started, NOON + 60 * SECOND)

    assert only_restart(bridge.sees(running(container_id="c2", restarts=1, last_exit=last))).cause == "unknown"


def test_a_new_container_without_a_counted_restart_is_only_a_start() -> None:
    bridge = lived(Bridge())

    assert bridge.sees(running(container_id="c2")) == [ContainerStarted("c2", NOON), StartupPassed()]


def test_only_a_container_that_runs_has_started_up() -> None:
    bridge = Bridge()
    bridge.sees(pod(node="n1"))

    assert StartupPassed() not in bridge.sees(pod(node="n1", container=container(state=ended(1))))


def checked(code: int, *, after: int = 60, bridge: Bridge | None = None, spec: PodSpecSeen | None = CHECKED) -> str:
    """The cause that is told when a container with a liveness check ends."""
    seen = running(container_id="c2", restarts=1, last_exit=ended(code, after=after))
    return only_restart((bridge or lived(Bridge())).sees(replace(seen, spec=spec))).cause


def test_a_clean_exit_where_a_check_could_have_been_it_has_no_certain_cause() -> None:
    assert checked(0) == "unknown"
    assert checked(0, spec=None) == "unknown"


def test_a_container_that_ended_before_a_check_could_end_it_ended_by_itself() -> None:
    assert checked(0, after=10) == "completed"
    assert checked(1, after=10) == "crashed"


@pytest.mark.parametrize(("after", "cause"), [(18, "completed"), (19, "unknown")])
def test_the_nodes_whole_seconds_are_allowed_for_where_a_check_could_just_have_ended_it(after: int, cause: str) -> None:
    assert checked(0, after=after) == cause


def test_a_crash_is_a_crash_where_a_failing_check_would_have_been_heard() -> None:
    assert checked(1) == "crashed"


def test_a_crash_after_a_failed_check_has_no_certain_cause() -> None:
    bridge = lived(Bridge())
    bridge.sees(event("Unhealthy", "Liveness probe failed: timeout", 3))

    assert checked(1, bridge=bridge) == "unknown"


def test_a_crash_has_no_certain_cause_once_the_kubelet_may_have_dropped_an_event() -> None:
    bridge = lived(Bridge())
    bridge.sees(event("Unhealthy", "Readiness probe failed: x", 30))

    assert checked(1, bridge=bridge) == "unknown"


@pytest.mark.parametrize(("count", "cause"), [(20, "crashed"), (21, "unknown")])
def test_a_readiness_check_ends_no_container_and_clouds_a_crash_only_by_the_number_of_its_events(count: int, cause: str) -> None:
    bridge = lived(Bridge())
    bridge.sees(event("Unhealthy", "Readiness probe failed: x", count))

    assert checked(1, bridge=bridge) == cause


def test_a_container_that_was_stopped_for_no_check_did_not_complete() -> None:
    bridge = lived(Bridge())
    bridge.sees(event("Killing", "Container app definition changed, will be restarted", last_at=NOON + 50 * SECOND))

    assert only_restart(bridge.sees(running(container_id="c2", restarts=1, last_exit=ended(0)))).cause == "unknown"


def test_a_restarted_container_has_not_started_up_because_the_one_before_had() -> None:
    bridge = lived(Bridge())
    spec = PodSpecSeen(("startup", "liveness"), 20.0, {})
    later = NOON + 61 * SECOND
    new = running(container_id="c2", state=Running(later), restarts=1, last_exit=ended(137))
    stale = replace(new, spec=spec, ready=False, ready_since=None)
    waits = replace(stale, container=replace(stale.container, started=False))  # type: ignore[type-var] # it has one

    assert StartupPassed() not in bridge.sees(stale)
    assert StartupPassed() not in bridge.sees(waits)
    assert bridge.sees(replace(new, spec=spec, ready_since=later)) == [StartupPassed(), BecameReady(later)]


@pytest.mark.parametrize(("after", "up"), [(-1, False), (0, True), (1, True)])
def test_a_restarted_container_that_became_ready_since_has_started_up(after: int, up: bool) -> None:
    later = NOON + 61 * SECOND
    new = running(container_id="c2", state=Running(later), restarts=1, last_exit=ended(137))
    seen = replace(new, spec=PodSpecSeen(("startup",), 20.0, {}), ready_since=later + after * SECOND)

    assert (StartupPassed() in lived(Bridge()).sees(seen)) is up
