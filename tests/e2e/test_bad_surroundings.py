"""Bad surroundings: a full disk, a database that goes away, a cluster that refuses or is being cleared under our feet.

Each is said in clear words, nothing acknowledged is lost, nothing is done that cannot be recorded, and it goes on by itself.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.clock import now
from adapters.simulator.keeping import beside
from adapters.simulator.served import RemoteSimulatedCluster, reach_simulated
from domain.names import Key
from domain.objects import Kind, ObjectRef
from domain.orders import Submitted
from tests.e2e.house import EngineProcess, House, until
from tests.e2e.tryout import SPEC, TryOut
from tests.lab.cluster import Lab
from tests.lab.require import require_or_skip
from tests.postgres import Server, own_server

DIGEST = "sha256:" + "a" * 64
STOPPED = json.dumps(
    {
        "apiVersion": "v1",
        "name": "web",
        "image": f"registry.example/team/web@{DIGEST}",
        "enabled": False,
        "resources": {"machineType": "C4", "replicas": 1, "ports": [8000]},
    }
)
"""Needs no node: nothing runs, and that is what is wanted."""


@pytest.fixture
def tryout(tmp_path: Path) -> Iterator[TryOut]:
    """A person with a simulated cluster."""
    one = TryOut(tmp_path)
    yield one
    one.close()


def leads(engine: EngineProcess, times: int) -> None:
    """Wait until an engine has taken the lead so many times."""
    try:
        until(lambda: engine.said.count("this engine leads") >= times)
    except AssertionError:
        pytest.fail(engine.said)


# --- a full disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of three megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, check=False)
    if mounted.returncode != 0:
        require_or_skip("node", "a small disk cannot be mounted here", "run the tests as root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.node
def test_a_full_disk_loses_nothing_acknowledged_and_nothing_is_done_until_there_is_room(disk: Path, tryout: TryOut) -> None:
    tryout.place = str(disk / "ledger.db")
    engine = tryout.engine("--quiet")
    file = tryout.file()
    assert tryout.type("submit", file, "--timeout", "240").exit == 0
    fill(disk)

    acknowledged, refused = 1, tryout.type("submit", file, "--detach")
    while refused.exit == 0:  # what is free in the ledger's own files is used up first
        acknowledged, refused = acknowledged + 1, tryout.type("submit", file, "--detach")

    assert refused.exit == 5, refused
    assert "is full: nothing was written" in refused.err
    assert tryout.type("get", "web").exit == 0, "what stands can be read"
    assert versions(tryout) == acknowledged
    until(lambda: "is full" in engine.said)
    cluster, key = simulated(tryout), Key("default", "web")
    web = ObjectRef(Kind.DEPLOYMENT.value, key.namespace, key.object_name)
    cluster.interventions.scale(web, 3)
    time.sleep(2)
    assert replicas(cluster, web) == 3, "what cannot be recorded is not done"

    (disk / "filler").unlink()

    leads(engine, 2)
    assert tryout.type("submit", file, "--timeout", "240").exit == 0
    assert versions(tryout) == acknowledged + 1
    until(lambda: replicas(cluster, web) == 1)
    assert engine.stop() == 0, engine.said
    assert engine.said.count("is full") <= 2, engine.said
    assert "Traceback" not in engine.said


def fill(disk: Path) -> None:
    """Leave not a byte."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        for size in (4096, 1):
            try:
                while True:
                    filler.write(bytes(size))
            except OSError:
                continue


def versions(tryout: TryOut) -> int:
    return len([recorded for recorded in tryout.facts() if isinstance(recorded.fact, Submitted)])


def simulated(tryout: TryOut) -> RemoteSimulatedCluster:
    cluster = reach_simulated(beside(Path(tryout.place)), now)
    assert isinstance(cluster, RemoteSimulatedCluster)
    return cluster


def replicas(cluster: RemoteSimulatedCluster, ref: ObjectRef) -> object:
    live = cluster.read(ref)
    return dict(live.fields).get("spec.replicas") if live else None


# --- a PostgreSQL that goes away


@pytest.fixture
def server() -> Iterator[Server]:
    """A PostgreSQL of our own."""
    try:
        one = own_server()
    except (OSError, LookupError, RuntimeError) as error:
        require_or_skip("postgres", f"no PostgreSQL can be started here ({error})", "install postgresql")
    yield one
    one.remove()


