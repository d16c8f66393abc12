"""Who did it, on a real API server: its own audit log names the person, as a file that is followed and as it posts it."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.external_metrics.certificate import self_signed
from domain.actions import Succeeded
from domain.audit import RequestWitnessed
from domain.names import Key
from domain.objects import Kind
from tests.e2e.house import House, probe_spec, until
from tests.lab.cluster import KubectlFailed, Lab

pytestmark = pytest.mark.lab

TOKEN = "f00dfeedf00dfeedf00dfeed"
ALICE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "audit-alice"},
    "roleRef": {"kind": "ClusterRole", "name": "cluster-admin", "apiGroup": "rbac.authorization.k8s.io"},
    "subjects": [{"kind": "User", "name": "alice", "apiGroup": "rbac.authorization.k8s.io"}],
}


@pytest.fixture(scope="module", autouse=True)
def _alice(lab: Lab) -> Iterator[None]:
    lab.apply(ALICE)
    yield
    lab.kubectl("delete", "clusterrolebinding", "audit-alice", user="admin")


def house_of(lab: Lab, folder: Path, project: str, **settings: str) -> House:
    house = House(lab, folder, str(folder / "ledger.db"), project, settings)
    house.engine()
    house.submit(probe_spec("web", lab.probe_app("1").ref, replicas=2), "--detach")
    until(lambda: len(house.deployment("web").replicas) == 2)
    return house


@pytest.fixture
def house(lab: Lab, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    """A deployment of two replicas, and an engine that follows the API server's audit log. There is no node to run them."""
    one = house_of(
        lab,
        tmp_path,
        f"audited-{hashlib.sha256(request.node.name.encode()).hexdigest()[:6]}",
        RECKON_AUDIT_LOG=str(lab.audit_log),
    )
    yield one
    one.close()


def alice(house: House, *arguments: str, text: str | None = None) -> str:
    return house.lab.kubectl("-n", house.namespace, *arguments, user="alice", input=text)


def witnessed(house: House, verb: str, kind: str, *, user: str = "alice") -> list[RequestWitnessed]:
    """Give what is on record of a user's requests with this verb about objects of this kind."""
    requests = [r.fact for r in house.facts() if isinstance(r.fact, RequestWitnessed)]
    return [request for request in requests if (request.verb, request.ref.kind, request.user) == (verb, kind, user)]


