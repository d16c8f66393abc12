"""`reckon audit calls NAME`: every write request to the API server for a deployment, and what came of it."""

from typing import TYPE_CHECKING

from adapters.cli.reading.audit.options import AuditLogs, audit_log
from adapters.cli.reading.audit.window import Since, Until, window
from adapters.cli.reading.naming import Name
from adapters.cli.session import Session

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import RenderableType

    from projections.audit.calls import Call


def calls(session: Session, name: Name, files: AuditLogs = None, since: Since = None, until: Until = None) -> None:
    """List the write requests made to the API server for a deployment: Audit-ID, why, and what came of each."""
    from projections.audit.calls import calls as made

    session.deployment(name)  # a misspelt name is told with the nearest
    # The log is asked where one is named here; where the engine follows one, the setting names it.
    log = audit_log(session, files, None, None) if files or session.settings.audit_log else None
    audited = {entry.audit_id: entry.user for entry in log.requests() if entry.succeeded} if log else None
    found = made(window(session, since, until).facts(session, name), audited)
    session.screen.answer(found, lambda: _people(found, session.clock()), [call.audit_id for call in found])


def _people(found: "tuple[Call, ...]", now: "datetime") -> "RenderableType":
    from rich.text import Text

    from adapters.cli.reading.looks import table
    from adapters.cli.reading.times import TimeColumn
    from projections.wording import one_line

    if not found:
        return Text("no request was decided on", style="dim")
    clock = TimeColumn.of((call.at for call in found), now)
    rows = [
        (
            clock.write(call.at),
            str(call.decided),
            call.audit_id,
            call.outcome,
            call.audited,
            one_line(f"{call.verb} {call.ref}: {call.because}"),
        )
        for call in found
    ]
    return table((clock.head("TIME"), "POSITION", "AUDIT-ID", "OUTCOME", "IN AUDIT LOG", "WHAT"), rows, fold=True)
