"""Random applies and edits by hand: the simulated cluster makes of them what a real API server makes of them.

Whoever trusts a simulation trusts the simulator: this keeps what it does on an apply from drifting away from Kubernetes.
"""

import json
import random  # noqa: TID251 (seeded: a failure comes again)
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.cluster.connect import connect
from adapters.observations.frames import watch_event
from adapters.simulator.cluster import SimulatedCluster
from domain.cluster_ports import Guard
from domain.errors import Rejected
from domain.objects import Fields, Kind, Live, Manifest, ObjectRef
from domain.observations import ObjectSeen
from domain.ports import Clock
from tests.contracts.clusters import Ground, KubectlInterventions
from tests.lab.cluster import KubectlFailed, Lab

pytestmark = pytest.mark.lab

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIVES, STEPS = 4, 6
Box = dict[str, Any]
WRONG: tuple[Box, ...] = (
    {"colour": "red"},
    {"image": ""},
    {"readinessProbe": {"periodSeconds": 5}},
    {"replicas": -1},
    {"app": "another"},
)


@dataclass(frozen=True, slots=True)
class Apply:
    """We apply a Deployment with this in its container, or with something wrong."""

    box: Box


@dataclass(frozen=True, slots=True)
class Edit:
    """A person patches it."""

    patch: Box


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step has come to, as far as both clusters must agree.

    Of foreign ownership only the paths that hold a value: on a real server whoever updates owns new parents too
    (`f:limits: {".": {}}`), and so may be named for a parent whose last field we took back; the simulator leaves that out.
    """

    refused: str
    generation: int
    fields: Fields
    foreign: frozenset[str]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two clusters, and a look at an object as it keeps it, managed fields and all."""

    ground: Ground
    look: Callable[[ObjectRef], dict[str, Any]]

    def after(self, step: Apply | Edit) -> Outcome:
        """Do the step, and say what it has come to."""
        ref = ObjectRef(Kind.DEPLOYMENT.value, self.ground.namespace, "web")
        refused = self._refusal(step, ref)
        [seen] = watch_event(ref.kind, "ADDED", self.look(ref), NOON).observations[:1]
        assert isinstance(seen, ObjectSeen)
        foreign = frozenset(manager.path for manager in seen.managers) & seen.fields.keys()
        return Outcome(refused, seen.generation, seen.fields, foreign)

    def _refusal(self, step: Apply | Edit, ref: ObjectRef) -> str:
        try:
            if isinstance(step, Apply):
                wanted: Box = {"replicas": 0, **step.box}
                self.ground.apply(self.ground.deployment(**wanted))
            else:
                self.ground.interventions.edit(ref, step.patch)
        except Rejected as no:
            return f"{no.rejection.status} {no.rejection.reason}" if isinstance(step, Apply) else "refused"
        except KubectlFailed:
            return "refused"
        return ""


@pytest.mark.parametrize("seed", range(3))
def test_the_simulated_cluster_takes_applies_and_edits_as_a_real_one_does(lab: Lab, seed: int) -> None:
    with sides(lab) as make:
        assert first_difference(make, seed) == ""


def test_a_cluster_on_which_an_apply_gives_nothing_up_is_found_out(lab: Lab) -> None:
    with sides(lab, GivesNothingUp) as make:
        assert first_difference(make, 0) != ""


def first_difference(make: Callable[[], tuple[Side, Side]], seed: int) -> str:
    """Lead some Deployments through random lives on both clusters; tell the first difference, with all that led to it."""
    chance = random.Random(seed)
    for _ in range(LIVES):
        real, simulated = make()
        story: list[Apply | Edit] = []
        for number in range(STEPS):
            story.append(_step(chance, first=number == 0))
            there, here = real.after(story[-1]), simulated.after(story[-1])
            if there != here:
                return "\n".join([f"seed {seed}", *map(str, story), *_differing(there, here)])
    return ""


