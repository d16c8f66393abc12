"""How long the watches wait, for what, and how they back off."""

from collections.abc import Callable
from dataclasses import dataclass

Chance = Callable[[], float]
"""Gives a number from 0 up to 1, another each time."""


@dataclass(frozen=True, slots=True)
class WatchTiming:
    """Seconds, all but `page` (objects a page of a list) and `waiting` (watch events held for the recorder)."""

    idle: float | None = 70.0
    """Silence that ends a watch: bookmarks come each minute, so a living one is never as silent. None: wait for ever."""
    shortest: float = 300.0
    longest: float = 600.0
    """A watch is asked to end by itself after a while in between, so that they do not all end together."""
    first: float = 0.8
    most: float = 30.0
    forget: float = 120.0
    """After so long without a failure the next one counts as the first."""
    tell: float = 60.0
    """How often a place that only others' frames have moved is handed on."""
    unknown: float = 300.0
    """How often it is looked whether a kind is there by now which the API server did not know."""
    beat: float = 5.0
    """After so long without a sign on any watch the API server is asked whether it is alive,"""
    outage: float = 8.0
    """and an outage of so long is told."""
    page: int = 500
    waiting: int = 10_000


class Backoff:
    """Pauses between failures: twice as long each time, with jitter up to double, so that nobody is hammered in step."""

    def __init__(self, timing: WatchTiming, chance: Chance) -> None:
        self._timing = timing
        self._chance = chance
        self._failures = 0
        self._last = float("-inf")

    def after(self, failed_at: float, at_least: float = 0.0) -> float:
        """Give the pause after a failure at this time (seconds of a steady clock)."""
        if failed_at - self._last > self._timing.forget:
            self._failures = 0
        pause = min(self._timing.first * 2.0**self._failures, self._timing.most) * (1 + self._chance())
        self._failures = min(self._failures + 1, 30)
        self._last = failed_at + max(pause, at_least)
        return max(pause, at_least)
