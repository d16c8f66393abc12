"""The engine's answers to the API server's metrics API, where it was asked to give them."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from domain.errors import NotFound, Refused, Unreachable

if TYPE_CHECKING:
    from adapters.cli.session import Session
    from adapters.engine.engine import Engine
    from domain.cluster_ports import Cluster
    from domain.ports import Ledger


@contextmanager
def answering(session: "Session", place: str, running: "Engine", cluster: "Cluster") -> Generator[None]:
    """Answer `external.metrics.k8s.io` at HOST:PORT while the engine runs; nothing where no place is given."""
    if not place:
        yield
        return
    from adapters.external_metrics.answers import MetricsAnswer, answer
    from adapters.external_metrics.keeping import Answering

    trust = getattr(cluster, "front_proxy", None)
    if trust is None:
        raise NotFound("no-metrics-api", "a simulated cluster has no API server that would ask", "leave --external-metrics out")
    address = address_of(place)
    memory, ledger = running.loop.tail.memory, session.ledger

    def answered(target: str) -> MetricsAnswer:
        return answer(target, lambda: memory.fleet, lambda: _led(ledger))

    kept = Answering(address, trust, answered, session.clock)
    session.screen.note(f"metrics  https://{address[0]}:{address[1]}/apis/external.metrics.k8s.io, for the API server only")
    try:
        yield
    finally:
        kept.close()


def address_of(place: str) -> tuple[str, int]:
    """Read HOST:PORT; without a host, all addresses. Raises Refused."""
    host, _, port = place.rpartition(":")
    if not (port.isascii() and port.isdecimal() and len(port) <= 5) or not 0 < int(port) < 65_536:
        raise Refused("bad-address", f"{place!r} is no address", "write it as HOST:PORT, such as 0.0.0.0:8443")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 (who may ask is checked by certificate)


def _led(ledger: "Ledger") -> bool:
    with suppress(Unreachable):
        return ledger.leader() is not None
    return False
