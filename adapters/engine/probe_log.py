"""Exact records of health checks: every answer that a relay saw, read from its log while this engine leads."""

import json
import math
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from domain.deployment import Deployment
from domain.errors import Rejected, Unreachable, Unsound
from domain.objects import Kind, ObjectRef
from domain.ports import Clock
from domain.replica import ProbeAnswer, ProbeName, ProbesAnswered, Replica
from reconciler.loop import Loop, Witnessed
from reconciler.relay import RELAY

BATCH = timedelta(minutes=5)
"""While all is well, answers are recorded so many at a time; a failure, and who leaves, are recorded at once."""
_LOGGER = "http.log.access."
_PROBES: frozenset[ProbeName] = frozenset({"startup", "readiness", "liveness"})

Beside = Callable[[ObjectRef, str, int], Iterator[str]]
"""Gives what a container of a pod has printed in the last seconds."""


def answers(lines: Iterable[str]) -> Iterator[ProbeAnswer]:
    """Read a relay's log; what is no answer to a health check is passed over."""
    for line in lines:
        with suppress(ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
            told: dict[str, Any] = json.loads(line)
            probe = str(told["logger"]).removeprefix(_LOGGER)
            if probe in _PROBES and told["msg"] == "handled request":
                at = datetime.fromtimestamp(float(told["ts"]), UTC)
                yield ProbeAnswer(probe, at, int(told["status"]), float(told["duration"]))


def keeps_probes(manifest: bytes) -> bool:
    """Tell whether a Deployment's rendering has a relay that health checks go through."""
    content: Any = json.loads(manifest)
    relays = [box for box in content["spec"]["template"]["spec"]["containers"] if box["name"] == RELAY]
    return any(port["name"] in _PROBES for box in relays for port in box["ports"])


class ProbeLog:
    """Reads the relays' logs when it is told to; what was read is taken by the loop, which alone records."""

    def __init__(self, loop: Loop, beside: Beside, clock: Clock) -> None:
        """Begin with nothing read."""
        self._loop, self._beside, self._clock = loop, beside, clock
        self._pending: dict[str, list[ProbeAnswer]] = {}
        self._read_to: dict[str, datetime] = {}
        self._fresh: list[Witnessed] = []
        self._epoch = 0
        self._lock = threading.Lock()
        self._keeps = lru_cache(1000)(self._look_up)

    def take(self) -> tuple[Witnessed, ...]:
        """Give what is to be recorded; never blocks."""
        with self._lock:
            fresh, self._fresh = tuple(self._fresh), []
            return fresh

    def look(self, hands: ThreadPoolExecutor) -> None:
        """Read the logs of all replicas whose health checks are kept, once."""
        lease = self._loop.lease
        if lease is None or not self._loop.leading:
            return
        if lease.epoch != self._epoch:  # what was read and not recorded is read again
            self._pending, self._read_to, self._epoch = {}, {}, lease.epoch
        there = {
            replica.uid: (deployment, replica)
            for deployment in list(self._loop.memory.fleet.values())
            for replica in self._kept(deployment)
        }
        reading = {uid: hands.submit(self._read, replica) for uid, (_, replica) in there.items()}
        for uid, (deployment, replica) in there.items():
            self._note(deployment.key.subject, replica, reading[uid].result())
        self._pending = {uid: kept for uid, kept in self._pending.items() if uid in there}
        self._read_to = {uid: at for uid, at in self._read_to.items() if uid in there}

    def _kept(self, deployment: Deployment) -> Iterator[Replica]:
        for replica in deployment.replicas.values():
            if replica.container_id and self._keeps(deployment.workload_body(replica)):
                yield replica

    def _look_up(self, digest: str) -> bool:
        with suppress(Unsound):  # its deployment is not acted upon either, and says so
            body = self._loop.ledger.document(digest) if digest else None
            return body is not None and keeps_probes(body)
        return False

    def _read(self, replica: Replica) -> list[ProbeAnswer]:
        now = self._clock()
        # At first all of it: the node's clock, which the log goes by, may be behind.
        since = self._read_to.get(replica.uid) or replica.answered_at or (replica.created_at or now) - BATCH
        seconds = max(1, math.ceil((now - since).total_seconds()) + 2)
        pod = ObjectRef(Kind.POD.value, replica.namespace, replica.pod)
        with suppress(Rejected, Unreachable):
            return [answer for answer in answers(self._beside(pod, RELAY, seconds)) if answer.at > since]
        return []

    def _note(self, subject: str, replica: Replica, read: list[ProbeAnswer]) -> None:
        pending = self._pending.setdefault(replica.uid, [])
        pending += read
        if not pending:
            return
        self._read_to[replica.uid] = max(answer.at for answer in pending)
        now = self._clock()
        if replica.leaving or now - pending[0].at >= BATCH or not all(answer.passed for answer in pending):
            with self._lock:
                self._fresh.append(Witnessed(subject, replica.uid, ProbesAnswered(tuple(pending)), now))
            self._pending[replica.uid] = []
