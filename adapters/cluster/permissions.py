"""The rights that Deadreckon needs, in one table: an installation's roles are made of it, and a cluster is asked by it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from adapters.cluster.connection import Connection, Request
from adapters.cluster.paths import group_and_plural
from adapters.sightings.tolerant import truth
from domain.objects import WATCHED, WRITTEN, Kind

_AT_ONCE = 8
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_KEPT = frozenset({Kind.NAMESPACE, Kind.API_SERVICE})
"""What is made where it is missing, and never removed."""


@dataclass(frozen=True, slots=True)
class Right:
    """To do something with a resource (`pods/log` is one), in all namespaces."""

    group: str
    resource: str
    verb: str

    def __str__(self) -> str:
        """Write it as people do: `list pods`, `patch deployments.apps`."""
        resource, _, within = self.resource.partition("/")
        return f"{self.verb} {resource}{'/' if within else ''}{within}{'.' if self.group else ''}{self.group}"


def _of(kind: Kind, *verbs: str) -> Iterator[Right]:
    group, plural = group_and_plural(kind)
    return (Right(group, plural, verb) for verb in verbs)


def _written() -> Iterator[Right]:
    for kind in WRITTEN:
        yield from _of(kind, "get", "create", "patch", *(() if kind in _KEPT else ("delete",)))


def _watched() -> Iterator[Right]:
    for kind in WATCHED:
        yield from _of(kind, "list", "watch")
        if kind is not Kind.EVENT:  # what left a watch is looked up again
            yield from _of(kind, "get")


ENGINE = tuple(
    dict.fromkeys(
        (
            *_written(),
            *_watched(),
            Right("", "pods/proxy", "get"),  # the relays' figures, for autoscaling by the duration of requests
        )
    )
)
"""What an engine does."""

PEOPLE = tuple(
    dict.fromkeys(
        (
            *(right for right in _written() if right.verb == "get"),
            *_watched(),
            *_of(Kind.NAMESPACE, "create", "patch"),  # a project's, for its first secret
            *_of(Kind.SECRET, "create", "patch", "delete"),  # `reckon secret` takes values to the cluster itself
            Right("", "pods/log", "get"),
            Right("", "pods/portforward", "get"),
            Right("", "pods/portforward", "create"),
            Right("", "nodes", "list"),  # whether there is a place for a machine type
            Right("storage.k8s.io", "storageclasses", "list"),  # whether integrations can be filled
        )
    )
)
"""What people do with `reckon` on a cluster whose engine runs elsewhere."""


def lacking(connection: Connection, rights: tuple[Right, ...]) -> tuple[str, ...]:
    """Name which of the rights we have not, as `verb resource.group`. Raises Rejected, Unreachable."""
    with ThreadPoolExecutor(_AT_ONCE) as asking:  # some ninety questions: one after the other they would delay each start
        allowed = asking.map(partial(_allowed, connection), rights)
        return tuple(str(right) for right, may in zip(rights, allowed, strict=True) if not may)


def _allowed(connection: Connection, right: Right) -> bool:
    resource, _, subresource = right.resource.partition("/")
    attributes = {"verb": right.verb, "group": right.group, "resource": resource, "subresource": subresource}
    kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    body = json.dumps({**kind, "spec": {"resourceAttributes": attributes}})
    return truth(connection.ask(Request("POST", _REVIEWS, body=body)).content, "status", "allowed")
