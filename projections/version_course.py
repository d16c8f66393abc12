"""The course of a version: how it went, from the order until another took its place, in words."""

from dataclasses import dataclass
from datetime import datetime

from domain.deployment import Version
from projections.trials import Trial, again, because, told_of
from projections.wording import span


@dataclass(frozen=True, slots=True)
class Course:
    """How a version went: its verdict, when another took its place (or it was deleted), and what was seen of it."""

    version: Version
    replaced_at: datetime | None
    seen: Trial
    crashed: bool
    """It was found healthy, and crashed within ten minutes of that and did not run well for ten minutes since."""

    @property
    def never_healthy(self) -> bool:
        """Tell whether it had its time, or lost its place, and was not healthy in it; what wanted no replica could not be."""
        over = self.replaced_at is not None or self.version.verdict == "failed"
        return over and self.version.runs and not self.version.was_healthy

    @property
    def verdict(self) -> str:
        """Give the verdict in a word: what is to run nothing, and does not, is no healthy one."""
        return "stopped" if self.version.verdict == "healthy" and not self.version.runs else self.version.verdict

    def told(self) -> str:
        """Say how it went, how long that took, and of one that was never healthy what was seen of it."""
        version, replaced_at = self.version, self.replaced_at
        seconds = (version.judged_at - version.submitted_at).total_seconds() if version.judged_at else 0
        took = f"after {span(seconds)}" if seconds >= 0.5 else "at once"
        match self.verdict:
            case "stopped":
                return f"stopped {took}"
            case "healthy":
                crashed = ", but crashed soon after" if self.crashed else ""
                return f"healthy {took}{crashed}{again(self.seen)}"
            case "failed":
                late = "; recovered later" if version.recovered else ""
                return f"failed {took}{self._never() or because(version.why)}{late}"
            case _ if replaced_at:
                over = f"replaced after {span((replaced_at - version.submitted_at).total_seconds())}"
                return over + (self._never() or ", before it was assessed")
            case _:
                return "under way" if version.runs else "stopping"

    def _never(self) -> str:
        return f", never healthy: {told_of(self.version, self.seen)}" if self.never_healthy else ""
