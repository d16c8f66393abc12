"""A simulated cluster on a virtual clock, and short words for what is put on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.schema import Object
from domain.objects import Live, Manifest, ObjectRef
from domain.observations import GoneSeen, ObjectSeen, PodSeen, Relisted, ReplicaSetSeen, RolloutSeen, WatchEvent

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SPACE = "reckon-shop"
WEB = ObjectRef("Deployment", SPACE, "web")
OURS = {"deadreckon.dev/ledger": "ours", "deadreckon.dev/deployment": "web"}


def namespace(name: str = SPACE) -> Manifest:
    return Manifest.of({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": OURS}})


def deployment(name: str = "web", *, image: str = "shop/web:1", replicas: int = 2, **spec: Any) -> Manifest:  # noqa: ANN401 (JSON)
    container = {"name": "app", "image": image, "ports": [{"containerPort": 8000}], **spec.pop("container", {})}
    template = {"metadata": {"labels": {"app": name, **OURS}}, "spec": {"containers": [container], **spec.pop("pod", {})}}
    wanted: dict[str, Any] = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    metadata = {"name": name, "namespace": SPACE, "labels": OURS}
    content: dict[str, Any] = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": wanted}
    return Manifest.of(content)


def rolling(surge: int | str, unavailable: int | str) -> dict[str, Any]:
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}


def probe(path: str = "/ready", **settings: int) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": 8000}, **settings}


class Stage:
    """A cluster with one namespace, whose time passes only when told to."""

    def __init__(self, seed: str = "stage", **options: Any) -> None:  # noqa: ANN401 (the cluster's own)
        self.now = NOON
        self.cluster = SimulatedCluster(lambda: self.now, seed=seed, **options)
        self.interventions = self.cluster.interventions
        self.apply(namespace())

    def apply(self, manifest: Manifest, audit: str = "") -> Live:
        return self.cluster.apply(manifest, audit=audit)

    def wait(self, seconds: float) -> "Stage":
        self.now += timedelta(seconds=seconds)
        self.cluster.tick()
        return self

    def get(self, kind: str, name: str) -> Object:
        found = self.cluster.store.get(kind, SPACE, name)
        assert found is not None, f"there is no {kind} {name}"
        return found

    def pods(self) -> list[Object]:
        return [pod for pod in self.cluster.store.of_kind("Pod") if "deletionTimestamp" not in pod["metadata"]]

    def status(self, name: str = "web") -> dict[str, Any]:
        status: dict[str, Any] = self.get("Deployment", name)["status"]
        return status

    def app(self, pod: int = 0) -> dict[str, Any]:
        """The container's status in one of the pods."""
        status: dict[str, Any] = self.pods()[pod]["status"]["containerStatuses"][0]
        return status

    def events(self, reason: str = "") -> list[tuple[str, str, int]]:
        """What was told: reason, message, count."""
        found = self.cluster.store.of_kind("Event")
        return [(one["reason"], one["message"], one.get("count", 1)) for one in found if reason in ("", one["reason"])]


Known = dict[str, tuple[str, str]]
"""Uid to kind and resourceVersion."""


def known(watch_events: list[WatchEvent], before: Known | None = None) -> Known:
    """What somebody who took these watch events believes to stand, Events aside."""
    believed = dict(before or {})
    for watch_event in watch_events:
        for observation in watch_event.observations:
            match observation:
                case GoneSeen(uid=uid):
                    believed.pop(uid, None)
                case Relisted(kind=kind, uids=uids):
                    for uid in [uid for uid, (what, _) in believed.items() if what == kind and uid not in uids]:
                        del believed[uid]
                case ObjectSeen() | RolloutSeen() | PodSeen() | ReplicaSetSeen():
                    believed[observation.uid] = (watch_event.kind, observation.resource_version)
                case _:
                    pass
    return believed
