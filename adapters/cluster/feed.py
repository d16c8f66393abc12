"""All watches of one engine: a thread for each kind and one for the contact itself, one buffer for the recorder."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Thread

from adapters.cluster.api_server_contact import Contact, Signs, asking
from adapters.cluster.buffer import Buffer
from adapters.cluster.requests import source, view
from adapters.cluster.watch import Shell, Watch
from domain.objects import WATCHED
from domain.observations import WatchEvent
from domain.views import VIEWS

_FAREWELL = 2.0
# A thread that still waits for a first answer is left behind: it is a daemon and hands nothing on any more.


@dataclass(frozen=True, slots=True)
class KubernetesFeed:
    """What is seen of a real Kubernetes; see `domain.cluster_ports.Feed`."""

    watches: tuple[Watch, ...]
    threads: tuple[Thread, ...]
    buffer: Buffer
    contact: Contact

    @classmethod
    def start(cls, shell: Shell, *, ledger: str, since: Mapping[str, str]) -> "KubernetesFeed":
        """Begin to watch, from these places on; a kind without one is listed first."""
        buffer = Buffer(shell.timing.waiting)
        watches = (
            *(Watch(source(kind, ledger), shell, since=since.get(kind.value, ""), deliver=buffer.put) for kind in WATCHED),
            *(Watch(view(one, ledger), shell, since="", deliver=buffer.put) for one in VIEWS),
        )
        signs = Signs(lambda: min(watch.quiet() for watch in watches), asking(shell.connection))
        timing = shell.timing
        contact = Contact(signs, shell.clock, buffer.put, beat=timing.beat, worth=timing.outage)
        threads = (
            *(Thread(target=watch.run, name=f"watch-{watch.kind}", daemon=True) for watch in watches),
            Thread(target=contact.run, name="contact", daemon=True),
        )
        for thread in threads:
            thread.start()
        return cls(watches, threads, buffer, contact)

    def take(self, limit: int = 500) -> tuple[WatchEvent, ...]:
        """Give what has come in, in order for each object; never blocks."""
        return self.buffer.take(limit)

    def wait(self, timeout: float) -> bool:
        """Wait until there is something to take, at most `timeout` seconds; tell whether there is."""
        return self.buffer.wait(timeout)

    def ages(self) -> Mapping[str, float]:
        """Give for each kind the seconds since its watch last heard from the API server."""
        return {watch.kind: watch.age() for watch in self.watches}

    def odd(self) -> Mapping[str, int]:
        """Give for each kind how many frames could not be read."""
        return {watch.kind: watch.odd for watch in self.watches}

    def failures(self) -> Mapping[str, int]:
        """Give for each kind how often its watch had to start again after a failure."""
        return {watch.kind: watch.failures for watch in self.watches}

    def close(self) -> None:
        """End the watches, those that wait for an answer too."""
        for watch in self.watches:
            watch.close()
        self.contact.close()
        self.buffer.close()
        until = time.monotonic() + _FAREWELL
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))
