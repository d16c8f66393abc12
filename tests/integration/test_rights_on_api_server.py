"""Who may do what on a real API server: people in their project, tenants beside it, the engines' account, and controllers.

Each line of a table is one request, sent by a user with no more rights than `reckon manifests` and `reckon project grant` print.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.clock import new_id, now
from adapters.cluster.connect import connect
from adapters.cluster.connection import Request
from adapters.desk.logins import Logins
from adapters.desk.registries import Registries
from adapters.desk.secrets import Vault
from adapters.desk.signature import Signature
from adapters.desk.writes import Writes
from adapters.install.grants import Person, Spaces, granted
from adapters.install.manifests import Installation, manifests
from adapters.simulator.images import SimulatedImages
from domain.errors import Rejected
from domain.names import LABEL, namespace_of
from domain.ports import Ledger, Login
from domain.project import RegistrySet, secret_object, shared_namespace
from domain.record import Who
from reconciler.desired import namespace
from reconciler.secret_copies import shared_space
from tests.lab.cluster import KubectlFailed, Lab
from tests.memory_ledger import MemoryLedger

pytestmark = pytest.mark.lab

OPS = "reckon-rights-ops"
CHOSEN = Installation("registry.invalid/ops/deadreckon:1", namespace=OPS, replicas=1)
ENGINE = f"system:serviceaccount:{OPS}:deadreckon"
CONTROLLER = "system:serviceaccount:kube-system:replicaset-controller"
SHOP, OTHER, TENANT = namespace_of("rights-shop"), namespace_of("rights-other"), "rights-tenant"
ANN, TIA, KIM = "ann", "tia", "kim"
"""In the project shop; the mistress of a namespace beside ours; with kubectl's `admin` in the project's namespace."""
SIGNED = Signature(Who(ANN, "claimed"))
MERGE, APPLY = "application/merge-patch+json", "application/apply-patch+yaml"
Body = dict[str, Any]


@dataclass(frozen=True)
class House:
    """A cluster with an installation, two projects, and a namespace that has nothing of ours."""

    lab: Lab
    ledger: Ledger = field(default_factory=MemoryLedger)

    def ask(self, user: str, method: str, path: str, body: Body | None = None, *, kind: str = "", agent: str = "curl/8") -> int:
        """Send one request; give its status."""
        return self.said(user, method, path, body, kind=kind, agent=agent)[0]

    def said(
        self, user: str, method: str, path: str, body: Body | None = None, *, kind: str = "", agent: str = "curl/8"
    ) -> tuple[int, str]:
        """Send one request; give its status and the answer."""
        groups = ("system:serviceaccounts", "system:authenticated") if user.startswith("system:serviceaccount:") else ()
        connection = connect(kubeconfig=str(self.lab.kubeconfig_for(user, groups))).connection
        connection = type(connection)(connection.host, connection.pool, connection.credentials, agent)
        where, _, query = path.partition("?")
        pairs = dict(one.split("=", 1) for one in query.split("&") if one)
        text = json.dumps(body) if body is not None else ""
        answer = connection.send(Request(method, where, query=pairs, body=text, content_type=kind or "application/json"))
        return answer.status, answer.body.decode()

    def vault(self, user: str) -> Vault:
        """Give what `reckon secret` works with, on this user's machine."""
        return Vault(self.writes(user))

    def writes(self, user: str) -> Writes:
        cluster = connect(kubeconfig=str(self.lab.kubeconfig_for(user)))
        return Writes(self.ledger, lambda: cluster, now, new_id, "test")

    def marks(self, **more: str) -> dict[str, str]:
        return {f"{LABEL}/ledger": self.ledger.identity, f"{LABEL}/deployment": "web-1", **more}


def spaces(ledger: Ledger) -> list[Body]:
    whole = [dict(namespace(p, ledger.identity, restricted=False, name=namespace_of(p))) for p in ("rights-shop", "rights-other")]
    return [*whole, dict(shared_space(ledger.identity))]


