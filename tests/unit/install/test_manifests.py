"""`reckon manifests`: what is printed, that its roles are the table of rights, and what it refuses."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import Result

from adapters.cluster.permissions import ENGINE, ENGINE_SECRETS, PEOPLE, Right
from adapters.install.manifests import Installation, manifests
from adapters.install.roles import rules
from tests.unit.cli.typed import Reckon

IMAGE = "registry.example/deadreckon:1"


@pytest.fixture
def reckon(tmp_path: Any) -> Reckon:  # noqa: ANN401 (pytest's own)
    return Reckon(tmp_path)


def rights(written: Iterable[dict[str, Any]]) -> set[Right]:
    """Read rules as the API server does."""
    return {
        Right(group, resource, verb)
        for rule in written
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def by_name(objects: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in objects}


def read(said: Result) -> dict[str, dict[str, Any]]:
    assert said.exit_code == 0, said.output
    reader: Any = YAML(typ="safe", pure=True)  # the library declares its readers half
    return by_name(reader.load_all(said.stdout))


def test_the_roles_are_exactly_the_rights_that_are_used() -> None:
    made = by_name(manifests(Installation(IMAGE)))

    assert rights(made["ClusterRole/deadreckon"]["rules"]) == set(ENGINE)
    assert rights(made["ClusterRole/deadreckon-secrets"]["rules"]) == set(ENGINE_SECRETS)


def test_no_role_of_the_whole_cluster_reads_secrets_or_is_for_people() -> None:
    made = by_name(manifests(Installation(IMAGE)))
    bound = {one["roleRef"]["name"] for one in made.values() if one["kind"] == "ClusterRoleBinding"}

    assert bound == {"deadreckon"}
    assert not [right for right in rights(made["ClusterRole/deadreckon"]["rules"]) if right.resource == "secrets"]
    # Of this name earlier versions had a role for people; whoever it is bound to, what is applied over it lets them nothing.
    assert made["ClusterRole/deadreckon-people"]["rules"] == []


def test_what_the_engines_hear_and_ask_is_named(reckon: Reckon) -> None:
    policy = read(reckon("manifests", "--image", IMAGE))["NetworkPolicy/deadreckon"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert [[one["port"] for one in rule["ports"]] for rule in policy["egress"]] == [[53, 53], [443, 6443], [5432]]
    (watched, asked) = policy["ingress"]
    assert watched["ports"] == [{"port": 9090, "protocol": "TCP"}]
    assert watched["from"][0]["namespaceSelector"]["matchExpressions"][0]["operator"] == "DoesNotExist"
    assert ("from" in asked, asked["ports"]) == (False, [{"port": 8443, "protocol": "TCP"}])

    chosen = ["--api-server", "10.0.0.1/32", "--api-port", "8443", "--ledger-port", "6432"]
    narrow = read(reckon("manifests", "--image", IMAGE, *chosen))["NetworkPolicy/deadreckon"]["spec"]
    only = [{"ipBlock": {"cidr": "10.0.0.1/32"}}]
    assert (narrow["ingress"][1]["from"], narrow["egress"][1]["to"]) == (only, only)
    assert [[one["port"] for one in rule["ports"]] for rule in narrow["egress"]] == [[53, 53], [8443], [6432]]


def test_the_policies_are_in_force_before_an_engine_runs() -> None:
    made = manifests(Installation(IMAGE, namespace="ops"))
    policies = [one["metadata"]["name"] for one in made if one["kind"] == "ValidatingAdmissionPolicy"]
    bindings = {one["spec"]["policyName"]: one["spec"] for one in made if one["kind"] == "ValidatingAdmissionPolicyBinding"}

    assert policies == ["ops-marks", "ops-engine"]
    assert [bindings[name]["validationActions"] for name in policies] == [["Deny"], ["Deny"]]
    assert {one["spec"]["failurePolicy"] for one in made if one["kind"] == "ValidatingAdmissionPolicy"} == {"Fail"}


@pytest.mark.parametrize("left_out", range(len(ENGINE)))
def test_a_right_that_is_left_out_would_be_found(left_out: int) -> None:
    """The control of the test above."""
    assert rights(rules(right for n, right in enumerate(ENGINE) if n != left_out)) != set(ENGINE)


def test_no_role_has_a_wildcard() -> None:
    assert "*" not in json.dumps([rules(ENGINE), rules(PEOPLE), rules(ENGINE_SECRETS)])


def test_what_is_printed_is_what_kubectl_applies(reckon: Reckon) -> None:
    printed = read(reckon("manifests", "--image", IMAGE))

    assert printed == by_name(manifests(Installation(IMAGE)))
    listed = json.loads(reckon("manifests", "--image", IMAGE, "-o", "json").stdout)
    assert (listed["kind"], by_name(listed["items"])) == ("List", printed)
    assert "namespace/deadreckon" in reckon("manifests", "--image", IMAGE, "-o", "name").stdout.split()


def test_the_namespace_comes_first_and_the_engines_last() -> None:
    kinds = [one["kind"] for one in manifests(Installation(IMAGE))]
    assert (kinds[0], kinds[-1]) == ("Namespace", "Deployment")


def test_what_is_chosen_stands_there(reckon: Reckon) -> None:
    chosen = ["--namespace", "ops", "--replicas", "3", "--ledger-secret", "pg", "--pull-secret", "pull"]
    made = read(reckon("manifests", "--image", IMAGE, *chosen, "--set", "RECKON_LEASE_SECONDS=15"))

    spec = made["Deployment/deadreckon"]["spec"]
    pod = spec["template"]["spec"]
    env = {variable["name"]: variable for variable in pod["containers"][0]["env"]}
    assert spec["replicas"] == 3
    assert pod["imagePullSecrets"] == [{"name": "pull"}]
    assert env["RECKON_LEDGER"]["valueFrom"]["secretKeyRef"] == {"name": "pg", "key": "url"}
    assert env["RECKON_LEASE_SECONDS"]["value"] == "15"
    assert made["ClusterRoleBinding/ops"]["subjects"] == [{"kind": "ServiceAccount", "name": "deadreckon", "namespace": "ops"}]
    assert {one["metadata"].get("namespace", "ops") for one in made.values()} == {"ops", "kube-system"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([], "which image"),
        (["--image", "Not An Image"], "no name of an image"),
        (["--image", IMAGE, "--namespace", "Ops"], "'Ops' is no name of an object"),
        (["--image", IMAGE, "--set", "RECKON_LEASE=3"], "there is no setting RECKON_LEASE"),
        (["--image", IMAGE, "--set", "RECKON_LEASE_SECONDS=long"], "RECKON_LEASE_SECONDS"),
        (["--image", IMAGE, "--set", "RECKON_LEDGER=postgresql://x"], "--ledger-secret"),
        (["--image", IMAGE, "--set", "LEASE"], "no setting"),
        (["--image", IMAGE, "--replicas", "0"], "--replicas"),
        (["--image", IMAGE, "--api-server", "api.example"], "no range of addresses"),
        (["--image", IMAGE, "--ledger-port", "0"], "0 is no port"),
    ],
)
def test_what_would_not_work_is_refused(reckon: Reckon, typed: list[str], said: str) -> None:
    refused = reckon("manifests", *typed)

    assert refused.exit_code != 0
    assert said in refused.output
    assert "kind:" not in refused.stdout
