"""What the relay in a simulated replica tells: since when it runs, and that nobody has asked for anything."""

from datetime import datetime

from adapters.simulator.kubelet import Kubelet
from adapters.simulator.validation import missing
from domain.errors import Unreachable
from domain.objects import ObjectRef

_TEXT = """\
# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.
# TYPE process_start_time_seconds gauge
process_start_time_seconds {began}
"""


def relayed(kubelet: Kubelet, pod: ObjectRef, port: int) -> str:
    """Give a replica's figures in Prometheus' text form; refuses as the API server does."""
    found = kubelet.store.get("Pod", pod.namespace, pod.name)
    if found is None:
        raise missing("Pod", pod.name)
    run = kubelet.runs.get(found["metadata"]["uid"])
    listening = {one["containerPort"] for box in found["spec"]["containers"] for one in box.get("ports") or ()}
    if run is None or run.state != "running" or port not in listening:
        raise Unreachable(f"error trying to reach service: dial tcp {pod.name}:{port}: connect: connection refused")
    return _TEXT.format(began=datetime.fromisoformat(run.began_at).timestamp())
