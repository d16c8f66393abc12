"""`reckon audit actors [NAME]`: who has acted, or could have, as far as the record knows."""

from typing import TYPE_CHECKING

from adapters.cli.reading.audit.window import Since, Until, window
from adapters.cli.reading.naming import NameOrAll
from adapters.cli.session import Session

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import RenderableType

    from projections.audit.actors import Actor

HINT = "who else may write there is the cluster's to say: kubectl auth can-i --list -n NAMESPACE --as USER"


def actors(session: Session, name: NameOrAll = None, since: Since = None, until: Until = None) -> None:
    """Name who acted on a deployment or a project: people, engines, field managers, users of the API server."""
    from projections.audit.actors import actors as known

    if name is not None:
        session.deployment(name)  # a misspelt name is told with the nearest
    asked = window(session, since, until)
    facts = list(asked.facts(session, name))
    if name is not None:  # engines act on all deployments: who led is recorded once
        engines = session.ledger.about("", upto=session.ledger.position_at(asked.until))
        facts = sorted([*engines, *facts], key=lambda recorded: recorded.position)
    found = known(facts)
    session.screen.answer(found, lambda: _people(found, session.clock()), dict.fromkeys(actor.name for actor in found))
    session.screen.note(HINT)


def _people(found: "tuple[Actor, ...]", now: "datetime") -> "RenderableType":
    from rich.text import Text

    from adapters.cli.reading.looks import table
    from adapters.cli.reading.times import TimeColumn
    from projections.who import account_as

    if not found:
        return Text("nobody is on record", style="dim")
    clock = TimeColumn.of((when for actor in found for when in (actor.first_at, actor.last_at)), now)
    rows = [
        (
            account_as(actor.name, actor.acting_as),
            actor.role,
            str(actor.times),
            clock.write(actor.first_at),
            clock.write(actor.last_at),
            str(actor.last),
            actor.how,
        )
        for actor in found
    ]
    head = ("WHO", "ROLE", "FACTS", clock.head("FIRST"), clock.head("LAST"), "POSITION", "HOW KNOWN")
    return table(head, rows, fold=True)
