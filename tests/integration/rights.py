"""A cluster with an installation and granted people, and requests to it by each of them: what tests of rights are made of."""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from adapters.clock import new_id, now
from adapters.cluster.connect import connect
from adapters.cluster.connection import ApiRequest
from adapters.desk.secrets import Vault
from adapters.desk.signature import Signature
from adapters.desk.writes import Writes
from adapters.install.grants import Person, Spaces, granted
from adapters.install.manifests import Installation, manifests
from domain.names import LABEL, WHOLE, namespace_of
from domain.ports import Ledger
from domain.project import secret_object, shared_namespace
from domain.record import Who
from reconciler.desired import namespace
from reconciler.secret_copies import shared_space
from tests.integration.api_server import wait_for_account
from tests.lab.cluster import Lab
from tests.memory_ledger import MemoryLedger

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
        answer = connection.send(ApiRequest(method, where, query=pairs, body=text, content_type=kind or "application/json"))
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
    return [*whole, dict(shared_space(ledger.identity, WHOLE))]


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


@contextmanager
def installed(lab: Lab) -> Generator[House]:
    """Give the lab with an installation, and take it away again."""
    one = House(lab)
    shared = shared_namespace(one.ledger.identity)
    plain: Body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": TENANT}}
    grants = [*granted(Spaces(SHOP, (shared,)), (Person("User", ANN),), OPS)]
    bound = [WILD, rolebinding(TIA, TENANT, "rights-everything"), rolebinding(KIM, SHOP, "admin")]
    objects = [*manifests(CHOSEN), *spaces(one.ledger), plain, *grants, *bound]
    lab.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    in_force(one)
    yield one
    lab.kubectl(
        "delete",
        "-f",
        "-",
        "--timeout=240s",
        "--ignore-not-found",
        input=json.dumps({"kind": "List", "apiVersion": "v1", "items": objects}),
    )


_POLICY = "ValidatingAdmissionPolicy"


def in_force(house: House) -> None:
    """Wait until the API server has taken the policies up."""
    until = time.monotonic() + 240
    services = f"/api/v1/namespaces/{TENANT}/services?dryRun=All"
    # By the policies' own words: a role that is not in force yet is refused as well.
    while _POLICY not in house.said(TIA, "POST", services, service(house.marks()))[1]:
        assert time.monotonic() < until
        time.sleep(0.2)
    while _POLICY not in house.said(ENGINE, "POST", "/api/v1/namespaces?dryRun=All", {"metadata": {"name": "rights-new"}})[1]:
        assert time.monotonic() < until
        time.sleep(0.2)
    for place in (TENANT, SHOP):
        wait_for_account(house.lab, place)


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
