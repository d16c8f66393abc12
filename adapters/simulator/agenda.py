"""The agenda: what is due when. The only thing that moves a simulated cluster on; it never asks the machine's clock."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Topic = tuple[str | float, ...]
Due = tuple[float, int, str, Topic]
Handler = Callable[..., None]


@dataclass(slots=True)
class Agenda:
    """Due steps in the order of time, then of being noted. `elapsed` counts the seconds that the cluster has run."""

    base: datetime
    elapsed: float = 0.0
    noted: int = 0
    heap: list[Due] = field(default_factory=list[Due])
    handlers: dict[str, Handler] = field(default_factory=dict[str, Handler])
    _pending: set[tuple[str, Topic]] = field(default_factory=set[tuple[str, Topic]])

    @property
    def now(self) -> datetime:
        """Give the cluster's time."""
        return self.base + timedelta(seconds=self.elapsed)

    @property
    def stamp(self) -> str:
        """Give the cluster's time as Kubernetes writes it, in whole seconds."""
        return stamp(self.now)

    @property
    def next_due(self) -> datetime | None:
        """Give the time of the next step; None when nothing will happen by itself."""
        return self.base + timedelta(seconds=self.heap[0][0]) if self.heap else None

    def after(self, seconds: float, name: str, *topic: str | float) -> None:
        """Note a step, some seconds from now."""
        self.noted += 1
        heapq.heappush(self.heap, (self.elapsed + seconds, self.noted, name, topic))

    def soon(self, seconds: float, name: str, *topic: str | float) -> None:
        """Note a step unless the same one is noted already: a sync that looks at everything need not run twice."""
        if (name, topic) not in self._pending:
            self._pending.add((name, topic))
            self.after(seconds, name, *topic)

    def advance(self, to: datetime) -> None:
        """Take all steps that are due up to a time, in order, and stand at that time. Time never runs backwards."""
        until = (to - self.base).total_seconds()
        while self.heap and self.heap[0][0] <= until:
            due, _, name, topic = heapq.heappop(self.heap)
            self.elapsed = max(self.elapsed, due)
            self._pending.discard((name, topic))
            self.handlers[name](*topic)
        self.elapsed = max(self.elapsed, until)

    def dump(self) -> dict[str, Any]:
        """Give all that is noted, to be kept while the cluster does not run."""
        pending = sorted([name, *topic] for name, topic in self._pending)
        return {"elapsed": self.elapsed, "noted": self.noted, "heap": sorted(self.heap), "pending": pending}

    def load(self, kept: dict[str, Any], now: datetime) -> None:
        """Go on where it stopped: no time has passed for what was noted."""
        self.elapsed, self.noted = float(kept["elapsed"]), int(kept["noted"])
        self.base = now - timedelta(seconds=self.elapsed)
        self.heap = [(due, number, name, tuple(topic)) for due, number, name, topic in kept["heap"]]
        heapq.heapify(self.heap)
        self._pending = {(name, tuple(topic)) for name, *topic in kept["pending"]}


def stamp(when: datetime) -> str:
    """Write a time as Kubernetes does: UTC, whole seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def unstamp(text: str) -> datetime:
    """Read a time that Kubernetes wrote."""
    return datetime.fromisoformat(text)
