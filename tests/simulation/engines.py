"""Engines of a simulation: the real loop, a worker pool that does its jobs late and out of order, and a process that may die."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.ports import Clock
from reconciler.loop import Loop
from reconciler.worker_pool import Job, JobReport, carry_out
from tests.simulation.chance import Chance


@dataclass
class LateWorkerPool:
    """Does each job some time after it was handed over, in any order, and tells of it later still."""

    clock: Clock
    chance: Chance
    slowest: float
    _jobs: list[tuple[datetime, str, Job]] = field(default_factory=list[tuple[datetime, str, Job]])
    _told: list[tuple[datetime, JobReport]] = field(default_factory=list[tuple[datetime, JobReport]])

    def start(self, subject: str, job: Job) -> None:
        busy = {of for _, of, _ in self._jobs} | {report.subject for _, report in self._told}
        assert subject not in busy, f"{subject} is at work already: the loop starts one job a deployment at a time"
        self._jobs.append((self._later(), subject, job))

    def work(self) -> None:
        """Do the jobs whose time has come, whatever the loop is doing meanwhile."""
        now = self.clock()
        ready = sorted((job for job in self._jobs if job[0] <= now), key=lambda job: (job[0], job[1]))
        for one in ready:
            # Taken off first: a process that dies in the middle of a job does not begin it again.
            self._jobs.remove(one)
            self._told.append((self._later(), carry_out(one[1], one[2])))

    def reports(self) -> tuple[JobReport, ...]:
        now = self.clock()
        come_in = [one for one in self._told if one[0] <= now]
        self._told = [one for one in self._told if one[0] > now]
        return tuple(report for _, report in come_in)

    def next_due(self) -> datetime | None:
        return min((at for at, *_ in self._jobs), default=None)

    def next_report(self) -> datetime | None:
        return min((at for at, _ in self._told), default=None)

    def _later(self) -> datetime:
        return self.clock() + timedelta(seconds=self.chance.between(0, self.slowest))


@dataclass
class Process:
    """One engine's process: it runs, is frozen (SIGSTOP, a stolen CPU), or is dead until it is started again."""

    name: str
    build: Callable[[str], tuple[Loop, LateWorkerPool]]
    loop: Loop
    workers: LateWorkerPool
    lives: int = 1
    frozen: bool = False
    dead_until: datetime | None = None
    rest_until: datetime | None = None

    @classmethod
    def started(cls, name: str, build: Callable[[str], tuple[Loop, LateWorkerPool]]) -> "Process":
        return cls(name, build, *build(f"{name}-1"))

    def die(self, until: datetime) -> None:
        """End; everything that it had in mind is lost."""
        self.dead_until = until

    def revive(self, now: datetime) -> None:
        """Start anew when its time has come: on the same ledger, remembering nothing."""
        if self.dead_until is not None and self.dead_until <= now and not self.frozen:
            self.lives += 1
            self.dead_until = self.rest_until = None
            self.loop, self.workers = self.build(f"{self.name}-{self.lives}")

    def runs(self, now: datetime) -> bool:
        awake = self.rest_until is None or self.rest_until <= now
        return self.dead_until is None and not self.frozen and awake

    def wake_times(self, now: datetime) -> list[datetime]:
        """Give the times at which it may have something to do by itself."""
        if self.frozen:
            return []
        if self.dead_until is not None:
            return [self.dead_until]
        if self.rest_until is not None and self.rest_until > now:
            return [self.rest_until]
        times = [self.loop.wake_at(), self.workers.next_due()]
        # A stand-by looks now and then; reports are heard by who leads.
        times.append(self.workers.next_report() if self.loop.leadership.lease else now + timedelta(seconds=3))
        if self.loop.recording.hold_back.parked:
            times.append(now + timedelta(seconds=1))
        return [time for time in times if time is not None]
