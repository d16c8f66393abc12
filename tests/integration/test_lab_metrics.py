"""The lab's metrics-server: what autoscaling needs is there, and answers soon enough for a test."""

import json
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from tests.integration.test_lab import soon
from tests.lab.cluster import Lab

NAMESPACE = "lab-metrics"


def workload(image: str) -> dict[str, object]:
    """A deployment of one replica that asks for a tenth of a core."""
    container = {"name": "main", "image": image, "resources": {"requests": {"cpu": "100m", "memory": "16Mi"}}}
    template = {
        "metadata": {"labels": {"app": "busy"}},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]},
    }
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "busy"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "busy", "namespace": NAMESPACE}, "spec": spec}


@pytest.fixture
def busy(metrics_lab: Lab) -> Iterator[Callable[..., str]]:
    """Kubectl in a namespace with one ready replica and an autoscaler between 1 and 3."""
    image = metrics_lab.probe_app("1").by_digest
    metrics_lab.kubectl("create", "namespace", NAMESPACE)
    metrics_lab.apply(workload(image))

    def kubectl(*arguments: str) -> str:
        return metrics_lab.kubectl(f"--namespace={NAMESPACE}", *arguments)

    kubectl("autoscale", "deployment", "busy", "--min=1", "--max=3", "--cpu=50%")
    kubectl("rollout", "status", "deployment/busy", "--timeout=240s")
    yield kubectl
    metrics_lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def test_load_takes_a_deployment_from_one_replica_to_three_and_its_end_back_to_one(busy: Callable[..., str]) -> None:
    def replicas() -> int:
        return int(busy("get", "deployment", "busy", "--output=jsonpath={.spec.replicas}"))

    (first,) = json.loads(busy("get", "pods", "--output=json"))["items"]
    soon(lambda: "busy" in busy("top", "pods"))

    def burn(millicores: int, seconds: int) -> None:
        url = f"http://{first['status']['podIP']}:8000/burn/{millicores}/{seconds}"
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=60) as answer:
            assert b"burning" in answer.read()

    burn(400, 300)
    assert soon(lambda: replicas() == 3)
    burn(0, 0)
    assert soon(lambda: replicas() == 1)
