"""The hollow kubelet: starts, ends and restarts one container a pod, in the real one's order and words.

A pod with several containers runs its first only; the others are not told of.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from adapters.simulator.apps import AppBehaviour, Apps
from adapters.simulator.dice import Dice
from adapters.simulator.fills import fill_behaviour
from adapters.simulator.images import digest_of, repository_of
from adapters.simulator.occurrences import Occurrences
from adapters.simulator.pod_status import PodRun, status_of
from adapters.simulator.schema import Object, tree
from adapters.simulator.store import ObjectStore

FIRST_WORDS = "INFO:     Started server process [1]"
FIRST_DELAY = 10.0
LONGEST_DELAY = 300.0
_FORGIVEN = 600.0
"""A container that ran so long before it ended begins again with the shortest delay."""


@dataclass(slots=True)
class Kubelet:
    """All nodes' kubelets in one. Its steps stand on the agenda under `pod.…`, each with the pod's uid and life."""

    store: ObjectStore
    dice: Dice
    occurrences: Occurrences
    apps: Apps
    runs: dict[str, PodRun] = field(default_factory=dict[str, PodRun])
    present: set[str] = field(default_factory=set[str])
    """Images on nodes: `node|image`."""
    addresses: int = 0

    def pod_of(self, run: PodRun) -> Object | None:
        """Give a run's pod as it stands; None when it is gone or another has its name."""
        pod = self.store.get("Pod", run.namespace, run.name)
        return pod if pod is not None and pod["metadata"]["uid"] == run.uid else None

    def behaviour(self, pod: Object) -> AppBehaviour:
        """Give how a pod's application behaves."""
        return fill_behaviour(pod) or self.apps.of(str(pod["spec"]["containers"][0]["image"]))

    def current(self, uid: str, life: int) -> tuple[PodRun, Object] | None:
        """Give the run and its pod if a step for that life is still meant."""
        run = self.runs.get(uid)
        pod = self.pod_of(run) if run and run.life == life else None
        return (run, pod) if run and pod is not None else None

    def admit(self, namespace: str, name: str) -> None:
        """Take in a pod that was bound to a node."""
        pod = self.store.get("Pod", namespace, name)
        if pod is None or pod["metadata"]["uid"] in self.runs or "deletionTimestamp" in pod["metadata"]:
            return
        self.addresses += 1
        number = self.addresses
        ip = f"10.244.{number // 250 % 250}.{number % 250 + 2}"
        run = self.runs[pod["metadata"]["uid"]] = PodRun(pod["metadata"]["uid"], namespace, name, ip)
        self.write(run)
        self.store.agenda.after(0.0, "pod.pull", run.uid, run.life)

    def create(self, uid: str, life: int) -> None:
        """Make the container, once all that it refers to is there."""
        if not (found := self.current(uid, life)):
            return
        run, pod = found
        if problem := missing_reference(self.store, pod):
            self.say(pod, "Failed", f"Error: {problem}", warning=True)
            self.wait(run, "CreateContainerConfigError", problem)
            self.store.agenda.after(12.0, "pod.create", uid, life)
            return
        self.say(pod, "Created", "Container created")
        self.store.agenda.after(0.2, "pod.start", uid, life)

    def start(self, uid: str, life: int) -> None:
        """Start the container and its probes."""
        if not (found := self.current(uid, life)):
            return
        run, pod = found
        agenda, container = self.store.agenda, pod["spec"]["containers"][0]
        run.restarts += 1 if run.begun else 0
        run.begun += 1
        run.earlier, run.lines = (run.lines if run.begun > 1 else None), []
        run.container_id = f"containerd://{self.dice.uid().replace('-', '')}{self.dice.uid().replace('-', '')}"
        run.image_id = f"{repository_of(str(container['image']))}@{digest_of(str(container['image']))}"
        run.state, run.reason, run.message, run.exit = "running", "", "", None
        run.began, run.began_at = agenda.elapsed, agenda.stamp
        run.started = "startupProbe" not in container
        run.ready = run.started and "readinessProbe" not in container
        run.successes, run.failures = {}, {}
        self.say(pod, "Started", "Container started")
        run.print(agenda.elapsed, FIRST_WORDS if pod["spec"].get("restartPolicy") != "Never" else "filling: 0 bytes, 0 s")
        self.write(run)
        self._expect(run, self.behaviour(pod))

    def _expect(self, run: PodRun, behaviour: AppBehaviour) -> None:
        agenda = self.store.agenda
        agenda.after(behaviour.start_seconds, "pod.serving", run.uid, run.life)
        if behaviour.exits_after is not None:
            agenda.after(behaviour.exits_after, "pod.exit", run.uid, run.life)
        agenda.after(0.0, "pod.probes", run.uid, run.life)

    def exit(self, uid: str, life: int) -> None:
        """Let the application end by itself."""
        if found := self.current(uid, life):
            behaviour = self.behaviour(found[1])
            self.end(uid, life, behaviour.exit_code, "OOMKilled" if behaviour.out_of_memory else "")

    def stop(self, run: PodRun, pod: Object) -> None:
        """Send SIGTERM; after the grace period, SIGKILL."""
        behaviour, grace = self.behaviour(pod), float(pod["metadata"].get("deletionGracePeriodSeconds", 30))
        if not run.leaving:
            grace = float(pod["spec"].get("terminationGracePeriodSeconds", 30))
        run.life += 1
        in_time = behaviour.stop_seconds <= grace
        code = behaviour.stop_code if in_time else 137
        self.store.agenda.after(min(grace, behaviour.stop_seconds), "pod.end", run.uid, run.life, code, "")

    def end(self, uid: str, life: int, code: int, reason: str) -> None:
        """Take in that the container has ended, and restart it or let the pod go."""
        if not (found := self.current(uid, life)) or found[0].state != "running":
            return
        run, pod = found
        agenda, container = self.store.agenda, pod["spec"]["containers"][0]
        if code not in (0, 137, 143):
            for line in self.behaviour(pod).last_words:
                run.print(agenda.elapsed, line)
        fallback = container.get("terminationMessagePolicy") == "FallbackToLogsOnError" and code
        said = self.behaviour(pod).message if code == self.behaviour(pod).exit_code else ""
        message = {"message": said} if said else {"message": "\n".join(text for _, text in run.lines[-20:])} if fallback else {}
        run.exit = {
            "exitCode": code,
            "reason": reason or ("Error" if code else "Completed"),
            "startedAt": run.began_at,
            "finishedAt": agenda.stamp,
            "containerID": run.container_id,
            **message,
        }
        run.state, run.ready, run.started = "ended", False, False
        run.life += 1
        self.write(run)
        if run.leaving:
            agenda.after(0.1, "pod.gone", uid, run.life)
        elif pod["spec"].get("restartPolicy") != "Never":
            self._restart(run, ran=agenda.elapsed - run.began)

    def _restart(self, run: PodRun, *, ran: float) -> None:
        # The first restart is immediate; each further one waits twice as long, until a container has run long enough.
        if ran >= _FORGIVEN:
            run.crash_delay = 0.0
        agenda, delay = self.store.agenda, run.crash_delay
        run.crash_delay = min(LONGEST_DELAY, delay * 2 or FIRST_DELAY)
        agenda.after(1.0, "pod.back-off" if delay else "pod.again", run.uid, run.life, delay)

    def back_off(self, uid: str, life: int, delay: float) -> None:
        """Wait before the next start."""
        if not (found := self.current(uid, life)):
            return
        run, pod = found
        container = pod["spec"]["containers"][0]["name"]
        which = f"{run.name}_{run.namespace}({run.uid})"
        run.last = run.exit
        self.say(pod, "BackOff", f"Back-off restarting failed container {container} in pod {which}", warning=True)
        text = f"back-off {_go_seconds(delay)} restarting failed container={container} pod={which}"
        self.wait(run, "CrashLoopBackOff", text)
        self.store.agenda.after(delay, "pod.again", uid, life, 0.0)

    def again(self, uid: str, life: int, _delay: float) -> None:
        """Start over, with a new container."""
        if found := self.current(uid, life):
            run = found[0]
            run.last = run.exit or run.last
            self.store.agenda.after(0.0, "pod.pull", uid, life)

    def leave(self, namespace: str, name: str) -> None:
        """Drain a pod that is being deleted."""
        pod = self.store.get("Pod", namespace, name)
        if pod is None or "deletionTimestamp" not in pod["metadata"]:
            return
        run = self.runs.get(pod["metadata"]["uid"])
        if run is None:
            self.store.agenda.after(0.1, "pod.erase", pod["metadata"]["uid"], namespace, name)
        elif not run.leaving:
            run.leaving = True
            if run.state == "running":
                self.say(pod, "Killing", f"Stopping container {pod['spec']['containers'][0]['name']}")
                self.stop(run, pod)
            else:
                run.life += 1
                self.store.agenda.after(0.1, "pod.gone", run.uid, run.life)

    def change(self, namespace: str, name: str) -> None:
        """End a container whose image was changed in its pod; it is started again with the new one."""
        pod = self.store.get("Pod", namespace, name)
        run = self.runs.get(pod["metadata"]["uid"]) if pod else None
        if pod is not None and run is not None and run.state == "running" and not run.leaving:
            container = pod["spec"]["containers"][0]["name"]
            self.say(pod, "Killing", f"Container {container} definition changed, will be restarted")
            self.stop(run, pod)

    def gone(self, uid: str, life: int) -> None:
        """Let a drained pod's object go."""
        if found := self.current(uid, life):
            self.erase(uid, *_place(found[1]))

    def erase(self, uid: str, namespace: str, name: str) -> None:
        """Take a pod's object out of the store."""
        pod = self.store.get("Pod", namespace, name)
        if pod is not None and pod["metadata"]["uid"] == uid:
            self.store.erase(pod)

    def forget(self, uid: str) -> None:
        """Let go of what is known of a pod that is gone."""
        self.runs.pop(uid, None)

    def wait(self, run: PodRun, reason: str, message: str) -> None:
        """Say that the container does not run, and why."""
        run.state, run.reason, run.message, run.exit = "waiting", reason, message, None
        self.write(run)

    def write(self, run: PodRun) -> None:
        """Write a pod's status, if it says anything new."""
        pod = self.pod_of(run)
        if pod is not None and (status := status_of(pod, run, self.store.agenda.stamp)) != pod["status"]:
            self.store.write({**pod, "status": status})

    def say(self, pod: Object, reason: str, message: str, *, warning: bool = False) -> None:
        """Tell of the pod's container."""
        self.occurrences.tell_container(pod, pod["spec"]["containers"][0]["name"], reason, message, warning=warning)

    def dump(self) -> dict[str, Any]:
        """Give what is known of all pods."""
        runs = {uid: asdict(run) for uid, run in self.runs.items()}
        return {"runs": runs, "present": sorted(self.present), "addresses": self.addresses}

    def load(self, kept: Mapping[str, Any]) -> None:
        """Go on where it stopped."""
        self.runs = {uid: PodRun(**run) for uid, run in kept["runs"].items()}
        self.present, self.addresses = set(kept["present"]), kept["addresses"]


def missing_reference(store: ObjectStore, pod: Object) -> str:
    """Say in the kubelet's words which Secret that a container refers to is not there; empty when all are."""
    for variable in pod["spec"]["containers"][0].get("env") or ():
        wanted = tree(variable.get("valueFrom")).get("secretKeyRef")
        if not wanted or wanted.get("optional"):
            continue
        namespace = pod["metadata"]["namespace"]
        secret = store.get("Secret", namespace, wanted["name"])
        if secret is None:
            return f'secret "{wanted["name"]}" not found'
        if wanted["key"] not in tree(secret.get("data")):
            return f"couldn't find key {wanted['key']} in Secret {namespace}/{wanted['name']}"
    return ""


def _place(pod: Object) -> tuple[str, str]:
    return pod["metadata"]["namespace"], pod["metadata"]["name"]


def _go_seconds(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
