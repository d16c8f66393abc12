"""An entry of the API server's audit log (`audit.k8s.io/v1`) becomes a request, or nothing: only its outside is looked at.

What was sent and answered stands in an entry too where the audit policy says so, Secrets' values with it. It is never looked
into but for the object's uid and resourceVersion. An entry's words come from whoever asked, so everything has a bound.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import cast
from urllib.parse import parse_qs

from adapters.observations.tolerant import Tree, at, bounded, branch, branches, number, parsed, text, time
from domain.audit import RequestWitnessed
from domain.objects import Kind, ObjectRef

NAME, WORDS = 256, 1024
"""Characters of a name, and of a message."""
_WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_ENTERED = frozenset({"exec", "attach"})
"""What lets a person into a container; a client may ask for it by GET."""
_LIKELY = re.compile(rb'"verb"\s*:\s*"(?:create|update|patch|delete|deletecollection)"|"subresource"\s*:\s*"(?:exec|attach)"')
_KINDS: Mapping[tuple[str, str], str] = {
    ("", "namespaces"): Kind.NAMESPACE.value,
    ("", "services"): Kind.SERVICE.value,
    ("", "secrets"): Kind.SECRET.value,
    ("", "pods"): Kind.POD.value,
    ("", "nodes"): "Node",
    ("", "persistentvolumeclaims"): Kind.CLAIM.value,
    ("", "limitranges"): "LimitRange",
    ("", "resourcequotas"): "ResourceQuota",
    ("apps", "deployments"): Kind.DEPLOYMENT.value,
    ("apps", "replicasets"): Kind.REPLICA_SET.value,
    ("batch", "jobs"): Kind.JOB.value,
    ("autoscaling", "horizontalpodautoscalers"): Kind.AUTOSCALER.value,
    ("networking.k8s.io", "ingresses"): Kind.INGRESS.value,
    ("networking.k8s.io", "networkpolicies"): Kind.NETWORK_POLICY.value,
    ("gateway.networking.k8s.io", "httproutes"): Kind.ROUTE.value,
    ("apiregistration.k8s.io", "apiservices"): Kind.API_SERVICE.value,
    ("policy", "poddisruptionbudgets"): Kind.DISRUPTION_BUDGET.value,
}
_QUOTED = re.compile(r"(?:Invalid|Unsupported|Duplicate|Forbidden) value: .*", re.DOTALL)


def witnessed(line: bytes) -> RequestWitnessed | None:
    """Read one line of an audit log; None where it is about no write, or the write is not through. Raises ValueError."""
    if _LIKELY.search(line) is None:
        return None
    try:
        entry = parsed(line)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(entry, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 (of the text, not of a type)
    return request_of(cast("Tree", entry))


def all_witnessed(body: bytes) -> Iterator[RequestWitnessed]:
    """Read an `EventList`, as an API server posts it. Raises ValueError when it is none."""
    try:
        whole = parsed(body)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if text(whole, "kind") != "EventList" or text(whole, "apiVersion") != "audit.k8s.io/v1":
        raise ValueError("it is no EventList of audit.k8s.io/v1")
    for entry in branches(whole, "items"):
        request = request_of(entry)
        if request is not None:
            yield request


def request_of(entry: Tree) -> RequestWitnessed | None:
    """Make a request of an entry; None where it is about no write, was a dry run, or is not through."""
    query = parse_qs(text(entry, "requestURI", longest=2048).partition("?")[2], max_num_fields=50)
    received = time(entry, "requestReceivedTimestamp") or time(entry, "stageTimestamp")
    audit_id = text(entry, "auditID", longest=NAME)
    if not _through(entry) or "dryRun" in query or received is None or not audit_id:
        return None
    about = branch(entry, "objectRef")
    ref = _ref(about)
    code = number(entry, "responseStatus", "code")
    return RequestWitnessed(
        audit_id=audit_id,
        verb=text(entry, "verb", longest=40),
        ref=ref,
        subresource=text(about, "subresource", longest=60),
        uid=_of_object(entry, "uid") or text(about, "uid", longest=NAME),
        resource_version=_of_object(entry, "resourceVersion"),
        user=text(entry, "user", "username", longest=NAME),
        manager=bounded(query.get("fieldManager", [""])[0], 128),
        user_agent=text(entry, "userAgent", longest=NAME),
        code=code,
        message="" if code < 300 or ref.kind == Kind.SECRET.value else _message(entry),
        at=received,
        acting_as=text(entry, "impersonatedUser", "username", longest=NAME),
        answered_at=time(entry, "stageTimestamp"),
    )


def _through(entry: Tree) -> bool:
    within, verb = text(entry, "objectRef", "subresource"), text(entry, "verb")
    wanted = verb in _WRITES or (within in _ENTERED and verb == "get")
    return wanted and text(entry, "stage") == "ResponseComplete"


def _ref(about: Tree) -> ObjectRef:
    resource = text(about, "resource", longest=NAME)
    kind = _KINDS.get((text(about, "apiGroup", longest=NAME), resource), resource)
    namespace = "" if kind in {Kind.NAMESPACE.value, "Node"} else text(about, "namespace", longest=NAME)
    return ObjectRef(kind, namespace, text(about, "name", longest=NAME))


def _of_object(entry: Tree, field: str) -> str:
    """Look into the answer for what tells an object apart, and for nothing else."""
    answered = at(entry, "responseObject", "kind") not in {"Status", None}
    return text(entry, "responseObject", "metadata", field, longest=NAME) if answered else ""


def _message(entry: Tree) -> str:
    """Give the answer's words, less values that were sent: the API server quotes what it finds invalid."""
    return _QUOTED.sub("…", text(entry, "responseStatus", "message", longest=WORDS))


_STAMPED = re.compile(rb'"stageTimestamp"\s*:\s*"([0-9T:.Z+-]{20,40})"')


def logged_at(line: bytes) -> datetime | None:
    """Say when an entry was logged, without reading it whole."""
    found = _STAMPED.search(line)
    return time({"at": found[1].decode("ascii")}, "at") if found else None
