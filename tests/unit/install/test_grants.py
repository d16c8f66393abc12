"""`reckon project grant`: Roles in one project's namespace, for those who are named, and nothing that reads a Secret."""

import json
from typing import Any

import pytest
from ruamel.yaml import YAML

from domain.names import namespace_of
from domain.project import shared_namespace
from tests.unit.cli.typed import Reckon


@pytest.fixture
def reckon(tmp_path: Any) -> Reckon:  # noqa: ANN401 (pytest's own)
    return Reckon(tmp_path)


def printed(reckon: Reckon, *typed: str) -> list[dict[str, Any]]:
    said = reckon("project", "grant", *typed)
    assert said.exit_code == 0, said.output
    reader: Any = YAML(typ="safe", pure=True)  # the library declares its readers half
    return list(reader.load_all(said.stdout))


def verbs(objects: list[dict[str, Any]], resource: str) -> set[str]:
    written = [rule for one in objects for rule in one.get("rules", ()) if resource in rule["resources"]]
    return {verb for rule in written for verb in rule["verbs"]}


def test_people_get_roles_in_their_projects_namespace_and_see_which_cluster_it_is(reckon: Reckon) -> None:
    made = printed(reckon, "shop", "--user", "ann", "--group", "developers", "--service-account", "ci/deployer")

    assert {one["kind"] for one in made} == {"Role", "RoleBinding"}
    assert {one["metadata"]["namespace"] for one in made} == {namespace_of("shop"), "kube-system"}
    there = [rule for one in made if one["metadata"]["namespace"] == "kube-system" for rule in one.get("rules", ())]
    assert {json.dumps(rule, sort_keys=True) for rule in there} == {
        '{"apiGroups": [""], "resourceNames": ["kube-system"], "resources": ["namespaces"], "verbs": ["get"]}'
    }
    subjects = [one["subjects"][0] for one in made if "subjects" in one]
    assert {(one["kind"], one.get("namespace", ""), one["name"]) for one in subjects} == {
        ("User", "", "ann"),
        ("Group", "", "developers"),
        ("ServiceAccount", "ci", "deployer"),
    }


def test_a_secret_is_created_and_never_read_also_not_by_the_answer_to_a_change(reckon: Reckon) -> None:
    made = printed(reckon, "shop", "--user", "ann")

    assert verbs(made, "secrets") == {"create"}
    assert verbs(made, "namespaces") == {"get"}
    assert not verbs(made, "serviceaccounts/token") | verbs(made, "pods/exec") | verbs(made, "rolebindings")
    assert "*" not in json.dumps(made)


def test_what_one_is_given_is_taken_without_the_others(reckon: Reckon) -> None:
    names = [{one["metadata"]["name"] for one in printed(reckon, "shop", "--user", user)} for user in ("ann", "Ann", "bo")]
    more = {
        one["metadata"]["name"]
        for one in printed(reckon, "other", "--user", "ann")
        if one["metadata"]["namespace"] == "kube-system"
    }

    assert names[0].isdisjoint(names[1] | names[2])
    assert more.isdisjoint(names[0])


def test_an_engine_may_copy_what_all_projects_share_where_it_was_granted(reckon: Reckon) -> None:
    made = printed(reckon, "shop", "--engine", "ops")
    identity = reckon.doors.ledger(reckon.doors.settings()).identity

    assert [one["kind"] for one in made] == ["RoleBinding", "RoleBinding"]
    assert {one["metadata"]["namespace"] for one in made} == {namespace_of("shop"), shared_namespace(identity)}
    assert {one["roleRef"]["name"] for one in made} == {"ops-secrets"}
    assert {json.dumps(one["subjects"][0], sort_keys=True) for one in made} == {
        '{"kind": "ServiceAccount", "name": "deadreckon", "namespace": "ops"}'
    }


def test_namespaces_are_printed_when_they_are_asked_for_only(reckon: Reckon) -> None:
    def spaces(*typed: str) -> list[str]:
        return [one["metadata"]["name"] for one in printed(reckon, "shop", *typed) if one["kind"] == "Namespace"]

    identity = reckon.doors.ledger(reckon.doors.settings()).identity
    assert spaces("--user", "ann") == []
    assert spaces("--user", "ann", "--namespaces") == [namespace_of("shop")]
    assert spaces("--engine", "ops", "--namespaces") == [namespace_of("shop"), shared_namespace(identity)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([], "to whom?"),
        (["--user", ""], "nobody's name"),
        (["--user", "a\nb"], "nobody's name"),
        (["--group", "system:authenticated"], "is everybody"),
        (["--service-account", "deployer"], "no account"),
        (["--engine", "Ops"], "no name of a namespace"),
    ],
)
def test_what_is_for_nobody_or_for_everybody_is_refused(reckon: Reckon, typed: list[str], said: str) -> None:
    refused = reckon("project", "grant", "shop", *typed)
    assert (refused.exit_code, said in refused.output) == (3, True), refused.output
