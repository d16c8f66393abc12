"""Stories 1, 4, 5 and 6: releases, good and bad, as a person sees them."""

import json
import threading
import urllib.error
import urllib.request

import pytest

from domain.actions import Decided, VersionFailed, VersionHealthy
from domain.objects import Kind
from domain.orders import Submitted
from domain.replica import BecameReady, ContainerStarted, ImagePulled, ReplicaCreated, ReplicaScheduled, StartupPassed
from tests.e2e.house import House, probe_spec, until

pytestmark = pytest.mark.node

HEALTH = {
    "apiVersion": "v1",
    "name": "model server",
    "resources": {"machineType": "C4", "replicas": 2, "ports": [8000]},
    "healthChecks": {
        "readiness": {"path": "/readiness", "port": 8000, "periodSeconds": 2, "timeoutSeconds": 5},
        "liveness": {"path": "/liveness", "port": 8000},
        "startup": {"path": "/startup", "port": 8000, "periodSeconds": 2, "failureThreshold": 30},
    },
}


def test_a_model_server_is_submitted_starts_answers_and_its_history_tells_it_in_order(house: House) -> None:
    """Story 1."""
    image = house.lab.fastapi_app()
    house.engine()

    said = house.submit(json.dumps({**HEALTH, "image": image.ref}), "--reason", "first release", "--timeout", "240s")

    assert "healthy" in said.out + said.err
    with urllib.request.urlopen(f"{house.service_url('model server')}/readiness/", timeout=60) as answer:
        assert answer.status == 200
    order = [Submitted, Decided, ReplicaCreated, ReplicaScheduled, ImagePulled, ContainerStarted, StartupPassed, BecameReady]
    facts = house.facts("model server")
    firsts = [next(r.position for r in facts if isinstance(r.fact, kind)) for kind in order]
    assert firsts == sorted(firsts)
    times = [r.recorded_at for r in facts]
    assert times == sorted(times)
    assert any(isinstance(r.fact, Decided) and VersionHealthy(1) in r.fact.findings for r in facts)
    assert facts[0].metadata.reason == "first release"
    history = house.reckon("history", "model server").out
    assert "first release" in history
    events = house.reckon("events", "model server", "--last", "0").out
    assert events.index("has started up") < events.index("takes traffic") < events.index("version 1 is healthy")


def test_a_new_image_rolls_out_and_a_client_that_asks_all_the_while_sees_no_failed_request(house: House) -> None:
    """Story 4."""
    house.engine()
    house.submit(probe_spec("web", house.lab.probe_app("1").ref, replicas=2))
    client = Client(house.service_url("web"))
    client.start()

    house.submit(probe_spec("web", house.lab.probe_app("2").ref, replicas=2), "--reason", "second release")

    until(lambda: len([p for p in house.pods("web") if not p["metadata"].get("deletionTimestamp")]) == 2)
    asked = client.finish()
    assert asked > 50
    assert client.failures == []
    said = house.reckon("diff", "web", "1", "2", ok=False)
    assert said.exit == 1
    assert "image" in said.out
    assert "probe-app:1" in said.out
    assert "probe-app:2" in said.out


def test_a_bad_image_fails_at_its_deadline_the_old_version_serves_on_and_rollback_brings_it_back(house: House) -> None:
    """Story 5."""
    house.engine()
    good = house.lab.probe_app("1")
    deadline = {"rolloutDeadlineSeconds": 20}
    house.submit(probe_spec("web", good.ref, healthChecks=None))
    missing = good.ref.rpartition(":")[0] + "@sha256:" + "0" * 64

    said = house.submit(probe_spec("web", missing, deadreckon=deadline, healthChecks=None), "--timeout", "240s", ok=False)

    assert said.exit in {1, 3}, said
    if said.exit == 1:  # it was accepted, tried, and failed in the replicas' own words
        failed = _failure(house, 2)
        assert any("not found" in word or "ImagePull" in word for word in failed.why), failed
    with urllib.request.urlopen(house.service_url("web"), timeout=60) as answer:
        assert answer.status == 200
    never = probe_spec("web", good.ref, env=[{"name": "EXIT_CODE", "value": "7"}], deadreckon=deadline, healthChecks=None)
    said = house.submit(never, "--timeout", "240s", ok=False)
    assert said.exit == 1, said
    number = house.deployment("web").versions[-1].number
    assert any("7" in word for word in _failure(house, number).why)
    # Without a check a container that ends at once is ready for the moments until it does, and is sent requests.
    assert until(lambda: _answered(house.service_url("web")) == 200)

    house.reckon("rollback", "web", "--yes", "--timeout", "240s")

    newest = house.deployment("web").versions[-1]
    assert newest.number == number + 1
    assert newest.order.origin.kind == "rollback"
    assert newest.order.origin.of == 1
    assert newest.verdict == "healthy"
    assert newest.order.objects == house.deployment("web").versions[0].order.objects
    assert good.digest in house.live(Kind.DEPLOYMENT, "web")["spec"]["template"]["spec"]["containers"][0]["image"]


