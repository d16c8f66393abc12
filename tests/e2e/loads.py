"""Load on replicas that run the lab's probe-app: work for their processors, memory held, requests that take their time.

A load is given to each replica by its own address, so that a test knows what each of them does.
"""

import threading
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.e2e.house import House


def addresses(house: House, name: str) -> list[str]:
    """Give the addresses of a deployment's replicas that are ready."""
    found: list[str] = []
    for pod in house.pods(name):
        conditions = {one["type"]: one["status"] for one in pod["status"].get("conditions", ())}
        if conditions.get("Ready") == "True" and not pod["metadata"].get("deletionTimestamp"):
            found.append(pod["status"]["podIP"])
    return found


def burn(house: House, name: str, *, millicores: int, seconds: int) -> None:
    """Let each replica work so hard for so long."""
    for address in addresses(house, name):
        _post(f"http://{address}:8000/burn/{millicores}/{seconds}")


def hold(house: House, name: str, mebibytes: int) -> None:
    """Let each replica hold so much memory; 0 lets go."""
    for address in addresses(house, name):
        _post(f"http://{address}:8000/hold/{mebibytes}")


def _post(url: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=60) as answer:
        answer.read()


PACE = 0.02
"""Seconds from an answer to the next question."""


@dataclass
class Callers:
    """Clients that ask one URL over and over, each in a thread of its own, until they are stopped."""

    url: str
    clients: int = 4
    headers: dict[str, str] = field(default_factory=dict[str, str])
    asked: int = 0
    failures: list[str] = field(default_factory=list[str])
    _stop: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """Ask until it is stopped."""
        while not self._stop.is_set():
            self.asked += 1
            try:
                with urllib.request.urlopen(urllib.request.Request(self.url, headers=self.headers), timeout=60) as answer:
                    answer.read()
            except (OSError, urllib.error.URLError) as error:
                self.failures.append(str(error))
                self._stop.wait(0.2)
            # A client that takes all local ports within the two minutes for which the packet filter remembers each meets what it
            # remembers, and its first packets get no answer. No user has so many connections from one address.
            self._stop.wait(PACE)

    def stop(self) -> None:
        """Let them finish their last request."""
        self._stop.set()


@contextmanager
def calling(url: str, *, clients: int = 4, headers: dict[str, str] | None = None) -> Generator[Callers]:
    """Ask a URL all the while, by so many clients at once."""
    callers = Callers(url, clients, headers or {})
    threads = [threading.Thread(target=callers.ask, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield callers
    finally:
        callers.stop()
        for thread in threads:
            with suppress(RuntimeError):
                thread.join(timeout=65)
