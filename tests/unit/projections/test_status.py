"""One row a deployment: the right word at each turn of its life, and a word for every history there may be."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.deployment_fold import fold
from domain.facts import Fact
from domain.hold import ActiveHold
from domain.names import Key
from domain.objects import Kind
from domain.pod_facts import ReplicaDisowned
from domain.probes import ProbeName
from domain.record import EventMetadata, Recorded, Who
from domain.replica import Cause, ContainerStarted, ProbeFailed, ReplicaScheduled, Restarted
from domain.seen import ObjectLeaving, ObjectVanished
from domain.serving_seen import EndpointsChanged
from projections.sentences.replicas import restarted, tell
from projections.status import StatusRow, row
from projections.wanted_and_seen import replica_state
from tests.at_night import at_night
from tests.stories import NOON, Story, story
from tests.unit.projections.test_timeline import FACTS, example


def reached(told: Story, ready: int, total: int = 2) -> Story:
    """Its Service is seen to send requests to so many of its ready replicas."""
    service = told.ref(Kind.SERVICE)
    return told.saw(EndpointsChanged(service, told.deployment.objects[service].uid, ready, total))


def well() -> Story:
    return story().submitted(replicas=2).applied().ready().healthy()


LIVES: dict[str, Story] = {
    "unknown": story().refused(),
    "submitted": story().submitted(),
    "rolling out": story().submitted(replicas=3).applied().ready(1),
    "blocked": story().submitted().rejected(times=3),
    "healthy": story().submitted(replicas=2).applied().ready().healthy(),
    "degraded": story().submitted(replicas=2).applied().ready().healthy().probe_failed(),
    "unserved": reached(well(), 0),
    "drifted": well().drifted(),
    "failed": story().submitted().applied().crashing("no such table: carts").failed(),
    "contested": story().submitted(replicas=3).applied().ready().healthy().drifted().gave_up(),
    "stopping": story().submitted().applied().ready().healthy().stopped().applied(),
    "stopped": story().submitted().applied().ready().healthy().stopped().applied().ready(),
    "deleting": story().submitted().applied().ready().healthy().deleted(),
    "gone": story().submitted().applied().ready().healthy().deleted().gone(),
}


def of(told: Story) -> StatusRow:
    return row(told.deployment)


@pytest.mark.parametrize("phase", LIVES)
def test_each_turn_of_a_life_has_its_word(phase: str) -> None:
    assert of(LIVES[phase]).phase == phase


def test_some_that_get_no_requests_make_it_degraded_and_all_that_do_healthy() -> None:
    assert of(reached(well(), 1)).phase == "degraded"
    assert of(reached(well(), 2)).phase == "healthy"
    assert [of(told).served for told in (well(), reached(well(), 1), reached(well(), 2))] == [None, False, True]


def test_what_is_missing_of_it_is_said() -> None:
    told = well()
    service = told.ref(Kind.SERVICE)
    told.saw(ObjectVanished(service, told.deployment.objects[service].uid, "seen"))

    assert of(told).phase == "drifted"
    assert of(told).trouble == (f"{service} is missing",)


def test_what_the_cluster_refuses_to_put_right_is_blocked_though_the_version_went_well() -> None:
    assert of(well().rejected(times=1)).phase == "blocked"


@pytest.mark.parametrize(("times", "phase"), [(1, "healthy"), (3, "healthy"), (4, "blocked")])
def test_an_answer_that_got_lost_up_to_three_times_is_no_trouble_yet(times: int, phase: str) -> None:
    told = well()
    for _ in range(times):
        told.unanswered()

    assert of(told).phase == phase


def test_an_object_on_its_way_out_is_not_as_declared() -> None:
    told = well()
    service = told.ref(Kind.SERVICE)

    assert of(told.saw(ObjectLeaving(service, told.deployment.objects[service].uid))).phase == "drifted"


def test_a_rollout_says_how_far_it_is() -> None:
    assert of(LIVES["rolling out"]).words(NOON) == "rolling out, 1 of 3"


def test_a_new_version_counts_only_its_own_replicas() -> None:
    told = story().submitted(replicas=3).applied().ready().healthy().submitted(image="shop:2").applied().ready(1)

    assert (of(told).fresh, of(told).ready, of(told).wanted) == (1, 4, 3)


def test_replicas_of_a_deleted_incarnation_do_not_count_for_the_next_though_their_template_is_the_same() -> None:
    told = story().submitted(replicas=2).applied().ready().healthy().deleted().submitted()

    assert (of(told).fresh, of(told).ready) == (0, 2)


def test_a_hold_shows_until_it_runs_out() -> None:
    told = story().submitted().applied().ready().healthy().held(until=NOON + timedelta(hours=1))

    assert of(told).words(NOON) == "healthy, held"
    assert of(told).words(NOON + timedelta(hours=2)) == "healthy"


def test_trouble_is_told_in_the_replicas_own_words_once() -> None:
    told = story().submitted(replicas=3).applied().crashing("no such table: carts", replicas=2)

    (trouble,) = of(told).trouble

    assert trouble == "2 replicas: Error exit code 1: no such table: carts"


def test_a_replica_that_was_taken_out_of_its_set_is_said_to_run_beside_the_wanted_ones() -> None:
    told = story().submitted(replicas=1).applied().ready().healthy()
    uid = told.deployment.current_replicas()[0].uid
    told.replica(ReplicaDisowned((), "kubectl-label", None), uid=uid)

    (said,) = row(told.deployment).trouble
    assert said.startswith("replica ")
    assert said.endswith(": was taken out of its ReplicaSet, and runs on beside those that are wanted")
    assert replica_state(told.deployment.replicas[uid]) == "taken out"


@pytest.mark.parametrize(
    ("cause", "code", "said"),
    [
        ("unknown", 0, "(Error, exit code 0), a health check or its own end: which is not known"),
        ("unknown", 137, "(Error, exit code 137), by whom is not known"),
        ("crashed", 1, "(Error, exit code 1)"),
        ("liveness probe", 0, "(liveness probe, exit code 0)"),
    ],
)
def test_a_restart_of_an_unknown_cause_says_that_it_is_not_known(cause: Cause, code: int, said: str) -> None:
    assert restarted(Restarted(1, 1, code, 0, "Error", "", cause, NOON)) == f"ended and starts again {said}, 1 restart so far"


def test_a_cluster_that_says_no_is_quoted() -> None:
    (trouble,) = of(LIVES["blocked"]).trouble

    assert "Forbidden: exceeded quota: team-quota (3 times)" in trouble


def test_a_late_success_is_healthy_and_says_that_it_was_late() -> None:
    told = story().submitted().applied().failed("nothing happened").ready().recovered()

    assert of(told).words(NOON) == "healthy (recovered)"


streams = st.sampled_from(["deployment/default/shop", "actions/default/shop", "seen/default/shop", "replica/a", "replica/b"])
facts = st.one_of([example(of) for of in FACTS])


@settings(max_examples=at_night(150), deadline=None)
@given(st.lists(st.tuples(streams, facts), max_size=12))
def test_any_history_has_a_row(told: list[tuple[str, Fact]]) -> None:
    metadata = EventMetadata("id", Who("ann", "claimed"), "default/shop")
    history = [Recorded(n, stream, n, NOON, fact, metadata) for n, (stream, fact) in enumerate(told, 1)]

    shown = row(fold(Key("default", "shop"), history))

    assert shown.words(NOON)
    assert shown.fresh <= shown.ready <= shown.replicas


REFUSED = 'Get "http://10.0.0.9:8080/": dial tcp 10.0.0.9:8080: connect: connection refused'


def begun() -> Story:
    """Its one replica runs, and has not started up yet."""
    told = story().submitted(replicas=1).applied()
    told.replica(ReplicaScheduled("node-1"), ContainerStarted("first", NOON))
    return told


@pytest.mark.parametrize("message", [REFUSED, "HTTP probe failed with statuscode: 502"], ids=["the kubelet's", "the relay's"])
def test_who_does_not_listen_yet_within_the_budget_to_start_is_in_no_trouble(message: str) -> None:
    told = begun().probe_failed("startup", message, times=12)

    assert (of(told).phase, of(told).trouble) == ("rolling out", ())
    assert tell(ProbeFailed("startup", message, 12, "counted", None, None, "e", 12)).severity == "info"


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        ("startup", "HTTP probe failed with statuscode: 503"),
        ("readiness", REFUSED),
        ("startup", 'Get "http://10.0.0.9:8080/": context deadline exceeded'),
    ],
)
def test_who_listens_and_says_no_is_in_trouble_and_so_is_who_listens_no_more(probe: ProbeName, message: str) -> None:
    """The control."""
    told = begun().probe_failed(probe, message)

    assert of(told).trouble
    assert tell(ProbeFailed(probe, message, 1, "exact", None, None, "e", 1)).severity == "warning"


def test_who_was_restarted_because_its_budget_was_spent_is_in_trouble() -> None:
    told = begun().probe_failed("startup", REFUSED, times=40)
    told.replica(Restarted(1, 1, 137, 0, "Error", "", "startup probe", NOON), uid=[*told.deployment.replicas][-1])

    assert of(told).trouble


def test_more_than_are_wanted_are_not_told_as_so_many_of_fewer() -> None:
    shown = of(story().submitted(replicas=5).applied().ready().healthy().scaled(2))

    assert shown.words(NOON) == "rolling out, 3 too many"
    assert replace(shown, fresh=2).progress == "2 of 2"


def test_what_a_hold_keeps_back_is_said_with_whose_hold_it_is() -> None:
    shown = of(story().submitted(replicas=5).applied().ready().healthy().held("release freeze").scaled(2))

    assert shown.words(NOON) == "rolling out, 3 too many, held"
    assert shown.kept_back(NOON) == "version 2 waits while it is held by ann (release freeze)"


def test_a_hold_that_ran_out_keeps_nothing_back_and_one_of_the_project_still_does() -> None:
    shown = of(story().submitted(replicas=5).applied().ready().healthy().held(until=NOON + timedelta(hours=1)).scaled(2))
    later = NOON + timedelta(hours=2)

    assert shown.kept_back(later) == ""
    held = ActiveHold(NOON, None, "bob", "audit")
    assert shown.kept_back(later, held=held) == "version 2 waits while it is held by bob (audit)"


def test_a_hold_that_keeps_nothing_back_is_no_ground_of_anything() -> None:
    """The control."""
    assert of(well().held("release freeze")).kept_back(NOON) == ""
    assert of(story().submitted(replicas=5).applied().ready().healthy().scaled(2)).kept_back(NOON) == ""
