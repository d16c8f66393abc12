"""What a foreign hand does to an object of ours, on both clusters: drift where the promise changes, told once where not.

Each object is written as the engine writes it, changed as a person with kubectl does, and judged by the frames that come.
"""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest

from adapters.clock import new_id
from domain.actions import Create, Failed, Succeeded, Update
from domain.objects import Kind, Manifest, Mark
from domain.observations import ObjectSeen
from domain.observe_drift import drift_news
from domain.seen import AdmissionChanged, AppliedState, Change, Drifted, SeenFact, UnmanagedSeen
from domain.tracked_objects import TrackedObject
from reconciler.perform import Task, perform
from tests.contracts.clusters import CLUSTERS, Ground, KubectlInterventions, Lookout
from tests.signing import SIGNER

Box = dict[str, Any]


@pytest.fixture(params=CLUSTERS)
def ground(request: pytest.FixtureRequest) -> Generator[Ground]:
    made: AbstractContextManager[Ground] = request.param(request)
    with made as one:
        one.apply(one.space())
        yield one


@dataclass(frozen=True, slots=True)
class Kept:
    """An object as our last write left it."""

    ground: Ground
    manifest: Manifest
    known: TrackedObject
    applied_state: AppliedState
    lookout: Lookout

    def tell(self) -> tuple[SeenFact, ...]:
        """Give the first news of it that a frame makes."""

        def look() -> tuple[SeenFact, ...] | None:
            own = (seen for seen in self.lookout.seen(ObjectSeen) if seen.ref == self.manifest.ref)
            fresh = (seen for seen in own if int(seen.resource_version) >= int(self.known.resource_version))
            return next((told for seen in fresh if (told := self.news(seen))), None)

        return self.ground.soon(look)

    def news(self, seen: ObjectSeen) -> tuple[SeenFact, ...]:
        return tuple(drift_news(self.known, seen, self.applied_state, count=2))

    def now(self) -> tuple[SeenFact, ...]:
        """Give what the newest frame tells, once one has come."""
        self.lookout.until(ObjectSeen, lambda seen: seen.ref == self.manifest.ref)
        own = [seen for seen in self.lookout.seen(ObjectSeen) if seen.ref == self.manifest.ref]
        return self.news(own[-1])

    def written_again(self) -> "Kept":
        """Correct it as the engine does."""
        return keep(self.ground, self.manifest, self.lookout, self.known.uid)


def keep(ground: Ground, manifest: Manifest, lookout: Lookout, uid: str = "") -> Kept:
    action = new_id()
    what = Update(action, manifest.ref, "body", uid, "test") if uid else Create(action, manifest.ref, "body", "test")
    task = Task(what, Mark(ground.ledger, action, 0, 5), manifest, SIGNER)
    done = perform(task, ground.cluster)
    while isinstance(done.outcome, Failed) and done.outcome.code == "Contested":  # a controller wrote its status meanwhile
        done = perform(task, ground.cluster)
    assert isinstance(done.outcome, Succeeded), done.outcome
    known = TrackedObject(manifest.ref, done.outcome.uid, resource_version=done.outcome.resource_version, settled="kept")
    return Kept(ground, manifest, known, AppliedState.of(done.settled), lookout)


def of_kind(ground: Ground, kind: Kind, version: str, spec: Box) -> Manifest:
    labels = ground.labels("web")
    metadata: Box = {"name": "web", "namespace": ground.namespace, "labels": labels, "annotations": {"deadreckon.dev/name": "x"}}
    return Manifest.of({"apiVersion": version, "kind": kind.value, "metadata": metadata, "spec": spec})