def told(house: House, fact: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = house.reckon("events", "web", "-o", "json", "--last", "0").json
    return [line for line in lines if line["fact"] == fact]


def test_who_deleted_and_who_changed_what_is_ours_is_named(house: House) -> None:
    name = Key(house.project, "web").object_name
    alice(house, "delete", "service", name)
    alice(house, "scale", f"deployment/{name}", "--replicas=4")
    until(lambda: witnessed(house, "delete", "Service") and witnessed(house, "patch", "Deployment"))
    until(lambda: told(house, "ObjectVanished") and told(house, "Drifted"))
    until(lambda: house.live(Kind.DEPLOYMENT, "web")["spec"]["replicas"] == 2)

    [vanished] = told(house, "ObjectVanished")
    assert (vanished["asked_by"], vanished["asked_surety"]) == ("alice (by kubectl)", "recorded")
    assert told(house, "Drifted")[0]["asked_by"] == "alice (by kubectl)"
    said = house.reckon("events", "web", "--last", "0").out
    assert "alice (by kubectl) deleted Service" in " ".join(said.split())


def test_a_deleted_pod_names_the_person_and_a_scaled_one_the_controller(house: House) -> None:
    first = min(replica.pod for replica in house.deployment("web").replicas.values())
    alice(house, "delete", "pod", first, "--wait=false")
    until(lambda: witnessed(house, "delete", "Pod") and any(line["replica"] == first for line in told(house, "ReplicaGone")))
    [gone] = [line for line in told(house, "ReplicaGone") if line["replica"] == first]
    assert gone["asked_by"] == "alice (by kubectl)"

    until(lambda: len(told(house, "ReplicaCreated")) == 3)
    house.reckon("scale", "web", "1", "--detach")
    until(lambda: len(told(house, "ReplicaGone")) == 2)
    until(lambda: "the ReplicaSet controller" in {line["asked_by"] for line in told(house, "ReplicaGone")})


def test_why_leads_to_whoever_deleted_a_pod_and_to_whoever_ordered_a_scaling_and_never_crosswise(
    house: House,
) -> None:
    first = min(replica.pod for replica in house.deployment("web").replicas.values())
    alice(house, "delete", "pod", first, "--wait=false")
    until(lambda: len(told(house, "ReplicaCreated")) == 3 and witnessed(house, "delete", "Pod"))
    newcomer = told(house, "ReplicaCreated")[-1]["replica"]

    assert _why(house, first)["end"] == "alice (by kubectl) asked for it, says the API server's audit log"
    came = _why(house, newcomer)
    assert f"it came in place of {first}: a ReplicaSet keeps its count" in [link["ground"] for link in came["chain"]]
    assert came["end"].startswith("alice (by kubectl)")

    house.reckon("scale", "web", "1", "--detach")
    until(lambda: len(told(house, "ReplicaGone")) == 2)
    [removed] = [line["replica"] for line in told(house, "ReplicaGone") if line["replica"] != first]
    until(lambda: "ordered it" in _why(house, removed)["end"])


def _why(house: House, what: str) -> dict[str, Any]:
    found: dict[str, Any] = house.reckon("why", what, "-o", "json").json
    return found


def test_an_eviction_that_the_budget_refuses_is_told_with_who_and_why(house: House) -> None:
    ready, broken = sorted(replica.pod for replica in house.deployment("web").replicas.values())
    for pod, state in ((ready, "True"), (broken, "False")):
        status = {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": state}]}}
        house.kubectl("patch", "pod", pod, "--subresource=status", "--type=merge", "-p", json.dumps(status))
    budget = Key(house.project, "web").object_name
    until(lambda: _healthy(house, budget) == 1)
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": ready, "namespace": house.namespace}}
    path = f"/api/v1/namespaces/{house.namespace}/pods/{ready}/eviction"

    with pytest.raises(KubectlFailed, match="budget"):
        alice(house, "create", "--raw", path, "-f", "-", text=json.dumps(eviction))
    [refused] = until(lambda: witnessed(house, "create", "Pod"))

    assert (refused.subresource, refused.code, refused.ref.name) == ("eviction", 429, ready)
    assert "disruption budget" in refused.message
    said = " ".join(house.reckon("events", "web", "--last", "0").out.split())
    assert f"alice (by kubectl) tried to evict Pod {ready} and was refused (429)" in said


def _healthy(house: House, budget: str) -> int:
    found: dict[str, Any] = json.loads(house.kubectl("get", "pdb", budget, "-o", "json"))
    return int(found["status"].get("currentHealthy", 0))


def test_secrets_names_who_touched_them_and_holds_nothing_of_them(house: House) -> None:
    alice(house, "create", "secret", "generic", "other", "--from-literal=password=hush-hush")
    alice(house, "delete", "secret", "other")
    until(lambda: witnessed(house, "create", "Secret") and witnessed(house, "delete", "Secret"))

    assert "hush-hush" not in str(house.facts())
    subjects = {r.metadata.subject for r in house.facts() if isinstance(r.fact, RequestWitnessed) and r.fact.ref.kind == "Secret"}
    assert subjects == {house.project}


def test_our_own_writes_are_told_by_nobody_and_the_two_logs_match(house: House) -> None:
    name = Key(house.project, "web").object_name
    log = str(house.lab.audit_log)
    house.quiet("web")
    whole = house.reckon("audit", "match", "--audit-log", log, "-o", "json", ok=False)
    assert (whole.exit, whole.json["whole"]) == (0, True), whole
    written = [r for r in house.facts() if isinstance(r.fact, Succeeded) and r.fact.wrote]
    assert whole.json["matched"] == len(written) > 3
    assert not witnessed(house, "patch", "Deployment", user="deadreckon")

    alice(house, "label", "service", name, "note=mine")
    until(lambda: witnessed(house, "patch", "Service"))
    again = " ".join(house.reckon("audit", "match", "--audit-log", log).out.split())
    assert "1 write of others stand on both sides, and neither side lacks any" in again
    calls = house.reckon("audit", "calls", "web", "--audit-log", log, "-o", "json").json
    assert {(call["audited"], call["user"]) for call in calls} == {("yes", "deadreckon")}


def _match(house: House) -> dict[str, Any]:
    said = house.reckon("audit", "match", "--audit-log", str(house.lab.audit_log), "-o", "json", ok=False)
    found: dict[str, Any] = said.json
    assert (said.exit == 0) is found["whole"]
    return found


def test_a_write_that_the_ledger_lacks_is_found(lab: Lab, tmp_path: Path) -> None:
    """The control: an engine without the log as its source records nothing of a quota; the match names who wrote it."""
    house = house_of(lab, tmp_path, "unaudited")
    try:
        house.quiet("web")
        alice(house, "create", "quota", "roomy", "--hard=pods=1000")
        until(lambda: _match(house)["untold"])
        found = _match(house)
        assert [(entry["user"], entry["ref"]["kind"]) for entry in found["untold"]] == [("alice", "ResourceQuota")]
        assert (found["whole"], found["unproved"]) == (False, [])
        # An empty stretch of the log proves nothing, and is said to cover nothing.
        later = house.reckon("audit", "match", "--audit-log", str(lab.audit_log), "--since", "now", "-o", "json", ok=False)
        assert (later.json["matched"], later.json["unproved"]) == (0, [])
        assert later.json["beyond"] > 3
    finally:
        house.close()


def test_after_a_restart_it_goes_on_where_it_was(house: House) -> None:
    name = Key(house.project, "web").object_name
    alice(house, "annotate", "service", name, "n=1")
    until(lambda: len(witnessed(house, "patch", "Service")) == 1)
    house.engines[0].kill()
    alice(house, "annotate", "service", name, "n=2", "--overwrite")
    house.engine()
    alice(house, "annotate", "service", name, "n=3", "--overwrite")

    until(lambda: len(witnessed(house, "patch", "Service")) == 3)
    assert len({request.audit_id for request in witnessed(house, "patch", "Service")}) == 3


def test_an_api_server_posts_its_log_to_the_engine_that_leads(lab: Lab, tmp_path: Path) -> None:
    certificate = self_signed(datetime.now(UTC))  # noqa: TID251 (a real server checks it)
    (tmp_path / "pair.pem").write_bytes(certificate)
    (tmp_path / "token").write_text(TOKEN)
    port = lab.free_port()
    settings = {
        "RECKON_AUDIT_LISTEN": f"{lab.host}:{port}",
        "RECKON_AUDIT_TOKEN": str(tmp_path / "token"),
        "RECKON_AUDIT_CERTIFICATE": str(tmp_path / "pair.pem"),
    }
    with lab.audit_posted(_webhook(f"https://{lab.host}:{port}/", certificate)):
        house = house_of(lab, tmp_path, "posted", **settings)
        try:
            alice(house, "delete", "service", Key(house.project, "web").object_name)
            until(lambda: witnessed(house, "delete", "Service"))
            until(lambda: told(house, "ObjectVanished"))
            assert told(house, "ObjectVanished")[0]["asked_by"] == "alice (by kubectl)"
            assert not witnessed(house, "patch", "Deployment", user="deadreckon")
        finally:
            house.close()


def _webhook(server: str, pair: bytes) -> str:
    authority = pair[pair.index(b"-----BEGIN CERTIFICATE") :]
    cluster = {
        "server": server,
        "certificate-authority-data": base64.b64encode(authority).decode(),
        "tls-server-name": "deadreckon",
    }
    whole = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "engine", "cluster": cluster}],
        "users": [{"name": "api-server", "user": {"token": TOKEN}}],
        "contexts": [{"name": "engine", "context": {"cluster": "engine", "user": "api-server"}}],
        "current-context": "engine",
    }
    return json.dumps(whole)
