"""The HTTPS server that the API server asks: it answers nobody else.

Who asks must show a certificate of the authority that the API server has published for itself, under one of the names it gave.
"""

import json
import os
import socket
import ssl
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import structlog

from adapters.external_metrics.answers import Answer
from adapters.external_metrics.certificate import self_signed

log = structlog.get_logger()

_PATIENCE = 10.0


class MetricsServer:
    """Serves on one address, in threads of its own, until closed."""

    def __init__(
        self,
        address: tuple[str, int],
        answers: Callable[[str], Answer],
        *,
        authority: str,
        names: Sequence[str],
        now: datetime,
    ) -> None:
        """Bind the address. Raises OSError when it is taken, ssl.SSLError when the authority is no certificate."""
        self._server = _Server(address, _context(authority, now), frozenset(names), answers)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, name="external-metrics", daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


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


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext,
        names: frozenset[str],
        answers: Callable[[str], Answer],
    ) -> None:
        self.context, self.names, self.answers = context, names, answers
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 (the library's)
        """Shake hands in the thread of this one request: who is slow, or a stranger, holds up nobody."""
        request.settimeout(_PATIENCE)
        try:
            secured = self.context.wrap_socket(request, server_side=True)
        except (OSError, ssl.SSLError) as error:
            log.debug("external-metrics.stranger", error=str(error))
            return
        try:
            super().finish_request(secured, client_address)
        finally:
            secured.close()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002 (the library's)
        """Say in the log what went wrong with a request, and go on."""
        log.warning("external-metrics.broken", client=str(client_address), error=repr(sys.exception()))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE

    def do_GET(self) -> None:
        server = cast("_Server", self.server)
        said = server.answers(self.path) if self._is_the_api_server(server) else _STRANGER
        body = json.dumps(said.content).encode()
        self.send_response(said.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _is_the_api_server(self, server: "_Server") -> bool:
        certificate = cast("ssl.SSLSocket", self.connection).getpeercert() or {}
        subject = cast("Sequence[Sequence[tuple[str, str]]]", certificate.get("subject", ()))
        names = {value for parts in subject for name, value in parts if name == "commonName"}
        return not server.names or bool(names & server.names)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Say nothing: the autoscaler asks several times a minute."""


_STRANGER = Answer(
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
