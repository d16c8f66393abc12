"""From when to when an auditor asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.cli.options import Since, Until
from adapters.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.facts import Fact
    from domain.record import Recorded

__all__ = ["Since", "Until"]


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A time that is asked about; `since` None is from the beginning."""

    since: datetime | None
    until: datetime

    def facts(self, session: Session, name: str | None) -> "Iterator[Recorded[Fact]]":
        """Give the facts recorded within it: about one deployment, or about a project and what holds for all."""
        from adapters.cli.reading.past import whole

        ledger = session.ledger
        after = ledger.position_at(self.since - timedelta(microseconds=1)) if self.since else 0
        upto = ledger.position_at(self.until)
        if name is not None:
            return ledger.about(session.key(name).subject, after=after, upto=upto)
        project = session.project
        return (
            recorded
            for recorded in whole(ledger, after, upto)
            if recorded.metadata.subject in {"", project} or recorded.metadata.subject.startswith(f"{project}/")
        )


def window(session: Session, since: str | None, until: str | None, *, last: timedelta | None = None) -> TimeRange:
    """Understand what was typed; without `--since` it is from the beginning, or the `last` so long. Raises typer.BadParameter."""
    from adapters.cli.reading.past import asked_window

    begin, end = asked_window(session, since, until)
    end = end or session.clock()
    return TimeRange(begin or (end - last if last else None), end)
