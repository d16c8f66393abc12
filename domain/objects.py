"""Kubernetes objects as the domain sees them: what they are called, whose they are, and their fields, flat.

An object's fields are a mapping from a path to a scalar. Elements of lists that Kubernetes merges by key are named by that
key (`spec.template.spec.containers[name=app].image`), those of other lists by their index (`…command[0]`). Two objects are
compared field by field, without knowing their schema.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, cast

from domain.names import LABEL, MANAGER

Scalar = str | int | float | bool | None
Json = Scalar | Sequence["Json"] | Mapping[str, "Json"]
Fields = Mapping[str, Scalar]


class Kind(Enum):
    """The kinds of object that Deadreckon writes or watches, under the API server's names."""

    NAMESPACE = "Namespace"
    DEPLOYMENT = "Deployment"
    SERVICE = "Service"
    DISRUPTION_BUDGET = "PodDisruptionBudget"
    SECRET = "Secret"  # noqa: S105 (the kind's name)
    CLAIM = "PersistentVolumeClaim"
    JOB = "Job"
    AUTOSCALER = "HorizontalPodAutoscaler"
    INGRESS = "Ingress"
    ROUTE = "HTTPRoute"
    NETWORK_POLICY = "NetworkPolicy"
    API_SERVICE = "APIService"
    REPLICA_SET = "ReplicaSet"
    POD = "Pod"
    EVENT = "Event"
    NODE = "Node"
    ENDPOINT_SLICE = "EndpointSlice"


SHARED = frozenset({Kind.NAMESPACE.value, Kind.SECRET.value, Kind.API_SERVICE.value})
"""The kinds of object that several deployments may need: made where they are missing, never removed with one of them."""

WRITTEN = (
    Kind.NAMESPACE,
    Kind.SECRET,
    Kind.API_SERVICE,
    Kind.CLAIM,
    Kind.JOB,
    Kind.NETWORK_POLICY,
    Kind.SERVICE,
    Kind.DEPLOYMENT,
    Kind.AUTOSCALER,
    Kind.DISRUPTION_BUDGET,
    Kind.INGRESS,
    Kind.ROUTE,
)
"""The kinds that a rendering may hold, in the order in which they are applied."""

WATCHED = (
    Kind.DEPLOYMENT,
    Kind.REPLICA_SET,
    Kind.POD,
    Kind.CLAIM,
    Kind.JOB,
    Kind.SERVICE,
    Kind.DISRUPTION_BUDGET,
    Kind.AUTOSCALER,
    Kind.NETWORK_POLICY,
    Kind.INGRESS,
    Kind.ROUTE,
    Kind.EVENT,
    Kind.NAMESPACE,
    Kind.NODE,
)
"""The kinds that the recorder follows."""

CLUSTER_WIDE = frozenset({Kind.NAMESPACE, Kind.NODE, Kind.API_SERVICE})
"""The kinds whose objects stand in no namespace."""


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """Where an object stands: kind, namespace (empty for a Namespace) and name."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Write it as kubectl does: `Deployment web-1a2b3c4d`."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose an object is, as its labels say: the ledger, the action that wrote it last, and that action's place.

    `timeline` counts how often an older copy of the ledger was put back and accepted; `position` is the ledger's head when
    the action was decided. Both are 0 and `ledger` is empty on an object that is not ours.
    """

    ledger: str = ""
    action: str = ""
    timeline: int = 0
    position: int = 0

    def newer_than(self, other: "Mark") -> bool:
        """Tell whether the object was written by a later decision than `other`."""
        return (self.timeline, self.position) > (other.timeline, other.position)


@dataclass(frozen=True, slots=True)
class Manifest:
    """An object to apply, as canonical JSON text; written once, at submission, and never rendered again."""

    ref: ObjectRef
    body: str
    manager: str = MANAGER
    """The field manager that applies it, and owns what it says."""

    @classmethod
    def of(cls, content: Mapping[str, Json]) -> "Manifest":
        """Take an object in; the same content gives the same bytes."""
        metadata = cast("Mapping[str, Any]", content["metadata"])
        ref = ObjectRef(str(content["kind"]), str(metadata.get("namespace", "")), str(metadata["name"]))
        return cls(ref, canonical(content))

    @property
    def content(self) -> dict[str, Any]:
        """Give the object back, fresh."""
        return cast("dict[str, Any]", json.loads(self.body))


