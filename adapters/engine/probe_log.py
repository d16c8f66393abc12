"""Exact records of health checks: every answer that a relay saw, read from its log while this engine leads."""

import json
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from itertools import groupby
from typing import Any

from adapters.engine.deployment_log import logger_of
from adapters.engine.round import Rounds
from domain.deployment import Deployment
from domain.errors import Rejected, Unreachable, Unsound
from domain.objects import Kind, ObjectRef
from domain.ports import Clock
from domain.probes import ProbeName
from domain.replica import ProbeAnswer, ProbesAnswered, Replica, ReplicaUnsteady
from reconciler.ledger_tail import LedgerTail
from reconciler.recording import ProbeAnswersRead
from reconciler.relay import RELAY

BATCH = timedelta(minutes=5)
"""While all is well, answers are recorded so many at a time; a failure, and who leaves, are recorded at once."""
_SPAN = 10.0
_MADE = 40
"""Three probes a second, and some that came late: so many answers in ten seconds probes can have made."""
_ENDS = 2
_FACT = 500
"""Answers in one fact: some ten kilobytes, and most of five minutes."""
_ROUND = 20
"""Facts that are taken in one round; the others wait for the next."""
_FULL = 1024 * 1024
_LONGEST = 86_400.0
_AHEAD = timedelta(days=1)
_LOGGER = "http.log.access."
_PROBES: frozenset[ProbeName] = frozenset({"startup", "readiness", "liveness"})

Beside = Callable[[ObjectRef, str, int], Iterator[str]]
"""Gives what a container of a pod has printed in the last seconds."""


def answers(lines: Iterable[str], until: datetime | None = None) -> Iterator[ProbeAnswer]:
    """Read a relay's log; what is no answer to a health check, or says what cannot be, is passed over."""
    for line in lines:
        with suppress(ArithmeticError, AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError):
            told: dict[str, Any] = json.loads(line)
            probe = str(told["logger"]).removeprefix(_LOGGER)
            if probe in _PROBES and told["msg"] == "handled request":
                answer = ProbeAnswer(probe, _time(told["ts"]), int(told["status"]), float(told["duration"]))
                if 0 <= answer.status < 1000 and 0 <= answer.seconds <= _LONGEST and (until is None or answer.at <= until):
                    yield answer


def _time(seconds: Any) -> datetime:  # noqa: ANN401 (JSON)
    """Give a time. Raises ValueError for one before there were computers, OverflowError for one after there are years."""
    at = datetime.fromtimestamp(float(seconds), UTC)
    if at.year < 1970:
        raise ValueError(seconds)
    return at


