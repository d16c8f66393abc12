"""Requests to an API server: one HTTP request each, never repeated, and its answer in our words."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

import urllib3
from urllib3.response import BaseHTTPResponse

from adapters.cluster.bounded import beginning, whole
from adapters.observations.tolerant import Tree, branch, branches, number, parsed, text
from domain.errors import Contested, Rejected, Rejection, Unreachable

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
ANSWER = 512 * 1024 * 1024
"""Bytes of a whole answer; ten thousand pods in one list have a fifth of that."""
ANSWER_SECONDS = 300.0
_REFUSAL = 65_536
"""Bytes that are read of an answer that is a no."""

Credentials = Callable[[], Mapping[str, str]]
"""Gives the headers that authenticate a request, renewed where they run out."""

# Refusals that say something about this moment or about our credentials, and nothing about the request itself.
_PASSING = frozenset({401, 407, 408, 425, 429})


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request. `audit` becomes its Audit-ID, under which the API server's audit log has it."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str = ""
    content_type: str = "application/json"
    audit: str = ""
    accept: str = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole."""

    status: int
    body: bytes
    retry_after: str = ""

    @property
    def content(self) -> Tree:
        """Give the JSON object in the body; an empty one when there is none."""
        try:
            return branch({"body": parsed(self.body)}, "body")
        except (ValueError, RecursionError):
            return {}

    @property
    def missing(self) -> bool:
        """Tell whether the API server itself says that there is no such thing; a proxy's 404 page does not count."""
        return self.status == 404 and text(self.content, "reason") == "NotFound"


@dataclass(frozen=True, slots=True)
class Connection:
    """A pool of kept-alive connections to one API server."""

    host: str
    pool: urllib3.PoolManager
    credentials: Credentials
    agent: str

    def send(self, request: ApiRequest) -> Answer:
        """Send once and read the whole answer, whatever it says. Raises Unreachable: whether it arrived is unknown."""
        try:
            response = self._open(request, READ_SECONDS)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(f"{request.method} {request.path}: no answer from {self.host}: {error}") from error
        body = whole(response, f"{self.host} to {request.method} {request.path}", most=ANSWER, seconds=ANSWER_SECONDS)
        return Answer(response.status, body, response.headers.get("Retry-After", ""))

    def ask(self, request: ApiRequest) -> Answer:
        """Send once and expect success. Raises Contested, Rejected, Unreachable."""
        answer = self.send(request)
        raise_unless_successful(request, answer)
        return answer

    def stream(self, request: ApiRequest, *, idle: float | None) -> BaseHTTPResponse:
        """Open an answer that is read as it comes; `idle` seconds of silence end it. Raises Rejected, Unreachable."""
        try:
            response = self._open(request, idle)
            if response.status < 300:
                return response
            said = beginning(response, most=_REFUSAL, seconds=READ_SECONDS)  # of a replica's answer the replica says the length
            answer = Answer(response.status, said, response.headers.get("Retry-After", ""))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(f"{request.method} {request.path}: no answer from {self.host}: {error}") from error
        raise refusal(request, answer)

    def _open(self, request: ApiRequest, read: float | None) -> BaseHTTPResponse:
        headers = {"Accept": request.accept, "User-Agent": self.agent, **self.credentials()}
        if request.body:
            headers["Content-Type"] = request.content_type
        if request.audit:
            headers["Audit-ID"] = request.audit
        query = f"?{urlencode(request.query)}" if request.query else ""
        return self.pool.request(
            request.method,
            f"{self.host}{request.path}{query}",
            body=request.body.encode() or None,
            headers=headers,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read),
            retries=False,
            redirect=False,
            preload_content=False,
        )


class Refusal(Unreachable):
    """An answer that was a passing no: nothing was done, and `retry_after` seconds were asked for (0: none)."""

    def __init__(self, message: str, *, status: int, retry_after: float, content: Tree) -> None:
        """Keep what a watch needs to choose its next step."""
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.content = content

    @property
    def ahead(self) -> bool:
        """Tell whether the API server has not (yet) come to the resourceVersion that was asked for."""
        causes = branches(self.content, "details", "causes")
        too_large = any(text(cause, "reason") == "ResourceVersionTooLarge" for cause in causes)
        return too_large or "Too large resource version" in text(self.content, "message")


def raise_unless_successful(request: ApiRequest, answer: Answer) -> None:
    """Raise Contested (409, or another uid), Rejected (the API server's no) or Unreachable (everything that may pass)."""
    if not 200 <= answer.status < 300:
        raise refusal(request, answer)


def raise_if_taken(answer: Answer) -> None:
    """Raise Rejected where a name is taken: unlike other conflicts this one does not pass by trying again."""
    if answer.status == 409 and text(answer.content, "reason") == "AlreadyExists":
        raise Rejected(Rejection(409, "AlreadyExists", text(answer.content, "message")))


def refusal(request: ApiRequest, answer: Answer) -> Contested | Rejected | Refusal:
    """Say what an answer that is no success means."""
    status, content = answer.status, answer.content
    ours = text(content, "kind") == "Status"
    message = text(content, "message") or answer.body[:200].decode(errors="replace").strip() or f"HTTP {status}"
    if status == 409 or _another_uid(content):
        return Contested(message)
    if ours and _malformed(status, message):
        return Rejected(Rejection(status, "Invalid", message))
    if ours and 400 <= status < 500 and status not in _PASSING:
        return Rejected(Rejection(status, text(content, "reason") or f"HTTP{status}", message))
    wait = retry_seconds(answer.retry_after) or float(number(content, "details", "retryAfterSeconds"))
    said = f"{request.method} {request.path}: HTTP {status}{'' if ours else ' (not from an API server)'}: {message}"
    return Refusal(
        said + (f" (to be tried again in {wait:g} s)" if wait else ""),
        status=status,
        retry_after=wait,
        content=content,
    )


def _another_uid(content: Tree) -> bool:
    # A guard with the current resourceVersion and the uid of a former object is answered as a try to change the uid.
    return any(text(cause, "field") == "metadata.uid" for cause in branches(content, "details", "causes"))


def _malformed(status: int, message: str) -> bool:
    # An applied field that no schema knows is answered with 500 and no reason (seen on 1.36), though it will never pass.
    return status == 500 and message.startswith("failed to create typed patch object")


def retry_seconds(header: str) -> float:
    """Read a Retry-After in seconds; 0 when there is none (a date is not read: API servers send seconds)."""
    return float(header) if header.isascii() and header.isdigit() else 0.0


def content_of(body: str) -> dict[str, Any]:
    """Read a body that we wrote ourselves."""
    return cast("dict[str, Any]", json.loads(body))
