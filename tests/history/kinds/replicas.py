"""What happens to replicas by themselves: exits, kills, checks. The truth is the kubelet's: the pod's own status."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.e2e.house import until
from tests.history.scene import Scene, now, wait
from tests.history.truth import Kind, Truth

SUBMITTER, SUBMITTED = ("root",), "submitted version"
"""Who submitted what cannot but end, fail or start so: with `why` their version may stand at the end."""
QUICK = {"port": 8000, "periodSeconds": 1, "timeoutSeconds": 1}
PASSES = {"path": "/startup", "failureThreshold": 60, **QUICK}


def container(pod: dict[str, Any]) -> dict[str, Any]:
    """Give what the kubelet says of the application's container."""
    found: list[dict[str, Any]] = pod["status"].get("containerStatuses", [])
    return found[0] if found else {}


def ended(scene: Scene) -> dict[str, Any]:
    """Wait until the kubelet says how a container ended, and give that."""

    def look() -> dict[str, Any]:
        for pod in scene.pods():
            status = container(pod)
            for state in (status.get("lastState", {}), status.get("state", {})):
                if "terminated" in state:
                    found: dict[str, Any] = state["terminated"]
                    return found
        return {}

    return until(look, 180)


def truth_of_end(
    scene: Scene, cause: tuple[str, ...], unknown: str = "", event: tuple[str, ...] = ("back",), also: tuple[str, ...] = ()
) -> Truth:
    """Give the truth of a container's end, from the kubelet's own status."""
    state = ended(scene)
    at = datetime.fromisoformat(state["finishedAt"])
    code = f'"exit_code": {state["exitCode"]}'
    values = (code, state["reason"])
    return Truth(
        ("Restarted", "ReplicaEnded"),
        at,
        at,
        holds=(code,),
        cause=cause,
        also=also,
        unknown=unknown,
        values=values,
        words=("start",),
        event=event,
        slack=3,
    )


def _exit(code: int, cause: tuple[str, ...]) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        scene.deploy(f"exit-{code}", wait=False, healthChecks=None, env=[{"name": "EXIT_CODE", "value": str(code)}])
        return truth_of_end(scene, (*cause, SUBMITTED), also=SUBMITTER)

    return happen


def _loop(scene: Scene) -> Truth:
    began = now()
    scene.deploy("loops", wait=False, healthChecks=None, env=[{"name": "EXIT_CODE", "value": "3"}])
    until(lambda: any("CrashLoopBackOff" in str(container(pod)) for pod in scene.pods()), 60)
    return Truth(
        ("ReplicaWaiting",),
        began,
        now(),
        holds=("CrashLoopBackOff",),
        cause=("exit code 3", "by itself", "ended"),
        also=SUBMITTER,
        words=("CrashLoop",),
        event=("back-off",),
    )


def _process(pod: dict[str, Any]) -> int:
    """Find the application's process on this machine by the pod's uid in its control group."""
    uid = pod["metadata"]["uid"]
    for group in Path("/proc").glob("[0-9]*/cgroup"):
        try:
            inside = uid in group.read_text().replace("_", "-")
            if inside and "probe-app" in (group.parent / "cmdline").read_text():
                return int(group.parent.name)
        except OSError:
            continue
    return 0


def _killed(scene: Scene) -> Truth:
    scene.deploy("killed", healthChecks=None)
    pid = until(lambda: _process(until(scene.ready_pods, 60)[0]), 20)
    os.kill(pid, signal.SIGKILL)
    return truth_of_end(scene, ("kill", "signal 9", "137"), "who sent the signal is known to the node's kernel alone")


def _memory(scene: Scene) -> Truth:
    scene.deploy("oom", healthChecks=None)
    with suppress(OSError):  # it is killed before it can answer
        scene.app("hold/400")
    return truth_of_end(scene, ("OOM", "memory"))


