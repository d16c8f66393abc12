"""A cluster in a file: owned by one, served to others, and standing still while nobody runs it."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.images import SimulatedImages, digest_of
from adapters.simulator.keeping import KeptCluster, beside, open_simulated
from adapters.simulator.served import RemoteSimulatedCluster, ServedCluster, door_of, reach_simulated, serve
from domain.cluster_ports import Cluster, Guard
from domain.errors import Contested, Refused, Rejected, Unfit, Unreachable
from domain.objects import ObjectRef
from domain.observations import Relisted
from domain.views import NAMED
from tests.unit.serving.strangers import asked, pour, sitting
from tests.unit.simulator.stage import NOON, SPACE, WEB, deployment, namespace


class Wall:
    """A clock on a wall."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def wait(self, cluster: SimulatedCluster, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        cluster.tick()


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return beside(tmp_path / "ledger.db")


def grown(file: Path, wall: Wall) -> KeptCluster:
    cluster = KeptCluster(file, wall)
    cluster.apply(namespace(), audit="n")
    cluster.apply(deployment(image="shop/web:2-crash"), audit="a1")
    wall.wait(cluster, 12)
    return cluster


def test_a_cluster_goes_on_where_it_was_closed(file: Path, wall: Wall) -> None:
    first = grown(file, wall)
    identity, frames, audit = first.identity(), first.store.frames, first.audit
    first.close()

    second = KeptCluster(file, wall)

    assert second.identity() == identity
    assert (second.store.frames, second.audit) == (frames, audit)
    second.close()


def test_time_stands_still_while_nobody_runs_it(file: Path, wall: Wall) -> None:
    grown(file, wall).close()
    wall.now += timedelta(hours=5)

    again = KeptCluster(file, wall)
    again.tick()
    assert [one["status"]["containerStatuses"][0]["restartCount"] for one in again.store.of_kind("Pod")] == [1, 1]

    wall.wait(again, 12)
    assert [one["status"]["containerStatuses"][0]["restartCount"] for one in again.store.of_kind("Pod")] == [2, 2]
    again.close()


def test_a_rollouts_patience_does_not_run_out_while_nobody_runs_it(file: Path, wall: Wall) -> None:
    first = KeptCluster(file, wall)
    first.apply(namespace(), audit="n")
    first.apply(deployment(image="shop/web:missing", progressDeadlineSeconds=60), audit="a")
    wall.wait(first, 30)
    first.close()
    wall.now += timedelta(hours=5)

    again = KeptCluster(file, wall)
    wall.wait(again, 25)
    assert reason(again) == "ReplicaSetUpdated"
    wall.wait(again, 10)
    assert reason(again) == "ProgressDeadlineExceeded"
    again.close()


def reason(cluster: SimulatedCluster) -> str:
    return str(cluster.store.of_kind("Deployment")[0]["status"]["conditions"][-1]["reason"])


def test_who_followed_before_resumes_without_a_gap(file: Path, wall: Wall) -> None:
    first = grown(file, wall)
    feed = first.follow("ours", {})
    places = {watch_event.kind: watch_event.resource_version for watch_event in feed.take(10_000)}
    first.close()

    second = KeptCluster(file, wall)
    watch_events = second.follow("ours", places).take()

    assert [watch_event for watch_event in watch_events if watch_event.kind not in NAMED] == []
    second.close()


def test_after_its_owner_was_killed_it_says_that_frames_are_missing(file: Path, wall: Wall) -> None:
    first = grown(file, wall)
    first.pause()
    kept = file.read_bytes()
    wall.wait(first, 0.5)
    places = {watch_event.kind: watch_event.resource_version for watch_event in first.follow("ours", {}).take(10_000)}
    first.close()
    file.write_bytes(kept)

    second = KeptCluster(file, wall)
    watch_events = [watch_event for watch_event in second.follow("ours", places).take() if watch_event.kind not in NAMED]
    listed = [one for watch_event in watch_events for one in watch_event.observations if isinstance(one, Relisted)]

    assert listed
    assert all(one.missed for one in listed)
    assert second.read(WEB) is not None
    second.close()


def test_two_processes_cannot_own_it(file: Path, wall: Wall) -> None:
    owner = KeptCluster(file, wall)

    with pytest.raises(Unreachable, match="in use by another process"):
        open_simulated(file, wall, patience=0.1)

    owner.close()
    open_simulated(file, wall).close()


def test_a_file_that_holds_something_else_is_refused(file: Path, wall: Wall) -> None:
    file.write_text("{")
    with pytest.raises(Unfit, match="does not hold a simulated cluster"):
        KeptCluster(file, wall)
    file.write_text(json.dumps({"format": 99}))
    with pytest.raises(Unfit, match="format 99"):
        KeptCluster(file, wall)


@pytest.fixture
def served(file: Path, wall: Wall) -> Iterator[tuple[SimulatedCluster, ServedCluster]]:
    cluster = grown(file, wall)
    door = serve(cluster, file)
    yield cluster, door
    door.close()
    cluster.close()


