"""The rights that Deadreckon needs, each asked of the API server itself."""

import json

from adapters.cluster.connection import Connection, Request
from adapters.cluster.paths import group_and_plural
from adapters.sightings.tolerant import truth
from domain.objects import Kind

_WRITES = ("get", "create", "patch", "delete")
_NEEDED: dict[Kind, tuple[str, ...]] = {
    Kind.NAMESPACE: ("get", "create", "patch"),
    Kind.DEPLOYMENT: (*_WRITES, "list", "watch"),
    Kind.SERVICE: (*_WRITES, "list", "watch"),
    Kind.DISRUPTION_BUDGET: (*_WRITES, "list", "watch"),
    Kind.SECRET: _WRITES,
    Kind.REPLICA_SET: ("get", "list", "watch"),
    Kind.POD: ("get", "list", "watch"),
    Kind.EVENT: ("list", "watch"),
}
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def lacking(connection: Connection) -> tuple[str, ...]:
    """Name what we may not do, in all namespaces, as `verb resource.group`. Raises Rejected, Unreachable."""
    asked = [(verb, *group_and_plural(kind), "") for kind, verbs in _NEEDED.items() for verb in verbs]
    asked.append(("get", "", "pods", "log"))
    return tuple(_told(*right) for right in asked if not _allowed(connection, *right))


def _allowed(connection: Connection, verb: str, group: str, resource: str, subresource: str) -> bool:
    attributes = {"verb": verb, "group": group, "resource": resource, "subresource": subresource}
    kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    body = json.dumps({**kind, "spec": {"resourceAttributes": attributes}})
    return truth(connection.ask(Request("POST", _REVIEWS, body=body)).content, "status", "allowed")


def _told(verb: str, group: str, resource: str, subresource: str) -> str:
    within = f"/{subresource}" if subresource else ""
    return f"{verb} {resource}{within}{'.' if group else ''}{group}"
