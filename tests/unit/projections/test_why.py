"""A chain of causes ends with a person or a fact of the cluster, and says what it only derived."""

from domain.actions import Decided
from domain.orders import Submitted
from domain.replica import BecameUnready, ProbeFailed, ReplicaCreated, ReplicaGone, ReplicaKilled, ReplicaLeaving, Restarted
from projections.why import Chain, chain, telling
from tests.stories import NOON, Story, story


def why(told: Story) -> Chain:
    start = telling(told.about)
    assert start is not None
    return chain(told.about, start)


def classes(found: Chain) -> list[str]:
    return [type(link.recorded.fact).__name__ for link in found.links]


def test_a_failed_version_leads_back_to_whoever_submitted_it() -> None:
    told = story().submitted(replicas=2, who="ann").applied().crashing("no such table: carts").failed()

    found = why(told)

    assert classes(found) == [
        "Decided", "ReplicaWaiting", "Restarted", "ReplicaCreated", "Succeeded", "Decided", "Submitted",
    ]  # fmt: skip
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

    assert classes(found)[:4] == ["Restarted", "ReplicaKilled", "ProbeFailed", "ReplicaCreated"]
    assert [link.surety for link in found.links[:3]] == ["asked", "derived", "derived"]
    assert isinstance(found.links[-1].recorded.fact, Submitted)


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

    assert found.root == "cluster"
    assert not any(isinstance(link.recorded.fact, ReplicaCreated | Submitted) for link in found.links)


def test_every_chain_goes_back_in_order_and_ends() -> None:
    told = story().submitted(replicas=2).applied().ready().healthy().probe_failed()
    told.rejected().unanswered().drifted().drift_ended().no_quota().gap().deleted().gone()

    for start in told.about:
        positions = [link.recorded.position for link in chain(told.about, start).links]

        assert positions == sorted(positions, reverse=True)


def test_decisions_never_end_a_chain_where_their_cause_is_on_record() -> None:
    told = story().submitted().applied().ready().healthy()

    found = why(told)

    assert not isinstance(found.links[-1].recorded.fact, Decided)