def _checks(
    name: str, kind: str, check: dict[str, Any], message: tuple[str, ...], event: tuple[str, ...]
) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        began = now()
        whole = {**QUICK, "failureThreshold": 3, **check}
        if "exec" in whole:
            whole.pop("port")
        scene.deploy(name, wait=False, healthChecks={kind: whole})
        found = until(lambda: _unhealthy(scene, message), 60)
        return Truth(
            ("ProbeFailed", "ReplicaUnsteady", "ReplicaWarned"),
            began,
            now(),
            holds=(kind, message[0]),
            also=SUBMITTER,
            values=(found,),
            words=(kind,),
            event=event,
        )

    return happen


def _unhealthy(scene: Scene, words: tuple[str, ...]) -> str:
    """Give the kubelet's own words about a check that failed, without which check it was."""
    for event in scene.see("get", "events", "--field-selector=reason=Unhealthy")["items"]:
        said: str = event["message"]
        if scene.name in event["involvedObject"]["name"] and all(word.lower() in said.lower() for word in words):
            return said.partition(": ")[2][:120]
    return ""


def _unready(scene: Scene) -> Truth:
    scene.deploy("probed")
    began, _ = scene.during(lambda: scene.app("set/readiness/false"))
    until(lambda: not scene.ready_pods(), 30)
    return Truth(("BecameUnready",), began, now(), cause=("readiness",), words=("not ready",), event=("no-such-event",))


def _heal(scene: Scene) -> None:
    scene.app("set/readiness/true", scene.pods()[0])
    until(scene.ready_pods, 30)


def _ready(scene: Scene) -> Truth:
    scene.deploy("probed")
    scene.app("set/readiness/false")
    until(lambda: not scene.ready_pods(), 30)
    began, _ = scene.during(lambda: scene.app("set/readiness/true", scene.pods()[0]))
    until(scene.ready_pods, 30)
    return Truth(("BecameReady",), began, now(), words=("ready",))


def _once(scene: Scene) -> Truth:
    checks = {"readiness": {"path": "/readiness", "failureThreshold": 30, **QUICK}}
    scene.deploy("patient", healthChecks=checks)
    began, _ = scene.during(lambda: scene.app("set/readiness/false"))
    until(lambda: _unhealthy(scene, ("503",)), 30)
    scene.app("set/readiness/true", scene.pods()[0])
    return Truth(
        ("ProbeFailed",),
        began,
        now(),
        holds=("readiness", "503"),
        values=("503",),
        words=("readiness",),
        event=("readiness", "503"),
    )


def _flapping(scene: Scene) -> Truth:
    scene.deploy("probed")
    began = now()
    for _ in range(6):
        scene.app("set/readiness/false", scene.pods()[0])
        wait(lambda: not scene.ready_pods(), 15)
        scene.app("set/readiness/true", scene.pods()[0])
        wait(scene.ready_pods, 15)
    return Truth(
        ("BecameUnready", "ReplicaUnsteady"), began, now(), cause=("readiness",), words=("ready",), event=("readiness", "503")
    )


def _restart_by(kind: str) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        if kind == "liveness":
            scene.deploy("alive", healthChecks={"liveness": {"path": "/liveness", "failureThreshold": 2, **QUICK}})
            scene.app("set/liveness/false")
        else:
            scene.deploy(
                "never",
                wait=False,
                env=[{"name": "STARTUP_NEVER", "value": "1"}],
                healthChecks={"startup": {**PASSES, "failureThreshold": 3}},
            )
        return truth_of_end(scene, (kind,), event=(kind, "restarted"), also=SUBMITTER if kind == "startup" else ())

    return happen


def _left(name: str, drains: str, grace: str, code: int, words: tuple[str, ...]) -> Callable[[Scene], Truth]:
    """Let a replica be stopped by an order, and see how its container ends."""

    def happen(scene: Scene) -> Truth:
        scene.deploy(name, healthChecks=None, env=[{"name": "DRAIN_SECONDS", "value": drains}])
        pod = scene.pod()
        began = now()
        if grace:
            scene.hand("delete", "pod", pod, f"--grace-period={grace}", "--wait=false")
        else:
            scene.order("stop", name, "--yes", "--detach")
        wait(lambda: pod not in str(scene.see("get", "pods")), 60, 0.5)
        return Truth(
            ("ReplicaEnded",),
            began,
            now() + timedelta(seconds=1),
            about=pod,
            holds=(f'"exit_code": {code}',),
            user="",
            words=words,
            cause=(scene.user,) if grace else ("dora",),
            also=(scene.user,) if grace else ("dora", "root"),
        )

    return happen


