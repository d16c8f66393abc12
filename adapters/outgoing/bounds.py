"""How much one question may take as a whole, whatever the server that is asked does."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

KIB = 1024
MIB = 1024 * KIB


class ServerFault(Exception):
    """What a server did wrong, as words that follow its name."""


class NoAnswer(Exception):
    """A server gives no answer, or none that can be understood; says which one, and what was wrong."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that one question may take, all its requests together: with names, TLS, redirects, pages and tokens."""

    seconds: float
    step: float
    """Seconds of these for one answer, from its request to its last byte."""
    patience: float
    """Seconds within which something must come, be it one byte."""
    answer: int
    """Bytes of one answer. Nothing is ever decompressed: answers are asked for as they are."""
    whole: int
    """Bytes of all answers, with their headers."""
    requests: int
    redirects: int = 3
    """In a row."""
    head: int = 64 * KIB
    """Bytes of one answer's headers, with all that precede them (`100 Continue`)."""
    again: int = 0
    """How often a request is repeated whose connection broke."""


class Budget:
    """What is left of a question's bounds. Every method raises Fault once there is nothing left."""

    def __init__(self, bounds: Bounds, clock: Callable[[], float] = monotonic) -> None:
        """Begin: the time runs from now on."""
        self.bounds = bounds
        self._clock = clock
        self._until = self._step_until = clock() + bounds.seconds
        self._requests = 0
        self._bytes = 0

    def wait(self) -> float:
        """Give the seconds for which the next step may wait."""
        left, of_step = self._until - self._clock(), self._step_until - self._clock()
        if left <= 0:
            raise ServerFault(f"took longer than {self.bounds.seconds:g} seconds in all")
        if of_step <= 0:
            raise ServerFault(f"took longer than {self.bounds.step:g} seconds for one answer")
        return min(left, of_step, self.bounds.patience)

    def request(self) -> None:
        """Count a request."""
        self._requests += 1
        self._step_until = self._clock() + self.bounds.step
        if self._requests > self.bounds.requests:
            raise ServerFault(f"needed more than {self.bounds.requests} requests")

    def take(self, count: int) -> None:
        """Count bytes."""
        self._bytes += count
        if self._bytes > self.bounds.whole:
            raise ServerFault(f"answered more than {size(self.bounds.whole)} in all")


def size(count: int) -> str:
    """Say a number of bytes."""
    return f"{count // MIB} MiB" if count >= MIB else f"{count // KIB} KiB"
