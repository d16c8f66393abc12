"""Rollouts, good and bad: the simulated cluster ends where a real one with a real node ends.

How long they take and what is seen on the way differs from run to run on a real cluster; where they end does not.
"""

import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.cluster.connect import connect
from adapters.simulator.apps import UNAVAILABLE, AppBehaviour, fails
from adapters.simulator.cluster import SimulatedCluster
from domain.objects import Kind, Manifest
from tests.contracts.clusters import Ground, KubectlInterventions
from tests.lab.cluster import Lab

pytestmark = pytest.mark.node

PATIENCE = 240.0
DEADLINE = 15  # seconds; every image is pulled and every application started long before
PROBE = {"httpGet": {"path": "/readiness", "port": 8000}, "periodSeconds": 1}
Release = tuple[str, int]
"""Which application, and how many replicas."""
LIVES: dict[str, tuple[Release, ...]] = {
    "released, updated, scaled up, scaled down to nothing": (("well", 2), ("better", 2), ("better", 3), ("better", 0)),
    "a release that crashes, and the way back": (("well", 2), ("crashing", 2), ("well", 2)),
    "an image that is missing, from the first on": (("missing", 1), ("well", 1)),
}
APPLICATIONS = {"crashing": AppBehaviour(readiness=fails(UNAVAILABLE), exits_after=0.1, exit_code=7)}


@dataclass(frozen=True, slots=True)
class End:
    """Where a rollout stands: a Deployment's numbers, its verdict on itself, and how many of its pods serve."""

    numbers: dict[str, int]
    conditions: dict[str, tuple[str, str]]
    serving: int
    idle: int


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two clusters: how it names an application, and what it keeps."""

    ground: Ground
    container: Callable[[str], dict[str, Any]]
    deployment: Callable[[], dict[str, Any]]
    pods: Callable[[], list[dict[str, Any]]]

    def release(self, release: Release) -> None:
        """Apply it."""
        application, replicas = release
        container: dict[str, Any] = {"readinessProbe": PROBE, **self.container(application)}
        content = self.ground.deployment(replicas=replicas, **container).content
        content["spec"]["progressDeadlineSeconds"] = DEADLINE
        self.ground.apply(Manifest.of(content))

    def stands(self) -> End:
        """Say where it stands now."""
        kept = self.deployment()
        told: dict[str, Any] = kept.get("status", {})
        counted = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas")
        caught_up = told.get("observedGeneration", 0) - kept["metadata"]["generation"]
        ready = [_ready(pod) for pod in self.pods()]
        return End(
            {"behind": caught_up, **{name: told.get(name, 0) for name in counted}},
            {one["type"]: (one["status"], one["reason"]) for one in told.get("conditions", [])},
            ready.count(True),
            ready.count(False),
        )


@pytest.mark.parametrize("life", LIVES)
def test_a_rollout_ends_on_the_simulated_cluster_as_it_does_on_a_real_one(node_lab: Lab, life: str) -> None:
    with real(node_lab) as there, simulated() as (here, let_pass):
        for release in LIVES[life]:
            for side in (there, here):
                side.release(release)
            let_pass(PATIENCE)
            expected = here.stands()
            assert _settles(there, expected) == expected, release


def test_an_end_that_the_real_cluster_does_not_come_to_is_found_out(node_lab: Lab) -> None:
    with real(node_lab) as there, simulated() as (here, let_pass):
        there.release(("missing", 1))
        here.release(("well", 1))
        let_pass(PATIENCE)
        assert _settles(there, here.stands(), patience=DEADLINE + 3) != here.stands()


def _settles(side: Side, expected: End, patience: float = PATIENCE) -> End:
    """Give where a real rollout ends: as expected, as soon as it stays so, else where it stands when patience is over."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if side.stands() == expected:
            time.sleep(1)  # passing through does not count
            if side.stands() == expected:
                break
        time.sleep(0.3)
    return side.stands()


def _ready(pod: dict[str, Any]) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", []))


@contextmanager
def real(lab: Lab) -> Generator[Side]:
    """The lab, where an application is an image in its registry."""
    images = {name: lab.probe_app(version).ref for name, version in (("well", "1"), ("better", "2"), ("crashing", "1"))}
    images["missing"] = f"{lab.registry}/team/no-such-app:1"
    ground = Ground(
        connect(kubeconfig=str(lab.kubeconfig_for("deadreckon"))), KubectlInterventions(lab.kubectl), _nothing, _nothing
    )
    ground.apply(ground.space())

    def container(application: str) -> dict[str, Any]:
        env = [{"name": "EXIT_CODE", "value": "7"}] if application == "crashing" else []
        return {"image": images[application], "env": env}

    def ask(*what: str) -> dict[str, Any]:
        return dict(json.loads(lab.kubectl("-n", ground.namespace, "get", *what, "-o", "json")))

    yield Side(ground, container, lambda: ask("deployment", "web"), lambda: ask("pods")["items"])
    lab.kubectl("delete", "namespace", ground.namespace, "--wait=false")


@contextmanager
def simulated() -> Generator[tuple[Side, Callable[[float], None]]]:
    """The simulated cluster, where an application is a word in an image's tag, and time passes when it is told to."""
    time_is = [datetime(2026, 11, 22, 12, tzinfo=UTC)]
    simulation = SimulatedCluster(lambda: time_is[0])
    for name, behaviour in APPLICATIONS.items():
        simulation.behaviour(f"registry.invalid/app:{name}", behaviour)
    ground = Ground(simulation, simulation.interventions, _nothing, _nothing)
    ground.apply(ground.space())

    def let_pass(seconds: float) -> None:
        for _ in range(int(seconds)):
            time_is[0] += timedelta(seconds=1)
            simulation.tick()

    def deployment() -> dict[str, Any]:
        found = simulation.store.get(Kind.DEPLOYMENT.value, ground.namespace, "web")
        assert found is not None
        return dict(found)

    def pods() -> list[dict[str, Any]]:
        return [dict(pod) for pod in simulation.store.of_kind(Kind.POD.value)]

    yield Side(ground, lambda name: {"image": f"registry.invalid/app:{name}"}, deployment, pods), let_pass
    simulation.close()


def _nothing() -> None:
    """Nothing waits here, and no history is forgotten."""
