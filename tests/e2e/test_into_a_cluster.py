"""From an empty cluster to the first deployment: our own image, `reckon manifests | kubectl apply`, and a person outside."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.ledger.ledger import open_ledger
from domain.cluster import Bound
from domain.names import Key
from domain.project import shared_namespace
from tests import own_image
from tests.docker_engine import ensure_dockerd
from tests.e2e.audit import Match, match, settled
from tests.e2e.house import House, probe_spec, until
from tests.e2e.test_endpoint import opened
from tests.lab.cluster import KubectlFailed, Lab
from tests.lab.images import Image
from tests.lab.require import require_or_skip
from tests.postgres import Server, own_server

pytestmark = [pytest.mark.node, pytest.mark.docker, pytest.mark.postgres]

ACCOUNT = "system:serviceaccount:deadreckon:deadreckon"
PASSWORD = "of-the-ledger"
LEASE = "RECKON_LEASE_SECONDS=3"
GRANTS = """
CREATE ROLE reckon LOGIN PASSWORD 'of-the-ledger';
GRANT USAGE ON SCHEMA public TO reckon;
GRANT SELECT, INSERT ON ledger_events, ledger_journal, ledger_subjects, ledger_documents TO reckon;
GRANT SELECT, INSERT, UPDATE ON ledger_places TO reckon;
GRANT SELECT, UPDATE ON ledger_lease TO reckon;
GRANT SELECT ON ledger_meta TO reckon;
GRANT SELECT, INSERT, UPDATE, DELETE ON view_rows, view_positions TO reckon;
"""


@dataclass(frozen=True)
class Installed:
    """An installation, and a person outside with no more than a person's rights."""

    lab: Lab
    house: House
    objects: str

    def pods(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.lab.kubectl("get", "pods", "-n", "deadreckon", "-o", "json"))["items"]
        return found

    def ready(self) -> set[str]:
        return {pod["metadata"]["name"] for pod in self.pods() if _is_ready(pod)}

    def leader(self) -> str:
        """Name the pod that leads."""
        with closing(open_ledger(self.house.ledger_place)) as ledger:
            lease = ledger.leader()
        return lease.holder.partition("/")[0] if lease else ""

    def follower(self, of: str) -> str:
        """Name the pod that leads instead of one."""
        leads = self.leader()
        return leads if leads != of else ""


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


@pytest.fixture(scope="module")
def image(node_lab: Lab) -> Image:
    """Our own image in the lab's registry."""
    ensure_dockerd()
    return own_image.push(own_image.image(), node_lab.registry, "test")


@pytest.fixture(scope="module")
def database(node_lab: Lab) -> Iterator[Server]:
    """A PostgreSQL that pods reach."""
    try:
        server = own_server(node_lab.host)
    except (OSError, LookupError, RuntimeError) as error:
        require_or_skip("postgres", f"no PostgreSQL can be had here ({error})", "apt-get install postgresql")
    yield server
    server.remove()


@pytest.fixture
def outside(node_lab: Lab, database: Server, tmp_path: Path) -> Iterator[House]:
    """A person's house: the same ledger by its address, the cluster by a kubeconfig of their own."""
    url = f"postgresql://reckon:{PASSWORD}@{database.address}:{database.port}/postgres"
    one = House(node_lab, tmp_path, url, "shop", {"RECKON_KUBECONFIG": str(node_lab.kubeconfig_for("ann"))})
    one.reckon("rebuild", "--ledger", database.url)  # as the database's owner
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(GRANTS)
    yield one
    one.close()


@pytest.fixture
def installed(node_lab: Lab, image: Image, database: Server, outside: House) -> Iterator[Installed]:
    """The installation, as docs/install.md has it."""
    ledger_at = ("--ledger-port", str(database.port))
    objects = outside.reckon("manifests", "--image", image.by_digest, "--set", LEASE, *ledger_at).out
    try:
        node_lab.kubectl("apply", "-f", "-", input=objects)
        secret = ["create", "secret", "generic", "deadreckon-ledger", "-n", "deadreckon"]
        node_lab.kubectl(*secret, f"--from-literal=url={outside.ledger_place}")
        one = Installed(node_lab, outside, objects)
        until(lambda: len(one.ready()) == 2)
        yield one
    finally:
        for kind in ("clusterrolebinding", "clusterrole"):
            node_lab.kubectl("delete", kind, "ann-sees-nodes", "--ignore-not-found")
        node_lab.kubectl("delete", "-f", "-", "--ignore-not-found", "--wait=false", input=objects)