def thinned(read: Sequence[ProbeAnswer]) -> tuple[list[ProbeAnswer], int]:
    """Keep all answers that probes can have made; of ten seconds with more than that, the first and the last.

    Gives also how many were left out: an application that asks its own relay for them fills no ledger.
    """
    kept: list[ProbeAnswer] = []
    for _, within in groupby(read, lambda answer: answer.at.timestamp() // _SPAN):
        some = list(within)
        kept += some if len(some) <= _MADE else [*some[:_ENDS], *some[-_ENDS:]]
    return kept, len(read) - len(kept)


def keeps_probes(manifest: bytes) -> bool:
    """Tell whether a Deployment's rendering has a relay that health checks go through."""
    content: Any = json.loads(manifest)
    relays = [box for box in content["spec"]["template"]["spec"]["containers"] if box["name"] == RELAY]
    return any(port["name"] in _PROBES for box in relays for port in box["ports"])


@dataclass(frozen=True, slots=True)
class _Page:
    """What one look at a log gave: its answers, and how many lines were passed over without one."""

    answers: list[ProbeAnswer]
    passed: int = 0


class ProbeLog:
    """Reads the relays' logs when it is told to; what was read is taken by the loop, which alone records."""

    def __init__(self, tail: LedgerTail, beside: Beside, clock: Clock) -> None:
        """Begin with nothing read."""
        self._tail, self._beside, self._clock = tail, beside, clock
        self._pending: dict[str, list[ProbeAnswer]] = {}
        self._left_out: dict[str, int] = {}
        self._read_to: dict[str, datetime] = {}
        self._fresh: list[ProbeAnswersRead] = []
        self._rounds: Rounds[str] = Rounds()
        self._epoch = 0
        self._lock = threading.Lock()
        self._keeps = lru_cache(1000)(self._look_up)

    def take(self) -> tuple[ProbeAnswersRead, ...]:
        """Give what is to be recorded; never blocks."""
        with self._lock:
            fresh, self._fresh = tuple(self._fresh[:_ROUND]), self._fresh[_ROUND:]
            return fresh

    def look(self, workers: ThreadPoolExecutor) -> None:
        """Read the logs of all replicas whose health checks are kept, once."""
        lease = self._tail.leadership.lease
        if lease is None or not self._tail.leadership.leading:
            return
        if lease.epoch != self._epoch:  # what was read and not recorded is read again
            self._pending, self._left_out, self._read_to, self._epoch = {}, {}, {}, lease.epoch
        there = {
            replica.uid: (deployment, replica)
            for deployment in list(self._tail.memory.fleet.values())
            for replica in self._kept(deployment)
        }
        jobs = [(uid, partial(self._read, replica)) for uid, (_, replica) in there.items()]
        read = self._rounds.ask(workers, jobs, lambda uid: logger_of(self._tail.memory, there[uid][0].key.subject))
        for uid, (deployment, replica) in there.items():
            self._note(deployment.key.subject, replica, read.get(uid, _Page([])))
        self._pending = {uid: kept for uid, kept in self._pending.items() if uid in there}
        self._left_out = {uid: many for uid, many in self._left_out.items() if uid in there}
        self._read_to = {uid: at for uid, at in self._read_to.items() if uid in there}

    def _kept(self, deployment: Deployment) -> Iterator[Replica]:
        for replica in deployment.replicas.values():
            if replica.container_id and self._keeps(deployment.workload_body(replica)):
                yield replica

    def _look_up(self, digest: str) -> bool:
        with suppress(Unsound):  # its deployment is not acted upon either, and says so
            body = self._tail.ledger.document(digest) if digest else None
            return body is not None and keeps_probes(body)
        return False

    def _read(self, replica: Replica) -> _Page:
        now = self._clock()
        # At first all of it: the node's clock, which the log goes by, may be behind.
        since = self._read_to.get(replica.uid) or replica.answered_at or (replica.created_at or now) - BATCH
        seconds = max(1, math.ceil((now - since).total_seconds()) + 2)
        pod = ObjectRef(Kind.POD.value, replica.namespace, replica.pod)
        lines: list[str] = []
        with suppress(Rejected, Unreachable):
            lines.extend(self._beside(pod, RELAY, seconds))
        fresh = [answer for answer in answers(lines, now + _AHEAD) if answer.at > since]
        # So much printed since the last answer that one look does not come past it: it is passed over, and counted.
        stuck = not fresh and sum(map(len, lines)) > _FULL
        return _Page(fresh, len(lines) if stuck else 0)

    def _note(self, subject: str, replica: Replica, read: _Page) -> None:
        now, uid = self._clock(), replica.uid
        pending, left_out = thinned([*self._pending.get(uid, ()), *read.answers])
        self._pending[uid] = pending
        self._left_out[uid] = self._left_out.get(uid, 0) + left_out + read.passed
        if read.passed:
            self._read_to[uid] = now
        if not pending:
            return
        self._read_to[uid] = max(pending[-1].at, self._read_to.get(uid, pending[-1].at))
        if replica.leaving or now - pending[0].at >= BATCH or not all(answer.passed for answer in pending):
            self._hand_on(subject, uid, pending, now)

    def _hand_on(self, subject: str, uid: str, pending: Sequence[ProbeAnswer], now: datetime) -> None:
        left_out = self._left_out.pop(uid, 0)
        parts = [tuple(pending[first : first + _FACT]) for first in range(0, len(pending), _FACT)]
        facts: list[ProbesAnswered | ReplicaUnsteady] = [ProbesAnswered(part) for part in parts]
        if left_out:
            facts.append(ReplicaUnsteady(0, 0, left_out, pending[0].at, pending[-1].at))
        with self._lock:
            self._fresh += (ProbeAnswersRead(subject, uid, fact, now) for fact in facts)
        self._pending[uid] = []
