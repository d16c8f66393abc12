"""A pod's JSON as an observation."""

from adapters.observations.departures import departure
from adapters.observations.objects import deleting, label, ref, resource_version, uid
from adapters.observations.pod_specs import pod_spec_seen
from adapters.observations.tolerant import Tree, at, branch, branches, count, number, text, time, truth
from domain.objects import Kind
from domain.observations import ContainerSeen, Exit, PodSeen, Running, Waiting

_APPLICATION = "app"


def pod_seen(obj: Tree) -> PodSeen:
    """Read a pod. Its application's container is the one called `app`, else the first."""
    scheduled, ready = _condition(obj, "PodScheduled"), _condition(obj, "Ready")
    is_ready = text(ready, "status") == "True"
    return PodSeen(
        ref=ref(Kind.POD.value, obj),
        uid=uid(obj),
        resource_version=resource_version(obj),
        deployment=label(obj, "deployment"),
        incarnation=count(label(obj, "incarnation")),
        template=label(obj, "template"),
        created_at=time(obj, "metadata", "creationTimestamp"),
        node=text(obj, "spec", "nodeName"),
        phase=text(obj, "status", "phase"),
        scheduled=text(scheduled, "status") == "True",
        unschedulable=text(scheduled, "message") if text(scheduled, "reason") == "Unschedulable" else "",
        ready=is_ready,
        ready_since=time(ready, "lastTransitionTime") if is_ready else None,
        not_ready_reason="" if is_ready else text(ready, "reason"),
        container=_container(obj),
        deleting=deleting(obj),
        status_reason=text(obj, "status", "reason"),
        status_message=text(obj, "status", "message"),
        manager=next((text(one, "manager") for one in branches(obj, "metadata", "managedFields")), ""),
        departure=departure(obj),
        spec=pod_spec_seen(obj),
    )


def _condition(obj: Tree, kind: str) -> Tree:
    nothing: Tree = {}
    return next((c for c in branches(obj, "status", "conditions") if text(c, "type") == kind), nothing)


def _container(obj: Tree) -> ContainerSeen | None:
    seen = list(branches(obj, "status", "containerStatuses"))
    if not seen:
        return None
    status = next((s for s in seen if text(s, "name") == _APPLICATION), seen[0])
    return ContainerSeen(
        container_id=text(status, "containerID"),
        image=text(status, "image"),
        digest=_digest(text(status, "imageID")),
        started=truth(status, "started"),
        ready=truth(status, "ready"),
        restarts=number(status, "restartCount"),
        state=_state(branch(status, "state")),
        last_exit=_exit(branch(status, "lastState", "terminated")) if at(status, "lastState", "terminated") else None,
    )


def _digest(image_id: str) -> str:
    # Without a repository the digest is that of the image's configuration, which no registry knows.
    _, _, digest = image_id.rpartition("@")
    return digest if digest != image_id and digest.startswith("sha256:") else ""


def _state(state: Tree) -> Waiting | Running | Exit:
    if at(state, "running") is not None:
        return Running(time(state, "running", "startedAt"))
    if at(state, "terminated") is not None:
        return _exit(branch(state, "terminated"))
    return Waiting(text(state, "waiting", "reason"), text(state, "waiting", "message"))


def _exit(ended: Tree) -> Exit:
    return Exit(
        code=number(ended, "exitCode"),
        signal=number(ended, "signal"),
        reason=text(ended, "reason"),
        message=text(ended, "message"),
        started_at=time(ended, "startedAt"),
        finished_at=time(ended, "finishedAt"),
    )
