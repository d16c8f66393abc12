"""`reckon open`: the URL, a local port, and what is said where there is nothing to open."""

import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import SimpleQueue

import pytest

from adapters.cli.reading.forwarding import MOST, Forwarder
from domain.errors import Refused, Unreachable
from domain.objects import Kind, ObjectRef
from tests.unit.serving.strangers import sitting, still_open


def pod(name: str) -> ObjectRef:
    return ObjectRef(Kind.POD.value, "reckon-shop", name)


@dataclass
class Echo:
    """A connection to a replica that answers its name, and everything that it is told."""

    name: str
    said: SimpleQueue[bytes] = field(default_factory=SimpleQueue[bytes])

    def __post_init__(self) -> None:
        self.said.put(f"{self.name}:".encode())

    def receive(self) -> bytes:
        return self.said.get()

    def send(self, data: bytes) -> None:
        self.said.put(data)

    def close(self) -> None:
        self.said.put(b"")


@dataclass
class Replicas:
    """Replicas that come and go."""

    ready: list[str]
    broken: set[str] = field(default_factory=set[str])
    told: list[str] = field(default_factory=list[str])

    def forward(self, replica: ObjectRef, port: int) -> Echo:
        assert port == 8000
        if replica.name in self.broken:
            raise Unreachable(f"no way to {replica.name}")
        return Echo(replica.name)

    def there(self) -> tuple[ObjectRef, ...]:
        return tuple(pod(name) for name in self.ready)


@contextmanager
def forwarding(replicas: Replicas) -> Generator[Callable[[], bytes]]:
    forwarder = Forwarder(replicas.forward, replicas.there, 8000, told=replicas.told.append)
    port = forwarder.listen(0, exactly=True)
    thread = threading.Thread(target=forwarder.run, daemon=True)
    thread.start()

    def ask() -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(b"hello")
            got = b""
            while not got.endswith(b"hello") and (chunk := line.recv(100)):
                got += chunk
            return got

    yield ask
    forwarder.close()
    thread.join(5)
    assert not thread.is_alive()


def test_each_connection_goes_to_a_replica_the_same_while_it_is_ready() -> None:
    replicas = Replicas(["a", "b"])
    with forwarding(replicas) as ask:
        assert [ask() for _ in range(3)] == [b"a:hello"] * 3
        replicas.ready = ["b", "a"]
        assert ask() == b"a:hello"
        replicas.ready = ["b"]
        assert ask() == b"b:hello"
    assert replicas.told == ["leads to a", "leads to b"]


def test_one_that_cannot_be_reached_is_passed_over_and_said_once() -> None:
    replicas = Replicas(["a", "b"], broken={"a"})
    with forwarding(replicas) as ask:
        assert ask() == b"b:hello"
    assert replicas.told == ["no way to a", "leads to b"]


def test_with_no_replica_a_connection_ends_at_once_and_the_next_may_find_one() -> None:
    replicas = Replicas([])
    with forwarding(replicas) as ask:
        with suppress(ConnectionError):  # whichever end was quicker
            assert ask() == b""
        replicas.ready = ["a"]
        assert ask() == b"a:hello"
    assert replicas.told[0] == "no replica takes requests now"


def test_a_crowd_of_connections_is_not_taken_and_said_once() -> None:
    replicas = Replicas(["a"])
    forwarder = Forwarder(replicas.forward, replicas.there, 8000, told=replicas.told.append)
    port = forwarder.listen(0, exactly=True)
    thread = threading.Thread(target=forwarder.run, daemon=True)
    thread.start()
    with sitting(port, MOST + 20) as others:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as last, suppress(ConnectionError):
            assert last.recv(1) == b""
        assert still_open(others) == MOST
    forwarder.close()
    thread.join(5)
    assert sum("connections are open" in said for said in replicas.told) == 1


def test_a_port_that_is_taken_is_refused_if_asked_for_and_another_taken_if_not() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        nobody = Replicas([])
        with pytest.raises(Refused):
            Forwarder(nobody.forward, nobody.there, 80, told=nobody.told.append).listen(port, exactly=True)
        other = Forwarder(nobody.forward, nobody.there, 80, told=nobody.told.append)
        assert other.listen(port, exactly=False) != port
        other.close()


def test_the_end_of_a_replica_ends_its_connections_and_the_words_are_passed_on() -> None:
    class Broken(Echo):
        def receive(self) -> bytes:
            raise Unreachable("port 8000: nobody listens there")

    told: list[str] = []

    def broken(_replica: ObjectRef, _port: int) -> Broken:
        return Broken("a")

    forwarder = Forwarder(broken, lambda: (pod("a"),), 8000, told=told.append)
    port = forwarder.listen(0, exactly=True)
    threading.Thread(target=forwarder.run, daemon=True).start()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        assert line.recv(100) == b""
    deadline = time.monotonic() + 5
    while len(told) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    forwarder.close()
    assert told == ["leads to a", "port 8000: nobody listens there"]
