"""Who may write our marks, on a real API server: tenants beside us, hands in a project's namespace, controllers and kubelets."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from domain.names import LABEL
from tests.integration.rights import (
    ANN,
    APPLY,
    APPS,
    CONTROLLER,
    CORE,
    ENGINE,
    KIM,
    MERGE,
    OPS,
    SHOP,
    TENANT,
    TIA,
    Body,
    House,
    installed,
    meta,
    pod,
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


def trying(marks: dict[str, str]) -> dict[str, tuple[str, str, Body]]:
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
    until = time.monotonic() + 240
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
    gone = time.monotonic() + 240
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
    for subresource in ("", "/status", "/resize"):
        lie = {"metadata": {"labels": {f"{LABEL}/deployment": "another"}}}
        # The rollouts above go on: a pod that was listed may be gone when it is asked for.
        for metadata in (listed for _ in range(5) for listed in pods(house)):
            answered = house.ask(KIM, "PATCH", f"{CORE}/{SHOP}/pods/{metadata['name']}{subresource}", lie, kind=MERGE)
            if answered != 404:
                break
        else:
            pytest.fail(f"no pod stood long enough to be asked for{subresource}")
        assert not any(f"{LABEL}/deployment" in listed["labels"] for listed in pods(house)), (subresource, answered)


def pods(house: House) -> list[Body]:
    """Give the metadata of each pod that stands there."""
    return [one["metadata"] for one in json.loads(house.lab.kubectl("get", "pods", "-n", SHOP, "-o", "json"))["items"]]


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


def test_policies_are_evaluated_without_a_complaint(house: House) -> None:
    """The API server checks the types of expressions that name kinds; it found nothing odd in them."""
    said = json.loads(house.lab.kubectl("get", "validatingadmissionpolicies", "-o", "json"))["items"]
    of_ours = {one["metadata"]["name"]: one.get("status", {}).get("typeChecking", {}) for one in said}
    assert {name: found for name, found in of_ours.items() if name.startswith(OPS) and found} == {}
