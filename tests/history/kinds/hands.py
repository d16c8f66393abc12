"""Foreign hands: alice, bob or carol change one field of one object, by a program of their own; a table, and one way to do it."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tests.history.scene import Scene, quietly
from tests.history.truth import Kind, Truth

MANAGERS = {"alice": "kubectl-edit", "bob": "k9s", "carol": "kubectl-patch"}
"""Each has a program of her own."""
DRIFT, UNMANAGED = ("Drifted",), ("UnmanagedSeen",)
EITHER = (*DRIFT, *UNMANAGED)
Patch = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Touch:
    """One field of one object, changed by hand."""

    name: str
    object: str
    patch: Patch
    path: str
    """The end of the path by which the fact must name the field."""
    now: str
    """The new value, as JSON writes it; empty where the field is taken away."""
    facts: tuple[str, ...] = DRIFT
    word: str = ""
    """What the sentence must call the field, where that is not the path's last part."""
    scaled: bool = False
    """It is done to a deployment with an autoscaler."""
    event: tuple[str, ...] = ()
    fast: bool = False


def _pod(**spec: Any) -> Patch:  # noqa: ANN401 (as Kubernetes has it)
    return {"spec": {"template": {"spec": spec}}}


def _app(**container: Any) -> Patch:  # noqa: ANN401 (as Kubernetes has it)
    return _pod(containers=[{"name": "app", **container}])


def _meta(**metadata: Any) -> Patch:  # noqa: ANN401 (as Kubernetes has it)
    return {"metadata": metadata}


D, S, N, P, H = "Deployment", "Service", "NetworkPolicy", "PodDisruptionBudget", "HorizontalPodAutoscaler"
OURS = "app.kubernetes.io/managed-by"
LABEL, NOTE = _meta(labels={"team": "blue"}), _meta(annotations={"example.com/note": "mine"})

