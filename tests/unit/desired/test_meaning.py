"""What is rendered means what the spec means: read back by another hand, field by field."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from domain.objects import Kind, Manifest
from reconciler.desired import render
from reconciler.render_context import RenderContext
from tests.at_night import at_night
from tests.meaning import by_kind, misread
from tests.render_contexts import contexts, everything


@settings(max_examples=at_night(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contexts())
def test_the_objects_say_what_the_ground_means(context: RenderContext) -> None:
    assert misread(context, by_kind(render(context).manifests)) == {}


@pytest.mark.parametrize("which", [0, 1], ids=["with an ingress", "with a route"])
def test_all_there_is_at_once_is_said_as_it_is_meant(which: int) -> None:
    context = everything()[which]
    assert misread(context, by_kind(render(context).manifests)) == {}


def changed(old: str, new: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(content: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(content)
        assert old in text
        after: dict[str, Any] = json.loads(text.replace(old, new))
        return after

    return change


@pytest.mark.parametrize(
    ("kind", "old", "new", "names"),
    [
        (Kind.DEPLOYMENT, '"some-value"', '"another"', {"variables"}),
        (Kind.DEPLOYMENT, '"/startup"', '"/"', {"startup"}),
        (Kind.DEPLOYMENT, '"mountPath": "/space"', '"mountPath": "/elsewhere"', {"mounts"}),
        (Kind.DEPLOYMENT, '"readOnly": true', '"readOnly": false', {"mounts"}),
        (Kind.DEPLOYMENT, '"initialDelaySeconds": 5', '"initialDelaySeconds": 6', {"readiness"}),
        (Kind.DEPLOYMENT, "127.0.0.1:8000", "127.0.0.1:9000", {"startup", "readiness"}),
        (Kind.SERVICE, '"port": 9000', '"port": 9001', {"served"}),
        (Kind.AUTOSCALER, '"150m"', '"150"', {"metrics"}),
        (Kind.AUTOSCALER, '"maxReplicas": 5', '"maxReplicas": 6', {"bounds"}),
        (Kind.INGRESS, '"host": "my', '"host": "your', {"host"}),
        (Kind.NAMESPACE, '"baseline"', '"privileged"', {"level"}),
    ],
)
def test_the_control_what_is_said_otherwise_is_found(kind: Kind, old: str, new: str, names: set[str]) -> None:
    context = everything()[0]
    manifests = render(context).manifests
    other = [Manifest.of(changed(old, new)(m.content)) if m.ref.kind == kind.value else m for m in manifests]
    assert misread(context, by_kind(other)).keys() == names
