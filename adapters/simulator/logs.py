"""What a simulated replica's container has printed."""

from collections.abc import Callable, Iterator
from threading import Condition

from adapters.simulator.kubelet import Kubelet
from adapters.simulator.pod_status import PodRun
from adapters.simulator.validation import missing, rejected
from domain.objects import ObjectRef


def run_of(kubelet: Kubelet, pod: ObjectRef) -> PodRun:
    """Give the run of a pod; refuses as the API server does."""
    found = kubelet.store.get("Pod", pod.namespace, pod.name)
    if found is None:
        raise missing("Pod", pod.name)
    run = kubelet.runs.get(found["metadata"]["uid"])
    if run is None or not run.begun:
        container = found["spec"]["containers"][0]["name"]
        why = run.reason if run else "ContainerCreating"
        raise rejected(400, "BadRequest", f'container "{container}" in pod "{pod.name}" is waiting to start: {why}')
    return run


def printed(kubelet: Kubelet, pod: ObjectRef, *, previous: bool, since: int | None, tail: int | None) -> list[str]:
    """Give the lines so far."""
    run = run_of(kubelet, pod)
    if previous and run.earlier is None:
        raise rejected(400, "BadRequest", f'previous terminated container in pod "{pod.name}" not found')
    lines = run.earlier or [] if previous else run.lines
    oldest = kubelet.store.agenda.elapsed - since if since is not None else 0.0
    texts = [text for at, text in lines if at >= oldest]
    return texts if tail is None else texts[max(0, len(texts) - tail) :]


def following(kubelet: Kubelet, pod: ObjectRef, changed: Condition, going: Callable[[], bool]) -> Iterator[str]:
    """Give each new line until the container ends or the cluster stops."""
    with changed:
        run = run_of(kubelet, pod)
        life, seen = run.begun, run.lines[-1][0] if run.lines else -1.0
    while going():
        with changed:
            fresh = [text for at, text in run.lines if at > seen]
            seen = run.lines[-1][0] if run.lines else seen
            over = run.begun != life or run.state != "running"
        yield from fresh
        if over:
            return
        with changed:
            changed.wait(1.0)
