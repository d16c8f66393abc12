"""Where kinds are made to happen: one lab, one ledger, one engine; each theme has a project and a deployment of its own."""

import json
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.ledger.ledger import open_ledger
from tests.e2e.house import EngineProcess, House, Said, probe_spec, until
from tests.history.truth import Truth
from tests.lab.cluster import KubectlFailed, Lab

HANDS = ("alice", "bob", "carol")
VISITORS = "history-visitors"
APART = 2.0
"""So many seconds lie between two hands."""


def now() -> datetime:
    """Give the time of this machine, which is that of all the lab's."""
    return datetime.now(UTC)  # noqa: TID251 (what really happens is measured)


@dataclass
class Site:
    """The lab with its one ledger, in which each theme has a project, and the engine that leads."""

    lab: Lab
    folder: Path
    audited: bool = True
    houses: dict[str, House] = field(default_factory=dict[str, House])
    lock: threading.RLock = field(default_factory=threading.RLock)

    def house(self, project: str) -> House:
        """Give the house of a project; the first starts the engine."""
        with self.lock:
            if project not in self.houses:
                folder = self.folder / project
                folder.mkdir(exist_ok=True)
                settings = {"RECKON_AUDIT_LOG": str(self.lab.audit_log)} if self.audited else {}
                self.houses[project] = House(self.lab, folder, str(self.folder / "ledger.db"), project, settings)
                if len(self.houses) == 1:
                    self.houses[project].engine()
        return self.houses[project]

    @property
    def engines(self) -> list[EngineProcess]:
        """Give the engines, the newest last."""
        return next(iter(self.houses.values())).engines

    def new_engine(self) -> EngineProcess:
        """Start another engine."""
        return next(iter(self.houses.values())).engine()

    def open(self) -> None:
        """Let alice, bob and carol do everything on the cluster."""
        subjects = [{"kind": "User", "name": name, "apiGroup": "rbac.authorization.k8s.io"} for name in HANDS]
        role = {"kind": "ClusterRole", "name": "cluster-admin", "apiGroup": "rbac.authorization.k8s.io"}
        about = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": VISITORS}}
        self.lab.apply({**about, "roleRef": role, "subjects": subjects})

    def close(self) -> None:
        """End the engines and let the namespaces go."""
        for house in self.houses.values():
            house.close()
        self.lab.kubectl("delete", "clusterrolebinding", VISITORS, "--ignore-not-found", user="admin")


