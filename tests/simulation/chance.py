"""Chance from a seed: the same seed makes the same choices, on any machine, for ever."""

from collections.abc import Sequence
from typing import TypeVar

from adapters.simulator.dice import Dice

T = TypeVar("T")


class Chance:
    """Choices that depend on a seed and on how often it was asked."""

    def __init__(self, seed: str) -> None:
        self._dice = Dice(seed)

    def strikes(self, probability: float) -> bool:
        """Tell whether something with this probability happens now."""
        return probability > 0 and self._dice.chance() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._dice.chance()

    def pick(self, of: Sequence[T]) -> T:
        return of[int(self._dice.chance() * len(of))]

    def weighed(self, of: Sequence[tuple[T, float]]) -> T:
        """Choose one by its weight."""
        left = self._dice.chance() * sum(weight for _, weight in of)
        for one, weight in of:
            left -= weight
            if left < 0:
                return one
        return of[-1][0]
