"""As much of HTTP/1.1 as those need who ask us: a GET, or a POST where one is taken, bounded in every direction; its answer."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, cast

import structlog

from adapters.serving.listener import ClientConnection, Listener

log = structlog.get_logger()

REQUESTS = 1000
"""On one connection, before it is ended."""
_HEADERS = 100
_DIGITS = 10
_HANDS = 2
_PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds in which a whole request has to come (the next one on a connection, too), be answered, and its answer be taken."""

    asking: float = 10.0
    answering: float = 10.0
    taking: float = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, and by whom: the names of the certificate that was shown."""

    target: str
    names: frozenset[str] = frozenset()
    authorization: str = ""
    """What was said to prove who asks."""
    body: bytes | None = None
    """What was posted; None: it was a GET."""

    @property
    def path(self) -> str:
        """Give the path alone."""
        return self.target.split("?", maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whole."""

    status: int
    body: bytes
    kind: str = _PLAIN
    retry_after: int = 0
    """Seconds after which to ask again; the connection is ended then, so that another may answer."""


class _Odd(Exception):
    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.reply = Reply(status, f"{why}\n".encode())


@dataclass(frozen=True, slots=True)
class Posts:
    """That POSTs are taken: of so many bytes, and from whom. A refusal is sent before anything of the body is read."""

    most: int
    refused: Callable[[Asked], Reply | None]


Answers = Callable[[Asked], Reply]
AtOnce = Callable[[Asked], Reply | None]
"""Answers out of memory, without waiting for anything; None: it takes longer."""


def _nothing(_: Asked) -> Reply | None:
    return None


class HttpServer:
    """Serves on one address until closed. What is answered at once never waits behind what takes longer."""

    def __init__(  # noqa: PLR0913 (its bounds; named by the caller)
        self,
        address: tuple[str, int],
        answers: Answers,
        *,
        name: str,
        at_once: AtOnce = _nothing,
        context: ssl.SSLContext | None = None,
        pace: Pace | None = None,
        posts: Posts | None = None,
    ) -> None:
        """Bind the address. Raises OSError when it is taken."""
        self._posts = posts
        self._answers, self._at_once, self._pace = answers, at_once, pace or Pace()
        self._hands = ThreadPoolExecutor(_HANDS, thread_name_prefix=name)
        try:
            self._listener = Listener(address, self._serve, name=name, context=context)
        except OSError:
            self._hands.shutdown()
            raise
        self.port = self._listener.port

    def close(self) -> None:
        """Serve no more."""
        self._listener.close()
        self._hands.shutdown(wait=False, cancel_futures=True)

    async def _serve(self, line: ClientConnection) -> None:
        names = _names(line)
        for _ in range(REQUESTS):
            try:
                head = _read(await _head(line, self._pace.asking), self._posts.most if self._posts else 0)
                asked = Asked(head.target, names, head.authorization)
                asked = replace(asked, body=await self._body(line, head, asked))
            except _Odd as odd:
                await line.send(_written(odd.reply, kept=False), self._pace.taking)
                return
            reply = await self._answer(asked)
            kept = head.kept and not reply.retry_after
            self._listener.touched(line)
            await line.send(_written(reply, kept=kept), self._pace.taking)
            if not kept:
                return

    async def _body(self, line: ClientConnection, head: "_Head", asked: Asked) -> bytes | None:
        if head.length is None:
            return None
        refusal = self._posts.refused(asked) if self._posts else None
        if refusal is not None:
            raise _Odd(HTTPStatus(refusal.status), refusal.body.decode().strip())
        if head.expects:
            await line.send(b"HTTP/1.1 100 Continue\r\n\r\n", self._pace.taking)
        async with asyncio.timeout(self._pace.asking):
            return await line.reader.readexactly(head.length)

    async def _answer(self, asked: Asked) -> Reply:
        try:
            reply = self._at_once(asked)
            if reply is not None:
                return reply
            async with asyncio.timeout(self._pace.answering):
                return await asyncio.get_running_loop().run_in_executor(self._hands, self._answers, asked)
        except TimeoutError:
            return Reply(HTTPStatus.SERVICE_UNAVAILABLE, b"no answer in time\n")
        except Exception:  # a bug of ours: this one request is not answered, the others are
            log.exception("http.fault", target=asked.target[:200])
            return Reply(HTTPStatus.INTERNAL_SERVER_ERROR, b"a fault of ours: it stands in the log\n")


async def _head(line: ClientConnection, seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await line.reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise _Odd(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the request's head is too long") from error


@dataclass(frozen=True, slots=True)
class _Head:
    target: str
    kept: bool
    """Whether the connection is kept for another request."""
    authorization: str
    length: int | None
    """Of the body that follows; None: a GET."""
    expects: bool


def _read(head: bytes, posts: int) -> _Head:
    first, *rest = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, _, after = first.partition(" ")
    target, _, version = after.partition(" ")
    if version not in {"HTTP/1.0", "HTTP/1.1"} or not target.startswith("/"):
        raise _Odd(HTTPStatus.BAD_REQUEST, "this is no request of HTTP/1.1")
    if len(rest) > _HEADERS:
        raise _Odd(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the request has too many headers")
    headers = {name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
    posted = method == "POST" and posts > 0
    length = _length(headers, posts if posted else 0)
    if method != "GET" and not posted:
        raise _Odd(HTTPStatus.METHOD_NOT_ALLOWED, "only GET is answered here")
    expects = headers.get("expect", "").lower() == "100-continue"
    return _Head(target, _is_kept(version, headers), headers.get("authorization", ""), length if posted else None, expects)


def _length(headers: Mapping[str, str], most: int) -> int:
    said = headers.get("content-length", "0")
    if "transfer-encoding" in headers or (most == 0 and said != "0"):
        raise _Odd(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "a request here has no body" if most == 0 else "say the body's length")
    if not (said.isascii() and said.isdecimal() and len(said) <= _DIGITS) or int(said) > most:
        raise _Odd(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body here has at most {most} bytes")
    return int(said)


def _is_kept(version: str, headers: Mapping[str, str]) -> bool:
    return version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"


def _written(reply: Reply, *, kept: bool) -> bytes:
    status = HTTPStatus(reply.status)
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {reply.kind}\r\nContent-Length: {len(reply.body)}\r\n"
        f"{'Allow: GET' + chr(13) + chr(10) if status == HTTPStatus.METHOD_NOT_ALLOWED else ''}"
        f"{f'Retry-After: {reply.retry_after}' + chr(13) + chr(10) if reply.retry_after else ''}"
        f"Connection: {'keep-alive' if kept else 'close'}\r\n\r\n"
    )
    return head.encode("latin-1") + reply.body


def _names(line: ClientConnection) -> frozenset[str]:
    shown = cast("Mapping[str, Any]", line.writer.get_extra_info("peercert") or {})
    return frozenset(value for parts in shown.get("subject", ()) for name, value in parts if name == "commonName")
