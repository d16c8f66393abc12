"""The lab: a real Kubernetes on this machine, started for a test session and gone with it.

lab = Lab.start()            # the control plane: a few seconds
lab.add_node()               # a node with real containers: a few seconds more
lab.add_metrics()            # metrics-server, for `kubectl top` and the HorizontalPodAutoscaler
lab.kubectl("get", "nodes")
lab.stop()
"""

import json
import os
import shutil
import signal
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self

from tests.lab import debian, images, node, people, site
from tests.lab.aggregator import Manifest
from tests.lab.control_plane import Addresses, ControlPlane
from tests.lab.kubectl import KubectlFailed, run_kubectl
from tests.lab.metrics import Metrics
from tests.lab.processes import last_errors, spawn
from tests.lab.registries import Registry
from tests.lab.storage import Storage

__all__ = ["KubectlFailed", "Lab"]


class Lab:
    """One running lab. Two may run side by side; each has its own number, ports, addresses and folders."""

    def __init__(self, place: site.Site, frozen: Path | None = None) -> None:
        self._site = place
        self._book = book = place.book
        apiserver, etcd, peer, open_port, login_port, metrics_port = place.ports(6)
        at = Addresses(place.host, apiserver, etcd, peer, place.services)
        everyone = people.People(place.folder / "people", at.server)
        self._plane = ControlPlane(place.folder, place.logs, at, everyone, book, frozen)
        self._registry = Registry(place.folder, place.logs, place.host, open_port, login_port, book)
        self._node = node.Node(place, place.first, self._plane, self._registry, book)
        self._second = node.Node(place, place.second, self._plane, self._registry, book)
        self._metrics = Metrics(place, self._plane, book, metrics_port)
        self._storage = Storage(place, self._plane, book)
        self._parts: set[str] = set()

    @classmethod
    def start(cls, *, node: bool = False, metrics: bool = False, second: bool = False, frozen: Path | None = None) -> Self:
        """Start the control plane and the registry, with a node if asked for; ready when it returns.

        With `frozen`, a file that `freeze` has made, it is that cluster which goes on, its node silent.
        """
        lab = cls(site.claim(), frozen)
        try:
            lab._registry.start()
            lab._plane.start()
            lab.apply(people.rights())
            if node:
                lab.add_node()
            if second:
                lab.add_second_node()
            if metrics:
                lab.add_metrics()
        except BaseException:
            lab.stop(keep_logs=True)
            raise
        return lab

    def add_node(self) -> None:
        """Add the node, unless it is there; Ready when this returns. What it is made with is installed where it is missing."""
        if "node" not in self._parts:
            debian.ensure_packages()
            images.pause(self.registry)
            self._registry.open_to_node()
            self._node.start()
            self.apply(*self._storage.manifests())
            self._storage.start()
            self._parts.add("node")

    def add_second_node(self) -> None:
        """Add a node beside the first, called `lab-2`, unless it is there; Ready when this returns."""
        self.add_node()
        if "second" not in self._parts:
            site.make_link(self._site.second)
            self._second.start()
            self._second.join(self._node)
            self._parts.add("second")

    def remove_second_node(self) -> None:
        """Take the second node away with all that runs on it, as if it had never been."""
        if "second" in self._parts:
            self._second.stop()
            name = self._site.second.name
            self.kubectl("delete", "node", name)
            self.kubectl("delete", "pods", "--all-namespaces", f"--field-selector=spec.nodeName={name}", "--force")
            self._parts.remove("second")

    def second_kubelet(self, *, running: bool) -> None:
        """Let the second node's kubelet stand still, as on a machine that hangs, or go on: its containers run all the while."""
        kubelet = self._book.get(f"kubelet{self._site.second.mark}")
        for pid in kubelet.family() if kubelet and kubelet.alive() else ():
            os.kill(pid, signal.SIGCONT if running else signal.SIGSTOP)

    def restart_second_kubelet(self) -> None:
        """Start the second node's kubelet anew: it makes its Node again where that was deleted."""
        self._second.restart_kubelet()

    def add_metrics(self) -> None:
        """Add metrics-server, unless it is there; it knows a pod's figures about 20 s after the pod has started."""
        if "metrics" not in self._parts:
            self.apply(*self._metrics.manifests())
            self._metrics.start()
            self._parts.add("metrics")

    def stop(self, *, keep_logs: bool = False) -> None:
        """Stop everything and leave nothing behind, but the logs if they are wanted."""
        self._site.clear()
        if not keep_logs:
            shutil.rmtree(self._site.logs, ignore_errors=True)

    @property
    def number(self) -> int:
        """The lab's number among those on this machine."""
        return self._site.number

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of an administrator."""
        return self.kubeconfig_for("admin")

    def kubeconfig_for(self, user: str, groups: tuple[str, ...] = ()) -> Path:
        """The kubeconfig of a user: `deadreckon` and `human` may do all, `weak` nothing, any other what you grant."""
        return self._plane.kubeconfig(user, groups)

    @property
    def server(self) -> str:
        """The API server's URL."""
        return self._plane.at.server

    @property
    def server_ca(self) -> Path:
        """The certificates by which a client knows the API server."""
        return self._plane.server_ca

    def token(self, user: str) -> str:
        """The bearer token of one of the users that the lab knows by name."""
        token = self._plane.people.token(user)
        if token is None:
            raise KeyError(user)
        return token

    def kubectl(self, *arguments: str, user: str = "human", input: str | None = None) -> str:  # noqa: A002
        """What kubectl answers to that user; KubectlFailed with its words when it refuses."""
        return run_kubectl(arguments, kubeconfig=self.kubeconfig_for(user), cache=self._site.folder, text=input)

    def apply(self, *objects: Manifest) -> None:
        """Let an administrator apply these objects."""
        whole = {"apiVersion": "v1", "kind": "List", "items": objects}
        self.kubectl("apply", "--filename=-", user="admin", input=json.dumps(whole))

    @property
    def logs(self) -> Path:
        """The folder where every process of the lab logs."""
        return self._site.logs

    def last_errors(self) -> str:
        """The last errors in each log, for the report of a failed test."""
        told = {log.name: last_errors(log, 4) for log in sorted(self.logs.glob("*.log")) if log != self.audit_log}
        return "\n".join(f"== {name}\n{errors}" for name, errors in told.items() if errors)

    @property
    def audit_log(self) -> Path:
        """The API server's audit log, one JSON event a line."""
        return self._plane.audit_log

    def audit_events(self, user: str | None = None) -> Iterator[dict[str, Any]]:
        """What the audit log holds so far, of one user or of all, in the order of the log."""
        with self.audit_log.open() as log:
            for line in log:
                if not line.endswith("\n"):
                    return  # still being written
                event: dict[str, Any] = json.loads(line)
                # Whoever could not be told who it is (a token of an account that is gone) has no name there.
                if user in (None, event["user"].get("username")):
                    yield event

    @contextmanager
    def audit_posted(self, kubeconfig: str) -> Generator[None]:
        """Let the API server post its audit log too, as this kubeconfig says, for a while; it is started anew for it."""
        self.stop_apiserver()
        self._plane.audit_webhook.write_text(kubeconfig)
        self.start_apiserver()
        try:
            yield
        finally:
            self.stop_apiserver()
            self._plane.audit_webhook.unlink()
            self.start_apiserver()

    def stop_apiserver(self) -> None:
        """Stop the API server; everything else goes on, as in an outage."""
        self._plane.stop("kube-apiserver")

    def start_apiserver(self) -> None:
        """Start it again on the same port with the same certificates; ready when this returns."""
        self._plane.start_apiserver()

    def compact(self) -> None:
        """Forget all history: a watch from any revision seen so far is answered with 410.

        The API server is restarted, since its watch cache would remember what etcd has forgotten.
        """
        self.stop_apiserver()
        self._plane.compact()
        self.start_apiserver()

    def freeze(self, to: Path) -> None:
        """Stop the control plane for good and keep all it knows in a file, for `Lab.start(frozen=…)`."""
        self._plane.freeze(to)

    @property
    def registry(self) -> str:
        """The image registry, host:port, the same for this process and for the node; plain HTTP, no login."""
        return self._registry.open

    @property
    def private_registry(self) -> str:
        """The same images behind a login; see `registry_login`."""
        return self._registry.private

    @property
    def registry_login(self) -> tuple[str, str]:
        """The user and password that the private registry wants now."""
        return self._registry.login

    def rotated_registry_login(self) -> AbstractContextManager[tuple[str, str]]:
        """Another login at the private registry for a while; the one of before is refused as long as it lasts."""
        return self._registry.rotated()

    def probe_app(self, version: str) -> images.Image:
        """The fixture with probes on command, pushed under that version; each version has its own digest."""
        return images.probe_app(self.registry, version)

    def fastapi_app(self) -> images.Image:
        """The FastAPI application of the examples, pushed."""
        return images.fastapi_app(self.registry)

    def caddy(self) -> images.Image:
        """Caddy, pushed; packed as on Docker Hub: a command but no entrypoint, and it may bind low ports."""
        return images.caddy(self.registry)

    def filler(self) -> images.Image:
        """An image with /bin/sh, coreutils, git, git-lfs and rclone, pushed; it works as any user (HOME=/tmp)."""
        return images.filler(self.registry)

    @property
    def node_ip(self) -> str:
        """The first node's address."""
        return self._site.first.address

    @property
    def folder(self) -> Path:
        """The lab's own folder, which goes with it."""
        return self._site.folder

    def free_port(self) -> int:
        """A port that is free on `host` and on loopback now."""
        return self._site.ports(1)[0]

    def run(self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Run a server of a test beside the lab, its log among the others; it ends with the lab at the latest."""
        self._book.add(spawn(name, command, log=self.logs / f"{name}.log", env=env))

    def end(self, name: str) -> None:
        """End what `run` started under that name; nothing happens when it does not run."""
        process = self._book.remove(name)
        if process:
            process.end()

    @property
    def host(self) -> str:
        """This machine's address for pods and for the API server: what listens there, they reach."""
        return self._site.host

    @property
    def volumes(self) -> Path:
        """The folder in which each claim of the class `lab-shared` has one of its own, named by its uid."""
        return self._storage.folder
