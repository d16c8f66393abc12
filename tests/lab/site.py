"""The place a lab stands on: a number of its own, and with it folders, ports, addresses, a link and control groups.

Several labs may stand on one machine at a time; a lab whose session has died is cleared away by the next start.
"""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.lab.home import cache, runs
from tests.lab.processes import Book, Running, wait_until
from tests.lab.progress import tell

_NUMBERS = range(1, 200)
_KEPT_LOGS = 5
_PATIENCE = 10.0  # seconds for the last of a lab to go


class NoRoom(Exception):
    """No number is free for one more lab on this machine."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one node of a lab stands; `mark` tells its processes and files from those of the other."""

    mark: str
    name: str
    link: str
    host: str
    address: str
    pods: str
    cgroup: str


@dataclass(frozen=True, slots=True)
class Site:
    """One lab's number and all that follows from it."""

    number: int
    folder: Path
    logs: Path

    @property
    def book(self) -> Book:
        """The record of the lab's processes, read afresh."""
        return Book(self.folder / "processes.json")

    @property
    def host(self) -> str:
        """The host's address, as nodes and pods see it; loopback for those who may not make links."""
        return self.first.host if os.getuid() == 0 else "127.0.0.1"

    @property
    def first(self) -> Spot:
        """Where the node stands; its address and those of its pods are reachable from the host."""
        number, cgroup = self.number, f"reckon-lab-{self.number}"
        host, address, pods = f"10.200.{number}.1", f"10.200.{number}.2", f"10.201.{number}.0/24"
        return Spot("", "lab", f"reckon{number}", host, address, pods, cgroup)

    @property
    def second(self) -> Spot:
        """Where a second node stands, if there is one."""
        number, cgroup = self.number, f"reckon-lab-{self.number}-2"
        host, address, pods = f"10.203.{number}.1", f"10.203.{number}.2", f"10.204.{number}.0/24"
        return Spot("-2", "lab-2", f"reckon{number}b", host, address, pods, cgroup)

    @property
    def between(self) -> str:
        """The name of the link between the two nodes, until they have taken its ends."""
        return f"reckon{self.number}x"

    @property
    def services(self) -> str:
        """The addresses of Services, reachable from the host."""
        return f"10.202.{self.number}.0/24"

    def ports(self, count: int) -> list[int]:
        """So many free ports, below those that the kernel gives out: a stopped server finds its port again."""
        first = 16_000 + self.number * 16
        return [port for port in range(first, first + 400) if _free(self.host, port)][:count]

    def clear(self) -> None:
        """Take away everything but the logs."""
        book = self.book
        for name in book.names():
            process = book.remove(name)
            if process:
                process.kill()
        for link in (self.first.link, self.second.link, self.between):
            remove_link(link)
        gone = [remove_cgroups(spot.cgroup) for spot in (self.first, self.second)]
        if not (wait_until(lambda: _remove_tree(self.folder), _PATIENCE) and all(gone)):
            tell(f"lab {self.number} could not be cleared whole; the next start tries again")


def claim() -> Site:
    """Take a free number for this process, after clearing what died."""
    with _alone():
        _clear_the_dead()
        for number in _NUMBERS:
            folder = runs() / str(number)
            if folder.exists() or _link_there(f"reckon{number}"):
                continue
            folder.mkdir()
            site = Site(number, folder, _logs_folder())
            owner = asdict(Running.of("owner", os.getpid()))
            (folder / "owner.json").write_text(json.dumps({"owner": owner, "logs": str(site.logs)}))
            if os.getuid() == 0:
                make_link(site.first)
            return site
    raise NoRoom(f"all of {_NUMBERS} are taken in {runs()}")


def standing() -> Iterator[tuple[Site, Running | None]]:
    """All labs of this user, dead or alive, with the process that each belongs to, if it came so far."""
    for folder in sorted(runs().iterdir()):
        owner, logs = None, folder / "logs"
        with suppress(FileNotFoundError, json.JSONDecodeError):
            known: dict[str, Any] = json.loads((folder / "owner.json").read_text())
            owner, logs = Running(**known["owner"]), Path(known["logs"])
        yield Site(int(folder.name), folder, logs), owner


def clear_the_dead() -> None:
    """Clear every lab whose session is gone, however it went."""
    with _alone():
        _clear_the_dead()


def _clear_the_dead() -> None:
    for site, owner in standing():
        if owner is None or not owner.alive():
            tell(f"clearing what an earlier session left in {site.folder} (its logs stay in {site.logs})")
            site.clear()


@contextmanager
def _alone() -> Generator[None]:
    with (runs().with_suffix(".lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _logs_folder() -> Path:
    parent = cache() / "logs"
    parent.mkdir(exist_ok=True)
    for old in sorted(parent.iterdir())[:-_KEPT_LOGS]:
        if not any(site.logs == old for site, _ in standing()):
            shutil.rmtree(old, ignore_errors=True)
    folder = parent / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    return folder


def _free(host: str, port: int) -> bool:
    for address in {host, "127.0.0.1"}:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def make_link(spot: Spot) -> None:
    """Lay a link whose far end the node will take; the servers listen on a near one, so only the lab sees them."""
    far = f"{spot.link}n"
    _ip("link", "add", spot.link, "type", "veth", "peer", "name", far)
    _ip("address", "add", f"{spot.host}/24", "dev", spot.link)
    for end in (spot.link, far):
        _ip("link", "set", end, "up")


def remove_link(name: str) -> None:
    """Take a link away, if it has not gone by itself with the node at its far end."""
    if _link_there(name):
        subprocess.run(["ip", "link", "delete", name], check=False, capture_output=True)


def remove_cgroups(name: str) -> bool:
    """Take a node's control groups away; whether they are gone in the end."""
    return wait_until(lambda: _remove_cgroups(name), _PATIENCE)


def _link_there(name: str) -> bool:
    return Path(f"/sys/class/net/{name}").exists()


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _remove_cgroups(name: str) -> bool:
    """Whether they are gone: a group stays while its last process is still on its way out."""
    # One hierarchy (v2) or one for each controller (v1): the group is one or two levels below the root.
    root = Path("/sys/fs/cgroup")
    for top in [*root.glob(name), *root.glob(f"*/{name}")]:
        for path, _, _ in os.walk(top, topdown=False):
            with suppress(OSError):
                Path(path).rmdir()
    return not [*root.glob(name), *root.glob(f"*/{name}")]


def _remove_tree(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
