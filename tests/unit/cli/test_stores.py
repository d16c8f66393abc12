"""`secret`, `registry`, `project` and `platform`: what specs refer to, and what holds for all of them."""

import json

import pytest

from tests.unit.cli.typed import Reckon

PASSWORD = "correct-horse"


def test_secrets_of_all_scopes_are_listed_and_the_nearest_counts(reckon: Reckon) -> None:
    for scope in ("team", "cluster", "project"):
        assert reckon("secret", "set", "token", "--scope", scope, stdin=f"of-the-{scope}\n").exit_code == 0
    listed = json.loads(reckon("secret", "list", "-o", "json").stdout)
    assert [(one["scope"], one["shadowed_by"]) for one in listed] == [
        ("project", None),
        ("cluster", "project"),
        ("team", "project"),
    ]
    assert all(one["set_at"] and one["set_by"] for one in listed)
    assert "of-the" not in reckon("secret", "list").stdout


def test_a_scope_that_there_is_not_is_wrong_usage(reckon: Reckon) -> None:
    assert reckon("secret", "set", "token", "--scope", "world", stdin="x\n").exit_code == 2


def test_a_secret_that_another_scope_has_is_named(reckon: Reckon) -> None:
    reckon("secret", "set", "token", "--scope", "team", stdin="x\n")
    refused = reckon("secret", "rm", "token", "--yes")
    assert refused.exit_code == 3
    assert "reckon secret rm token --scope team" in refused.stderr


def test_a_password_is_never_an_argument_and_never_shown(reckon: Reckon) -> None:
    login = ("registry", "add", "hub", "--server", "registry.example", "--username", "ann")
    assert reckon(*login, PASSWORD).exit_code == 2
    assert reckon(*login, stdin=f"{PASSWORD}\n").exit_code == 0
    assert reckon.data(*login, "--password-file", reckon.file(PASSWORD, "password.txt"))["version"] == 2
    shown = reckon("registry", "list").stdout + reckon("registry", "list", "-o", "json").stdout
    assert "registry.example" in shown
    assert PASSWORD not in shown
    assert PASSWORD.encode() not in b"".join(path.read_bytes() for path in reckon.folder.glob("ledger.sqlite*"))


def test_a_registry_is_tested_and_taken_away(reckon: Reckon) -> None:
    reckon("registry", "add", "hub", "--server", "registry.example", "--username", "ann", stdin="wrong\n")
    refused = reckon("registry", "test", "hub")
    assert (refused.exit_code, "user or password is wrong" in refused.stderr) == (3, True)
    reckon("registry", "add", "hub", "--server", "registry.example", "--username", "ann", stdin=f"{PASSWORD}\n")
    assert "lets the login in" in reckon("registry", "test", "hub", "registry.example/team/web:1").stdout
    assert reckon("registry", "rm", "hub", "--yes").exit_code == 0
    assert reckon("registry", "test", "hub").exit_code == 4


def test_the_host_that_gives_a_registrys_tokens_is_named_beside_its_login(reckon: Reckon) -> None:
    login = ("registry", "add", "hub", "--server", "registry.example", "--username", "ann")
    assert reckon(*login, "--realm", "https://auth.example/token", stdin=f"{PASSWORD}\n").exit_code == 3
    assert reckon(*login, "--realm", "https://auth.example", stdin=f"{PASSWORD}\n").exit_code == 0
    assert "tokens from auth.example" in " ".join(reckon("registry", "list").stdout.split())
    assert reckon.data("registry", "list")[0]["realm"] == "auth.example"


def test_a_projects_pods_are_restricted(reckon: Reckon) -> None:
    assert reckon.data("project", "set", "shop", "--pod-security", "restricted")["changed"]
    assert not reckon.data("project", "set", "shop", "--pod-security", "restricted")["changed"]
    assert reckon.data("project", "list")[0]["pod_security"] == "restricted"
    assert reckon("project", "set", "shop", "--pod-security", "privileged").exit_code == 2
    assert reckon("project", "set", "*team", "--pod-security", "restricted").exit_code == 3


def test_the_platform_is_shown_with_its_defaults_and_chosen(reckon: Reckon) -> None:
    assert reckon.data("platform")["storage-size"]["default"]
    chosen = reckon.data("platform", "set", "storage-size=5Gi", "inner-endpoints=true")
    assert (chosen["storage-size"]["value"], chosen["storage-size"]["default"]) == ("5Gi", False)
    assert reckon.data("platform", "show") == chosen


@pytest.mark.parametrize("choice", ["storage-sise=5Gi", "storage-size", "inner-endpoints=maybe"])
def test_a_choice_that_makes_no_sense_is_refused(reckon: Reckon, choice: str) -> None:
    assert reckon("platform", "set", choice).exit_code == 3
