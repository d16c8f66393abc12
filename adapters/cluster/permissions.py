"""The rights that Deadreckon needs, in one table: roles are made of it, and a cluster is asked by it.

Three lists, by where they hold: an engine's in the whole cluster, an engine's on Secrets in the namespaces that were granted to
it, and people's in their projects' namespaces. Nobody but an administrator has more.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from adapters.cluster.connection import ApiRequest, Connection
from adapters.cluster.paths import group_and_plural
from adapters.observations.tolerant import truth
from domain.names import LABEL
from domain.objects import CLUSTER_WIDE, WATCHED, WRITTEN, Kind

_AT_ONCE = 8
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_KEPT = frozenset({Kind.NAMESPACE, Kind.API_SERVICE, Kind.SECRET})
"""What is made where it is missing, and never removed."""
MARKS = "marks"
"""A resource that no API server serves: who may `write` it may write our labels (`adapters.install.policies`)."""


@dataclass(frozen=True, slots=True)
class Right:
    """To do something with a resource (`pods/log` is one)."""

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
        if kind is not Kind.SECRET:
            yield from _of(kind, *_writing(kind))


def _writing(kind: Kind) -> tuple[str, ...]:
    return ("get", "create", "patch", *(() if kind in _KEPT else ("delete",)))


def _watched(*, everywhere: bool) -> Iterator[Right]:
    for kind in WATCHED:
        if kind in CLUSTER_WIDE and not everywhere:
            continue  # a role in a namespace gives no right on what stands in none
        yield from _of(kind, "list", "watch")
        if kind is not Kind.EVENT:  # what left a watch is looked up again
            yield from _of(kind, "get")


ENGINE = tuple(
    dict.fromkeys(
        (
            *_written(),
            *_watched(everywhere=True),
            *_of(Kind.ENDPOINT_SLICE, "list", "watch", "get"),
            Right("", "pods/proxy", "get"),  # the relays' figures, for autoscaling by the duration of requests
            Right(LABEL, MARKS, "write"),
        )
    )
)
"""What an engine does, in all namespaces; what it writes is kept to ours by a policy (`adapters.install.policies`)."""

ENGINE_SECRETS = tuple(_of(Kind.SECRET, *_writing(Kind.SECRET)))
"""What an engine does in the namespaces that were granted to it: copies of the logins and secrets that all projects share."""

SEE_SECRETS = Right("", "secrets", "get")
"""What it takes to look at a Secret's metadata; part of what is granted for a namespace."""

PEOPLE = tuple(
    dict.fromkeys(
        (
            *_of(Kind.NAMESPACE, "get"),
            *_watched(everywhere=False),
            # Created and nothing else: a patch, and some deletions, are answered with the whole Secret, so they can read.
            *_of(Kind.SECRET, "create"),
            Right("", "pods/log", "get"),
            Right("", "pods/portforward", "get"),
            Right("", "pods/portforward", "create"),
        )
    )
)
"""What people do with `reckon` on a cluster whose engine runs elsewhere, in the namespace of a project of theirs."""

IDENTITY = Right("", "namespaces", "get")
"""What people do in `kube-system`, with that namespace itself: its uid tells which cluster this is."""
KUBE_SYSTEM = "kube-system"


def lacking(connection: Connection, rights: tuple[Right, ...], namespace: str = "") -> tuple[str, ...]:
    """Name which of the rights we have not, in a namespace or (none named) in all. Raises Rejected, Unreachable."""
    with ThreadPoolExecutor(_AT_ONCE) as asking:  # some ninety questions: one after the other they would delay each start
        allowed = asking.map(partial(_allowed, connection, namespace), rights)
        return tuple(str(right) for right, may in zip(rights, allowed, strict=True) if not may)


def _allowed(connection: Connection, namespace: str, right: Right) -> bool:
    resource, _, subresource = right.resource.partition("/")
    attributes = {"verb": right.verb, "group": right.group, "resource": resource, "subresource": subresource}
    where = {"namespace": namespace} if namespace else {}
    itself = {"name": namespace} if namespace and resource == "namespaces" else {}
    kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    body = json.dumps({**kind, "spec": {"resourceAttributes": attributes | where | itself}})
    return truth(connection.ask(ApiRequest("POST", _REVIEWS, body=body)).content, "status", "allowed")
