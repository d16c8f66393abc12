"""Registries' addresses in one form, whose image is whose, and the key under which kubelets look a login up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.images import DOCKER_HUB, parse_reference
from domain.registries import below, gives_tokens, login_key, parse_realm, parse_server


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("registry.example", "registry.example"),
        ("https://Registry.Example:5000/", "registry.example:5000"),
        ("registry.example/team/", "registry.example/team"),
        ("docker.io", DOCKER_HUB),
        ("https://index.docker.io/v1/", DOCKER_HUB),
        ("docker.io/team", f"{DOCKER_HUB}/team"),
        ("[::1]:5000", "[::1]:5000"),
    ],
)
def test_an_address_has_one_form(written: str, meant: str) -> None:
    assert parse_server(written) == meant
    assert parse_server(meant) == meant


@pytest.mark.parametrize("written", ["", "https://", "a b", "user@registry.example", "registry.example?x=1", "a\nb", "x" * 300])
def test_what_is_no_address_is_not_taken_for_one(written: str) -> None:
    assert parse_server(written) is None


@pytest.mark.parametrize(
    ("image", "server", "belongs"),
    [
        ("registry.example/team/web:1", "registry.example", True),
        ("registry.example/team/web:1", "registry.example/team", True),
        ("registry.example/team-2/web:1", "registry.example/team", False),
        ("registry.example:5000/web:1", "registry.example", False),
        ("other.example/web:1", "registry.example", False),
        ("web:1", DOCKER_HUB, True),
        ("team/web:1", f"{DOCKER_HUB}/team", True),
        ("registry.example.evil.example/web:1", "registry.example", False),
    ],
)
def test_an_image_belongs_to_the_registry_that_its_name_says(image: str, server: str, belongs: bool) -> None:
    reference = parse_reference(image)
    assert reference is not None
    assert below(reference, server) is belongs


def test_kubelets_know_docker_hub_by_a_name_of_old() -> None:
    assert login_key(DOCKER_HUB) == "https://index.docker.io/v1/"
    assert login_key("registry.example/team") == "registry.example/team"


@pytest.mark.parametrize(
    ("realm", "server", "named", "given"),
    [
        ("registry.example", "registry.example/team", "", True),
        ("registry.example:5000", "registry.example:5000", "", True),
        ("registry.example", "Registry.Example:443", "", True),
        ("registry.example", "registry.example:5000", "", False),
        ("registry.example:5000", "registry.example", "", False),
        ("auth.example", "registry.example", "", False),
        ("auth.registry.example", "registry.example", "", False),
        ("registry.example.evil.example", "registry.example", "", False),
        ("auth.example", "registry.example", "auth.example", True),
        ("registry.example", "registry.example", "auth.example", True),
        ("evil.example", "registry.example", "auth.example", False),
        ("auth.docker.io", DOCKER_HUB, "", True),
        ("gitlab.com", "registry.gitlab.com/team", "", True),
        ("auth.docker.io", "registry.example", "", False),
        ("gitlab.com", DOCKER_HUB, "", False),
        ("", "registry.example", "", False),
    ],
)
def test_who_may_be_told_a_registrys_password_so_as_to_give_a_token(realm: str, server: str, named: str, given: bool) -> None:
    assert gives_tokens(realm, server, named) is given


def test_a_realm_is_a_host() -> None:
    assert parse_realm("https://Auth.Example") == "auth.example"
    assert parse_realm("auth.example:443") == "auth.example"
    assert parse_realm("auth.example:8443") == "auth.example:8443"
    for wrong in ("", "http://auth.example", "auth.example/token", "me@auth.example", "auth.example?x", "a b", "x" * 300):
        assert parse_realm(wrong) is None


@given(st.text(max_size=80))
def test_reading_an_address_twice_is_reading_it_once(text: str) -> None:
    once = parse_server(text)
    assert once is None or parse_server(once) == once
