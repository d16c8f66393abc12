"""The HTTPS server that the API server asks: it answers nobody else.

Who asks must show a certificate of the authority that the API server has published for itself, under one of the names it gave.
"""

import json
import os
import ssl
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from adapters.external_metrics.answers import MetricsAnswer
from adapters.external_metrics.certificate import self_signed
from adapters.serving.http import Asked, HttpServer, Reply


class MetricsServer:
    """Serves on one address until closed."""

    def __init__(
        self,
        address: tuple[str, int],
        answers: Callable[[str], MetricsAnswer],
        *,
        authority: str,
        names: Sequence[str],
        now: datetime,
    ) -> None:
        """Bind the address. Raises OSError when it is taken, ssl.SSLError when the authority is no certificate."""
        self._answers, self._names = answers, frozenset(names)
        self._server = HttpServer(address, self._answer, name="external-metrics", context=_context(authority, now))
        self.port = self._server.port

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def _answer(self, asked: Asked) -> Reply:
        known = not self._names or bool(asked.names & self._names)
        said = self._answers(asked.target) if known else _STRANGER
        return Reply(said.status, json.dumps(said.content).encode(), "application/json")


def _context(authority: str, now: datetime) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority)
    # The library takes a key from a file only: one that nobody else can read, for a moment.
    handle, path = tempfile.mkstemp(prefix="reckon-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(self_signed(now))
        context.load_cert_chain(path)
    finally:
        Path(path).unlink()
    return context


_STRANGER = MetricsAnswer(
    403,
    {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "code": 403,
        "reason": "Forbidden",
        "message": "only the API server is answered here",
    },
)
