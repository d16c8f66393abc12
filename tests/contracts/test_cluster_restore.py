"""What an apply cannot put right, on both clusters: others' additions are taken over first, and then an apply removes them.

Each object is written as the engine writes it, changed as a person with kubectl does, and put right by a take-over and an apply.
"""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import pytest

from adapters.clock import new_id
from domain.actions import Failed, Succeeded, Taken, TakeOver, Update
from domain.cluster_ports import Guard
from domain.errors import Contested, Rejected
from domain.objects import Kind, Live, Manifest, Mark
from domain.seen import ABSENT, Drifted
from reconciler.perform import Task, perform
from tests.contracts.clusters import CLUSTERS, Ground, KubectlInterventions, Lookout
from tests.contracts.test_cluster_drift import (
    APP,
    ENV,
    LETTERS,
    autoscaler,
    deployment,
    keep,
    of_app,
    of_kind,
    of_pod,
    policy,
    service,
)
from tests.signing import SIGNER

Box = dict[str, Any]
FAR = 1_000_000
"""A place in the ledger after that of every other write in these tests."""


@pytest.fixture(params=CLUSTERS)
def ground(request: pytest.FixtureRequest) -> Generator[Ground]:
    made: AbstractContextManager[Ground] = request.param(request)
    with made as one:
        one.apply(one.space())
        yield one


def hand(ground: Ground) -> str:
    return "kubectl-patch" if isinstance(ground.interventions, KubectlInterventions) else "kubectl-edit"


def two_ports(ground: Ground) -> Manifest:
    ports = [
        {"name": "http", "port": 80, "targetPort": 80, "protocol": "TCP"},
        {"name": "more", "port": 90, "targetPort": 90, "protocol": "TCP"},
    ]
    return of_kind(ground, Kind.SERVICE, "v1", {"type": "ClusterIP", "selector": ground.labels("web"), "ports": ports})


