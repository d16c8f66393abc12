"""What the engine's account may do, on a real API server: each line of the table is one request with its stolen token."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.clock import new_id
from domain.names import LABEL
from domain.project import shared_namespace
from tests.integration.rights import (
    ANN,
    APPLY,
    APPS,
    CORE,
    ENGINE,
    MERGE,
    OPS,
    OTHER,
    POLICIES,
    RBAC,
    SHOP,
    TENANT,
    TOKEN,
    Body,
    House,
    installed,
    pod,
    rolebinding,
    secret,
    service,
    workload,
)
from tests.lab.cluster import Lab

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def house(lab: Lab) -> Iterator[House]:
    with installed(lab) as one:
        yield one


def applied(house: House, what: Body, **metadata: Any) -> Body:  # noqa: ANN401 (any JSON)
    return {**what, "metadata": {**what["metadata"], "labels": house.marks(), **metadata}}


def new_space(house: House, **labels: str) -> Body:
    return {"metadata": {"name": "reckon-rights-new", "labels": {f"{LABEL}/ledger": house.ledger.identity, **labels}}}


BASELINE = {"pod-security.kubernetes.io/enforce": "baseline"}


def not_for_engines(house: House) -> dict[str, tuple[str, str, Body | None, str]]:
    marks, shared = house.marks(), shared_namespace(house.ledger.identity)
    return {
        "a Deployment in kube-system": ("POST", f"{APPS}/kube-system/deployments", workload(marks), ""),
        "a Deployment beside us": ("POST", f"{APPS}/{TENANT}/deployments", workload(marks), ""),
        "a Deployment beside itself": ("POST", f"{APPS}/{OPS}/deployments", workload(marks), ""),
        "its own Deployment": ("PATCH", f"{APPS}/{OPS}/deployments/deadreckon", {"spec": {"replicas": 5}}, MERGE),
        "what carries no label": ("POST", f"{APPS}/{SHOP}/deployments", workload(), ""),
        "another ledger's": ("POST", f"{APPS}/{SHOP}/deployments", workload({f"{LABEL}/ledger": "x"}), ""),
        "a foreign Service in a project": ("PATCH", f"{CORE}/{SHOP}/services/foreign", {"metadata": {"labels": marks}}, MERGE),
        "its end": ("DELETE", f"{CORE}/{SHOP}/services/foreign", None, ""),
        "a namespace without a label": ("POST", "/api/v1/namespaces", {"metadata": {"name": "reckon-rights-new"}}, ""),
        "a namespace without a standard": ("POST", "/api/v1/namespaces", new_space(house), ""),
        "a namespace that lets all in": (
            "POST",
            "/api/v1/namespaces",
            new_space(house, **{"pod-security.kubernetes.io/enforce": "privileged"}),
            "",
        ),
        "to make a namespace ours": ("PATCH", f"{CORE}/{TENANT}", {"metadata": {"labels": {**marks, **BASELINE}}}, MERGE),
        "kube-system's labels": ("PATCH", f"{CORE}/kube-system", {"metadata": {"labels": {"a": "b"}}}, MERGE),
        "to loosen a project": (
            "PATCH",
            f"{CORE}/{SHOP}",
            {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}},
            MERGE,
        ),
        "the end of a namespace": ("DELETE", f"{CORE}/{SHOP}", None, ""),
        "another API": (
            "POST",
            "/apis/apiregistration.k8s.io/v1/apiservices",
            {
                "metadata": {"name": "v1.rights.example.org", "labels": marks},
                "spec": {"group": "rights.example.org", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100},
            },
            "",
        ),
        "a pod of kube-system by its port": ("GET", f"{CORE}/kube-system/pods/x:80/proxy/metrics", None, ""),
        "secrets of kube-system": ("GET", f"{CORE}/kube-system/secrets/x", None, ""),
        "secrets of a namespace beside us": ("GET", f"{CORE}/{TENANT}/secrets/x", None, ""),
        "secrets of a project that was not granted": ("GET", f"{CORE}/{OTHER}/secrets/x", None, ""),
        "the ledger's address": ("GET", f"{CORE}/{OPS}/secrets/deadreckon-ledger", None, ""),
        "to list secrets where it may read": ("GET", f"{CORE}/{shared}/secrets", None, ""),
        "a token": ("POST", f"{CORE}/{SHOP}/serviceaccounts/default/token", TOKEN, ""),
        "more rights": ("POST", f"{RBAC}/namespaces/{SHOP}/rolebindings", rolebinding(ANN, SHOP, "admin"), ""),
        "a pod by itself": ("POST", f"{CORE}/{SHOP}/pods", pod(marks), ""),
        "to get into a pod": ("POST", f"{CORE}/{SHOP}/pods/x/exec", None, ""),
        "the policy": ("DELETE", f"{POLICIES}/{OPS}-engine", None, ""),
    }


@pytest.mark.parametrize("what", not_for_engines(House(None)))  # type: ignore[arg-type]  # only the names are read
def test_a_stolen_token_of_the_engine_is_refused(house: House, what: str) -> None:
    if house.ask("human", "GET", f"{CORE}/{SHOP}/services/foreign") == 404:
        assert house.ask("human", "POST", f"{CORE}/{SHOP}/services", service(name="foreign")) == 201
    method, path, body, kind = not_for_engines(house)[what]
    status, said = house.said(ENGINE, method, path, body, kind=kind)
    assert status == 403, said


def test_the_engine_does_what_it_must(house: House) -> None:
    shared, marks = shared_namespace(house.ledger.identity), house.marks()

    def asked(method: str, path: str, body: Body | None = None, *, kind: str = "") -> int:
        return house.ask(ENGINE, method, path, body, kind=kind)

    def apply(path: str, body: Body, api: str, of: str) -> int:
        whole = {"apiVersion": api, "kind": of, **body}
        return asked("PATCH", f"{path}?fieldManager=deadreckon&force=true", whole, kind=APPLY)

    space = {"apiVersion": "v1", "kind": "Namespace", **new_space(house, **BASELINE)}
    assert apply(f"{CORE}/reckon-rights-new?dryRun=All".partition("?")[0], space, "v1", "Namespace") == 201
    made = apply(f"{CORE}/{SHOP}/services/web-1", service(marks), "v1", "Service")
    assert made == 201
    assert apply(f"{CORE}/{SHOP}/services/web-1", service({**marks, f"{LABEL}/action": new_id()}), "v1", "Service") == 200
    assert asked("DELETE", f"{CORE}/{SHOP}/services/web-1?propagationPolicy=Foreground") == 200
    for where in (SHOP, shared):
        name = f"{CORE}/{where}/secrets/copied"
        assert asked("GET", name) == 404
        assert apply(name, secret("copied", marks), "v1", "Secret") == 201
    assert asked("GET", "/api/v1/pods") == 200
    assert asked("GET", f"{CORE}/{SHOP}/pods/x:80/proxy/metrics") == 404
    assert asked("GET", f"{CORE}/kube-system") == 200
    house.lab.kubectl("delete", "namespace", "reckon-rights-new", "--wait=false")
