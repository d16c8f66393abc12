"""A pod's status, as the kubelet writes it: pure functions of what the kubelet knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from adapters.simulator.schema import Object

State = Literal["waiting", "running", "ended"]


@dataclass(slots=True)
class PodRun:
    """One pod's life on its node. Each change of what runs is a new `life`: steps noted for an older one are void."""

    uid: str
    namespace: str
    name: str
    ip: str
    life: int = 0
    state: State = "waiting"
    reason: str = "ContainerCreating"
    message: str = ""
    container_id: str = ""
    image_id: str = ""
    began: float = 0.0
    began_at: str = ""
    started: bool = False
    ready: bool = False
    restarts: int = 0
    begun: int = 0
    """How many containers were started in this pod."""
    exit: dict[str, Any] | None = None
    last: dict[str, Any] | None = None
    crash_delay: float = 0.0
    pull_delay: float = 0.0
    leaving: bool = False
    successes: dict[str, int] = field(default_factory=dict[str, int])
    failures: dict[str, int] = field(default_factory=dict[str, int])
    answers: dict[str, str] = field(default_factory=dict[str, str])
    """What this pod answers to probes whatever its image says: probe to the kubelet's words; empty for success."""
    lines: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    earlier: list[tuple[float, str]] | None = None

    def print(self, at: float, line: str) -> None:
        """Add a line to the container's output; of a long one the newest lines are kept."""
        self.lines.append((at, line))
        if len(self.lines) > 400:
            del self.lines[:200]


def condition(kind: str, status: str, stamp: str, *, reason: str = "", message: str = "") -> dict[str, Any]:
    """Write a condition of a pod."""
    words = {name: text for name, text in (("reason", reason), ("message", message)) if text}
    return {"type": kind, "status": status, "lastProbeTime": None, "lastTransitionTime": stamp, **words}


def with_condition(  # noqa: PLR0913 (a condition has that many parts)
    status: Mapping[str, Any], kind: str, value: str, stamp: str, *, reason: str = "", message: str = ""
) -> dict[str, Any]:
    """Give the status with one condition set; the time of transition moves only when the value does."""
    old: Sequence[dict[str, Any]] = status.get("conditions") or ()
    new = condition(kind, value, stamp, reason=reason, message=message)
    return {**status, "conditions": [*(c for c in old if c["type"] != kind), _settled(new, old)]}


def _settled(new: dict[str, Any], old: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    for one in old:
        if one["type"] == new["type"] and one["status"] == new["status"]:
            return {**new, "lastTransitionTime": one["lastTransitionTime"]}
    return new


def status_of(pod: Object, run: PodRun, stamp: str) -> dict[str, Any]:
    """Give the whole status of a pod that its node has taken in."""
    old: Mapping[str, Any] = pod["status"]
    container = pod["spec"]["containers"][0]["name"]
    ready = "True" if run.ready else "False"
    why = {} if run.ready else {"reason": "ContainersNotReady", "message": f"containers with unready status: [{container}]"}
    conditions = [
        condition("PodReadyToStartContainers", "True", stamp),
        condition("Initialized", "True", stamp),
        condition("Ready", ready, stamp, **why),
        condition("ContainersReady", ready, stamp, **why),
        condition("PodScheduled", "True", stamp),
    ]
    before = old.get("conditions") or ()
    return {
        "phase": _phase(run, once=pod["spec"].get("restartPolicy") == "Never"),
        "observedGeneration": pod["metadata"].get("generation", 1),
        "conditions": [*(_settled(one, before) for one in conditions), *(c for c in before if c["type"] == "DisruptionTarget")],
        "hostIP": "10.200.0.1",
        "hostIPs": [{"ip": "10.200.0.1"}],
        "podIP": run.ip,
        "podIPs": [{"ip": run.ip}],
        "startTime": old.get("startTime", stamp),
        "containerStatuses": [_container(pod["spec"]["containers"][0], run)],
        "qosClass": old.get("qosClass", "Burstable"),
    }


def _phase(run: PodRun, *, once: bool) -> str:
    if (run.leaving or once) and run.state == "ended" and run.exit:
        return "Failed" if run.exit["exitCode"] else "Succeeded"
    return "Running" if run.begun else "Pending"


def _container(spec: Mapping[str, Any], run: PodRun) -> dict[str, Any]:
    status: dict[str, Any] = {
        "name": spec["name"],
        "image": spec["image"],
        "imageID": run.image_id,
        "ready": run.ready,
        "started": run.started,
        "restartCount": run.restarts,
        "state": _state(run),
        "lastState": {"terminated": run.last} if run.last else {},
    }
    return {**status, "containerID": run.container_id} if run.container_id else status


def _state(run: PodRun) -> dict[str, Any]:
    match run.state:
        case "running":
            return {"running": {"startedAt": run.began_at}}
        case "ended":
            return {"terminated": run.exit}
        case _:
            words = {"message": run.message} if run.message else {}
            return {"waiting": {"reason": run.reason, **words}}
