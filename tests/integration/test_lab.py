"""The lab itself: what the other tests take for granted of it, shown once."""

import base64
import json
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.lab import site
from tests.lab.cluster import KubectlFailed, Lab
from tests.lab.images import Image
from tests.lab.toolchain import binaries

T = TypeVar("T")

PROBE = {"httpGet": {"path": "/readiness", "port": 8000}, "periodSeconds": 1, "failureThreshold": 1}


def soon(look: Callable[[], T], seconds: float = 240) -> T:
    """What `look` sees once it sees something; the lab is real, so things take a moment."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(KubectlFailed, OSError):
            seen = look()
            if seen:
                return seen
        time.sleep(0.2)
    return look()


def get(lab: Lab, *what: str) -> dict[str, Any]:
    """What kubectl shows of something."""
    shown: dict[str, Any] = json.loads(lab.kubectl("get", *what, "--output=json"))
    return shown


def ask(lab: Lab, path: str, *, user: str = "deadreckon", audit: str | None = None) -> bytes:
    """What the API server answers to that user."""
    request = urllib.request.Request(f"{lab.server}{path}")
    request.add_header("Authorization", f"Bearer {lab.token(user)}")
    if audit:
        request.add_header("Audit-ID", audit)
    trust = ssl.create_default_context(cafile=str(lab.server_ca))
    with urllib.request.urlopen(request, timeout=60, context=trust) as response:
        body: bytes = response.read()
    return body


def page(url: str, method: str = "GET") -> str:
    """What a container answers there."""
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=60) as response:
        answer: bytes = response.read()
    return answer.decode()


def pod(name: str, image: str, **more: object) -> dict[str, Any]:
    """A pod of one container, as careful as those that the engine makes."""
    container = {"name": "main", "image": image, **more}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 3,
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
        },
    }


@pytest.fixture(scope="module")
def room(node_lab: Lab) -> Iterator[Callable[..., str]]:
    """Kubectl in a namespace of our own, ready for pods."""
    name = "lab-itself"
    node_lab.kubectl("create", "namespace", name)
    node_lab.kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=baseline")

    def kubectl(*arguments: str, text: str | None = None) -> str:
        return node_lab.kubectl(f"--namespace={name}", *arguments, input=text)

    soon(lambda: kubectl("get", "serviceaccount", "default"))
    yield kubectl
    node_lab.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module")
def running(node_lab: Lab, room: Callable[..., str]) -> str:
    """The address of a probe-app that is ready, behind a Service of the same name."""
    image = node_lab.probe_app("1")
    room("apply", "--filename=-", text=json.dumps(pod("app", image.by_digest, readinessProbe=PROBE)))
    room("expose", "pod", "app", "--port=80", "--target-port=8000")
    room("wait", "pod/app", "--for=condition=Ready", "--timeout=240s")
    return room("get", "pod", "app", "--output=jsonpath={.status.podIP}")


def test_what_the_engine_asks_stands_in_the_audit_log_under_the_id_it_sent(lab: Lab) -> None:
    sent = "asked-by-the-lab-test"
    ask(lab, "/api/v1/namespaces", audit=sent)
    found = soon(lambda: [event for event in lab.audit_events("deadreckon") if event["auditID"] == sent])
    assert [event["stage"] for event in found] == ["ResponseComplete"]
    assert not [event for event in lab.audit_events("human") if event["auditID"] == sent]


def test_who_has_no_rights_is_refused_and_who_was_given_some_is_not(lab: Lab) -> None:
    with pytest.raises(KubectlFailed, match="forbidden"):
        lab.kubectl("get", "pods", user="weak")
    lab.kubectl("create", "clusterrolebinding", "carol-looks", "--clusterrole=view", "--user=carol")
    assert soon(lambda: "default" in lab.kubectl("get", "namespaces", user="carol"))


def test_a_watch_from_a_revision_of_before_the_compaction_is_gone(lab: Lab) -> None:
    seen = json.loads(ask(lab, "/api/v1/namespaces"))["metadata"]["resourceVersion"]
    lab.compact()
    watched = json.loads(ask(lab, f"/api/v1/namespaces?watch=1&timeoutSeconds=2&resourceVersion={seen}"))
    assert (watched["type"], watched["object"]["code"]) == ("ERROR", HTTPStatus.GONE)


def test_the_api_server_goes_away_and_comes_back_where_it_was(lab: Lab) -> None:
    lab.stop_apiserver()
    with pytest.raises(OSError, match="refused"):
        ask(lab, "/readyz")
    lab.start_apiserver()
    assert ask(lab, "/readyz") == b"ok"


def test_the_node_is_ready_and_runs_the_kubernetes_that_was_asked_for(node_lab: Lab) -> None:
    (node,) = get(node_lab, "nodes")["items"]
    assert {"type": "Ready", "status": "True"}.items() <= node["status"]["conditions"][-1].items()
    assert node["status"]["nodeInfo"]["kubeletVersion"] == "v1.36.3"


def test_a_pod_answers_at_its_own_address_and_through_its_service(running: str, room: Callable[..., str]) -> None:
    assert json.loads(page(f"http://{running}:8000/")) == {"hostname": "app", "version": "1", "uid": "0"}
    service = room("get", "service", "app", "--output=jsonpath={.spec.clusterIP}")
    assert '"app"' in soon(lambda: page(f"http://{service}/"))


def test_a_pod_is_reached_through_the_api_server_and_through_a_forwarded_port(
    running: str, node_lab: Lab, room: Callable[..., str]
) -> None:
    assert running
    assert '"app"' in node_lab.kubectl("get", "--raw", "/api/v1/namespaces/lab-itself/pods/app:8000/proxy/")
    command = [str(binaries("kubernetes") / "kubectl"), f"--kubeconfig={node_lab.kubeconfig}", "--namespace=lab-itself"]
    with subprocess.Popen([*command, "port-forward", "pod/app", ":8000"], stdout=subprocess.PIPE, text=True) as forward:
        try:
            assert forward.stdout is not None
            address = forward.stdout.readline().split()[2]  # Forwarding from 127.0.0.1:PORT -> 8000
            assert '"app"' in page(f"http://{address}/")
        finally:
            forward.terminate()
    assert room("logs", "app").startswith("probe-app 1 serves")


def test_a_pod_reaches_itself_through_its_service(running: str, room: Callable[..., str]) -> None:
    service = room("get", "service", "app", "--output=jsonpath={.spec.clusterIP}")
    assert running
    soon(lambda: room("exec", "app", "--", "/probe-app", "check", f"http://{service}/readiness") or "it passes")


def test_a_pod_whose_readiness_fails_leaves_its_service_and_comes_back(running: str, room: Callable[..., str]) -> None:
    def ready() -> str:
        return room("get", "pod", "app", "--output=jsonpath={.status.conditions[?(@.type=='Ready')].status}")

    page(f"http://{running}:8000/set/readiness/false", "POST")
    assert soon(lambda: ready() == "False")
    page(f"http://{running}:8000/set/readiness/true", "POST")
    assert soon(lambda: ready() == "True")


def test_a_pod_pulled_by_digest_says_which_digest_it_runs(running: str, node_lab: Lab, room: Callable[..., str]) -> None:
    assert running
    shown = room("get", "pod", "app", "--output=jsonpath={.status.containerStatuses[0].imageID}")
    assert shown.endswith(node_lab.probe_app("1").digest)


def test_two_versions_of_the_fixture_have_two_digests_and_the_same_one_has_one(node_lab: Lab) -> None:
    assert node_lab.probe_app("1") == node_lab.probe_app("1")
    assert node_lab.probe_app("1").digest != node_lab.probe_app("2").digest


def test_a_pull_without_the_secret_is_refused_and_with_it_is_not(node_lab: Lab, room: Callable[..., str]) -> None:
    image: Image = node_lab.probe_app("private").at(node_lab.private_registry)
    user, password = node_lab.registry_login
    login = (f"--docker-server={image.registry}", f"--docker-username={user}", f"--docker-password={password}")
    room("create", "secret", "docker-registry", "login", *login)
    allowed = pod("allowed", image.ref)
    allowed["spec"]["imagePullSecrets"] = [{"name": "login"}]
    for one in (pod("refused", image.ref), allowed):
        room("apply", "--filename=-", text=json.dumps(one))
    room("wait", "pod/allowed", "--for=condition=Ready", "--timeout=240s")
    assert soon(lambda: "401 Unauthorized" in room("get", "events"))
    assert "Pending" in room("get", "pod", "refused", "--output=jsonpath={.status.phase}")


def test_a_rotated_login_lets_the_new_password_in_and_refuses_the_old_one_until_it_is_over(lab: Lab) -> None:
    def answer(user: str, password: str) -> int:
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        request = urllib.request.Request(f"http://{lab.private_registry}/v2/", headers={"Authorization": f"Basic {login}"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answered:
                return int(answered.status)
        except urllib.error.HTTPError as refused:
            refused.close()
            return refused.code

    before = lab.registry_login
    with lab.rotated_registry_login() as after:
        assert (answer(*before), answer(*after)) == (HTTPStatus.UNAUTHORIZED, HTTPStatus.OK)
    assert (answer(*before), answer(*after)) == (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED)


def test_a_container_that_leaves_says_why_and_is_started_again_soon(node_lab: Lab, room: Callable[..., str]) -> None:
    image = node_lab.probe_app("1")
    leaving = pod("leaving", image.ref, env=[{"name": "EXIT_CODE", "value": "3"}])
    leaving["spec"]["containers"][0]["terminationMessagePolicy"] = "FallbackToLogsOnError"
    room("apply", "--filename=-", text=json.dumps(leaving))
    path = "--output=jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].lastState}"
    assert soon(lambda: room("get", "pod", "leaving", path).startswith(("2 {", "3 {")))
    told = room("get", "pod", "leaving", path)
    assert '"exitCode":3' in told
    assert "as EXIT_CODE asks" in told


def test_the_fastapi_application_is_ready_once_it_has_loaded(node_lab: Lab, room: Callable[..., str]) -> None:
    image = node_lab.fastapi_app()
    room("apply", "--filename=-", text=json.dumps(pod("model", image.by_digest, readinessProbe=PROBE)))
    room("wait", "pod/model", "--for=condition=Ready", "--timeout=240s")
    address = room("get", "pod", "model", "--output=jsonpath={.status.podIP}")
    assert json.loads(page(f"http://{address}:8000/predict/", "POST")) == {"replica": "model", "answer": "42"}


def deployment(image: Image) -> str:
    """Two replicas of the fixture, replaced one by one."""
    template = pod("web", image.by_digest, readinessProbe=PROBE)
    template["spec"]["terminationGracePeriodSeconds"] = 10
    template["spec"]["containers"][0]["env"] = [{"name": "DRAIN_SECONDS", "value": "8"}]
    spec = {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": template["spec"]},
    }
    return json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})


def test_a_rolling_update_of_the_fixture_loses_no_request(node_lab: Lab, room: Callable[..., str]) -> None:
    room("apply", "--filename=-", text=deployment(node_lab.probe_app("1")))
    room("rollout", "status", "deployment/web", "--timeout=240s")
    room("expose", "deployment", "web", "--port=80", "--target-port=8000")
    service = room("get", "service", "web", "--output=jsonpath={.spec.clusterIP}")
    assert soon(lambda: page(f"http://{service}/"))

    answers = [page(f"http://{service}/")]
    room("apply", "--filename=-", text=deployment(node_lab.probe_app("2")))
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and not all('"2"' in answer for answer in answers[-50:]):
        answers.append(page(f"http://{service}/"))
        time.sleep(0.05)
    assert '"1"' in answers[0]
    assert '"2"' in answers[-1]


def test_a_lab_whose_session_was_killed_is_cleared_by_the_next(node_lab: Lab) -> None:
    code = "import time; from tests.lab.cluster import Lab; lab = Lab.start(node=True, second=True)"
    code += "; print(lab.number, flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as session:
        assert session.stdout is not None
        number = int(session.stdout.readline())
        session.kill()
    left = next(place for place, _ in site.standing() if place.number == number)
    processes = [left.book.get(name) for name in left.book.names()]
    assert number != node_lab.number
    assert Path(f"/sys/class/net/{left.first.link}").exists()

    site.clear_the_dead()

    assert not left.folder.exists()
    for spot in (left.first, left.second):
        assert not Path(f"/sys/class/net/{spot.link}").exists()
        assert not [*Path("/sys/fs/cgroup").glob(f"**/{spot.cgroup}")]
    assert not [process for process in processes if process and process.alive()]
