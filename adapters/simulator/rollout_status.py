"""A Deployment's status, as its controller counts: pure functions of the Deployment and its ReplicaSets."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.simulator.agenda import stamp, unstamp
from adapters.simulator.schema import Object, tree

_MANAGER = "kube-controller-manager"
_SETTLED = ("NewReplicaSetAvailable", "ProgressDeadlineExceeded")
"""After these a scaling, or a pod that falls ill, is no rollout any more."""


def status_of(
    deployment: Object, sets: Sequence[Object], new: Object | None, *, least: int, now: datetime
) -> tuple[dict[str, Any], float | None]:
    """Give the status, and the seconds until the deadline of a rollout that goes on (None: none goes on)."""
    old: Mapping[str, Any] = tree(deployment.get("status"))
    counts = _counts(deployment, sets, new)
    wanted = int(deployment["spec"]["replicas"])
    complete = counts["updatedReplicas"] == counts["replicas"] == counts["availableReplicas"] == wanted
    progressing = _progressing(deployment, old, counts, new, complete=complete, now=now)
    available = counts["availableReplicas"] >= least
    conditions = [_available(old, ok=available, at=stamp(now)), *([progressing] if progressing else [])]
    status: dict[str, Any] = {
        "observedGeneration": int(deployment["metadata"]["generation"]),
        **{name: count for name, count in counts.items() if count},
        "conditions": conditions,
    }
    if not progressing or complete or progressing["reason"] == "ProgressDeadlineExceeded":
        return status, None
    deadline = unstamp(progressing["lastUpdateTime"]) + _patience(deployment) + timedelta(seconds=1)
    return status, max(0.1, (deadline - now).total_seconds())


def _counts(deployment: Object, sets: Sequence[Object], new: Object | None) -> dict[str, int]:
    def total(field: str, of: Sequence[Object]) -> int:
        return sum(int(tree(one.get("status")).get(field, 0)) for one in of)

    available = total("availableReplicas", sets)
    asked = max(int(deployment["spec"]["replicas"]), sum(int(one["spec"]["replicas"]) for one in sets))
    return {
        "replicas": total("replicas", sets),
        "updatedReplicas": total("replicas", [new] if new else []),
        "readyReplicas": total("readyReplicas", sets),
        "availableReplicas": available,
        "unavailableReplicas": max(0, asked - available),
    }


def _progressing(  # noqa: PLR0913 (what progress is judged by)
    deployment: Object,
    old: Mapping[str, Any],
    counts: Mapping[str, int],
    new: Object | None,
    *,
    complete: bool,
    now: datetime,
) -> dict[str, Any] | None:
    before = _condition(old, "Progressing")
    if new is None:
        return before
    name = new["metadata"]["name"]
    here = before is not None and f'"{name}"' in before["message"]
    reason = before["reason"] if before else ""
    news = None
    if complete:
        if not (here and reason == "NewReplicaSetAvailable"):
            news = ("True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.')
    elif before is None:
        news = ("True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
    elif not here or (reason != "NewReplicaSetAvailable" and _went_on(old, counts)):
        news = ("True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
    elif reason not in _SETTLED and now >= unstamp(before["lastUpdateTime"]) + _patience(deployment):
        news = ("False", "ProgressDeadlineExceeded", f'ReplicaSet "{name}" has timed out progressing.')
    return _told(before, *news, now=now) if news else before


def _went_on(old: Mapping[str, Any], counts: Mapping[str, int]) -> bool:
    def was(field: str) -> int:
        return int(old.get(field, 0))

    return (
        counts["updatedReplicas"] > was("updatedReplicas")
        or counts["replicas"] - counts["updatedReplicas"] < was("replicas") - was("updatedReplicas")
        or counts["readyReplicas"] > was("readyReplicas")
        or counts["availableReplicas"] > was("availableReplicas")
    )


def _patience(deployment: Object) -> timedelta:
    return timedelta(seconds=int(deployment["spec"]["progressDeadlineSeconds"]))


def _available(old: Mapping[str, Any], *, ok: bool, at: str) -> dict[str, Any]:
    reason = "MinimumReplicasAvailable" if ok else "MinimumReplicasUnavailable"
    text = "Deployment has minimum availability." if ok else "Deployment does not have minimum availability."
    before = _condition(old, "Available")
    if before and before["reason"] == reason:
        return before
    words = {"type": "Available", "status": "True" if ok else "False", "reason": reason, "message": text}
    return {**words, "lastUpdateTime": at, "lastTransitionTime": at}


def _told(before: Mapping[str, Any] | None, status: str, reason: str, text: str, *, now: datetime) -> dict[str, Any]:
    at = stamp(now)
    since = before["lastTransitionTime"] if before and before["status"] == status else at
    words = {"type": "Progressing", "status": status, "reason": reason, "message": text}
    return {**words, "lastUpdateTime": at, "lastTransitionTime": since}


def _condition(status: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    return next((one for one in status.get("conditions") or () if one["type"] == kind), None)


def revision_owner(entries: Sequence[Mapping[str, Any]], at: str) -> list[dict[str, Any]]:
    """Add the controller, which writes the revision and the status, to `managedFields`."""
    others = [dict(one) for one in entries if one["manager"] != _MANAGER]
    fields: dict[str, Any] = {
        "f:metadata": {"f:annotations": {"f:deployment.kubernetes.io/revision": {}}},
        "f:status": {"f:observedGeneration": {}, "f:conditions": {}, "f:replicas": {}},
    }
    entry = {"manager": _MANAGER, "operation": "Update", "apiVersion": "apps/v1", "time": at, "fieldsType": "FieldsV1"}
    return [*others, {**entry, "fieldsV1": fields, "subresource": "status"}]