TOUCHES = (
    Touch(
        "replicas", D, {"spec": {"replicas": 3}}, "spec.replicas", "3", word="replicas", event=("scaled up", "to 3"), fast=True
    ),
    Touch("image", D, _app(image="registry.invalid/other:9"), "image", "registry.invalid/other:9", fast=True),
    Touch("env value", D, _app(env=[{"name": "GREETING", "value": "bye"}]), "GREETING", "", word="greeting"),
    Touch("env added", D, _app(env=[{"name": "EXTRA", "value": "1"}]), "EXTRA", "", word="extra", facts=EITHER),
    Touch("liveness period", D, _app(livenessProbe={"periodSeconds": 99}), "livenessProbe.periodSeconds", "99"),
    Touch("readiness path", D, _app(readinessProbe={"httpGet": {"path": "/", "port": 8000}}), "readinessProbe.httpGet.path", "/"),
    Touch("memory limit", D, _app(resources={"limits": {"memory": "200Mi"}}), "limits.memory", "200Mi"),
    Touch("cpu request", D, _app(resources={"requests": {"cpu": "11m"}}), "requests.cpu", "11m"),
    Touch("command", D, _app(command=["/probe-app"]), "command", "probe-app", facts=EITHER),
    Touch("args", D, _app(args=["serve"]), "args", "serve", facts=EITHER),
    Touch("pull policy", D, _app(imagePullPolicy="Always"), "imagePullPolicy", "Always", facts=EITHER),
    Touch("grace period", D, _pod(terminationGracePeriodSeconds=77), "terminationGracePeriodSeconds", "77", facts=EITHER),
    Touch("node selector", D, _pod(nodeSelector={"kubernetes.io/os": "linux"}), "nodeSelector", "linux", facts=EITHER),
    Touch("toleration", D, _pod(tolerations=[{"key": "spot", "operator": "Exists"}]), "tolerations", "spot", facts=EITHER),
    Touch("priority of the rollout", D, {"spec": {"minReadySeconds": 3}}, "minReadySeconds", "3", facts=EITHER),
    Touch("max surge", D, {"spec": {"strategy": {"rollingUpdate": {"maxSurge": 2}}}}, "maxSurge", "2", facts=EITHER),
    Touch("revision history", D, {"spec": {"revisionHistoryLimit": 7}}, "revisionHistoryLimit", "7", facts=EITHER),
    Touch(
        "template label",
        D,
        {"spec": {"template": {"metadata": {"labels": {"team": "blue"}}}}},
        "template.metadata.labels.team",
        "blue",
        facts=EITHER,
    ),
    Touch("label added to the Deployment", D, LABEL, "labels.team", "blue", UNMANAGED, fast=True),
    Touch("our label changed", D, _meta(labels={OURS: "someone"}), OURS, "someone", word="managed-by"),
    Touch("annotation on the Deployment", D, NOTE, "example.com/note", "mine", UNMANAGED, word="note"),
    Touch(
        "Service port", S, {"spec": {"ports": [{"name": "http-8000", "port": 8000, "targetPort": 9999}]}}, "targetPort", "9999"
    ),
    Touch(
        "Service selector, key added",
        S,
        {"spec": {"selector": {"tier": "gold"}}},
        "selector.tier",
        "gold",
        word="selector",
        fast=True,
    ),
    Touch(
        "Service selector, our key",
        S,
        {"spec": {"selector": {"deadreckon.dev/deployment": "other"}}},
        "deployment",
        "other",
        word="selector",
    ),
    Touch("Service type", S, {"spec": {"type": "NodePort"}}, "spec.type", "NodePort", word="type"),
    Touch("Service affinity", S, {"spec": {"sessionAffinity": "ClientIP"}}, "sessionAffinity", "ClientIP", facts=EITHER),
    Touch(
        "Service unready addresses",
        S,
        {"spec": {"publishNotReadyAddresses": True}},
        "publishNotReadyAddresses",
        "true",
        facts=EITHER,
    ),
    Touch("Service external IPs", S, {"spec": {"externalIPs": ["192.0.2.7"]}}, "externalIPs", "192.0.2.7", facts=EITHER),
    Touch(
        "Service traffic policy", S, {"spec": {"internalTrafficPolicy": "Local"}}, "internalTrafficPolicy", "Local", facts=EITHER
    ),
    Touch("label added to the Service", S, LABEL, "labels.team", "blue", UNMANAGED),
    Touch("annotation on the Service", S, NOTE, "example.com/note", "mine", UNMANAGED, word="note"),
    Touch("NetworkPolicy rule emptied", N, {"spec": {"ingress": []}}, "ingress", "", fast=True),
    Touch("NetworkPolicy rule added", N, {"spec": {"egress": [{"ports": [{"port": 53}]}]}}, "egress", "53", facts=EITHER),
    Touch("NetworkPolicy selector, key added", N, {"spec": {"podSelector": {"matchLabels": {"tier": "gold"}}}}, "tier", "gold"),
    Touch("label added to the NetworkPolicy", N, LABEL, "labels.team", "blue", UNMANAGED),
    Touch("PDB budget", P, {"spec": {"maxUnavailable": 2}}, "maxUnavailable", "2", facts=EITHER),
    Touch(
        "PDB unhealthy policy",
        P,
        {"spec": {"unhealthyPodEvictionPolicy": "IfHealthyBudget"}},
        "EvictionPolicy",
        "IfHealthyBudget",
        EITHER,
    ),
    Touch("PDB selector, key added", P, {"spec": {"selector": {"matchLabels": {"tier": "gold"}}}}, "tier", "gold", facts=EITHER),
    Touch("label added to the PDB", P, LABEL, "labels.team", "blue", UNMANAGED),
    Touch("HPA maximum", H, {"spec": {"maxReplicas": 7}}, "maxReplicas", "7", scaled=True),
    Touch("HPA minimum", H, {"spec": {"minReplicas": 2}}, "minReplicas", "2", scaled=True),
    Touch(
        "HPA behaviour",
        H,
        {"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 9}}}},
        "stabilizationWindowSeconds",
        "9",
        facts=EITHER,
        scaled=True,
    ),
    Touch("label added to the HPA", H, LABEL, "labels.team", "blue", UNMANAGED, scaled=True),
)


def deploy(scene: Scene, *, scaled: bool = False) -> None:
    """Make the deployment that hands touch: two replicas, one of it with an autoscaler that has nothing to measure."""
    if scaled:
        scaling = {"maxReplicas": 3, "metrics": [{"metric": "cpu", "summary": "average", "value": 80}]}
        resources = {"machineType": "C4", "replicas": 1, "ports": [8000], "autoscaling": scaling}
        scene.deploy("auto", resources=resources)
    else:
        scene.deploy("web", replicas=2)


def _happen(touch: Touch) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        deploy(scene, scaled=touch.scaled)
        manager = MANAGERS[scene.user]
        how = "strategic" if touch.object == D else "merge"
        typed = (
            "patch",
            touch.object,
            scene.workload,
            f"--type={how}",
            "-p",
            json.dumps(touch.patch),
            f"--field-manager={manager}",
        )
        began, ended = scene.during(lambda: scene.hand(*typed))
        return Truth(
            touch.facts,
            began,
            ended,
            about=f'"kind": "{touch.object}"',
            holds=(touch.path,),
            user=scene.user,
            manager=manager,
            values=(touch.now,) if touch.now else (),
            words=(touch.object, touch.word or touch.path.rpartition(".")[2]),
            event=touch.event,
        )

    return happen


def _taken_back(patch: Any) -> Any:  # noqa: ANN401 (as Kubernetes has it)
    """Give the patch that takes what another added away again."""
    if isinstance(patch, Mapping):
        fields = cast("Mapping[str, Any]", patch)
        return {key: value if key == "name" else _taken_back(value) for key, value in fields.items()}
    listed = cast("list[Mapping[str, Any] | str]", patch) if isinstance(patch, list) else []
    elements = [each for each in listed if not isinstance(each, str)]
    if elements and "image" not in elements[0] and elements[0].keys() & {"value"}:
        return [{"name": each["name"], "$patch": "delete"} for each in elements]
    if elements and "name" in elements[0]:
        return [_taken_back(each) for each in elements]
    return None


def _undo(touch: Touch) -> Callable[[Scene], None]:
    def undo(scene: Scene) -> None:
        if touch.facts != DRIFT:
            time.sleep(1.5)  # the product may put it right by itself
            patch, how = json.dumps(_taken_back(touch.patch)), "strategic" if touch.object == D else "merge"
            manager = MANAGERS[scene.user]
            typed = ("patch", touch.object, scene.workload, f"--type={how}", "-p", patch, f"--field-manager={manager}")
            quietly(lambda: scene.hand(*typed))
        if touch.object == D:
            scene.healthy(40)

    return undo


def _theme(touch: Touch) -> str:
    """Give the deployment that is touched: one of its own for marks of a Deployment.

    More than 60 changes of one object in ten minutes flap: they are looked at each 15 s, and what came and went is not seen.
    """
    marks = "-marks" if touch.object == D and [*touch.patch] == ["metadata"] else ""
    return f"hands-{touch.object.lower()[:6]}{marks}"


KINDS = tuple(Kind(f"foreign: {touch.name}", _theme(touch), _happen(touch), _undo(touch), fast=touch.fast) for touch in TOUCHES)
