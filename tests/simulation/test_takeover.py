"""What an engine must do with what another one left: one scripted misfortune each."""

import pytest

from tests.simulation.invariants import broken
from tests.simulation.misfortunes import SHOP, edited_while_unresolved, struck


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_what_hands_do_while_an_action_is_unresolved_is_seen_and_put_right(nth: int) -> None:
    assert broken(edited_while_unresolved(nth), [SHOP]) == []


def test_an_engine_may_die_before_and_after_every_write_and_append() -> None:
    for where in ("before append", "after append", "before apply", "after apply", "before remove", "after remove"):
        for nth in range(1, 8):
            world = struck(where, nth)
            world.people.submit(SHOP, "1", 2)
            world.run(40)
            world.people.scale(SHOP, 1)
            world.run(40)
            world.people.delete(SHOP)

            world.run(200)

            assert broken(world, [SHOP]) == [], f"{where} {nth}"


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_a_creation_that_arrives_after_all_was_deleted_leaves_nothing(nth: int) -> None:
    world = struck("before apply", nth, sleep=60, engines=2)
    world.people.submit(SHOP, "1", 2)
    world.plan(20, lambda: world.people.delete(SHOP))

    world.run(300)

    assert broken(world, [SHOP]) == []


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize("anew", [50, 59.9])
def test_a_creation_that_arrives_in_the_next_incarnation_does_not_block_it(nth: int, anew: float) -> None:
    world = struck("before apply", nth, sleep=60, engines=2)
    world.people.submit(SHOP, "1", 2)
    world.plan(20, lambda: world.people.delete(SHOP))
    world.plan(anew, lambda: world.people.submit(SHOP, "2", 3))

    world.run(400)

    assert broken(world, [SHOP]) == []


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_a_request_that_was_given_up_and_still_arrives_does_not_stay(nth: int) -> None:
    world = struck("before apply", 4 + nth, sleep=60, engines=2)
    world.people.submit(SHOP, "1", 2)
    world.run(30)
    world.people.submit(SHOP, "2", 3, (80, 81))
    world.plan(20, lambda: world.people.submit(SHOP, "1", 2))

    world.run(300)

    assert broken(world, [SHOP]) == []
