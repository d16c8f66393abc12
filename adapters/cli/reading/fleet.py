"""The rows of all deployments of a ledger at a moment, in one pass over the facts."""

from dataclasses import dataclass

from adapters.cli.reading.past import Moment, whole
from domain import deployment as deployments
from domain import world as worlds
from domain.deployment import Deployment
from domain.names import Key
from domain.ports import Ledger
from domain.world import World
from projections.status import Row, row


@dataclass(frozen=True, slots=True)
class Fleet:
    """All deployments, and what holds for all of them."""

    rows: tuple[Row, ...]
    world: World


def fleet(ledger: Ledger, at: Moment) -> Fleet:
    """Give the rows of all projects, by project and name."""
    known: dict[str, Deployment] = {}
    world = World()
    for recorded in whole(ledger, upto=at.position):
        subject = recorded.circumstances.subject
        if "/" in subject:
            before = known.get(subject) or Deployment(Key.of(subject))
            known[subject] = deployments.evolve(before, recorded)
        else:
            world = worlds.evolve(world, recorded)
    rows = sorted((row(deployment) for deployment in known.values()), key=lambda r: (r.project, r.name))
    return Fleet(tuple(rows), world)
