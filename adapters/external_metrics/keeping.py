"""Keeping the metrics API answered: from when the API server says whom to trust, and anew when it says otherwise."""

import ssl
import threading
from collections.abc import Callable

import structlog

from adapters.cluster.front_proxy import FrontProxy
from adapters.external_metrics.answers import MetricsAnswer
from adapters.external_metrics.server import MetricsServer
from domain.errors import Rejected, Unreachable
from domain.ports import Clock

log = structlog.get_logger()

_AGAIN = 10.0
_LOOK = 600.0
"""Seconds between looks at whom to trust: a cluster's authorities are renewed once in years."""


class Answering:
    """Runs in a thread of its own, until closed; what stands in the way is logged once, and tried again."""

    def __init__(
        self, address: tuple[str, int], trust: Callable[[], FrontProxy], answers: Callable[[str], MetricsAnswer], clock: Clock
    ) -> None:
        """Begin to look whom to trust."""
        self._address, self._trust, self._answers, self._clock = address, trust, answers, clock
        self._closed = threading.Event()
        self._known: FrontProxy | None = None
        self._server: MetricsServer | None = None
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name="external-metrics-keeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._closed.set()
        self._thread.join(timeout=5)
        if self._server is not None:
            self._server.close()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._closed.wait(_LOOK if self._look() else _AGAIN)

    def _look(self) -> bool:
        try:
            known = self._trust()
            if known != self._known:
                self._serve(known)
        except (Unreachable, Rejected, OSError, ssl.SSLError) as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                log.warning("external-metrics.unanswered", error=self._trouble)
            return False
        self._trouble = ""
        return True

    def _serve(self, known: FrontProxy) -> None:
        if self._server is not None:
            self._server.close()
        self._server = MetricsServer(
            self._address, self._answers, authority=known.authority, names=known.names, now=self._clock()
        )
        self._known = known
