"""What people may do in the cluster, on a real API server: each line of the tables is one request by someone who was granted."""

import json
import time
from collections.abc import Iterator

import pytest

from adapters.cluster.connect import connect
from adapters.desk.logins import Logins
from adapters.desk.registries import Registries
from adapters.install.manifests import manifests
from adapters.simulator.images import SimulatedImages
from domain.errors import Rejected
from domain.names import LABEL
from domain.ports import Login
from domain.project import RegistrySet, secret_object
from tests.integration.rights import (
    ANN,
    APPLY,
    APPS,
    CHOSEN,
    CORE,
    MERGE,
    MINE,
    OF_TOKEN,
    OPS,
    OTHER,
    POLICIES,
    RBAC,
    SHOP,
    SIGNED,
    TOKEN,
    Body,
    House,
    installed,
    pod,
    rolebinding,
    secret,
    workload,
)
from tests.lab.cluster import KubectlFailed, Lab

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def house(lab: Lab) -> Iterator[House]:
    with installed(lab) as one:
        yield one


NOT_FOR_PEOPLE: dict[str, tuple[str, str, Body | None, str]] = {
    "the token of the engine": ("POST", f"{CORE}/{OPS}/serviceaccounts/deadreckon/token", TOKEN, ""),
    "a Secret for the engine's token": ("POST", f"{CORE}/{OPS}/secrets", OF_TOKEN, ""),
    "a token of an account of the project": ("POST", f"{CORE}/{SHOP}/serviceaccounts/default/token", TOKEN, ""),
    "a Secret for a token in the project": ("POST", f"{CORE}/{SHOP}/secrets", OF_TOKEN, ""),
    "the ledger's address": ("GET", f"{CORE}/{OPS}/secrets/deadreckon-ledger", None, ""),
    "the engine's pods": ("GET", f"{CORE}/{OPS}/pods", None, ""),
    "a pod beside the engine": ("POST", f"{CORE}/{OPS}/pods", pod(), ""),
    "the engine's manifest": ("PATCH", f"{APPS}/{OPS}/deployments/deadreckon", {"spec": {"replicas": 0}}, MERGE),
    "all secrets": ("GET", "/api/v1/secrets", None, ""),
    "the project's secrets": ("GET", f"{CORE}/{SHOP}/secrets", None, ""),
    "to watch them": ("GET", f"{CORE}/{SHOP}/secrets?watch=true", None, ""),
    "a value by its name": ("GET", f"{CORE}/{SHOP}/secrets/{MINE}", None, ""),
    "a value by a patch's answer": ("PATCH", f"{CORE}/{SHOP}/secrets/{MINE}", {}, MERGE),
    "a value by an apply's answer": (
        "PATCH",
        f"{CORE}/{SHOP}/secrets/{MINE}?fieldManager=x&force=true",
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": MINE, "labels": {"a": "b"}}},
        APPLY,
    ),
    "a value by an update's answer": ("PUT", f"{CORE}/{SHOP}/secrets/{MINE}", secret(MINE), ""),
    "a value by a deletion's answer": (
        "DELETE",
        f"{CORE}/{SHOP}/secrets/{MINE}?dryRun=All&propagationPolicy=Foreground",
        None,
        "",
    ),
    "all values by a deletion's answer": ("DELETE", f"{CORE}/{SHOP}/secrets?dryRun=All", None, ""),
    "another project's namespace": ("GET", f"{CORE}/{OTHER}", None, ""),
    "another project's pods": ("GET", f"{CORE}/{OTHER}/pods", None, ""),
    "another project's logs": ("GET", f"{CORE}/{OTHER}/pods/x/log", None, ""),
    "another project's ports": ("POST", f"{CORE}/{OTHER}/pods/x/portforward", None, ""),
    "a secret of another project": ("POST", f"{CORE}/{OTHER}/secrets", secret("x"), ""),
    "pods of all namespaces": ("GET", "/api/v1/pods", None, ""),
    "the nodes": ("GET", "/api/v1/nodes", None, ""),
    "all namespaces": ("GET", "/api/v1/namespaces", None, ""),
    "a new namespace": ("POST", "/api/v1/namespaces", {"metadata": {"name": "rights-anns"}}, ""),
    "other labels of the project's namespace": ("PATCH", f"{CORE}/{SHOP}", {"metadata": {"labels": {"a": "b"}}}, MERGE),
    "other labels of kube-system": ("PATCH", f"{CORE}/kube-system", {"metadata": {"labels": {"a": "b"}}}, MERGE),
    "the end of the project's namespace": ("DELETE", f"{CORE}/{SHOP}", None, ""),
    "a pod in the project": ("POST", f"{CORE}/{SHOP}/pods", pod(), ""),
    "to get into a pod": ("POST", f"{CORE}/{SHOP}/pods/x/exec", None, ""),
    "a Deployment in the project": ("POST", f"{APPS}/{SHOP}/deployments", workload(), ""),
    "more rights": ("POST", f"{RBAC}/namespaces/{SHOP}/rolebindings", rolebinding(ANN, SHOP, "admin"), ""),
    "rights of the whole cluster": ("GET", f"{RBAC}/clusterroles", None, ""),
    "the policy": ("DELETE", f"{POLICIES}/{OPS}-marks", None, ""),
}
FOR_PEOPLE: dict[str, tuple[str, str, Body | None]] = {
    "which cluster this is": ("GET", f"{CORE}/kube-system", None),
    "the project's namespace": ("GET", f"{CORE}/{SHOP}", None),
    "its pods": ("GET", f"{CORE}/{SHOP}/pods", None),
    "its Deployments": ("GET", f"{APPS}/{SHOP}/deployments", None),
    "what happened": ("GET", f"{CORE}/{SHOP}/events", None),
    "a Secret of one's own": ("POST", f"{CORE}/{SHOP}/secrets?dryRun=All", secret("mine")),
}


