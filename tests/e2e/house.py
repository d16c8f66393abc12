"""A house for a story: a ledger, a real cluster, engines as real processes, and a person at the command line.

Everything a story does goes through `reckon` as a person would type it, in processes of their own.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from adapters.ledger.ledger import open_ledger
from domain.deployment import Deployment
from domain.deployment_fold import fold
from domain.facts import Fact
from domain.names import WHOLE, Key, Scheme, namespace_of
from domain.objects import Kind, ObjectRef
from domain.record import Recorded
from tests.lab.cluster import Lab

ROOT = Path(__file__).parents[2]
MACHINES = Path(__file__).with_name("machines.yaml")
T = TypeVar("T")
PATIENCE = 240.0
"""Seconds to wait for what must happen, however busy the machine; no story measures time by it, and none waits so long."""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 (whatever it says)
        """Read its JSON."""
        return json.loads(self.out)

    def __str__(self) -> str:
        """Show it whole, for failed assertions."""
        return f"exit {self.exit}\n{self.out}\n{self.err}"


@dataclass
class EngineProcess:
    """An engine in a process of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """End it without warning (SIGKILL)."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End it as Ctrl-C does; give its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=PATIENCE)

    def freeze(self) -> None:
        """Stop it in its tracks (SIGSTOP)."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    @property
    def said(self) -> str:
        """Give what it has printed."""
        return self.log.read_text(errors="replace")


@dataclass
class House:
    """One story's surroundings. Its project gives it namespaces of its own."""

    lab: Lab
    folder: Path
    ledger_place: str
    project: str
    settings: dict[str, str] = field(default_factory=dict[str, str])
    engines: list[EngineProcess] = field(default_factory=list[EngineProcess])
    matched: bool = False
    """The story itself has held its ledger against the audit log, while the ledger was still there."""
    scheme: Scheme = WHOLE
    """How its project was named: one that an earlier build began keeps its name."""

    # --- the person

    def reckon(self, *arguments: str, ok: bool = True, text: str | None = None, timeout: float = PATIENCE + 60) -> Said:
        """Type a command; fail the test when `ok` and it did not end well."""
        command = [sys.executable, "-m", "adapters.main", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment(), input=text, capture_output=True, text=True, timeout=timeout, check=False
        )
        said = Said(done.returncode, done.stdout, done.stderr)
        if ok:
            assert said.exit == 0, f"reckon {' '.join(arguments)}: {said}"
        return said

    def submit(self, spec: str, *arguments: str, ok: bool = True, timeout: float = PATIENCE + 60) -> Said:
        """Submit a spec given as text."""
        file = self.folder / f"spec-{len(list(self.folder.glob('spec-*.yaml')))}.yaml"
        file.write_text(spec)
        return self.reckon("submit", str(file), *arguments, ok=ok, timeout=timeout)

    @property
    def environment(self) -> dict[str, str]:
        """Give the environment in which a person of this house types."""
        return self._environment()

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RECKON_")}
        ours = {
            "RECKON_LEDGER": self.ledger_place,
            "RECKON_PROJECT": self.project,
            "RECKON_KUBECONFIG": str(self.lab.kubeconfig_for("deadreckon")),
            "RECKON_CATALOGUE": str(MACHINES),
            "PYTHONPATH": str(ROOT),
            "NO_COLOR": "1",
            "COLUMNS": "120",
        }
        return {**kept, **ours, **self.settings}

    # --- engines

    def engine(self, *arguments: str) -> EngineProcess:
        """Start an engine and wait until it leads or stands by."""
        log = self.folder / f"engine-{len(self.engines)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "adapters.main", "engine", *arguments],
                cwd=ROOT,
                env=self._environment(),
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        engine = EngineProcess(process, log)
        self.engines.append(engine)
        until(lambda: re.search(r"leads|leading|standing by", engine.said) or process.poll() is not None)
        assert process.poll() is None, engine.said
        return engine

    def close(self) -> None:
        """End what was started and delete the namespaces of the story."""
        for engine in self.engines:
            if engine.process.poll() is None:
                engine.thaw()
                engine.kill()
        self.lab.kubectl("delete", "namespace", self.namespace, "--ignore-not-found", "--wait=false")

    # --- looking

    @property
    def namespace(self) -> str:
        """Give the namespace of the story's project."""
        return namespace_of(self.project, self.scheme)

    def workload(self, name: str) -> str:
        """Give the name of a deployment's objects; what an earlier build made is called as it has it on record."""
        return Key(self.project, name).object_name if self.scheme == WHOLE else self.deployment(name).names.workload

    def facts(self, name: str | None = None) -> tuple[Recorded[Fact], ...]:
        """Give all facts of the ledger, or those about a deployment."""
        with closing(open_ledger(self.ledger_place)) as ledger:
            if name is not None:
                return tuple(ledger.about(Key(self.project, name).subject))
            found: list[Recorded[Fact]] = []
            while page := ledger.tail(found[-1].position if found else 0, 1000):
                found.extend(page)
            return tuple(found)

    def deployment(self, name: str) -> Deployment:
        """Give a deployment as the ledger knows it."""
        return fold(Key(self.project, name), self.facts(name))

    def kubectl(self, *arguments: str, text: str | None = None) -> str:
        """Be someone else's hands, in the story's namespace."""
        return self.lab.kubectl("-n", self.namespace, *arguments, input=text)

    def live(self, kind: Kind, name: str) -> dict[str, Any]:
        """Read an object of a deployment as the API server has it."""
        found: dict[str, Any] = json.loads(self.kubectl("get", kind.value, self.workload(name), "-o", "json"))
        return found

    def pods(self, name: str) -> list[dict[str, Any]]:
        """Give a deployment's pods."""
        label = f"deadreckon.dev/deployment={self.workload(name)}"
        found: list[dict[str, Any]] = json.loads(self.kubectl("get", "pods", "-l", label, "-o", "json"))["items"]
        return found

    def ref(self, kind: Kind, name: str) -> ObjectRef:
        """Name an object of a deployment."""
        return ObjectRef(kind.value, self.namespace, self.workload(name))

    def service_url(self, name: str, port: int = 8000) -> str:
        """Give the URL of a deployment's Service, once the host can reach it."""
        # kube-proxy may still lag behind an API server that an earlier story took away.
        address = self.live(Kind.SERVICE, name)["spec"]["clusterIP"]
        until(lambda: _takes_connections(address, port))
        return f"http://{address}:{port}"

    def quiet(self, name: str, seconds: float = 3.0) -> None:
        """Wait until nothing new has been recorded about a deployment for some seconds."""
        count, since = -1, time.monotonic()
        while time.monotonic() - since < seconds:
            now = len(self.facts(name))
            if now != count:
                count, since = now, time.monotonic()
            time.sleep(0.3)


