"""Faults of the engine and of the API server: what could not be seen must be told as that."""

import json
import time
from collections.abc import Callable

from tests.history.scene import Scene, now
from tests.history.truth import Kind, Truth


def _killed(scene: Scene) -> Truth:
    scene.deploy("web", replicas=2)
    began = now()
    scene.site.engines[-1].kill()
    time.sleep(5)
    scene.site.new_engine()
    # The next one leads when the lease of the one that was killed has run out.
    return Truth(("TookLead", "ObservationGap"), began, now(), slack=10, cause=("engine", "lead"), words=("engine",))


def _frozen(scene: Scene) -> Truth:
    scene.deploy("web", replicas=2)
    began = now()
    scene.site.engines[-1].freeze()
    time.sleep(25)
    scene.site.engines[-1].thaw()
    return Truth(("TookLead", "ObservationGap", "ApiServerUnheard"), began, now(), slack=15, words=())


def _away(name: str, act: Callable[[Scene], None], fact: tuple[str, ...], about: str, holds: str, word: str) -> Kind:  # noqa: PLR0917 (a row of the table below)
    """Something done by hand while no engine runs: told once one is back, with the time when it happened."""

    def happen(scene: Scene) -> Truth:
        scene.deploy("web", replicas=2)
        scene.site.engines[-1].kill()
        began, ended = scene.during(lambda: act(scene))
        time.sleep(8)
        scene.site.new_engine()
        return Truth(
            fact,
            began,
            ended,
            about=about or scene.kept.get("pod", ""),
            holds=(holds,) if holds else (),
            user=scene.user,
            words=(word,),
        )

    return Kind(f"engine away: {name}", "faults", happen, lambda scene: scene.healthy(), patience=20, alone=True)


def _scale(scene: Scene) -> None:
    scene.hand("scale", f"deployment/{scene.workload}", "--replicas=3")


def _env(scene: Scene) -> None:
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "app", "env": [{"name": "GREETING", "value": "away"}]}]}}}}
    scene.hand("patch", f"deployment/{scene.workload}", "-p", json.dumps(patch))


def _selector(scene: Scene) -> None:
    scene.hand("patch", "service", scene.workload, "--type=merge", "-p", '{"spec":{"selector":{"tier":"away"}}}')


def _delete(kind: str) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        scene.hand("delete", kind, scene.workload, "--wait=false")

    return act


def _pod(scene: Scene) -> None:
    scene.kept["pod"] = scene.pod()
    scene.hand("delete", "pod", scene.kept["pod"], "--wait=false")


def _space(scene: Scene) -> None:
    scene.hand("label", "namespace", scene.namespace, "away=yes", "--overwrite")


def _unheard(scene: Scene) -> Truth:
    scene.deploy("web", replicas=2)
    began = now()
    scene.lab.stop_apiserver()
    time.sleep(20)
    scene.lab.start_apiserver()
    return Truth(
        ("ApiServerUnheard", "ObservationGap"),
        began,
        now(),
        cause=("API server", "refused", "connect"),
        words=("API server",),
        slack=15,
    )


def _compacted(scene: Scene) -> Truth:
    scene.deploy("web", replicas=2)
    scene.lab.compact()
    time.sleep(3)
    began, ended = scene.during(lambda: _scale(scene))
    return Truth(
        ("Drifted",),
        began,
        ended,
        about='"kind": "Deployment"',
        holds=("spec.replicas",),
        user=scene.user,
        manager="kubectl",
        words=("replicas",),
        event=("scaled up",),
    )


GONE = ("ObjectVanished", "RequestWitnessed")
"""When it was deleted, only the API server's audit log knows; that it is gone, each tells."""
KINDS = (
    Kind("engine killed and started again", "faults", _killed, patience=20, alone=True),
    Kind("engine frozen 25 s", "faults", _frozen, patience=30, alone=True),
    _away("replicas changed", _scale, ("Drifted",), '"kind": "Deployment"', "spec.replicas", "replicas"),
    _away("env changed", _env, ("Drifted",), '"kind": "Deployment"', "GREETING", "greeting"),
    _away("selector changed", _selector, ("Drifted",), '"kind": "Service"', "selector.tier", "selector"),
    _away("Service deleted", _delete("service"), GONE, '"kind": "Service"', "", "Service"),
    _away(
        "NetworkPolicy deleted",
        _delete("networkpolicy"),
        ("ObjectVanished", "RequestWitnessed"),
        '"kind": "NetworkPolicy"',
        "",
        "NetworkPolicy",
    ),
    _away("pod deleted", _pod, ("ReplicaGone", "ReplicaLeaving", "RequestWitnessed"), "", "", ""),
    _away("namespace labelled", _space, ("NamespaceChanged",), "Namespace", "away", "away"),
    Kind("API server away 20 s", "faults", _unheard, lambda scene: scene.healthy(), patience=40, alone=True),
    Kind("watch cut by compaction", "faults", _compacted, lambda scene: scene.healthy(), patience=30, alone=True),
)