@dataclass
class Scene:
    """One theme's project, and the deployment to which its kinds happen next."""

    site: Site
    theme: str
    name: str = "web"
    user: str = "alice"
    since: int = 0
    """The ledger's head before the kind that happens now."""
    kept: dict[str, Any] = field(default_factory=dict[str, Any])
    """What a kind keeps from its happening to its end."""
    _acted: float = 0.0
    """When the last hand was done, by `time.monotonic`."""

    @property
    def house(self) -> House:
        """Give the theme's house."""
        return self.site.house(f"h-{self.theme}")

    @property
    def lab(self) -> Lab:
        """Give the lab."""
        return self.site.lab

    @property
    def workload(self) -> str:
        """Give the name of the deployment's objects."""
        return self.house.workload(self.name)

    @property
    def namespace(self) -> str:
        """Give the project's namespace."""
        return self.house.namespace

    # --- the deployment

    def deploy(self, name: str = "web", *, wait: bool = True, **changes: Any) -> None:  # noqa: ANN401 (as a spec)
        """Submit the lab's application under that name, unless it is there already, and make it the one that kinds happen to."""
        self.name = name
        deployed: set[str] = self.kept.setdefault("deployed", set())
        if name in deployed:
            return
        env = changes.pop("env", [{"name": "GREETING", "value": "hello"}])
        image = changes.pop("image", None) or self.lab.probe_app("1").ref
        self.house.submit(probe_spec(name, image, env=env, **changes), "--timeout=90s" if wait else "--detach", timeout=150)
        deployed.add(name)

    def order(self, *typed: str, by: str = "dora", ok: bool = True, text: str | None = None) -> Said:
        """Type a command in somebody's name."""
        return self.house.reckon(*typed, "--as", by, ok=ok, text=text)

    # --- hands and eyes

    def hand(self, *typed: str, user: str = "", text: str | None = None) -> str:
        """Be someone with kubectl, in the project's namespace."""
        return self.lab.kubectl("-n", self.namespace, *typed, user=user or self.user, input=text)

    def see(self, *typed: str) -> Any:  # noqa: ANN401 (whatever the cluster answers)
        """Read from the API server as an administrator."""
        return json.loads(self.lab.kubectl("-n", self.namespace, *typed, "-o", "json", user="admin"))

    def pods(self) -> list[dict[str, Any]]:
        """Give the deployment's pods that are not going, the oldest first."""
        found = self.see("get", "pods", "-l", f"deadreckon.dev/deployment={self.workload}")["items"]
        return sorted(
            (pod for pod in found if "deletionTimestamp" not in pod["metadata"]),
            key=lambda pod: pod["metadata"]["creationTimestamp"],
        )

    def pod(self) -> str:
        """Give the name of a pod that is ready."""
        return str(until(self.ready_pods, 60)[0]["metadata"]["name"])

    def ready_pods(self) -> list[dict[str, Any]]:
        """Give the deployment's pods that are ready."""
        return [pod for pod in self.pods() if _condition(pod, "Ready") == "True"]

    def app(self, what: str, pod: dict[str, Any] | None = None) -> None:
        """Command the application: `set/readiness/false`, `hold/200`."""
        address = (pod or until(self.ready_pods, 60)[0])["status"]["podIP"]
        with urllib.request.urlopen(urllib.request.Request(f"http://{address}:8000/{what}", method="POST"), timeout=5):
            pass

    # --- time

    def during(self, act: Callable[[], object]) -> tuple[datetime, datetime]:
        """Act, and give the interval in which it happened, apart from what happened before it."""
        time.sleep(max(0.0, self._acted + APART - time.monotonic()))
        time.sleep(1 - now().microsecond / 1_000_000)
        began = now()
        act()
        self._acted = time.monotonic()
        return began, now()

    def begin(self) -> None:
        """Remember where the ledger stands, before a kind happens."""
        with closing(open_ledger(self.house.ledger_place)) as ledger:
            self.since = ledger.head()

    def told(self, truth: Truth) -> bool:
        """Tell, from the ledger itself, whether a fact of such a class has come; only to wait, never to rate."""
        words = [word for word in truth.holds if '"' not in word]
        with closing(open_ledger(self.house.ledger_place)) as ledger:
            facts = [r.fact for r in ledger.tail(self.since, 1000) if r.recorded_at >= truth.began]
        return any(type(fact).__name__ in truth.facts and all(word in str(fact) for word in words) for fact in facts)

    def wait_told(self, truth: Truth, patience: float) -> bool:
        """Wait until it may have been told, and tell whether it was."""
        return wait(lambda: self.told(truth), patience, 0.5)

    def healthy(self, seconds: float = 60) -> None:
        """Wait until the deployment is as it was ordered, and nothing more comes on record."""
        self.house.reckon("wait", self.name, "--timeout", f"{seconds:.0f}s", ok=False, timeout=seconds + 60)


def _condition(pod: Mapping[str, Any], kind: str) -> str:
    conditions: Iterable[Mapping[str, str]] = pod["status"].get("conditions", ())
    return next((each["status"] for each in conditions if each["type"] == kind), "")


def wait(true: Callable[[], object], seconds: float, every: float = 0.3) -> bool:
    """Wait until it is true, and tell whether it came to be in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def quietly(act: Callable[[], object]) -> None:
    """Do what may fail for a reason that does not matter: it is gone already, or the server just refused."""
    try:
        act()
    except (KubectlFailed, AssertionError, OSError, subprocess.SubprocessError):
        return
