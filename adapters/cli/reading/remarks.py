"""What a person must know to read a screen rightly: that nothing is real, that nobody watches, that nothing is acted upon."""

from adapters.cli.session import Session
from domain.world import World


def watched(session: Session) -> bool:
    """Tell whether an engine is alive, so that what is shown is kept up to date."""
    return session.ledger.leader() is not None


def remark(session: Session, world: World, *, past: bool = False) -> None:
    """Say it beside the answer."""
    screen = session.screen
    if world.simulated:
        screen.note("a simulated cluster: nothing here is real")
    if past:
        return
    if world.rewind is not None:
        screen.warn("an older copy of this ledger was put back: nothing is acted upon until someone accepts it (reckon doctor)")
    for scope, why in world.unsound.values():
        screen.warn(f"nothing is acted upon in {f'project {scope}' if scope else 'any project'}: {why} (reckon verify)")
    if not watched(session):
        screen.note("no engine is alive: this is what was seen last, and nobody acts (reckon engine)")
    elif world.lead is not None and world.lead.observing:
        screen.note("the engine observes only: it records, and does not act")
