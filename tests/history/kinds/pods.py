"""Foreign hands on pods: deleted, evicted, taken out, changed where they stand."""

import json
from collections.abc import Callable

from tests.e2e.house import until
from tests.history.kinds.hands import MANAGERS
from tests.history.scene import Scene, now, quietly, wait
from tests.history.truth import Kind, Truth

LEAVING = ("ReplicaLeaving", "ReplicaGone", "ReplicaEnded")
SEEN = ("ReplicaChanged", "ReplicaDisowned", "UnmanagedSeen", "RequestWitnessed")


def deploy(scene: Scene) -> str:
    """Make two replicas, and give the name of one that is ready."""
    scene.deploy("web", replicas=2)
    until(lambda: len(scene.ready_pods()) == 2, 60)
    return scene.pod()


def _deleted(*how: str) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        pod = deploy(scene)
        began, ended = scene.during(lambda: scene.hand("delete", "pod", pod, "--wait=false", *how))
        return Truth(LEAVING, began, ended, about=pod, user=scene.user, event=("pod", pod, "killing"))

    return happen


def _eviction(scene: Scene, pod: str) -> None:
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": scene.namespace}}
    path = f"/api/v1/namespaces/{scene.namespace}/pods/{pod}/eviction"
    scene.hand("create", "--raw", path, "-f", "-", text=json.dumps(body))


def _evicted(scene: Scene) -> Truth:
    pod = deploy(scene)
    began, ended = scene.during(lambda: _eviction(scene, pod))
    return Truth(
        ("ReplicaLeaving",),
        began,
        ended,
        about=pod,
        holds=("EvictionByEvictionAPI",),
        user=scene.user,
        words=("evict",),
        event=("evict", pod),
    )


def _eviction_refused(scene: Scene) -> Truth:
    deploy(scene)
    patch = json.dumps({"spec": {"maxUnavailable": 0}})
    scene.order("hold", scene.name, "--reason", "a budget of none")
    scene.hand("patch", "pdb", scene.workload, "--type=merge", "-p", patch)
    pod = scene.pod()
    wait(lambda: scene.see("get", "pdb", scene.workload)["status"].get("disruptionsAllowed") == 0, 10)
    began, ended = scene.during(lambda: quietly(lambda: _eviction(scene, pod)))
    return Truth(
        ("RequestWitnessed",),
        began,
        ended,
        about=pod,
        holds=("eviction",),
        user=scene.user,
        values=("disruption budget",),
        words=("evict", "refused"),
    )


def _resume(scene: Scene) -> None:
    scene.order("resume", scene.name, "--yes", "--reason", "seen")
    scene.healthy()


def _disowned(scene: Scene) -> Truth:
    pod = deploy(scene)
    scene.kept["disowned"] = pod
    manager = f"--field-manager={MANAGERS[scene.user]}"
    began, ended = scene.during(
        lambda: scene.hand(
            "label", "pod", pod, "deadreckon.dev/deployment-", "app-", "pod-template-hash=other", "--overwrite", manager
        )
    )
    return Truth(
        ("ReplicaDisowned",), began, ended, about=pod, user=scene.user, manager=MANAGERS[scene.user], words=("ReplicaSet",)
    )


def _bury(scene: Scene) -> None:
    quietly(lambda: scene.hand("delete", "pod", scene.kept["disowned"], "--wait=false", "--grace-period=1"))
    scene.healthy()


def _changed(path: str, value: str, patch: dict[str, object], *more: str) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        pod = deploy(scene)
        manager = MANAGERS[scene.user]
        typed = ("patch", "pod", pod, "--type=strategic", "-p", json.dumps(patch), f"--field-manager={manager}", *more)
        began, ended = scene.during(lambda: scene.hand(*typed))
        return Truth(
            ("ReplicaChanged", "UnmanagedSeen"),
            began,
            ended,
            about=pod,
            holds=(path,),
            user=scene.user,
            manager=manager,
            values=(value,),
            words=(path,),
        )

    return happen


def _exec(scene: Scene) -> Truth:
    pod = deploy(scene)
    began, ended = scene.during(lambda: scene.hand("exec", pod, "--", "/probe-app", "check"))
    return Truth(("RequestWitnessed",), began, ended, about=pod, holds=("exec",), user=scene.user, words=("Pod",))


def _image(scene: Scene) -> Truth:
    pod, other = deploy(scene), scene.lab.probe_app("2").ref
    manager = MANAGERS[scene.user]
    patch = json.dumps({"spec": {"containers": [{"name": "app", "image": other}]}})
    began, ended = scene.during(
        lambda: scene.hand("patch", "pod", pod, "--type=strategic", "-p", patch, f"--field-manager={manager}")
    )
    scene.kept["disowned"] = pod
    return Truth(
        ("ReplicaChanged",),
        began,
        ended,
        about=pod,
        holds=("image",),
        user=scene.user,
        manager=manager,
        values=(other,),
        words=("image",),
        event=("killing", "definition changed"),
    )


def _container(name: str, **fields: object) -> dict[str, object]:
    return {"spec": {"containers": [{"name": name, **fields}]}}


def _unpullable(where: str, word: str) -> Callable[[Scene], Truth]:
    """Set an image by hand, under a hold, that the node cannot pull."""

    def happen(scene: Scene) -> Truth:
        scene.deploy("pulls", replicas=1)
        scene.order("hold", "pulls", "--reason", "another's try")
        registry = scene.lab.private_registry if where == "private" else scene.lab.registry
        image = f"{registry}/team/{'probe-app:1' if where == 'private' else 'nothing:1'}"
        began = now()
        scene.hand("set", "image", f"deployment/{scene.workload}", f"app={image}")
        until(lambda: "ImagePull" in json.dumps([pod["status"] for pod in scene.pods()]), 60)
        return Truth(
            ("ReplicaWaiting",),
            began,
            now(),
            holds=("ImagePull", image),
            cause=(scene.user, word, "image"),
            values=(word,),
            words=("image",),
            event=("failed to pull",),
        )

    return happen


KINDS = (
    Kind("pod: deleted by hand", "pods", _deleted(), fast=True),
    Kind("pod: deleted by force", "pods", _deleted("--force", "--grace-period=0")),
    Kind("pod: evicted", "pods", _evicted, fast=True),
    Kind("pod: eviction refused by the budget", "pods", _eviction_refused, _resume),
    Kind("pod: taken out of its ReplicaSet", "pods", _disowned, _bury),
    Kind("pod: image changed in place", "pods", _image, _bury),
    Kind(
        "pod: resized in place",
        "pods",
        _changed(
            "resources",
            "25m",
            _container("app", resources={"requests": {"cpu": "25m"}}),
            "--subresource=resize",
        ),
    ),
    Kind("pod: label added", "pods", _changed("team", "blue", {"metadata": {"labels": {"team": "blue"}}})),
    Kind(
        "pod: annotation added",
        "pods",
        _changed("example.com/note", "mine", {"metadata": {"annotations": {"example.com/note": "mine"}}}),
    ),
    Kind("pod: exec into it", "pods", _exec),
    Kind("image not found, back-off", "pulls", _unpullable("nothing", "not found"), _resume, patience=20),
    Kind("image denied, back-off", "pulls", _unpullable("private", "authoriz"), _resume, patience=20),
)
