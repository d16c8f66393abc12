"""Keeps the read models up with the ledger: an engine has all of it folded, so that nobody who lists has to fold it again.

Only the engine that leads writes, in a thread of its own: what it holds is taken as it stands at one position, a row for each
deployment that facts were about, and put beside that position in one transaction. What was put by others stays where it is newer.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any, Protocol

import structlog

from domain.deployment import Deployment
from domain.errors import Unfit
from domain.facts import Fact
from domain.ports import Ledger
from domain.record import Recorded
from domain.world import World
from projections.fleet import WORLD, FleetView, WorldView, shelve
from reconciler.ledger_tail import LedgerTail

log = structlog.get_logger()

PAUSE = 2.0
"""Seconds from one writing to the next at least."""
SHARE = 20
"""So many times as long as a writing took, none is begun: rows of a long history cost no more than that part of a core."""
LONGEST = 30.0
"""Seconds until it is tried again where nothing could be put."""

Changed = Mapping[str, tuple[int, Any]]
"""A read model's rows by their keys, each with the position of the last fact about it."""


class ReadModelStore(Protocol):
    """Where the read models stand."""

    def put(self, models: Mapping[str, Changed], *, since: int, position: int) -> bool:
        """Put what rows are at a position: all those that facts after `since` were about. Raises Unreachable, Unfit.

        A model that stands later keeps what it has. False, and nothing is changed, where one stands before `since`.
        """
        ...

    def catch_up(self, ledger: Ledger) -> int:
        """Fold what is new into all models; give the position they stand at. Raises Unreachable, Unfit."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class ReadModels:
    """What an engine has folded and not put yet. `told` is called by the engine's thread alone, `keep` by another."""

    def __init__(self, tail: LedgerTail, open_store: Callable[[], ReadModelStore]) -> None:
        """Begin with nothing; the store is opened when it is first needed."""
        self._tail, self._open = tail, open_store
        self._lock = threading.Lock()
        self._deployments: dict[str, tuple[int, Deployment]] = {}
        self._world: tuple[int, World] | None = None
        self._position = 0
        self._put_at = 0
        self._store: ReadModelStore | None = None

    def told(self, facts: Sequence[Recorded[Fact]]) -> None:
        """Note what facts were about that have just been folded."""
        memory = self._tail.memory
        last = {recorded.metadata.subject: recorded.position for recorded in facts}
        folded = [(subject, at, memory.deployment(subject)) for subject, at in last.items() if "/" in subject]
        others = [at for subject, at in last.items() if "/" not in subject]
        with self._lock:
            self._deployments |= {subject: (at, deployment) for subject, at, deployment in folded if deployment is not None}
            self._world = (max(others), memory.world) if others else self._world
            self._position = memory.position

    def run(self, stopping: threading.Event) -> None:
        """Put what is new, now and then, until stopped. Where the database does not let us, whoever lists folds for itself."""
        pause, said = PAUSE, ""
        try:
            while not stopping.wait(pause):
                began = monotonic()
                try:
                    self.keep()
                except Unfit as error:
                    log.warning("read-models.left-alone", error=str(error))
                    return
                except Exception as error:  # noqa: BLE001 (the database is away, a row unsound: whoever lists folds for itself)
                    if said != (said := str(error)):
                        log.warning("read-models.put-off", error=said)
                    pause = LONGEST
                else:
                    pause, said = max(PAUSE, SHARE * (monotonic() - began)), ""
        finally:
            if self._store is not None:
                self._store.close()

    def keep(self) -> bool:
        """Put what is new; tell whether there was anything. Raises Unreachable, Unfit."""
        with self._lock:
            deployments, world, position = self._deployments, self._world, self._position
            if position == self._put_at or not self._tail.leadership.leading:
                return False
            self._deployments, self._world = {}, None
        try:
            self._put(deployments, world, position)
        except BaseException:
            with self._lock:  # it is put with what comes next
                self._deployments = {**deployments, **self._deployments}
                self._world = self._world or world
            raise
        self._put_at = position
        return True

    def _put(self, deployments: Mapping[str, tuple[int, Deployment]], world: tuple[int, World] | None, position: int) -> None:
        if self._store is None:
            self._store = self._open()
        models: dict[str, Changed] = {
            FleetView.name: {subject: (at, shelve(deployment)) for subject, (at, deployment) in deployments.items()},
            WorldView.name: {WORLD: world} if world is not None else {},
        }
        if not self._store.put(models, since=self._put_at, position=position):
            # Someone has begun a model anew meanwhile: what was put before is missing there.
            self._store.catch_up(self._tail.ledger)