def test_from_an_empty_cluster_to_the_first_deployment(installed: Installed) -> None:
    lab, house = installed.lab, installed.house
    rights = next(one for one in house.reckon("doctor", "-o", "json", ok=False).json if one["about"] == "rights")
    assert rights["ok"] is False
    assert "reckon project grant" in rights["cure"]
    early = house.reckon("secret", "set", "greeting", text="x", ok=False)
    assert (early.exit, "reckon project grant NAME --user YOU" in early.err) == (1, True), early
    grants = house.reckon("project", "grant", house.project, "--user", "ann", "--namespaces").out
    lab.kubectl("apply", "-f", "-", input=grants)
    again = lab.kubectl("apply", "--dry-run=server", "-f", "-", input=installed.objects)
    assert all("unchanged" in line or "configured" in line for line in again.splitlines()), again
    first = until(installed.leader)
    assert first in installed.ready()

    house.reckon("secret", "set", "greeting", text="of-ann-alone")
    env = [{"name": "GREETING", "value": "secret:greeting"}]
    house.submit(probe_spec("web", lab.probe_app("1").ref, replicas=2, env=env), "--timeout", "240s")

    assert house.reckon("get", "web", "-o", "json").json["state"] == "healthy"
    for rest in (
        ("get", "secrets"),
        ("create", "token", "default"),
        ("get", "nodes"),
        ("create", "rolebinding", "x", "--clusterrole=admin", "--user=ann"),
    ):
        with pytest.raises(KubectlFailed, match="orbidden"):
            lab.kubectl(*rest, "-n", Key(house.project, "x").namespace, user="ann")
    assert len(house.reckon("logs", "web", "-o", "jsonl", "--tail", "1").out.splitlines()) == 2
    with opened(house, "web", "--port", "0") as (_, url), urllib.request.urlopen(url, timeout=60) as answer:
        assert json.loads(answer.read())["version"] == "1"
    assert house.reckon("machine", "list", "-o", "json").json[0]["place"] is None
    lab.kubectl("create", "clusterrole", "ann-sees-nodes", "--verb=list", "--resource=nodes,storageclasses.storage.k8s.io")
    lab.kubectl("create", "clusterrolebinding", "ann-sees-nodes", "--clusterrole=ann-sees-nodes", "--user=ann")
    assert house.reckon("machine", "list", "-o", "json").json[0]["place"]["now"] > 0
    planned = house.reckon("plan", "--name", "web", "--set", "env.COLOUR=blue", ok=False)
    assert planned.exit == 1, planned
    assert "not asked, for you may not" in planned.err
    found = {one["about"]: one for one in house.reckon("doctor", "-o", "json").json}
    assert all(one["ok"] is not False for one in found.values()), found
    assert "leads" in found["engine"]["said"]
    service = "/api/v1/namespaces/deadreckon/services/deadreckon:health/proxy"
    assert "reckon_leading" in lab.kubectl("get", "--raw", f"{service}/metrics")

    lab.kubectl("delete", "pod", "-n", "deadreckon", first, "--grace-period=0", "--force")
    second = until(lambda: installed.follower(first))
    house.submit(probe_spec("web", lab.probe_app("2").ref, replicas=2), "--timeout", "240s")
    assert second in installed.ready() or until(lambda: second in installed.ready())

    said = "".join(lab.kubectl("logs", "-n", "deadreckon", name) for name in installed.ready())
    assert PASSWORD not in said
    asked = [line for line in lab.audit_events(ACCOUNT) if line["stage"] == "ResponseComplete"]
    refused = [(line["verb"], line["requestURI"]) for line in asked if line["responseStatus"]["code"] in {401, 403}]
    assert not refused
    _the_ledger_and_the_audit_log_agree(lab, house)
    assert house.reckon("replay", "--all").exit == 0
    # Last, since it also asks what is for people to ask; it ends with 1 where something is wrong.
    within = lab.kubectl("exec", "-n", "deadreckon", second, "--", "reckon", "doctor")
    assert "ok      rights     all that is needed" in within


def _the_ledger_and_the_audit_log_agree(lab: Lab, house: House) -> None:
    shared = {shared_namespace(recorded.fact.ledger) for recorded in house.facts() if isinstance(recorded.fact, Bound)}

    def look() -> Match:
        facts = house.facts()
        asked = [line for line in lab.audit_events(ACCOUNT) if line["stage"] == "ResponseComplete"]
        # A secret's value is sent by the person who has it, under their own name.
        stored = [line for line in lab.audit_events("ann") if "/secrets" in line["requestURI"]]
        return match(facts, [*asked, *stored], Key(house.project, "x").namespace, *shared)

    agrees = settled(look)
    assert agrees.agrees, agrees
