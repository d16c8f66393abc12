"""A hold: someone wants a deployment, a project or all left as it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from domain.record import EventMetadata


@dataclass(frozen=True, slots=True)
class ActiveHold:
    """Someone wants it left as it is."""

    since: datetime
    until: datetime | None
    who: str
    reason: str
    acting_as: str = ""
    """In whose name; empty: in their own."""

    @classmethod
    def placed(cls, at: datetime, until: datetime | None, metadata: EventMetadata) -> Self:
        """Give the hold that was placed by the fact of this metadata."""
        who = metadata.who
        return cls(at, until, who.name, metadata.reason, who.acting_as)

    def holds(self, now: datetime) -> bool:
        """Tell whether it has not run out."""
        return self.until is None or now < self.until
