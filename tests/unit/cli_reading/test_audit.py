"""Each question of an auditor is one command, and each answer names its facts."""

import json
from typing import Any

import pytest

from tests.unit.cli_reading.conftest import Desk


@pytest.fixture
def shop(desk: Desk) -> Desk:
    told = desk.story().bound().led()
    told.submitted(replicas=2, who="ann").applied().ready().healthy().later(minutes=5).drifted(manager="kubectl-edit")
    told.later(minutes=1).drift_ended()
    desk.tell(told.later(minutes=2))
    return desk


def asked(shop: Desk, *question: str) -> Any:  # noqa: ANN401 (JSON)
    return json.loads(shop.reckon("audit", *question, "-o", "json").stdout)


def test_how_long_it_was_unready_is_a_sum_with_its_spells(shop: Desk) -> None:
    found = asked(shop, "unready", "shop")
    assert found["seconds"] == sum(spell["seconds"] for spell in found["spells"]) > 0
    assert [spell["cause"] for spell in found["spells"]] == ["order: submit"]
    assert all(spell["position"] for spell in found["spells"])


def test_every_request_is_told_with_the_decision_that_it_stands_in(shop: Desk) -> None:
    found = asked(shop, "calls", "shop")
    assert found
    assert all(call["decided"] and call["audit_id"] for call in found)


def test_who_acted_is_told_of_a_deployment_with_the_engines_that_led(shop: Desk) -> None:
    roles = {actor["role"] for actor in asked(shop, "actors", "shop")}
    assert roles == {"person", "engine", "field manager"}


def test_every_hand_within_a_time_is_told_and_none_before_it(shop: Desk) -> None:
    assert [line["fact"] for line in asked(shop, "hands", "--since", "30m")] == ["Drifted"]
    assert asked(shop, "hands", "--since", "1m") == []


def test_a_misspelt_name_is_told_with_the_nearest(shop: Desk) -> None:
    for question in ("unready", "calls", "actors", "hands"):
        answer = shop.reckon("audit", question, "shpo")
        assert answer.exit_code != 0
        assert "shop" in answer.stderr
