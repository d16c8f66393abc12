"""The lab's shared storage: claims that several nodes can read, and nothing left of them afterwards."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_lab import pod, soon
from tests.lab.cluster import Lab
from tests.lab.storage import CLASS

NAMESPACE = "lab-storage"


@pytest.fixture(scope="module")
def shelf(node_lab: Lab) -> Iterator[Callable[..., str]]:
    """Kubectl in a namespace of our own."""

    def kubectl(*arguments: str) -> str:
        return node_lab.kubectl(f"--namespace={NAMESPACE}", *arguments)

    node_lab.kubectl("create", "namespace", NAMESPACE)
    soon(lambda: kubectl("get", "serviceaccount", "default"))
    yield kubectl
    node_lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def claim(name: str, mode: str) -> dict[str, Any]:
    """A claim of the shared class."""
    spec = {"storageClassName": CLASS, "accessModes": [mode], "resources": {"requests": {"storage": "1Gi"}}}
    meta = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}


def with_volume(one: dict[str, Any], claimed: str, *, read_only: bool) -> dict[str, Any]:
    """The same pod with that claim at /content, as a user who owns nothing."""
    one["metadata"]["namespace"] = NAMESPACE
    one["spec"] |= {"volumes": [{"name": "content", "persistentVolumeClaim": {"claimName": claimed}}], "restartPolicy": "Never"}
    one["spec"]["containers"][0] |= {
        "volumeMounts": [{"name": "content", "mountPath": "/content", "readOnly": read_only}],
        "securityContext": {"runAsUser": 4711},
    }
    return one


@pytest.mark.parametrize("mode", ["ReadWriteMany", "ReadOnlyMany", "ReadWriteOnce"])
def test_a_claim_of_the_shared_class_is_bound_whatever_its_mode(node_lab: Lab, shelf: Callable[..., str], mode: str) -> None:
    name = mode.lower()
    node_lab.apply(claim(name, mode))
    shelf("wait", f"pvc/{name}", "--for=jsonpath={.status.phase}=Bound", "--timeout=240s")
    assert json.loads(shelf("get", "pvc", name, "--output=json"))["status"]["accessModes"] == [mode]


def test_what_one_pod_wrote_another_reads_and_it_goes_with_the_claim(node_lab: Lab, shelf: Callable[..., str]) -> None:
    image = node_lab.filler().by_digest
    node_lab.apply(claim("model", "ReadWriteMany"))
    writer = pod("writer", image, command=["sh", "-c", "echo weights > /content/model.bin"])
    node_lab.apply(with_volume(writer, "model", read_only=False))
    shelf("wait", "pod/writer", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=240s")
    reader = pod("reader", image, command=["sh", "-c", "cat /content/model.bin; echo more > /content/model.bin"])
    node_lab.apply(with_volume(reader, "model", read_only=True))
    shelf("wait", "pod/reader", "--for=jsonpath={.status.phase}=Failed", "--timeout=240s")
    # In a log what was printed and what was complained of may stand either way round: they are two pipes.
    assert "weights" in shelf("logs", "reader").splitlines()

    volume = shelf("get", "pvc", "model", "--output=jsonpath={.spec.volumeName}")
    there = Path(node_lab.kubectl("get", "pv", volume, "--output=jsonpath={.spec.hostPath.path}"))
    assert (there / "model.bin").read_text() == "weights\n"
    shelf("delete", "pod", "writer", "reader")
    shelf("delete", "pvc", "model")
    assert soon(lambda: volume not in node_lab.kubectl("get", "pv") and not there.exists())
