"""A simulated cluster for other processes: its owner serves it on the loopback, behind a token that only its user can read."""

import asyncio
import json
import os
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from adapters.serving.listener import ClientConnection, Listener
from adapters.simulator.calls import called
from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.keeping import KeptCluster
from adapters.simulator.remote import PATIENCE
from adapters.simulator.remote import RemoteSimulatedCluster as RemoteSimulatedCluster  # noqa: PLC0414 (both sides of the door)
from adapters.simulator.remote import door_of as door_of  # noqa: PLC0414
from adapters.simulator.remote import reach_simulated as reach_simulated  # noqa: PLC0414
from adapters.simulator.wire import Words, error_words, ref_of
from domain.errors import DeadreckonError, Unreachable
from domain.ports import Clock

_KNOCK = 1024
"""Bytes of a first line at most: the token, and how much is asked."""
_KNOCKING = 5.0
_LONGEST = 32 * 1024 * 1024
_WORKERS = 8
_FOLLOWERS = 32


class ServedCluster:
    """A cluster being served, until `close`."""

    def __init__(self, cluster: SimulatedCluster, path: Path) -> None:
        """Listen on a free port of the loopback and say so beside the cluster's file."""
        self._cluster = cluster
        self._door = door_of(path)
        self._token = secrets.token_urlsafe(32)
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="simulated-door")
        self._followers = ThreadPoolExecutor(_FOLLOWERS, thread_name_prefix="simulated-logs")
        self._listener = Listener(("127.0.0.1", 0), self._serve, name="simulated-door", limit=_KNOCK)
        self._door.unlink(missing_ok=True)
        with os.fdopen(os.open(self._door, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"port": self._listener.port, "token": self._token}, file)

    def close(self) -> None:
        """Serve no more."""
        self._door.unlink(missing_ok=True)
        self._listener.close()
        for pool in (self._workers, self._followers):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _serve(self, line: ClientConnection) -> None:
        """Look at the token first, in a line that is short and comes soon; only then is more read, so much as it said."""
        with suppress(KeyError, TypeError, AttributeError, RecursionError):  # it speaks another language: it can be told nothing
            async with asyncio.timeout(_KNOCKING):
                knock: Words = json.loads(await line.reader.readline())
            if not secrets.compare_digest(str(knock.get("token", "")).encode(), self._token.encode()):
                await _say(line, {"error": {"kind": "Unreachable", "message": "the simulated cluster does not know this token"}})
                return
            line.busy = True
            size = int(knock["bytes"])
            if not 0 <= size <= _LONGEST:
                await _say(
                    line, {"error": {"kind": "Unreachable", "message": f"a call of more than {_LONGEST} bytes is not read"}}
                )
                return
            async with asyncio.timeout(PATIENCE):
                asked: Words = json.loads(await line.reader.readexactly(size))
            await self._answer(line, str(asked["call"]), asked.get("with") or {})

    async def _answer(self, line: ClientConnection, call: str, words: Words) -> None:
        loop = asyncio.get_running_loop()
        try:
            if call == "logs":
                await loop.run_in_executor(self._followers, self._tell, line, words)
                await _say(line, {"end": True})
            else:
                result = await loop.run_in_executor(self._workers, called, self._cluster, call, words)
                await _say(line, {"result": result})
        except DeadreckonError as error:
            await _say(line, {"error": error_words(error)})

    def _tell(self, line: ClientConnection, words: Words) -> None:
        """Hand on each line of a log as it comes; whoever does not take them ends it."""
        for text in self._cluster.logs(ref_of(words.pop("pod")), **words):
            asyncio.run_coroutine_threadsafe(_say(line, {"line": text}), self._listener.loop).result()


async def _say(line: ClientConnection, words: Words) -> None:
    await line.send(json.dumps(words).encode() + b"\n", PATIENCE)


def serve(cluster: SimulatedCluster, path: Path) -> ServedCluster:
    """Serve a cluster to other processes; `path` is its file."""
    return ServedCluster(cluster, path)


class OwnedCluster(KeptCluster):
    """The simulated cluster of an engine: it runs by the clock and is served to other commands until it is closed."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Own the file, run, and serve."""
        super().__init__(path, clock)
        try:
            self._served = serve(self, path)
        except OSError as error:
            super().close()
            raise Unreachable(f"the simulated cluster {path} cannot be served: {error.strerror}") from error
        self.start()

    def close(self) -> None:
        """Serve no more, stop, and write all of it down."""
        self._served.close()
        super().close()


def own_simulated(path: Path, clock: Clock, *, patience: float = 5.0) -> OwnedCluster:
    """Own, run and serve the cluster in a file. Raises Unreachable when another engine owns it for longer than that."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return OwnedCluster(path, clock)
        except Unreachable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
