"""Filling, pictured: for each integration of the newest version how far its content is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.deployment import Deployment
from domain.filling import Stage, came_empty
from projections.sentences.fills import EMPTY, amount, named, sized
from projections.wording import last_words, span


@dataclass(frozen=True, slots=True)
class FillPicture:
    """One integration: `since` is when its stage began, `pod` the try that runs, `size` in bytes (while it is filled: so far)."""

    integration: str
    claim: str
    stage: Stage | Literal["stopped"]
    since: datetime | None = None
    pod: str = ""
    words: str = ""
    identity: str = ""
    size: int = 0
    files: int = 0
    seconds: float = 0.0

    @property
    def empty(self) -> bool:
        """Tell whether it is done, and is known to have brought nothing."""
        return self.stage == "done" and came_empty(self.identity, self.size, self.files)

    def told(self, now: datetime | None = None) -> str:
        """Say it in words; how long and how much of one being filled only where `now` is given."""
        match self.stage:
            case "done" if self.empty:
                return f"empty: {EMPTY}, {named(self.identity)}"
            case "done":
                return f"{amount(self.size, self.files, self.seconds)}, {named(self.identity)}"
            case "failed":
                return f"failed: {last_words(self.words)}"
            case "stopped":
                return "not needed while it is stopped"
            case "filling":
                lasted = f", {span((now - self.since).total_seconds())}" if now and self.since else ""
                return f"filling{lasted}{f', {sized(self.size)}' if now and self.size else ''}"
            case _:
                return f"waiting{f': {last_words(self.words)}' if self.words else ''}"


def fillings(deployment: Deployment) -> tuple[FillPicture, ...]:
    """Give the newest version's integrations, those without a source left out."""
    version = deployment.wanted
    if version is None:
        return ()
    needed = deployment.fills_needed(version)
    return tuple(
        _picture(deployment, fill.integration, fill.claim.name, stopped=fill not in needed) for fill in version.order.fills
    )


def _picture(deployment: Deployment, integration: str, claim: str, *, stopped: bool) -> FillPicture:
    filling = deployment.fills.get(claim)
    if filling is None:
        return FillPicture(integration, claim, "stopped" if stopped else "waiting")
    return FillPicture(
        integration,
        claim,
        filling.stage,
        filling.at,
        filling.pod,
        filling.words,
        filling.identity,
        filling.size,
        filling.files,
        filling.seconds,
    )


def gist_of(pictures: tuple[FillPicture, ...]) -> str:
    """Say on one line what is not there yet; empty when all is."""
    return "; ".join(f"{one.integration}: {one.told()}" for one in pictures if one.stage not in {"done", "stopped"})
