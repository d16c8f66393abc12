"""An action's id is never given twice, also where an older copy of the ledger was put back."""

from domain.names import Key
from domain.world import World as Standing
from reconciler.plan import plan
from reconciler.policy import Policy
from tests.simulation.world import World

WEB = Key("shop", "web")


def ids(timeline: int) -> set[str]:
    world = World("rewound")
    world.people.submit(WEB)
    standing = Standing(timeline=timeline)
    made = plan(world.people.deployment(WEB), standing, ledger="ledger", now=world.clock(), policy=Policy())
    return {action.id for action in made.actions}


def test_the_same_history_gives_the_same_ids() -> None:
    assert ids(0) == ids(0)


def test_after_an_accepted_rewind_no_id_of_the_lost_history_is_given_again() -> None:
    assert ids(0) & ids(1) == set()
    assert ids(1) & ids(2) == set()
