"""A simulated cluster in a file: one process owns it under a lock, and time stands still while none does.

The file is replaced as a whole, at most once a second and at the end. If its owner is killed, up to a second of the cluster is
lost (more, while the disk is full); revisions then go on from far above, so that no watch mistakes the new frames for ones it
has seen.
"""

import fcntl
import json
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from adapters.clock import new_id
from adapters.files import opened_to_lock, own_folder, written_whole
from adapters.simulator.agenda import stamp, unstamp
from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.node_objects import register
from adapters.simulator.requests import AuditedWrite
from adapters.simulator.scheduler import NODES, SimulatedNode
from adapters.simulator.schema import Object, tree
from domain.errors import Unfit, Unreachable
from domain.objects import ObjectRef
from domain.ports import Clock

_FORMAT = 1
_LEAP = 1_000_000
_OFTEN = 1.0


def beside(ledger: Path) -> Path:
    """Give the place of the cluster that belongs to a ledger's file."""
    return ledger.with_name(f"{ledger.name}.cluster.json")


class KeptCluster(SimulatedCluster):
    """The simulated cluster whose state is in a file, and whose process owns that file."""

    def __init__(self, path: Path, clock: Clock, *, nodes: Iterable[SimulatedNode] = NODES) -> None:
        """Take the lock and go on where the last owner stopped. Raises Unreachable while another process owns the file."""
        self._lock: IO[bytes] | None = _locked(path)
        self._path = path
        self._written = (0, 0.0)
        try:
            kept = _read(path)
            super().__init__(clock, seed=str(kept["seed"]) if kept else new_id(), nodes=nodes)
            if kept:
                restore(self, kept, clock())
            self._write(running=True)
        except BaseException:
            self._lock.close()
            raise

    def close(self) -> None:
        """Stop, write all of it down and let the file go."""
        super().close()
        if self._lock is not None:
            lock, self._lock = self._lock, None
            with closing(lock):
                self._write(running=False)

    def pause(self) -> None:
        """Write the state down if it has changed, not more often than once a second."""
        revision, at = self._written
        if self.store.revision != revision and self.agenda.elapsed - at >= _OFTEN:
            # A full disk does not make a cluster stand still: it is tried again after a second.
            with suppress(Unreachable):
                self._write(running=True)

    def _write(self, *, running: bool) -> None:
        with self.changed:
            content = {"format": _FORMAT, "running": running, **dump(self)}
            self._written = (self.store.revision, self.agenda.elapsed)
        # Outside the lock: what stands in the store is never changed in place.
        try:
            with written_whole(self._path, beside=self._path.with_name(f"{self._path.name}.new")) as file:
                file.write(json.dumps(content, separators=(",", ":")).encode())
        except OSError as error:
            self._written = (-1, self._written[1])
            raise Unreachable(f"the simulated cluster {self._path} cannot be written down: {error.strerror}") from error


def open_simulated(path: Path, clock: Clock, *, patience: float = 5.0) -> KeptCluster:
    """Own the cluster in a file, waiting some seconds for a command that has it now. Raises Unreachable, Unfit."""
    for _ in range(int(patience / 0.1)):
        try:
            return KeptCluster(path, clock)
        except Unreachable:
            time.sleep(0.1)
    return KeptCluster(path, clock)


def dump(cluster: SimulatedCluster) -> dict[str, Any]:
    """Give the whole state of a cluster, but for scripted behaviours and faults."""
    return {
        "seed": cluster.dice.seed,
        "thrown": cluster.dice.thrown,
        "stopped": cluster.agenda.now.isoformat(),
        "agenda": cluster.agenda.dump(),
        "store": cluster.store.dump(),
        "controllers": cluster.controllers.dump(),
        "addresses": cluster.requests.addresses,
        "audited": [_audit_line(one) for one in cluster.requests.audited[-1000:]],
    }


def restore(cluster: SimulatedCluster, kept: dict[str, Any], now: datetime) -> None:
    """Bring a fresh cluster to a state that was dumped; no time has passed for it."""
    cluster.dice.thrown = int(kept["thrown"])
    cluster.agenda.load(kept["agenda"], now)
    cluster.store.load(kept["store"])
    cluster.controllers.load(kept["controllers"])
    cluster.requests.addresses = int(kept["addresses"])
    cluster.requests.audited[:] = [_audited(one) for one in kept["audited"]]
    register(cluster.store, cluster.controllers.scheduler.nodes)  # one that was kept by an earlier version has no Node objects
    gap = now - datetime.fromisoformat(kept["stopped"])
    shelf = cluster.store.objects.get("Deployment", {})
    shelf.update({place: _postponed(one, gap) for place, one in shelf.items()})
    if kept.get("running"):  # killed: what came after the last writing is lost
        cluster.store.revision += _LEAP
        cluster.store.frames.clear()
        cluster.store.dropped += _LEAP
        cluster.store.floor = cluster.store.revision


def _postponed(deployment: Object, gap: timedelta) -> Object:
    # A rollout's patience does not run out while nothing runs.
    status = tree(deployment.get("status"))
    conditions = [
        {**one, "lastUpdateTime": stamp(unstamp(one["lastUpdateTime"]) + gap)} if one["type"] == "Progressing" else one
        for one in status.get("conditions") or ()
    ]
    return {**deployment, "status": {**status, "conditions": conditions}} if conditions else deployment


def _locked(path: Path) -> IO[bytes]:
    try:
        own_folder(path.parent)
        file = opened_to_lock(path.with_name(f"{path.name}.lock"))
    except OSError as error:
        hint = f"see that {path.absolute().parent} is there and yours"
        raise Unfit(f"the simulated cluster {path} cannot be opened: {error.strerror}", hint) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise Unreachable(f"the simulated cluster {path.name} is in use by another process") from error
    return file


def _read(path: Path) -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        hint = "move it away to begin with an empty simulated cluster; the ledger keeps its history"
        raise Unfit(f"{path} does not hold a simulated cluster: {error}", hint) from error
    if kept.get("format") != _FORMAT:
        raise Unfit(f"{path} is of format {kept.get('format')}, this version knows {_FORMAT}", "use the version that wrote it")
    return kept


def _audit_line(one: AuditedWrite) -> list[Any]:
    return [one.audit, one.verb, one.ref.kind, one.ref.namespace, one.ref.name, one.code, one.manager, one.dry_run]


def _audited(line: list[Any]) -> AuditedWrite:
    audit, verb, kind, namespace, name, code, manager, dry_run = line
    return AuditedWrite(audit, verb, ObjectRef(kind, namespace, name), code, manager, dry_run)
