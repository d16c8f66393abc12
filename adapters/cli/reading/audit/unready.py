"""`reckon audit unready NAME`: how long fewer replicas were ready than were wanted, in all, spell by spell, and by cause."""

from typing import TYPE_CHECKING

from adapters.cli.reading.audit.window import Since, Until, window
from adapters.cli.reading.naming import Name
from adapters.cli.session import Session

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import RenderableType

    from projections.audit.unready import Unready


def unready(session: Session, name: Name, since: Since = None, until: Until = None) -> None:
    """Say how long fewer replicas were ready than were wanted: in all, by cause, and each spell with its facts."""
    from projections.audit.unready import unready as measured

    session.deployment(name)  # a misspelt name is told with the nearest
    asked = window(session, since, until)
    upto = session.ledger.position_at(asked.until)
    found = measured(session.ledger.about(session.key(name).subject, upto=upto), since=asked.since, until=asked.until)
    session.screen.answer(
        _data(found), lambda: _people(found, name, session.clock()), [str(spell.position) for spell in found.spells]
    )


def _data(found: "Unready") -> object:
    from adapters.cli.screen import plain

    causes = [{"cause": cause, "spells": times, "seconds": plain(lasted)} for cause, (times, lasted) in found.by_cause.items()]
    spells = [{**plain(spell), "seconds": plain(spell.lasted(found.until))} for spell in found.spells]
    totals = {"seconds": plain(found.total), "seconds_none_ready": plain(found.none_ready)}
    return {**totals, "since": plain(found.since), "until": plain(found.until), "by_cause": causes, "spells": spells}


def _people(found: "Unready", name: str, now: "datetime") -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from adapters.cli.reading.looks import next_commands, quoted, section, table
    from adapters.cli.reading.times import TimeColumn
    from projections.wording import count, span

    if not found.spells:
        return Text("never: as many replicas were ready as were wanted", style="green")
    head = f"{span(found.total.total_seconds())} in {count(len(found.spells), 'spell')}"
    none = f"; of these {span(found.none_ready.total_seconds())} in spells in which none was ready at the worst"
    causes = [(span(lasted.total_seconds()), count(times, "spell"), cause) for cause, (times, lasted) in found.by_cause.items()]
    clock = TimeColumn.of((when for spell in found.spells for when in (spell.since, spell.until) if when), now)
    rows = [
        (
            clock.write(spell.since),
            clock.write(spell.until) if spell.until else "still",
            span(spell.lasted(found.until).total_seconds()),
            f"{spell.fewest} of {spell.wanted}",
            str(spell.why or spell.position),
            spell.cause,
        )
        for spell in found.spells
    ]
    spells = table((clock.head("FROM"), clock.head("UNTIL"), "LASTED", "READY", "POSITION", "CAUSE"), rows, fold=True)
    last = found.spells[-1]
    return Group(
        Text(head + (none if found.none_ready else "")),
        section("by cause", table(("LASTED", "SPELLS", "CAUSE"), causes, fold=True)),
        section("spells", spells),
        next_commands(f"why {last.why or last.position}", f"events {quoted(name)}"),
    )
