"""The lab's node: containerd, kubelet and kube-proxy in namespaces of their own, as on a machine beside this one.

Processes, mounts, links, routes and packet filters of the node go with its first process, so a lab that dies leaves none
of them; and two labs do not see each other's.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab import node_files
from tests.lab.control_plane import ControlPlane
from tests.lab.processes import Book, DidNotStart, last_lines, spawn, wait_until
from tests.lab.registries import Registry
from tests.lab.site import Site, Spot, remove_cgroups, remove_link
from tests.lab.toolchain import binaries

# What kubelet would set for the whole machine, and what it finds instead: the machine is not ours to tune.
_TUNABLES = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One machine of a lab, at its spot."""

    site: Site
    spot: Spot
    plane: ControlPlane
    registry: Registry
    book: Book

    def start(self) -> None:
        """Bring the node up; Ready when it returns."""
        self.folder.mkdir(exist_ok=True)
        first = self._open_namespaces()
        self._furnish(first)
        self._containerd(first)
        self._kubelet(first)
        self._kube_proxy(first)
        self._lay_routes()
        if not wait_until(self._ready, 90, pause=0.3):
            log = self._log("kubelet")
            raise DidNotStart(f"the node is not Ready; {log} ends:\n{last_lines(log)}")

    @property
    def folder(self) -> Path:
        """Where the node's files are."""
        return self.site.folder / f"node{self.spot.mark}"

    def join(self, other: "Node") -> None:
        """Lay a link to another node of the lab: pods of the one reach those of the other without passing this machine."""
        ends = self.site.between, "far"
        link = ["ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1], "netns", str(other._first)]
        subprocess.run(link, check=True)
        subprocess.run(["ip", "link", "set", ends[0], "netns", str(self._first)], check=True)
        here, there = f"10.205.{self.site.number}.1", f"10.205.{self.site.number}.2"
        self._take_end(ends[0], here, there, other.spot)
        other._take_end(ends[1], there, here, self.spot)

    def _take_end(self, end: str, own: str, way: str, beyond: Spot) -> None:
        # A link to a node that has just died may still be there.
        steps = ["ip link delete eth1 2>&- || true", f"ip link set {end} name eth1"]
        steps += [f"ip address add {own}/30 dev eth1", "ip link set eth1 up"]
        steps += [f"ip route add {network} via {way}" for network in (beyond.pods, f"{beyond.address}/32")]
        _do_inside(self._first, steps)

    def stop(self) -> None:
        """Take the node away, as a machine that burns down with all on it; the cluster is told that it will not return."""
        for name in ("kube-proxy", "kubelet", "containerd", "node"):
            process = self.book.remove(f"{name}{self.spot.mark}")
            if process:
                process.kill()
        remove_link(self.spot.link)
        remove_cgroups(self.spot.cgroup)
        shutil.rmtree(self.folder, ignore_errors=True)

    def restart_kubelet(self) -> None:
        """Start its kubelet anew, as after a reboot of that part: it makes its Node again where that was deleted."""
        process = self.book.remove(f"kubelet{self.spot.mark}")
        if process and process.alive():
            for pid in reversed(process.family()):
                os.kill(pid, signal.SIGKILL)
            process.kill()
        self._kubelet(self._first)

    @property
    def _first(self) -> int:
        outer = self.book.get(f"node{self.spot.mark}")
        return _first_in(outer.pid) if outer else 0

    def _open_namespaces(self) -> int:
        """Start the node's first process and tell its id; when it dies, all of the node dies."""
        pause = str(binaries("pause") / "pause")
        command = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child", pause]
        outer = spawn(f"node{self.spot.mark}", command, log=self._log("node"))
        self.book.add(outer)
        if not wait_until(lambda: _runs(_first_in(outer.pid), pause), 60):
            raise DidNotStart(f"no namespaces for the node: {last_lines(self._log('node'))}")
        return _first_in(outer.pid)

    def _furnish(self, first: int) -> None:
        """Give the node its address, its writable folders and its control group."""
        subprocess.run(["ip", "link", "set", f"{self.spot.link}n", "netns", str(first)], check=True)
        tunables = self.folder / "tunables"
        for name, value in _TUNABLES.items():
            file = tunables / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(value + "\n")
        _make_cgroup(self.spot.cgroup)
        shown = [f"mount --bind {tunables}/{name} /proc/sys/{name}" for name in _TUNABLES if _tunable(name)]
        steps = [
            "mount --make-rshared /",
            *(f"mount -t tmpfs -o mode=755 lab {folder}" for folder in ("/run", "/var/log", "/var/lib")),
            *shown,
            "ip link set lo up",
            f"ip link set {self.spot.link}n name eth0",
            f"ip address add {self.spot.address}/24 dev eth0",
            "ip link set eth0 up",
            f"ip route add default via {self.spot.host}",
            "echo 1 > /proc/sys/net/ipv4/ip_forward",
        ]
        _do_inside(first, steps)

    def _containerd(self, first: int) -> None:
        config = node_files.containerd(self.folder, self.spot, self.registry)
        self._spawn(first, "containerd", ["containerd", "--config", str(config)])
        socket = self.folder / "containerd.sock"
        log = self._log("containerd")
        if not wait_until(socket.exists, 90):
            raise DidNotStart(f"containerd has no socket; {log} ends:\n{last_lines(log)}")

    def _kubelet(self, first: int) -> None:
        config = node_files.kubelet(self.folder, self.spot)
        program = binaries("kubernetes") / "kubelet"
        kubeconfig = self.plane.kubeconfig(f"system:node:{self.spot.name}")
        arguments = [f"--config={config}", f"--kubeconfig={kubeconfig}", f"--root-dir={self.folder}/kubelet"]
        arguments += [f"--hostname-override={self.spot.name}", f"--node-ip={self.spot.address}"]
        self._spawn(first, "kubelet", [str(program), *arguments])

    def _kube_proxy(self, first: int) -> None:
        program = binaries("kubernetes") / "kube-proxy"
        arguments = [
            f"--kubeconfig={self.plane.kubeconfig('system:kube-proxy')}",
            f"--hostname-override={self.spot.name}",
            "--proxy-mode=iptables",
            # Pods share a bridge, whose traffic the packet filter does not see: answers must come back by the node.
            "--masquerade-all",
            "--iptables-min-sync-period=100ms",
            # Not ours to tune either.
            "--conntrack-max-per-core=0",
            "--conntrack-tcp-timeout-established=0s",
            "--conntrack-tcp-timeout-close-wait=0s",
        ]
        self._spawn(first, "kube-proxy", [str(program), *arguments])

    def _spawn(self, first: int, name: str, command: Sequence[str]) -> None:
        self.book.add(spawn(f"{name}{self.spot.mark}", [*_inside(first), *command], log=self._log(name)))

    def _log(self, name: str) -> Path:
        return self.site.logs / f"{name}{self.spot.mark}.log"

    def _lay_routes(self) -> None:
        """Let this machine reach pods by way of their node, and Services by way of the first."""
        services = [self.site.services] if self.spot == self.site.first else []
        for network in (self.spot.pods, *services):
            subprocess.run(["ip", "route", "replace", network, "via", self.spot.address], check=True)

    def _ready(self) -> bool:
        state = self.plane.ask(f"/api/v1/nodes/{self.spot.name}")
        conditions = state.get("status", {}).get("conditions", [])
        return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _inside(first: int) -> list[str]:
    return ["nsenter", f"--target={first}", "--mount", "--net", "--pid", "--"]


def _do_inside(first: int, steps: Sequence[str]) -> None:
    done = subprocess.run([*_inside(first), "sh", "-ec", "\n".join(steps)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DidNotStart(f"the node cannot be furnished: {done.stderr}")


def _first_in(outer: int) -> int:
    """The id of the first process of the namespaces that the outer one has opened; 0 while there is none."""
    try:
        words = Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
    except OSError:
        return 0
    return int(words[0]) if words else 0


def _runs(pid: int, program: str) -> bool:
    # Before the exec the namespace's first process is still unshare itself, its mounts not made.
    try:
        return Path(f"/proc/{pid}/exe").readlink() == Path(program)
    except OSError:
        return False


def _tunable(name: str) -> bool:
    return Path("/proc/sys", name).exists()


def _make_cgroup(name: str) -> None:
    root = Path("/sys/fs/cgroup")
    if (root / "cgroup.controllers").exists():
        (root / name).mkdir(exist_ok=True)
        return
    for controller in root.iterdir():
        if controller.is_dir() and not controller.is_symlink():
            (controller / name).mkdir(exist_ok=True)
