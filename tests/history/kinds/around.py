"""What surrounds a deployment: quotas, limits, admission, Pod Security, Secrets, the namespace, where it can be scheduled."""

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.e2e.house import until
from tests.history.kinds.hands import MANAGERS
from tests.history.scene import Scene, now, quietly
from tests.history.truth import Kind, Truth

REFUSED = ("ReplicasRefused", "Failed")
ORDERED = ("dora", "root")
"""Who ordered the scaling that was refused, and who typed it."""
MACHINES = {
    "reserve": {"cpu": "0%", "memory": "0%"},
    "machines": {
        "C4": {"cpu": "20m", "memory": "96Mi"},
        "CPUS": {"cpu": "64", "memory": "96Mi"},
        "MEMORY": {"cpu": "20m", "memory": "4096Gi"},
    },
}


def _refuses(
    name: str, refusing: Callable[[Scene], dict[str, Any]], words: tuple[str, ...], event: tuple[str, ...]
) -> tuple[Kind, ...]:
    """Something in the namespace refuses new pods: seen when one is wanted; and healed when it is taken away."""
    kept = f"refuses-{name}"

    def happen(scene: Scene) -> Truth:
        scene.deploy(name, healthChecks=None)
        scene.kept[kept] = made = refusing(scene)
        scene.hand("create", "-f", "-", text=json.dumps(made))
        time.sleep(1.5)
        began = now()
        scene.order("scale", name, "2", "--detach")
        until(lambda: _refusal(scene, words), 40)
        return Truth(
            ("ReplicasRefused",),
            began,
            now(),
            holds=words,
            cause=(*words, "dora"),
            also=ORDERED,
            values=words,
            words=words[:1],
            event=event,
        )

    def undo(scene: Scene) -> None:
        made = scene.kept[kept]
        quietly(lambda: scene.hand("delete", made["kind"], made["metadata"]["name"]))
        scene.order("scale", name, "1", "--detach")

    return (Kind(f"pods refused: {name}", f"refused-{name}", happen, undo, patience=20),)


def _refusal(scene: Scene, words: tuple[str, ...]) -> bool:
    found = scene.see("get", "events", "--field-selector=reason=FailedCreate")["items"]
    return any(all(word in event["message"] for word in words) for event in found)


def _quota(_: Scene) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "tight"}, "spec": {"hard": {"pods": "1"}}}


def _limit(scene: Scene) -> dict[str, Any]:
    limits = [{"type": "Container", "max": {"memory": "90Mi"}}]
    return {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small"}, "spec": {"limits": limits}}


def _defaults(scene: Scene) -> Truth:
    scene.deploy("defaults", healthChecks=None)
    limits = [{"type": "Container", "default": {"ephemeral-storage": "1Gi"}, "defaultRequest": {"ephemeral-storage": "1Mi"}}]
    whole = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "gives"}, "spec": {"limits": limits}}
    scene.hand("create", "-f", "-", text=json.dumps(whole))
    time.sleep(1.5)
    began = now()
    scene.hand("delete", "pod", scene.pod(), "--wait=false")
    until(lambda: "ephemeral-storage" in json.dumps(scene.pods()), 30)
    return Truth(
        ("ReplicaAdmitted", "AdmissionChanged"),
        began,
        now(),
        holds=("ephemeral-storage",),
        cause=("LimitRange", "admission"),
        words=("ephemeral-storage",),
        values=("1Gi",),
    )


def _undo_defaults(scene: Scene) -> None:
    scene.hand("delete", "limitrange", "gives")


def _security(scene: Scene) -> Truth:
    scene.deploy("secured", healthChecks=None)
    scene.order("hold", "secured", "--reason", "another's try")
    patch = {
        "spec": {
            "template": {
                "spec": {
                    "containers": [{"name": "app", "securityContext": {"privileged": True, "allowPrivilegeEscalation": True}}]
                }
            }
        }
    }
    scene.hand("label", "namespace", scene.namespace, "pod-security.kubernetes.io/enforce=restricted", "--overwrite")
    began = now()
    scene.hand("patch", "deployment", scene.workload, "-p", json.dumps(patch))
    until(lambda: _refusal(scene, ("PodSecurity",)), 40)
    return Truth(
        ("ReplicasRefused",),
        began,
        now(),
        holds=("PodSecurity",),
        cause=("PodSecurity", scene.user),
        also=(scene.user,),
        values=("privileged",),
        words=("PodSecurity",),
        event=("podsecurity",),
    )


def _undo_security(scene: Scene) -> None:
    quietly(lambda: scene.hand("label", "namespace", scene.namespace, "pod-security.kubernetes.io/enforce-"))
    scene.order("resume", "secured", "--yes", "--reason", "seen")