def deployment(ground: Ground, **fields: object) -> Manifest:
    box: Box = {
        "name": "app",
        "image": "registry.invalid/web:1",
        "command": ["serve"],
        "env": [{"name": "C", "value": "c"}, {"name": "B", "value": "$(A)2"}, {"name": "A", "value": "1"}],
        "ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}],
        **fields,
    }
    labels = ground.labels("web")
    template: Box = {"metadata": {"labels": labels}, "spec": {"containers": [box]}}
    spec: Box = {"replicas": 2, "paused": False, "minReadySeconds": 0, "selector": {"matchLabels": labels}, "template": template}
    return of_kind(ground, Kind.DEPLOYMENT, "apps/v1", spec)


def service(ground: Ground) -> Manifest:
    ports: Box = {"name": "http", "port": 80, "targetPort": 80, "protocol": "TCP"}
    return of_kind(ground, Kind.SERVICE, "v1", {"type": "ClusterIP", "selector": ground.labels("web"), "ports": [ports]})


def policy(ground: Ground) -> Manifest:
    let_in: Box = {"from": [{"podSelector": {}}]}
    spec: Box = {"podSelector": {"matchLabels": ground.labels("web")}, "policyTypes": ["Ingress"], "ingress": [let_in]}
    return of_kind(ground, Kind.NETWORK_POLICY, "networking.k8s.io/v1", spec)


def budget(ground: Ground) -> Manifest:
    spec: Box = {"maxUnavailable": 1, "selector": {"matchLabels": ground.labels("web")}}
    return of_kind(ground, Kind.DISRUPTION_BUDGET, "policy/v1", spec)


def autoscaler(ground: Ground) -> Manifest:
    target: Box = {"type": "Utilization", "averageUtilization": 50}
    spec: Box = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 1,
        "maxReplicas": 3,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }
    return of_kind(ground, Kind.AUTOSCALER, "autoscaling/v2", spec)


