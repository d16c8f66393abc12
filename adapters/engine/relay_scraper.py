"""The gauge: reads the relays while its engine leads, and gives what is newly known of how long requests take."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Self

import structlog

from adapters.engine.deployment_log import logger_of
from adapters.engine.probe_log import Beside, ProbeLog
from adapters.engine.relays import Odd, measuring_port, reading
from adapters.engine.round import Rounds, turn_about
from domain.cluster_ports import Replicas
from domain.deployment import Deployment
from domain.errors import Rejected, Unreachable, Unsound
from domain.measuring import DurationMeasured
from domain.objects import Kind, ObjectRef
from domain.ports import Clock
from domain.replica import Replica
from reconciler.ledger_tail import LedgerTail
from reconciler.request_duration import EVERY, LATE, SPAN, Estimate, ReadingWindow, RelayReading, readings_of

log = structlog.get_logger()

_WORKERS = 8


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often relays are read, and over how long a value is the mean."""

    every: timedelta = EVERY
    span: timedelta = SPAN

    @classmethod
    def over(cls, seconds: float) -> Self:
        """Give the rhythm for a mean over so many seconds: short ones are read more often."""
        return cls(min(EVERY, timedelta(seconds=seconds / 10)), timedelta(seconds=seconds))


class RelayScraper:
    """Runs in a thread of its own. What was read is kept here, and taken by the loop, which alone records."""

    def __init__(
        self, tail: LedgerTail, cluster: Replicas, *, clock: Clock, wake: Callable[[], None], rhythm: Rhythm | None = None
    ) -> None:
        """Begin with nothing read."""
        self._tail, self._cluster, self._clock, self._wake = tail, cluster, clock, wake
        self._rhythm = rhythm or Rhythm()
        self._windows: dict[str, ReadingWindow] = {}
        self._silent: dict[str, datetime] = {}
        self._odd: dict[ObjectRef, str] = {}
        self._rounds: Rounds[ObjectRef] = Rounds()
        self._epoch = 0
        self._fresh: tuple[Estimate, ...] = ()
        self._lock = threading.Lock()
        self._port = lru_cache(1000)(self._look_up_port)
        beside: Beside | None = getattr(cluster, "beside", None)  # in a simulation no relay prints anything
        self.probes = ProbeLog(tail, beside, clock) if beside else None

    def take(self) -> tuple[Estimate, ...]:
        """Give what was measured since the last call; never blocks."""
        with self._lock:
            fresh, self._fresh = self._fresh, ()
            return fresh

    def run(self, stopping: threading.Event) -> None:
        """Read all relays again and again until stopped; no failure ends it."""
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="gauge") as workers:
            while not stopping.wait(self._rhythm.every.total_seconds()):
                try:
                    self.look(workers)
                    if self.probes is not None:
                        self.probes.look(workers)
                except Unreachable as error:
                    log.warning("gauge.unreachable", error=str(error))
                except Exception:  # a bug: without a value the autoscaler leaves the number alone, and that is told
                    log.exception("gauge.fault")

    def look(self, workers: ThreadPoolExecutor) -> None:
        """Read the relays of all deployments whose requests are timed, once."""
        lease = self._tail.leadership.lease
        if lease is None or not self._tail.leadership.leading:
            return
        if lease.epoch != self._epoch:
            self._windows, self._silent, self._epoch = {}, {}, lease.epoch
        timed = [each for each in list(self._tail.memory.fleet.values()) if each.wanted and each.wanted.timed]
        asked = {each.key.subject: self._relays(each) for each in timed}
        began = self._clock()
        whose = {pod: subject for subject, relays in asked.items() for pod in relays}
        groups = [
            [(pod, partial(self._read, subject, pod, port)) for pod, port in relays.items()] for subject, relays in asked.items()
        ]
        read = self._rounds.ask(workers, turn_about(groups), lambda pod: logger_of(self._tail.memory, whose[pod]))
        found = tuple(
            self._estimate(each, [read[pod] for pod in asked[each.key.subject] if pod in read], began) for each in timed
        )
        self._odd = {pod: why for pod, why in list(self._odd.items()) if any(pod in relays for relays in asked.values())}
        self._windows = {subject: window for subject, window in self._windows.items() if subject in asked}
        with self._lock:
            self._fresh = found
        if found:
            self._wake()

    def _estimate(self, deployment: Deployment, read: Sequence[RelayReading], began: datetime) -> Estimate:
        subject = deployment.key.subject
        window = self._windows.get(subject) or self._recall(subject, began)
        for one in read:
            window = window.take(one)
        now = self._clock()
        window = self._windows[subject] = window.forget(now)
        present = [replica.pod for replica in deployment.replicas.values() if replica.ready and not replica.leaving]
        found = window.measure(present, now)
        if isinstance(found, DurationMeasured):
            self._silent.pop(subject, None)
            return Estimate(subject, now, found)
        return Estimate(subject, now, found, self._silent.setdefault(subject, now))

    def _recall(self, subject: str, now: datetime) -> ReadingWindow:
        """Begin with what the leader before has put on record, so that a change of leader costs no five minutes."""
        window = ReadingWindow(self._rhythm.span)
        after = self._tail.ledger.position_at(now - self._rhythm.span - LATE)
        standing = self._tail.memory.deployment(subject)
        # The one that stands may be from long before; what was measured since came to the same.
        told = [standing.duration if standing else None, *(each.fact for each in self._tail.ledger.about(subject, after=after))]
        for fact in sorted((each for each in told if isinstance(each, DurationMeasured)), key=lambda each: each.at):
            for one in readings_of(fact):
                window = window.take(one)
        return window

    def _relays(self, deployment: Deployment) -> Mapping[ObjectRef, int]:
        """Give the relays that may answer, also of replicas that come, go, or are of another version."""
        scheduled = [replica for replica in deployment.replicas.values() if replica.node]
        ports = ((replica, self._port(deployment.workload_body(replica))) for replica in scheduled)
        return {_pod(replica): port for replica, port in ports if port}

    def _look_up_port(self, digest: str) -> int:
        with suppress(Unsound):  # its deployment is not acted upon either, and says so
            body = self._tail.ledger.document(digest) if digest else None
            return measuring_port(body) if body else 0
        return 0

    def _read(self, subject: str, pod: ObjectRef, port: int) -> RelayReading | None:
        """Read one relay. What it says that cannot be costs its own reading, and is logged once with its name."""
        try:
            found = reading(self._cluster.scrape(pod, port), pod.name, self._clock())
        except Odd as error:
            if self._odd.get(pod) != str(error):
                said = logger_of(self._tail.memory, subject)
                said.warning("gauge.odd", pod=pod.name, namespace=pod.namespace, because=str(error))
            self._odd[pod] = str(error)
            return None
        except (Rejected, Unreachable):
            return None
        self._odd.pop(pod, None)
        return found


def _pod(replica: Replica) -> ObjectRef:
    return ObjectRef(Kind.POD.value, replica.namespace, replica.pod)
