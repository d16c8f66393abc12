"""Health endpoints and metrics over HTTP: `/healthz` (alive), `/readyz` (doing its work), `/metrics` (Prometheus)."""

import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from adapters.engine.engine import Engine
from adapters.engine.metrics import Metrics
from domain.ports import Clock

STUCK = timedelta(seconds=60)
DEAF = 120.0
"""Seconds without a sign from a watch; bookmarks come each minute."""


def unwell(engine: Engine, now: datetime) -> str:
    """Say why this process should be started anew; empty while it is well."""
    last = engine.pulse.last_round
    if engine.pulse.unreachable:
        return ""  # starting anew would not bring the other side back
    if last is not None and now - last > STUCK:
        return f"no round since {last.isoformat()}"
    return ""


def unready(engine: Engine, now: datetime) -> str:
    """Say why this engine does not do its work; empty while it leads or stands by as it should."""
    if engine.pulse.last_round is None and not engine.pulse.unreachable:
        return "starting"
    if engine.pulse.unreachable:
        return engine.pulse.unreachable
    feed = engine.loop.feed
    deaf = sorted(kind for kind, age in feed.ages().items() if age > DEAF) if feed else []
    return f"no sign from the watches of {', '.join(deaf)}" if deaf else unwell(engine, now)


class HealthServer:
    """Serves an engine's health on one address, in threads of its own; before there is an engine, what it waits for."""

    def __init__(self, clock: Clock, address: tuple[str, int]) -> None:
        """Bind the address. Raises OSError when it is taken."""
        self.waiting = "starting"
        """Why there is no engine yet."""
        self._served: tuple[Engine, Metrics] | None = None
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, kind, body = answer(self.path, clock())
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
                """Say nothing: requests of probes are no news."""

        self._server = ThreadingHTTPServer(address, Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def serve(self, engine: Engine, metrics: Metrics) -> None:
        """Tell of this engine from now on."""
        self._served = engine, metrics

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, path: str, now: datetime) -> tuple[int, str, bytes]:
        asked = path.split("?", maxsplit=1)[0]
        if self._served is not None:
            return _answer(asked, *self._served, now)
        # To wait is healthy: starting anew would not bring the other side back.
        return _verdict("" if asked == "/healthz" else self.waiting)


def _answer(path: str, engine: Engine, metrics: Metrics, now: datetime) -> tuple[int, str, bytes]:
    match path:
        case "/healthz":
            return _verdict(unwell(engine, now))
        case "/readyz":
            return _verdict(unready(engine, now))
        case "/metrics":
            return 200, "text/plain; version=0.0.4; charset=utf-8", metrics.text()
        case _:
            return 404, "text/plain", b"here are /healthz, /readyz and /metrics\n"


def _verdict(why_not: str) -> tuple[int, str, bytes]:
    return (503, "text/plain", f"{why_not}\n".encode()) if why_not else (200, "text/plain", b"ok\n")
