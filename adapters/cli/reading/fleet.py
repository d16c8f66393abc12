"""The rows of all deployments of a ledger: now, from the views kept up to date; at a past moment, from all facts up to it."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import reduce

from adapters.cli.reading.past import Moment, whole
from adapters.cli.session import Session
from adapters.views.views import Views
from domain import world as worlds
from domain.names import Key
from domain.world import World
from projections.fleet import VIEWS, WORLD, FleetView, Listed, Shelved, WorldView, unshelve
from projections.status import StatusRow, row


@dataclass(frozen=True, slots=True)
class FleetSnapshot:
    """All deployments, and what holds for all of them."""

    rows: tuple[StatusRow, ...]
    world: World


def fleet(session: Session, at: Moment) -> FleetSnapshot:
    """Give the rows of all projects, by project and name."""
    if at.position is not None:
        return _folded(at, at.position)
    with closing(Views(session.settings.ledger_place, VIEWS)) as views:
        views.catch_up(session.ledger)
        listed: Mapping[str, Listed] = views.summaries(FleetView.name)
        world: World | None = views.row(WorldView.name, WORLD)
        rows = (_read_anew(subject, at) if one.unsound else one.status for subject, one in listed.items())
        return _ordered(rows, _world_anew(world or World(), at))


def _read_anew(subject: str, at: Moment) -> StatusRow:
    """Fold a deployment from the ledger where its row misses what could not be read then: this build may be able to."""
    return row(at.deployment(Key.of(subject)))


def _world_anew(world: World, at: Moment) -> World:
    if not world.unsound:
        return world
    scopes = {"", *(subject for subject in at.ledger.subjects() if "/" not in subject)}
    history = sorted((one for scope in scopes for one in at.about(scope)), key=lambda one: one.position)
    return reduce(worlds.evolve, history, World())


def _folded(at: Moment, position: int) -> FleetSnapshot:
    fleet_view, world_view = FleetView(), WorldView()
    shelves: dict[str, Shelved] = {}
    world = World()
    for recorded in whole(at.ledger, upto=position):
        key = fleet_view.key(recorded)
        if key is None:
            world = world_view.evolve(world, recorded)
        else:
            shelves[key] = fleet_view.evolve(shelves.get(key), recorded)
    return _ordered((row(unshelve(one)) for one in shelves.values()), world)


def _ordered(rows: Iterable[StatusRow], world: World) -> FleetSnapshot:
    return FleetSnapshot(tuple(sorted(rows, key=lambda r: (r.project, r.name))), world)
