"""`reckon engine`: runs the engine in the foreground until Ctrl-C, and says what it does."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, repeat
from time import sleep
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from adapters.cli.command import RUNNING, Needs, command
from adapters.cli.options import AUDIT_LOG
from adapters.cli.running.answering import answering
from adapters.cli.running.auditing import auditing, opened
from adapters.cli.session import Session
from domain.errors import Refused, Rejected, Unreachable

if TYPE_CHECKING:
    from adapters.engine.engine import Engine
    from adapters.engine.health import HealthServer
    from domain.cluster_ports import Cluster
    from domain.facts import Fact
    from domain.ports import Ledger
    from domain.record import Recorded

T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "engine", panel=RUNNING, machines=True, needs=Needs.TO_LEAD)(engine)


def engine(  # noqa: PLR0913 (the options of the command)
    session: Session,
    *,
    observe: Annotated[bool, typer.Option("--observe", help="Record what is seen and do nothing about it.")] = False,
    listen: Annotated[str, typer.Option("--listen", metavar="HOST:PORT", help="Serve /healthz, /readyz, /metrics there.")] = "",
    external_metrics: Annotated[
        str, typer.Option("--external-metrics", metavar="HOST:PORT", help="Answer the cluster's metrics API there, by HTTPS.")
    ] = "",
    audit_log: Annotated[str, AUDIT_LOG] = "",
    audit_listen: Annotated[
        str, typer.Option("--audit-listen", metavar="HOST:PORT", help="Let API servers post their audit log there.")
    ] = "",
    audit_token: Annotated[str, typer.Option("--audit-token", metavar="FILE", help="The token that they have to show.")] = "",
    audit_certificate: Annotated[
        str, typer.Option("--audit-certificate", metavar="FILE", help="The certificate and key that are shown to them.")
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not show facts as they are recorded.")] = False,
) -> None:
    """Run the engine: record what the cluster does, and make it what was ordered."""
    from adapters import logs  # opened late, as are all of the engine's parts: no other command needs them

    logs.configure()
    if (audit_token or audit_certificate) and not (audit_listen or session.settings.audit_listen):
        raise typer.BadParameter(
            "--audit-token and --audit-certificate go with --audit-listen: they are shown and asked for there"
        )
    session.doors.catalogue(session.settings)  # a wrong one stops the start, rather than the first order
    with _terminable(), _health(session, listen) as health:
        ledger = _patiently(session, health, "ledger", lambda: session.ledger)
        cluster = _patiently(session, health, "cluster", session.owned_cluster)
        given = {
            "external_metrics": external_metrics,
            "audit_log": audit_log,
            "audit_listen": audit_listen,
            "audit_token": audit_token,
            "audit_certificate": audit_certificate,
        }
        session.settings = session.settings.model_copy(update={name: value for name, value in given.items() if value})
        _run(session, ledger, cluster, health, observe=observe, quiet=quiet)
    session.screen.note("stopped; whoever leads next goes on from the ledger")


def _run(  # noqa: PLR0913 (an engine's surroundings, by their names)
    session: Session,
    ledger: "Ledger",
    cluster: "Cluster",
    health: "HealthServer | None",
    *,
    observe: bool,
    quiet: bool,
) -> None:
    from adapters.cli.running.telling import Teller
    from adapters.engine.deployment_log import ActionLog
    from adapters.engine.engine import Engine
    from adapters.engine.metrics import Metrics, Tallies
    from adapters.engine.relay_scraper import Rhythm
    from adapters.ledger.location import shown
    from adapters.views.views import Views
    from projections.fleet import VIEWS
    from reconciler.leadership import EngineIdentity, LeaseTiming

    name = f"{socket.gethostname()}/{os.getpid()}/{session.new_id()[:8]}"
    tallies, teller, leading = Tallies(), Teller(session.screen, session.clock()), _Leading(session, name)
    listeners = [tallies.told, leading.told]
    if not quiet:
        listeners.append(teller.told)
        if not (sys.stdout.isatty() and sys.stderr.isatty()):  # a terminal that shows the facts does not show them twice
            listeners.append(ActionLog(name).told)

    def told(facts: "Sequence[Recorded[Fact]]") -> None:
        for listener in listeners:
            listener(facts)

    session.screen.note(f"ledger   {shown(session.settings.ledger_place)}")
    session.screen.note(f"cluster  {cluster.description}")
    _say_lacking(session, cluster)
    running = Engine(
        ledger,
        cluster,
        clock=session.clock,
        new_id=session.new_id,
        identity=EngineIdentity(name, session.doors.build, observe),
        lease_timing=LeaseTiming.of(session.settings.lease_seconds),
        told=told,
        rhythm=Rhythm.over(session.settings.request_window),
        auditing=opened(session, session.settings),
        read_models=lambda: Views(session.settings.ledger_place, VIEWS),
    )
    if health is not None:
        health.serve(running, Metrics(running, tallies))
    session.screen.note(f"standing by as {name}")
    if (leader := ledger.leader()) is not None:
        session.screen.note(f"{leader.holder} leads (epoch {leader.epoch}); this engine takes over when it ends")
    metrics = session.settings.external_metrics
    with answering(session, metrics, running, cluster), auditing(session, session.settings, running), _ending_well(running):
        running.run()


def _patiently(session: Session, health: "HealthServer | None", what: str, open_: Callable[[], T]) -> T:
    """Open something, however long it takes until it answers; what is in the way is said once, and by `/readyz`."""
    told, naps = "", chain((1.0, 2.0, 4.0), repeat(5.0))
    while True:
        try:
            return open_()
        except (Unreachable, Rejected) as error:
            if health is not None:
                health.waiting = f"waiting for the {what}: {error}"
            if told != str(error):
                told = str(error)
                session.screen.warn(f"{told}: it is tried again until it answers, Ctrl-C ends that")
        sleep(next(naps))


def _say_lacking(session: Session, cluster: "Cluster") -> None:
    """Say at the start which rights are missing, rather than one refused action after the other."""
    with suppress(Unreachable, Rejected):
        missing: tuple[str, ...] = tuple(getattr(cluster, "lacking", tuple)())
        if missing:
            session.screen.warn(f"on this cluster we may not {', '.join(missing)}; more is said by: reckon doctor")


class _Leading:
    """Says when this engine takes the lead, and when another does."""

    def __init__(self, session: Session, name: str) -> None:
        self._session, self._name, self._since = session, name, session.clock()

    def told(self, facts: "Sequence[Recorded[Fact]]") -> None:
        from domain.cluster import TookLead

        for recorded in facts:
            fact = recorded.fact
            if isinstance(fact, TookLead) and recorded.recorded_at >= self._since:
                who = "this engine" if fact.holder == self._name else fact.holder
                what = "leads and only observes" if fact.observing else "leads"
                self._session.screen.note(f"{who} {what} (epoch {fact.epoch})")


@contextmanager
def _health(session: Session, listen: str) -> "Generator[HealthServer | None]":
    """Serve health from the very start, so that one who waits for its ledger can say so."""
    if not listen:
        yield None
        return
    from adapters.engine.health import HealthServer

    host, _, port = listen.rpartition(":")
    if not (port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) < 65_536):
        raise Refused("bad-address", f"{listen!r} is no address", "write it as HOST:PORT, such as 127.0.0.1:9090")
    try:
        server = HealthServer(session.clock, (host or "127.0.0.1", int(port)))
    except (OSError, UnicodeError) as error:
        raise Refused("address-taken", f"cannot listen on {listen}: {error}") from error
    session.screen.note(f"health   http://{host or '127.0.0.1'}:{server.port}/healthz, /readyz, /metrics")
    try:
        yield server
    finally:
        server.close()


@contextmanager
def _terminable() -> Generator[None]:
    """Let SIGTERM end an engine that still waits as Ctrl-C does: the first process of a container would ignore it."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _ending_well(running: "Engine") -> Generator[None]:
    """Let Ctrl-C and SIGTERM end the round under way, not the process."""

    def stop(_: int, __: object) -> None:
        running.stop()

    before = [(number, signal.signal(number, stop)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
