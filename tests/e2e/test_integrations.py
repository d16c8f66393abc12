"""Integrations of all five kinds on a cluster of two nodes: filled once, read by every replica, and what becomes of failures."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.actions import Create
from domain.filling import FillDone, FillFailed, FillStarted
from domain.objects import Kind
from domain.replica import ReplicaCreated
from tests.e2e.house import House, until
from tests.lab.cluster import Lab
from tests.lab.git_server import GitServer, git_server
from tests.lab.s3_server import S3Server, s3_server
from tests.lab.storage import CLASS

pytestmark = [pytest.mark.node, pytest.mark.usefixtures("two_node_lab")]

WEIGHTS = bytes(range(256)) * 8000
MODEL = "models/falcon"


@pytest.fixture(scope="module")
def s3(node_lab: Lab) -> Iterator[S3Server]:
    with s3_server(node_lab) as server:
        yield server


@pytest.fixture
def git(node_lab: Lab) -> Iterator[GitServer]:
    with git_server(node_lab.host, user="lab", password="hush-hush") as server:
        yield server


@pytest.fixture
def home(house: House) -> House:
    """A house whose platform has the lab's storage and image, and an engine."""
    house.reckon("platform", "set", f"storage-class={CLASS}", "storage-size=1Gi", f"filler-image={house.lab.filler().ref}")
    house.engine()
    return house


def spec(house: House, *integrations: dict[str, Any], replicas: int = 1, **changes: Any) -> str:  # noqa: ANN401 (any field)
    """Ask for replicas that do nothing but have the content."""
    idle = "trap 'exit 0' TERM; while :; do sleep 0.2; done"
    return json.dumps(
        {
            "apiVersion": "v1",
            "name": "web",
            "image": house.lab.filler().ref,
            "command": ["/bin/sh", "-c", idle],
            "resources": {"machineType": "C4", "replicas": replicas},
            "healthChecks": {"readiness": {"exec": {"command": ["true"]}, "periodSeconds": 1}},
            "integrations": list(integrations),
            **changes,
        }
    )


def seen_by(house: House, command: str) -> dict[str, str]:
    """Run a command in every replica; give what it said, by the replica's node."""
    pods = [pod for pod in house.pods("web") if "deletionTimestamp" not in pod["metadata"]]
    return {pod["spec"]["nodeName"]: house.kubectl("exec", pod["metadata"]["name"], "--", "sh", "-c", command) for pod in pods}


def made(house: House, kind: Kind) -> list[str]:
    """Name the objects of a kind that were ever created for the deployment, by the ledger."""
    decided = [getattr(recorded.fact, "actions", ()) for recorded in house.facts("web")]
    return [
        action.ref.name
        for actions in decided
        for action in actions
        if isinstance(action, Create) and action.ref.kind == kind.value
    ]


def of(house: House, fact: type) -> list[Any]:
    return [recorded.fact for recorded in house.facts("web") if isinstance(recorded.fact, fact)]


