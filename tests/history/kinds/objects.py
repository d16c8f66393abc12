"""Foreign hands on whole objects and by kubectl's own verbs: deletions, finalizers, rollouts, marks, others' objects."""

import json
import time
from collections.abc import Callable
from typing import Any

from tests.e2e.house import until
from tests.history.kinds.hands import MANAGERS
from tests.history.kinds.hands import deploy as deploy_touched
from tests.history.scene import Scene, now, quietly
from tests.history.truth import Kind, Truth


def _deleted(kind: str, fast: bool = False) -> Kind:
    def happen(scene: Scene) -> Truth:
        deploy_touched(scene, scaled=kind == "HorizontalPodAutoscaler")
        began, ended = scene.during(lambda: scene.hand("delete", kind, scene.workload, "--wait=false"))
        return Truth(("ObjectVanished", "ObjectLeaving"), began, ended, about=f'"kind": "{kind}"', user=scene.user, words=(kind,))

    return Kind(f"{kind} deleted", "deleted", happen, lambda scene: scene.healthy(), fast=fast)


def _verb(
    *typed: str,
    fact: tuple[str, ...],
    holds: str,
    word: str,
    before: Callable[[Scene], None] | None = None,
    event: tuple[str, ...] = (),
) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        scene.deploy("web", replicas=2)
        if before:
            before(scene)
        began, ended = scene.during(lambda: scene.hand(*typed, f"deployment/{scene.workload}"))
        return Truth(
            fact,
            began,
            ended,
            about='"kind": "Deployment"',
            holds=(holds,),
            user=scene.user,
            words=("Deployment", word),
            event=event,
        )

    return happen


def _another_version(scene: Scene) -> None:
    scene.order("scale", "web", "2")
    scene.deploy("web")
    image = scene.lab.probe_app("3").ref
    scene.hand("set", "image", f"deployment/{scene.workload}", f"app={image}", user="human")
    time.sleep(2)
    scene.healthy()


def _resumed(scene: Scene) -> None:
    quietly(lambda: scene.hand("rollout", "resume", f"deployment/{scene.workload}"))
    scene.healthy()


def _mark(name: str, value: str) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        scene.deploy("web", replicas=2)
        manager = MANAGERS[scene.user]
        typed = ("annotate", "service", scene.workload, f"{name}={value}", "--overwrite", f"--field-manager={manager}")
        began, ended = scene.during(lambda: scene.hand(*typed))
        return Truth(
            ("MarkDoubted", "Drifted", "UnmanagedSeen"),
            began,
            ended,
            about='"kind": "Service"',
            user=scene.user,
            manager=manager,
            words=("Service",),
        )

    return happen


def _unmark(scene: Scene) -> None:
    quietly(lambda: scene.order("resume", scene.name, "--yes", "--reason", "the mark was forged", ok=False))
    scene.healthy()


def _finalizer(scene: Scene) -> Truth:
    scene.deploy("web", replicas=2)
    patch, manager = json.dumps({"metadata": {"finalizers": ["example.com/wait"]}}), MANAGERS[scene.user]
    typed = ("patch", "service", scene.workload, "--type=merge", "-p", patch, f"--field-manager={manager}")
    began, ended = scene.during(lambda: scene.hand(*typed))
    return Truth(
        ("UnmanagedSeen", "Drifted"),
        began,
        ended,
        about='"kind": "Service"',
        holds=("finalizers",),
        user=scene.user,
        manager=manager,
        values=("example.com/wait",),
        words=("Service", "finalizer"),
    )


def _hangs(scene: Scene) -> Truth:
    quietly(lambda: _finalizer(scene))
    began, ended = scene.during(lambda: scene.hand("delete", "service", scene.workload, "--wait=false"))
    return Truth(
        ("ObjectLeaving",),
        began,
        ended,
        about='"kind": "Service"',
        holds=("example.com/wait",),
        user=scene.user,
        values=("example.com/wait",),
        words=("Service", "example.com/wait"),
    )


def _unhook(scene: Scene) -> None:
    scene.hand("patch", "service", scene.workload, "--type=merge", "-p", json.dumps({"metadata": {"finalizers": None}}))
    scene.healthy()


