"""The clusters under contract: a real API server and the simulated one, and short words for what their tests write."""

import json
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Protocol, Self, TypeVar

import pytest

from adapters.clock import new_id
from adapters.cluster.connect import connect
from adapters.simulator.cluster import SimulatedCluster
from domain.cluster_ports import Cluster, Feed, Guard
from domain.errors import Contested
from domain.objects import Json, Kind, Live, Manifest, Mark, ObjectRef, stamp
from domain.observations import Observation, Relisted, WatchEvent
from domain.views import FOLLOWED
from tests.signing import SIGNER

T = TypeVar("T")
S = TypeVar("S", bound=Observation)

_positions = count(1)


class Interventions(Protocol):
    """Someone else's hands: not our field manager, no regard for us."""

    def create(self, content: Mapping[str, Any]) -> object: ...

    def edit(self, ref: ObjectRef, patch: Mapping[str, Any]) -> object:
        """Strategic merge: lists with a key are merged by it."""
        ...

    def put(self, ref: ObjectRef, path: Sequence[str | int], value: object) -> object:
        """Replace one field as a whole, whatever it held: a JSON patch, or what an editor saves."""
        ...

    def scale(self, ref: ObjectRef, replicas: int) -> object:
        """By the subresource, as `kubectl scale` and autoscalers do."""
        ...

    def delete(self, ref: ObjectRef) -> object: ...


@dataclass(frozen=True, slots=True)
class Ground:
    """A cluster under test, with a ledger and a namespace of its own for each test."""

    cluster: Cluster
    interventions: Interventions
    forget: Callable[[], None]
    """Makes the API server forget its history: no watch can resume any more."""
    patience: Callable[[], None]
    """Lets a little time pass, real or virtual."""
    ledger: str = field(default_factory=new_id)
    namespace: str = field(default_factory=lambda: f"reckon-contract-{new_id()[:8]}")

    def soon(self, look: Callable[[], T | None], *, tries: int = 1200) -> T:
        """Give what `look` sees once it sees something."""
        for _ in range(tries):
            if seen := look():
                return seen
            self.patience()
        raise AssertionError(f"it did not come: {look}")

    def apply(self, manifest: Manifest, *, guard: Guard | None = None, dry_run: bool = False) -> Live:
        """Apply as a new action."""
        mark = Mark(self.ledger, new_id(), 0, next(_positions))
        return self.cluster.apply(
            stamp(manifest, mark, SIGNER.proof(manifest.ref, mark)), audit=mark.action, guard=guard, dry_run=dry_run
        )

    def remove(self, ref: ObjectRef, uid: str, version: str = "") -> bool:
        """Remove an object, at the version it stands at unless another is given."""
        for _ in range(20):
            standing = self.cluster.read(ref)
            guard = Guard(uid, version or (standing.resource_version if standing else "1"))
            try:
                return self.cluster.remove(ref, guard=guard, audit=new_id())
            except Contested:
                if version or standing is None or standing.uid != uid:
                    raise  # else a controller's status came in between: read again
        raise AssertionError(f"{ref} never stood still")

    def read(self, ref: ObjectRef) -> Live:
        live = self.cluster.read(ref)
        assert live is not None, f"{ref} is not there"
        return live

    def labels(self, name: str, **more: str) -> dict[str, str]:
        ours = {"ledger": self.ledger, "deployment": name, "incarnation": "1", **more}
        return {f"deadreckon.dev/{key}": value for key, value in ours.items()}

    def space(self) -> Manifest:
        metadata: Json = {"name": self.namespace, "labels": {"deadreckon.dev/ledger": self.ledger}}
        return Manifest.of({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})

    def service(self, name: str = "web", *, ports: Mapping[str, int] | None = None) -> Manifest:
        """A Service: nobody but us writes to it, so that its version stands still."""
        spec: dict[str, Any] = {
            "selector": {"app": name},
            "ports": [{"name": key, "port": port} for key, port in (ports or {"http": 80}).items()],
        }
        return Manifest.of({"apiVersion": "v1", "kind": "Service", "metadata": self._metadata(name), "spec": spec})

    def deployment(self, name: str = "web", *, replicas: int = 2, app: str = "", **container: Json) -> Manifest:
        """A Deployment whose template carries a digest of its container, as our rendering does."""
        box: dict[str, Json] = {"name": "app", "image": "registry.invalid/web:1", **container}
        template = self.labels(name, template=f"t{abs(hash(json.dumps(box, sort_keys=True)))}")
        spec: dict[str, Any] = {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": app or name}},
            "template": {
                "metadata": {"labels": {"app": app or name, **template}},
                "spec": {"containers": [box], "terminationGracePeriodSeconds": 0},
            },
        }
        content: dict[str, Json] = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": self._metadata(name), "spec": spec}
        return Manifest.of(content)

    def _metadata(self, name: str) -> dict[str, Any]:
        return {"name": name, "namespace": self.namespace, "labels": self.labels(name)}


