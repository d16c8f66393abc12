"""The desired objects: a spec becomes Kubernetes manifests, once, at its submission. Equal inputs give equal bytes, for ever."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from domain.machines import Machine
from domain.names import LABEL, MANAGER, slug
from domain.objects import WRITTEN, Json, Manifest, canonical
from domain.orders import Fill
from domain.spec import Spec
from reconciler.autoscaler import autoscaler
from reconciler.endpoint import apart, endpoint, url
from reconciler.filling import filling_objects, fills
from reconciler.metrics_api import api_service
from reconciler.pod_template import pod_template, port_name
from reconciler.relay import ports as ports_of_relay
from reconciler.render_context import RenderContext
from reconciler.secret_copies import copies

UNPROVEN = 5
"""Seconds that a replica without health checks must run before it counts as available."""
HISTORY = 3
"""Old ReplicaSets that stay; a rollback applies a rendering of ours, so they are for people who look."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a version is on Kubernetes: its objects in the order in which they are applied, and its pod template's digest.

    `fills` tells which of them fill integrations, `endpoint` the URL that they serve (empty: none).
    """

    manifests: tuple[Manifest, ...]
    template: str
    fills: tuple[Fill, ...] = ()
    endpoint: str = ""


def render(context: RenderContext) -> Rendering:
    """Render a version. Raises KeyError when a secret's version is missing: submissions check that first."""
    spec, labels = context.spec, context.labels
    template = pod_template(context)
    metadata = template.get("metadata", {})
    template["metadata"] = {**metadata, "labels": labels}
    digest = template_digest(template)
    template["metadata"] = {**metadata, "labels": {**labels, f"{LABEL}/template": digest}}
    objects: list[Mapping[str, Json]] = [
        namespace(context.key.project, context.ledger, restricted=context.restricted, name=context.names.namespace),
        *copies(context),
        *filling_objects(context),
        *((apart(context),) if context.platform.projects_apart else ()),
        _deployment(context, template),
    ]
    if spec.resources.ports:
        objects.append(_service(context))
    if (outward := endpoint(context)) is not None:
        objects.append(outward)
    if spec.timed:
        objects.append(api_service(context))
    if spec.autoscaled:
        objects.append(autoscaler(context, spec.autoscaled))
    if max(spec.ceiling, context.replicas) > 1:
        objects.append(_disruption_budget(context))
    manifests = sorted((Manifest.of(content) for content in objects), key=lambda manifest: _ORDER[manifest.ref.kind])
    return Rendering(tuple(manifests), digest, fills(context), url(context))


_ORDER = {kind.value: place for place, kind in enumerate(WRITTEN)}


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


def is_restricted(body: bytes) -> bool:
    """Tell whether a namespace, as it was rendered, enforces the stricter Pod Security Standard."""
    return b'"pod-security.kubernetes.io/enforce":"restricted"' in body


def _service(context: RenderContext) -> dict[str, Json]:
    spec = context.spec
    # The first port is the endpoint's: where there is a relay, it leads there.
    first = {spec.resources.ports[0]: ports_of_relay(spec).serving} if spec.relayed else {}
    ports: Json = [
        {"name": port_name(port), "port": port, "targetPort": first.get(port, port), "protocol": "TCP"}
        for port in spec.resources.ports
    ]
    service: Json = {"type": "ClusterIP", "selector": context.selector, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": context.metadata(), "spec": service}


def _deployment(context: RenderContext, template: Json) -> dict[str, Json]:
    spec = context.spec
    deployment: Json = {
        "minReadySeconds": _proving(spec),
        # With autoscaling the number is handed over; to write it here would scale back with each change.
        **({} if spec.autoscaled else {"replicas": context.replicas}),
        # Ours, so that a hand's `kubectl rollout pause` cannot block us for ever.
        "paused": False,
        "progressDeadlineSeconds": context.deadline,
        "revisionHistoryLimit": HISTORY,
        "selector": {"matchLabels": context.selector},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": _strategy(context.machine)},
        "template": template,
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": context.metadata(), "spec": deployment}


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


def _disruption_budget(context: RenderContext) -> dict[str, Json]:
    budget: Json = {
        "maxUnavailable": 1,
        "selector": {"matchLabels": context.selector},
        # A broken replica must not keep a node from being drained.
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": context.metadata(), "spec": budget}