def test_all_five_kinds_are_filled_once_and_read_by_replicas_on_both_nodes(home: House, git: GitServer, s3: S3Server) -> None:
    git.commit(MODEL, {"weights.bin": WEIGHTS, "README": b"the first"}, tag="v1")
    git.commit(MODEL, {"README": b"newer than the tag"})
    s3.put("data", "a/table.csv", b"1,2,3")
    s3.put("data", "b/other", b"not under the prefix")
    s3.put("space", "picture.png", b"png")
    for name, value in (("gitPassword", "hush-hush"), ("keyId", s3.access_key), ("key", s3.secret_key)):
        home.reckon("secret", "set", name, text=value)
    keys = {"accessKeyId": "secret:keyId", "secretAccessKey": "secret:key"}
    home.reckon("model", "add", "llama", "--url", "s3://space", "--endpoint", s3.url, "--access-key-id", "secret:keyId",
                "--secret-access-key", "secret:key")  # fmt: skip
    kept_by_hand(home, "team-data", b"by hand")

    home.submit(
        spec(
            home,
            {
                "type": "git-lfs",
                "name": "falcon",
                "path": "/models/",
                "url": git.url(MODEL),
                "ref": "v1",
                "username": "lab",
                "password": "secret:gitPassword",
            },
            {"type": "s3", "name": "tables", "url": "s3://data/a", "endpoint": s3.url, "region": s3.region, **keys},
            {"type": "spaces", "name": "pictures", "url": "s3://space", "endpoint": s3.url, **keys},
            {"type": "model", "name": "llama", "id": "llama"},
            {"type": "volume", "name": "team-data"},
            replicas=2,
        ),
        "--timeout",
        "100s",
    )

    look = (
        "cd /models/falcon; cat README; wc -c < weights.bin; ls -A | wc -l; ls /opt/integrations/tables; "
        "cat /opt/integrations/pictures/picture.png /opt/models/picture.png /opt/integrations/team-data/file; "
        "touch /models/falcon/x 2>&1 | grep -c Read-only"
    )
    said = seen_by(home, look)
    assert set(said.values()) == {f"the first{len(WEIGHTS)}\n3\ntable.csv\npngpngby hand1\n"}, said
    assert len(said) == 2, "both nodes have a replica"
    done = {fact.integration: fact for fact in of(home, FillDone)}
    assert done.keys() == {"falcon", "tables", "pictures", "llama"}
    assert done["falcon"].size >= len(WEIGHTS)
    assert (done["tables"].size, done["tables"].files) == (5, 1)
    assert "is filled" in home.reckon("events", "web", "--last", "0").out
    assert until(lambda: home.kubectl("get", "jobs", "-o", "name") == "")
    everything = (home.folder / "ledger.db").read_bytes() + home.engines[0].said.encode()
    assert not [secret for secret in ("hush-hush", s3.secret_key) if secret.encode() in everything]


