"""A chain of causes ends with a person or a fact of the cluster, and says what it only derived."""

from domain.actions import Decided, Unknown, Update
from domain.audit import RequestWitnessed
from domain.objects import Kind
from domain.orders import Submitted
from domain.pod_facts import ReplicaLeaving
from domain.replica import BecameUnready, ProbeFailed, ReplicaCreated, ReplicaGone, ReplicaKilled, Restarted
from domain.seen import ReplicaSetScaled
from projections.why.chain import chain
from projections.why.decisions import submission
from projections.why.links import Chain
from projections.why.starts import telling
from tests.stories import NOON, Story, story
from tests.unit.projections.why.scene import Scene


def why(told: Story) -> Chain:
    start = telling(told.about, told.deployment)
    assert start is not None
    return chain(told.about, start)


def classes(found: Chain) -> list[str]:
    return [type(link.recorded.fact).__name__ for link in found.links]


def test_a_failed_version_leads_back_to_whoever_submitted_it() -> None:
    told = story().submitted(replicas=2, who="ann").applied().crashing("no such table: carts").failed()

    found = why(told)

    assert classes(found) == ["Decided", "ReplicaWaiting", "Restarted", "Submitted"]
    assert [link.surety for link in found.links] == ["asked", "recorded", "follows", "follows"]
    assert found.root == "person"
    assert found.end == "ann ordered it (claimed, not proved)"


def test_a_restart_after_a_probe_leads_through_the_probe() -> None:
    told = story().submitted().applied().ready()
    uid = told.deployment.current_replicas()[0].uid
    told.replica(
        ProbeFailed("liveness", "timeout", 3, "exact", NOON, NOON, "e1", 3),
        ReplicaKilled("failed liveness probe, will be restarted", "liveness", NOON, "e2", 1),
        Restarted(1, 1, 137, 9, "Error", "", "liveness probe", NOON),
        uid=uid,
    )

    found = why(told)

    assert classes(found)[:3] == ["Restarted", "ReplicaKilled", "ProbeFailed"]
    assert [link.surety for link in found.links[:3]] == ["asked", "follows", "follows"]


def test_a_correction_leads_back_to_the_hands_that_made_it_necessary() -> None:
    told = story().submitted(replicas=3).applied().ready().healthy().drifted(manager="kubectl-edit")
    told.decided()

    found = chain(told.about, told.about[-1])

    assert classes(found) == ["Decided", "Drifted"]
    assert found.links[1].surety == "recorded"
    assert (found.root, "kubectl-edit" in found.end) == ("cluster", True)


def test_replicas_of_an_old_version_leave_because_a_new_one_was_written() -> None:
    told = story().submitted(image="shop:1").applied().ready().healthy()
    told.submitted(image="shop:2", who="bob").applied().ready()
    gone = next(r for r in reversed(told.about) if isinstance(r.fact, ReplicaGone))

    found = chain(told.about, gone)

    assert found.end.startswith("bob")


def test_a_replica_that_is_stopped_for_a_new_version_is_no_trouble_and_leads_to_who_ordered_it() -> None:
    told = story().submitted(who="ann").applied().ready().healthy()
    uid = told.deployment.current_replicas()[0].uid
    told.submitted(image="web:2", who="bob").applied()
    told.replica(ReplicaLeaving(), ReplicaKilled("Stopping container app", None, NOON, "e1", 1), uid=uid)
    told.replica(BecameUnready(NOON, "ContainersNotReady"), uid=uid)

    stopped = next(recorded for recorded in told.about if isinstance(recorded.fact, ReplicaKilled))

    assert why(told).links[0].recorded.stream != stopped.stream
    assert chain(told.about, stopped).end == "bob ordered it (claimed, not proved)"


def test_a_replica_that_leaves_of_itself_is_not_blamed_on_anyone() -> None:
    told = story().submitted().applied().ready().healthy()
    told.leaves(told.deployment.current_replicas()[0].uid)

    found = chain(told.about, told.about[-1])

    assert found.root == "unknown"
    assert not any(isinstance(link.recorded.fact, ReplicaCreated | Submitted) for link in found.links)


