"""What `reckon manifests` prints, on a real API server: taken as it is, and its pods pass Pod Security `restricted`."""

import json
import time
from collections.abc import Iterator

import pytest

from adapters.install.manifests import Installation, manifests
from tests.lab.cluster import KubectlFailed, Lab

pytestmark = pytest.mark.lab

CHOSEN = Installation("registry.invalid/ops/deadreckon:1", namespace="reckon-contract-ops", pull_secret="pull")


@pytest.fixture(scope="module")
def objects(lab: Lab) -> Iterator[list[str]]:
    """Each object as text; the namespace is there, as the first of what is applied makes it."""
    written = [json.dumps(one) for one in manifests(CHOSEN)]
    lab.kubectl("apply", "-f", "-", input=written[0])
    yield written
    for one in written:
        lab.kubectl("delete", "-f", "-", "--ignore-not-found", "--wait=false", input=one)


def test_every_object_is_taken_as_it_is(lab: Lab, objects: list[str]) -> None:
    for one in objects:
        said = lab.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-", input=one)
        assert "serverside-applied" in said, said


def test_a_field_that_no_schema_knows_would_be_found(lab: Lab, objects: list[str]) -> None:
    """The control of the test above."""
    wrong = json.loads(objects[-1])
    wrong["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(KubectlFailed, match="livenesProbe"):
        lab.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-", input=json.dumps(wrong))


def test_the_engines_pods_are_let_in_under_restricted(lab: Lab, objects: list[str]) -> None:
    for one in objects:
        lab.kubectl("apply", "-f", "-", input=one)

    deadline = time.monotonic() + 240
    while len(lab.kubectl("get", "pods", "-n", CHOSEN.namespace, "-o", "name").split()) < CHOSEN.replicas:
        events = lab.kubectl("get", "events", "-n", CHOSEN.namespace, "--field-selector=reason=FailedCreate")
        assert time.monotonic() < deadline, events
        time.sleep(0.2)
    for one in objects:
        lab.kubectl("apply", "-f", "-", input=one)
    assert lab.kubectl("get", "deployment", "deadreckon", "-n", CHOSEN.namespace, "-o", "jsonpath={.metadata.generation}") == "1"


def test_an_engine_may_do_what_it_must_and_no_more(lab: Lab, objects: list[str]) -> None:
    for one in objects:
        lab.kubectl("apply", "-f", "-", input=one)
    account = f"system:serviceaccount:{CHOSEN.namespace}:deadreckon"

    def may(verb: str, resource: str, *more: str) -> bool:
        try:
            return lab.kubectl("auth", "can-i", verb, resource, "-A", f"--as={account}", *more, user="admin").strip() == "yes"
        except KubectlFailed:
            return False

    assert all(may(verb, "deployments.apps") for verb in ("get", "create", "patch", "delete", "list", "watch"))
    assert not any(may(verb, "secrets") for verb in ("list", "watch", "deletecollection"))
    assert not any(may(verb, "pods") for verb in ("create", "delete", "patch"))
    assert not may("create", "clusterrolebindings.rbac.authorization.k8s.io")
    assert not may("create", "pods", "--subresource=exec")
