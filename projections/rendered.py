"""Renderings, read back: what a version's objects show of the machine type and of the platform's choices; and what differs.

No value of an object is told here but those of the platform's own: names of variables are paths, what they hold is nobody's.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from domain.names import LABEL
from domain.objects import Kind, ObjectRef, Scalar, flatten
from domain.orders import Rendered

Leaves = Mapping[str, Scalar]
_APP = "spec.template.spec.containers[name=app]"
_RELAY = "spec.template.spec.containers[name=relay]"
_DERIVED = f"{LABEL}/template"
"""Ends the path of what only says that the rest of a template is another."""


@dataclass(frozen=True, slots=True)
class OwnObjects:
    """Those objects of a version that another does not have: each manifest's digest, and its leaves where it is still kept."""

    bodies: Mapping[ObjectRef, str]
    leaves: Mapping[ObjectRef, Leaves]

    @classmethod
    def of(cls, objects: Iterable[Rendered], body_of: Callable[[str], bytes | None]) -> "OwnObjects":
        """Read the manifests of objects."""
        bodies = {one.ref: one.body for one in objects}
        kept = {ref: body for ref, digest in bodies.items() if (body := body_of(digest)) is not None}
        leaves = dict[ObjectRef, Leaves]()
        for ref, body in kept.items():
            with suppress(ValueError):  # another's bytes in its place are no manifest: nothing is read out of them
                leaves[ref] = flatten(json.loads(body))
        return cls(bodies, leaves)

    def kind(self, kind: Kind) -> Leaves | None:
        """Give the leaves of the first object of a kind; None where there is none, or it is not kept."""
        return next((leaves for ref, leaves in self.leaves.items() if ref.kind == kind.value), None)


def machine(rendering: OwnObjects) -> dict[str, str]:
    """Give what a replica requests and where it may run, under Kubernetes' names; {} where the Deployment is the same."""
    leaves, pod = rendering.kind(Kind.DEPLOYMENT) or {}, "spec.template.spec."
    found = _beneath(leaves, f"{_APP}.resources.requests.")
    placed = {f"nodeSelector.{name}": value for name, value in _beneath(leaves, f"{pod}nodeSelector.").items()}
    tolerated = [f"{name.rpartition('.')[2]}={value}" for name, value in _beneath(leaves, f"{pod}tolerations[").items()]
    return found | placed | ({"tolerations": " ".join(tolerated)} if tolerated else {})


def _beneath(leaves: Leaves, path: str) -> dict[str, str]:
    return {name.removeprefix(path): str(value) for name, value in leaves.items() if name.startswith(path)}


def choices(rendering: OwnObjects) -> dict[str, str]:
    """Give the platform's choices, and the project's, that show in the objects; those that do not are left out."""
    apart = any(ref.kind == Kind.NETWORK_POLICY.value for ref in rendering.bodies)
    return {"platform.projects-apart": "true" if apart else "false"} | dict(_choices(rendering))


def _choices(rendering: OwnObjects) -> Iterator[tuple[str, str]]:
    for name, kind, path in _PLACES:
        leaves = rendering.kind(kind)
        if leaves is not None and (path in leaves or (name in _OPTIONAL)):
            yield name, str(leaves.get(path, ""))
    route, api = rendering.kind(Kind.ROUTE), rendering.kind(Kind.API_SERVICE)
    parent = next((at.rpartition(".")[0] for at in route or {} if at.startswith("spec.parentRefs[")), "")
    if route is not None:
        yield "platform.gateway", f"{route.get(f'{parent}.namespace', '')}/{route.get(f'{parent}.name', '')}"
    elif rendering.kind(Kind.INGRESS) is not None:
        yield "platform.gateway", ""
    if api is not None:
        named = "spec.service."
        yield "platform.metrics-service", f"{api.get(f'{named}namespace')}/{api.get(f'{named}name')}:{api.get(f'{named}port')}"


_PLACES = (
    ("platform.filler-image", Kind.JOB, f"{_APP}.image"),
    ("platform.relay-image", Kind.DEPLOYMENT, f"{_RELAY}.image"),
    ("platform.storage-class", Kind.CLAIM, "spec.storageClassName"),
    ("platform.storage-access", Kind.CLAIM, "spec.accessModes[0]"),
    ("platform.storage-size", Kind.CLAIM, "spec.resources.requests.storage"),
    ("platform.ingress-class", Kind.INGRESS, "spec.ingressClassName"),
    ("platform.tls-secret", Kind.INGRESS, "spec.tls[0].secretName"),
    ("project.pod-security", Kind.NAMESPACE, "metadata.labels.pod-security.kubernetes.io/enforce"),
)
"""Which choice shows where."""
_OPTIONAL = {"platform.storage-class", "platform.tls-secret"}
"""Choices whose place is left out where they are empty."""


@dataclass(frozen=True, slots=True)
class Otherwise:
    """One object that two versions do not have alike: the digests of its manifests, and the paths that differ, where known."""

    ref: ObjectRef
    was: str
    now: str
    paths: tuple[str, ...]

    @property
    def how(self) -> str:
        """Say what became of it."""
        return "is rendered otherwise" if self.was and self.now else "is new" if self.now else "is no part of it any more"


def otherwise(before: OwnObjects, after: OwnObjects) -> Iterator[Otherwise]:
    """Give the objects that are not alike, with the places in them: never with what stands there."""
    for ref in dict.fromkeys((*before.bodies, *after.bodies)):
        was, now = before.leaves.get(ref), after.leaves.get(ref)
        yield Otherwise(ref, before.bodies.get(ref, ""), after.bodies.get(ref, ""), tuple(_paths(was, now)))


def _paths(was: Leaves | None, now: Leaves | None) -> Iterator[str]:
    if was is not None and now is not None:
        differing = (path for path in dict.fromkeys((*was, *now)) if was.get(path) != now.get(path))
        yield from (path for path in differing if not path.endswith(_DERIVED))
