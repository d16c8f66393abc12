"""What a list is narrowed to: states, machine types, images, labels; and in which order it stands."""

import re

import pytest

from projections.selection import SORTS, STATES, LabelRequirement, Selection, after, in_order, requirements, states_of
from projections.status import StatusRow, row
from tests.stories import story

WEB = StatusRow(
    "shop", "web", "healthy", version=3, image="registry.example/team/web:1", digest=f"sha256:{'a' * 64}", machine_type="C4"
)
HUB = StatusRow("shop", "hub", "failed", version=9, image="web", machine_type="A100", restarts=4)
LABELS = {"deadreckon.dev/project": "shop", "tier": "front"}


@pytest.mark.parametrize(
    "asked",
    ["registry.example/team/web:1", "registry.example/team/web", "team/web", "web", "web:1", "*/web:*", f"sha256:{'a' * 64}"],
)
def test_an_image_is_found_by_its_name_or_the_end_of_it(asked: str) -> None:
    assert Selection(images=(asked,)).admits(WEB, held=False)


@pytest.mark.parametrize("asked", ["eb", "web:", "web:11", "registry.example", "other/web", "*/web", "", "a" * 64])
def test_an_image_is_not_found_by_a_piece_of_it(asked: str) -> None:
    assert not Selection(images=(asked,)).admits(WEB, held=False)


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        ("tier=front", True),
        ("tier==front", True),
        ("tier = front", True),
        ("tier=back", False),
        ("tier!=back", True),
        ("none!=back", True),
        ("tier", True),
        ("none", False),
        ("!none", True),
        ("!tier", False),
        ("tier in (back, front)", True),
        ("tier notin (back,front)", False),
        ("none notin (back)", True),
        ("tier=front,deadreckon.dev/project=shop", True),
        ("tier=front, deadreckon.dev/project in (a,b)", False),
        ("tier in (back,front),!none", True),
        ("tier=", False),
    ],
)
def test_a_selector_means_what_it_means_to_kubectl(selector: str, fits: bool) -> None:
    assert all(one.admits(LABELS) for one in requirements(selector)) is fits


@pytest.mark.parametrize("selector", ["a=b=c", "=b", "a in b", "a in (b", "a b", ",", "a=b,", "!", "a>1"])
def test_what_is_no_selector_is_refused_whole(selector: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(selector)}$"):
        requirements(selector)


def test_of_one_kind_any_is_enough_and_all_kinds_count() -> None:
    both = Selection(states=frozenset({"healthy", "failed"}))
    assert both.admits(WEB, held=False)
    assert both.admits(HUB, held=False)
    assert not Selection(states=frozenset({"failed"}), machines=frozenset({"c4"})).admits(HUB, held=False)
    assert Selection(states=frozenset({"held"})).admits(WEB, held=True)
    assert not Selection(states=frozenset({"held"})).admits(WEB, held=False)
    assert not Selection(labels=(LabelRequirement("tier", None, met=True),)).admits(WEB, held=False)


@pytest.mark.parametrize("by", SORTS)
def test_every_order_is_total_and_reversed_exactly(by: str) -> None:
    rows = [WEB, HUB, StatusRow("shop", "bare", "unknown"), StatusRow("other", "web", "gone")]
    up, down = in_order(rows, by), in_order(rows, by, reverse=True)
    assert sorted(up, key=repr) == sorted(down, key=repr) == sorted(rows, key=repr)
    assert up == in_order(reversed(rows), by), "the order that they came in does not matter"
    assert [SORTS[by](row) for row in up] == [SORTS[by](row) for row in reversed(down)]


def test_pages_one_behind_the_other_hold_each_row_once() -> None:
    rows = in_order([StatusRow("p", f"n{number}", "healthy") for number in range(7)], "name")
    seen: list[StatusRow] = []
    rest: list[StatusRow] = list(rows)
    while rest:
        seen += rest[:3]
        rest = list(after(rows, "p", seen[-1].name) or ())
    assert seen == rows
    assert after(rows, "p", "no") is None


def test_a_row_has_the_labels_of_its_objects() -> None:
    assert row(story("shop").deployment).labels == {}
    made = row(story("shop").submitted(image="shop:1", replicas=1).deployment)
    assert made.labels["app.kubernetes.io/managed-by"] == "deadreckon"
    assert made.labels["deadreckon.dev/project"] == "default"
    assert "held" in STATES


def test_what_is_not_held_is_told_apart_from_what_is() -> None:
    not_held = Selection(states=states_of(["!held"]))

    assert not_held.admits(WEB, held=False)
    assert not not_held.admits(WEB, held=True)
    assert not Selection(states=states_of(["!held", "failed"])).admits(HUB, held=True)
