"""Where API servers post their audit log (`--audit-webhook-config-file`): only who shows the token is heard.

Whoever could post could say who did what, so the token is asked for first, and nothing is read before. A post is answered
well once it is on record; by an engine that does not lead, or cannot write just now, the API server is asked to come again.
"""

import hmac
import ssl
from collections.abc import Callable, Sequence
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

import structlog

from adapters.observations.audit_entries import all_witnessed
from adapters.serving.http import Asked, HttpServer, Pace, Posts, Reply
from domain.audit import RequestWitnessed
from domain.errors import Unfit

log = structlog.get_logger()

LARGEST = 12 * 1024 * 1024
"""Bytes of one post; an API server that cuts its batches to fit sends 10 MiB."""
SHORTEST = 16
"""Characters of a token that is not guessed."""
_AGAIN = 1
_PACE = Pace(asking=20.0, answering=25.0, taking=10.0)
_PATIENCE = 20.0
"""Seconds until a post must be on record; an API server waits for thirty."""

Recorded = Callable[[Sequence[RequestWitnessed], float], bool]
"""Has requests put on record, in so many seconds; tells whether they are."""


class AuditServer:
    """Serves on one address until closed."""

    def __init__(self, address: tuple[str, int], recorded: Recorded, *, token: str, certificate: Path | None) -> None:
        """Bind the address. Raises OSError when it is taken, ssl.SSLError when the certificate is none."""
        self._recorded, self._digest = recorded, _digest(f"Bearer {token}")
        context = _context(certificate) if certificate else None
        self._server = HttpServer(
            address,
            self._answer,
            name="audit",
            at_once=self._at_once,
            context=context,
            pace=_PACE,
            posts=Posts(LARGEST, self._refused),
        )
        self.port = self._server.port

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def _refused(self, asked: Asked) -> Reply | None:
        if not hmac.compare_digest(_digest(asked.authorization), self._digest):
            return Reply(HTTPStatus.UNAUTHORIZED, b"show the token that this engine was given\n")
        return None

    def _at_once(self, asked: Asked) -> Reply | None:
        if asked.body is None:
            return self._refused(asked) or Reply(HTTPStatus.NOT_FOUND, b"an audit log is posted here\n")
        return None

    def _answer(self, asked: Asked) -> Reply:
        try:
            requests = tuple(all_witnessed(asked.body or b""))
        except ValueError as error:
            log.warning("audit.odd-post", error=str(error))
            return Reply(HTTPStatus.BAD_REQUEST, f"{error}\n".encode())
        if requests and not self._recorded(requests, _PATIENCE):
            return Reply(HTTPStatus.SERVICE_UNAVAILABLE, b"this engine does not lead: ask again\n", retry_after=_AGAIN)
        return Reply(HTTPStatus.OK, b"on record\n")


def read_token(file: Path) -> str:
    """Read the token that API servers have to show. Raises Unfit."""
    try:
        token = file.read_text().strip()
    except (OSError, ValueError) as error:
        raise Unfit(f"the token of the audit log cannot be read from {file}: {error}") from error
    if len(token) < SHORTEST or not token.isascii() or not token.isprintable():
        hint = "make one: openssl rand -hex 32"
        raise Unfit(f"{file} holds no token: at least {SHORTEST} printable characters of ASCII are needed", hint)
    return token


def _digest(said: str) -> bytes:
    return sha256(said.encode("utf-8", "replace")).digest()


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate)
    return context
