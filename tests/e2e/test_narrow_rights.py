"""A project's life with nobody an administrator: a person as granted, the engine as installed, and the policies in force."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.install.manifests import Installation, manifests
from adapters.ledger.ledger import open_ledger
from domain.actions import Decided
from domain.names import Key
from domain.objects import Kind
from domain.project import shared_namespace
from tests.e2e.audit import Match, match, settled
from tests.e2e.house import House, probe_spec, until
from tests.lab.cluster import KubectlFailed, Lab

pytestmark = pytest.mark.node

OPS = "reckon-narrow-ops"
ACCOUNT = f"system:serviceaccount:{OPS}:deadreckon"
GROUPS = ("system:serviceaccounts", "system:authenticated")


@dataclass(frozen=True)
class Narrow:
    """One ledger, and three who work with it: a person in a project, an administrator, the engine by its own account."""

    ann: House
    admin: House
    engine: House


@pytest.fixture
def narrow(node_lab: Lab, tmp_path: Path) -> Iterator[Narrow]:
    ledger = str(tmp_path / "ledger.db")

    def house(kubeconfig: Path, name: str) -> House:
        (tmp_path / name).mkdir()
        return House(node_lab, tmp_path / name, ledger, "story-narrow", {"RECKON_KUBECONFIG": str(kubeconfig)})

    whose = {"ann": ("ann", ()), "admin": ("human", ()), "engine": (ACCOUNT, GROUPS)}
    houses = {name: house(node_lab.kubeconfig_for(*who), name) for name, who in whose.items()}
    # All but the engines themselves: this one runs here, by the same account.
    parts = [one for one in manifests(Installation("registry.invalid/x:1", namespace=OPS)) if one["kind"] != "Deployment"]
    objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": parts})
    node_lab.kubectl("apply", "-f", "-", input=objects)
    yield Narrow(**houses)
    for one in houses.values():
        one.close()
    shared = shared_namespace(_identity(houses["admin"]))
    node_lab.kubectl("delete", "-f", "-", "--ignore-not-found", "--wait=false", input=objects)
    node_lab.kubectl("delete", "namespace", shared, "--ignore-not-found", "--wait=false")


def _identity(house: House) -> str:
    with closing(open_ledger(house.ledger_place)) as ledger:
        return ledger.identity


def test_a_projects_life_with_narrow_rights(narrow: Narrow) -> None:
    ann, admin, lab = narrow.ann, narrow.admin, narrow.ann.lab
    space = Key(ann.project, "x").namespace
    narrow.engine.engine()
    lab.kubectl("apply", "-f", "-", input=admin.reckon("project", "grant", ann.project, "--user", "ann", "--namespaces").out)

    # What is the project's own: a person stores it, and nobody of them reads it.
    ann.reckon("secret", "set", "own", text="value-of-the-project")
    # What all projects share is an administrator's.
    refused = ann.reckon("secret", "set", "wide", "--scope", "cluster", text="x", ok=False)
    assert "an administrator's to do" in refused.err, refused
    admin.reckon("secret", "set", "wide", "--scope", "cluster", text="value-of-the-cluster")
    env = [{"name": name.upper(), "value": f"secret:{name}"} for name in ("own", "wide")]
    env.append({"name": "VERSION", "value": "$(OWN) $(WIDE)"})
    server, (user, password) = lab.private_registry, lab.registry_login
    private = lab.probe_app("narrow").at(server)
    admin.reckon("registry", "add", "lab", "--server", server, "--username", user, text=password)

    said = ann.submit(probe_spec("web", private.ref, containerRegistry="lab", env=env), "--detach")
    assert "could not be read from the cluster" in said.err, said
    # The engine is not let at the project's Secrets before it was granted: it says so, and what cures it.
    until(lambda: "reckon project grant" in " ".join(ann.reckon("get", "web", "-o", "wide").out.split()))
    lab.kubectl("apply", "-f", "-", input=admin.reckon("project", "grant", ann.project, "--engine", OPS).out)
    ann.reckon("wait", "web", "--timeout", "240s")

    assert until(lambda: _served(ann)) == "value-of-the-project value-of-the-cluster"
    assert ann.reckon("logs", "web", "-o", "jsonl", "--tail", "1").out
    assert ann.reckon("doctor", ok=False).out.count("project grant") == 0
    for rest in (("get", "secrets"), ("create", "token", "default"), ("label", "namespace", space, "a=b")):
        with pytest.raises(KubectlFailed, match="orbidden"):
            lab.kubectl(*rest, *(("-n", space) if "namespace" not in rest else ()), user="ann")

    # The engine changes, puts right and removes what is its own, with the policies in force.
    ann.submit(probe_spec("web", lab.probe_app("2").ref, replicas=2))
    ann.kubectl("scale", f"deployment/{Key(ann.project, 'web').object_name}", "--replicas=1")
    until(lambda: _replicas(ann) == 2)
    ann.reckon("delete", "web", "--yes", timeout=180)
    until(lambda: not ann.pods("web"))

    refusals = [(line["verb"], line["requestURI"]) for line in lab.audit_events(ACCOUNT) if line["responseStatus"]["code"] == 403]
    assert all("/secrets/" in uri for _, uri in refusals), refusals

    def look() -> Match:
        facts = ann.facts()
        asked = list(lab.audit_events(ACCOUNT)) + list(lab.audit_events("ann")) + list(lab.audit_events("human"))
        ours = [line for line in asked if line["auditID"] in _actions(ann) or line["user"].get("username") != "human"]
        return match(facts, ours, space, shared_namespace(_identity(ann)))

    agrees = settled(look)
    assert agrees.agrees, agrees
    assert ann.reckon("replay", "--all").exit == 0


def _actions(house: House) -> set[str]:
    return {action.id for recorded in house.facts() if isinstance(recorded.fact, Decided) for action in recorded.fact.actions}


def _replicas(house: House) -> int:
    return int(house.live(Kind.DEPLOYMENT, "web")["spec"]["replicas"])


def _served(house: House) -> str:
    try:
        with urllib.request.urlopen(house.service_url("web"), timeout=60) as answer:
            return str(json.load(answer)["version"])
    except (urllib.error.URLError, OSError):
        return ""