@pytest.mark.postgres
def test_an_engine_waits_for_its_postgresql_at_the_start_and_when_it_goes_away(server: Server, tryout: TryOut) -> None:
    tryout.place = server.url
    tryout.settings |= {"XDG_DATA_HOME": str(tryout.folder), "RECKON_LEASE_SECONDS": "3"}
    file = tryout.file(SPEC)
    server.stop()
    engine = tryout.engine("--quiet", says="did not answer")
    nobody = tryout.type("list")
    assert nobody.exit == 5, nobody
    assert "Connection refused" in nobody.err

    server.start()
    leads(engine, 1)
    assert tryout.type("submit", file, "--timeout", "240").exit == 0
    before, said = tryout.facts(), engine.said.count("did not answer")

    server.stop()
    until(lambda: engine.said.count("did not answer") > said)
    assert tryout.type("submit", file).exit == 5
    server.start()
    leads(engine, 2)

    assert tryout.type("submit", file, "--set", "resources.replicas=2", "--timeout", "240").exit == 0
    assert tryout.facts()[: len(before)] == before
    assert versions(tryout) == 2
    assert engine.stop() == 0
    assert "Traceback" not in engine.said


# --- a cluster that refuses


@pytest.fixture
def house(lab: Lab, tmp_path: Path) -> Iterator[House]:
    """A house on the lab's control plane; nothing runs, so no node is needed."""
    one = House(lab, tmp_path, str(tmp_path / "ledger.db"), f"bad-{tmp_path.name[-8:]}".strip("-_0"))
    yield one
    one.close()


@pytest.mark.lab
def test_an_engine_without_rights_says_which_are_missing_and_stands_in_nobody_s_way(house: House) -> None:
    weak = {"RECKON_KUBECONFIG": str(house.lab.kubeconfig_for("weak"))}
    house.settings = weak
    engine = house.engine("--quiet")
    for right in ("create deployments.apps", "watch pods", "get namespaces"):
        assert right in engine.said, engine.said
    examined = house.reckon("doctor", "-o", "json", ok=False)
    assert examined.exit == 1
    rights = next(found for found in examined.json if found["about"] == "rights")
    assert rights["ok"] is False
    assert "we may not get namespaces" in rights["said"]
    until(lambda: "forbidden" in engine.said)
    # Its tries hold the lease for a moment each: who asks just then waits, and is out of time.
    assert house.submit(STOPPED, "--timeout", "20s", ok=False).exit == 5

    house.settings = {}
    strong = house.engine("--quiet")
    until(lambda: "this engine leads" in strong.said)

    assert house.reckon("wait", "web", "--timeout", "240").exit == 0
    assert engine.process.poll() is None, engine.said
    assert engine.said.count("forbidden") == 1, (engine.said, strong.said)
    assert "Traceback" not in engine.said


@pytest.mark.lab
def test_a_right_that_is_missing_for_one_kind_shows_in_get_and_it_goes_on_once_it_is_given(house: House) -> None:
    role = f"half-{house.project}"
    allowed = "namespaces,services,poddisruptionbudgets.policy,pods,events,secrets"
    house.lab.kubectl("create", "clusterrole", role, "--verb=*", f"--resource={allowed}")
    house.lab.kubectl(
        "create", "clusterrole", f"{role}-looks", "--verb=get,list,watch", "--resource=deployments.apps,replicasets.apps"
    )
    for name in (role, f"{role}-looks"):
        house.lab.kubectl("create", "clusterrolebinding", name, f"--clusterrole={name}", f"--user={role}")
    house.settings = {"RECKON_KUBECONFIG": str(house.lab.kubeconfig_for(role))}
    engine = house.engine("--quiet")
    assert "create deployments.apps" in engine.said, engine.said

    told = house.submit(STOPPED, "--timeout", "6", ok=False)

    assert told.exit == 5, told
    shown = shows(house, "forbidden")
    assert "Deployment" in shown
    house.lab.kubectl("create", "clusterrolebinding", f"{role}-all", "--clusterrole=cluster-admin", f"--user={role}")
    assert house.reckon("wait", "web", "--timeout", "240").exit == 0


@pytest.mark.lab
def test_a_namespace_that_is_being_deleted_shows_in_get_and_all_is_made_anew_once_it_is_gone(house: House) -> None:
    house.engine("--quiet")
    house.submit(STOPPED)
    namespace = Key(house.project, "web").namespace
    before = house.live(Kind.DEPLOYMENT, "web")["metadata"]["uid"]
    stuck = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "stuck", "finalizers": ["example.com/stuck"]}}
    house.kubectl("create", "-f", "-", text=json.dumps(stuck))

    house.lab.kubectl("delete", "namespace", namespace, "--wait=false")

    assert namespace in shows(house, "being terminated")
    house.kubectl("patch", "configmap", "stuck", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    until(lambda: _uid(house) not in {"", before})
    assert house.reckon("wait", "web", "--timeout", "240").exit == 0


def shows(house: House, words: str) -> str:
    """Wait until `get` shows some words, and give all of it."""

    def look() -> str:
        said = house.reckon("get", "web").out
        return said if words in said.lower() else ""

    return until(look)


def _uid(house: House) -> str:
    items = json.loads(house.lab.kubectl("get", "deployments", "-A", "-o", "json"))["items"]
    name = Key(house.project, "web").object_name
    return next((one["metadata"]["uid"] for one in items if one["metadata"]["name"] == name), "")
