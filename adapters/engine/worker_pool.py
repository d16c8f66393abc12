"""The workers of a running engine: a few threads that perform jobs and wake the loop when one is done."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from structlog.typing import FilteringBoundLogger

from adapters.engine.deployment_log import logger_of
from domain.errors import DeadreckonError
from reconciler.memory import Memory
from reconciler.worker_pool import Job, JobReport, carry_out


class ThreadWorkerPool:
    """Performs up to `workers` jobs at once."""

    def __init__(self, workers: int, wake: Callable[[], None], memory: Memory) -> None:
        """Begin with idle workers; what is logged of a job is bound to what is remembered of its deployment."""
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="crew")
        self._reports: SimpleQueue[JobReport] = SimpleQueue()
        self._wake, self._memory = wake, memory
        self._put_off: dict[str, str] = {}
        """Why a deployment's last job came to nothing."""

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
        fault: Exception | None = None
        try:
            report = carry_out(subject, job)
        except Exception as error:  # noqa: BLE001 (a bug: that one name backs off, the others go on)
            report, fault = JobReport(subject, error=DeadreckonError(f"a fault of ours: {error!r}")), error
        try:
            if fault is not None:
                self._log(subject).error("crew.fault", exc_info=fault)
            else:
                self._say_put_off(subject, str(report.error or ""))
        finally:  # also where a line of the log cannot be written: the deployment would wait for ever
            self._reports.put(report)
            self._wake()

    def _say_put_off(self, subject: str, why: str) -> None:
        """Say why nothing came of a job; once, not once a try."""
        if why and self._put_off.get(subject) != why:
            self._log(subject).warning("crew.put-off", because=why)
        self._put_off[subject] = why

    def _log(self, subject: str) -> FilteringBoundLogger:
        home = self._memory.deployment(subject)
        return logger_of(self._memory, subject).bind(actions=list(home.pending) if home else [])
