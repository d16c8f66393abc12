"""The desired objects: a spec becomes Kubernetes manifests, once, at its submission. Equal inputs give equal bytes, for ever."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from domain.machines import Machine
from domain.names import LABEL, MANAGER, Key, slug
from domain.objects import Json, Manifest, canonical
from domain.spec import Spec
from reconciler.pod_template import pod_template, port_name

UNPROVEN = 5
"""Seconds that a replica without health checks must run before it counts as available."""
HISTORY = 3
"""Old ReplicaSets that stay; a rollback applies a rendering of ours, so they are for people who look."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a version is on Kubernetes: its objects in the order in which they are applied, and its pod template's digest."""

    manifests: tuple[Manifest, ...]
    template: str


def render(  # noqa: PLR0913 (everything that a rendering depends on, each by its name)
    spec: Spec,
    key: Key,
    *,
    ledger: str,
    incarnation: int,
    machine: Machine,
    image: str,
    secrets: Mapping[str, int],
    deadline: int,
    project_restricted: bool = False,
) -> Rendering:
    """Render a spec. `image` is pinned where that was possible, `secrets` has the version of each one that the spec names.

    `deadline` is in seconds. Raises KeyError when a secret's version is missing: submissions check that first.
    """
    labels = _labels(key, ledger, incarnation)
    template = pod_template(spec, machine=machine, image=image, secrets=secrets, restricted=project_restricted)
    template["metadata"] = {"labels": labels}
    digest = template_digest(template)
    template["metadata"] = {"labels": {**labels, f"{LABEL}/template": digest}}
    objects: list[Mapping[str, Json]] = [namespace(key.project, ledger, restricted=project_restricted, name=key.namespace)]
    metadata = _metadata(key, labels)
    selector = _selector(labels)
    if spec.resources.ports:
        objects.append(_service(spec, metadata, selector))
    objects.append(_deployment(spec, machine=machine, metadata=metadata, selector=selector, template=template, deadline=deadline))
    if spec.replicas_wanted > 1:
        objects.append(_disruption_budget(metadata, selector))
    return Rendering(tuple(Manifest.of(content) for content in objects), digest)


def template_digest(template: Mapping[str, Json]) -> str:
    """Give the digest of a pod template: the first 16 hexadecimal digits of its canonical JSON's SHA-256."""
    return hashlib.sha256(canonical(template).encode()).hexdigest()[:16]


def namespace(project: str, ledger: str, *, restricted: bool, name: str) -> dict[str, Json]:
    """Give a project's namespace: the same bytes for all of its deployments."""
    level = "restricted" if restricted else "baseline"
    labels = {
        "app.kubernetes.io/managed-by": MANAGER,
        f"{LABEL}/ledger": ledger,
        f"{LABEL}/project": slug(project, 63),
        "pod-security.kubernetes.io/enforce": level,
    }
    metadata: Json = {"name": name, "labels": labels, "annotations": {f"{LABEL}/name": project}}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def _labels(key: Key, ledger: str, incarnation: int) -> dict[str, str]:
    return {
        "app.kubernetes.io/managed-by": MANAGER,
        f"{LABEL}/ledger": ledger,
        f"{LABEL}/project": slug(key.project, 63),
        f"{LABEL}/deployment": key.object_name,
        f"{LABEL}/incarnation": str(incarnation),
    }


def _selector(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: labels[name] for name in (f"{LABEL}/deployment", f"{LABEL}/incarnation")}


def _metadata(key: Key, labels: Mapping[str, str]) -> dict[str, Json]:
    return {
        "name": key.object_name,
        "namespace": key.namespace,
        "labels": labels,
        "annotations": {f"{LABEL}/name": key.subject},
    }


def _service(spec: Spec, metadata: Json, selector: Mapping[str, str]) -> dict[str, Json]:
    ports: Json = [
        {"name": port_name(port), "port": port, "targetPort": port, "protocol": "TCP"} for port in spec.resources.ports
    ]
    service: Json = {"type": "ClusterIP", "selector": selector, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": service}


def _deployment(  # noqa: PLR0913 (the parts of one object)
    spec: Spec, *, machine: Machine, metadata: Json, selector: Mapping[str, str], template: Json, deadline: int
) -> dict[str, Json]:
    deployment: Json = {
        "minReadySeconds": _proving(spec),
        "replicas": spec.replicas_wanted,
        # Ours, so that a hand's `kubectl rollout pause` cannot block us for ever.
        "paused": False,
        "progressDeadlineSeconds": deadline,
        "revisionHistoryLimit": HISTORY,
        "selector": {"matchLabels": selector},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": _strategy(machine)},
        "template": template,
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": deployment}


def _proving(spec: Spec) -> int:
    """Give the seconds that a replica must stay ready before it counts.

    Without a health check a container is ready as soon as it runs, even one that crashes a moment later: it has to last a little,
    so that a release that only crashes never takes the place of one that works.
    """
    return 0 if spec.health.readiness or spec.health.startup else UNPROVEN


def _strategy(machine: Machine) -> dict[str, Json]:
    if machine.gpus:
        # A node full of GPUs has no room for one more replica: a surge would wait for ever.
        return {"maxSurge": 0, "maxUnavailable": 1}
    # Kubernetes rounds a surge up, so this is at least 1.
    return {"maxSurge": "25%", "maxUnavailable": 0}


def _disruption_budget(metadata: Json, selector: Mapping[str, str]) -> dict[str, Json]:
    budget: Json = {
        "maxUnavailable": 1,
        "selector": {"matchLabels": selector},
        # A broken replica must not keep a node from being drained.
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": budget}