RENUMBERED: Box = {"spec": {"ports": [{"port": 80, "$patch": "delete"}, {"name": "http", "port": 81, "targetPort": 80}]}}
HANDS: Mapping[str, tuple[Any, Box, tuple[str, ...]]] = {
    "a port with another number": (service, RENUMBERED, ("spec.ports[port=81]",)),
    "one port of two with another number": (two_ports, RENUMBERED, ("spec.ports[port=81]",)),
    "a port added": (service, {"spec": {"ports": [{"name": "more", "port": 81}]}}, ("spec.ports[port=81]",)),
    "a variable added": (deployment, of_app(env=[{"name": "STRAY", "value": "x"}]), (f"{APP}.env[name=STRAY]",)),
    "a limit added": (deployment, of_app(resources={"limits": {"cpu": "10m"}}), (f"{APP}.resources.limits.cpu",)),
    "the node's own network": (deployment, of_pod(hostNetwork=True), ("spec.template.spec.hostNetwork",)),
    "arguments": (deployment, of_app(args=["--debug"]), (f"{APP}.args",)),
    "rules of egress": (policy, {"spec": {"egress": [{"to": [{"podSelector": {}}]}]}}, ("spec.egress",)),
    "an autoscaler's pace": (
        autoscaler,
        {"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}}},
        ("spec.behavior",),
    ),
}  # fmt: skip


def done(ground: Ground, action: TakeOver | Update, manifest: Manifest) -> Succeeded:
    """Perform it as the engine does, again where a controller wrote its status meanwhile."""
    task = Task(action, Mark(ground.ledger, action.id, 0, FAR), manifest, SIGNER)
    outcome = perform(task, ground.cluster).outcome
    while isinstance(outcome, Failed) and outcome.code in {"Contested", "Conflict"}:
        outcome = perform(task, ground.cluster).outcome
    assert isinstance(outcome, Succeeded), outcome
    return outcome


def taken_over(ground: Ground, manifest: Manifest, uid: str, paths: tuple[str, ...]) -> Succeeded:
    return done(ground, TakeOver(new_id(), manifest.ref, "body", uid, paths, "test"), manifest)


def written(ground: Ground, manifest: Manifest, uid: str) -> Succeeded:
    return done(ground, Update(new_id(), manifest.ref, "body", uid, "test"), manifest)


def of_spec(live: Live) -> Mapping[str, object]:
    return {path: value for path, value in live.fields.items() if path.startswith("spec.")}


@pytest.mark.parametrize("what", sorted(HANDS))
def test_what_an_apply_would_leave_is_taken_over_and_then_removed_by_it(ground: Ground, what: str) -> None:
    make, patch, paths = HANDS[what]
    manifest = make(ground)
    before = ground.apply(manifest)
    ground.interventions.edit(manifest.ref, patch)
    changed = of_spec(ground.read(manifest.ref))
    assert changed != of_spec(before)

    differing = tuple({path for path, value in {*of_spec(before).items()} ^ {*changed.items()} if value is not None})
    taken = taken_over(ground, manifest, before.uid, differing)

    assert of_spec(ground.read(manifest.ref)) == changed, "a take-over changes no content"
    assert taken.effect == "taken over"
    assert taken.wrote
    assert {one.manager for one in taken.taken} == {hand(ground)}
    assert all(one.path.startswith(paths) for one in taken.taken)
    written(ground, manifest, before.uid)
    assert of_spec(ground.read(manifest.ref)) == of_spec(before)


@pytest.mark.parametrize("what", ["a port added", "a variable added", "rules of egress", "the node's own network"])
def test_the_control_an_apply_alone_leaves_it_to_its_owner(ground: Ground, what: str) -> None:
    make, patch, paths = HANDS[what]
    manifest = make(ground)
    before = ground.apply(manifest)
    ground.interventions.edit(manifest.ref, patch)

    written(ground, manifest, before.uid)

    assert any(path.startswith(paths) for path in ground.read(manifest.ref).fields)


@pytest.mark.parametrize("make", [service, two_ports])
def test_the_control_a_port_renumbered_by_hand_makes_every_apply_be_refused(ground: Ground, make: Any) -> None:  # noqa: ANN401
    manifest = make(ground)
    ground.apply(manifest)
    ground.interventions.edit(manifest.ref, RENUMBERED)

    with pytest.raises(Rejected, match='Duplicate value: "http"'):
        ground.apply(manifest)


def test_the_next_version_of_a_service_is_applied_over_a_port_renumbered_by_hand(ground: Ground) -> None:
    manifest = service(ground)
    before = ground.apply(manifest)
    ground.interventions.edit(manifest.ref, RENUMBERED)
    port = {"name": "http", "port": 8080, "targetPort": 80, "protocol": "TCP"}
    spec: Box = {"type": "ClusterIP", "selector": ground.labels("web"), "ports": [port]}
    following = of_kind(ground, Kind.SERVICE, "v1", spec)

    taken_over(ground, following, before.uid, ("spec.ports[port=81].port", "spec.ports[port=80].port"))
    written(ground, following, before.uid)

    ports = {path for path in ground.read(manifest.ref).fields if path.startswith("spec.ports[") and path.endswith(".port")}
    assert ports == {"spec.ports[port=8080].port"}


def test_what_is_not_named_stays_its_owners(ground: Ground) -> None:
    manifest = deployment(ground)
    before = ground.apply(manifest)
    mesh = {"name": "mesh", "image": "registry.invalid/mesh:1", "env": [{"name": "STRAY", "value": "theirs"}]}
    both = [{"name": "app", "env": [{"name": "STRAY", "value": "x"}]}, mesh]
    ground.interventions.edit(manifest.ref, {"spec": {"template": {"spec": {"containers": both}}}})

    taken = taken_over(ground, manifest, before.uid, (f"{APP}.env[name=STRAY].name", f"{APP}.env[name=STRAY].value"))
    written(ground, manifest, before.uid)

    fields = ground.read(manifest.ref).fields
    assert taken.taken == (Taken(f"{APP}.env[name=STRAY]", hand(ground)),)
    assert not any(path.startswith(f"{APP}.env[name=STRAY]") for path in fields)
    assert fields["spec.template.spec.containers[name=mesh].env[name=STRAY].value"] == "theirs"


def test_where_it_is_not_known_what_is_drift_all_that_is_promised_as_a_whole_is_taken(ground: Ground) -> None:
    manifest = service(ground)
    before = ground.apply(manifest)
    ground.interventions.edit(manifest.ref, {"metadata": {"labels": {"team": "blue"}}, **RENUMBERED})

    taken = taken_over(ground, manifest, before.uid, ())
    written(ground, manifest, before.uid)

    stands = ground.read(manifest.ref)
    assert taken.taken == (Taken("spec.ports[port=81]", hand(ground)),)
    assert of_spec(stands) == of_spec(before)
    assert stands.fields["metadata.labels.team"] == "blue"


def test_where_an_apply_is_enough_nothing_is_written(ground: Ground) -> None:
    manifest = service(ground)
    before = ground.apply(manifest)
    ground.interventions.edit(manifest.ref, {"spec": {"selector": {"stray": "x"}}})
    stands = ground.read(manifest.ref)

    taken = taken_over(ground, manifest, before.uid, ("spec.selector.stray",))

    assert (taken.effect, taken.wrote, taken.taken) == ("found", False, ())
    assert ground.read(manifest.ref).resource_version == stands.resource_version
    written(ground, manifest, before.uid)
    assert of_spec(ground.read(manifest.ref)) == of_spec(before)


@pytest.mark.parametrize("which", ["version", "object"])
def test_a_take_over_is_as_guarded_as_an_apply(ground: Ground, which: str) -> None:
    manifest = service(ground)
    before = ground.apply(manifest)
    ground.interventions.edit(manifest.ref, RENUMBERED)
    stands = ground.read(manifest.ref)
    guard = Guard(before.uid, before.resource_version) if which == "version" else Guard(new_id(), stands.resource_version)

    with pytest.raises(Contested):
        ground.cluster.take_over(manifest, ("spec.ports[port=81]",), guard=guard, audit=new_id())

    assert ground.read(manifest.ref).resource_version == stands.resource_version


def test_nothing_is_taken_over_on_what_is_not_ours(ground: Ground) -> None:
    manifest = service(ground)
    before = ground.apply(manifest)
    ground.interventions.edit(manifest.ref, RENUMBERED)
    action = TakeOver(new_id(), manifest.ref, "body", before.uid, ("spec.ports[port=81]",), "test")

    outcome = perform(Task(action, Mark(new_id(), action.id, 0, FAR), manifest, SIGNER), ground.cluster).outcome

    assert isinstance(outcome, Failed)
    assert outcome.code == "NotOurs"


def a_variable(name: str, value: str = "") -> Box:
    return {"name": name, "value": value or f"$({name})"}


TURNED: Mapping[str, list[Box]] = {
    "a stranger between": [a_variable("A"), a_variable("X", "x"), *map(a_variable, "DBC")],
    "a stranger first": [a_variable("X", "x"), *map(a_variable, "CABD")],
    "one taken out": [*map(a_variable, "ADB")],
    "one with another value": [a_variable("C"), a_variable("A", "2"), *map(a_variable, "BD")],
    "one twice, the last of which counts": [*map(a_variable, "DBAC"), a_variable("B", "2")],
    "one twice, and turned": [a_variable("C"), a_variable("B", "2"), *map(a_variable, "DBA")],
}


@pytest.mark.parametrize("what", TURNED)
def test_an_order_that_a_hand_leaves_beside_other_changes_is_put_right_with_them(ground: Ground, what: str) -> None:
    manifest = deployment(ground, env=LETTERS)
    with Lookout(ground) as lookout:
        kept = keep(ground, manifest, lookout.ready())
        declared = {path: value for path, value in ground.read(manifest.ref).fields.items() if path.startswith(f"{APP}.env")}
        ground.interventions.put(manifest.ref, ENV, TURNED[what])
        (drift,) = (one for one in kept.tell() if isinstance(one, Drifted))
        if any(change.was == ABSENT for change in drift.changes):
            taken_over(ground, manifest, kept.known.uid, tuple(change.path for change in drift.changes))

        kept.written_again()

        stands = ground.read(manifest.ref).fields
        assert {path: value for path, value in stands.items() if path.startswith(f"{APP}.env")} == declared
