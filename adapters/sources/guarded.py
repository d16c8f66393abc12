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


def connections(*, inner_allowed: bool) -> urllib3.PoolManager:
    """Open a way to sources: a short patience, one more try, a few redirects (each held to the same rule)."""
    settings: dict[str, Any] = {"timeout": urllib3.Timeout(connect=4, read=10), "retries": urllib3.Retry(1, redirect=3, status=0)}
    pool = urllib3.PoolManager(**settings)
    if not inner_allowed:
        pool.pool_classes_by_scheme = dict[str, type[HTTPConnectionPool]](http=_PlainPool, https=_EncryptedPool)
    return pool
