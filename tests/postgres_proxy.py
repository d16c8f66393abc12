"""A wire between a ledger and its PostgreSQL that can be cut at the worst moment: after the commit, before its answer."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict


class Proxy:
    """Passes bytes both ways; on demand swallows the server's answer to the next request that holds some bytes."""

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        self._server = (str(parts["host"]), int(parts["port"] or 5432))
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = url.replace(f"@{parts['host']}:{parts['port']}", f"@127.0.0.1:{port}") + "?sslmode=disable&gssencmode=disable"
        self._wanted = b""
        self._open: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def swallow_answer_to(self, wanted: bytes) -> None:
        self._wanted = wanted

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        _shut(self._listener)  # to close it alone would leave the thread waiting, and take one more connection
        self._accepting.join()
        self._listener.close()
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            self._open += [client, server]
            swallowing = threading.Event()
            threading.Thread(target=self._to_server, args=(client, server, swallowing), daemon=True).start()
            threading.Thread(target=self._to_client, args=(server, client, swallowing), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket, swallowing: threading.Event) -> None:
        with suppress(OSError):
            while content := _received(client):
                if self._wanted and self._wanted in content:
                    self._wanted = b""
                    swallowing.set()
                server.sendall(content)
        _shut(server)

    def _to_client(self, server: socket.socket, client: socket.socket, swallowing: threading.Event) -> None:
        with suppress(OSError):
            while content := _received(server):
                if swallowing.is_set():
                    # The server must be done before the wire is cut: it stops at once when it cannot answer.
                    server.settimeout(0.5)
                    while _received(server):
                        pass
                    break
                client.sendall(content)
        _shut(client)


def _received(one: socket.socket) -> bytes:
    try:
        return one.recv(65536)
    except OSError:
        return b""


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
