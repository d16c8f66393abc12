"""The ports of a cluster, real or simulated: one for each who uses it. All together are `Cluster`.

Whoever takes one names the smallest that serves, so that a reader sees what may happen there, and a fake has nothing to pretend.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from domain.actions import Taken
from domain.nodes import Node
from domain.objects import Live, Manifest, ObjectRef

if TYPE_CHECKING:
    from domain.observations import WatchEvent  # half as large as all the rest of a command, which sees nothing of a cluster


@dataclass(frozen=True, slots=True)
class Guard:
    """The precondition of an update or a removal: the object is still this one, at this version."""

    uid: str
    resource_version: str


@dataclass(frozen=True, slots=True)
class TakenOver:
    """An object after a take-over, and what was taken from whom; nothing: it stands as it stood, and nothing was written."""

    live: Live
    taken: tuple[Taken, ...]


class Feed(Protocol):
    """What is seen of a cluster, as it happens. One thread for each kind; nothing is lost in between, or it says so."""

    def take(self, limit: int = 500) -> "tuple[WatchEvent, ...]":
        """Give what has come in, in order for each object; never blocks."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait until there is something to take, at most `timeout` seconds; tell whether there is."""
        ...

    def ages(self) -> Mapping[str, float]:
        """Give for each kind the seconds since its watch last heard from the API server."""
        ...

    def close(self) -> None:
        """End the watches."""
        ...


class PortConnection(Protocol):
    """A connection to a port of a replica; one thread may receive while another sends."""

    def receive(self) -> bytes:
        """Wait for what comes next; empty once it is at its end. Raises Unreachable: nobody listens there, or it broke off."""
        ...

    def send(self, data: bytes) -> None:
        """Send on. Raises Unreachable."""
        ...

    def close(self) -> None:
        """End it; whoever receives gets the end."""
        ...


class Identified(Protocol):
    """Which cluster it is."""

    @property
    def description(self) -> str:
        """Say in a few words what this is, for people: the context and server, or that it is a simulation."""
        ...

    @property
    def simulated(self) -> bool:
        """Tell whether nothing here is real."""
        ...

    def identity(self) -> str:
        """Give the uid of `kube-system`. Raises Unreachable, Rejected."""
        ...


class Objects(Protocol):
    """The objects of a cluster, read and written one by one: for who performs actions, or rehearses them."""

    def read(self, ref: ObjectRef) -> Live | None:
        """Read an object back; None when there is none. A Secret's data is left out. Raises Unreachable, Rejected."""
        ...

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        """Server-side apply by the manifest's field manager, forced; one HTTP request, not repeated, `audit` its Audit-ID.

        Without a guard the object may be created; with one only that very object at that very version is changed. A copy
        (`domain.copies`) is filled with its source's data; without a source it is Rejected. Any other Secret is only ever
        made: where one has its name it is Rejected (409, AlreadyExists), for the answer to a change would tell its values.
        Raises Contested (the guard does not hold), Rejected (the API server's no: nothing changed), Unreachable (unknown).
        """
        ...

    def take_over(self, manifest: Manifest, paths: Collection[str], *, guard: Guard, audit: str) -> TakenOver:
        """Make ours what others own at these paths of this very object at this very version, where the manifest has it not.

        No paths: at all that is promised as a whole (`domain.unmanaged_rules`). Its managedFields alone are written, in one HTTP
        request, not repeated, `audit` its Audit-ID; where there is nothing to take, nothing is. The apply that follows removes
        what is ours and not in the manifest. Raises as `apply` does.
        """
        ...

    def remove(self, ref: ObjectRef, *, guard: Guard, audit: str) -> bool:
        """Delete this very object at this very version, dependents first (foreground); False when it was gone already.

        Raises Contested (the guard does not hold), Rejected, Unreachable.
        """
        ...


class SecretValues(Protocol):
    """What Secrets hold: for who needs a password or a token for a moment, and keeps it nowhere."""

    def secret(self, ref: ObjectRef) -> Mapping[str, bytes]:
        """Give a Secret's values, for the moment in which they are needed; empty when there is none. Raises as `read` does."""
        ...


class Watches(Protocol):
    """What is seen of a cluster: for who records."""

    def follow(self, ledger: str, since: Mapping[str, str]) -> Feed:
        """Watch all that carries this ledger's label, and the core Events about it, from these places on."""
        ...


class Replicas(Protocol):
    """What replicas say: for people, and for the gauge."""

    def logs(self, pod: ObjectRef, *, follow: bool, previous: bool, since: int | None, tail: int | None) -> Iterator[str]:
        """Give the lines that a replica's container has printed. `since` in seconds. Raises Rejected, Unreachable."""
        ...

    def scrape(self, pod: ObjectRef, port: int) -> str:
        """Give what a replica answers to `GET /metrics` on its own port. Raises Rejected (no answer from it), Unreachable."""
        ...

    def forward(self, pod: ObjectRef, port: int) -> PortConnection:
        """Open a connection to a port of a replica. Raises Rejected, Unreachable."""
        ...


class Nodes(Protocol):
    """The machines of a cluster: for who says what fits."""

    def nodes(self, *, counted: bool = True) -> tuple[Node, ...]:
        """Give the nodes and their room, in order of their names. Raises Rejected, Unreachable.

        `counted` takes off what pods have requested, which asks for all pods of the cluster; without it a node is as good as
        empty (`free` is `whole`).
        """
        ...


class Cluster(Identified, Objects, SecretValues, Watches, Replicas, Nodes, Protocol):
    """A Kubernetes, real or simulated."""
