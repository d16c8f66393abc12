"""What several questions of an auditor are asked with: the files of an audit log."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.options import AUDIT_LOG
from adapters.cli.session import Session

if TYPE_CHECKING:
    from adapters.audit_log.reading import AuditLog

AuditLogs = Annotated[
    list[Path] | None,
    AUDIT_LOG,
]


def audit_log(session: Session, given: list[Path] | None, since: str | None, until: str | None) -> "AuditLog":
    """Give the audit log that was named. Raises BadParameter where none was."""
    from adapters.audit_log.reading import AuditLog
    from adapters.cli.reading.past import asked_window

    files = given or ([Path(session.settings.audit_log)] if session.settings.audit_log else [])
    if not files:
        raise typer.BadParameter("name the API server's audit log: --audit-log FILE")
    return AuditLog(files, *asked_window(session, since, until))