def _space(verb: str, key: str, value: str) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        scene.deploy("web", healthChecks=None)
        manager = MANAGERS[scene.user]
        began, ended = scene.during(
            lambda: scene.hand(verb, "namespace", scene.namespace, f"{key}={value}", "--overwrite", f"--field-manager={manager}")
        )
        return Truth(
            ("NamespaceChanged", "Drifted"),
            began,
            ended,
            about=scene.namespace,
            holds=(key, value),
            user=scene.user,
            manager=manager,
            values=(value,),
            words=("namespace", key),
        )

    return happen


def _secret(name: str) -> str:
    return f"secret:{name}"


def _stored(scene: Scene) -> str:
    """Give the name of the Secret object that holds the deployment's secret."""
    if "stored" not in scene.kept:
        scene.order("secret", "set", "TOKEN", text="hush")
        scene.deploy("secretive", healthChecks=None, env=[{"name": "TOKEN", "value": _secret("TOKEN")}])
        found = [one["metadata"]["name"] for one in scene.see("get", "secrets")["items"]]
        scene.kept["stored"] = next(name for name in found if "token" in name.lower())
    scene.name = "secretive"
    return str(scene.kept["stored"])


def _secret_changed(scene: Scene) -> Truth:
    name, manager = _stored(scene), MANAGERS[scene.user]
    typed = ("label", "secret", name, "team=blue", "--overwrite", f"--field-manager={manager}")
    began, ended = scene.during(lambda: scene.hand(*typed))
    return Truth(("SecretChanged",), began, ended, about=name, user=scene.user, manager=manager, words=("Secret",))


def _secret_gone(scene: Scene) -> Truth:
    name = _stored(scene)
    began, ended = scene.during(lambda: scene.hand("delete", "secret", name))
    return Truth(("SecretVanished", "RequestWitnessed"), began, ended, about=name, user=scene.user, words=("Secret",))


def _space_gone(scene: Scene) -> Truth:
    scene.deploy("web", healthChecks=None)
    began, ended = scene.during(
        lambda: scene.lab.kubectl("delete", "namespace", scene.namespace, "--wait=false", user=scene.user)
    )
    return Truth(
        ("NamespaceLeaving", "NamespaceGone"), began, ended, about=scene.namespace, user=scene.user, words=("namespace",)
    )


def _unschedulable(name: str, machine: str, word: str) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        file = scene.house.folder / "machines.yaml"
        file.write_text(json.dumps(MACHINES))
        scene.house.settings["RECKON_CATALOGUE"] = str(file)
        began = now()
        scene.deploy(name, wait=False, healthChecks=None, machineType=machine)
        found = until(lambda: _scheduler(scene), 40)
        return Truth(
            ("ReplicaUnschedulable",),
            began,
            now(),
            holds=(word,),
            cause=(word,),
            also=("root",),
            values=(found[:200],),
            words=(word,),
            event=("failedscheduling", word),
        )

    return happen


def _scheduler(scene: Scene) -> str:
    conditions = (each for pod in scene.pods() for each in pod["status"].get("conditions", ()))
    return next((each["message"] for each in conditions if each["type"] == "PodScheduled" and each["status"] == "False"), "")


def _nowhere(scene: Scene) -> Truth:
    scene.deploy("nowhere", healthChecks=None)
    scene.order("hold", "nowhere", "--reason", "another's try")
    began = now()
    scene.hand("patch", "deployment", scene.workload, "-p", '{"spec":{"template":{"spec":{"nodeSelector":{"disk":"none"}}}}}')
    found = until(lambda: _scheduler(scene), 40)
    return Truth(
        ("ReplicaUnschedulable",),
        began,
        now(),
        holds=("selector",),
        cause=("selector", scene.user),
        also=(scene.user,),
        values=(found[:200],),
        words=("selector",),
        event=("failedscheduling", "selector"),
    )


def _resume(scene: Scene) -> None:
    scene.order("resume", scene.name, "--yes", "--reason", "seen")


def _policy(name: str, kinds: tuple[str, str, str], change: dict[str, Any], *, refuses: bool) -> tuple[dict[str, Any], ...]:
    """Give an admission policy of the cluster and its binding, for this project's namespace."""
    group, version, resource = kinds
    what = "Validating" if refuses else "Mutating"
    api = "admissionregistration.k8s.io/v1"
    rule = {"apiGroups": [group], "apiVersions": [version], "operations": ["CREATE", "UPDATE"], "resources": [resource]}
    spec = {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [rule]}, **change}
    binding: dict[str, Any] = {"policyName": name}
    if refuses:
        binding["validationActions"] = ["Deny"]
    return (
        {"apiVersion": api, "kind": f"{what}AdmissionPolicy", "metadata": {"name": name}, "spec": spec},
        {"apiVersion": api, "kind": f"{what}AdmissionPolicyBinding", "metadata": {"name": name}, "spec": binding},
    )