def test_every_chain_ends_and_tells_no_fact_twice() -> None:
    told = story().submitted(replicas=2).applied().ready().healthy().probe_failed()
    told.rejected().unanswered().drifted().drift_ended().no_quota().gap().deleted().gone()

    for start in told.about:
        positions = [link.recorded.position for link in chain(told.about, start).links]

        assert len(positions) == len(set(positions))


def test_decisions_never_end_a_chain_where_their_cause_is_on_record() -> None:
    told = story().submitted().applied().ready().healthy()

    found = why(told)

    assert not isinstance(found.links[-1].recorded.fact, Decided)


def test_what_came_before_replica_sets_were_watched_came_by_what_was_ordered() -> None:
    """An engine of before did not watch them: a newer one sees the count for the first time."""
    scene = Scene()
    scene.told.submitted(replicas=2, who="ann").applied()
    scene.comes().comes().told.healthy().later(hours=1)
    scene.counted(None, 2).later(60)
    scene.leaves(0, "EvictionByEvictionAPI").comes()
    births = [r for r in scene.told.about if isinstance(r.fact, ReplicaCreated)]

    assert [scene.why(birth).end.partition(" ")[0] for birth in births] == ["ann", "ann", "someone"]


def test_a_count_that_no_autoscaler_was_seen_to_set_is_not_laid_to_whoever_ordered_less() -> None:
    scene = Scene.calm()
    scene.counted(3, 4)

    assert scene.why(scene.newest(ReplicaSetScaled)).root == "unknown"


def test_a_request_that_was_refused_is_told_as_refused() -> None:
    scene = Scene.calm()
    scene.asked("bob", "create", name=scene.pod(0), subresource="eviction", code=429, message="budget")

    assert scene.why(scene.newest(RequestWitnessed)).end == (
        "bob asked for it and was refused (429), says the API server's audit log"
    )


def test_a_decision_leads_to_what_it_says_it_is_for_and_not_to_what_stood_before_it_by_chance() -> None:
    told = story().submitted(replicas=3, who="ann").applied().ready().healthy()
    told.drifted(manager="kubectl-edit").held(who="dora").resumed(who="dora").corrected()

    found = chain(told.about, told.about[-1])

    assert classes(found) == ["Succeeded", "Decided", "Drifted"]
    assert found.root == "cluster"


def test_a_decision_for_several_things_leads_to_each_of_them() -> None:
    told = story().submitted(replicas=3, who="ann").applied().ready().healthy().drifted(manager="kubectl-edit")
    told.submitted(image="shop:2", who="bob")
    service, workload = told.ref(Kind.SERVICE), told.ref(Kind.DEPLOYMENT)
    told.decided(
        Update("a", workload, "b", "u", "drift: spec.replicas by kubectl-edit"), Update("c", service, "b", "u", "version 2")
    )

    found = chain(told.about, told.about[-1])

    assert set(classes(found)) == {"Decided", "Drifted", "Submitted"}
    assert {link.of for link in found.links[1:]} == {found.links[0].recorded.position}


def test_a_write_that_is_made_again_leads_to_the_one_whose_answer_was_lost() -> None:
    told = story().submitted(who="ann").applied().submitted(image="shop:2", who="bob").unanswered()
    workload = next(r.fact.ref for r in reversed(told.about) if isinstance(r.fact, Unknown))
    told.decided(Update("x", workload, "b", "u", "version 2", retry_of="a"))

    found = chain(told.about, told.about[-1])

    assert classes(found)[:2] == ["Decided", "Unknown"]
    assert found.end.startswith("bob ordered it")


def test_a_decision_whose_ground_is_not_on_record_is_not_laid_to_what_stood_before_it() -> None:
    told = story().submitted(who="ann").applied().held(who="dora")
    told.decided(Update("x", told.ref(Kind.DEPLOYMENT), "b", "u", "a ground of before"))

    found = chain(told.about, told.about[-1])

    assert [link.surety for link in found.links] == ["asked", "beside"]
    assert found.root == "unknown"


def test_the_order_behind_a_version_is_its_own_whatever_was_ordered_since() -> None:
    told = story().submitted().submitted(replicas=2)

    found = [submission(told.history, number) for number in (1, 2, 3)]
    assert [one and one.position for one in found] == [1, 2, None]
