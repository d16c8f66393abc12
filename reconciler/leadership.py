"""Leadership: whether this engine leads, by its own clock. Of the engines on a ledger one records and acts; the others stand by.

The lease is the ledger's, and every append of the leader is checked against it there. What is known here only spares calls that
would be refused: a clock that is wrong costs time, never a fact.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from domain.cluster import TookLead
from domain.ports import Clock, Ledger
from domain.record import Lease


@dataclass(frozen=True, slots=True)
class EngineIdentity:
    """Who this engine is: its name (host and process), its build, and whether it only observes."""

    name: str
    build: str = ""
    observing: bool = False


@dataclass(frozen=True, slots=True)
class LeaseTiming:
    """How long leadership lasts without renewal, in seconds, and how often it is renewed."""

    lease: float = 10.0
    renewal: float = 3.0

    @classmethod
    def of(cls, lease: float) -> Self:
        """Renew often enough that two renewals may be lost."""
        return cls(lease, lease * 0.3)


class Leadership:
    """One engine's lease. The loop alone changes it; the engine's other threads ask whether it leads."""

    def __init__(self, ledger: Ledger, identity: EngineIdentity, clock: Clock, lease_timing: LeaseTiming | None = None) -> None:
        """Begin as a stand-by."""
        self.identity, self.clock = identity, clock
        self.lease: Lease | None = None
        self.renew_at: datetime | None = None
        """When the lease is to be asked for again; None for a stand-by, which asks in every round."""
        self._ledger, self._lease_timing = ledger, lease_timing or LeaseTiming()
        self._renewal = timedelta(seconds=self._lease_timing.renewal)
        self._vacancy: Lease | None = None
        """What the first lease told that led to no lead yet: those after it only know of our own tries."""

    @property
    def leading(self) -> bool:
        """Tell whether the lease is held and has not run out by this engine's own clock."""
        renew_at = self.renew_at  # other threads ask too, while the engine's own may end the lead
        if self.lease is None or renew_at is None:
            return False
        return self.clock() < renew_at + timedelta(seconds=self._lease_timing.lease - self._lease_timing.renewal)

    @property
    def fresh(self) -> bool:
        """Tell whether the lease is held and need not be renewed yet; a clock that was set back makes it renewed at once."""
        if self.lease is None or self.renew_at is None:
            return False
        return timedelta(0) < self.renew_at - self.clock() <= self._renewal

    def ask(self) -> Lease | None:
        """Ask the ledger for the lease, or for more time; None while another has it. Raises Unreachable.

        One that is given when none was held has to be taken (`take`), once its first fact is on record.
        """
        if not self.leading:
            self.end()  # it ran out while this engine slept: it is taken anew, on record, or by another
        asked_at = self.clock()  # the lease may have begun to run by then
        lease = self._ledger.lead(self.identity.name, self._lease_timing.lease)
        if lease is None or (self.lease is not None and lease.epoch != self.lease.epoch):
            self.end()
        if lease is None:
            self._vacancy = None
            return None
        self.renew_at = asked_at + self._renewal
        if self.lease is None:
            self._vacancy = self._vacancy or lease
        return lease

    def announced(self, lease: Lease) -> TookLead:
        """Give the fact that this engine leads with a lease, and since when nobody did."""
        before = self._vacancy or lease
        return TookLead(
            self.identity.name,
            lease.epoch,
            self.identity.observing,
            build=self.identity.build,
            unled_since=before.unled_since,
            lost_by=before.lost_by,
        )

    def take(self, lease: Lease) -> None:
        """Lead from now on."""
        self.lease, self._vacancy = lease, None

    def end(self) -> None:
        """Lead no more. The lease runs out by itself, unless it is released."""
        self.lease, self.renew_at = None, None

    def release(self, lease: Lease) -> None:
        """Give a lease back, so that a stand-by need not wait for its end. Raises Unreachable."""
        self._ledger.release(lease)
