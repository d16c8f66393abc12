"""What a relay adds to a request, and holds in memory, beside asking the application directly. On this machine, no cluster.

python -m tests.benchmarks.relay
"""

import argparse
import os
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import bcrypt

from domain.spec import Resources, SecretRef, Spec
from reconciler.relay import caddyfile, ports
from tests.benchmarks.table import Line, show
from tests.lab.toolchain import binaries

APPLICATION = 18_411
PASSWORD = "c2VjcmV0"
AUTHORIZATION = "Authorization: Basic cGFwZXJzcGFjZTpjMlZqY21WMA==\r\n"
PLAIN = Spec("web", "web:1", Resources("C4", 1, (APPLICATION,)), exact_probes=True)
PROTECTED = replace(PLAIN, basic_auth=SecretRef("key"))


@contextmanager
def started(*command: str, port: int, environment: dict[str, str] | None = None) -> Generator[int]:
    """Run a server until it is no longer needed, and give its process id."""
    process = subprocess.Popen(
        command, env=os.environ | (environment or {}), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def relay(spec: Spec) -> Generator[tuple[int, int]]:
    """Run a relay before the application, and give its port and process id."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "Caddyfile"
        file.write_text(caddyfile(spec))
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(10)).decode()
        environment = {"RELAY_PASSWORD_HASH": hashed, "XDG_DATA_HOME": folder, "GOMEMLIMIT": "96MiB"}
        command = (str(binaries("caddy") / "caddy"), "run", "--config", str(file), "--adapter", "caddyfile")
        port = ports(spec).serving
        with started(*command, port=port, environment=environment) as pid:
            yield port, pid


class Client:
    """One kept-alive connection, by hand: a library would take longer than what is measured."""

    def __init__(self, port: int, headers: str = "") -> None:
        self._line = socket.create_connection(("127.0.0.1", port))
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line.settimeout(10)
        self._asked = f"GET / HTTP/1.1\r\nHost: bench\r\n{headers}\r\n".encode()

    def ask(self) -> float:
        """Ask once, and give the seconds until the whole answer was there."""
        began = time.perf_counter()
        self._line.sendall(self._asked)
        said = b""
        while b"\r\n\r\n" not in said:
            said += self._line.recv(65_536)
        head, _, rest = said.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 2"), head
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        left = length - len(rest)
        while left > 0:
            left -= len(self._line.recv(65_536))
        return time.perf_counter() - began

    def close(self) -> None:
        self._line.close()


def in_turns(clients: dict[str, Client], times: int) -> dict[str, list[float]]:
    """Ask all ways in turns, so that what else the machine does falls on all alike."""
    took: dict[str, list[float]] = {way: [] for way in clients}
    for client in clients.values():
        for _ in range(200):
            client.ask()
    for _ in range(times):
        for way, client in clients.items():
            took[way].append(client.ask())
    return took


def crowd(port: int, clients: int, seconds: float) -> float:
    """Let so many ask at once; give the requests answered in a second."""
    counts = [0] * clients
    end = time.monotonic() + seconds

    def ask(number: int) -> None:
        client = Client(port)
        while time.monotonic() < end:
            client.ask()
            counts[number] += 1
        client.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def resident(pid: int) -> tuple[float, float]:
    """Give a process's resident memory in MiB, and of that what is its own and no mapped file."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "RssAnon"))}
    return found["VmRSS"], found["RssAnon"]


def measured(times: int) -> Iterator[Line]:
    """Measure, line by line."""
    with ExitStack() as stack:
        program = str(binaries("probe_app") / "probe_app")
        app = stack.enter_context(started(program, port=APPLICATION, environment={"PORT": str(APPLICATION), "VERSION": "bench"}))
        with relay(PLAIN) as (port, pid):
            idle, own = resident(pid)
            took = in_turns({"direct": Client(APPLICATION), "relayed": Client(port)}, times)
            yield from _latencies("a small request", took)
            direct, relayed = crowd(APPLICATION, 8, 5.0), crowd(port, 8, 5.0)
            yield Line("requests a second, 8 clients", relayed, "direct", direct, f"{relayed / direct:.2f} of it")
            busy, busy_own = resident(pid)
            held = [Client(port) for _ in range(500)]
            for client in held:
                client.ask()
            many, many_own = resident(pid)
            for client in held:
                client.close()
            beside, _ = resident(app)
            yield Line("memory of the relay, idle, MiB", idle, "the application", beside, f"{own:.0f} MiB of it its own")
            yield Line("memory of the relay after the crowd, MiB", busy, "the application", beside, f"{busy_own:.0f} MiB its own")
            yield Line("memory of the relay, 500 connections, MiB", many, note=f"{many_own:.0f} MiB its own")
        with relay(PROTECTED) as (port, _):
            clients = {"direct": Client(APPLICATION), "relayed": Client(port, AUTHORIZATION)}
            yield from _latencies("a small request with a password", in_turns(clients, times))


def _latencies(what: str, took: dict[str, list[float]]) -> Iterator[Line]:
    cut = {way: statistics.quantiles(some, n=100) for way, some in took.items()}
    for name, place in (("p50", 49), ("p99", 98)):
        ours, floor = cut["relayed"][place] * 1000, cut["direct"][place] * 1000
        yield Line(f"{what}, {name}, ms", ours, "direct", floor, f"{ours / floor:.1f} times, {ours - floor:.2f} ms more")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=5000)
    show(measured(parser.parse_args().requests))
