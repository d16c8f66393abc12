"""The workers: who performs tasks while the loop goes on. One job a deployment at a time; the loop collects what is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from domain.errors import DeadreckonError
from reconciler.perform import Done


@dataclass(frozen=True, slots=True)
class JobReport:
    """What came of a job about a deployment: outcomes, or the reason why there are none yet."""

    subject: str
    done: tuple[Done, ...] = ()
    error: DeadreckonError | None = None


Job = Callable[[], tuple[Done, ...]]


class WorkerPool(Protocol):
    """Performs jobs, in any order, and reports each once."""

    def start(self, subject: str, job: Job) -> None:
        """Take a job on; never blocks for it."""
        ...

    def reports(self) -> tuple[JobReport, ...]:
        """Give the reports that have come in since the last call; never blocks."""
        ...


def carry_out(subject: str, job: Job) -> JobReport:
    """Do a job now. An error with a name is reported; any other is a bug and goes up."""
    try:
        return JobReport(subject, job())
    except DeadreckonError as error:
        return JobReport(subject, error=error)


class InlineWorkerPool:
    """Does each job at once, in the caller's thread: for simulations, where order must be the same each time."""

    def __init__(self) -> None:
        """Begin with nothing to report."""
        self._reports: list[JobReport] = []

    def start(self, subject: str, job: Job) -> None:
        """Do the job."""
        self._reports.append(carry_out(subject, job))

    def reports(self) -> tuple[JobReport, ...]:
        """Give what was done."""
        reports, self._reports = tuple(self._reports), []
        return reports
