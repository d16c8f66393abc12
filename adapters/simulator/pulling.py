"""Pulling images: at once, ever more seldom when it fails, in the kubelet's order and words."""

from dataclasses import dataclass

from adapters.simulator.images import digest_of
from adapters.simulator.kubelet import FIRST_DELAY, LONGEST_DELAY, Kubelet


@dataclass(slots=True)
class Puller:
    """Pulls the images of the pods that a kubelet runs."""

    kubelet: Kubelet

    def pull(self, uid: str, life: int) -> None:
        """See that the image is there."""
        if not (found := self.kubelet.current(uid, life)):
            return
        run, pod = found
        container = pod["spec"]["containers"][0]
        behaviour = self.kubelet.behaviour(pod)
        on_node = f"{pod['spec']['nodeName']}|{container['image']}"
        if on_node in self.kubelet.present and container.get("imagePullPolicy") != "Always":
            self.kubelet.say(pod, "Pulled", f'Container image "{container["image"]}" already present on machine')
            self.kubelet.store.agenda.after(0.2, "pod.create", uid, life)
            return
        self.kubelet.say(pod, "Pulling", f'Pulling image "{container["image"]}"')
        step = "pod.pull-failed" if behaviour.pull_error else "pod.pulled"
        seconds = 0.4 if on_node in self.kubelet.present or behaviour.pull_error else behaviour.pull_seconds
        self.kubelet.store.agenda.after(seconds, step, uid, life, f"{seconds:g}s")
        run.pull_delay = run.pull_delay if behaviour.pull_error else 0.0

    def pulled(self, uid: str, life: int, took: str) -> None:
        """Take in that the image has come."""
        if not (found := self.kubelet.current(uid, life)):
            return
        _, pod = found
        image = pod["spec"]["containers"][0]["image"]
        self.kubelet.present.add(f"{pod['spec']['nodeName']}|{image}")
        size = 20_000_000 + int(digest_of(image)[-6:], 16)
        text = f'Successfully pulled image "{image}" in {took} ({took} including waiting). Image size: {size} bytes.'
        self.kubelet.say(pod, "Pulled", text)
        self.kubelet.store.agenda.after(0.2, "pod.create", uid, life)

    def pull_failed(self, uid: str, life: int, _took: str) -> None:
        """Take in that the image cannot be had."""
        if not (found := self.kubelet.current(uid, life)):
            return
        run, pod = found
        image = str(pod["spec"]["containers"][0]["image"])
        words = self.kubelet.behaviour(pod).pull_error or "not found"
        steps = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {image}: {words}'
        text = f"rpc error: code = NotFound desc = {steps}"
        self.kubelet.say(pod, "Failed", f'Failed to pull image "{image}": {text}', warning=True)
        self.kubelet.say(pod, "Failed", "Error: ErrImagePull", warning=True)
        self.kubelet.wait(run, "ErrImagePull", text)
        run.pull_delay = min(LONGEST_DELAY, run.pull_delay * 2 or FIRST_DELAY)
        self.kubelet.store.agenda.after(min(3.0, run.pull_delay / 2), "pod.pull-back-off", uid, life)
        self.kubelet.store.agenda.after(run.pull_delay, "pod.pull", uid, life)

    def pull_back_off(self, uid: str, life: int) -> None:
        """Say that the next pull waits."""
        if found := self.kubelet.current(uid, life):
            run, pod = found
            text = f'Back-off pulling image "{pod["spec"]["containers"][0]["image"]}"'
            self.kubelet.say(pod, "BackOff", text)
            self.kubelet.say(pod, "Failed", "Error: ImagePullBackOff", warning=True)
            self.kubelet.wait(run, "ImagePullBackOff", f"{text}: ErrImagePull: {run.message}")
