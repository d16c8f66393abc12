"""Looks at the metadata of each Secret in use now and then, since nobody may list or watch Secrets; values are never asked for.

One after the other, never more than two a second, each about once a minute; at once where a pod's words say that one is missing.
Where we may not look (an administrator grants that for each project), nothing is asked for a while.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

import structlog

from domain.deployment import Deployment
from domain.errors import Rejected, Unreachable, Unsound
from domain.objects import Kind, ObjectRef
from domain.observations import SecretLooked, WatchEvent
from domain.ports import Clock
from domain.secrets_used import secret_names
from reconciler.ledger_tail import LedgerTail

log = structlog.get_logger()

PAUSE = 0.5
"""Seconds between two requests at least."""
EACH = timedelta(seconds=60)
MISSED = timedelta(seconds=10)
"""So often one is looked at whose absence is what a pod waits for."""
FORBIDDEN = timedelta(minutes=10)
_RECOUNT = timedelta(seconds=5)
_TEMPLATES = frozenset({Kind.DEPLOYMENT.value, Kind.JOB.value})

Look = Callable[[ObjectRef, str], SecretLooked]
"""Looks at one Secret that a project uses. Raises Rejected, Unreachable."""


class SecretsInUse:
    """Runs in a thread of its own. What was seen is kept here, and taken by the loop, which alone records."""

    def __init__(self, tail: LedgerTail, look: Look, *, clock: Clock, wake: Callable[[], None]) -> None:
        """Begin with nothing looked at."""
        self._tail, self._look, self._clock, self._wake = tail, look, clock, wake
        self._looked: dict[ObjectRef, datetime] = {}
        self._closed: dict[str, datetime] = {}
        self._used: Mapping[ObjectRef, str] = {}
        self._missed: frozenset[ObjectRef] = frozenset()
        self._counted: datetime | None = None
        self._fresh: tuple[WatchEvent, ...] = ()
        self._lock = threading.Lock()
        self._names = lru_cache(5000)(self._names_in)

    def take(self) -> tuple[WatchEvent, ...]:
        """Give what was seen since the last call; never blocks."""
        with self._lock:
            fresh, self._fresh = self._fresh, ()
            return fresh

    def run(self, stopping: threading.Event) -> None:
        """Look at one after the other until stopped; no failure ends it."""
        while not stopping.wait(PAUSE):
            try:
                self.look()
            except Unreachable as error:
                log.debug("secrets.unreachable", error=str(error))
            except Exception:  # a bug: nothing is told of Secrets, and all else goes on
                log.exception("secrets.fault")

    def look(self) -> None:
        """Look at the one that is due, if any is. Raises Unreachable."""
        if not self._tail.leadership.leading:
            return
        now = self._clock()
        if self._counted is None or not timedelta(0) <= now - self._counted < _RECOUNT:
            self._recount(now)
        ref = self._due(now)
        if ref is None:
            return
        self._looked[ref] = now
        try:
            seen = self._look(ref, self._used[ref])
        except Rejected as error:
            self._refused(ref, error, now)
            return
        if self._may_be_news(seen):
            with self._lock:
                self._fresh = (*self._fresh, WatchEvent((seen,), now, Kind.SECRET.value, ""))
            self._wake()

    def _refused(self, ref: ObjectRef, error: Rejected, now: datetime) -> None:
        if error.rejection.status == 403:
            if ref.namespace not in self._closed:
                log.warning("secrets.unseen", namespace=ref.namespace, because=error.rejection.message)
            self._closed[ref.namespace] = now

    def _may_be_news(self, seen: SecretLooked) -> bool:
        return not seen.resource_version or bool(seen.writers) or seen.ref in self._tail.memory.world.around.secrets

    def _recount(self, now: datetime) -> None:
        fleet = list(self._tail.memory.fleet.values())
        self._used = {ref: home.key.project for home in fleet for ref in self._of(home)}
        self._missed = frozenset(ref for home in fleet for ref in _waited_for(home) if ref in self._used)
        self._looked = {ref: at for ref, at in self._looked.items() if ref in self._used}
        self._closed = {space: at for space, at in self._closed.items() if timedelta(0) <= now - at < FORBIDDEN}
        self._counted = now

    def _due(self, now: datetime) -> ObjectRef | None:
        open_ones = [ref for ref in self._used if ref.namespace not in self._closed]
        late = {ref: now - self._looked[ref] for ref in open_ones if ref in self._looked}
        waiting = [ref for ref in open_ones if ref not in late or late[ref] >= (MISSED if ref in self._missed else EACH)]
        return max(waiting, key=lambda ref: (ref in self._missed, late.get(ref, timedelta.max)), default=None)

    def _of(self, home: Deployment) -> Iterator[ObjectRef]:
        """Give the Secrets that a deployment's wanted and effective versions refer to, but for copies that are not made yet."""
        for version in {version.number: version for version in (home.wanted, home.effective) if version}.values():
            copies = {one.ref for one in version.order.objects if one.ref.kind == Kind.SECRET.value}
            for one in version.order.objects:
                if one.ref.kind in _TEMPLATES:
                    refs = (ObjectRef(Kind.SECRET.value, one.ref.namespace, name) for name in self._names(one.body))
                    yield from (ref for ref in refs if ref not in copies or ref in home.objects)

    def _names_in(self, digest: str) -> frozenset[str]:
        try:
            body = self._tail.ledger.document(digest)
        except Unsound:  # its deployment is not acted upon either, and says so
            return frozenset()
        return secret_names(json.loads(body)) if body else frozenset()


def _waited_for(home: Deployment) -> Iterator[ObjectRef]:
    """Give the Secrets that replicas say they lack: `secret "x" not found`, in a kubelet's words."""
    for replica in home.replicas.values():
        _, said, rest = (replica.waiting.message if replica.waiting else "").partition('secret "')
        if said:
            yield ObjectRef(Kind.SECRET.value, replica.namespace, rest.partition('"')[0].rpartition("/")[2])