def rolebinding(user: str, where: str, role: str) -> Body:
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": user, "namespace": where},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
    }


WILD = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "rights-everything"},
    "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
}


@pytest.fixture(scope="module")
def house(lab: Lab) -> Iterator[House]:
    one = House(lab)
    shared = shared_namespace(one.ledger.identity)
    plain: Body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": TENANT}}
    grants = [*granted(Spaces(SHOP, shared), (Person("User", ANN),), OPS)]
    bound = [WILD, rolebinding(TIA, TENANT, "rights-everything"), rolebinding(KIM, SHOP, "admin")]
    objects = [*manifests(CHOSEN), *spaces(one.ledger), plain, *grants, *bound]
    lab.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    in_force(one)
    yield one
    lab.kubectl(
        "delete",
        "-f",
        "-",
        "--wait=false",
        "--ignore-not-found",
        input=json.dumps({"kind": "List", "apiVersion": "v1", "items": objects}),
    )


def in_force(house: House) -> None:
    """Wait until the API server has taken the policies up."""
    until = time.monotonic() + 30
    while house.ask(TIA, "POST", f"/api/v1/namespaces/{TENANT}/services?dryRun=All", service(house.marks())) != 403:
        assert time.monotonic() < until
        time.sleep(0.2)
    while house.ask(ENGINE, "POST", "/api/v1/namespaces?dryRun=All", {"metadata": {"name": "rights-new"}}) != 403:
        assert time.monotonic() < until
        time.sleep(0.2)


def meta(name: str, labels: dict[str, str] | None = None, **more: Any) -> Body:  # noqa: ANN401 (any JSON)
    return {"name": name, "labels": labels or {}, **more}


def service(labels: dict[str, str] | None = None, name: str = "web-1", **more: Any) -> Body:  # noqa: ANN401 (any JSON)
    return {"metadata": meta(name, labels, **more), "spec": {"ports": [{"port": 80}]}}


def pod(labels: dict[str, str] | None = None, **spec: Any) -> Body:  # noqa: ANN401 (any JSON)
    return {"metadata": meta("web-1", labels), "spec": {"containers": [{"name": "app", "image": "registry.invalid/x:1"}], **spec}}


def workload(own: dict[str, str] | None = None, template: dict[str, str] | None = None, **spec: Any) -> Body:  # noqa: ANN401
    inner = pod({"app": "x", **(template or {})})
    inner["metadata"].pop("name")
    return {"metadata": meta("web-1", own), "spec": {"selector": {"matchLabels": {"app": "x"}}, "template": inner, **spec}}


def secret(name: str, labels: dict[str, str] | None = None, **more: Any) -> Body:  # noqa: ANN401 (any JSON)
    return {"metadata": meta(name, labels), "type": "Opaque", "data": {"value": "aHVudGVyMg=="}, **more}


CORE, APPS = "/api/v1/namespaces", "/apis/apps/v1/namespaces"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
OF_TOKEN: Body = {
    "metadata": {"name": "of-the-engine", "annotations": {"kubernetes.io/service-account.name": "deadreckon"}},
    "type": "kubernetes.io/service-account-token",
}
TOKEN: Body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
MINE = secret_object("token", 1)

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


# --- our marks: who may write them

Marked = dict[str, str]


