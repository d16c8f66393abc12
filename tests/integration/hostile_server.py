"""A server on loopback that sends whatever bytes it is told to, and remembers what it was asked; and those who ask it."""

import socketserver
import ssl
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

from adapters.images.resolving import BOUNDS, RegistryImages
from adapters.outgoing.bounds import Bounds
from adapters.sources.asking import BUCKET, REPOSITORY, RemoteSources
from domain.errors import Refused
from domain.spec import Bucket, GitLfs, Literal, SecretRef

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CANARY = "canary-PW-7f3a"
KINDS = ("registry", "git", "bucket")
OK = b"HTTP/1.1 200 OK\r\n"


@dataclass
class Hostile:
    """What it sends for a path; all requests that came, head and body; an event that is set at its end."""

    answer: Callable[[str], Iterable[bytes]]
    host: str = ""
    seen: list[str] = field(default_factory=list[str])
    over: Event = field(default_factory=Event)

    def drip(self, whole: bytes, pause: float = 0.05) -> Iterable[bytes]:
        """Give a text byte by byte."""
        for byte in whole:
            yield bytes([byte])
            self.over.wait(pause)


def whole(body: bytes, *headers: str, status: str = "200 OK", kind: str = "application/json") -> list[bytes]:
    """Give a proper answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return ["\r\n".join([*lines, "", ""]).encode("latin-1") + body]


@contextmanager
def hostile(
    answer: Callable[[str], Iterable[bytes]], address: str = "127.0.0.1", *, certificate: Path | None = None
) -> Generator[Hostile]:
    """Serve until the end of the block; with TLS where there is a certificate."""
    held = Hostile(answer)

    class Handler(socketserver.StreamRequestHandler):
        def setup(self) -> None:
            if certificate is not None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate)
                with suppress(OSError):
                    self.request = context.wrap_socket(self.request, server_side=True)
            super().setup()

        def finish(self) -> None:
            super().finish()
            self.request.close()

        def handle(self) -> None:
            with suppress(OSError):
                self.answer_it()

        def answer_it(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = self.rfile.readline(65536)
                if not line:
                    break
                head += line
            held.seen.append(head.decode("latin-1"))
            path = ([*head.split(b" ", 2), b"", b""])[1].decode("latin-1")
            with suppress(OSError):
                for part in held.answer(path):
                    if held.over.is_set():
                        return
                    self.wfile.write(part)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = False
        block_on_close = True
        allow_reuse_address = True
        request_queue_size = 64

    with Server((address, 0), Handler) as server:
        held.host = f"{address}:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield held
        finally:
            held.over.set()
            server.shutdown()
            thread.join()


def asked(kind: str, host: str, *, scheme: str = "http", **bounds: float) -> tuple[str, str]:
    """Ask as a submission does; give the answer (a refusal's code counts as one) and why there was none."""
    if kind == "registry":
        images = RegistryImages(_bounded(BOUNDS, bounds))
        try:
            image = images.resolve(f"{host}/team/app:1")
        except Refused as refused:
            return refused.code, str(refused)
        return (image.digest if image else ""), images.because
    sources = RemoteSources(lambda: NOON, _bounded(REPOSITORY, bounds), _bounded(BUCKET, bounds))
    try:
        return sources.identify(source(kind, f"{scheme}://{host}"), {"key": CANARY}, inner=True), sources.because
    except Refused as refused:
        return refused.code, str(refused)


def source(kind: str, address: str) -> GitLfs | Bucket:
    """Name a repository or a bucket there."""
    if kind == "git":
        return GitLfs("a", "/a", f"{address}/x", "main", "me", SecretRef("key"))
    return Bucket("a", "/a", "s3://bucket/x", "s3", address, "", Literal("ID"), SecretRef("key"))


def _bounded(bounds: Bounds, changes: dict[str, float]) -> Bounds:
    return replace(bounds, **changes)  # type: ignore[arg-type]  # numbers, all of them
