"""The lab's second node: pods on both reach each other, read the same volume, and it goes without a trace."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_lab import PROBE, get, page, pod, soon
from tests.lab.cluster import Lab
from tests.lab.storage import CLASS

NAMESPACE = "lab-two-nodes"


@pytest.fixture(scope="module")
def floor(two_node_lab: Lab) -> Iterator[Callable[..., str]]:
    """Kubectl in a namespace of our own."""

    def kubectl(*arguments: str) -> str:
        return two_node_lab.kubectl(f"--namespace={NAMESPACE}", *arguments)

    two_node_lab.kubectl("create", "namespace", NAMESPACE)
    soon(lambda: kubectl("get", "serviceaccount", "default"))
    yield kubectl
    two_node_lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def on(node: str, one: dict[str, Any]) -> dict[str, Any]:
    """The same pod, on that node and nowhere else."""
    one["metadata"]["namespace"] = NAMESPACE
    one["spec"]["nodeSelector"] = {"kubernetes.io/hostname": node}
    return one


def test_both_nodes_are_ready_and_a_pod_on_each_reaches_the_other(two_node_lab: Lab, floor: Callable[..., str]) -> None:
    image = two_node_lab.probe_app("1").by_digest
    for node in ("lab", "lab-2"):
        two_node_lab.apply(on(node, pod(f"on-{node}", image, readinessProbe=PROBE)))
        floor("expose", "pod", f"on-{node}", "--port=80", "--target-port=8000")
    floor("wait", "pod/on-lab", "pod/on-lab-2", "--for=condition=Ready", "--timeout=240s")
    for here, there in (("on-lab", "on-lab-2"), ("on-lab-2", "on-lab")):
        assert there in page(f"http://{floor('get', 'pod', there, '--output=jsonpath={.status.podIP}')}:8000/")
        address = floor("get", "service", there, "--output=jsonpath={.spec.clusterIP}")
        assert there in soon(lambda url=f"http://{address}/": page(url))  # type: ignore[misc]
        soon(lambda: floor("exec", here, "--", "/probe-app", "check", f"http://{address}/readiness") or "it passes")  # noqa: B023
        direct = floor("get", "pod", there, "--output=jsonpath={.status.podIP}")
        floor("exec", here, "--", "/probe-app", "check", f"http://{direct}:8000/readiness")


def test_what_was_written_on_one_node_is_read_on_the_other(two_node_lab: Lab, floor: Callable[..., str]) -> None:
    image = two_node_lab.filler().by_digest
    spec = {"storageClassName": CLASS, "accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
    meta = {"name": "model", "namespace": NAMESPACE}
    two_node_lab.apply({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec})
    for node, does in (("lab", "echo weights > /content/model.bin"), ("lab-2", "cat /content/model.bin")):
        one = on(node, pod(f"file-{node}", image, command=["sh", "-c", does]))
        one["spec"] |= {
            "volumes": [{"name": "content", "persistentVolumeClaim": {"claimName": "model"}}],
            "restartPolicy": "Never",
        }
        one["spec"]["containers"][0]["volumeMounts"] = [{"name": "content", "mountPath": "/content"}]
        two_node_lab.apply(one)
        floor("wait", f"pod/file-{node}", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=240s")
    assert floor("logs", "file-lab-2") == "weights\n"


def test_a_second_node_that_is_taken_away_leaves_neither_pods_nor_links_and_may_come_back(
    two_node_lab: Lab, floor: Callable[..., str]
) -> None:
    assert len(get(two_node_lab, "nodes")["items"]) == 2
    two_node_lab.remove_second_node()
    assert [node["metadata"]["name"] for node in get(two_node_lab, "nodes")["items"]] == ["lab"]
    assert "on-lab-2" not in floor("get", "pods")
    assert not Path(f"/sys/class/net/reckon{two_node_lab.number}b").exists()
    assert not [*Path("/sys/fs/cgroup").glob(f"**/reckon-lab-{two_node_lab.number}-2")]
    two_node_lab.add_second_node()
    assert len(get(two_node_lab, "nodes")["items"]) == 2
