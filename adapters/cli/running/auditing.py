"""The API server's audit log as an engine's source, where it was asked to take it: a file, posts, or both."""

import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.cli.running.answering import address_of
from domain.errors import Refused

if TYPE_CHECKING:
    from adapters.audit_log.webhook import AuditServer
    from adapters.cli.session import Session
    from adapters.engine.auditing import Auditing
    from adapters.engine.engine import Engine, OpenAudit
    from adapters.settings import Settings


def opened(session: "Session", settings: "Settings") -> "OpenAudit | None":
    """Give how an engine opens the audit log; None where none was named."""
    if not settings.audit_log and not settings.audit_listen:
        return None
    from adapters.audit_log.following import AuditFile
    from adapters.engine.auditing import Auditing

    file = AuditFile(Path(settings.audit_log)) if settings.audit_log else None
    return lambda tail, wake: Auditing(tail, file, clock=session.clock, wake=wake)


@contextmanager
def auditing(session: "Session", settings: "Settings", running: "Engine") -> Generator[None]:
    """Take the audit log while the engine runs; nothing where none was named."""
    source = running.auditing
    if source is None:
        yield
        return
    server = _server(settings, source) if settings.audit_listen else None
    if settings.audit_log:
        session.screen.note(f"audit    {settings.audit_log}")
    if server is not None:
        scheme = "https" if settings.audit_certificate else "http"
        session.screen.note(f"audit    {scheme}://{settings.audit_listen}, for API servers that show the token")
    follower = threading.Thread(target=source.run, args=(running.stopping,), name="audit-log", daemon=True)
    follower.start()
    try:
        yield
    finally:
        if server is not None:
            server.close()
        follower.join(timeout=2)


def _server(settings: "Settings", source: "Auditing") -> "AuditServer":
    from adapters.audit_log.webhook import AuditServer, read_token

    address = address_of(settings.audit_listen)
    if not settings.audit_token:
        hint = "name a file with one: --audit-token FILE, and put the token into the API server's webhook configuration"
        raise Refused("no-token", "who may post the audit log must be known by a token", hint)
    if not settings.audit_certificate and not _loopback(address[0]):
        hint = "name a file with certificate and key: --audit-certificate FILE, or listen on 127.0.0.1"
        raise Refused("no-certificate", f"on {address[0]} the token would cross the network in clear", hint)
    certificate = Path(settings.audit_certificate) if settings.audit_certificate else None
    try:
        return AuditServer(address, source.posted, token=read_token(Path(settings.audit_token)), certificate=certificate)
    except ssl.SSLError as error:
        raise Refused("bad-certificate", f"{certificate} holds no certificate with its key: {error}") from error
    except OSError as error:
        raise Refused("address-taken", f"cannot listen on {settings.audit_listen}: {error}") from error


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