def trying(marks: Marked) -> dict[str, tuple[str, str, Body]]:
    """Give the creations by which a label of ours would stand on something, sooner or later."""
    room = {"requests": {"storage": "1Gi"}}
    claim = {"metadata": {"name": "c", "labels": marks}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": room}}
    passing = {"name": "v", "ephemeral": {"volumeClaimTemplate": {**claim, "metadata": {"labels": marks}}}}
    inner = {**pod({"app": "x"}, volumes=[passing])["spec"]}
    hidden = workload()
    hidden["spec"]["template"]["spec"] = inner
    job = {"template": {"metadata": {"labels": marks}, "spec": {**pod()["spec"], "restartPolicy": "Never"}}}
    cron: Body = {"metadata": meta("web-1"), "spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": job}}}
    marked = {"metadata": {"labels": marks}, "spec": {"template": {"spec": {**pod()["spec"], "restartPolicy": "Never"}}}}
    jobs: Body = {"metadata": meta("web-1"), "spec": {"schedule": "0 0 * * *", "jobTemplate": marked}}
    stateful = {"serviceName": "x"}
    batch = "/apis/batch/v1/namespaces"
    annotated = service()
    annotated["metadata"]["annotations"] = {f"{LABEL}/copy-of": f"{OPS}/deadreckon-ledger"}
    return {
        "a Service": ("services", CORE, service(marks)),
        "one label": ("services", CORE, service({f"{LABEL}/position": "0.99999999"})),
        "an annotation": ("services", CORE, annotated),
        "a pod": ("pods", CORE, pod(marks)),
        "a claim": ("persistentvolumeclaims", CORE, claim),
        "a Secret": ("secrets", CORE, secret("web-1", marks)),
        "a Deployment": ("deployments", APPS, workload(marks)),
        "a Deployment's pods": ("deployments", APPS, workload(None, marks)),
        "a ReplicaSet's pods": ("replicasets", APPS, workload(None, marks)),
        "a StatefulSet's pods": ("statefulsets", APPS, workload(None, marks, **stateful)),
        "a StatefulSet's claims": ("statefulsets", APPS, workload(None, None, **stateful, volumeClaimTemplates=[claim])),
        "a DaemonSet's pods": ("daemonsets", APPS, workload(None, marks)),
        "a Job's pods": ("jobs", batch, {"metadata": meta("web-1"), "spec": job}),
        "a CronJob's jobs": ("cronjobs", batch, jobs),
        "a CronJob's pods": ("cronjobs", batch, cron),
        "a pod's claims": ("pods", CORE, {"metadata": meta("web-1"), "spec": inner}),
        "the claims of a Deployment's pods": ("deployments", APPS, hidden),
    }


@pytest.mark.parametrize("what", trying({}))
def test_a_tenant_writes_nothing_that_carries_our_labels(house: House, what: str) -> None:
    resource, root, body = trying(house.marks())[what]
    status, said = house.said(TIA, "POST", f"{root}/{TENANT}/{resource}?dryRun=All", body)
    assert (status, f"under {LABEL}/" in said) == (403, True), said
    _, _, plain = trying({"example.org/ledger": "mine"})[what]
    if what not in {"one label", "an annotation"}:  # the control: without our labels it is hers to make
        status, said = house.said(TIA, "POST", f"{root}/{TENANT}/{resource}?dryRun=All", plain)
        assert status == 201, said


@pytest.mark.parametrize("manager", ["deadreckon", "deadreckon-replicas"])
def test_nobody_else_writes_under_our_name(house: House, manager: str) -> None:
    path = f"{CORE}/{TENANT}/services?dryRun=All"
    named = house.said(TIA, "POST", f"{path}&fieldManager={manager}", service())
    forged = [{"manager": manager, "operation": "Apply", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z"}]
    written = service(managedFields=[{**forged[0], "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:type": {}}}}])
    by_agent = house.said(TIA, "POST", path, service(), agent=f"{manager}/1.0")
    applied = {"apiVersion": "v1", "kind": "Service", **service()}
    by_apply = house.said(TIA, "PATCH", f"{CORE}/{TENANT}/services/web-1?dryRun=All&fieldManager={manager}", applied, kind=APPLY)

    for status, said in (named, by_agent, by_apply):
        assert (status, "field manager" in said) == (403, True), said
    assert manager not in house.said(TIA, "POST", path, written)[1]  # the API server drops what is forged
    assert house.ask(TIA, "POST", f"{path}&fieldManager=kubectl", service()) == 201


