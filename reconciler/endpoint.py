"""The endpoint: the host name under which a deployment is reached from outside, by an Ingress or a Gateway's route."""

from collections.abc import Mapping

from domain.hosts import host
from domain.names import LABEL
from domain.objects import Json, Kind
from reconciler.relay import ports
from reconciler.render_context import RenderContext

_PATIENCE = "600"
"""Seconds that an ingress waits for an answer's first byte, as long as the relay does."""


def url(context: RenderContext) -> str:
    """Give the URL that a deployment is reached under; empty where there is no endpoint."""
    if not _served(context):
        return ""
    scheme = "https" if context.platform.tls_secret else "http"
    return f"{scheme}://{_host(context)}/"


def endpoint(context: RenderContext) -> Mapping[str, Json] | None:
    """Give the object that makes the endpoint; None where the platform has none, or the deployment no port."""
    if not _served(context):
        return None
    return _route(context) if context.platform.gateway else _ingress(context)


def _served(context: RenderContext) -> bool:
    platform = context.platform
    return bool(context.spec.resources.ports and platform.hosts and (platform.ingress_class or platform.gateway))


def _host(context: RenderContext) -> str:
    return host(context.platform.hosts, context.key, context.names)


def _ingress(context: RenderContext) -> Mapping[str, Json]:
    name, platform = _host(context), context.platform
    backend: Json = {"service": {"name": context.names.workload, "port": {"number": context.spec.resources.ports[0]}}}
    paths: Json = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    spec: dict[str, Json] = {
        "ingressClassName": platform.ingress_class,
        "rules": [{"host": name, "http": {"paths": paths}}],
    }
    if platform.tls_secret:
        spec["tls"] = [{"hosts": [name], "secretName": platform.tls_secret}]
    metadata = context.metadata()
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


def _route(context: RenderContext) -> Mapping[str, Json]:
    namespace, _, gateway = context.platform.gateway.partition("/")
    backend: Json = {"name": context.names.workload, "port": context.spec.resources.ports[0]}
    match: Json = {"path": {"type": "PathPrefix", "value": "/"}}
    spec: Json = {
        "parentRefs": [{"name": gateway, "namespace": namespace}],
        "hostnames": [_host(context)],
        "rules": [{"matches": [match], "backendRefs": [backend]}],
    }
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": Kind.ROUTE.value,
        "metadata": context.metadata(),
        "spec": spec,
    }


def apart(context: RenderContext) -> Mapping[str, Json]:
    """Give the policy that keeps projects apart: who is in another one does not reach these replicas.

    Let in are the project itself, and namespaces that are no project (an ingress lives there). A relay's figures are open to all:
    the API server, through which they are read, comes from no namespace.
    """
    no_project: Json = {"matchExpressions": [{"key": f"{LABEL}/project", "operator": "DoesNotExist"}]}
    let_in: list[Json] = [{"from": [{"podSelector": {}}, {"namespaceSelector": no_project}]}]
    if context.spec.relayed:
        let_in.append({"ports": [{"port": ports(context.spec).measures, "protocol": "TCP"}]})
    spec: Json = {"podSelector": {"matchLabels": context.selector}, "policyTypes": ["Ingress"], "ingress": let_in}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": Kind.NETWORK_POLICY.value,
        "metadata": context.metadata(),
        "spec": spec,
    }
