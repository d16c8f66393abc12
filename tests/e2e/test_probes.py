"""Stories 2 and 3: what health checks do, and what is recorded of it."""

import urllib.request
from typing import TypeVar

import pytest

from domain.objects import Kind
from domain.replica import BecameReady, BecameUnready, ContainerStarted, ProbeFailed, ReplicaKilled, Restarted, StartupPassed
from tests.e2e.house import House, probe_spec, until

pytestmark = pytest.mark.node

F = TypeVar("F")


def test_a_failing_readiness_takes_the_replica_out_of_the_service_and_back_with_cause_and_count(house: House) -> None:
    """Story 2, readiness."""
    house.engine()
    house.submit(probe_spec("web", house.lab.probe_app("1").ref))
    until(lambda: _endpoints(house) == 1)
    pod = _pod_url(house)

    _set(pod, "readiness", "false")

    until(lambda: _endpoints(house) == 0)
    unready = until(lambda: _facts(house, BecameUnready))
    assert unready
    until(lambda: sum(failure.times for failure in _of_readiness(house)) >= 2)
    assert "503" in _of_readiness(house)[0].message
    _set(pod, "readiness", "true")
    until(lambda: _endpoints(house) == 1)
    until(lambda: len(_facts(house, BecameReady)) >= 2)
    assert not _facts(house, Restarted)
    events = house.reckon("events", "web", "--last", "0").out
    assert "readiness" in events
    assert "503" in events


def _of_readiness(house: House) -> list[ProbeFailed]:
    return [failure for failure in _facts(house, ProbeFailed) if failure.probe == "readiness"]


def test_a_failing_liveness_restarts_the_container_once_with_exit_code_and_probe_in_the_events(house: House) -> None:
    """Story 2, liveness."""
    house.engine()
    house.submit(probe_spec("web", house.lab.probe_app("1").ref))

    _set(_pod_url(house), "liveness", "false")

    [restarted] = until(lambda: _facts(house, Restarted))
    house.quiet("web", 4)
    assert len(_facts(house, Restarted)) == 1
    assert restarted.times == 1
    assert restarted.exit_code is not None
    killed = [f for f in _facts(house, ReplicaKilled) if f.probe == "liveness"]
    assert restarted.cause == "liveness probe" or killed
    assert any(f.probe == "liveness" for f in _facts(house, ProbeFailed))
    assert "liveness" in house.reckon("events", "web", "--last", "0").out
    until(lambda: next(iter(house.deployment("web").replicas.values())).ready)


def test_an_application_that_never_starts_is_restarted_when_its_startup_budget_is_used_up(house: House) -> None:
    """Story 3."""
    house.engine()
    period, threshold = 2, 4
    checks = {
        "startup": {"path": "/startup", "port": 8000, "periodSeconds": period, "failureThreshold": threshold},
        "readiness": {"path": "/readiness", "port": 8000, "periodSeconds": 1},
        "liveness": {"path": "/liveness", "port": 8000, "periodSeconds": 1},
    }
    env = [{"name": "STARTUP_NEVER", "value": "1"}]
    house.submit(probe_spec("web", house.lab.probe_app("1").ref, healthChecks=checks, env=env), "--detach")

    restarted = until(lambda: _facts(house, Restarted))[0]

    started = _facts(house, ContainerStarted)[0]
    killed = until(lambda: [f for f in _facts(house, ReplicaKilled) if f.probe == "startup"])[0]
    assert started.at is not None
    assert killed.at is not None
    took = (killed.at - started.at).total_seconds()
    assert took >= period * threshold - period - 1, took  # the node's times are whole seconds
    assert restarted.exit_code is not None
    assert not _facts(house, StartupPassed)
    assert {f.probe for f in _facts(house, ProbeFailed)} == {"startup"}


def _facts(house: House, kind: type[F]) -> list[F]:
    return [r.fact for r in house.facts("web") if isinstance(r.fact, kind)]


def _endpoints(house: House) -> int:
    service = house.ref(Kind.SERVICE, "web").name
    path = "jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].addresses[0]}"
    return len(house.kubectl("get", "endpointslices", "-l", f"kubernetes.io/service-name={service}", "-o", path).split())


def _pod_url(house: House) -> str:
    return f"http://{house.pods('web')[0]['status']['podIP']}:8000"


def _set(url: str, what: str, value: str) -> None:
    request = urllib.request.Request(f"{url}/set/{what}/{value}", method="POST")
    with urllib.request.urlopen(request, timeout=60):
        pass
