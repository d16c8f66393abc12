"""What we serve over HTTP, asked by strangers: who asks properly is answered at once, and nobody takes more than a share."""

import resource
import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from adapters.serving.http import Asked, HttpServer, Pace, Reply
from adapters.serving.listener import MOST, room
from tests.unit.serving.strangers import GET, asked, drip, sitting, status, still_open, taken

QUICK = Pace(asking=0.3, answering=0.3, taking=0.3)
LONG = 8 * 1024 * 1024


@contextmanager
def serving(pace: Pace | None = None, stuck: threading.Event | None = None) -> Generator[HttpServer]:
    def slowly(asked: Asked) -> Reply:
        if stuck is not None:
            stuck.wait(5)
        if asked.path == "/fault":
            raise RuntimeError("hush")
        return Reply(200, b"x" * LONG)

    def at_once(asked: Asked) -> Reply | None:
        return Reply(200, b"ok\n") if asked.path == "/healthz" else None

    server = HttpServer(("127.0.0.1", 0), slowly, name="test", at_once=at_once, pace=pace)
    try:
        yield server
    finally:
        if stuck is not None:
            stuck.set()
        server.close()


def test_who_asks_at_once_is_answered_however_many_only_sit_there() -> None:
    with serving() as server, sitting(server.port, 214) as others:
        assert status(asked(server.port)) == 200
        assert still_open(others) <= room() <= MOST


def test_a_request_that_comes_byte_by_byte_is_cut_off_in_time() -> None:
    with serving(QUICK) as server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        began = time.monotonic()
        with pytest.raises(ConnectionError):
            drip(line)
        assert time.monotonic() - began < 20


def test_an_answer_that_nobody_takes_is_cut_off_in_time() -> None:
    with serving(QUICK) as server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        line.sendall(b"GET /long HTTP/1.1\r\n\r\n")
        time.sleep(0.8)
        assert len(taken(line)) < LONG


def test_what_takes_long_holds_up_neither_health_nor_itself_for_ever() -> None:
    stuck = threading.Event()
    with serving(QUICK, stuck) as server:
        answers: list[bytes] = []
        many = [threading.Thread(target=lambda: answers.append(asked(server.port, b"GET /m HTTP/1.0\r\n\r\n"))) for _ in range(8)]
        for one in many:
            one.start()
        assert status(asked(server.port, timeout=2)) == 200
        for one in many:
            one.join(5)
        assert {status(answer) for answer in answers} == {503}


def test_those_who_ask_for_what_takes_long_hold_up_nobody_who_asks_for_health() -> None:
    stuck = threading.Event()
    with serving(None, stuck) as server, sitting(server.port, 100, b"GET /metrics HTTP/1.1\r\n\r\n"):
        assert status(asked(server.port, timeout=2)) == 200


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET /healthz HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"y" * 70_000, 431),
        (b"GET /healthz HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"GET /healthz HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n", 413),
        (b"GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 413),
        (b"POST /healthz HTTP/1.1\r\n\r\n", 405),
        (b"\x16\x03\x01 hello\r\n\r\n", 400),
        (b"GET http://elsewhere/ HTTP/1.1\r\n\r\n", 400),
        (b"GET /fault HTTP/1.1\r\nConnection: close\r\n\r\n", 500),
    ],
)
def test_what_is_no_plain_question_is_told_so_and_ended(request_: bytes, expected: int) -> None:
    with serving() as server:
        answer = asked(server.port, request_)
        assert status(answer) == expected
        assert b"hush" not in answer


def test_a_connection_is_kept_for_another_question() -> None:
    with serving() as server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
        assert status(line.recv(65_536)) == 200
        line.sendall(GET)
        assert status(taken(line)) == 200


def test_room_is_a_small_share_of_the_handles() -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert 4 <= room() <= max(4, soft // 8)
