"""Connections whose every step is bounded: the name's lookup, the connection, the handshake, each byte that comes."""

import socket
from functools import partial
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection

from adapters.outgoing.bounds import Budget, ServerFault, size
from adapters.outgoing.gate import Gate

_TRIED = 4
"""Addresses of one name that are tried."""
_CONNECT = 4.0
"""Seconds for each."""


class OutgoingTransport:
    """Opens sockets for one question."""

    def __init__(self, budget: Budget, gate: Gate) -> None:
        """Take what may be spent, and where to."""
        self.budget = budget
        self._gate = gate

    def connect(self, host: str, port: int, options: Any) -> socket.socket:  # noqa: ANN401 (urllib3's own)
        """Connect to what a name leads to: the very addresses that were judged. Raises Fault, InnerAddress."""
        addresses = _addresses(host, port, self.budget.wait())[:_TRIED]
        self._gate.admit(addresses)
        why = ""
        for address in addresses:
            patience = min(self.budget.wait(), _CONNECT)
            try:
                opened = create_connection((address, port), patience, socket_options=options)
            except OSError as error:
                why = error.strerror or f"no answer within {patience:.1g} seconds"
            else:
                opened.settimeout(self.budget.wait())
                return opened
        raise ServerFault(f"takes no connection at port {port}: {why}")


class Plain(HTTPConnection):
    """A connection without TLS."""

    def __init__(self, *args: Any, wire: OutgoingTransport, **more: Any) -> None:  # noqa: ANN401 (urllib3's own)
        super().__init__(*args, **more)
        self._wire = wire
        self.response_class = cast("type[HTTPResponse]", partial(_Metered, budget=wire.budget))

    def _new_conn(self) -> socket.socket:
        # A handshake that follows is bounded by the socket's patience as a whole: the interpreter keeps one deadline for it.
        return self._wire.connect(self._dns_host, self.port, self.socket_options)


class Encrypted(Plain, HTTPSConnection):
    """A connection with TLS."""


class _Meter(RawIOBase):
    """A socket's bytes, counted; none is waited for longer than the question may take."""

    def __init__(self, raw: RawIOBase, sock: socket.socket, budget: Budget) -> None:
        self._raw, self._sock, self._budget = raw, sock, budget
        self._left, self._beyond = 0, ""

    def allow(self, count: int, beyond: str) -> None:
        """Let so many more bytes come; what is beyond them is said with these words."""
        self._left, self._beyond = count, beyond

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (as it is there)
        # Judged when more is wanted: what was read ahead with the headers belongs to the body.
        if self._left <= 0:
            raise ServerFault(self._beyond)
        self._sock.settimeout(self._budget.wait())
        try:
            count = cast("Any", self._raw).readinto(buffer) or 0
        except TimeoutError:
            self._budget.wait()
            raise
        self._budget.take(count)
        self._left -= count
        return int(count)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Metered(HTTPResponse):
    """An answer that is read through a meter, from its first line on."""

    def __init__(self, sock: socket.socket, *args: Any, budget: Budget, **more: Any) -> None:  # noqa: ANN401 (the library's own)
        super().__init__(sock, *args, **more)
        self._bounds = budget.bounds
        self._meter = _Meter(self.fp.detach(), sock, budget)
        self.fp = BufferedReader(self._meter)

    def begin(self) -> None:
        """Read status and headers."""
        self._meter.allow(self._bounds.head, f"sent headers of more than {size(self._bounds.head)}")
        super().begin()
        self._meter.allow(self._bounds.answer, f"answered more than {size(self._bounds.answer)} at once")


def _addresses(host: str, port: int, patience: float) -> list[str]:
    """Look a name up. The system's own lookup cannot be interrupted: after a while nobody waits for it any more."""
    found: SimpleQueue[list[str] | Exception] = SimpleQueue()
    Thread(target=_look_up, args=(host, port, found), daemon=True, name="name-lookup").start()
    try:
        answer = found.get(timeout=patience)
    except Empty:
        raise ServerFault(f"has no address: its name was looked up for {patience:.2g} seconds") from None
    if isinstance(answer, Exception) or not answer:
        raise ServerFault("has no address: its name is not known here")
    return answer


def _look_up(host: str, port: int, found: "SimpleQueue[list[str] | Exception]") -> None:
    try:
        every = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        found.put(error)
    else:
        found.put(list(dict.fromkeys(str(one[4][0]) for one in every)))