@pytest.fixture
def ours(house: House) -> Iterator[str]:
    """A Deployment of ours, written by the engine, with its pods (nothing runs them here)."""
    manifest = workload(house.marks(), {f"{LABEL}/ledger": house.ledger.identity})
    whole = {"apiVersion": "apps/v1", "kind": "Deployment", **manifest}
    path = f"{APPS}/{SHOP}/deployments/web-1"
    status, said = house.said(ENGINE, "PATCH", f"{path}?fieldManager=deadreckon&force=true", whole, kind=APPLY)
    assert status == 201, said
    yield path
    house.lab.kubectl("delete", "deployment", "web-1", "-n", SHOP, "--ignore-not-found")


def test_controllers_go_on_with_what_is_ours(house: House, ours: str) -> None:
    found: list[Body] = []
    until = time.monotonic() + 30
    while not found:
        found = json.loads(house.lab.kubectl("get", "pods", "-n", SHOP, "-l", f"{LABEL}/ledger", "-o", "json"))["items"]
        assert time.monotonic() < until, house.lab.kubectl("get", "events", "-n", SHOP)
        time.sleep(0.2)
    labels = {f"{LABEL}/ledger": house.ledger.identity}
    assert house.ask(CONTROLLER, "POST", f"{CORE}/{SHOP}/pods?dryRun=All", pod(labels)) == 201
    name = found[0]["metadata"]["name"]
    fares = {"status": {"conditions": [{"type": "Tried", "status": "True"}]}}
    node = house.lab.kubeconfig_for("system:node:n1", ("system:nodes",))
    assert node.exists()
    assert house.ask("human", "PATCH", f"{CORE}/{SHOP}/pods/{name}/status", fares, kind=MERGE) == 200
    assert house.ask(KIM, "DELETE", f"{CORE}/{SHOP}/pods/{name}?gracePeriodSeconds=0") == 200
    assert house.ask(KIM, "DELETE", ours) == 200
    gone = time.monotonic() + 30
    while house.lab.kubectl("get", "replicasets,pods", "-n", SHOP, "-o", "name"):
        assert time.monotonic() < gone
        time.sleep(0.2)


def test_hands_may_change_what_is_ours_but_not_whose_it_is(house: House, ours: str) -> None:
    """What a person's hands change is drift, and recorded; a mark that they change would be a lie."""

    def patched(patch: Body, *more: str) -> int:
        return house.ask(KIM, "PATCH", f"{ours}{''.join(more)}", patch, kind=MERGE)

    container = {"name": "app", "image": "registry.invalid/x:2"}
    restarted = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
    assert patched({"spec": {"template": {"spec": {"containers": [container]}}}}) == 200
    assert patched({"spec": {"template": {"metadata": {"annotations": restarted}}}}) == 200
    assert patched({"metadata": {"labels": {"team": "x"}, "annotations": {"note": "y"}}}) == 200
    assert patched({"spec": {"replicas": 2}}, "/scale") == 200
    house.lab.kubectl("rollout", "restart", "deployment/web-1", "-n", SHOP, user=KIM)

    assert patched({"spec": {"replicas": 3}}, "/scale?fieldManager=deadreckon") == 403
    assert patched({"metadata": {"labels": {f"{LABEL}/ledger": None}}}) == 403
    assert patched({"metadata": {"labels": {f"{LABEL}/position": "0.99999999"}}}) == 403
    assert patched({"metadata": {"annotations": {f"{LABEL}/name": "x"}}}) == 403
    assert patched({"metadata": {"annotations": {f"{LABEL}/name": "x"}}}, "/status") in {403, 404}
    assert patched({"spec": {"template": {"metadata": {"labels": {f"{LABEL}/template": "x"}}}}}) == 403
    assert patched({"metadata": {"labels": {"team": "z"}}}, "?fieldManager=deadreckon") == 403
    name = json.loads(house.lab.kubectl("get", "pods", "-n", SHOP, "-o", "json"))["items"][0]["metadata"]["name"]
    for subresource in ("", "/status", "/resize"):
        path = f"{CORE}/{SHOP}/pods/{name}{subresource}"
        lie = {"metadata": {"labels": {f"{LABEL}/deployment": "another"}}}
        answered = house.ask(KIM, "PATCH", path, lie, kind=MERGE)
        kept = json.loads(house.lab.kubectl("get", "pod", "-n", SHOP, name, "-o", "json"))["metadata"]["labels"]
        assert f"{LABEL}/deployment" not in kept, (subresource, answered)