def _within(scene: Scene, *objects: dict[str, Any]) -> None:
    selector = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": scene.namespace}}}
    for one in objects:
        if one["kind"].endswith("Binding"):
            one["spec"]["matchResources"] = selector
    scene.lab.kubectl(
        "create", "-f", "-", user=scene.user, input=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    )
    time.sleep(3)


def _admission_gone(scene: Scene) -> None:
    for kind in ("Validating", "Mutating"):
        for what in (f"{kind}AdmissionPolicyBinding", f"{kind}AdmissionPolicy"):
            quietly(partial(scene.lab.kubectl, "delete", what, f"h-{scene.theme}", "--ignore-not-found", user="admin"))
    time.sleep(1)


def _denied(scene: Scene) -> Truth:
    scene.deploy("denied", healthChecks=None)
    rule = {"validations": [{"expression": "false", "message": "no more pods today"}]}
    _within(scene, *_policy(f"h-{scene.theme}", ("", "v1", "pods"), rule, refuses=True))
    began = now()
    scene.order("scale", "denied", "2", "--detach")
    until(lambda: _refusal(scene, ("no more pods today",)), 40)
    return Truth(
        ("ReplicasRefused",),
        began,
        now(),
        holds=("no more pods today",),
        cause=("no more pods today", "dora"),
        also=ORDERED,
        values=("no more pods today",),
        words=("no more pods",),
        event=("no more pods today",),
    )


def _write_denied(scene: Scene) -> Truth:
    scene.deploy("denied", healthChecks=None)
    rule = {"validations": [{"expression": "false", "message": "no changes today"}]}
    _within(scene, *_policy(f"h-{scene.theme}", ("apps", "v1", "deployments"), rule, refuses=True))
    began = now()
    scene.order("scale", "denied", "3", "--detach")
    time.sleep(3)
    return Truth(
        ("Failed",),
        began,
        now(),
        holds=("no changes today",),
        cause=("no changes today", "dora"),
        also=ORDERED,
        values=("no changes today",),
        words=("Deployment", "no changes today"),
    )


def _mutated(resource: str) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        scene.deploy("mutated", healthChecks=None)
        inner = (
            "Object.spec{terminationGracePeriodSeconds: 41}"
            if resource == "pods"
            else "Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{terminationGracePeriodSeconds: 41}}}"
        )
        change = {
            "reinvocationPolicy": "Never",
            "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": f"Object{{spec: {inner}}}"}}],
        }
        kinds = ("apps", "v1", "deployments") if resource == "deployments" else ("", "v1", "pods")
        _within(scene, *_policy(f"h-{scene.theme}", kinds, change, refuses=False))
        began = now()
        scene.order("scale", "mutated", "2", "--detach")
        kind = "deployment" if resource == "deployments" else "pods"
        until(lambda: '"terminationGracePeriodSeconds": 41' in json.dumps(scene.see("get", kind)), 40)
        return Truth(
            ("AdmissionChanged",) if resource == "deployments" else ("ReplicaAdmitted",),
            began,
            now(),
            holds=("terminationGracePeriodSeconds",),
            cause=("admission",),
            values=("41",),
            words=("terminationGracePeriodSeconds",),
            also=ORDERED,
        )

    return happen


def _unmutate(scene: Scene) -> None:
    _admission_gone(scene)
    scene.order("scale", "mutated", "1", "--detach")


KINDS = (
    *_refuses("quota", _quota, ("exceeded quota",), ("exceeded quota",)),
    *_refuses("limit", _limit, ("maximum memory usage",), ("maximum memory usage",)),
    Kind("LimitRange fills in defaults", "defaults", _defaults, _undo_defaults),
    Kind("pods refused: Pod Security", "security", _security, _undo_security),
    Kind("pods refused: admission policy", "policies", _denied, _admission_gone, patience=20),
    Kind("our write refused: admission policy", "policies", _write_denied, _admission_gone),
    Kind("admission changes the pod", "mutating", _mutated("pods"), _unmutate),
    Kind("admission changes the Deployment", "mutating", _mutated("deployments"), _unmutate),
    Kind("namespace: label added", "space", _space("label", "team", "blue")),
    Kind("namespace: annotation added", "space", _space("annotate", "example.com/note", "mine")),
    Kind("namespace: our label changed", "space", _space("label", "deadreckon.dev/project", "other")),
    Kind("Secret changed", "secrets", _secret_changed, patience=75),  # each is looked at about once a minute
    Kind("Secret deleted", "secrets", _secret_gone),
    Kind("unschedulable: cpu", "scheduling", _unschedulable("big", "CPUS", "Insufficient cpu")),
    Kind("unschedulable: memory", "scheduling", _unschedulable("wide", "MEMORY", "Insufficient memory")),
    Kind("unschedulable: selector", "scheduling", _nowhere, _resume),
    Kind("namespace deleted", "ending", _space_gone, patience=20),
)
