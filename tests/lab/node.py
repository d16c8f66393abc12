"""The lab's node: containerd, kubelet and kube-proxy in namespaces of their own, as on a machine beside this one.

Processes, mounts, links, routes and packet filters of the node go with its first process, so a lab that dies leaves none
of them; and two labs do not see each other's.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab import node_files
from tests.lab.control_plane import ControlPlane
from tests.lab.processes import Book, DidNotStart, last_lines, spawn, wait_until
from tests.lab.registries import Registry
from tests.lab.site import Site
from tests.lab.toolchain import binaries

NAME = "lab"

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
    """The one machine of a lab."""

    site: Site
    plane: ControlPlane
    registry: Registry
    book: Book

    def start(self) -> None:
        """Bring the node up; Ready when it returns."""
        self.registry.open_to_node()
        first = self._open_namespaces()
        self._furnish(first)
        self._containerd(first)
        self._kubelet(first)
        self._kube_proxy(first)
        self._lay_routes()
        if not wait_until(self._ready, 90, pause=0.3):
            log = self.site.logs / "kubelet.log"
            raise DidNotStart(f"the node is not Ready; {log} ends:\n{last_lines(log)}")

    @property
    def folder(self) -> Path:
        """Where the node's files are."""
        return self.site.folder / "node"

    def _open_namespaces(self) -> int:
        """Start the node's first process and tell its id; when it dies, all of the node dies."""
        pause = str(binaries("pause") / "pause")
        command = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child", pause]
        outer = spawn("node", command, log=self.site.logs / "node.log")
        self.book.add(outer)
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        if not wait_until(lambda: bool(_words(children)) and _runs(_words(children)[0], pause), 5):
            raise DidNotStart(f"no namespaces for the node: {last_lines(self.site.logs / 'node.log')}")
        return int(_words(children)[0])

    def _furnish(self, first: int) -> None:
        """Give the node its address, its writable folders and its control group."""
        subprocess.run(["ip", "link", "set", f"{self.site.link}n", "netns", str(first)], check=True)
        tunables = self.folder / "tunables"
        for name, value in _TUNABLES.items():
            file = tunables / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(value + "\n")
        _make_cgroup(self.site.cgroup)
        shown = [f"mount --bind {tunables}/{name} /proc/sys/{name}" for name in _TUNABLES if _tunable(name)]
        steps = [
            "mount --make-rshared /",
            *(f"mount -t tmpfs -o mode=755 lab {folder}" for folder in ("/run", "/var/log", "/var/lib")),
            *shown,
            "ip link set lo up",
            f"ip link set {self.site.link}n name eth0",
            f"ip address add {self.site.node}/24 dev eth0",
            "ip link set eth0 up",
            f"ip route add default via {self.site.host}",
            "echo 1 > /proc/sys/net/ipv4/ip_forward",
        ]
        inside = [*_inside(first), "sh", "-ec", "\n".join(steps)]
        done = subprocess.run(inside, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DidNotStart(f"the node cannot be furnished: {done.stderr}")

    def _containerd(self, first: int) -> None:
        config = node_files.containerd(self.folder, self.site, self.registry)
        self._spawn(first, "containerd", ["containerd", "--config", str(config)])
        socket = self.folder / "containerd.sock"
        log = self.site.logs / "containerd.log"
        if not wait_until(socket.exists, 30):
            raise DidNotStart(f"containerd has no socket; {log} ends:\n{last_lines(log)}")

    def _kubelet(self, first: int) -> None:
        config = node_files.kubelet(self.folder, self.site)
        program = binaries("kubernetes") / "kubelet"
        kubeconfig = self.plane.kubeconfig(f"system:node:{NAME}")
        arguments = [f"--config={config}", f"--kubeconfig={kubeconfig}", f"--root-dir={self.folder}/kubelet"]
        arguments += [f"--hostname-override={NAME}", f"--node-ip={self.site.node}"]
        self._spawn(first, "kubelet", [str(program), *arguments])

    def _kube_proxy(self, first: int) -> None:
        program = binaries("kubernetes") / "kube-proxy"
        arguments = [
            f"--kubeconfig={self.plane.kubeconfig('system:kube-proxy')}",
            f"--hostname-override={NAME}",
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
        log = self.site.logs / f"{name}.log"
        self.book.add(spawn(name, [*_inside(first), *command], log=log))

    def _lay_routes(self) -> None:
        """Let this machine reach pods and Services by way of the node."""
        for network in (self.site.pods, self.site.services):
            subprocess.run(["ip", "route", "replace", network, "via", self.site.node], check=True)

    def _ready(self) -> bool:
        state = self.plane.ask(f"/api/v1/nodes/{NAME}")
        conditions = state.get("status", {}).get("conditions", [])
        return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _inside(first: int) -> list[str]:
    return ["nsenter", f"--target={first}", "--mount", "--net", "--pid", "--"]


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []


def _runs(pid: str, program: str) -> bool:
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
