"""Handing over: the number of replicas goes to an autoscaler without a moment at the server's default.

What our field manager owned and no longer applies falls back to 1. So before a manifest without the number is applied for the
first time, the number that runs is written by a field manager of its own; and after a creation, the floor.
"""

from domain.actions import HandOver
from domain.deployment import Deployment, Version
from domain.names import REPLICAS_MANAGER
from domain.objects import Json, Kind, Manifest
from domain.tracked_objects import TrackedObject


def autoscales(version: Version, known: TrackedObject) -> bool:
    """Tell whether this object's number of replicas is an autoscaler's in a version."""
    return known.ref.kind == Kind.DEPLOYMENT.value and version.order.ceiling > 0


def hand_over(deployment: Deployment, version: Version, known: TrackedObject) -> HandOver:
    """Give the action that hands the number of replicas over."""
    replicas = standing(deployment, version, known)
    return HandOver("", known.ref, known.uid, replicas, f"version {version.number} is autoscaled")


def standing(deployment: Deployment, version: Version, known: TrackedObject) -> int:
    """Give the number that is to be handed over: what runs as last seen, after a stop what ran before it; never out of bounds."""
    progress = deployment.progress
    fits = progress is not None and progress.uid == known.uid and progress.generation >= known.generation
    runs = progress.wanted if progress is not None and fits else _written(deployment, known)
    return min(max(runs or deployment.scaling.count, version.order.replicas), version.order.ceiling)


def _written(deployment: Deployment, known: TrackedObject) -> int:
    orders = (version.order for version in reversed(deployment.versions))
    return next((order.replicas for order in orders if any(one.body == known.body for one in order.objects)), 0)


def handing_over(action: HandOver) -> Manifest:
    """Give what is applied: nothing but the number, by the manager of its own."""
    metadata: Json = {"name": action.ref.name, "namespace": action.ref.namespace}
    spec: Json = {"replicas": action.replicas}
    manifest = Manifest.of({"apiVersion": "apps/v1", "kind": action.ref.kind, "metadata": metadata, "spec": spec})
    return Manifest(manifest.ref, manifest.body, REPLICAS_MANAGER)