def test_a_scaling_is_never_written_down_as_ours(house: House, ours: str) -> None:
    """It is admitted as an object of its own, which does not tell the name that a user agent gives."""
    assert house.ask(KIM, "PATCH", f"{ours}/scale", {"spec": {"replicas": 4}}, kind=MERGE, agent="deadreckon/1") == 200
    entries = json.loads(house.said(KIM, "GET", ours)[1])["metadata"]["managedFields"]
    assert {one["operation"] for one in entries if one["manager"] == "deadreckon"} == {"Apply"}


def value(house: House, **changed: Any) -> Body:  # noqa: ANN401 (any JSON)
    """Give a Secret as `reckon secret set` writes it, but for what is changed."""
    marks = {f"{LABEL}/ledger": house.ledger.identity, f"{LABEL}/project": "rights-shop", f"{LABEL}/position": "0.12"}
    whole = secret(changed.pop("name", "secret-tried-1a2b3c4d-v1"), {**marks, **changed.pop("marks", {})}, immutable=True)
    whole["metadata"]["annotations"] = {f"{LABEL}/name": "tried", **changed.pop("annotations", {})}
    return {**whole, **changed}


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "registry-corp-1a2b3c4d-v1"},
        {"immutable": False},
        {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "e30="}},
        {"marks": {f"{LABEL}/ledger": "another"}},
        {"marks": {f"{LABEL}/project": "another"}},
        {"marks": {f"{LABEL}/position": "0." + "9" * 61}},
        {"marks": {f"{LABEL}/deployment": "web-1"}},
        {"annotations": {f"{LABEL}/copy-of": f"{OPS}/deadreckon-ledger"}},
    ],
)
def test_a_value_is_stored_in_one_form_only(house: House, changed: dict[str, Any]) -> None:
    path = f"{CORE}/{SHOP}/secrets?dryRun=All&fieldManager=deadreckon"
    assert house.ask(ANN, "POST", path, value(house)) == 201  # the control
    assert house.ask(ANN, "POST", path, value(house, **changed)) == 403
    assert house.ask(TIA, "POST", f"{CORE}/{TENANT}/secrets?dryRun=All&fieldManager=deadreckon", value(house)) == 403


# --- the engine's account


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


def test_policies_are_evaluated_without_a_complaint(house: House) -> None:
    """The API server checks the types of expressions that name kinds; it found nothing odd in them."""
    said = json.loads(house.lab.kubectl("get", "validatingadmissionpolicies", "-o", "json"))["items"]
    of_ours = {one["metadata"]["name"]: one.get("status", {}).get("typeChecking", {}) for one in said}
    assert {name: found for name, found in of_ours.items() if name.startswith(OPS) and found} == {}


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
        allowed = time.monotonic() + 10
        while house.ask("old-hand", "GET", path) != 404:
            assert time.monotonic() < allowed
            time.sleep(0.1)
        anew = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests(CHOSEN))})
        house.lab.kubectl("apply", "-f", "-", input=anew)
        while house.ask("old-hand", "GET", path) != 403:
            assert time.monotonic() < allowed + 10
            time.sleep(0.1)
    finally:
        house.lab.kubectl("delete", "clusterrolebinding", "rights-old")


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
    asked = ("auth", "can-i", verb, resource, *(("-n", where) if where else ("-A",)))
    try:
        said = house.lab.kubectl(*asked, user=ANN).strip()
    except KubectlFailed as refused:
        said = str(refused).splitlines()[-1].strip() or "no"
    assert said.startswith(may), said