@dataclass(frozen=True, slots=True)
class Live:
    """An object as the API server returned it."""

    ref: ObjectRef
    uid: str
    resource_version: str
    generation: int
    mark: Mark
    fields: Fields
    deleting: bool = False
    created: bool = False
    """In the answer to an apply: the object was made by it (201) and not changed (200)."""
    proof: str = ""
    """What proves the mark (`domain.marks`); empty on an object that was written before there were proofs."""
    written_at: datetime | None = None
    """When our own field manager last applied it, as managedFields say."""
    foreign: tuple[str, ...] = ()
    """The paths that other field managers own."""


def stamp(manifest: Manifest, mark: Mark, proof: str) -> Manifest:
    """Write a mark on an object, as labels of its own metadata: a pod template stays as it is, so nothing restarts."""
    content = manifest.content
    labels = content["metadata"].setdefault("labels", {})
    labels[f"{LABEL}/ledger"] = mark.ledger
    labels[f"{LABEL}/action"] = mark.action
    labels[f"{LABEL}/position"] = f"{mark.timeline}.{mark.position}"
    labels[f"{LABEL}/proof"] = proof
    return Manifest(manifest.ref, canonical(content), manifest.manager)


def canonical(content: Json) -> str:
    """Write JSON so that equal content gives equal bytes: sorted keys, no spaces."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _UNFIT_FOR_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


_UNFIT_FOR_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""The API server reads an apply's JSON as YAML, which refuses some of these characters and takes others for line breaks."""


ORDER = "(order)"
"""Ends the path of a leaf that holds the names of a list whose order says something."""
ORDERED = ("env", "initContainers")
"""Keyed lists whose order says something: `$(A)` is put in only from variables that stand before; containers begin one by one."""

LIST_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "imagePullSecrets": "name",
}
"""Lists whose elements Kubernetes merges by a key, and that key; `ports` have one of two, see `flatten`."""


def flatten(content: Json, path: str = "") -> dict[str, Scalar]:
    """Lay an object out flat: each leaf under its path. An empty list or mapping is a leaf of its own (`{}`, `[]`)."""
    leaves: dict[str, Scalar] = {}
    _lay_out(content, path, leaves)
    return leaves


def _lay_out(content: Json, path: str, leaves: dict[str, Scalar]) -> None:
    # Scalars first: they are the most, and to ask what is a Mapping or a Sequence is dear. Each frame comes through here.
    if content is None or isinstance(content, (str, int, float)):
        leaves[path] = content
    elif isinstance(content, Mapping):
        if not content:
            leaves[path] = "{}"
        for key, value in content.items():
            _lay_out(value, f"{path}.{key}" if path else key, leaves)
    else:
        if not content:
            leaves[path] = "[]"
        for name, value in _elements(content, path):
            _lay_out(value, f"{path}[{name}]", leaves)


def orders(content: Json, path: str = "") -> dict[str, str]:
    """Give the order of each list whose order says something, as JSON: the names of its elements. A list of one has none."""
    found: dict[str, str] = {}
    _find_orders(content, path, found)
    return found


def _find_orders(content: Json, path: str, found: dict[str, str]) -> None:
    if isinstance(content, Mapping):
        for key, value in content.items():
            if isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str)):
                _find_orders(value, f"{path}.{key}" if path else key, found)
    elif isinstance(content, Sequence) and not isinstance(content, str):
        names = [str(one["name"]) for one in content if isinstance(one, Mapping) and "name" in one]
        if len(names) > 1 and path.endswith(tuple(f".{name}" for name in ORDERED)):
            found[f"{path}{ORDER}"] = json.dumps(names)
        for name, value in _elements(content, path):
            if isinstance(value, Mapping):
                _find_orders(value, f"{path}[{name}]", found)


def _elements(content: Sequence[Json], path: str) -> Iterator[tuple[str, Json]]:
    last = path.rpartition(".")[2]
    key = LIST_KEYS.get(last) or _port_key(last, content)
    named: set[str] = set()
    for index, value in enumerate(content):
        if key and isinstance(value, Mapping) and key in value and (name := f"{key}={value[key]}") not in named:
            named.add(name)
            yield name, value
        else:
            yield str(index), value


def _port_key(last: str, content: Sequence[Json]) -> str:
    if last != "ports" or not content or not isinstance(content[0], Mapping):
        return ""
    return "containerPort" if "containerPort" in content[0] else "port"