def test_stop_start_and_scale_leave_the_replicas_that_stay_alone(house: House) -> None:
    """Story 6, first half."""
    house.engine()
    house.submit(probe_spec("web", house.lab.probe_app("1").ref))
    [first] = [pod["metadata"]["uid"] for pod in house.pods("web")]

    house.reckon("scale", "web", "5")
    five = {pod["metadata"]["uid"] for pod in house.pods("web")}
    house.reckon("scale", "web", "2")
    until(lambda: len([p for p in house.pods("web") if not p["metadata"].get("deletionTimestamp")]) == 2)
    two = {pod["metadata"]["uid"] for pod in house.pods("web") if not pod["metadata"].get("deletionTimestamp")}

    assert first in five
    assert two < five
    assert all(r.restarts == 0 for r in house.deployment("web").replicas.values())
    house.reckon("stop", "web", "--yes")
    until(lambda: not house.pods("web"))
    assert house.live(Kind.SERVICE, "web")
    house.reckon("start", "web")
    assert house.deployment("web").versions[-1].verdict == "healthy"
    assert house.deployment("web").versions[-1].order.replicas == 2


def test_a_new_machine_type_changed_env_and_a_rotated_secret_which_the_running_version_does_not_see(house: House) -> None:
    """Story 6, second half."""
    house.engine()
    image = house.lab.probe_app("1").ref
    house.reckon("secret", "set", "token", text="first")  # typed on standard input
    env = [{"name": "VERSION", "value": "secret:token"}]
    house.submit(probe_spec("web", image, env=env))
    assert _answer(house)["version"] == "first"
    assert _answer(house)["uid"] == "0"  # an image whose processes run as root works as it did
    [before] = [pod["metadata"]["uid"] for pod in house.pods("web")]

    house.reckon("secret", "set", "token", text="second")
    house.quiet("web", 3)

    assert [pod["metadata"]["uid"] for pod in house.pods("web")] == [before]
    assert _version_served(house) == "first"
    house.submit(probe_spec("web", image, env=env, machineType="C5"))
    until(lambda: _version_served(house) == "second")
    container = house.live(Kind.DEPLOYMENT, "web")["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"]["requests"]["cpu"] == "40m"
    everything = "".join(str(r) for r in house.facts())
    assert "first" not in everything
    assert "second" not in everything
    refused = house.reckon("secret", "rm", "token", ok=False)  # a wanted version uses it
    assert refused.exit == 3, refused


class Client(threading.Thread):
    """Asks all the while, each time over a connection of its own, as new users do."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.failures, self._asked, self._over = url, list[str](), 0, threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            try:
                with urllib.request.urlopen(self.url, timeout=60) as answer:
                    answer.read()
            except (urllib.error.URLError, OSError) as error:
                self.failures.append(str(error))
            self._asked += 1
            self._over.wait(0.02)

    def finish(self) -> int:
        self._over.set()
        self.join()
        return self._asked


def _answered(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return int(answer.status)
    except OSError:
        return 0


def _failure(house: House, number: int) -> VersionFailed:
    findings = [f for r in house.facts("web") if isinstance(r.fact, Decided) for f in r.fact.findings]
    return next(f for f in findings if isinstance(f, VersionFailed) and f.number == number)


def _version_served(house: House) -> str:
    return _answer(house).get("version", "")


def _answer(house: House) -> dict[str, str]:
    try:
        with urllib.request.urlopen(house.service_url("web"), timeout=60) as answer:
            said: dict[str, str] = json.load(answer)
            return said
    except (urllib.error.URLError, OSError):
        return {}
