"""The endpoint: the host name under which a deployment is reached from outside, by an Ingress or a Gateway's route."""

from collections.abc import Mapping

from domain.hosts import host
from domain.names import LABEL
from domain.objects import Json, Kind
from reconciler.ground import Ground
from reconciler.relay import ports

_PATIENCE = "600"
"""Seconds that an ingress waits for an answer's first byte, as long as the relay does."""


def url(ground: Ground) -> str:
    """Give the URL that a deployment is reached under; empty where there is no endpoint."""
    if not _served(ground):
        return ""
    scheme = "https" if ground.platform.tls_secret else "http"
    return f"{scheme}://{_host(ground)}/"


def endpoint(ground: Ground) -> Mapping[str, Json] | None:
    """Give the object that makes the endpoint; None where the platform has none, or the deployment no port."""
    if not _served(ground):
        return None
    return _route(ground) if ground.platform.gateway else _ingress(ground)


def _served(ground: Ground) -> bool:
    platform = ground.platform
    return bool(ground.spec.resources.ports and platform.hosts and (platform.ingress_class or platform.gateway))


def _host(ground: Ground) -> str:
    return host(ground.platform.hosts, ground.key, ground.names)


def _ingress(ground: Ground) -> Mapping[str, Json]:
    name, platform = _host(ground), ground.platform
    backend: Json = {"service": {"name": ground.names.workload, "port": {"number": ground.spec.resources.ports[0]}}}
    paths: Json = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    spec: dict[str, Json] = {
        "ingressClassName": platform.ingress_class,
        "rules": [{"host": name, "http": {"paths": paths}}],
    }
    if platform.tls_secret:
        spec["tls"] = [{"hosts": [name], "secretName": platform.tls_secret}]
    metadata = ground.metadata()
    kept = metadata["annotations"]
    assert isinstance(kept, Mapping)
    metadata["annotations"] = {**kept, **_NGINX}
    return {"apiVersion": "networking.k8s.io/v1", "kind": Kind.INGRESS.value, "metadata": metadata, "spec": spec}


_NGINX: Mapping[str, Json] = {
    # What people send to models is larger than its 1 MB, and may take longer than its minute. Other controllers pass this over.
    "nginx.ingress.kubernetes.io/proxy-body-size": "0",
    "nginx.ingress.kubernetes.io/proxy-buffering": "off",
    "nginx.ingress.kubernetes.io/proxy-read-timeout": _PATIENCE,
    "nginx.ingress.kubernetes.io/proxy-request-buffering": "off",
    "nginx.ingress.kubernetes.io/proxy-send-timeout": _PATIENCE,
}


def _route(ground: Ground) -> Mapping[str, Json]:
    namespace, _, gateway = ground.platform.gateway.partition("/")
    backend: Json = {"name": ground.names.workload, "port": ground.spec.resources.ports[0]}
    match: Json = {"path": {"type": "PathPrefix", "value": "/"}}
    spec: Json = {
        "parentRefs": [{"name": gateway, "namespace": namespace}],
        "hostnames": [_host(ground)],
        "rules": [{"matches": [match], "backendRefs": [backend]}],
    }
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": Kind.ROUTE.value,
        "metadata": ground.metadata(),
        "spec": spec,
    }


def apart(ground: Ground) -> Mapping[str, Json]:
    """Give the policy that keeps projects apart: who is in another one does not reach these replicas.

    Let in are the project itself, and namespaces that are no project (an ingress lives there). A relay's figures are open to all:
    the API server, through which they are read, comes from no namespace.
    """
    no_project: Json = {"matchExpressions": [{"key": f"{LABEL}/project", "operator": "DoesNotExist"}]}
    let_in: list[Json] = [{"from": [{"podSelector": {}}, {"namespaceSelector": no_project}]}]
    if ground.spec.relayed:
        let_in.append({"ports": [{"port": ports(ground.spec).measures, "protocol": "TCP"}]})
    spec: Json = {"podSelector": {"matchLabels": ground.selector}, "policyTypes": ["Ingress"], "ingress": let_in}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": Kind.NETWORK_POLICY.value,
        "metadata": ground.metadata(),
        "spec": spec,
    }
