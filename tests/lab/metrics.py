"""Metrics-server beside the cluster: CPU and memory of its pods, for `kubectl top` and the HorizontalPodAutoscaler."""

from dataclasses import dataclass

from tests.lab import aggregator
from tests.lab.control_plane import ControlPlane
from tests.lab.processes import Book, DidNotStart, last_lines, spawn, wait_until
from tests.lab.site import Site
from tests.lab.toolchain import binaries

_USER = "system:metrics-server"
_API = "v1beta1"
_GROUP = "metrics.k8s.io"


@dataclass(frozen=True, slots=True)
class Metrics:
    """The lab's one metrics-server."""

    site: Site
    plane: ControlPlane
    book: Book
    port: int

    def start(self) -> None:
        """Start it; it answers when this returns, and knows a pod's figures once it has asked twice (15 s apart)."""
        kubeconfig = self.plane.kubeconfig(_USER, ("system:masters",))
        log = self.site.logs / "metrics-server.log"
        arguments = [f"--{role}kubeconfig={kubeconfig}" for role in ("", "authentication-", "authorization-")]
        arguments += [
            f"--secure-port={self.port}",
            f"--bind-address={self.site.host}",
            f"--cert-dir={self.site.folder}/metrics-server",
            "--kubelet-insecure-tls",
            "--kubelet-preferred-address-types=InternalIP",
            # The shortest that it takes.
            "--metric-resolution=10s",
            "--kubelet-request-timeout=5s",
        ]
        program = str(binaries("metrics_server") / "metrics-server")
        self.book.add(spawn("metrics-server", [program, *arguments], log=log))
        if not wait_until(self._answers, 60, pause=0.2):
            raise DidNotStart(f"metrics-server does not answer; its log {log} ends:\n{last_lines(log)}")

    def manifests(self) -> list[aggregator.Manifest]:
        """What the cluster must hold so that its users are sent there."""
        return aggregator.api_service(_GROUP, _API, name="metrics-server", address=self.site.host, port=self.port)

    def _answers(self) -> bool:
        return bool(self.plane.ask(f"/apis/{_GROUP}/{_API}"))
