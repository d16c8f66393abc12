"""On a real node: a rolling update of what we render answers every request, and would not without its draining."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest

from domain.machines import Machine
from domain.names import Key
from domain.objects import Kind, Manifest
from domain.spec import EnvVar, HealthChecks, HttpCheck, Literal, Probe, Resources, Spec
from reconciler.desired import render
from reconciler.render_context import RenderContext
from tests.lab.cluster import Lab

pytestmark = pytest.mark.node

SMALL = Machine("small", cpu_millis=20, memory_mib=32)
READY = HealthChecks(readiness=Probe(HttpCheck("/readiness", 8000), period=1))


def spec(image: str, version: str) -> Spec:
    # The application itself leaves at once: only the rendering's draining is on trial.
    env = (EnvVar("DRAIN_SECONDS", Literal("0")), EnvVar("RELEASE", Literal(version)))
    return Spec("rolling", image, Resources("small", 2, (8000,)), env=env, health=READY)


def manifests(wanted: Spec, key: Key) -> tuple[Manifest, ...]:
    return render(
        RenderContext(
            wanted,
            key,
            ledger="00000000-0000-4000-8000-000000000000",
            incarnation=1,
            machine=SMALL,
            image=wanted.image,
            secrets={},
            deadline=120,
        )
    ).manifests


def apply(lab: Lab, objects: tuple[Manifest, ...]) -> None:
    for manifest in objects:
        lab.kubectl("apply", "--server-side", "--field-manager=deadreckon", "--filename=-", input=manifest.body)


def without_draining(manifest: Manifest) -> Manifest:
    content: dict[str, Any] = manifest.content
    if manifest.ref.kind == Kind.DEPLOYMENT.value:
        del content["spec"]["template"]["spec"]["containers"][0]["lifecycle"]
    return Manifest.of(content)


@contextmanager
def asking(url: str, count: Counter[str]) -> Generator[None]:
    """Ask all the time, each time on a new connection, from four sides."""
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    count[str(answer.status)] += 1
            except (urllib.error.URLError, OSError) as error:
                count[f"lost: {error}"] += 1
            time.sleep(0.005)  # no quicker, for the packet filter's memory: see tests.e2e.loads

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def roll(
    lab: Lab, project: str, alter: Callable[[Manifest], Manifest] = lambda manifest: manifest, *, times: int = 3
) -> Counter[str]:
    """Roll one deployment over so many times under load, less once a request was lost, and count the answers."""
    image, key = lab.probe_app("rolling").ref, Key(project, "rolling")
    where = ("--namespace", key.namespace)
    rollout = ("rollout", "status", f"deployment/{key.object_name}", *where, "--timeout=240s")
    apply(lab, tuple(alter(one) for one in manifests(spec(image, "0"), key)))
    lab.kubectl(*rollout)
    service = json.loads(lab.kubectl("get", "service", key.object_name, *where, "--output=json"))
    count: Counter[str] = Counter()
    with asking(f"http://{service['spec']['clusterIP']}:8000/", count):
        time.sleep(1)
        for version in range(1, times + 1):
            apply(lab, tuple(alter(one) for one in manifests(spec(image, f"{version}"), key)))
            lab.kubectl(*rollout)
            if lost(count):
                break
        time.sleep(6)
    print(f"{project}: {dict(count)}")
    lab.kubectl("delete", "namespace", key.namespace, "--wait=false")
    return count


def lost(count: Counter[str]) -> dict[str, int]:
    return {what: times for what, times in count.items() if what != "200"}


def test_a_rolling_update_answers_every_request(node_lab: Lab) -> None:
    count = roll(node_lab, "drains")
    assert lost(count) == {}
    assert count["200"] > 100


def test_the_control_without_draining_requests_are_lost(node_lab: Lab) -> None:
    # It takes a request in the very moment between a replica's end and the news of it: on some machines a rare one.
    assert lost(roll(node_lab, "drops", without_draining, times=20))
