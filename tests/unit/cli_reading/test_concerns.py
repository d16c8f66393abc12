"""What is told once of the cluster stands among a deployment's own facts: `reckon events NAME`, from any time on."""

import json
from datetime import timedelta

import pytest

from domain.cluster import ApiServerUnheard, TookLead
from domain.nodes_seen import NodeCordoned, NodeUncordoned
from tests.stories import NOON, Story
from tests.unit.cli_reading.conftest import Desk


@pytest.fixture
def drained(desk: Desk) -> Desk:
    told: Story = desk.story("shop").submitted().applied().ready().later(minutes=30)
    told.cluster(NodeCordoned("node-9", "kubectl-drain")).cluster(NodeCordoned("node-1", "kubectl-drain"))
    told.leaves(next(iter(told.deployment.replicas)))
    told.later(hours=1).cluster(NodeUncordoned("node-1", "unknown"))
    told.cluster(ApiServerUnheard(NOON, NOON + timedelta(seconds=22), "no answer"))
    told.cluster(TookLead("engine-2", 2, observing=False, build="1.2", unled_since=NOON, lost_by="engine-1"))
    desk.tell(told)
    return desk


def facts(desk: Desk, *more: str) -> list[str]:
    shown = desk.reckon("events", "shop", *more, "-o", "json")
    assert shown.exit_code == 0, shown.output
    return [line["fact"] for line in json.loads(shown.stdout)]


def test_the_events_of_a_deployment_hold_what_befell_its_node_and_who_watched_it(drained: Desk) -> None:
    found = facts(drained)

    assert found.count("NodeCordoned") == 1, "the other node is none of its"
    assert found[-3:] == ["NodeUncordoned", "ApiServerUnheard", "TookLead"]
    assert found.index("NodeCordoned") < found.index("ReplicaLeaving")


def test_a_later_beginning_does_not_forget_where_its_replicas_were(drained: Desk) -> None:
    assert facts(drained, "--last", "3") == ["NodeUncordoned", "ApiServerUnheard", "TookLead"]
    assert facts(drained, "--since", "13:00") == ["NodeUncordoned", "ApiServerUnheard", "TookLead"]


def test_a_drain_is_told_in_words_that_name_the_hand(drained: Desk) -> None:
    shown = drained.reckon("events", "shop", "--last", "0", columns=200).output

    assert "node node-1 was cordoned by kubectl-drain: no new pods are put there" in shown
    assert "the API server was not heard from" in shown
    assert "engine engine-2 leads (1.2, epoch 2)" in shown
    assert "the lease of engine engine-1 had run out" in shown


def test_facts_of_these_kinds_can_be_chosen(drained: Desk) -> None:
    assert facts(drained, "--kind", "node") == ["NodeCordoned", "NodeUncordoned"]
