"""Replay: what was decided is decided again from the log alone, and whoever changed a decision is found."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.actions import Decided, Update, VersionFailed, VersionHealthy
from domain.cluster import TookLead
from domain.errors import Unfit
from domain.facts import Fact, orders_stream
from domain.names import Key
from domain.objects import Kind, ObjectRef
from domain.orders import Held, SubmissionRefused
from domain.record import EventMetadata, Recorded, Who
from domain.seen import Change, Drifted
from reconciler.replay import SILENCE, ReplayResult, replay
from tests.at_night import at_night
from tests.simulation.invariants import history_of
from tests.simulation.world import World

WEB = Key("shop", "web")
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, WEB.namespace, WEB.object_name)
History = tuple[Recorded[Fact], ...]


@cache
def lived() -> World:
    """A release, a bad one, a way back, a hand that interferes, and an end."""
    world = World("replay")
    people = world.people
    people.submit(WEB, "1", 2)
    world.run(60)
    people.submit(WEB, "4-bad", 2)
    world.run(120)
    people.rollback(WEB)
    world.run(60)
    world.cluster.interventions.scale(WORKLOAD, 5)
    world.run(60)
    people.scale(WEB, 3)
    world.run(60)
    people.delete(WEB)
    world.run(60)
    people.submit(WEB, "2", 1)
    world.run(300)
    return world


@cache
def history() -> History:
    return history_of(lived(), WEB)


def judged(facts: Sequence[Recorded[Fact]]) -> ReplayResult:
    ledger = lived().ledger
    return replay(WEB.subject, facts, ledger=ledger.identity, document=ledger.document)


def decisions() -> list[int]:
    """Where in the history decisions stand."""
    return [place for place, recorded in enumerate(history()) if isinstance(recorded.fact, Decided)]


def with_fact(place: int, fact: Fact) -> History:
    facts = list(history())
    facts[place] = replace(facts[place], fact=fact)
    return tuple(facts)


def test_an_honest_history_comes_out_equal() -> None:
    verdict = judged(history())

    assert verdict.equal
    assert verdict.decisions == len(decisions()) > 10
    assert verdict.rests > 0


def test_replay_needs_nothing_but_the_log() -> None:
    documents = lived().ledger
    policies = {recorded.fact.policy for recorded in history() if isinstance(recorded.fact, Decided)}
    asked: list[str] = []

    def look_up(digest: str) -> bytes | None:
        asked.append(digest)
        return documents.document(digest)

    replay(WEB.subject, history(), ledger=documents.identity, document=look_up)

    assert set(asked) == policies


@pytest.mark.parametrize("nth", range(8))
def test_a_changed_action_is_found_at_its_place(nth: int) -> None:
    acting = [place for place in decisions() if _decided(place).actions]
    place = acting[nth % len(acting)]
    first, *others = _decided(place).actions
    mutated = replace(_decided(place), actions=(replace(first, because="I felt like it"), *others))

    difference = judged(with_fact(place, mutated)).difference

    assert difference is not None
    assert difference.position == history()[place].position
    assert difference.recorded == mutated
    assert difference.actions == (first, *others), "what it should have been"


def test_what_a_decision_could_not_know_yet_is_not_held_against_it() -> None:
    place = next(place for place in decisions() if _decided(place).actions)
    before = history()[place - 1]
    metadata = EventMetadata("hold", Who("ann", "claimed"), WEB.subject, reason="wait")
    late = Recorded(_decided(place).position + 1, orders_stream(WEB.subject), 99, before.recorded_at, Held(None), metadata)

    assert judged([*history()[:place], late, history()[place]]).equal
    known = replace(late, position=_decided(place).position)
    assert not judged([*history()[:place], known, history()[place]]).equal, "the control: it could have known this"


def test_a_changed_finding_is_found_at_its_place() -> None:
    place = next(place for place in decisions() if any(isinstance(f, VersionFailed) for f in _decided(place).findings))

    difference = judged(with_fact(place, replace(_decided(place), findings=(VersionHealthy(2),)))).difference

    assert difference is not None
    assert difference.position == history()[place].position


@settings(max_examples=at_night(30), deadline=None)
@given(st.data())
def test_no_single_decision_can_be_left_out_unnoticed(data: st.DataObject) -> None:
    acting = [place for place in decisions() if _decided(place).actions]
    place = data.draw(st.sampled_from(acting))

    assert not judged([*history()[:place], *history()[place + 1 :]]).equal


def test_a_decision_of_one_second_later_is_another_decision_when_a_time_counts() -> None:
    place = next(place for place in decisions() if any(isinstance(f, VersionFailed) for f in _decided(place).findings))
    early = replace(_decided(place), now=_decided(place).now - timedelta(seconds=2))

    assert not judged(with_fact(place, early)).equal


def test_a_decision_that_was_never_made_is_found_where_things_had_come_to_rest() -> None:
    last = history()[-1]
    drift = Drifted(WORKLOAD, _uid(), "999999", (Change("spec.replicas", 1, 4, "kubectl"),))
    ignored = _by_engine(last, drift, 1)
    long_after = _by_engine(last, replace(drift, resource_version="1000000"), SILENCE.total_seconds() + 60)

    difference = judged([*history(), ignored, long_after]).difference

    assert difference is not None
    assert difference.recorded is None
    assert difference.position == ignored.position
    assert isinstance(difference.actions[0], Update)


def interrupted(then: Fact) -> ReplayResult:
    """The engine stops right before a decision; a person orders half a minute later; after a minute an engine tells `then`."""
    place = next(place for place in decisions()[3:] if _decided(place).actions)
    before = history()[:place]
    refused = _by_engine(before[-1], SubmissionRefused(("unknown-field",), (), ""), 30)
    order = replace(refused, metadata=replace(refused.metadata, who=Who("ann", "claimed")))
    return judged([*before, order, _by_engine(before[-1], then, 60)])


def test_what_was_due_while_no_engine_ran_is_no_missed_decision_although_a_person_ordered_meanwhile() -> None:
    assert interrupted(TookLead("engine-2", 2, observing=False)).equal


def test_what_was_due_while_the_engine_ran_is_one() -> None:
    difference = interrupted(Drifted(WORKLOAD, "another", "1", ())).difference

    assert difference is not None
    assert difference.recorded is None


def test_without_the_policy_that_a_decision_names_it_says_so() -> None:
    with pytest.raises(Unfit, match="policy"):
        replay(WEB.subject, history(), ledger="ledger", document=lambda _: None)


def test_another_ledger_gives_its_actions_other_names() -> None:
    ledger = lived().ledger

    assert not replay(WEB.subject, history(), ledger="another", document=ledger.document).equal


def _decided(place: int) -> Decided:
    fact = history()[place].fact
    assert isinstance(fact, Decided)
    return fact


def _uid() -> str:
    known = lived().people.deployment(WEB).workload
    assert known is not None
    return known.uid


def _by_engine(last: Recorded[Fact], fact: Fact, seconds: float) -> Recorded[Fact]:
    metadata = EventMetadata(f"later-{seconds}", Who("engine", "engine"), WEB.subject)
    at = last.recorded_at + timedelta(seconds=seconds)
    return Recorded(last.position + int(seconds), f"seen/{WEB.subject}", 0, at, fact, metadata)
