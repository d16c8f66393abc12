"""An API server on loopback that fails as it is told: what it holds is true, how it tells it is scripted."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import urllib3

from adapters.cluster.connection import Connection

Query = dict[str, str]
Fault = Callable[["Reply"], None]
"""Plays one answer to a watch, having sent what it likes."""


@dataclass
class Script:
    """What the server holds, and what it will do wrong, request by request."""

    faults: list[Fault] = field(default_factory=list[Fault])
    """One for each watch, first to last; when they are used up, it serves well."""
    always: Fault | None = None
    broken_lists: list[Fault] = field(default_factory=list[Fault])
    versions: int = 0
    requests: list[tuple[str, Query, dict[str, str]]] = field(default_factory=list[tuple[str, Query, dict[str, str]]])
    closing: threading.Event = field(default_factory=threading.Event)
    news: threading.Condition = field(default_factory=threading.Condition)

    def happen(self, times: int) -> None:
        """So many more services come to be."""
        with self.news:
            self.versions += times
            self.news.notify_all()

    def watches(self) -> list[Query]:
        return [query for _, query, _ in self.requests if "watch" in query]

    def lists(self) -> list[Query]:
        return [query for _, query, _ in self.requests if "watch" not in query]


def service(version: int) -> dict[str, Any]:
    """A Service, and an Event about something of ours: what is watched is up to the test."""
    metadata = {"name": f"s{version}", "namespace": "n", "uid": f"u{version}", "resourceVersion": str(version)}
    return {"metadata": metadata, "involvedObject": {"namespace": "reckon-x" if version % 2 else "default"}}


class Reply:
    """One answer under way."""

    def __init__(self, handler: BaseHTTPRequestHandler, script: Script, query: Query) -> None:
        self.handler = handler
        self.script = script
        self.query = query
        self.at = int(query.get("resourceVersion") or 0)

    def whole(self, status: int, body: dict[str, Any] | bytes, **headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(raw))}.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(raw)

    def refuse(self, status: int, reason: str, **headers: str) -> None:
        body = {"kind": "Status", "status": "Failure", "code": status, "reason": reason, "message": f"{reason}, as told"}
        self.whole(status, body, **headers)

    def begin(self) -> None:
        self.handler.send_response(200)
        self.handler.send_header("Transfer-Encoding", "chunked")
        self.handler.end_headers()

    def frames(self, most: int) -> None:
        """Send the next frames, at most so many."""
        for version in range(self.at + 1, min(self.at + most, self.script.versions) + 1):
            self.line(json.dumps({"type": "ADDED", "object": service(version)}).encode())
            self.at = version

    def line(self, text: bytes) -> None:
        self.chunk(text + b"\n")

    def chunk(self, data: bytes) -> None:
        self.handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.handler.wfile.flush()

    def end(self) -> None:
        self.handler.wfile.write(b"0\r\n\r\n")

    def hang(self) -> None:
        """Say nothing more and keep the line open."""
        self.script.closing.wait(30)
        self.handler.close_connection = True

    def cut(self) -> None:
        self.handler.close_connection = True

    def serve(self) -> None:
        """Do it well: all there is, and what comes."""
        self.begin()
        while not self.script.closing.is_set():
            self.frames(10_000)
            with self.script.news:
                self.script.news.wait_for(lambda: self.script.versions > self.at, 0.05)

    def list(self) -> None:
        first = int(self.query.get("continue") or 0) + 1
        last = min(first + int(self.query.get("limit") or 10_000) - 1, self.script.versions)
        metadata = {"resourceVersion": str(self.script.versions)}
        if last < self.script.versions:
            metadata["continue"] = str(last)
        self.whole(200, {"items": [service(version) for version in range(first, last + 1)], "metadata": metadata})

    def play(self) -> None:
        if "watch" in self.query:
            fault = self.script.faults.pop(0) if self.script.faults else self.script.always
            (fault or Reply.serve)(self)
        else:
            (self.script.broken_lists.pop(0) if self.script.broken_lists else Reply.list)(self)


@contextmanager
def scripted(script: Script) -> Generator[Connection]:
    """Run the server and give a connection to it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            script.requests.append((f"{self.command} {address.path}", query, dict(self.headers)))
            if length := self.headers.get("Content-Length"):
                self.rfile.read(int(length))
            try:
                Reply(self, script, query).play()
            except OSError:
                self.close_connection = True  # the client has hung up

        do_PATCH = do_DELETE = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002 (the base class's own)
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    pool = urllib3.PoolManager(maxsize=8)
    try:
        yield Connection(f"http://127.0.0.1:{server.server_port}", pool, dict, "deadreckon/test")
    finally:
        script.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
        pool.clear()
