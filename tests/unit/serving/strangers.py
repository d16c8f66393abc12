"""Strangers on the loopback: those who only sit there, and one who asks."""

import socket
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@contextmanager
def sitting(port: int, many: int, said: bytes = b"GET /hea") -> Generator[list[socket.socket]]:
    """Open connections that begin a request and never end it."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5)) for _ in range(many)]
        for one in sockets:
            try:
                one.sendall(said)
            except OSError:  # it was cut for another's sake already
                continue
        yield sockets


def asked(port: int, request: bytes = GET, timeout: float = 5) -> bytes:
    """Send a request and give all that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as line:
        line.sendall(request)
        return taken(line)


def drip(line: socket.socket) -> None:
    """Send a byte now and then, for five seconds. Raises ConnectionError as soon as the other side has ended it."""
    for _ in range(100):
        line.sendall(b"G")
        time.sleep(0.05)


def pour(line: socket.socket, much: int, sent: list[int]) -> None:
    """Send so many bytes, noting how many went out. Raises ConnectionError as soon as the other side has ended it."""
    while sum(sent) < much:
        sent.append(line.send(b"x" * 65_536))


def taken(line: socket.socket) -> bytes:
    said = b""
    try:
        while chunk := line.recv(65_536):
            said += chunk
    except ConnectionError:
        pass
    return said


def status(answer: bytes) -> int:
    return int(answer.split()[1]) if answer else 0


def still_open(sockets: list[socket.socket]) -> int:
    """Count those that the other side has not ended."""
    return sum(_is_open(one) for one in sockets)


def _is_open(one: socket.socket) -> bool:
    one.setblocking(False)  # noqa: FBT003 (the library's)
    try:
        return bool(one.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False
