"""What we render is what a real API server takes, keeps unchanged, and admits under Pod Security."""

import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest
import urllib3
from hypothesis import HealthCheck, given, settings

from adapters.machines.catalogue import load_catalogue
from domain.names import Key
from domain.objects import Kind, Manifest, flatten
from domain.spec import Resources, Spec
from reconciler.desired import Rendering, render
from reconciler.ground import Ground
from tests.lab.cluster import Lab
from tests.specs import specs

pytestmark = pytest.mark.lab

CATALOGUE = load_catalogue()
PLACES = {
    Kind.NAMESPACE.value: "/api/v1/namespaces/{name}",
    Kind.SERVICE.value: "/api/v1/namespaces/{namespace}/services/{name}",
    Kind.DEPLOYMENT.value: "/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
    Kind.DISRUPTION_BUDGET.value: "/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets/{name}",
}
NOT_GIVEN_BACK = {"spec.paused": False, "spec.minReadySeconds": 0}
"""What the API server takes, obeys, and leaves out of its answers."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]


class ApiServer:
    """The lab's API server, asked by HTTP, so that each example costs milliseconds."""

    def __init__(self, lab: Lab) -> None:
        self._http = urllib3.PoolManager(ca_certs=str(lab.server_ca))
        self._server = lab.server
        self._token = lab.token("deadreckon")

    def ask(self, method: str, path: str, body: str, kind: str) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        response = self._http.request(method, self._server + path, body=body.encode(), headers=headers)
        return Answer(response.status, response.json())

    def apply(self, manifest: Manifest, *, dry_run: bool = True) -> Answer:
        where = PLACES[manifest.ref.kind].format(namespace=manifest.ref.namespace, name=manifest.ref.name)
        options = "fieldManager=deadreckon&force=true&fieldValidation=Strict" + ("&dryRun=All" if dry_run else "")
        return self.ask("PATCH", f"{where}?{options}", manifest.body, "application/apply-patch+yaml")

    def try_pod(self, namespace: str, pod: dict[str, Any]) -> Answer:
        where = f"/api/v1/namespaces/{namespace}/pods?dryRun=All&fieldValidation=Strict"
        return self.ask("POST", where, json.dumps(pod), "application/json")


def rendered(spec: Spec, *, project: str = "any", restricted: bool = False) -> Rendering:
    return render(
        Ground(
            spec,
            Key(project, spec.name),
            ledger="00000000-0000-4000-8000-000000000000",
            incarnation=1,
            machine=CATALOGUE.machines[spec.resources.machine_type],
            image=spec.image,
            secrets=dict.fromkeys(spec.secrets, 1),
            deadline=spec.deadline(600),
            restricted=restricted,
        )
    )


def pod_of(rendering: Rendering) -> dict[str, Any]:
    """Make a bare pod of the template, as the ReplicaSet controller would."""
    deployment = next(m.content for m in rendering.manifests if m.ref.kind == Kind.DEPLOYMENT.value)
    template: dict[str, Any] = deployment["spec"]["template"]
    template["metadata"]["name"] = "one"
    return {"apiVersion": "v1", "kind": "Pod", **template}


def altered(manifest: Manifest, answer: Answer) -> dict[str, object]:
    """Give the fields of ours that came back otherwise than they were written."""
    came = flatten(answer.body)
    ours = flatten(manifest.content)
    return {path: value for path, value in ours.items() if came.get(path, NOT_GIVEN_BACK.get(path)) != value}


EXAMPLE = Spec("web", "web:1", Resources("C4", 2, (8000,)))


def wait_for_account(lab: Lab, namespace: str) -> None:
    """Wait until the namespace has its service account: a bare pod is refused before."""
    deadline = time.monotonic() + 30
    while not lab.kubectl("get", "sa", "default", "-n", namespace, "--ignore-not-found", "-o=name"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def server(lab: Lab) -> ApiServer:
    server = ApiServer(lab)
    for restricted in (False, True):
        project = "restricted" if restricted else "any"
        namespace = rendered(EXAMPLE, project=project, restricted=restricted).manifests[0]
        assert server.apply(namespace, dry_run=False).status == HTTPStatus.CREATED
        wait_for_account(lab, namespace.ref.name)
    return server


def accepted(server: ApiServer, rendering: Rendering) -> None:
    for manifest in rendering.manifests:
        answer = server.apply(manifest)
        assert answer.status in {HTTPStatus.OK, HTTPStatus.CREATED}, f"{answer.body} to {manifest.body}"
        assert altered(manifest, answer) == {}
    pod = server.try_pod(rendering.manifests[-1].ref.namespace, pod_of(rendering))
    assert pod.status == HTTPStatus.CREATED, str(pod.body)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(spec=specs)
def test_every_spec_renders_to_objects_that_are_accepted_and_kept_as_written(server: ApiServer, spec: Spec) -> None:
    accepted(server, rendered(spec))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(spec=specs)
def test_a_restricted_project_admits_its_own_pods(server: ApiServer, spec: Spec) -> None:
    accepted(server, rendered(spec, project="restricted", restricted=True))


def test_the_control_pods_of_the_baseline_are_refused_by_a_restricted_project(server: ApiServer) -> None:
    with pytest.raises(AssertionError, match="violates PodSecurity"):
        accepted(server, rendered(EXAMPLE, project="restricted"))


def test_the_control_an_unknown_field_or_another_form_is_caught(server: ApiServer) -> None:
    rendering = rendered(EXAMPLE)
    deployment = next(m for m in rendering.manifests if m.ref.kind == Kind.DEPLOYMENT.value)
    unknown = deployment.content
    unknown["spec"]["template"]["spec"]["containers"][0]["imagePolicy"] = "Always"
    with pytest.raises(AssertionError, match="imagePolicy"):
        accepted(server, Rendering((Manifest.of(unknown),), ""))
    other = deployment.content
    other["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] = "4096Mi"
    with pytest.raises(AssertionError, match="memory"):
        accepted(server, Rendering((Manifest.of(other),), ""))


def test_a_pause_by_hand_does_not_outlive_our_next_apply(server: ApiServer, lab: Lab) -> None:
    deployment = next(m for m in rendered(EXAMPLE).manifests if m.ref.kind == Kind.DEPLOYMENT.value)
    where = ("--namespace", deployment.ref.namespace)
    assert server.apply(deployment, dry_run=False).status == HTTPStatus.CREATED
    lab.kubectl("rollout", "pause", f"deployment/{deployment.ref.name}", *where, user="human")
    assert lab.kubectl("get", "deployment", deployment.ref.name, *where, "-o=jsonpath={.spec.paused}") == "true"
    again = server.apply(deployment, dry_run=False)
    assert again.status == HTTPStatus.OK
    assert not again.body["spec"].get("paused", False)
    lab.kubectl("delete", "deployment", deployment.ref.name, *where)
