"""Nodes: cordoned, drained, tainted, silent, gone and back. Each disturbs all else, so each happens alone, on the second node."""

import json
import time
from collections.abc import Callable

from tests.e2e.house import until
from tests.history.scene import Scene, now, quietly, wait
from tests.history.truth import Kind, Truth

NODE = "lab-2"


def _deploy(scene: Scene) -> None:
    """Make replicas on both nodes."""
    scene.deploy("web", replicas=2, healthChecks=None)
    if not _here(scene):
        scene.lab.kubectl("cordon", "lab", user="admin")
        scene.hand("delete", "pod", scene.pod(), "--wait=false")
        until(lambda: _here(scene), 60)
        scene.lab.kubectl("uncordon", "lab", user="admin")
        time.sleep(2)


def _here(scene: Scene) -> list[str]:
    return [pod["metadata"]["name"] for pod in scene.ready_pods() if pod["spec"].get("nodeName") == NODE]


def _cordoned(scene: Scene) -> Truth:
    _deploy(scene)
    began, ended = scene.during(lambda: scene.lab.kubectl("cordon", NODE, user=scene.user))
    return Truth(
        ("NodeCordoned",),
        began,
        ended,
        about=NODE,
        user=scene.user,
        manager="kubectl",
        words=(NODE, "cordon"),
        event=("nodenotschedulable",),
    )


def _uncordoned(scene: Scene) -> Truth:
    began, ended = scene.during(lambda: scene.lab.kubectl("uncordon", NODE, user=scene.user))
    return Truth(
        ("NodeUncordoned",),
        began,
        ended,
        about=NODE,
        user=scene.user,
        manager="kubectl",
        words=(NODE, "uncordon"),
        event=("nodeschedulable",),
    )


def _drained(scene: Scene) -> Truth:
    _deploy(scene)
    pod = until(lambda: _here(scene), 60)[0]
    began, ended = scene.during(
        lambda: scene.lab.kubectl(
            "drain", NODE, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s", user=scene.user
        )
    )
    return Truth(
        ("ReplicaLeaving",),
        began,
        ended,
        about=pod,
        holds=("EvictionByEvictionAPI",),
        user=scene.user,
        words=("evict",),
        event=("killing",),
    )


def _uncordon(scene: Scene) -> None:
    quietly(lambda: scene.lab.kubectl("uncordon", NODE, user="admin"))
    scene.healthy()


def _tainted(scene: Scene) -> Truth:
    _deploy(scene)
    pod = until(lambda: _here(scene), 60)[0]
    began, ended = scene.during(lambda: scene.lab.kubectl("taint", "node", NODE, "broken=yes:NoExecute", user=scene.user))
    return Truth(
        ("ReplicaLeaving",),
        began,
        ended,
        about=pod,
        holds=("DeletionByTaintManager",),
        cause=("taint", scene.user),
        words=("taint",),
        event=("taint",),
    )


def _untaint(scene: Scene) -> None:
    quietly(lambda: scene.lab.kubectl("taint", "node", NODE, "broken-", user="admin"))
    scene.healthy()


def _condition(scene: Scene) -> str:
    found = json.loads(scene.lab.kubectl("get", "nodes", "-o", "json", user="admin"))["items"]
    node = next((one for one in found if one["metadata"]["name"] == NODE), None)
    if node is None:
        return ""
    return str(next(each["status"] for each in node["status"]["conditions"] if each["type"] == "Ready"))


def _silent(scene: Scene) -> Truth:
    _deploy(scene)
    scene.lab.second_kubelet(running=False)
    began = now()
    until(lambda: _condition(scene) != "True", 90)
    return Truth(
        ("NodeUnready",),
        began,
        now(),
        about=NODE,
        holds=("NodeStatusUnknown",),
        cause=("node", NODE),
        values=("NodeStatusUnknown",),
        words=(NODE,),
        event=("nodenotready",),
        slack=3,
    )


def _speaks(scene: Scene) -> Truth:
    began = now()
    scene.lab.second_kubelet(running=True)
    until(lambda: _condition(scene) == "True", 60)
    return Truth(("NodeReady",), began, now(), about=NODE, words=(NODE, "ready"), event=("nodeready",))


def _gone(scene: Scene) -> Truth:
    _deploy(scene)
    scene.lab.second_kubelet(running=False)
    began, ended = scene.during(lambda: scene.lab.kubectl("delete", "node", NODE, "--wait=false", user=scene.user))
    return Truth(("NodeGone",), began, ended, about=NODE, user=scene.user, words=(NODE,), event=("removingnode",))


def _back(scene: Scene) -> Truth:
    began = now()
    scene.lab.restart_second_kubelet()
    wait(lambda: _condition(scene) == "True", 60)
    return Truth(("NodeCame", "NodeReady"), began, now(), about=NODE, words=(NODE,), event=("registerednode",))


def _kind(name: str, happen: Callable[[Scene], Truth], undo: Callable[[Scene], None] | None = None) -> Kind:
    return Kind(f"node: {name}", "nodes", happen, undo, patience=20, alone=True, needs="second")


KINDS = (
    _kind("cordoned", _cordoned),
    _kind("uncordoned", _uncordoned),
    _kind("drained", _drained, _uncordon),
    _kind("tainted", _tainted, _untaint),
    _kind("not ready", _silent),
    _kind("ready again", _speaks),
    _kind("gone", _gone),
    _kind("back", _back),
)
