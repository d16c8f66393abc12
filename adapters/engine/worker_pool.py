"""The workers of a running engine: a few threads that perform jobs and wake the loop when one is done."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

import structlog

from domain.errors import DeadreckonError
from reconciler.worker_pool import Job, JobReport, carry_out

log = structlog.get_logger()


class ThreadWorkerPool:
    """Performs up to `workers` jobs at once."""

    def __init__(self, workers: int, wake: Callable[[], None]) -> None:
        """Begin with idle workers."""
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="crew")
        self._reports: SimpleQueue[JobReport] = SimpleQueue()
        self._wake = wake

    def start(self, subject: str, job: Job) -> None:
        """Take a job on."""
        self._pool.submit(self._work, subject, job)

    def reports(self) -> tuple[JobReport, ...]:
        """Give what has been done since the last call."""
        reports: list[JobReport] = []
        while True:
            try:
                reports.append(self._reports.get_nowait())
            except Empty:
                return tuple(reports)

    def close(self) -> None:
        """Wait for the jobs that have begun; those that have not are left for the next leader to resolve."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, subject: str, job: Job) -> None:
        try:
            report = carry_out(subject, job)
        except Exception as error:  # a bug: that one name backs off, the others go on
            log.exception("crew.fault", deployment=subject)
            report = JobReport(subject, error=DeadreckonError(f"a fault of ours: {error!r}"))
        self._reports.put(report)
        self._wake()
