"""What a replica may answer through the API server: without end, byte by byte, packed, in one line; all of it is bounded."""

import gzip
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import pytest
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from adapters.cluster import connection as connections
from adapters.cluster import pod_log
from adapters.cluster.bounded import beginning, split_lines, whole
from adapters.cluster.connection import ApiRequest, Connection
from adapters.cluster.replica_ports import scraped
from domain.errors import Rejected, Unreachable
from domain.objects import ObjectRef
from tests.integration.scripted_api import Reply, Script, scripted

POD = ObjectRef("Pod", "reckon-x", "web-1")
MEGABYTE = 1024 * 1024


def endless(reply: Reply) -> None:
    reply.begin()
    while not reply.script.closing.is_set():
        reply.chunk(b"x" * 65_536)


def dripping(reply: Reply) -> None:
    reply.begin()
    while not reply.script.closing.wait(0.05):
        reply.chunk(b"x")


def packed(reply: Reply) -> None:
    reply.whole(200, gzip.compress(b"x" * 300 * MEGABYTE, 1), Content_Encoding="gzip")


def refusing_without_end(reply: Reply) -> None:
    reply.handler.send_response(500)
    reply.handler.send_header("Transfer-Encoding", "chunked")
    reply.handler.end_headers()
    while not reply.script.closing.is_set():
        reply.chunk(b"no " * 20_000)


def lines(reply: Reply) -> None:
    reply.begin()
    reply.chunk(b"one\ntwo ")
    reply.chunk(b"halves\n\n" + b"z" * 3 * MEGABYTE)
    reply.chunk(b"z" * MEGABYTE + b"\nlast")
    reply.end()


@contextmanager
def answering(fault: Callable[[Reply], None]) -> Generator[Connection]:
    """Serve whatever is asked for in this way."""
    with scripted(Script(broken_lists=[fault])) as connection:
        yield connection


def opened(connection: Connection) -> BaseHTTPResponse:
    return connection.stream(ApiRequest("GET", "/x"), idle=5)


@pytest.mark.parametrize(
    ("fault", "words"), [(endless, "more than 1048576 bytes"), (dripping, "longer than 0.5 s"), (packed, "packed")]
)
def test_an_answer_that_is_too_much_is_given_up_and_its_sender_named(fault: Callable[[Reply], None], words: str) -> None:
    began = time.monotonic()
    with answering(fault) as connection, pytest.raises(Unreachable, match=f"web-1 .*{words}"):
        whole(opened(connection), str(POD), most=MEGABYTE, seconds=0.5)
    assert time.monotonic() - began < 15


def test_an_endless_page_of_figures_is_given_up() -> None:
    with answering(endless) as connection, pytest.raises(Unreachable, match="port 9000 of Pod web-1 has more than"):
        scraped(connection, POD, 9000)


def test_a_refusal_without_end_is_a_refusal() -> None:
    began = time.monotonic()
    with answering(refusing_without_end) as connection, pytest.raises((Unreachable, Rejected), match="HTTP 500") as refused:
        scraped(connection, POD, 9000)
    assert len(str(refused.value)) < 1000
    assert time.monotonic() - began < 15


def test_of_a_refusal_that_drips_the_beginning_is_read() -> None:
    with answering(dripping) as connection:
        assert 0 < len(beginning(opened(connection), most=MEGABYTE, seconds=0.5)) < 20


def test_a_line_that_is_too_long_is_cut_and_says_so_and_the_others_are_whole() -> None:
    with answering(lines) as connection:
        one, two, empty, cut, last = split_lines(opened(connection), longest=1000)
    assert (one, two, empty, last) == (b"one", b"two halves", b"", b"last")
    assert cut == b"z" * 1000 + f"… ({4 * MEGABYTE - 1000} more bytes were cut)".encode()


def test_one_line_of_many_megabytes_takes_no_time() -> None:
    with answering(endless) as connection:
        began = time.process_time()
        assert sum(1 for _ in split_lines(opened(connection), most=100 * MEGABYTE)) == 1
        assert time.process_time() - began < 3


@pytest.mark.parametrize("fault", [endless, dripping])
def test_a_look_at_a_relays_log_ends(fault: Callable[[Reply], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pod_log, "PATIENCE", 0.5)
    began = time.monotonic()
    with answering(fault) as connection:
        assert sum(map(len, pod_log.page(connection, POD, "relay", 60))) <= 2 * MEGABYTE
    assert time.monotonic() - began < 15


def test_the_control_reads_on_for_as_long_as_there_is_something() -> None:
    """The control: without a bound the same answers are read until somebody ends them."""

    def read_on(response: BaseHTTPResponse) -> None:
        with suppress(HTTPError, OSError):
            list(split_lines(response))

    with answering(dripping) as connection:
        reader = threading.Thread(target=read_on, args=(opened(connection),))
        reader.start()
        reader.join(1.5)
        assert reader.is_alive()
    reader.join(5)


def test_an_answer_of_the_api_server_itself_has_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ANSWER", MEGABYTE)
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.5)
    for fault, words in ((endless, "more than"), (dripping, "longer than")):
        with answering(fault) as connection, pytest.raises(Unreachable, match=words):
            connection.send(ApiRequest("GET", "/api/v1/pods"))


def test_a_connection_is_kept_from_one_answer_to_the_next() -> None:
    script = Script(versions=3)
    with scripted(script) as connection:
        for _ in range(5):
            assert connection.ask(ApiRequest("GET", "/api/v1/services")).content["items"]
        pools = connection.pool.pools
        assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118 (no mapping)
