"""The endpoint on the lab's node: a password that probes need not know, rollouts behind a relay, an Ingress, and `open`."""

import base64
import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from domain.objects import Kind
from domain.replica import ProbeAnswer, ProbesAnswered
from domain.seen import Drifted
from tests.e2e.house import ROOT, House, probe_spec, until
from tests.e2e.loads import calling

pytestmark = pytest.mark.node

PASSWORD = "p$4 ss:wörd"


def allowed(user: str = "paperspace", password: str = PASSWORD) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def status(url: str, headers: dict[str, str] | None = None) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_password_is_asked_for_at_the_endpoint_and_neither_probes_nor_a_rollout_are_hindered(house: House) -> None:
    house.engine()
    house.reckon("platform", "set", f"relay-image={house.lab.caddy().by_digest}")
    house.reckon("secret", "set", "endpoint", text=PASSWORD)
    protected: dict[str, Any] = {"basicAuthKey": "secret:endpoint", "replicas": 2}
    house.submit(probe_spec("web", house.lab.probe_app("1").ref, **protected), "--timeout", "240s")
    url = house.service_url("web")

    assert status(url) == 401
    assert status(url, allowed(password="wrong")) == 401
    assert status(url, allowed(user="root")) == 401
    assert status(url, allowed()) == 200
    assert "caddy_" not in _text(f"{url}/metrics", allowed())
    seen = json.loads(_text(url, {**allowed(), "X-Forwarded-Proto": "https"}))
    assert seen["version"] == "1"
    assert all(replica.restarts == 0 for replica in house.deployment("web").replicas.values())

    with calling(url, clients=1, headers=allowed()) as callers:
        house.submit(probe_spec("web", house.lab.probe_app("2").ref, **protected), "--timeout", "240s")
        until(lambda: len([p for p in house.pods("web") if not p["metadata"].get("deletionTimestamp")]) == 2)
        until(lambda: len(house.pods("web")) == 2)

    assert callers.asked > 50
    assert callers.failures == []
    assert json.loads(_text(url, allowed()))["version"] == "2"
    pod = house.pods("web")[0]
    assert PASSWORD not in json.dumps(pod)
    assert "$2b$" not in json.dumps(pod)


def test_exact_records_hold_every_answer_to_a_health_check_also_those_that_the_cluster_never_tells(house: House) -> None:
    house.settings |= {"RECKON_REQUEST_WINDOW": "20"}
    house.engine()
    house.reckon("platform", "set", f"relay-image={house.lab.caddy().by_digest}")
    house.submit(probe_spec("web", house.lab.probe_app("1").ref, deadreckon={"probes": "exact"}), "--timeout", "240s")
    [pod] = house.pods("web")
    began = time.monotonic()
    time.sleep(8)
    _post(f"http://{pod['status']['podIP']}:8000/set/readiness/false")

    until(lambda: any(answer.status == 503 for answer in _answers(house)))

    lasted = time.monotonic() - began
    found = _answers(house)
    by_probe = {name: [one.at for one in found if one.probe == name] for name in ("startup", "readiness", "liveness")}
    assert all(times == sorted(set(times)) for times in by_probe.values())
    assert len([one for one in found if one.probe == "readiness" and one.passed]) >= min(lasted, 8) - 2  # one a second
    assert by_probe["startup"]
    assert by_probe["liveness"]
    assert "answered its health checks" in house.reckon("events", "web", "--last", "0").out


def _answers(house: House) -> list[ProbeAnswer]:
    return [answer for r in house.facts("web") if isinstance(r.fact, ProbesAnswered) for answer in r.fact.answers]


def _post(url: str) -> None:
    urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=60).close()


def _text(url: str, headers: dict[str, str]) -> str:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()


def test_an_ingress_is_made_shown_watched_and_put_right_and_goes_with_the_deployment(house: House) -> None:
    house.engine()
    house.reckon("platform", "set", "ingress-class=nginx", "hosts={name}.{project}.apps.example.com", "tls-secret=wildcard")
    house.submit(probe_spec("web", house.lab.probe_app("1").ref), "--timeout", "240s")

    url = f"https://web.{house.project}.apps.example.com/"
    assert url in house.reckon("get", "web").out
    assert house.reckon("open", "web").out.strip() == url
    [rule] = house.live(Kind.INGRESS, "web")["spec"]["rules"]
    assert f"https://{rule['host']}/" == url
    assert house.live(Kind.NETWORK_POLICY, "web")["spec"]["policyTypes"] == ["Ingress"]

    name = house.ref(Kind.INGRESS, "web").name
    house.kubectl("patch", "ingress", name, "--type=merge", "-p", '{"spec":{"ingressClassName":"mine"}}')
    until(lambda: house.live(Kind.INGRESS, "web")["spec"]["ingressClassName"] == "nginx")
    assert any(isinstance(r.fact, Drifted) and r.fact.ref.kind == "Ingress" for r in house.facts("web"))

    house.reckon("delete", "web", "--yes", "--timeout", "240s")
    until(lambda: "No resources" in _found(house))


def _found(house: House) -> str:
    found = house.kubectl("get", "ingresses,networkpolicies", "-o", "name")
    return found.strip() or "No resources"


@contextmanager
def opened(house: House, *arguments: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """Run `reckon open` for a while, and give the URL that it says."""
    command = [sys.executable, "-m", "adapters.main", "open", *arguments]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=house.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_without_an_ingress_a_local_port_leads_to_a_replica_and_to_another_when_that_goes(house: House) -> None:
    house.engine()
    house.submit(probe_spec("web", house.lab.probe_app("1").ref), "--timeout", "240s")

    with opened(house, "web", "--port", "0") as (process, url):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)
        assert json.loads(_text(url, {}))["version"] == "1"
        [first] = house.pods("web")
        house.kubectl("delete", "pod", first["metadata"]["name"], "--wait=false")
        until(lambda: any(pod["metadata"]["uid"] != first["metadata"]["uid"] for pod in house.pods("web")))
        until(lambda: len(house.pods("web")) == 1 and _text_or_nothing(url) == 200)
        assert process.poll() is None

    assert process.returncode == 130


def _text_or_nothing(url: str) -> int:
    try:
        return status(url)
    except OSError:
        return 0