def test_another_process_writes_and_reads_through_the_owner(
    served: tuple[SimulatedCluster, ServedCluster], file: Path, wall: Wall
) -> None:
    owner, _ = served
    remote: Cluster = reach_simulated(file, wall)

    assert isinstance(remote, RemoteSimulatedCluster)
    assert (remote.identity(), remote.description, remote.simulated) == (owner.identity(), owner.description, True)
    before = remote.read(WEB)
    assert before == owner.read(WEB)
    assert before is not None
    after = remote.apply(deployment(replicas=3), audit="a2", guard=Guard(before.uid, before.resource_version))
    assert after == owner.read(WEB)
    with pytest.raises(Contested):
        remote.apply(deployment(), audit="a3", guard=Guard(before.uid, before.resource_version))
    with pytest.raises(Rejected) as refused:
        remote.apply(deployment(selector={"matchLabels": {"app": "x"}}), audit="a4")
    assert refused.value.rejection.status == 422
    assert remote.remove(WEB, guard=Guard(after.uid, after.resource_version), audit="a5")
    assert remote.read(ObjectRef("Deployment", SPACE, "nobody")) is None


def test_hands_and_logs_reach_through_the_door(served: tuple[SimulatedCluster, ServedCluster], file: Path) -> None:
    owner, _ = served
    remote = RemoteSimulatedCluster(file)
    pods = remote.interventions.pods()

    assert pods == owner.interventions.pods()
    assert remote.interventions.scale(WEB, 4) == owner.read(WEB)
    lines = list(remote.logs(pods[0], follow=False, previous=False, since=None, tail=2))
    assert lines == list(owner.logs(pods[0], follow=False, previous=False, since=None, tail=2))
    remote.interventions.delete_pod(pods[0])
    gone = owner.read(pods[0])
    assert gone is None or gone.deleting
    with pytest.raises(Unreachable, match="cannot escape"):
        remote.interventions.escape()
    with pytest.raises(Unreachable, match="followed by the engine"):
        remote.follow("ours", {})


def test_without_the_token_nobody_is_answered(served: tuple[SimulatedCluster, ServedCluster], file: Path) -> None:
    door = door_of(file)
    assert os.stat(door).st_mode & 0o777 == 0o600  # noqa: PTH116 (the mode as it is on disk)
    told = json.loads(door.read_text())
    door.write_text(json.dumps({**told, "token": "guessed"}))

    with pytest.raises(Unreachable, match="does not know this token"):
        RemoteSimulatedCluster(file).identity()


def test_what_a_stranger_sends_is_not_read_before_the_token_is_known(
    served: tuple[SimulatedCluster, ServedCluster], file: Path
) -> None:
    port, sent = int(json.loads(door_of(file).read_text())["port"]), list[int]()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line, pytest.raises(ConnectionError):
        pour(line, 400_000_000, sent)
    assert sum(sent) < 32_000_000  # what the kernel's own buffers hold
    assert RemoteSimulatedCluster(file).identity() == served[0].identity()


def test_not_even_with_the_token_is_more_read_than_a_call_may_have(
    served: tuple[SimulatedCluster, ServedCluster], file: Path
) -> None:
    told = json.loads(door_of(file).read_text())
    with socket.create_connection(("127.0.0.1", told["port"]), timeout=5) as line:
        line.sendall(json.dumps({"token": told["token"], "bytes": 10**12}).encode() + b"\n")
        assert b"is not read" in line.recv(65_536)


def test_a_crowd_at_the_door_holds_up_nobody_who_has_the_token(
    served: tuple[SimulatedCluster, ServedCluster], file: Path
) -> None:
    with sitting(int(json.loads(door_of(file).read_text())["port"]), 200, b"{"):
        assert RemoteSimulatedCluster(file).identity() == served[0].identity()


@pytest.mark.parametrize("knock", [b"[]\n", b"1\n", b"{}\n", b"\xff\n", b"[" * 1000 + b"\n", b'{"token": 1e999}\n', b"\n"])
def test_who_speaks_another_language_is_left_alone(
    served: tuple[SimulatedCluster, ServedCluster], file: Path, knock: bytes
) -> None:
    port = int(json.loads(door_of(file).read_text())["port"])
    assert b"result" not in asked(port, knock)
    assert RemoteSimulatedCluster(file).identity() == served[0].identity()


def test_a_door_that_nobody_stands_behind_leads_to_owning_it(file: Path, wall: Wall) -> None:
    door_of(file).write_text(json.dumps({"port": 1, "token": "old"}))

    cluster = reach_simulated(file, wall)

    assert isinstance(cluster, KeptCluster)
    cluster.close()


def test_a_cluster_that_runs_by_itself_needs_no_one_to_push_it(file: Path) -> None:
    from adapters.clock import now

    cluster = KeptCluster(file, now)
    cluster.start()
    cluster.apply(namespace(), audit="n")
    feed = cluster.follow("ours", {})
    cluster.apply(deployment(replicas=1, image="shop/web:1"), audit="a")
    scheduled = threading.Event()
    for _ in range(50):
        feed.wait(0.1)
        feed.take()
        if any(pod["spec"].get("nodeName") for pod in cluster.store.of_kind("Pod")):
            scheduled.set()
            break
    assert scheduled.is_set()
    cluster.close()
    assert json.loads(file.read_text())["running"] is False


def test_the_simulated_registry_has_every_image_but_the_missing() -> None:
    images = SimulatedImages(ports={"shop/web:1": (8000,)})

    assert images.resolve("shop/web:1") == images.resolve("shop/web:1")
    found = images.resolve("shop/web:1")
    assert found is not None
    assert (found.digest, found.ports) == (digest_of("shop/web:1"), (8000,))
    with pytest.raises(Refused, match="has no image"):
        images.resolve("shop/web:2-missing")