def ingress(ground: Ground) -> Manifest:
    backend: Box = {"service": {"name": "web", "port": {"number": 80}}}
    rule: Box = {"host": "web.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    return of_kind(ground, Kind.INGRESS, "networking.k8s.io/v1", {"ingressClassName": "nginx", "rules": [rule]})


def of_app(**fields: object) -> Box:
    return {"spec": {"template": {"spec": {"containers": [{"name": "app", **fields}]}}}}


def of_pod(**fields: object) -> Box:
    return {"spec": {"template": {"spec": fields}}}


OUR_NOTE = "deadreckon.dev/name"
APP = "spec.template.spec.containers[name=app]"
REORDERED = [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)2"}, {"name": "C", "value": "c"}]
NOTED = {"metadata": {"annotations": {"a.example/note": "x"}}}
WHOLE: Mapping[str, tuple[Any, Box, Sequence[str]]] = {
    "a key added to a Service's selector": (service, {"spec": {"selector": {"stray": "x"}}}, ["spec.selector.stray"]),
    "a port added to a Service": (
        service,
        {"spec": {"ports": [{"name": "more", "port": 81}]}},
        [f"spec.ports[port=81].{name}" for name in ("name", "port", "protocol", "targetPort")],
    ),
    "a Service that sticks": (service, {"spec": {"sessionAffinity": "ClientIP"}}, ["spec.sessionAffinity"]),
    "a Service that serves what is not ready": (
        service,
        {"spec": {"publishNotReadyAddresses": True}},
        ["spec.publishNotReadyAddresses"],
    ),
    "a Service with an address from outside": (service, {"spec": {"externalIPs": ["192.0.2.7"]}}, ["spec.externalIPs[0]"]),
    "the order of variables": (deployment, of_app(env=REORDERED), [f"{APP}.env(order)"]),
    "a variable added": (
        deployment,
        of_app(env=[{"name": "STRAY", "value": "x"}]),
        [f"{APP}.env[name=STRAY].name", f"{APP}.env[name=STRAY].value"],
    ),
    "a word added to a command": (deployment, of_app(command=["serve", "--debug"]), [f"{APP}.command[1]"]),
    "arguments": (deployment, of_app(args=["--debug"]), [f"{APP}.args[0]"]),
    "a limit": (deployment, of_app(resources={"limits": {"cpu": "10m"}}), [f"{APP}.resources.limits.cpu"]),
    "nodes chosen": (deployment, of_pod(nodeSelector={"disk": "ssd"}), ["spec.template.spec.nodeSelector.disk"]),
    "the node's own network": (deployment, of_pod(hostNetwork=True), ["spec.template.spec.hostNetwork"]),
    "an account": (deployment, of_pod(serviceAccountName="stray"), ["spec.template.spec.serviceAccountName"]),
    "a rule added to a NetworkPolicy": (
        policy,
        {"spec": {"ingress": [{"from": [{"podSelector": {}}]}, {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}},
        ["spec.ingress[1].from[0].ipBlock.cidr"],
    ),
    "a key added to a budget's selector": (
        budget,
        {"spec": {"selector": {"matchLabels": {"stray": "x"}}}},
        ["spec.selector.matchLabels.stray"],
    ),
    "an autoscaler's pace": (
        autoscaler,
        {"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}}},
        ["spec.behavior.scaleDown.stabilizationWindowSeconds"],
    ),
    "a rule that leads elsewhere": (
        ingress,
        {"metadata": {"annotations": {"nginx.ingress.kubernetes.io/rewrite-target": "/x"}}},
        ["metadata.annotations.nginx.ingress.kubernetes.io/rewrite-target"],
    ),
    "a note of ours": (service, {"metadata": {"annotations": {OUR_NOTE: "y"}}}, [f"metadata.annotations.{OUR_NOTE}"]),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(WHOLE))
def test_what_is_promised_as_a_whole_is_drift_whoever_owns_the_field(ground: Ground, what: str) -> None:
    make, patch, paths = WHOLE[what]
    manifest = make(ground)
    with Lookout(ground) as lookout:
        lookout.ready()
        kept = keep(ground, manifest, lookout)
        assert kept.now() == (), "nobody has changed anything yet"
        ground.interventions.edit(manifest.ref, patch)

        told = kept.tell()

        drift = next(one for one in told if isinstance(one, Drifted))
        assert set(paths) <= {change.path for change in drift.changes}
        mine = [change for change in drift.changes if change.path in paths]
        interventions = {change.manager for change in mine if not change.path.endswith(".targetPort")}
        # Whoever puts a list in another order owns nothing by it: managedFields do not name such a hand.
        assert interventions == {"unknown" if "order" in what else _hand(ground)}
        assert all(change.at for change in mine if change.manager != "unknown"), "managedFields give the time"


def _hand(ground: Ground) -> str:
    return "kubectl-patch" if isinstance(ground.interventions, KubectlInterventions) else "kubectl-edit"


BESIDE: Mapping[str, tuple[Any, Box, Sequence[str]]] = {
    **{f"a note on a {make.__name__}": (make, NOTED, ["metadata.annotations.a.example/note"])
       for make in (deployment, service, policy, budget, autoscaler, ingress)},
    **{f"a label on a {make.__name__}": (make, {"metadata": {"labels": {"team": "blue"}}}, ["metadata.labels.team"])
       for make in (deployment, service, policy, budget, autoscaler, ingress)},
    "a finalizer": (service, {"metadata": {"finalizers": ["a.example/keep"]}}, ["metadata.finalizers[a.example/keep]"]),
    "a container beside ours": (
        deployment,
        {"spec": {"template": {"spec": {"containers": [{"name": "mesh", "image": "registry.invalid/mesh:1"}]}}}},
        ["spec.template.spec.containers[name=mesh].image"],
    ),
    "a label on the pods": (
        deployment, {"spec": {"template": {"metadata": {"labels": {"team": "blue"}}}}}, ["spec.template.metadata.labels.team"]),
    "a restart": (
        deployment,
        {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}}}}},
        ["spec.template.metadata.annotations.kubectl.kubernetes.io/restartedAt"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(BESIDE))
def test_what_changes_nothing_of_the_promise_is_told_with_its_hand_and_left_alone(ground: Ground, what: str) -> None:
    make, patch, paths = BESIDE[what]
    manifest = make(ground)
    with Lookout(ground) as lookout:
        lookout.ready()
        kept = keep(ground, manifest, lookout)
        ground.interventions.edit(manifest.ref, patch)

        (told,) = kept.tell()

        assert isinstance(told, UnmanagedSeen)
        assert set(paths) <= {change.path for change in told.changes}
        assert all(change.at and change.manager.startswith("kubectl") for change in told.changes if change.path in paths)


@pytest.mark.parametrize(
    "what", ["a key added to a Service's selector", "the order of variables", "a rule added to a NetworkPolicy"]
)
def test_what_an_apply_can_put_right_is_put_right_by_it(ground: Ground, what: str) -> None:
    make, patch, _ = WHOLE[what]
    manifest = make(ground)
    with Lookout(ground) as lookout:
        kept = keep(ground, manifest, lookout.ready())
        ground.interventions.edit(manifest.ref, patch)
        assert kept.tell()

        again = kept.written_again()

        settled = int(again.known.resource_version)
        lookout.until(ObjectSeen, lambda seen: seen.ref == manifest.ref and int(seen.resource_version) >= settled)
        assert again.now() == ()


ENV = ("spec", "template", "spec", "containers", 0, "env")
LETTERS = [{"name": name, "value": f"$({name})"} for name in "DBAC"]
ORDERS = [one for one in permutations(LETTERS) if list(one) != LETTERS]


@pytest.mark.parametrize("most", [5])
def test_whatever_order_a_hand_leaves_it_is_drift_and_the_declared_one_stands_again(ground: Ground, most: int) -> None:
    """`$(A)` is put in only from variables that stand before: another order is another application."""
    manifest = deployment(ground, env=LETTERS)
    orders = ORDERS if not isinstance(ground.interventions, KubectlInterventions) else ORDERS[:: len(ORDERS) // most]
    with Lookout(ground) as lookout:
        kept = keep(ground, manifest, lookout.ready())
        declared = ground.read(manifest.ref).fields[f"{APP}.env(order)"]
        assert declared == json.dumps(list("DBAC"))
        for order in orders:
            ground.interventions.put(manifest.ref, ENV, order)
            (drift,) = (one for one in kept.tell() if isinstance(one, Drifted))
            assert [change.path for change in drift.changes] == [f"{APP}.env(order)"]

            kept = kept.written_again()

            assert ground.read(manifest.ref).fields[f"{APP}.env(order)"] == declared, order


def test_what_an_apply_leaves_to_its_owner_is_drift_still(ground: Ground) -> None:
    """The control: that it stood in the server's answer to our write makes it no part of what we wrote."""
    manifest, patch = deployment(ground), of_app(env=[{"name": "STRAY", "value": "x"}])
    with Lookout(ground) as lookout:
        kept = keep(ground, manifest, lookout.ready())
        ground.interventions.edit(manifest.ref, patch)
        assert kept.tell()

        told = kept.written_again().tell()

        (drift,) = (one for one in told if isinstance(one, Drifted))
        assert (
            Change(f"{APP}.env[name=STRAY].value", "absent", "masked", drift.changes[-1].manager, drift.changes[-1].at)
            in drift.changes
        )


@pytest.mark.parametrize("make", [deployment, service, policy, budget, autoscaler, ingress])
def test_where_nobody_admits_anything_nothing_is_said_to_be_admissions(ground: Ground, make: Any) -> None:  # noqa: ANN401
    with Lookout(ground) as lookout:
        kept = keep(ground, make(ground), lookout.ready())

        assert kept.applied_state.admitted == ()
        assert not any(isinstance(one, AdmissionChanged) for one in kept.now())
