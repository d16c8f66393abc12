"""Who leads: one row, moved under the ledger's lock. What other hands made of it ends nothing for good."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.ledger.batch import as_time
from adapters.ledger.store import LEASE, Cells, StoreSession
from domain.errors import Unsound
from domain.record import Lease

MOST_EPOCHS = 2**40
"""A later epoch is a foreign hand's, and the next leader begins anew."""
LONGEST_LEASE = 3_600_000_000
"""Microseconds. Who says to have the lead for longer has it no more."""
_SET_LEASE = "UPDATE ledger_lease SET holder = :holder, epoch = :epoch, expires = :expires"


def newest_lease(session: StoreSession) -> Lease | None:
    """Give the newest lease that anybody was given; None after a release, and before the first."""
    return newest_of(session.rows(LEASE))


def newest_of(rows: Sequence[Cells]) -> Lease | None:
    """Read the newest lease out of its table's one row; None where that row is missing."""
    holder, epoch, _ = rows[0] if rows else ("", 0, 0)
    sane = isinstance(holder, str) and isinstance(epoch, int)
    return Lease(holder, epoch) if sane and holder else None


def valid_lease(session: StoreSession, now: int) -> Lease | None:
    """Give the lease that is valid now."""
    rows = session.rows(LEASE)
    return newest_of(rows) if rows and _lasts(rows[0][2], now) else None


def take_lease(session: StoreSession, holder: str, *, now: int, seconds: float, head: Callable[[], int]) -> Lease | None:
    """Take or renew the lease, under the write lock: later appends see it, earlier ones are done."""
    rows = session.rows(LEASE)
    if not rows:
        raise Unsound("the row that says who leads is missing from the table ledger_lease", "restore it from a backup")
    held_by, epoch, expires = rows[0]
    if held_by not in ("", holder) and _lasts(expires, now):
        return None
    sane = isinstance(epoch, int) and 0 <= epoch < MOST_EPOCHS
    # An epoch at the end of its range is a foreign hand's. Each lead is a fact: their number is beyond all that were given.
    lease = Lease(holder, (epoch if held_by == holder else epoch + 1) if sane else head() + 1)
    if not _lasts(expires, now):
        lease = replace(lease, unled_since=_ended(expires, now), lost_by=held_by if isinstance(held_by, str) else "")
    session.run(_SET_LEASE, holder=holder, epoch=lease.epoch, expires=now + int(seconds * 1_000_000))
    return lease


def _lasts(expires: object, now: int) -> bool:
    return isinstance(expires, int) and now < expires <= now + LONGEST_LEASE


def _ended(expires: object, now: int) -> datetime | None:
    """Say when the lease before ended; None before the first, and where an earlier build gave it up."""
    return as_time(expires) if isinstance(expires, int) and 0 < expires <= now else None


def release_lease(session: StoreSession, lease: Lease, *, now: int) -> None:
    """Give the lease up, if it is still this one: it ends now."""
    if newest_lease(session) == lease:
        session.run(_SET_LEASE, holder="", epoch=lease.epoch, expires=now)