def _foreign(kind: str, api: str, spec: Callable[[Scene], dict[str, Any]], word: str) -> Kind:
    def happen(scene: Scene) -> Truth:
        scene.deploy("web", replicas=2)
        whole = {"apiVersion": api, "kind": kind, "metadata": {"name": f"others-{kind.lower()}"}, "spec": spec(scene)}
        manager = MANAGERS[scene.user]
        began, ended = scene.during(lambda: scene.hand("create", "-f", "-", f"--field-manager={manager}", text=json.dumps(whole)))
        return Truth(
            ("TakenUp",),
            began,
            ended,
            about=f'"kind": "{kind}"',
            holds=(f"others-{kind.lower()}",),
            user=scene.user,
            manager=manager,
            words=(kind, "others-"),
        )

    def undo(scene: Scene) -> None:
        scene.hand("delete", kind, f"others-{kind.lower()}", "--wait=false")
        scene.healthy()

    return Kind(f"foreign {kind} {word}", "others", happen, undo)


def _pods(scene: Scene) -> dict[str, str]:
    return {"deadreckon.dev/deployment": scene.workload}


def _service(scene: Scene) -> dict[str, Any]:
    return {"selector": _pods(scene), "ports": [{"port": 80, "targetPort": 8000}]}


def _budget(scene: Scene) -> dict[str, Any]:
    return {"selector": {"matchLabels": _pods(scene)}, "maxUnavailable": 0}


def _policy(scene: Scene) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": _pods(scene)}, "ingress": [], "policyTypes": ["Ingress"]}


def _scaler(scene: Scene) -> dict[str, Any]:
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 99}}}
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": scene.workload}
    return {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 2, "metrics": [metric]}


def _let_go(scene: Scene) -> Truth:
    scene.deploy("web", replicas=2)
    whole = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "passing"}, "spec": _service(scene)}
    scene.hand("create", "-f", "-", text=json.dumps(whole))
    time.sleep(2)
    began, ended = scene.during(lambda: scene.hand("delete", "service", "passing"))
    return Truth(("LetGo",), began, ended, about='"name": "passing"', user=scene.user, words=("Service", "passing"))


def _many(scene: Scene) -> Truth:
    scene.deploy("web", replicas=2)
    began = now()
    for count in range(3, 11):
        scene.hand("scale", f"deployment/{scene.workload}", f"--replicas={count}")
    return Truth(
        ("Drifted",),
        began,
        now(),
        about='"kind": "Deployment"',
        holds=("spec.replicas",),
        user=scene.user,
        manager="kubectl",
        words=("Deployment", "replicas"),
        event=("scaled up",),
    )


def _brief(scene: Scene) -> Truth:
    scene.deploy("web", replicas=2)

    def act() -> None:
        scene.hand("scale", f"deployment/{scene.workload}", "--replicas=4")
        scene.hand("scale", f"deployment/{scene.workload}", "--replicas=2")

    began, ended = scene.during(act)
    return Truth(
        ("Drifted",),
        began,
        ended,
        about='"kind": "Deployment"',
        holds=("spec.replicas",),
        user=scene.user,
        manager="kubectl",
        words=("Deployment", "replicas"),
        event=("scaled up", "to 4"),
    )


def _applied(manager: str) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        scene.deploy("web", replicas=2)
        kept = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": scene.workload, "namespace": scene.namespace},
            "spec": {"replicas": 1},
        }
        if manager == "deadreckon":
            typed = (
                "patch",
                "deployment",
                scene.workload,
                "--type=merge",
                "-p",
                '{"spec":{"replicas":1}}',
                f"--field-manager={manager}",
            )
        else:
            typed = ("apply", "--server-side", "--force-conflicts", f"--field-manager={manager}", "--validate=false", "-f", "-")
        began, ended = scene.during(lambda: scene.hand(*typed, text=json.dumps(kept)))
        return Truth(
            ("Drifted",),
            began,
            ended,
            about='"kind": "Deployment"',
            holds=("spec.replicas",),
            user=scene.user,
            manager=manager,
            values=("1",),
            words=("Deployment", "replicas"),
        )

    return happen


def _to_nothing(scene: Scene) -> Truth:
    scene.deploy("web", replicas=2)
    scene.order("hold", "web", "--reason", "a fix by hand")
    began, ended = scene.during(lambda: scene.hand("scale", f"deployment/{scene.workload}", "--replicas=0"))
    return Truth(
        ("Drifted",),
        began,
        ended,
        about='"kind": "Deployment"',
        holds=("spec.replicas", '"now": 0'),
        user=scene.user,
        manager="kubectl",
        values=("0",),
        words=("replicas",),
        event=("scaled down", "to 0"),
    )


