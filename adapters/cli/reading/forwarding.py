"""A port of this machine that leads to a deployment's replicas: each connection to one that is ready, another when that goes."""

import errno
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from domain.cluster_ports import PortConnection
from domain.errors import Refused, Rejected, Unreachable
from domain.objects import ObjectRef

MOST = 64
"""Connections at once; each is one to the API server, too."""
_PASSING = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED})
_BREATH = 0.2
_CHUNK = 65_536
_LOOPBACK = "127.0.0.1"


class Forwarder:
    """Listens on the loopback, in the caller's thread, until it is interrupted or closed."""

    def __init__(
        self,
        forward: Callable[[ObjectRef, int], PortConnection],
        replicas: Callable[[], tuple[ObjectRef, ...]],
        port: int,
        *,
        told: Callable[[str], None],
    ) -> None:
        """Lead to this port of the replicas that are ready when a connection comes; `told` hears where they lead."""
        self._forward, self._replicas, self._port, self._told = forward, replicas, port, told
        self._server = socket.socket()
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._last: ObjectRef | None = None
        self._trouble = ""
        self._choosing = threading.Lock()
        self._room = threading.Semaphore(MOST)
        self._breathing = threading.Event()

    def listen(self, port: int, *, exactly: bool) -> int:
        """Take a port, or where it need not be exactly this one, any; give which. Raises Refused."""
        try:
            self._server.bind((_LOOPBACK, port))
        except OSError as error:
            if exactly:
                self._server.close()
                raise Refused(
                    "port-taken", f"cannot listen on {_LOOPBACK}:{port}: {error.strerror}", "--port 0 takes any"
                ) from error
            self._server.bind((_LOOPBACK, 0))
        self._server.listen()
        return int(self._server.getsockname()[1])

    def run(self) -> None:
        """Take connections until closed."""
        with self._server:
            while True:
                try:
                    local, _ = self._server.accept()
                except OSError as error:
                    if error.errno not in _PASSING:
                        return
                    self._complain(f"a connection was not taken: {error.strerror}")
                    self._breathing.wait(_BREATH)
                    continue
                if self._room.acquire(blocking=False):
                    threading.Thread(target=self._carry, args=(local,), daemon=True).start()
                else:
                    local.close()
                    self._complain(f"{MOST} connections are open: another one was not taken")

    def close(self) -> None:
        """Take no more."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _carry(self, local: socket.socket) -> None:
        try:
            self._carry_on(local)
        finally:
            self._room.release()

    def _carry_on(self, local: socket.socket) -> None:
        with local:
            line = self._line()
            if line is None:
                return
            back = threading.Thread(target=self._answer, args=(line, local), daemon=True)
            back.start()
            with suppress(OSError, Unreachable):
                while data := local.recv(_CHUNK):
                    line.send(data)
            line.close()
            back.join(timeout=5)

    def _answer(self, line: PortConnection, local: socket.socket) -> None:
        try:
            while data := line.receive():
                local.sendall(data)
        except Unreachable as error:
            self._complain(str(error))
        except OSError:
            pass
        with suppress(OSError):
            local.shutdown(socket.SHUT_RDWR)  # wakes whoever still reads there

    def _line(self) -> PortConnection | None:
        """Open a connection to a replica: to the one of last time while it is ready, else to another."""
        ready = self._replicas()
        order = sorted(ready, key=lambda replica: replica != self._last)
        for replica in order:
            try:
                line = self._forward(replica, self._port)
            except (Rejected, Unreachable) as error:
                self._complain(str(error))
                continue
            with self._choosing:
                if replica != self._last:
                    self._told(f"leads to {replica.name}")
                self._last, self._trouble = replica, ""
            return line
        if not ready:
            self._complain("no replica takes requests now")
        return None

    def _complain(self, trouble: str) -> None:
        """Say what is in the way, once."""
        with self._choosing:
            if trouble != self._trouble:
                self._trouble = trouble
                self._told(trouble)
