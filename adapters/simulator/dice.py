"""Chance and identity of a simulated cluster: a pure function of a seed and of how often it was asked."""

import hashlib
import uuid
from dataclasses import dataclass

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""What Kubernetes makes its suffixes of: no vowels, so that no words come out."""


@dataclass(slots=True)
class Dice:
    """Throws that come out the same each time for the same seed, and go on where they stopped."""

    seed: str
    thrown: int = 0

    def _throw(self) -> int:
        self.thrown += 1
        return int.from_bytes(hashlib.sha256(f"{self.seed}:{self.thrown}".encode()).digest()[:16], "big")

    def chance(self) -> float:
        """Give a number in [0, 1)."""
        return (self._throw() >> 75) / (1 << 53)

    def uid(self) -> str:
        """Give a uid that this cluster has not given before."""
        return str(uuid.UUID(int=self._throw(), version=4))

    def suffix(self, length: int = 5) -> str:
        """Give the end of a generated name."""
        return spelled(self._throw(), length)


def spelled(number: int, length: int) -> str:
    """Write a number in the letters that Kubernetes uses in names."""
    letters: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[digit])
    return "".join(letters)


def hash_name(text: str) -> str:
    """Give the ten letters that name a pod template, the same each time."""
    return spelled(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"), 10)