def _back(scene: Scene) -> Truth:
    began, ended = scene.during(lambda: scene.hand("scale", f"deployment/{scene.workload}", "--replicas=2"))
    return Truth(
        ("DriftEnded",),
        began,
        ended,
        about='"kind": "Deployment"',
        holds=("reverted",),
        user=scene.user,
        manager="",
        words=("Deployment",),
        event=("scaled up", "to 2"),
    )


def _resume(scene: Scene) -> None:
    scene.order("resume", scene.name, "--yes", "--reason", "seen")
    scene.healthy()


def _endpoints(scene: Scene) -> Truth:
    scene.deploy("web", replicas=2)
    patch = json.dumps({"spec": {"selector": {"tier": "none"}}})
    scene.order("hold", "web", "--reason", "seen from outside")
    began = now()
    scene.hand("patch", "service", scene.workload, "--type=merge", "-p", patch)
    until(lambda: not _ready_endpoints(scene), 20)
    return Truth(
        ("EndpointsChanged",),
        began,
        now(),
        about=scene.workload,
        holds=('"ready": 0',),
        cause=(scene.user, "selector"),
        also=(scene.user,),
        user="",
        words=("endpoint",),
    )


def _ready_endpoints(scene: Scene) -> int:
    slices = scene.see("get", "endpointslices", "-l", f"kubernetes.io/service-name={scene.workload}")["items"]
    return sum(bool(each["conditions"].get("ready")) for one in slices for each in one.get("endpoints") or ())


def _unselect(scene: Scene) -> None:
    scene.hand("patch", "service", scene.workload, "--type=merge", "-p", json.dumps({"spec": {"selector": {"tier": None}}}))
    _resume(scene)


RESTARTED = "kubectl.kubernetes.io/restartedAt"
OBJECTS = ("Service", "NetworkPolicy", "PodDisruptionBudget", "Deployment", "HorizontalPodAutoscaler")
DRIFT = ("Drifted", "UnmanagedSeen")
KINDS = (
    *(_deleted(kind, fast=kind == "Service") for kind in OBJECTS),
    Kind(
        "kubectl rollout restart",
        "rollout",
        _verb("rollout", "restart", fact=DRIFT, holds=RESTARTED, word="restart"),
        lambda s: s.healthy(),
        fast=True,
    ),
    Kind(
        "kubectl rollout undo",
        "rollout",
        _verb("rollout", "undo", fact=DRIFT, holds="image", word="image", before=_another_version),
        lambda s: s.healthy(),
    ),
    Kind("kubectl rollout pause", "rollout", _verb("rollout", "pause", fact=DRIFT, holds="spec.paused", word="paused"), _resumed),
    Kind(
        "kubectl set resources",
        "rollout",
        _verb("set", "resources", "--limits=memory=111Mi", fact=DRIFT, holds="memory", word="memory"),
        lambda s: s.healthy(),
    ),
    Kind("our mark forged: action", "marks", _mark("deadreckon.dev/action", "by-hand"), _unmark),
    Kind("our mark forged: position", "marks", _mark("deadreckon.dev/position", "1"), _unmark),
    Kind("finalizer added", "finalizers", _finalizer),
    Kind("deletion hangs on a finalizer", "finalizers", _hangs, _unhook),
    _foreign("Service", "v1", _service, "takes our pods"),
    _foreign("PodDisruptionBudget", "policy/v1", _budget, "takes our pods"),
    _foreign("NetworkPolicy", "networking.k8s.io/v1", _policy, "takes our pods"),
    _foreign("HorizontalPodAutoscaler", "autoscaling/v2", _scaler, "on our Deployment"),
    Kind("foreign Service lets our pods go", "others", _let_go),
    Kind("8 edits in a row", "edits", _many, lambda s: s.healthy()),
    Kind("an edit put back at once", "edits", _brief, lambda s: s.healthy()),
    Kind("server-side apply with force", "edits", _applied("x"), lambda s: s.healthy()),
    Kind("an edit under our manager's name", "edits", _applied("deadreckon"), lambda s: s.healthy()),
    Kind("replicas to 0 under hold", "edits", _to_nothing),
    Kind("replicas back under hold", "edits", _back, _resume),
    Kind("Service without endpoints", "serving", _endpoints, _unselect),
)
