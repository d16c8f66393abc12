"""The door: one question's requests, each answered in memory and in bounds, or refused in words that name the server.

It is a pool manager as the libraries behind it want one (minio, dulwich). What they are given is read to its end already, so
that nothing they do with an answer waits for a server, or reads more than may be read.
"""

import re
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPException
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import urllib3
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

from adapters.outgoing.bounds import Bounds, Budget, NoAnswer, ServerFault
from adapters.outgoing.gate import Gate
from adapters.outgoing.wire import Encrypted, OutgoingTransport, Plain
from adapters.outgoing.words import words

_PORTS = {"http": 80, "https": 443}
_KINDS = {"http": Plain, "https": Encrypted}
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_CHUNK = 64 * 1024
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Za-z:.%-]{2,60}\]")

Judge = Callable[[str, bytes], None]
"""Looks at an answer's content type and body before anybody parses it; raises Fault."""

Origin = tuple[str, str, int]


def origin(url: str) -> Origin:
    """Give scheme, host and port of an address, as connections understand it. Raises Fault: it is none of the web's."""
    parts = _parsed(url)
    scheme, host = parts.scheme or "", (parts.host or "").rstrip(".").lower()
    return scheme, host, parts.port or _PORTS[scheme]


class Door(urllib3.PoolManager):
    """Asks one question; closed at its end."""

    def __init__(self, bounds: Bounds, gate: Gate, judge: Judge = lambda _kind, _body: None) -> None:
        """Take what the question may take, where it may lead, and who looks at the answers."""
        super().__init__(retries=False)
        self._budget = Budget(bounds)
        self._wire = OutgoingTransport(self._budget, gate)
        self._judge = judge
        self._at = ""
        again = urllib3.Retry(total=bounds.again, redirect=0, status=0, backoff_factor=0, respect_retry_after_header=False)
        self._again = again if bounds.again else False

    def urlopen(self, method: str, url: str, redirect: bool = True, **more: Any) -> urllib3.BaseHTTPResponse:  # type: ignore[override]  # noqa: ANN401 (as it is there)
        """Ask, and give the answer whole. Raises NoAnswer, InnerAddress."""
        self._at = url
        try:
            return self._followed(method, dict(more.get("headers") or {}), more, redirects=redirect and method == "GET")
        except ServerFault as fault:
            led = f"{_named(url)} leads to {_named(self._at)}, which" if _named(self._at) != _named(url) else _named(url)
            raise NoAnswer(f"{led} {fault}") from fault

    def let_go(self) -> None:
        """Close everything."""
        self.clear()

    def _new_pool(self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        pool.ConnectionCls = partial(_KINDS[scheme], wire=self._wire)  # type: ignore[assignment]  # called, never looked at
        return pool

    def _followed(
        self, method: str, headers: dict[str, str], more: Mapping[str, Any], *, redirects: bool
    ) -> urllib3.BaseHTTPResponse:
        for _ in range(self._budget.bounds.redirects + 1):
            answer = self._asked(method, self._at, headers, more)
            onward = onward_of(self._at, answer) if redirects else ""
            if not onward:
                return answer
            if origin(onward) != origin(self._at):
                headers = {name: value for name, value in headers.items() if name.lower() not in _CREDENTIALS}
            self._at = onward
        raise ServerFault(f"redirects more than {self._budget.bounds.redirects} times")

    def _asked(self, method: str, url: str, headers: Mapping[str, str], more: Mapping[str, Any]) -> urllib3.BaseHTTPResponse:
        parts = _parsed(url)
        self._budget.request()
        pool = self.connection_from_host(parts.host, port=parts.port, scheme=parts.scheme)
        how: dict[str, Any] = {
            "headers": headers,
            "retries": self._again,
            "timeout": urllib3.Timeout(self._budget.wait()),
            "redirect": False,
            "assert_same_host": False,
            "preload_content": False,
            "decode_content": False,
        }
        try:
            live = pool.urlopen(method, parts.request_uri, body=more.get("body"), **how)
            body = _whole(live)
        except (HTTPError, HTTPException, ssl.SSLError, OSError, ValueError) as error:
            self._budget.wait()  # an end of all time is told as that, not as the silence that it came with
            raise ServerFault(words(error, self._budget.bounds.patience)) from error
        _plain(live, body, self._budget.bounds)
        self._judge(live.headers.get("Content-Type", ""), body)
        return _in_memory(live, body, url, method=method, preload=bool(more.get("preload_content", True)))


def _parsed(url: str) -> Url:
    try:
        parts = parse_url(url)
    except LocationParseError as error:
        raise ServerFault("leads to what is no address") from error
    if parts.scheme not in _PORTS or not _HOST.fullmatch(parts.host or ""):
        raise ServerFault("leads to what is no address of the web")
    if parts.auth is not None:
        raise ServerFault("leads to an address with a user in it")
    return parts


def _named(url: str) -> str:
    try:
        parts = parse_url(url)
    except LocationParseError:
        return "it"
    if not _HOST.fullmatch(parts.host or ""):
        return "it"
    return f"{parts.host}:{parts.port}" if parts.port else str(parts.host)


def onward_of(url: str, answer: urllib3.BaseHTTPResponse) -> str:
    """Give where a redirect leads; empty for any other answer. Raises Fault."""
    location = answer.get_redirect_location()
    if not location:
        return ""
    try:
        onward = urljoin(url, location)
    except ValueError as error:
        raise ServerFault("redirects to what is no address") from error
    if url.startswith("https:") and not onward.startswith("https:"):
        raise ServerFault("redirects from https to what is not")
    _parsed(onward)
    return onward


def _whole(live: urllib3.BaseHTTPResponse) -> bytes:
    try:
        parts = list(iter(lambda: live.read(_CHUNK, decode_content=False), b""))
    except BaseException:
        live.close()
        raise
    live.release_conn()
    return b"".join(parts)


def _plain(live: urllib3.BaseHTTPResponse, body: bytes, bounds: Bounds) -> None:
    packing = live.headers.get("Content-Encoding", "identity")
    if body and packing.strip().lower() not in {"", "identity"}:
        raise ServerFault("answers compressed, which it was not asked for")
    if len(body) > bounds.answer:
        raise ServerFault(f"answered more than {bounds.answer} bytes at once")


def _in_memory(live: urllib3.BaseHTTPResponse, body: bytes, url: str, *, method: str, preload: bool) -> urllib3.BaseHTTPResponse:
    headers = urllib3.HTTPHeaderDict()
    for name, value in live.headers.iteritems():
        if name.lower() not in _FRAMING:
            headers.add(name, value)
    return urllib3.HTTPResponse(
        BytesIO(body),
        headers=headers,
        status=live.status,
        version=live.version,
        reason=live.reason,
        preload_content=preload,
        decode_content=False,
        request_method=method,
        request_url=url,
    )
