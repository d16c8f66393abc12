"""The Deployment controller: from one ReplicaSet to the next within the surge and the unavailability allowed."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.simulator.deletions import Deletions
from adapters.simulator.dice import Dice, hash_name
from adapters.simulator.occurrences import Occurrences
from adapters.simulator.replica_sets import reference_to
from adapters.simulator.rollout_status import revision_owner, status_of
from adapters.simulator.schema import Object, key_of, tree, with_metadata
from adapters.simulator.store import ObjectStore

_SOURCE = "deployment-controller"
_REVISION = "deployment.kubernetes.io/revision"
_DESIRED = "deployment.kubernetes.io/desired-replicas"
_MOST = "deployment.kubernetes.io/max-replicas"
_HASH = "pod-template-hash"


@dataclass(frozen=True, slots=True)
class RolloutLimits:
    """How many pods there shall be, at most over that, and at most unavailable meanwhile."""

    wanted: int
    surge: int
    unavailable: int

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> "RolloutLimits":
        """Read them from a Deployment's spec: percents round up for the surge, down for the unavailable."""
        wanted = int(spec["replicas"])
        if spec["strategy"]["type"] == "Recreate":
            return cls(wanted, 0, wanted)
        given = tree(spec["strategy"].get("rollingUpdate"))
        surge = share(given.get("maxSurge", "25%"), wanted, up=True)
        unavailable = min(wanted, share(given.get("maxUnavailable", "25%"), wanted, up=False))
        return cls(wanted, surge, unavailable if surge or unavailable else min(wanted, 1))


def share(value: int | str, whole: int, *, up: bool) -> int:
    """Read a number, or a percentage of a whole."""
    if isinstance(value, int):
        return value
    part = int(str(value).rstrip("%")) * whole
    return math.ceil(part / 100) if up else part // 100