def kept_by_hand(house: House, name: str, content: bytes) -> None:
    """Make a volume as a platform's owner does."""
    want = {"accessModes": ["ReadWriteMany"], "storageClassName": CLASS, "resources": {"requests": {"storage": "1Mi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": want}
    house.kubectl("apply", "-f", "-", text=json.dumps(claim))
    uid = house.kubectl("get", "pvc", name, "-o", "jsonpath={.metadata.uid}")
    folder = house.lab.volumes / uid
    until(folder.exists)
    (Path(folder) / "file").write_bytes(content)


def test_content_is_kept_while_it_is_the_same_and_comes_back_with_a_rollback(home: House, git: GitServer, s3: S3Server) -> None:
    git.login = None
    git.commit(MODEL, {"weights.bin": b"one"})
    falcon = {"type": "git-lfs", "name": "falcon", "path": "/models", "url": git.url(MODEL)}
    home.submit(spec(home, falcon), "--timeout", "240s")
    home.submit(spec(home, falcon, env=[{"name": "NEW", "value": "1"}]), "--timeout", "240s")
    assert len(made(home, Kind.JOB)) == 1, "the source was the same: nothing is filled again"
    home.submit(spec(home, falcon, env=[{"name": "NEW", "value": "1"}]), "--timeout", "240s")
    assert len(of(home, ReplicaCreated)) == 2, "nor restarted"

    git.commit(MODEL, {"weights.bin": b"two"})
    home.submit(spec(home, falcon), "--timeout", "240s")
    assert set(seen_by(home, "cat /models/falcon/weights.bin").values()) == {"two"}
    until(lambda: len(home.kubectl("get", "pvc", "-o", "name").split()) == 1)
    home.reckon("rollback", "web", "1", "--yes", "--timeout", "240s")
    assert set(seen_by(home, "cat /models/falcon/weights.bin").values()) == {"one"}

    for name, value in (("keyId", s3.access_key), ("key", s3.secret_key)):
        home.reckon("secret", "set", name, text=value)
    keys = {"accessKeyId": "secret:keyId", "secretAccessKey": "secret:key"}
    s3.put("lost", "file", b"as it was")
    lost = {"type": "s3", "name": "lost", "url": "s3://lost", "endpoint": s3.url, **keys}
    home.submit(spec(home, falcon, lost), "--timeout", "240s")
    home.reckon("delete", "web", "--yes", "--timeout", "240s")
    assert home.kubectl("get", "pods,jobs,pvc", "-o", "name") == ""

    git.commit(MODEL, {"weights.bin": b"three"})
    s3.put("lost", "file", b"something else")
    home.reckon("rollback", "web", "4", "--yes", "--timeout", "240s")
    assert set(seen_by(home, "cat /models/falcon/weights.bin").values()) == {"two"}
    cannot = home.reckon("rollback", "web", "6", "--yes", "--timeout", "240s", ok=False)
    assert "no longer those that this version was submitted with" in cannot.err, cannot


def test_a_failed_fill_fails_its_version_in_the_tools_words_while_the_old_one_serves(
    home: House, git: GitServer, s3: S3Server
) -> None:
    s3.put("late", "file", b"before")
    for name, value in (("keyId", s3.access_key), ("key", s3.secret_key)):
        home.reckon("secret", "set", name, text=value)
    keys = {"accessKeyId": "secret:keyId", "secretAccessKey": "secret:key"}
    files = {"type": "s3", "name": "files", "url": "s3://late", "endpoint": s3.url, **keys}
    home.submit(spec(home, files), "--timeout", "240s")
    serving = {pod["metadata"]["uid"] for pod in home.pods("web")}

    git.login = None
    git.commit(MODEL, {"weights.bin": WEIGHTS})
    git.lose(WEIGHTS)
    falcon = {"type": "git-lfs", "name": "falcon", "path": "/models", "url": git.url(MODEL)}
    failed = home.submit(spec(home, files, falcon), "--timeout", "240s", ok=False)

    assert failed.exit == 1, failed
    assert "integration falcon could not be filled" in failed.err
    assert re.search("weights.bin|404|not found", failed.err), failed
    assert {pod["metadata"]["uid"] for pod in home.pods("web")} == serving
    assert [fact.integration for fact in of(home, FillFailed)] == ["falcon"]
    git.commit(MODEL, {"weights.bin": b"there again"})
    home.submit(spec(home, files, falcon), "--timeout", "240s")
    assert set(seen_by(home, "cat /models/falcon/weights.bin /opt/integrations/files/file").values()) == {"there againbefore"}

    no = home.submit(spec(home, {**files, "url": "s3://nowhere"}), ok=False)
    assert (no.exit, "there is no bucket s3://nowhere" in no.err) == (3, True), no
    home.reckon("secret", "set", "key", text="wrong")
    no = home.submit(spec(home, files), ok=False)
    assert "the keys do not open the bucket" in no.err, no
    assert "model 'gpt-9'" in home.submit(spec(home, {"type": "model", "name": "m", "id": "gpt-9"}), ok=False).err
    assert len(home.deployment("web").versions) == 3


def test_a_large_fill_is_watched_as_it_comes_and_goes_on_when_the_engine_dies(home: House, git: GitServer) -> None:
    git.login = None
    git.commit(MODEL, {"weights.bin": WEIGHTS * 4})
    git.pace(len(WEIGHTS) // 20)
    falcon = {"type": "git-lfs", "name": "falcon", "path": "/models", "url": git.url(MODEL)}
    home.submit(spec(home, falcon), "--detach")
    until(lambda: of(home, FillStarted))
    shown: list[str] = []

    def measured() -> bool:
        shown.append(home.reckon("get", "web").out)
        return re.search(r"falcon +filling, \d+ s, [1-9].* [kM]B", shown[-1]) is not None

    assert until(lambda: measured() or of(home, FillDone)) is True, "\n".join(shown)

    home.engines[0].kill()
    home.engine()
    git.pace(None)

    until(lambda: home.reckon("wait", "web", "--timeout", "240s", ok=False).exit == 0)
    assert len(of(home, FillStarted)) == len(of(home, FillDone)) == 1
    assert set(seen_by(home, "wc -c < /models/falcon/weights.bin").values()) == {f"{len(WEIGHTS) * 4}\n"}
