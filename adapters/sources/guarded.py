"""Connections that go nowhere a spec's author must not reach: the address behind a name is looked at before a byte is sent."""

import socket
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from adapters.spec_file.addresses import inner


class InnerAddress(Exception):
    """The name leads to loopback, to a link-local address or to a cloud's metadata."""


def _held(connected: socket.socket) -> socket.socket:
    address = str(connected.getpeername()[0])
    if inner(f"[{address}]" if ":" in address else address):
        connected.close()
        raise InnerAddress(address)
    return connected


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _held(super()._new_conn())


class _Encrypted(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _held(super()._new_conn())


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain  # pyright: ignore[reportAssignmentType]  # urllib3's protocols want its own class attributes writable


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted  # pyright: ignore[reportAssignmentType]  # as above


class Connections(urllib3.PoolManager):
    """Connections that are all let go at the end, also those whose answer nobody has read."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 (urllib3's own)
        super().__init__(**settings)
        self._answers: list[urllib3.BaseHTTPResponse] = []

    def urlopen(self, method: str, url: str, redirect: bool = True, **more: Any) -> urllib3.BaseHTTPResponse:  # type: ignore[override]  # noqa: ANN401 (as it is there)
        """Ask, and remember the answer."""
        answer = super().urlopen(method, url, redirect, **more)
        self._answers.append(answer)
        return answer

    def let_go(self) -> None:
        """Close everything."""
        for answer in self._answers:
            answer.close()
        self.clear()


def connections(*, inner_allowed: bool) -> Connections:
    """Open a way to sources: a short patience, one more try, a few redirects (each held to the same rule)."""
    settings: dict[str, Any] = {"timeout": urllib3.Timeout(connect=4, read=10), "retries": urllib3.Retry(1, redirect=3, status=0)}
    pool = Connections(**settings)
    if not inner_allowed:
        pool.pool_classes_by_scheme = dict[str, type[HTTPConnectionPool]](http=_PlainPool, https=_EncryptedPool)
    return pool
