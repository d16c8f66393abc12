"""One round of asking many replicas: who is slow costs its own answer, never the round, nor the others' turn."""

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from itertools import zip_longest
from math import inf
from typing import Generic, TypeVar

from structlog.typing import FilteringBoundLogger

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

PATIENCE = 10.0
"""Seconds of one round."""
SLOW = 1.0
"""Who took longer, or gave nothing, is asked last the next time."""


class Rounds(Generic[K]):
    """Asks again and again; remembers only who was slow."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """Begin with trust in everybody."""
        self._patience = patience
        self._slow: frozenset[K] = frozenset()

    def ask(
        self,
        workers: ThreadPoolExecutor,
        jobs: Sequence[tuple[K, Callable[[], T | None]]],
        log_of: Callable[[K], FilteringBoundLogger],
    ) -> dict[K, T]:
        """Have each job done, and give what came in time; a job that fails (it is logged) or gives None is left out."""
        ordered = sorted(jobs, key=lambda job: job[0] in self._slow)
        asked: dict[K, Future[tuple[T | None, float]]] = {key: workers.submit(partial(_timed, job)) for key, job in ordered}
        wait(asked.values(), self._patience)
        answers: dict[K, T] = {}
        slow: set[K] = set()
        for key, future in asked.items():
            answer, seconds = self._taken(key, future, log_of)
            if answer is not None:
                answers[key] = answer
            if seconds > SLOW:
                slow.add(key)
        self._slow = frozenset(slow)
        return answers

    def _taken(
        self, key: K, future: "Future[tuple[T | None, float]]", log_of: Callable[[K], FilteringBoundLogger]
    ) -> tuple[T | None, float]:
        if future.cancel():
            return None, inf if key in self._slow else 0.0  # its turn did not come: no fault of its own
        if not future.done():
            return None, inf
        error = future.exception()
        if error is None:
            return future.result()
        # A bug of ours: this one is left out, the others go on.
        log_of(key).error("round.fault", asked=str(key), exc_info=error)
        return None, inf


def turn_about(groups: Iterable[Sequence[T]]) -> list[T]:
    """Give the first of each group, then the second of each, and so on: a group of many does not come before one of few."""
    gap = object()
    return [one for turn in zip_longest(*groups, fillvalue=gap) for one in turn if one is not gap]  # type: ignore[misc]


def _timed(job: Callable[[], T]) -> tuple[T, float]:
    began = time.monotonic()
    return job(), time.monotonic() - began