def _differing(there: Outcome, here: Outcome) -> list[str]:
    paths = sorted(there.fields.keys() | here.fields.keys())
    fields = [(path, there.fields.get(path), here.fields.get(path)) for path in paths]
    return [
        *(f"{path}: really {real!r}, simulated {simulated!r}" for path, real, simulated in fields if real != simulated),
        f"refused: really {there.refused!r}, simulated {here.refused!r}",
        f"generation: really {there.generation}, simulated {here.generation}",
        f"others' fields: really more {set(there.foreign - here.foreign)}, simulated more {set(here.foreign - there.foreign)}",
    ]


def _step(chance: random.Random, *, first: bool) -> Apply | Edit:
    box = _box(chance)
    if first:
        return Apply(box)
    if chance.random() < 0.6:
        return Apply({**box, **chance.choice(WRONG)} if chance.random() < 0.2 else box)
    box.pop("command", None)
    template: Box = {"spec": {"containers": [{"name": "app", **box}]}}
    spec: Box = {"template": template}
    if chance.random() < 0.3:
        spec["minReadySeconds"] = chance.choice([1, 2])
    if chance.random() < 0.2:
        template["metadata"] = {"annotations": {"note": chance.choice("12")}}
    return Edit({"spec": spec})


def _box(chance: random.Random) -> Box:
    """Something of what a rendering writes in a container; few values, so that those of ours and others' meet."""
    named = [{"containerPort": port, **({"name": f"p{port}"} if chance.random() < 0.5 else {})} for port in (80, 81)]
    limits = {"cpu": chance.choice(["1000m", "500m", "1.5"]), "memory": chance.choice(["1024Mi", "512Mi"])}
    probe = {"httpGet": {"path": chance.choice(["/a", "/b"]), "port": 80}, "periodSeconds": chance.choice([5, 10])}
    may: dict[str, tuple[float, Any]] = {
        "env": (0.7, [{"name": name, "value": chance.choice("12")} for name in "ABC" if chance.random() < 0.5]),
        "ports": (0.5, [port for port in named if chance.random() < 0.6]),
        "resources": (0.4, {"limits": limits}),
        "readinessProbe": (0.4, probe),
        "command": (0.3, chance.choice([["a"], ["a", "b"]])),
    }
    return {name: value for name, (likely, value) in may.items() if chance.random() < likely and value}


class GivesNothingUp(SimulatedCluster):
    """The control: what was applied once is applied again with whatever follows."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._kept: Box = {}

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        """Take it in, with what the last one said of the container."""
        content = manifest.content
        if manifest.ref.kind == Kind.DEPLOYMENT.value:
            [box] = content["spec"]["template"]["spec"]["containers"]
            self._kept |= box
            content["spec"]["template"]["spec"]["containers"] = [dict(self._kept)]
        return super().apply(Manifest.of(content), audit=audit, guard=guard, dry_run=dry_run)


@contextmanager
def sides(lab: Lab, kind: type[SimulatedCluster] = SimulatedCluster) -> Generator[Callable[[], tuple[Side, Side]]]:
    """Make pairs of clusters, each with a namespace of its own."""
    cluster = connect(kubeconfig=str(lab.kubeconfig_for("deadreckon")))
    simulation = kind(lambda: NOON)
    spaces: list[str] = []

    def kept_there(ref: ObjectRef) -> dict[str, Any]:
        return dict(
            json.loads(lab.kubectl("get", ref.kind, ref.name, "-n", ref.namespace, "-o", "json", "--show-managed-fields"))
        )

    def kept_here(ref: ObjectRef) -> dict[str, Any]:
        found = simulation.store.get(ref.kind, ref.namespace, ref.name)
        assert found is not None
        return dict(found)

    def make() -> tuple[Side, Side]:
        real = Ground(cluster, KubectlInterventions(lab.kubectl), _nothing, _nothing)
        simulated = Ground(simulation, simulation.interventions, _nothing, _nothing, ledger=real.ledger, namespace=real.namespace)
        for ground in (real, simulated):
            ground.apply(ground.space())
        spaces.append(real.namespace)
        return Side(real, kept_there), Side(simulated, kept_here)

    try:
        yield make
    finally:
        simulation.close()
        lab.kubectl("delete", "namespace", *spaces, "--wait=false")


def _nothing() -> None:
    """Nothing waits here, and no history is forgotten."""
