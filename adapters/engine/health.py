"""Health endpoints and metrics over HTTP: `/healthz` (alive), `/readyz` (doing its work), `/metrics` (Prometheus)."""

from datetime import datetime, timedelta

from adapters.engine.engine import Engine
from adapters.engine.metrics import Metrics
from adapters.serving.http import Asked, HttpServer, Reply
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
    feed = engine.loop.recording.feed
    deaf = sorted(kind for kind, age in feed.ages().items() if age > DEAF) if feed else []
    return f"no sign from the watches of {', '.join(deaf)}" if deaf else unwell(engine, now)


class HealthServer:
    """Serves an engine's health on one address; before there is an engine, what it waits for.

    `/healthz` and `/readyz` are answered out of memory: neither a ledger that is slow nor those who only sit there hold them up.
    """

    def __init__(self, clock: Clock, address: tuple[str, int]) -> None:
        """Bind the address. Raises OSError when it is taken."""
        self.waiting = "starting"
        """Why there is no engine yet."""
        self._clock = clock
        self._served: tuple[Engine, Metrics] | None = None
        self._server = HttpServer(address, self._figures, name="health", at_once=self._answer)
        self.port = self._server.port

    def serve(self, engine: Engine, metrics: Metrics) -> None:
        """Tell of this engine from now on."""
        self._served = engine, metrics

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def _answer(self, asked: Asked) -> Reply | None:
        if self._served is None:
            # To wait is healthy: starting anew would not bring the other side back.
            return _verdict("" if asked.path == "/healthz" else self.waiting)
        engine, now = self._served[0], self._clock()
        match asked.path:
            case "/healthz":
                return _verdict(unwell(engine, now))
            case "/readyz":
                return _verdict(unready(engine, now))
            case "/metrics":
                return None
            case _:
                return Reply(404, b"here are /healthz, /readyz and /metrics\n")

    def _figures(self, _: Asked) -> Reply:
        assert self._served is not None, "before there is an engine, all is answered at once"
        return Reply(200, self._served[1].text(), "text/plain; version=0.0.4; charset=utf-8")


def _verdict(why_not: str) -> Reply:
    return Reply(503, f"{why_not}\n".encode()) if why_not else Reply(200, b"ok\n")
