"""The prober: asks at each period, counts against the thresholds, and speaks as the kubelet does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.simulator.apps import REFUSED, TIMED_OUT, AppBehaviour
from adapters.simulator.kubelet import Kubelet
from adapters.simulator.pod_status import PodRun
from adapters.simulator.schema import Object

_SPOKEN = {"startup": "Startup", "readiness": "Readiness", "liveness": "Liveness"}


@dataclass(slots=True)
class Prober:
    """Probes the pods that a kubelet runs."""

    kubelet: Kubelet

    def begin(self, uid: str, life: int) -> None:
        """Begin with the startup probe where there is one; the others begin once it has passed."""
        if not (found := self.kubelet.current(uid, life)):
            return
        run, pod = found
        container = pod["spec"]["containers"][0]
        agenda = self.kubelet.store.agenda
        for probe in ("readiness", "liveness") if run.started else ("startup",):
            if settings := container.get(f"{probe}Probe"):
                due = run.began + settings.get("initialDelaySeconds", 0) - agenda.elapsed
                agenda.after(max(0.1, due), "pod.probe", uid, life, probe)

    def serving(self, uid: str, life: int) -> None:
        """Let the application say that it listens."""
        found = self.kubelet.current(uid, life)
        if found and found[1]["spec"].get("restartPolicy") != "Never":
            run, pod = found
            ports = pod["spec"]["containers"][0].get("ports") or [{"containerPort": 80}]
            line = f"INFO:     Uvicorn running on http://0.0.0.0:{ports[0]['containerPort']}"
            run.print(self.kubelet.store.agenda.elapsed, line)

    def probe(self, uid: str, life: int, which: str) -> None:
        """Ask once, and note the next time."""
        if not (found := self.kubelet.current(uid, life)):
            return
        run, pod = found
        if which == "startup" and run.started:
            return
        settings = pod["spec"]["containers"][0][f"{which}Probe"]
        self.kubelet.store.agenda.after(settings["periodSeconds"], "pod.probe", uid, life, which)
        words = self._ask(run, self.kubelet.behaviour(pod), which)
        self._print(run, settings, words)
        if words:
            self._failed(run, pod, which, _worded(words, settings, run))
        else:
            self._passed(run, which, settings)

    def _ask(self, run: PodRun, behaviour: AppBehaviour, which: str) -> str:
        if which in run.answers:
            return run.answers[which]
        seconds = self.kubelet.store.agenda.elapsed - run.began
        if seconds < behaviour.start_seconds:
            return REFUSED
        answer = {"startup": behaviour.startup, "readiness": behaviour.readiness, "liveness": behaviour.liveness}
        return answer[which](seconds)

    def _print(self, run: PodRun, settings: Mapping[str, Any], words: str) -> None:
        if "httpGet" in settings and words not in (REFUSED, TIMED_OUT):
            status = words[-3:] if words[-3:].isdigit() else "200 OK"
            path = settings["httpGet"]["path"]
            line = f'INFO:     10.200.0.1:40000 - "GET {path} HTTP/1.1" {status}'
            run.print(self.kubelet.store.agenda.elapsed, line)

    def _passed(self, run: PodRun, which: str, settings: Mapping[str, Any]) -> None:
        run.failures[which] = 0
        run.successes[which] = run.successes.get(which, 0) + 1
        if run.successes[which] < settings["successThreshold"]:
            return
        if which == "startup":
            pod = self.kubelet.pod_of(run)
            run.started = True
            run.ready = pod is not None and "readinessProbe" not in pod["spec"]["containers"][0]
            self.kubelet.write(run)
            self.begin(run.uid, run.life)
        elif which == "readiness" and not run.ready:
            run.ready = True
            self.kubelet.write(run)

    def _failed(self, run: PodRun, pod: Object, which: str, words: str) -> None:
        container = pod["spec"]["containers"][0]
        run.successes[which] = 0
        run.failures[which] = run.failures.get(which, 0) + 1
        tell = self.kubelet.occurrences.tell_container
        tell(pod, container["name"], "Unhealthy", f"{_SPOKEN[which]} probe failed: {words}", warning=True)
        if run.failures[which] < container[f"{which}Probe"]["failureThreshold"]:
            return
        if which == "readiness":
            if run.ready:
                run.ready = False
                self.kubelet.write(run)
            return
        text = f"Container {container['name']} failed {which} probe, will be restarted"
        tell(pod, container["name"], "Killing", text)
        self.kubelet.stop(run, pod)


def _worded(words: str, settings: Mapping[str, Any], run: PodRun) -> str:
    if "httpGet" not in settings or words not in (REFUSED, TIMED_OUT):
        return words
    place = f"{run.ip}:{settings['httpGet']['port']}"
    url = f'Get "http://{place}{settings["httpGet"]["path"]}"'
    return f"{url}: dial tcp {place}: connect: {REFUSED}" if words == REFUSED else f"{url}: {words}"
