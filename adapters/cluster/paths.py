"""Where each kind is found in the API server's tree."""

from urllib.parse import quote

from domain.objects import Kind, ObjectRef

_PLACES = {
    Kind.NAMESPACE: ("/api/v1", "namespaces"),
    Kind.SERVICE: ("/api/v1", "services"),
    Kind.SECRET: ("/api/v1", "secrets"),
    Kind.POD: ("/api/v1", "pods"),
    Kind.EVENT: ("/api/v1", "events"),
    Kind.NODE: ("/api/v1", "nodes"),
    Kind.DEPLOYMENT: ("/apis/apps/v1", "deployments"),
    Kind.REPLICA_SET: ("/apis/apps/v1", "replicasets"),
    Kind.CLAIM: ("/api/v1", "persistentvolumeclaims"),
    Kind.JOB: ("/apis/batch/v1", "jobs"),
    Kind.AUTOSCALER: ("/apis/autoscaling/v2", "horizontalpodautoscalers"),
    Kind.INGRESS: ("/apis/networking.k8s.io/v1", "ingresses"),
    Kind.NETWORK_POLICY: ("/apis/networking.k8s.io/v1", "networkpolicies"),
    Kind.ROUTE: ("/apis/gateway.networking.k8s.io/v1", "httproutes"),
    Kind.API_SERVICE: ("/apis/apiregistration.k8s.io/v1", "apiservices"),
    Kind.ENDPOINT_SLICE: ("/apis/discovery.k8s.io/v1", "endpointslices"),
    Kind.DISRUPTION_BUDGET: ("/apis/policy/v1", "poddisruptionbudgets"),
}


def object_path(ref: ObjectRef) -> str:
    """Give the path of one object."""
    root, plural = _PLACES[Kind(ref.kind)]
    within = f"/namespaces/{quote(ref.namespace, safe='')}" if ref.namespace else ""
    return f"{root}{within}/{plural}/{quote(ref.name, safe='')}"


def collection_path(ref: ObjectRef) -> str:
    """Give the path of all objects of an object's kind, in its namespace."""
    return object_path(ref).rpartition("/")[0]


def kind_path(kind: Kind) -> str:
    """Give the path of all objects of a kind, in all namespaces."""
    root, plural = _PLACES[kind]
    return f"{root}/{plural}"


def group_and_plural(kind: Kind) -> tuple[str, str]:
    """Give a kind's API group (empty: core) and its plural, as rights name them."""
    root, plural = _PLACES[kind]
    return (root.split("/")[2] if root.startswith("/apis/") else ""), plural
