"""How long something was not ready: each spell with what began it, and sums that add up."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.pod_facts import ReplicaLeaving
from domain.replica import BecameReady, BecameUnready, ProbeFailed, ReplicaGone, Restarted
from projections.audit.unready import Unready, unready
from tests.stories import NOON, Story, story

MINUTE = timedelta(minutes=1)


def measured(told: Story) -> Unready:
    return unready(told.about, since=None, until=told.now)


def running(replicas: int = 2) -> tuple[Story, list[str]]:
    told = story("shop").submitted(replicas=replicas).applied().later(seconds=30).ready()
    return told, [replica.uid for replica in told.deployment.replicas.values()]


def test_the_time_until_a_first_version_is_ready_is_a_spell_of_its_order() -> None:
    told, _ = running()
    (spell,) = measured(told.later(hours=1)).spells
    assert (spell.cause, spell.fewest, spell.wanted) == ("order: submit", 0, 2)
    assert timedelta(seconds=30) <= spell.lasted(told.now) < MINUTE


def test_a_spell_has_the_cause_that_is_on_record_of_the_replica_that_was_lost() -> None:
    told, (one, _) = running()
    told.later(minutes=5).replica(ProbeFailed("readiness", "503", 3, "exact", None, None, "e", 3), uid=one)
    told.replica(BecameUnready(None, "ContainersNotReady"), uid=one)
    told.later(minutes=2).replica(BecameReady(None), uid=one)
    *_, spell = measured(told.later(hours=1)).spells
    assert spell.cause == "readiness probe"
    assert 2 * MINUTE <= spell.lasted(told.now) <= 2.1 * MINUTE
    assert (spell.fewest, spell.wanted) == (1, 2)


def test_a_restart_that_is_told_after_the_readiness_it_cost_is_the_cause() -> None:
    told, (one, _) = running()
    told.later(minutes=5).replica(BecameUnready(None, "ContainersNotReady"), uid=one)
    told.replica(Restarted(1, 1, 1, 0, "Error", "", "crashed", None), uid=one)
    told.later(minutes=1).replica(BecameReady(None), uid=one)
    assert measured(told).spells[-1].cause == "restart: crashed"


def test_where_nothing_is_on_record_the_cause_is_not_known() -> None:
    told, (one, _) = running()
    told.later(minutes=5).replica(ReplicaGone("missed"), uid=one)
    spell = measured(told.later(minutes=3)).spells[-1]
    assert (spell.cause, spell.why, spell.until) == ("not known", 0, None)
    assert spell.lasted(told.now) == 3 * MINUTE


def test_what_leaves_and_is_replaced_only_later_is_a_spell() -> None:
    told, (one, _) = running()
    told.later(minutes=5).replica(ReplicaLeaving(), BecameUnready(None, ""), ReplicaGone("seen"), uid=one)
    assert measured(told.later(minutes=1)).spells[-1].cause.startswith("replica left")


def test_nothing_is_missed_while_nothing_is_wanted() -> None:
    told, (one, two) = running()
    told.later(minutes=5).stopped()
    for uid in (one, two):
        told.replica(BecameUnready(None, ""), ReplicaGone("seen"), uid=uid)
    assert len(measured(told.later(hours=1)).spells) == 1


def test_a_window_cuts_the_spells_that_reach_beyond_it() -> None:
    told, (one, _) = running()
    told.later(minutes=10).replica(BecameUnready(None, ""), uid=one)
    begun = told.now
    told.later(minutes=10).replica(BecameReady(None), uid=one)
    found = unready(told.about, since=begun + 2 * MINUTE, until=begun + 5 * MINUTE)
    assert found.total == 3 * MINUTE


@given(st.lists(st.tuples(st.integers(0, 1), st.booleans(), st.integers(1, 90)), max_size=30))
def test_spells_do_not_overlap_and_their_sums_by_cause_are_the_total(steps: list[tuple[int, bool, int]]) -> None:
    told, uids = running()
    for which, ready, minutes in steps:
        told.later(minutes=minutes).replica(BecameReady(None) if ready else BecameUnready(None, ""), uid=uids[which])
    found = measured(told.later(minutes=1))
    ends = [(spell.since, spell.until or told.now) for spell in found.spells]
    assert all(end <= begin for (_, end), (begin, _) in pairwise(ends))
    assert sum((lasted for _, lasted in found.by_cause.values()), timedelta()) == found.total
    assert sum(times for times, _ in found.by_cause.values()) == len(found.spells)
    assert found.total <= told.now - NOON