def _takes_connections(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError:
        return False
    return True


def until(happens: Callable[[], T], seconds: float = PATIENCE, every: float = 0.2) -> T:
    """Wait until something is true, and give it; fail when it does not happen in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = happens()
        if found:
            return found
        assert time.monotonic() < deadline, f"it did not happen in {seconds} s"
        time.sleep(every)


def fill(template: Mapping[str, Any]) -> str:
    """Write a spec as JSON, which the reader takes as well as YAML."""
    return json.dumps(template)


def probe_spec(name: str, image: str, **changes: Any) -> str:  # noqa: ANN401 (whatever a spec may hold)
    """Give the spec of the lab's own application, with all three probes, quick ones."""
    quick = {"port": 8000, "periodSeconds": 1, "timeoutSeconds": 2}
    spec: dict[str, Any] = {
        "apiVersion": "v1",
        "name": name,
        "image": image,
        "resources": {"machineType": "C4", "replicas": 1, "ports": [8000]},
        "healthChecks": {
            "startup": {"path": "/startup", "failureThreshold": 20, **quick},
            "readiness": {"path": "/readiness", "failureThreshold": 2, **quick},
            "liveness": {"path": "/liveness", "failureThreshold": 2, **quick},
        },
    }
    for path, value in changes.items():
        if path in {"replicas", "machineType", "ports"}:
            spec["resources"][path] = value
        elif value is None:
            spec.pop(path, None)
        else:
            spec[path] = value
    return fill(spec)
