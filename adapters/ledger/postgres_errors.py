"""What PostgreSQL says, in our words."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError, PersistenceError

from domain.errors import Unfit, Unreachable


@contextmanager
def translated(where: str) -> Generator[None]:
    """Turn the driver's and the library's errors into ours; `where` names the server."""
    try:
        yield
    except (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError) as error:
        what = " ".join(str(error).split()) or type(error).__name__
        raise Unreachable(f"the ledger {where} did not answer: {what}") from error
    except (PersistenceError, psycopg.Error) as error:
        cause = error if isinstance(error, psycopg.Error) else error.__cause__
        if isinstance(cause, psycopg.errors.InsufficientPrivilege):
            hint = "the owner gives roles what they need: reckon roles; see docs/operating.md"
            raise Unfit(f"the PostgreSQL role of {where} may not do this: {cause.diag.message_primary}", hint) from error
        if isinstance(cause, psycopg.errors.CheckViolation):
            raise Unfit(f"the database {where} would not take it: {cause.diag.message_primary}") from error
        raise
