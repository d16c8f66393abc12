"""`reckon audit hands [NAME]`: every change on the cluster that was not ours, in the last day or since a time."""

from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.cli.reading.audit.window import Since, Until, window
from adapters.cli.reading.naming import NameOrAll
from adapters.cli.session import Session

if TYPE_CHECKING:
    from domain.facts import Fact
    from domain.record import Recorded
    from projections.timeline import TimelineLine

DAY = timedelta(days=1)


def hands(session: Session, name: NameOrAll = None, since: Since = None, until: Until = None) -> None:
    """Show every out-of-band change: what others than our engines changed, added or deleted, in the last day or --since."""
    from adapters.cli.reading.asked_by import AskedBy
    from adapters.cli.reading.older import Masked
    from adapters.cli.reading.past import pods
    from adapters.cli.reading.telling import several
    from adapters.cli.reading.times import clocked
    from projections.audit.foreign import hands as foreign
    from projections.timeline import line

    if name is not None:
        session.deployment(name)  # a misspelt name is told with the nearest
    now, pod_of = session.clock(), pods(session.ledger)
    asked_by = AskedBy(session.ledger, pod_of)
    facts = Masked(session.ledger)(foreign(window(session, since, until, last=DAY).facts(session, name)))
    told = [(recorded, line(recorded, pod_of, lambda when: clocked(when, now), asked_by)) for recorded in facts]
    session.screen.answer(
        [_data(recorded, line) for recorded, line in told],
        lambda: several([line for _, line in told], now, named=name is None),
        [line.id for _, line in told],
    )


def _data(recorded: "Recorded[Fact]", line: "TimelineLine") -> object:
    from adapters.cli.screen import plain

    return {**plain(line), "data": plain(recorded.fact)}
