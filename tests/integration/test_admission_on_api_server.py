"""Admission on a real API server: a policy that changes what we write is told, once, and is nobody's drift."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from domain.observations import ObjectSeen
from domain.observe_drift import drift_news
from domain.seen import AdmissionChanged, Change
from tests.contracts.clusters import Ground, Lookout, kubernetes
from tests.contracts.test_cluster_drift import Kept, deployment, keep, service
from tests.lab.cluster import Lab

pytestmark = pytest.mark.lab

APP = "spec.template.spec.containers[name=app]"
LABELS = 'Object{metadata: Object.metadata{labels: {"policy.example/tier": "gold"}}}'
ENV = (
    "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: "
    'object.spec.template.spec.containers.map(c, Object.spec.template.spec.containers{name: c.name, image: c.image + "-scanned", '
    'env: [Object.spec.template.spec.containers.env{name: "PROXY", value: "on"}]})}}}}'
)


@pytest.fixture
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with kubernetes(request) as one:
        one.apply(one.space())
        yield one


@pytest.fixture
def policies(lab: Lab, ground: Ground) -> Iterator[None]:
    """A label on each Service, another image and a variable in each Deployment; of this one namespace."""
    made = [
        *policy("labelled", ground.namespace, ("", "services"), LABELS),
        *policy("scanned", ground.namespace, ("apps", "deployments"), ENV),
    ]
    lab.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": made}))
    yield
    lab.kubectl("delete", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": made}))


def policy(name: str, namespace: str, what: tuple[str, str], expression: str) -> list[dict[str, Any]]:
    rule: dict[str, Any] = {
        "apiGroups": [what[0]],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": [what[1]],
    }
    spec: dict[str, Any] = {
        "matchConstraints": {
            "resourceRules": [rule],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        },
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
        "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}],
    }
    if what[1] == "deployments":
        # An image that is the policy's already is left as it is, else each write would add to it.
        spec["matchConditions"] = [
            {"name": "once", "expression": 'object.spec.template.spec.containers.exists(c, !c.image.endsWith("-scanned"))'}
        ]
    group = "admissionregistration.k8s.io/v1"
    return [
        {"apiVersion": group, "kind": "MutatingAdmissionPolicy", "metadata": {"name": name}, "spec": spec},
        {
            "apiVersion": group,
            "kind": "MutatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name},
        },
    ]


def in_force(ground: Ground) -> None:
    """Wait until the API server has taken the policies in: it does so a moment after it was told."""
    for make, path in ((service, "metadata.labels.policy.example/tier"), (deployment, f"{APP}.env[name=PROXY].value")):
        deadline = time.monotonic() + 240
        while path not in ground.apply(make(ground), dry_run=True).fields:
            assert time.monotonic() < deadline, f"no policy sets {path}"
            time.sleep(0.1)


def told(kept: Kept) -> list[AdmissionChanged]:
    seen = kept.lookout.until(ObjectSeen, lambda one: one.ref == kept.manifest.ref)
    return [one for one in drift_news(kept.known, seen, kept.applied_state, count=2) if isinstance(one, AdmissionChanged)]


@pytest.mark.usefixtures("policies")
def test_what_a_policy_made_of_our_objects_is_told_and_is_no_drift(ground: Ground) -> None:
    in_force(ground)
    with Lookout(ground) as lookout:
        kept = keep(ground, service(ground), lookout.ready())
        (labelled,) = kept.now()
        assert labelled == AdmissionChanged(
            kept.manifest.ref, kept.known.uid, (Change("metadata.labels.policy.example/tier", "absent", "gold", "unknown"),)
        )

        scanned = keep(ground, deployment(ground), lookout)
        (changed,) = scanned.now()
        assert isinstance(changed, AdmissionChanged)
        assert {(one.path, one.was, one.now) for one in changed.changes} == {
            (f"{APP}.image", "registry.invalid/web:1", "registry.invalid/web:1-scanned"),
            (f"{APP}.env[name=PROXY].name", "absent", "PROXY"),
            (f"{APP}.env[name=PROXY].value", "absent", "masked"),
        }


@pytest.mark.usefixtures("policies")
def test_the_same_again_by_our_next_write_is_no_news(ground: Ground) -> None:
    in_force(ground)
    with Lookout(ground) as lookout:
        kept = keep(ground, service(ground), lookout.ready())
        (fact,) = kept.now()
        assert isinstance(fact, AdmissionChanged)

        again = kept.written_again()

        assert again.applied_state.admitted == kept.applied_state.admitted
