"""What a pod's spec and metadata say of it: its health checks, and what may be made other than its template."""

from typing import Final, cast

from adapters.observations.managers import managers_of, writers
from adapters.observations.tolerant import Tree, at, bounded, branch, branches, number, text
from domain.objects import Fields, Json, flatten
from domain.observations import UNTOLD_NOTES, PodSpecSeen
from domain.private_values import private
from domain.probes import ProbeName

_APPLICATION = "app"
_COMPARED = ("metadata.labels", "metadata.annotations", "spec.containers", "spec.initContainers")
_CHECKS: Final[tuple[tuple[ProbeName, str], ...]] = (
    ("startup", "startupProbe"),
    ("readiness", "readinessProbe"),
    ("liveness", "livenessProbe"),
)
_PARTS = ("terminationGracePeriodSeconds", "runtimeClassName", "priorityClassName", "hostNetwork", "nodeSelector")
"""What else of a pod's spec its template decides, and the API server fills in for no pod by itself."""
_LONGEST_LABEL = 512
_NOTES = 100
"""Of a pod with more annotations none is looked at."""
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""kubectl's copy of all that was applied, values of variables too."""
_PLATFORMS = tuple(
    f"metadata.annotations.{name}"
    for name in (
        _APPLIED,
        "kubernetes.io/",
        "cni.projectcalico.org/",
        "k8s.v1.cni.cncf.io/",
        "k8s.ovn.org/",
        "ovn.kubernetes.io/",
    )
)
"""What admission, nodes and networks note on every pod by themselves."""
PRESENT = "present"
"""Stands for a value that is not kept."""
_LIMITS = "kubernetes.io/limit-ranger"
_NODES_OWN = "kubelet"


def pod_spec_seen(obj: Tree) -> PodSpecSeen:
    """Read what is asked of a pod, and of whom."""
    container = _application(obj)
    makers = _makers(obj)
    managers = tuple(one for one in managers_of(obj, _COMPARED) if one.name not in makers)
    return PodSpecSeen(
        checks=tuple(name for name, key in _CHECKS if branch(container, key)),
        spared=_spared(container),
        fields=pod_fields(obj),
        managers=managers,
        writers=tuple(one for one in writers(obj) if one.name not in makers),
        controlled=any(one.get("controller") is True for one in branches(obj, "metadata", "ownerReferences")),
        limits=text(obj, "metadata", "annotations", _LIMITS),
    )


def _makers(obj: Tree) -> set[str]:
    """Name those whose writing is no hand's: who made the pod (its generated name is theirs), and its node."""
    entries = branches(obj, "metadata", "managedFields")
    return {text(one, "manager") for one in entries if at(one, "fieldsV1", "f:metadata", "f:generateName") is not None} | {
        _NODES_OWN
    }


def pod_fields(obj: Tree) -> Fields:
    """Lay out flat what of a pod, or of a pod template, is compared: its labels, its annotations and its containers."""
    labels = _marks(obj, "labels")
    notes = {path: note for path, note in _marks(obj, "annotations").items() if not path.startswith(_PLATFORMS)}
    content: Json = {
        part: cast("Json", at(obj, "spec", part))
        for part in ("containers", "initContainers")
        if isinstance(at(obj, "spec", part), list)
    } | {part: cast("Json", at(obj, "spec", part)) for part in _PARTS if isinstance(at(obj, "spec", part), str | int | dict)}
    if len(notes) > _NOTES:
        notes = {UNTOLD_NOTES: PRESENT}
    boxes = flatten(content, "spec")
    return {
        **labels,
        **notes,
        **{path: PRESENT if _said(path) else value for path, value in boxes.items()},
    }


def _marks(obj: Tree, kind: str) -> dict[str, str]:
    marks = branch(obj, "metadata", kind).items()
    return {f"metadata.{kind}.{name}": bounded(value, _LONGEST_LABEL) for name, value in marks if isinstance(value, str)}


def _said(path: str) -> bool:
    """Tell whether a value may hold anything at all, a password too: of variables, headers, commands only the place is kept."""
    return private(path) or ".args" in path or ".command" in path


def _application(obj: Tree) -> Tree:
    containers = list(branches(obj, "spec", "containers"))
    nothing: Tree = {}
    return next((one for one in containers if text(one, "name") == _APPLICATION), containers[0] if containers else nothing)


def _spared(container: Tree) -> float | None:
    """Give the shortest life after which a check ends its container: failures in a row, as far apart as it asks."""
    shortest = [
        float(number(probe, "initialDelaySeconds") + (max(number(probe, "failureThreshold", default=3), 1) - 1) * _period(probe))
        for name, key in _CHECKS
        if name != "readiness" and (probe := branch(container, key))
    ]
    return min(shortest, default=None)


def _period(probe: Tree) -> int:
    return max(number(probe, "periodSeconds", default=10), 1)
