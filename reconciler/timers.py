"""Timers: when to look at a deployment again although nothing happens. Rebuilt from plans at every start; never recorded."""

import heapq
from datetime import datetime, timedelta

from reconciler.policy import Policy


class Timers:
    """The next time for each subject. Setting one replaces the one before."""

    def __init__(self) -> None:
        """Begin with none."""
        self._at: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []
        self._failures: dict[str, int] = {}

    def look_again(self, subject: str, at: datetime | None) -> None:
        """Look at a subject again at a time; None: only on news."""
        if at is None:
            self._at.pop(subject, None)
        elif self._at.get(subject) != at:
            self._at[subject] = at
            heapq.heappush(self._heap, (at, subject))

    def again(self, subject: str, now: datetime, policy: Policy) -> None:
        """Look at a subject again after what could not even be found out, later each time."""
        times = self._failures[subject] = self._failures.get(subject, 0) + 1
        wait = min(policy.retry_first * 2 ** min(times - 1, 20), policy.retry_longest)
        self.look_again(subject, now + timedelta(seconds=wait))

    def forget(self, subject: str) -> None:
        """Forget the failures of a subject."""
        self._failures.pop(subject, None)

    def waiting(self, subject: str, now: datetime) -> bool:
        """Tell whether a subject that could not be found out about shall be left alone for now."""
        return subject in self._failures and subject in self._at and now < self._at[subject]

    def first(self) -> datetime | None:
        """Give the earliest time that is set."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now: datetime) -> set[str]:
        """Give the subjects whose time has come, and forget those times."""
        subjects: set[str] = set()
        while (first := self.first()) is not None and first <= now:
            subject = heapq.heappop(self._heap)[1]
            del self._at[subject]
            subjects.add(subject)
        return subjects