@dataclass(slots=True)
class Rollouts:
    """Scales ReplicaSets so that a Deployment becomes true, one careful step at a sync."""

    store: ObjectStore
    dice: Dice
    occurrences: Occurrences
    deletions: Deletions

    def sync(self, namespace: str, name: str) -> None:
        """Take the next step for a Deployment, and write its status."""
        deployment = self.store.get("Deployment", namespace, name)
        if deployment is None:
            return
        if "deletionTimestamp" not in deployment["metadata"]:
            self._step(deployment)
        self._write_status(namespace, name)

    def _step(self, deployment: Object) -> None:
        sets = self._sets(deployment)
        template = template_hash(deployment)
        new = next((one for one in sets if one["metadata"]["labels"].get(_HASH) == template), None)
        limits = RolloutLimits.of(deployment["spec"])
        paused = bool(deployment["spec"].get("paused"))
        if not paused and self._may_begin(deployment, sets, new):
            new = self._current(deployment, sets, new, template)
        scaled = self._scale_only(deployment, sets, limits)
        if scaled or paused or new is None:
            return
        old = [one for one in sets if one["metadata"]["uid"] != new["metadata"]["uid"]]
        if not self._grow(deployment, new, old, limits):
            self._shrink(deployment, new, old, limits)
        self._clean_up(deployment, new, old, limits)

    def _sets(self, deployment: Object) -> list[Object]:
        return [one for one in self.store.owned(deployment["metadata"]["uid"]) if one["kind"] == "ReplicaSet"]

    def _may_begin(self, deployment: Object, sets: list[Object], new: Object | None) -> bool:
        metadata = deployment["metadata"]
        place = (metadata["namespace"], metadata["name"])
        if new is None and self.store.get("ReplicaSet", place[0], f"{place[1]}-{template_hash(deployment)}") is not None:
            # A deleted Deployment of the same name left it: not before it is collected, or its pods would be nobody's.
            self.store.agenda.soon(0.05, "deployment.sync", *place)
            return False
        # Recreate: not before the last pod of the old template is gone.
        if deployment["spec"]["strategy"]["type"] != "Recreate" or new is not None:
            return True
        for one in sets:
            self._scale(deployment, one, 0)
        return not any(self.store.owned(one["metadata"]["uid"]) for one in sets)

    def _current(self, deployment: Object, sets: list[Object], new: Object | None, template: str) -> Object:
        others = [one for one in sets if new is None or one["metadata"]["uid"] != new["metadata"]["uid"]]
        highest = max((_revision(one) for one in others), default=0)
        revision = max(highest + 1, _revision(new)) if new else highest + 1
        if new is None:
            new = self._born(deployment, template, revision)
        elif _revision(new) != revision:
            new = self.store.write(_annotated(new, {_REVISION: str(revision)}))
        self._note_revision(deployment, revision)
        return new

    def _born(self, deployment: Object, template: str, revision: int) -> Object:
        metadata, spec = deployment["metadata"], deployment["spec"]
        hashed = {_HASH: template}
        labels = {**spec["template"]["metadata"].get("labels", {}), **hashed}
        name = f"{metadata['name']}-{template}"
        born: Object = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": name,
                "namespace": metadata["namespace"],
                "uid": self.dice.uid(),
                "generation": 1,
                "creationTimestamp": self.store.agenda.stamp,
                "labels": labels,
                "annotations": {**tree(metadata.get("annotations")), _REVISION: str(revision)},
                "ownerReferences": [reference_to(deployment)],
            },
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": {**spec["selector"].get("matchLabels", {}), **hashed}},
                "template": {**spec["template"], "metadata": {**spec["template"]["metadata"], "labels": labels}},
            },
            "status": {"replicas": 0},
        }
        return self.store.write(born)

    def _note_revision(self, deployment: Object, revision: int) -> None:
        # By the status subresource: it does not raise the generation.
        current = self.store.get(*key_of(deployment))
        annotations = tree((current or deployment)["metadata"].get("annotations"))
        if current is not None and annotations.get(_REVISION) != str(revision):
            noted = _annotated(current, {_REVISION: str(revision)})
            fields = revision_owner(noted["metadata"].get("managedFields") or [], self.store.agenda.stamp)
            self.store.write(with_metadata(noted, managedFields=fields))

    def _scale_only(self, deployment: Object, sets: list[Object], limits: RolloutLimits) -> bool:
        running = [one for one in sets if one["spec"]["replicas"]]
        annotations = [tree(one["metadata"].get("annotations")) for one in running]
        if all(_DESIRED not in one or one[_DESIRED] == str(limits.wanted) for one in annotations):
            return False
        if len(running) == 1:
            self._scale(deployment, running[0], limits.wanted)
            return True
        return False

    def _grow(self, deployment: Object, new: Object, old: list[Object], limits: RolloutLimits) -> bool:
        now = int(new["spec"]["replicas"])
        room = limits.wanted + limits.surge - now - sum(int(one["spec"]["replicas"]) for one in old)
        target = limits.wanted if now > limits.wanted else now + max(0, min(room, limits.wanted - now))
        return self._scale(deployment, new, target)

    def _shrink(self, deployment: Object, new: Object, old: list[Object], limits: RolloutLimits) -> None:
        total = sum(int(one["spec"]["replicas"]) for one in [*old, new])
        unavailable = int(new["spec"]["replicas"]) - _available(new)
        least = limits.wanted - limits.unavailable
        spare = total - least - unavailable
        for one in old:  # first those pods that serve nobody
            ill = min(int(one["spec"]["replicas"]) - _available(one), spare)
            if ill > 0:
                spare -= ill
                self._scale(deployment, one, int(one["spec"]["replicas"]) - ill)
        fresh = [self.store.get(*key_of(one)) or one for one in old]
        spare = min(spare, sum(_available(one) for one in [*fresh, new]) - least)
        for one in fresh:
            count = min(int(one["spec"]["replicas"]), spare)
            if count > 0:
                spare -= count
                self._scale(deployment, one, int(one["spec"]["replicas"]) - count)

    def _scale(self, deployment: Object, one: Object, target: int) -> bool:
        limits = RolloutLimits.of(deployment["spec"])
        noted = {_DESIRED: str(limits.wanted), _MOST: str(limits.wanted + limits.surge)}
        now = int(one["spec"]["replicas"])
        annotated = _annotated(one, noted)
        if now == target:
            if annotated["metadata"]["annotations"] != one["metadata"].get("annotations"):
                self.store.write(annotated)
            return False
        raised = with_metadata(annotated, generation=int(one["metadata"]["generation"]) + 1)
        self.store.write({**raised, "spec": {**one["spec"], "replicas": target}})
        way = "up" if target > now else "down"
        text = f"Scaled {way} replica set {one['metadata']['name']} from {now} to {target}"
        self.occurrences.tell(deployment, "ScalingReplicaSet", text, source=_SOURCE)
        return True

    def _clean_up(self, deployment: Object, new: Object, old: list[Object], limits: RolloutLimits) -> None:
        if _available(new) < limits.wanted or any(int(one["spec"]["replicas"]) for one in old):
            return
        empty = sorted((one for one in old if not one["status"]["replicas"]), key=_revision)
        for one in empty[: max(0, len(empty) - int(deployment["spec"]["revisionHistoryLimit"]))]:
            self.deletions.delete(key_of(one))

    def _write_status(self, namespace: str, name: str) -> None:
        deployment = self.store.get("Deployment", namespace, name)
        if deployment is None:
            return
        sets, template = self._sets(deployment), template_hash(deployment)
        new = next((one for one in sets if one["metadata"]["labels"].get(_HASH) == template), None)
        limits, agenda = RolloutLimits.of(deployment["spec"]), self.store.agenda
        status, wait = status_of(deployment, sets, new, least=limits.wanted - limits.unavailable, now=agenda.now)
        if status != deployment.get("status"):
            self.store.write({**deployment, "status": status})
        if wait is not None:
            agenda.soon(wait, "deployment.deadline", namespace, name)


def template_hash(deployment: Object) -> str:
    """Give the name of a Deployment's pod template."""
    return hash_name(json.dumps(deployment["spec"]["template"], sort_keys=True))


def _available(one: Object) -> int:
    return int(tree(one.get("status")).get("availableReplicas", 0))


def _revision(one: Object) -> int:
    return int(tree(one["metadata"].get("annotations")).get(_REVISION, "0"))


def _annotated(obj: Object, notes: Mapping[str, str]) -> Object:
    return with_metadata(obj, annotations={**tree(obj["metadata"].get("annotations")), **notes})
