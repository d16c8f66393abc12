"""Requests timed by the relays, a value on record before the autoscaler hears of it, and 1 -> 3 -> 1 by it, on the lab's node."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from domain.actions import Decided, VersionFailed, VersionHealthy
from domain.measuring import DurationMeasured
from domain.objects import Kind
from domain.scaling import Scaled
from reconciler.request_duration import three_digits
from tests.e2e.house import House, probe_spec, until
from tests.e2e.loads import calling
from tests.lab.cluster import Lab

pytestmark = pytest.mark.node

API = "v1beta1.external.metrics.k8s.io"
TARGET = 0.15


@pytest.fixture
def timed_house(metrics_lab: Lab, house: House) -> Iterator[House]:
    """A house whose engine, outside of the cluster, answers the metrics API through a Service that leads to it."""
    with socket.socket() as free:
        free.bind((metrics_lab.host, 0))
        port = free.getsockname()[1]
    metrics_lab.apply(*way_to_the_engine(metrics_lab.host, port))
    house.settings |= {"RECKON_EXTERNAL_METRICS": f"{metrics_lab.host}:{port}", "RECKON_REQUEST_WINDOW": "20"}
    house.reckon("platform", "set", f"relay-image={metrics_lab.caddy().by_digest}")
    yield house
    # Whoever still runs would take the API over as soon as it is free, and be at work while its ledger is matched.
    for engine in house.engines:
        engine.stop()
    metrics_lab.kubectl("delete", "apiservice", API, "--ignore-not-found", user="admin")


def way_to_the_engine(host: str, port: int) -> list[dict[str, Any]]:
    metadata = {"name": "deadreckon", "namespace": "deadreckon"}
    of = {"kubernetes.io/service-name": "deadreckon"}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "deadreckon"}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"ports": [{"name": "external-metrics", "port": 8443, "targetPort": port}]},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**metadata, "name": "deadreckon-lab", "labels": of},
            "addressType": "IPv4",
            "ports": [{"name": "external-metrics", "port": port}],
            "endpoints": [{"addresses": [host], "conditions": {"ready": True}}],
        },
    ]


def timed_spec(house: House, name: str) -> str:
    scaling = {"maxReplicas": 3, "metrics": [{"metric": "requestDuration", "summary": "average", "value": TARGET}]}
    resources = {"machineType": "C4", "replicas": 1, "ports": [8000], "autoscaling": scaling}
    return probe_spec(name, house.lab.probe_app("1").ref, resources=resources)


def values(house: House, name: str) -> list[DurationMeasured]:
    return [r.fact for r in house.facts(name) if isinstance(r.fact, DurationMeasured)]


def replicas(house: House, name: str) -> int:
    return int(house.live(Kind.DEPLOYMENT, name)["spec"]["replicas"])


def heard(house: House, name: str) -> float | None:
    """Give the seconds that the autoscaler has heard of."""
    for metric in house.live(Kind.AUTOSCALER, name).get("status", {}).get("currentMetrics") or ():
        said = metric.get("external", {}).get("current", {}).get("value")
        if said is not None:
            return float(said.removesuffix("m")) / 1000 if said.endswith("m") else float(said)
    return None


def test_slow_requests_take_a_deployment_to_three_replicas_and_quick_ones_back_to_one(timed_house: House) -> None:
    house = timed_house
    engine = house.engine()
    house.submit(timed_spec(house, "web"), "--timeout", "240s")
    until(lambda: heard(house, "web") is not None)
    assert "metrics  https://" in engine.said
    assert _asked(house, "web")["items"][0]["value"] == "0m"
    told = set[float]()

    with calling(f"{house.service_url('web')}/slow/400", clients=3) as slow:
        until(lambda: _heard(house, told) and replicas(house, "web") == 3)
        until(lambda: _heard(house, told) and any(len(one.shares) == 3 for one in values(house, "web")))
    with calling(f"{house.service_url('web')}/slow/2", clients=1) as quick:
        until(lambda: _heard(house, told) and replicas(house, "web") == 1)

    assert slow.failures == quick.failures == []
    measured = values(house, "web")
    assert any(0.4 <= one.value < 0.5 for one in measured)
    for one in measured:
        requests = sum(share.requests for share in one.shares)
        assert requests == one.requests
        assert one.value == (three_digits(sum(share.seconds for share in one.shares) / requests) if requests else 0.0)
    assert any(len(one.shares) == 3 for one in measured)
    # The autoscaler rounds up to milliseconds; nothing it heard is missing on record.
    on_record = {-(-one.value * 1000 // 1) / 1000 for one in measured}
    assert told <= on_record, told - on_record
    scaled = until(lambda: [s for s in _scaled(house) if s.after == 1])
    assert scaled
    assert {one.metric for one in _scaled(house)} == {"requestDuration"}
    assert _scaled(house)[0].before == 1
    assert max(one.after for one in _scaled(house)) == 3
    assert "a request takes" in house.reckon("events", "web", "--last", "0").out


def _asked(house: House, name: str) -> Any:  # noqa: ANN401 (JSON)
    """Ask the API server as an autoscaler does."""
    service = house.ref(Kind.SERVICE, name)
    labels = f"deadreckon.dev%2Fdeployment%3D{service.name}%2Cdeadreckon.dev%2Fincarnation%3D1"
    path = f"/apis/external.metrics.k8s.io/v1beta1/namespaces/{service.namespace}/deadreckon-request-duration"
    return json.loads(house.lab.kubectl("get", "--raw", f"{path}?labelSelector={labels}", user="admin"))


def _heard(house: House, told: set[float]) -> bool:
    value = heard(house, "web")
    if value is not None:
        told.add(value)
    return True


def _scaled(house: House) -> list[Scaled]:
    return [r.fact for r in house.facts("web") if isinstance(r.fact, Scaled)]


def test_another_providers_metrics_api_is_not_taken_over_and_the_version_says_soon_whose_it_is(timed_house: House) -> None:
    house = timed_house
    spec = {
        "group": "external.metrics.k8s.io",
        "version": "v1beta1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "insecureSkipTLSVerify": True,
        "service": {"name": "prometheus-adapter", "namespace": "monitoring", "port": 443},
    }
    theirs = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": API}, "spec": spec}
    house.lab.apply(theirs)
    house.engine()
    house.submit(probe_spec("web", house.lab.probe_app("1").ref), "--timeout", "240s")

    said = house.submit(timed_spec(house, "web"), "--timeout", "240s", ok=False)

    assert said.exit == 1, said
    assert "monitoring/prometheus-adapter" in said.out + said.err
    assert "cpu or memory" in said.out + said.err
    [failed] = [
        f for r in house.facts("web") if isinstance(r.fact, Decided) for f in r.fact.findings if isinstance(f, VersionFailed)
    ]
    assert failed.number == 2
    assert len(house.pods("web")[0]["spec"]["containers"]) == 1
    standing = json.loads(house.lab.kubectl("get", "apiservice", API, "-o", "json", user="admin"))
    assert standing["spec"]["service"]["name"] == "prometheus-adapter"
    assert "deadreckon.dev/ledger" not in standing["metadata"].get("labels", {})
    doctor = house.reckon("doctor", ok=False)
    assert "monitoring/prometheus-adapter" in doctor.out + doctor.err
    assert VersionHealthy(1) in [f for r in house.facts("web") if isinstance(r.fact, Decided) for f in r.fact.findings]
