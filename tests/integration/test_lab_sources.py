"""The lab's git server and S3 server: a pod of any user fills a folder from them with the tools of the field."""

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus

import pytest

from tests.integration.test_lab import pod, soon
from tests.lab.cluster import Lab
from tests.lab.git_server import git_server
from tests.lab.s3_server import s3_server

NAMESPACE = "lab-sources"
WEIGHTS = bytes(range(256)) * 4000

Fill = Callable[..., tuple[bool, str]]


@pytest.fixture(scope="module")
def fill(node_lab: Lab) -> Iterator[Fill]:
    """Runs a script in a pod that may write to /tmp only; tells whether it succeeded and what it said."""
    image = node_lab.filler().by_digest
    node_lab.kubectl("create", "namespace", NAMESPACE)
    node_lab.kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted")

    def kubectl(*arguments: str) -> str:
        return node_lab.kubectl(f"--namespace={NAMESPACE}", *arguments)

    def run(name: str, script: str, **env: str) -> tuple[bool, str]:
        one = pod(name, image, command=["sh", "-ec", script], env=[{"name": k, "value": v} for k, v in env.items()])
        one["metadata"]["namespace"] = NAMESPACE
        one["spec"] |= {"restartPolicy": "Never", "volumes": [{"name": "tmp", "emptyDir": {}}]}
        one["spec"]["containers"][0] |= {
            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
            "securityContext": {
                "runAsUser": 4711,
                "runAsNonRoot": True,
                "readOnlyRootFilesystem": True,
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
        node_lab.apply(one)
        phase = ("get", "pod", name, "--output=jsonpath={.status.phase}")
        ended = soon(lambda: kubectl(*phase) in {"Succeeded", "Failed"})
        assert ended, kubectl("describe", "pod", name)
        return kubectl(*phase) == "Succeeded", kubectl("logs", name)

    soon(lambda: kubectl("get", "serviceaccount", "default"))
    yield run
    node_lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def test_a_private_model_is_cloned_with_its_large_files_and_not_without_the_password(node_lab: Lab, fill: Fill) -> None:
    with git_server(node_lab.host, password="hush") as git:
        first = git.commit("models/falcon", {"weights.bin": WEIGHTS, "README": b"the first"}, tag="v1")
        git.commit("models/falcon", {"weights.bin": b"newer", "README": b"the second"})
        url = git.url("models/falcon")
        clone = 'git clone --quiet --branch v1 "$URL" /tmp/model; cd /tmp/model; git rev-parse HEAD; wc -c < weights.bin'
        done, said = fill("clone", clone, URL=url.replace("//", "//lab:hush@"), HOME="/tmp")
        assert (done, said.split()[-2:]) == (True, [first, str(len(WEIGHTS))])

        done, said = fill("stranger", clone, URL=url.replace("//", "//lab:guess@"), HOME="/tmp")
        assert not done
        assert "Authentication failed" in said
        assert f"GET /models/falcon/info/refs?service=git-upload-pack {HTTPStatus.UNAUTHORIZED.value}" in git.requests


def test_a_bucket_is_copied_and_an_older_version_of_an_object_stays(node_lab: Lab, fill: Fill) -> None:
    with s3_server(node_lab) as s3:
        s3.create("models", versions=True)
        s3.put("models", "falcon/weights.bin", b"older")
        s3.put("models", "falcon/weights.bin", WEIGHTS)
        copy = "rclone copy s3:models/falcon /tmp/model; wc -c < /tmp/model/weights.bin"
        done, said = fill("copy", copy, HOME="/tmp", **s3.environment)
        assert (done, said.strip().splitlines()[-1]) == (True, str(len(WEIGHTS)))
        assert sorted(one["Size"] for one in s3.objects("models", "--s3-versions") if not one["IsDir"]) == [5, len(WEIGHTS)]

        wrong = {**s3.environment, "RCLONE_CONFIG_S3_SECRET_ACCESS_KEY": "guessed"}
        done, said = fill("thief", copy, HOME="/tmp", **wrong)
        assert not done
        assert "Forbidden" in said


def test_what_an_s3_server_holds_outlives_its_outage(lab: Lab) -> None:
    with s3_server(lab) as s3:
        s3.put("data", "one", b"1")
        s3.stop()
        s3.start()
        assert [one["Path"] for one in s3.objects("data")] == ["one"]
        assert json.loads(s3.rclone("lsjson", "--hash", "s3:data"))[0]["Hashes"]
