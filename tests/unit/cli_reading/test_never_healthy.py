"""A version that was never healthy is marked wherever versions are shown, and nobody goes back to it unawares."""

import json
from typing import Any

import pytest

from domain.replica import Restarted
from tests.unit.cli_reading.conftest import Desk

SEEN = "0 of 2 ready at most, 6 restarts: Error exit code 1: no such table: carts"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """Version 1 is well, version 2 only crashes, version 3 is healthy for a moment, version 4 does not come up in time."""
    told = desk.story("shop").submitted(replicas=2).applied().ready().healthy().later(minutes=30)
    told.submitted(image="r/shop:2").applied().crashing("no such table: carts", replicas=2).later(seconds=20)
    told.submitted(image="r/shop:3").applied().ready().healthy()
    for uid, replica in told.deployment.replicas.items():
        if replica.template == told.newest.template:
            told.replica(Restarted(1, 1, 1, 0, "Error", "boom", "crashed", told.now), uid=uid)
    told.submitted(image="r/shop:4").applied().crashing("no", replicas=2).later(minutes=10).failed()
    desk.tell(told)
    return desk


def data(desk: Desk, *typed: str) -> Any:  # noqa: ANN401 (JSON)
    shown = desk.reckon(*typed, "-o", "json")
    assert shown.exit_code in {0, 5}, shown.output
    return json.loads(shown.stdout)


def told(desk: Desk, *typed: str, columns: int = 200) -> str:
    return " ".join(desk.reckon(*typed, columns=columns).output.split())


def test_the_history_and_a_look_at_a_version_mark_it(shop: Desk) -> None:
    for screen in (told(shop, "history", "shop"), told(shop, "get", "shop", "--version", "2")):
        assert f", never healthy: {SEEN}" in screen
    assert "but crashed soon after, 2 restarts: Error exit code 1: boom" in told(shop, "history", "shop")
    assert "never healthy: 0 of 2 ready at most" in told(shop, "get", "shop"), "the newest one failed"


def test_data_have_the_mark_and_what_was_seen(shop: Desk) -> None:
    entries = data(shop, "history", "shop")

    assert [one["never_healthy"] for one in entries] == [False, True, False, True]
    assert [one["crashed"] for one in entries] == [False, False, True, False]
    assert entries[1]["seen"] == {
        "replicas": 2,
        "ready_at_most": 0,
        "restarts": 6,
        "reasons": ["Error exit code 1: no such table: carts"],
    }
    assert data(shop, "get", "shop", "--version", "2")["seen"] == entries[1]["seen"]
    assert data(shop, "get", "shop")["submission"]["never_healthy"]


def test_only_a_version_that_was_healthy_is_offered_as_a_way_back(shop: Desk) -> None:
    assert data(shop, "get", "shop")["way_back"] == 1
    assert "rollback shop 1" in told(shop, "get", "shop", "--version", "1")
    for number in ("2", "3", "4"):
        assert "rollback" not in told(shop, "get", "shop", "--version", number)


def test_where_none_was_healthy_no_rollback_is_offered(desk: Desk) -> None:
    story = desk.story("shop").submitted().applied().crashing("boom").later(seconds=5)
    desk.tell(story.submitted(image="r/shop:2").applied().crashing("boom").later(minutes=10).failed())

    waited = desk.reckon("wait", "shop")
    refused = desk.reckon("rollback", "shop", "--yes")

    assert "rollback" not in told(desk, "get", "shop")
    assert (waited.exit_code, "rollback" in waited.output) == (1, False)
    assert refused.exit_code == 3
    assert "1: never healthy, 2: failed" in refused.output


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("2", f"version 2 was never healthy: {SEEN}; version 1 was, and stayed so"),
        ("3", "version 3 crashed soon after it was found healthy: 2 of 2 ready at most, 2 restarts: Error exit code 1: boom"),
    ],
)
def test_a_rollback_to_it_warns_and_is_not_done_without_a_yes(shop: Desk, version: str, said: str) -> None:
    refused = shop.reckon("rollback", "shop", version, "--detach")

    assert refused.exit_code == 3
    assert said in " ".join(refused.output.split())
    assert len(data(shop, "history", "shop")) == 4

    done = data(shop, "rollback", "shop", version, "--yes", "--detach")

    assert [one for one in done["warnings"] if one.startswith(said)]
    assert data(shop, "history", "shop")[4]["of"] == int(version)


def test_a_rollback_without_a_version_goes_to_the_last_that_was_healthy_and_stayed_so(shop: Desk) -> None:
    done = data(shop, "rollback", "shop", "--yes", "--detach")

    assert done["origin"]["of"] == 1
    assert done["warnings"] == []
