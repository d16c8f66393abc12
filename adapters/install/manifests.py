"""The manifests that put an engine into a cluster: one that leads and one that stands by, with no more rights than they need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.install.network import Network, network_policy
from adapters.install.policies import policies
from adapters.install.roles import ACCOUNT as NAME
from adapters.install.roles import roles

HEALTH = 9090
METRICS_API = 8443
_SELECTOR = {"app.kubernetes.io/name": NAME}


@dataclass(frozen=True, slots=True)
class Installation:
    """What is chosen for an installation; `settings` are `RECKON_` variables that the engines get."""

    image: str
    namespace: str = NAME
    replicas: int = 2
    ledger_secret: str = "deadreckon-ledger"  # noqa: S105 (a Secret's name)
    pull_secret: str = ""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    network: Network = field(default_factory=Network)


def manifests(chosen: Installation) -> tuple[dict[str, Any], ...]:
    """Give all objects in the order in which they are applied. The Secret with the ledger's URL is its owner's to make."""
    whole = (
        _namespace(chosen),
        _object("v1", "ServiceAccount", chosen, automountServiceAccountToken=False),
        # Objects without a namespace are named after the installation's, so that two do not share them.
        *roles(chosen.namespace, chosen.namespace),
        *policies(chosen.namespace, chosen.namespace),
        _network(chosen),
        _service(chosen),
        _budget(chosen),
        _deployment(chosen),
    )
    for obj in whole:
        obj["metadata"]["labels"] = {**_SELECTOR, **obj["metadata"].get("labels", {})}
    return whole


def _object(version: str, kind: str, chosen: Installation, **content: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    return {"apiVersion": version, "kind": kind, "metadata": {"name": NAME, "namespace": chosen.namespace}, **content}


def _namespace(chosen: Installation) -> dict[str, Any]:
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": chosen.namespace, "labels": labels}}


def _service(chosen: Installation) -> dict[str, Any]:
    ports = [
        {"name": "health", "port": HEALTH, "targetPort": "health", "protocol": "TCP"},
        {"name": "external-metrics", "port": METRICS_API, "targetPort": METRICS_API, "protocol": "TCP"},
    ]
    return _object("v1", "Service", chosen, spec={"selector": dict(_SELECTOR), "ports": ports})


def _network(chosen: Installation) -> dict[str, Any]:
    spec = network_policy(chosen.network, _SELECTOR, health=HEALTH, metrics=METRICS_API)
    return _object("networking.k8s.io/v1", "NetworkPolicy", chosen, spec=spec)


def _budget(chosen: Installation) -> dict[str, Any]:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": dict(_SELECTOR)}}
    return _object("policy/v1", "PodDisruptionBudget", chosen, spec=spec)


def _deployment(chosen: Installation) -> dict[str, Any]:
    scraped = {"prometheus.io/scrape": "true", "prometheus.io/port": str(HEALTH), "prometheus.io/path": "/metrics"}
    spec = {
        "replicas": chosen.replicas,
        "selector": {"matchLabels": dict(_SELECTOR)},
        # A new engine stands by before an old one goes, so that somebody always leads.
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {"metadata": {"labels": dict(_SELECTOR), "annotations": scraped}, "spec": _pod(chosen)},
    }
    return _object("apps/v1", "Deployment", chosen, spec=spec)


def _pod(chosen: Installation) -> dict[str, Any]:
    elsewhere = {"labelSelector": {"matchLabels": dict(_SELECTOR)}, "topologyKey": "kubernetes.io/hostname"}
    preferred = [{"weight": 100, "podAffinityTerm": elsewhere}]
    pull = {"imagePullSecrets": [{"name": chosen.pull_secret}]} if chosen.pull_secret else {}
    return {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": True,
        "enableServiceLinks": False,
        "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}},
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "terminationGracePeriodSeconds": 60,
        **pull,
        "containers": [_container(chosen)],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}],
    }


def _container(chosen: Installation) -> dict[str, Any]:
    ports = [
        {"name": "health", "containerPort": HEALTH, "protocol": "TCP"},
        {"name": "metrics-api", "containerPort": METRICS_API, "protocol": "TCP"},
    ]
    return {
        "name": "engine",
        "image": chosen.image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["engine", "--listen", f"0.0.0.0:{HEALTH}"],
        "env": _environment(chosen),
        "ports": ports,
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": "health"}, "periodSeconds": 10, "timeoutSeconds": 5},
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "health"}, "periodSeconds": 5, "timeoutSeconds": 5},
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 (the container's own)
    }


def _environment(chosen: Installation) -> list[dict[str, Any]]:
    ledger = {"secretKeyRef": {"name": chosen.ledger_secret, "key": "url"}}
    settings = {"RECKON_EXTERNAL_METRICS": f"0.0.0.0:{METRICS_API}", "RECKON_IN_CLUSTER": "true", **chosen.settings}
    return [
        {"name": "RECKON_LEDGER", "valueFrom": ledger},
        *({"name": name, "value": value} for name, value in sorted(settings.items())),
    ]