def _started_up(scene: Scene) -> Truth:
    scene.deploy("starts", wait=False, env=[{"name": "START_SECONDS", "value": "4"}], healthChecks={"startup": PASSES})
    until(lambda: any(container(pod).get("started") for pod in scene.pods()), 60)
    at = until(lambda: _started_at(scene), 20) or now()
    return Truth(("StartupPassed",), at + timedelta(seconds=4), now(), words=("started",), also=SUBMITTER)


def _started_at(scene: Scene) -> datetime | None:
    at = next((container(pod)["state"].get("running", {}).get("startedAt") for pod in scene.pods()), None)
    return datetime.fromisoformat(at) if at else None


def _pulled(scene: Scene) -> Truth:
    began = now()
    scene.deploy("pulls", image=scene.lab.probe_app(f"pull-{time.time_ns()}").ref, healthChecks=None)
    digest = container(until(scene.ready_pods, 60)[0])["imageID"].rpartition("@")[2]
    return Truth(
        ("ImagePulled",), began, now(), cause=("root",), also=("root",), values=(digest,), words=("image",), event=("pulled",)
    )


KINDS = (
    Kind("exit 0", "exits", _exit(0, ("by itself", "completed")), patience=30, fast=True),
    Kind("exit 1", "exits", _exit(1, ("by itself", "exit code 1", "crashed")), patience=30, fast=True),
    Kind("exit 143 by itself", "exits", _exit(143, ("by itself", "exit code 143", "crashed")), patience=30),
    Kind("killed by a signal", "exits", _killed, patience=30),
    Kind("OOMKilled", "exits", _memory, patience=30, fast=True),
    Kind("CrashLoopBackOff", "exits", _loop, patience=30),
    Kind("exit code of a stopped replica", "exits", _left("drains", "1", "", 0, ("0",)), patience=15),
    Kind("SIGKILL after the grace period", "exits", _left("stubborn", "60", "3", 137, ("grace",)), patience=15),
    Kind("image pulled", "exits", _pulled),
    Kind("check: unready", "checks", _unready, _heal),
    Kind("check: ready again", "checks", _ready, fast=True),
    Kind("check: fails once, below the threshold", "checks", _once),
    Kind("check: flapping x6", "checks", _flapping),
    Kind("check: liveness restarts", "checks", _restart_by("liveness"), patience=30, fast=True),
    Kind("check: startup restarts", "checks", _restart_by("startup"), patience=30),
    Kind("check: startup passes", "checks", _started_up),
    Kind(
        "check: times out",
        "checks",
        _checks("late", "readiness", {"path": "/slow/5000"}, ("exceeded",), ("readiness", "exceeded")),
    ),
    Kind(
        "check: connection refused",
        "checks",
        _checks("refuses", "readiness", {"path": "/", "port": 8001}, ("refused",), ("readiness", "refused")),
    ),
    Kind(
        "check: wrong status", "checks", _checks("status", "readiness", {"path": "/no/such/path"}, ("404",), ("readiness", "404"))
    ),
    Kind(
        "check: command fails",
        "checks",
        _checks(
            "command",
            "readiness",
            {"exec": {"command": ["/probe-app", "check", "http://127.0.0.1:1/"]}},
            ("readiness",),
            ("readiness", "refused"),
        ),
    ),
    Kind(
        "check: no such command",
        "checks",
        _checks("nocommand", "readiness", {"exec": {"command": ["/no/such"]}}, ("no such file",), ("readiness", "no such file")),
    ),
)
