"""A person with no more than a project's Roles: what they cannot be told is left open, with the words why."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.simulator.cluster import SimulatedCluster
from domain.cluster_ports import Guard
from domain.errors import Rejected, Rejection
from domain.names import namespace_of
from domain.nodes import Node
from domain.objects import Live, Manifest, ObjectRef
from tests.unit.cli.typed import NOON, Reckon


def no(verb: str, what: str) -> Rejected:
    return Rejected(Rejection(403, "Forbidden", f'{what} is forbidden: User "ann" cannot {verb} resource "{what}"'))


class Narrow(SimulatedCluster):
    """A cluster that lets Ann do what `reckon project grant` gives her, and sees no further than `seen`."""

    seen: frozenset[str] = frozenset()
    """What she may do beyond that: `nodes`, `pods`."""
    mine = namespace_of("default")

    def lacking(self, *, acting: bool = True, namespace: str = "") -> tuple[str, ...]:
        return ("list pods", "patch deployments.apps") if acting or namespace != self.mine else ()

    def read(self, ref: ObjectRef) -> Live | None:
        if ref.kind == "Secret" or not {self.mine, "kube-system"} & {ref.namespace, ref.name}:
            raise no("get", f"{ref.kind.lower()}s")
        return super().read(ref)

    def secret(self, ref: ObjectRef) -> Mapping[str, bytes]:  # noqa: ARG002 (the port's names)
        raise no("get", "secrets")

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        if manifest.ref.kind != "Secret" or guard or dry_run:
            raise no("patch", f"{manifest.ref.kind.lower()}s")
        return super().apply(manifest, audit=audit, guard=guard, dry_run=dry_run)

    def nodes(self, *, counted: bool = True) -> tuple[Node, ...]:
        if "nodes" not in self.seen or (counted and "pods" not in self.seen):
            raise no("list", "nodes")
        return super().nodes(counted=counted)


@dataclass
class People:
    reckon: Reckon
    cluster: Narrow


@pytest.fixture
def ann(tmp_path: Path) -> People:
    cluster = Narrow(lambda: NOON, seed="narrow")
    reckon = Reckon(tmp_path, cluster).bound().with_an_engine()
    made = reckon.data("project", "grant", "default", "--user", "ann", "--namespaces")["items"]
    cluster.interventions.create(next(one for one in made if one["kind"] == "Namespace"))
    return People(reckon, cluster)


def test_she_stores_a_value_and_submits_with_it(ann: People) -> None:
    assert ann.reckon("secret", "set", "token", stdin="hunter2").exit_code == 0
    assert ann.reckon("submit", ann.reckon.file(), "--detach").exit_code == 0
    (kept,) = ann.cluster.store.of_kind("Secret")
    assert kept["metadata"]["namespace"] == namespace_of("default")


def test_what_is_everybodys_is_told_to_be_an_administrators(ann: People) -> None:
    for typed in (("secret", "set", "wide", "--scope", "cluster"), ("project", "set", "default", "--pod-security", "restricted")):
        said = ann.reckon(*typed, stdin="hunter2")
        assert said.exit_code == 1
        assert "reckon project grant NAME --user YOU" in said.output
        assert "an administrator's to do" in said.output


def test_a_plan_says_that_the_cluster_was_not_asked(ann: People) -> None:
    planned = ann.reckon("plan", ann.reckon.file())
    assert planned.exit_code == 1  # there are changes, and nobody refused them
    assert "for you may not" in planned.output


def test_machines_are_listed_with_as_much_of_their_places_as_she_may_see(ann: People) -> None:
    assert ann.reckon.data("machine", "list")[0]["place"] is None
    ann.cluster.seen = frozenset({"nodes"})
    assert ann.reckon.data("machine", "list")[0]["place"]["nodes"] > 0
    assert "as if they were empty" in ann.reckon("machine", "list").output


def test_a_doctor_asks_for_her_rights_in_her_project(ann: People) -> None:
    found = {one["about"]: one for one in ann.reckon.data("doctor")}
    assert (found["rights"]["ok"], "all that is needed by people" in found["rights"]["said"]) == (True, True)
    elsewhere = {one["about"]: one for one in ann.reckon.data("doctor", "-p", "other")}
    assert elsewhere["rights"]["ok"] is False
    assert "for project 'other'" in elsewhere["rights"]["said"]
    assert "reckon project grant" in elsewhere["rights"]["cure"]
