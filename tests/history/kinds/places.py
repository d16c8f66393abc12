"""Replicas for which no node has a place, by what a machine type or a volume asks: a GPU, a label, a claim; and what heals it."""

import json
from collections.abc import Callable
from typing import Any

from tests.e2e.house import until
from tests.history.scene import Scene, now, quietly
from tests.history.truth import Kind, Truth

CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
LABEL = "deadreckon.dev/gpu"
MACHINES = {
    "reserve": {"cpu": "0%", "memory": "0%"},
    "gpuResource": "nvidia.com/gpu",
    "machines": {
        "C4": {"cpu": "20m", "memory": "96Mi"},
        "Graphic": {"cpu": "20m", "memory": "96Mi", "gpus": 1},
        "Rare": {"cpu": "20m", "memory": "96Mi", "nodeSelector": {LABEL: "Rare"}},
    },
}
"""A catalogue of which no node of the lab fits but the first."""


def _submitted(scene: Scene, name: str, **changes: Any) -> None:  # noqa: ANN401 (as a spec)
    place = scene.house.folder / "machines.yaml"
    place.write_text(json.dumps(MACHINES))
    scene.house.settings["RECKON_CATALOGUE"] = str(place)
    scene.deploy(name, wait=False, **changes)


def _pending(scene: Scene) -> dict[str, Any]:
    """Give the condition by which the scheduler says that a pod has no place."""
    for pod in scene.pods():
        for condition in pod["status"].get("conditions", ()):
            if condition["type"] == "PodScheduled" and condition["status"] == "False":
                found: dict[str, Any] = condition
                return found
    return {}


def _no_place(name: str, word: str, **changes: Any) -> Callable[[Scene], Truth]:  # noqa: ANN401 (as a spec)
    def happen(scene: Scene) -> Truth:
        began = now()
        _submitted(scene, name, **changes)
        message = until(lambda: str(_pending(scene).get("message", "")), 40)
        assert word in message, message
        return Truth(
            ("ReplicaUnschedulable",),
            began,
            now(),
            holds=(word,),
            cause=(word,),
            also=("root",),
            values=(message,),
            words=(word,),
            event=("FailedScheduling", word),
        )

    return happen


def _unbound(scene: Scene) -> Truth:
    """Let alice make a claim of no class, which nobody binds; the namespace is there by then."""
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "unbound"}, "spec": CLAIM}
    scene.hand("apply", "-f", "-", text=json.dumps(claim))
    volume = {"type": "volume", "name": "unbound", "path": "/data"}
    return _no_place("unbound", "unbound immediate PersistentVolumeClaims", integrations=[volume])(scene)


def _healed(scene: Scene) -> Truth:
    _submitted(scene, "rare", machineType="Rare")
    until(lambda: _pending(scene), 40)
    began, _ = scene.during(lambda: scene.hand("label", "node", "lab", f"{LABEL}=Rare"))
    pod = str(scene.pods()[0]["metadata"]["name"])
    until(lambda: scene.pods()[0]["spec"].get("nodeName"), 30)
    return Truth(
        ("ReplicaScheduled",), began, now(), pod, also=("root",), values=("lab",), words=("lab",), event=(pod, "Scheduled")
    )


def _stopped(scene: Scene) -> None:
    scene.order("stop", scene.name, "--yes", "--detach", ok=False)


def _unlabelled(scene: Scene) -> None:
    quietly(lambda: scene.hand("label", "node", "lab", f"{LABEL}-"))
    _stopped(scene)


MISSING = {"type": "volume", "name": "nowhere", "path": "/data"}
_THEME = "places"
KINDS = (
    Kind("no place: GPU", _THEME, _no_place("graphic", "Insufficient nvidia.com/gpu", machineType="Graphic"), _stopped),
    Kind("no place: node label", _THEME, _no_place("rare", "node affinity/selector", machineType="Rare")),
    Kind("no place: healed by a label on a node", _THEME, _healed, _unlabelled),
    Kind("no place: no such claim", _THEME, _no_place("claimless", "not found", integrations=[MISSING]), _stopped),
    Kind("no place: claim not bound", _THEME, _unbound, _stopped),
)
