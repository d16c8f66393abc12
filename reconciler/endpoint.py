"""The endpoint: the host name under which a deployment is reached from outside, by an Ingress or a Gateway's route."""

from collections.abc import Mapping

from domain.names import LABEL, Key, short_hash, slug
from domain.objects import Json, Kind
from reconciler.ground import Ground
from reconciler.relay import ports

_LABEL_LENGTH = 63
_HASH_LENGTH = 9
_PATIENCE = "600"
"""Seconds that an ingress waits for an answer's first byte, as long as the relay does."""


def url(ground: Ground) -> str:
    """Give the URL that a deployment is reached under; empty where there is no endpoint."""
    if not _served(ground):
        return ""
    scheme = "https" if ground.platform.tls_secret else "http"
    return f"{scheme}://{host(ground.platform.hosts, ground.key)}/"


def endpoint(ground: Ground) -> Mapping[str, Json] | None:
    """Give the object that makes the endpoint; None where the platform has none, or the deployment no port."""
    if not _served(ground):
        return None
    return _route(ground) if ground.platform.gateway else _ingress(ground)


def _served(ground: Ground) -> bool:
    platform = ground.platform
    return bool(ground.spec.resources.ports and platform.hosts and (platform.ingress_class or platform.gateway))


def host(pattern: str, key: Key) -> str:
    """Fill a host pattern in: each label fits DNS, and no two deployments get the same name.

    A name that is a label already stands there as it is; any other, one that is too long, and one that shares a label with
    another hyphenated word, gets a hash behind it.
    """
    return ".".join(_label(label, pattern, key) for label in pattern.lower().split("."))


def _label(label: str, pattern: str, key: Key) -> str:
    values = {"{name}": key.name, "{project}": key.project}
    there = [word for word in values if word in label]
    if not there:
        return label
    written = label
    for word in there:
        written = written.replace(word, slug(values[word], _LABEL_LENGTH))
    exact = all(slug(values[word], _LABEL_LENGTH) == values[word] for word in there)
    # In `{name}-{project}` nobody could tell `a-b` of `c` from `a` of `b-c`.
    mixed = len(there) > 1 and any("-" in values[word] for word in there)
    alone = "{name}" in there and "{project}" not in pattern
    if exact and not mixed and not alone and len(written) <= _LABEL_LENGTH:
        return written
    told_apart = key.subject if "{name}" in there else key.project
    return f"{written[: _LABEL_LENGTH - _HASH_LENGTH].strip('-')}-{short_hash(told_apart)}"


def _ingress(ground: Ground) -> Mapping[str, Json]:
    name, platform = host(ground.platform.hosts, ground.key), ground.platform
    backend: Json = {"service": {"name": ground.key.object_name, "port": {"number": ground.spec.resources.ports[0]}}}
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
    backend: Json = {"name": ground.key.object_name, "port": ground.spec.resources.ports[0]}
    match: Json = {"path": {"type": "PathPrefix", "value": "/"}}
    spec: Json = {
        "parentRefs": [{"name": gateway, "namespace": namespace}],
        "hostnames": [host(ground.platform.hosts, ground.key)],
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
