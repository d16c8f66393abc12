"""Etcd, the API server, the controllers and the scheduler: a Kubernetes that schedules, without a machine to run on."""

import base64
import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab import aggregator
from tests.lab.certificates import signing_key
from tests.lab.frozen import freeze, thaw
from tests.lab.people import People
from tests.lab.processes import Book, DidNotStart, last_lines, spawn, wait_until
from tests.lab.toolchain import binaries

CONTROLLERS = ("kube-scheduler", "kube-controller-manager")

# What people and controllers write stands in the audit log; the parts' endless reads and leases would drown it.
_AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "userGroups": ["system:nodes"]},
        {
            "level": "None",
            "users": ["system:kube-proxy", "system:kube-scheduler", "system:apiserver", "system:metrics-server"],
        },
        {"level": "None", "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}]},
        {
            "level": "None",
            "users": ["system:kube-controller-manager", "lab-storage"],
            "verbs": ["get", "list", "watch"],
        },
        {"level": "Metadata"},
    ],
}

# The usual 15 s, 5 min, 30 s and 5 min would make a test of 1 -> 3 -> 1 take ten minutes; the decisions are the same.
_BRISK_SCALING = (
    "--horizontal-pod-autoscaler-sync-period=5s",
    "--horizontal-pod-autoscaler-downscale-stabilization=20s",
    "--horizontal-pod-autoscaler-initial-readiness-delay=5s",
    "--horizontal-pod-autoscaler-cpu-initialization-period=10s",
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of one lab are found, chosen at its start."""

    host: str
    apiserver: int
    etcd: int
    etcd_peer: int
    services: str

    @property
    def server(self) -> str:
        """The API server's URL."""
        return f"https://{self.host}:{self.apiserver}"


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """The four servers of one lab, each started and stopped by name."""

    folder: Path
    logs: Path
    at: Addresses
    people: People
    book: Book
    frozen: Path | None = None
    """The frozen memory to go on from. Its nodes are taken at their last word: none is there to speak for itself."""

    @property
    def audit_log(self) -> Path:
        """The API server's audit log, one JSON event a line."""
        return self.logs / "audit.log"

    @property
    def server_ca(self) -> Path:
        """What a client needs to trust the API server: its own certificate chain, the authority with it."""
        return self.folder / "certificates" / "apiserver.crt"

    def start(self) -> None:
        """Bring everything up; ready when it returns."""
        self.people.provision()
        signing_key(self.folder / "service-account.key")
        (self.folder / "audit-policy.json").write_text(json.dumps(_AUDIT_POLICY))
        if self.frozen:
            thaw(self.frozen, self._memory)
        self._spawn("etcd", "etcd", self._etcd())
        self.start_apiserver()

    def kubeconfig(self, user: str, groups: tuple[str, ...] = ()) -> Path:
        """The kubeconfig of that user."""
        return self.people.kubeconfig(user, groups, server_ca=self.server_ca)

    def start_apiserver(self) -> None:
        """Start the API server on its port, and the controllers anew; ready when it returns."""
        self._spawn("kubernetes", "kube-apiserver", self._apiserver())
        if not wait_until(self.ready, 120):
            log = self.logs / "kube-apiserver.log"
            raise DidNotStart(f"kube-apiserver is not ready; its log {log} ends:\n{last_lines(log)}")
        for name in CONTROLLERS:
            # After an outage they would come back by and by (10 s and more), and hold up every test that follows.
            self.stop(name)
            self._spawn("kubernetes", name, self._controller(name, self.kubeconfig(f"system:{name}")))

    def stop(self, name: str) -> None:
        """Stop one of the servers; nothing happens when it does not run."""
        process = self.book.remove(name)
        if process:
            # An API server with open watches would go on for a minute; what it has answered is on disk already.
            process.end(patience=1.5)

    def ready(self) -> bool:
        """Whether the API server says so itself."""
        try:
            return self._get("/readyz") == b"ok"
        except OSError:
            return False

    def ask(self, path: str) -> dict[str, Any]:
        """What the API server answers an administrator; nothing, where it has nothing."""
        try:
            answer: dict[str, Any] = json.loads(self._get(path))
        except OSError:
            return {}
        return answer

    def _get(self, path: str) -> bytes:
        request = urllib.request.Request(f"{self.at.server}{path}")
        request.add_header("Authorization", f"Bearer {self.people.token('admin')}")
        trust = ssl.create_default_context(cafile=str(self.server_ca))
        try:
            with urllib.request.urlopen(request, timeout=2, context=trust) as response:
                body: bytes = response.read()
        except urllib.error.HTTPError as refused:
            refused.close()
            raise
        return body

    def compact(self) -> None:
        """Forget all history in etcd; revisions seen so far are older than anything that is left."""
        put = self._ask_etcd("kv/put", {"key": _base64("/lab/compacted"), "value": _base64("yes")})
        revision = put["header"]["revision"]
        self._ask_etcd("kv/compaction", {"revision": revision, "physical": True})

    def freeze(self, to: Path) -> None:
        """Stop, and put all that etcd knows, without its history, into one file."""
        for name in (*CONTROLLERS, "kube-apiserver"):
            self.stop(name)
        self.compact()
        self._ask_etcd("maintenance/defragment", {})
        self.stop("etcd")
        freeze(self._memory, to)

    @property
    def _memory(self) -> Path:
        return self.folder / "etcd"

    def _ask_etcd(self, what: str, body: dict[str, object]) -> dict[str, dict[str, str]]:
        url = f"http://127.0.0.1:{self.at.etcd}/v3/{what}"
        request = urllib.request.Request(url, data=json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as response:
            answer: dict[str, dict[str, str]] = json.load(response)
        return answer

    def _spawn(self, module: str, name: str, arguments: list[str]) -> None:
        command = [str(binaries(module) / name), *arguments]
        self.book.add(spawn(name, command, log=self.logs / f"{name}.log"))

    def _etcd(self) -> list[str]:
        client, peer = (f"http://127.0.0.1:{port}" for port in (self.at.etcd, self.at.etcd_peer))
        return [
            f"--data-dir={self._memory}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            # A test's cluster need not survive a power cut.
            "--unsafe-no-fsync=true",
            "--log-level=warn",
        ]

    def _apiserver(self) -> list[str]:
        key = self.folder / "service-account.key"
        return [
            f"--etcd-servers=http://127.0.0.1:{self.at.etcd}",
            f"--cert-dir={self.folder}/certificates",
            f"--secure-port={self.at.apiserver}",
            f"--bind-address={self.at.host}",
            f"--advertise-address={self.at.host}",
            # Loopback is no address for the service `kubernetes`; nothing in the lab asks for it then.
            *(["--endpoint-reconciler-type=none"] if self.at.host.startswith("127.") else []),
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            f"--token-auth-file={self.people.token_file}",
            f"--client-ca-file={self.people.ca}",
            "--authorization-mode=Node,RBAC",
            f"--service-cluster-ip-range={self.at.services}",
            "--allow-privileged=true",
            f"--audit-policy-file={self.folder}/audit-policy.json",
            f"--audit-log-path={self.audit_log}",
            "--audit-log-maxsize=2000",
            *self._audit_webhook(),
            *aggregator.flags(self.folder / "aggregator"),
            "--kubelet-preferred-address-types=InternalIP",
            "--profiling=false",
            # A stop in the middle of a test is to be quick, open watches or not.
            "--shutdown-delay-duration=0s",
            "--shutdown-send-retry-after=false",
        ]

    @property
    def audit_webhook(self) -> Path:
        """The kubeconfig of where the audit log is posted too; as long as there is none, nowhere."""
        return self.folder / "audit-webhook.kubeconfig"

    def _audit_webhook(self) -> list[str]:
        if not self.audit_webhook.exists():
            return []
        return [f"--audit-webhook-config-file={self.audit_webhook}", "--audit-webhook-batch-max-wait=1s"]

    def _controller(self, name: str, kubeconfig: Path) -> list[str]:
        common = [f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--secure-port=0", "--profiling=false"]
        # The usual 20 a second would make a test with hundreds of pods wait for nothing.
        common += ["--kube-api-qps=300", "--kube-api-burst=600"]
        if name == "kube-scheduler":
            return common
        return [
            *common,
            f"--service-account-private-key-file={self.folder}/service-account.key",
            f"--root-ca-file={self.server_ca}",
            # It would make its default folder in /usr.
            f"--flex-volume-plugin-dir={self.folder}/volume-plugins",
            *_BRISK_SCALING,
            *(["--controllers=*,-node-lifecycle-controller,-taint-eviction-controller"] if self.frozen else []),
        ]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
