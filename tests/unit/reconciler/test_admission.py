"""What admission made of a write: compared by meaning, and neither defaults nor others' fields are taken for it."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.observations.objects import fields
from domain.objects import Fields, Live, Manifest, Mark, Scalar
from domain.server_defaults import is_default, same
from reconciler.admission import admitted

SPEC: dict[str, Any] = {
    "replicas": 2,
    "paused": False,
    "template": {"spec": {"containers": [{"name": "app", "image": "web:1", "resources": {"limits": {"cpu": "1000m"}}}]}},
}
OURS = Manifest.of({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "ns"}, "spec": SPEC})
APP = "spec.template.spec.containers[name=app]"


def answer(**changed: Scalar) -> Live:
    came: Fields = {
        **{path: value for path, value in fields("Deployment", OURS.content).items() if path != "spec.paused"},
        f"{APP}.resources.limits.cpu": "1",
        f"{APP}.terminationMessagePath": "/dev/termination-log",
        "spec.template.spec.dnsPolicy": "ClusterFirst",
        **changed,
    }
    return Live(OURS.ref, "u1", "5", 1, Mark(), came)


def test_what_the_server_normalises_leaves_out_and_fills_in_is_not_admissions() -> None:
    assert admitted(OURS, answer()) == ()


@pytest.mark.parametrize(
    ("path", "stands", "asked"),
    [
        (f"{APP}.image", "mirror/web:1", "web:1"),
        (f"{APP}.resources.limits.cpu", "2", "1000m"),
        ("spec.template.spec.dnsPolicy", "Default", "absent"),
        ("metadata.labels.tier", "gold", "absent"),
        ("spec.paused", True, False),
    ],
)
def test_what_stands_otherwise_than_it_was_asked_is(path: str, stands: Scalar, asked: Scalar) -> None:
    assert admitted(OURS, answer(**{path: stands})) == ((path, asked, stands),)


def test_what_another_owns_is_theirs() -> None:
    path = "metadata.labels.tier"
    assert admitted(OURS, replace(answer(**{path: "gold"}), foreign=(path,))) == ()


def test_quantities_are_compared_by_what_they_mean() -> None:
    assert same("1000m", "1")
    assert same("4096Mi", "4Gi")
    assert same("0.5", "500m")
    assert not same("1", "1Ki")
    assert not same("web:1", "web:2")


def test_a_default_is_one_by_its_value_and_its_type() -> None:
    assert is_default("Service", "spec.sessionAffinity", "None")
    assert not is_default("Service", "spec.sessionAffinity", "ClientIP")
    true: Scalar = True
    assert not is_default("Deployment", "spec.replicas", true)
