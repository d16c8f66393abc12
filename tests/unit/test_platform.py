"""The owner's choices: what cannot be is refused when it is chosen, not when the next version is applied."""

from collections.abc import Mapping

import pytest
from hypothesis import given

from domain.errors import Refused
from domain.platform import Platform, choose, written
from tests.render_contexts import platforms

HOSTILE: Mapping[str, tuple[str, ...]] = {
    "filler-image": ("", " ", "-x", "UP PER", "a b", "$(id)", "x" * 501, "web:1\nx", "http://host/x"),
    "relay-image": ("", "caddy:", "caddy@sha256:0", "caddy;id"),
    "storage-class": ("UPPER", "a b", "-a", "a/b", "../x", "a" * 64, "\u202ex", "a\nb"),
    "storage-access": ("", "ReadWriteEverything", "readwritemany"),
    "storage-size": ("", "lots", "0Gi", "-1Gi", "20", "20GB", "1e9", "20Gi\n", "9" * 30 + "Gi"),
    "ingress-class": ("My Class", "nginx;", "a_b", "nginx\n", "x" * 300),
    "gateway": ("public", "infra/", "/public", "infra/a/b", "Infra/public", "infra/../x"),
    "hosts": ("example.com", "{name}", "{name}.Example.com", "{name}.a b", "{name}..x", "{other}.x", "{name}.x/y", "{name}.x:80"),
    "tls-secret": ("My Secret", "ns/secret", "a\nb", "\ud800"),
    "metrics-service": ("", "deadreckon", "a/b", "a/b:0", "a/b:65536", "a/b:99999", "a/b:x", "/b:1", "a/:1", "a/b:1:2"),
    "inner-endpoints": ("", "yes", "True", "1"),
    "projects-apart": ("", "no", "0"),
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in HOSTILE.items() for text in texts])
def test_a_choice_that_cannot_be_is_refused(name: str, text: str) -> None:
    with pytest.raises(Refused) as refused:
        choose(Platform(), [(name, text)])
    assert refused.value.code == "bad-choice"


def test_each_choice_has_hostile_values() -> None:
    assert HOSTILE.keys() == written(Platform()).keys()


@given(platforms)
def test_every_platform_can_be_chosen_and_all_it_has_can_be_empty_that_may(platform: Platform) -> None:
    assert choose(Platform(), written(platform).items()) == platform
    for name in ("storage-class", "ingress-class", "gateway", "hosts", "tls-secret"):
        assert written(choose(platform, [(name, "")]))[name] == ""
