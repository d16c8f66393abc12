"""What is said of a situation is what follows from it: a table of them, and a control that such a table can tell."""

import pytest

from domain.orders import DeletionOrdered, Submitted
from projections.why.links import Chain
from tests.unit.projections.why import ailing, around, coming, going
from tests.unit.projections.why.scene import Scene
from tests.unit.projections.why.situations import SITUATIONS, Situation

PARTS = (going, coming, ailing, around)
"""Each has put its situations into the table by being imported."""


def said(found: Chain) -> tuple[str, ...]:
    return tuple(f"{link.surety} {type(link.recorded.fact).__name__}" for link in found.links[1:])


@pytest.mark.parametrize("one", SITUATIONS, ids=lambda one: one.name)
def test_what_is_said_of_it_is_what_follows_from_it(one: Situation) -> None:
    scene = Scene.calm()
    found = scene.why(one.build(scene))

    assert said(found) == one.links
    assert found.root == one.root
    assert one.end in found.end


@pytest.mark.parametrize("one", SITUATIONS, ids=lambda one: one.name)
def test_nobody_is_named_who_did_not_do_it(one: Situation) -> None:
    scene = Scene.calm()
    found = scene.why(one.build(scene))

    people = {"ann", "bob", "carl", "alice"} - {one.person}
    assert (found.root == "person") is bool(one.person)
    if "one of" not in found.end:
        assert not any(found.end.startswith(name) for name in people)


def test_there_are_as_many_situations_as_were_promised() -> None:
    assert len(PARTS) == 4
    assert len(SITUATIONS) >= 60
    assert sum(not one.person for one in SITUATIONS) >= 30


def test_the_control_whoever_ordered_last_before_it_is_the_wrong_one_most_of_the_time() -> None:
    """A naive why: the nearest order before, by whom it was. If it did well, the table could not tell right from wrong."""

    def naive(one: Situation) -> str:
        scene = Scene.calm()
        start = one.build(scene)
        orders = [
            r for r in scene.told.history if r.position <= start.position and isinstance(r.fact, Submitted | DeletionOrdered)
        ]
        return orders[-1].metadata.who.name

    right = [one.name for one in SITUATIONS if naive(one) == one.person]

    assert len(right) * 4 < len(SITUATIONS), right