@pytest.mark.parametrize("what", NOT_FOR_PEOPLE)
def test_people_are_refused(house: House, what: str) -> None:
    method, path, body, kind = NOT_FOR_PEOPLE[what]
    assert house.ask(ANN, method, path, body, kind=kind) == 403


@pytest.mark.parametrize("what", FOR_PEOPLE)
def test_people_may(house: House, what: str) -> None:
    method, path, body = FOR_PEOPLE[what]
    assert house.ask(ANN, method, path, body) in {200, 201}


def test_a_person_stores_a_value_that_no_person_can_read_back(house: House) -> None:
    vault = house.vault(ANN)

    first, second = (vault.set("rights-shop", "token", value, SIGNED) for value in (b"hunter2", b"hunter3"))

    assert (first, second) == (1, 2)
    kept = json.loads(house.lab.kubectl("get", "secret", "-n", SHOP, secret_object("token", 2), "-o", "json"))
    assert kept["data"]["value"] == "aHVudGVyMw=="
    assert kept["metadata"]["labels"][f"{LABEL}/ledger"] == house.ledger.identity
    for user in (ANN,):
        status, said = house.said(user, "GET", f"{CORE}/{SHOP}/secrets/{secret_object('token', 2)}")
        assert (status, "aHVudGVyMw" in said) == (403, False)


def test_a_person_lacks_nothing_in_the_project_and_all_elsewhere(house: House) -> None:
    cluster = connect(kubeconfig=str(house.lab.kubeconfig_for(ANN)))
    assert cluster.identity()
    assert cluster.lacking(acting=False, namespace=SHOP) == ()
    assert "create secrets" in cluster.lacking(acting=False, namespace=OTHER)


def test_what_all_projects_share_is_stored_by_administrators_and_read_by_no_person(house: House) -> None:
    with pytest.raises(Rejected, match="cannot"):
        house.vault(ANN).set("rights-shop", "wide", b"hunter2", SIGNED, "cluster")
    registries = Registries(house.writes("human"), SimulatedImages)
    fact = registries.add("corp", Login("registry.invalid", "u", "hunter2"), SIGNED)

    assert isinstance(fact, RegistrySet)
    assert Logins(house.ledger.identity, house.writes(ANN).cluster).login(fact) is None
    assert Logins(house.ledger.identity, house.writes("human").cluster).read(fact).password == "hunter2"


@pytest.mark.parametrize(
    ("verb", "resource", "where", "may"),
    [
        *((verb, "secrets", SHOP, "no") for verb in ("get", "list", "watch", "patch", "update", "delete", "deletecollection")),
        *((verb, "secrets", OPS, "no") for verb in ("get", "list", "create")),
        ("create", "serviceaccounts/token", OPS, "no"),
        ("create", "serviceaccounts/token", SHOP, "no"),
        ("patch", "namespaces", "", "no"),
        ("create", "namespaces", "", "no"),
        ("impersonate", "serviceaccounts", OPS, "no"),
        ("bind", "clusterroles", "", "no"),
        ("escalate", "clusterroles", "", "no"),
        ("write", "marks.deadreckon.dev", "", "no"),
        ("get", "pods", OPS, "no"),
        ("create", "pods", SHOP, "no"),
        ("create", "pods/exec", SHOP, "no"),
        ("create", "secrets", SHOP, "yes"),
        ("get", "pods/log", SHOP, "yes"),
        ("create", "pods/portforward", SHOP, "yes"),
        ("list", "pods", SHOP, "yes"),
        ("get", "namespaces/kube-system", "kube-system", "yes"),
    ],
)
def test_kubectl_says_so_too(house: House, verb: str, resource: str, where: str, may: str) -> None:
    kind, _, within = resource.partition("/")
    what = (resource,) if kind == "namespaces" or not within else (kind, f"--subresource={within}")
    asked = ("auth", "can-i", verb, *what, *(("-n", where) if where else ("-A",)))
    try:
        said = house.lab.kubectl(*asked, user=ANN).strip()
    except KubectlFailed:
        said = "no"
    assert said == may


def test_the_role_of_earlier_versions_gives_nothing_any_more(house: House) -> None:
    """A binding that an administrator once made to it stands on, and lets nobody anything."""
    old = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": f"{OPS}-people"},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "create"]}],
    }
    house.lab.kubectl("apply", "-f", "-", input=json.dumps(old))
    house.lab.kubectl("create", "clusterrolebinding", "rights-old", f"--clusterrole={OPS}-people", "--user=old-hand")
    try:
        path = f"{CORE}/{OPS}/secrets/deadreckon-ledger"
        allowed = time.monotonic() + 120
        while house.ask("old-hand", "GET", path) != 404:
            assert time.monotonic() < allowed
            time.sleep(0.1)
        anew = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests(CHOSEN))})
        house.lab.kubectl("apply", "-f", "-", input=anew)
        while house.ask("old-hand", "GET", path) != 403:
            assert time.monotonic() < allowed + 120
            time.sleep(0.1)
    finally:
        house.lab.kubectl("delete", "clusterrolebinding", "rights-old")
