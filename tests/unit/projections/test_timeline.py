"""Every fact has its sentence, and the sentence is one that a person can read."""

import dataclasses
from datetime import datetime
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.actions import Action, Decided, Finding
from domain.cluster import ClusterFact
from domain.facts import Fact
from domain.orders import OrderFact
from domain.project import ProjectFact
from domain.record import EventMetadata, Recorded, Who
from domain.replica import ImagePulled
from projections.timeline import folded, tell, timeline
from tests.at_night import at_night
from tests.stories import NOON, story

FACTS: tuple[type[Fact], ...] = get_args(Fact)


def example(of: type[Any]) -> st.SearchStrategy[Any]:
    """Any fact of a class, as long as its fields have the right types."""
    st.register_type_strategy(datetime, st.just(NOON))
    return st.from_type(of)


@pytest.mark.parametrize("of", FACTS, ids=lambda of: of.__name__)
@settings(max_examples=at_night(15), deadline=None)
@given(data=st.data())
def test_every_class_of_fact_has_a_sentence_on_one_line(of: type[Fact], data: st.DataObject) -> None:
    fact = data.draw(example(of))
    recorded = Recorded(1, "replica/uid", 1, NOON, fact, EventMetadata("id", Who("ann", "claimed"), "default/shop"))

    said = tell(recorded)

    assert said.text.strip()
    assert "\n" not in said.text


def test_no_class_of_fact_is_forgotten() -> None:
    unions = (OrderFact, ProjectFact, ClusterFact)

    assert all(set(get_args(union)) <= set(FACTS) for union in unions)
    assert len(FACTS) == len(set(FACTS))


@given(actions=st.lists(st.from_type(Action), max_size=3), findings=st.lists(st.from_type(Finding), max_size=3))  # type: ignore[arg-type]  # hypothesis takes unions
@settings(max_examples=at_night(30), deadline=None)
def test_a_decision_tells_all_that_was_decided_and_found(actions: list[Action], findings: list[Finding]) -> None:
    decided = Decided(1, NOON, "1", "policy", tuple(actions), tuple(findings))

    said = tell(Recorded(1, "actions/default/shop", 1, NOON, decided, EventMetadata("id", Who("engine", "engine"))))

    assert said.kind == "decision"
    assert (said.text == "decided that nothing is to be done") == (not actions and not findings)


def test_a_submission_names_who_what_and_why() -> None:
    told = story().submitted(image="r/shop:2", replicas=3, who="ann", reason="new cart", ticket="OPS-12")

    (line,) = timeline(told.history)

    assert line.text == 'ann submitted version 1: shop:2, 3 replicas on C4 — "new cart" [OPS-12]'


def test_replicas_are_named_by_their_pods_all_through_their_lives() -> None:
    told = story().submitted(replicas=1).applied().ready().probe_failed()

    lines = [line for line in timeline(told.history) if line.uid]

    assert {line.replica for line in lines} == {told.deployment.current_replicas()[0].pod}
    assert [line.text for line in lines][-2:] == [
        "failed its readiness probe: HTTP probe failed with statuscode: 503",
        "is not ready: it takes no traffic: ContainersNotReady",
    ]


def test_like_lines_in_a_row_are_told_once_with_their_number() -> None:
    lines = list(timeline(story().submitted().refused().refused().refused().history))

    together = list(folded(lines))

    assert [line.times for line in together] == [1, 3]
    assert together[-1].position == lines[-1].position


def test_like_lines_of_two_replicas_are_two() -> None:
    (line,) = timeline(story().submitted().history)

    together = folded(dataclasses.replace(line, uid=uid) for uid in ("p1", "p2", "p2"))

    assert [(line.uid, line.times) for line in together] == [("p1", 1), ("p2", 2)]


def test_whoever_acts_as_another_is_told_with_both_names() -> None:
    (recorded,) = story().submitted().history
    metadata = dataclasses.replace(recorded.metadata, who=Who("root", "claimed", acting_as="ann"))

    said = tell(dataclasses.replace(recorded, metadata=metadata))

    assert said.text.startswith("root (as ann) submitted")


def test_an_image_that_is_only_an_id_is_not_told_at_its_whole_length() -> None:
    fact = ImagePulled("sha256:" + "4e" * 32, "sha256:" + "e2" * 32)

    said = tell(Recorded(1, "replica/uid", 1, NOON, fact, EventMetadata("id", Who("engine", "engine"), "default/shop")))

    assert said.text.endswith("has its image e2e2e2e2e2e2")