class Lookout:
    """Someone who follows a ledger's feed and remembers everything."""

    def __init__(self, ground: Ground, since: Mapping[str, str] | None = None) -> None:
        self.ground = ground
        self.feed: Feed = ground.cluster.follow(ground.ledger, since or {})
        self.watch_events: list[WatchEvent] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.feed.close()

    def look(self) -> None:
        self.watch_events.extend(self.feed.take())

    def seen(self, kind: type[S]) -> list[S]:
        """All observations of a class so far, in order."""
        self.look()
        return [s for watch_event in self.watch_events for s in watch_event.observations if isinstance(s, kind)]

    def until(self, kind: type[S], such: Callable[[S], bool]) -> S:
        """The first observation such as wanted, once there is one."""
        return self.ground.soon(lambda: next((s for s in self.seen(kind) if such(s)), None))

    def ready(self) -> Self:
        """Go on when every kind has been listed."""
        self.ground.soon(lambda: len(self.listed()) == len(FOLLOWED))
        return self

    def listed(self) -> dict[str, Relisted]:
        return {relisted.kind: relisted for relisted in self.seen(Relisted)}

    def places(self) -> dict[str, str]:
        """What the recorder would have stored."""
        return {
            watch_event.kind: watch_event.resource_version for watch_event in self.watch_events if watch_event.resource_version
        }


class KubectlInterventions:
    """A person with kubectl."""

    def __init__(self, kubectl: Callable[..., str]) -> None:
        self.kubectl = kubectl

    def create(self, content: Mapping[str, Any]) -> None:
        self.kubectl("create", "-f", "-", input=json.dumps(content))

    def edit(self, ref: ObjectRef, patch: Mapping[str, Any]) -> None:
        self.kubectl("patch", *self._named(ref), "--patch", json.dumps(patch))

    def put(self, ref: ObjectRef, path: Sequence[str | int], value: object) -> None:
        patch = [{"op": "replace", "path": "".join(f"/{step}" for step in path), "value": value}]
        self.kubectl("patch", *self._named(ref), "--type=json", "--patch", json.dumps(patch))

    def scale(self, ref: ObjectRef, replicas: int) -> None:
        self.kubectl("scale", *self._named(ref), f"--replicas={replicas}")

    def delete(self, ref: ObjectRef) -> None:
        self.kubectl("delete", *self._named(ref), "--wait=false")

    def _named(self, ref: ObjectRef) -> list[str]:
        return [ref.kind.lower(), ref.name, *(["-n", ref.namespace] if ref.namespace else [])]


@contextmanager
def kubernetes(request: pytest.FixtureRequest) -> Generator[Ground]:
    """The lab's control plane: everything of Kubernetes but a machine to run on."""
    lab = request.getfixturevalue("lab")
    cluster = connect(kubeconfig=str(lab.kubeconfig_for("deadreckon")))
    ground = Ground(cluster, KubectlInterventions(lab.kubectl), lab.compact, lambda: time.sleep(0.05))
    yield ground
    # Not awaited: the session's cluster goes away as a whole.
    lab.kubectl("delete", "namespace", ground.namespace, "--wait=false", "--ignore-not-found")


@contextmanager
def simulated(_request: pytest.FixtureRequest) -> Generator[Ground]:
    """The simulated cluster, on a virtual clock: patience costs no time."""
    time_is = [datetime(2026, 11, 22, 12, tzinfo=UTC)]
    cluster = SimulatedCluster(lambda: time_is[0])

    def patience() -> None:
        time_is[0] += timedelta(seconds=0.5)
        cluster.tick()

    yield Ground(cluster, cluster.interventions, cluster.interventions.forget_history, patience)
    cluster.close()


SIMULATED = pytest.param(simulated, id="simulated")
KUBERNETES = pytest.param(kubernetes, id="kubernetes", marks=pytest.mark.lab)
CLUSTERS = [SIMULATED, KUBERNETES]
NAMESPACE, SERVICE, DEPLOYMENT = Kind.NAMESPACE.value, Kind.SERVICE.value, Kind.DEPLOYMENT.value
