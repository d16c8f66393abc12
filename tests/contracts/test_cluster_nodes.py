"""What a cluster promises to whoever asks where there is room."""

from collections.abc import Iterator

import pytest

from domain.machines import Machine, Toleration
from domain.nodes import Node, Taint
from domain.objects import Manifest
from domain.placement import place
from tests.contracts.clusters import CLUSTERS, Ground
from tests.contracts.nodes import GPU, KEEP_OUT, ZONE, added_node

REPLICA = Machine("M", 1500, 512, GPU, 1, ((ZONE, "here"),), (Toleration(KEEP_OUT),))


@pytest.fixture(params=CLUSTERS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with request.param(request) as ground:
        ground.apply(ground.space())
        yield ground


def test_a_node_is_given_with_its_labels_its_taints_and_its_room(ground: Ground) -> None:
    with added_node(ground, cpu=4, gib=8, gpus=3) as name:
        node = ground.soon(lambda: _ready(ground, name))

        assert node.labels[ZONE] == "here"
        assert Taint(KEEP_OUT) in node.taints
        assert (node.whole.cpu_millis, node.whole.memory_mib, node.whole.other(GPU)) == (4000, 8192, 3)
        assert node.whole.pods > 0
        assert node.free == node.whole
        assert not node.cordoned


def test_a_place_for_so_many_is_a_place_for_so_many_and_no_more(ground: Ground) -> None:
    with added_node(ground, cpu=4, gib=8, gpus=3) as name:
        ground.soon(lambda: _ready(ground, name))
        said = place(REPLICA, ground.cluster.nodes())
        assert (said.holders, said.now) == (1, 2)

        ground.apply(_deployment(ground, said.now + 1))

        node = ground.soon(lambda: _with_free_cpu(ground, name, 1000))
        assert (node.free.memory_mib, node.free.other(GPU)) == (8192 - 2 * 512, 1)
        assert node.free.pods == node.whole.pods - 2
        full = place(REPLICA, ground.cluster.nodes())
        assert (full.holders, full.now) == (1, 0)
        assert full.missing == ("the node with most of it free has 1 CPU of 1.5",)
        empty = next(one for one in ground.cluster.nodes(counted=False) if one.name == name)
        assert empty.free == empty.whole == node.whole


def test_what_no_node_has_is_missing(ground: Ground) -> None:
    nowhere = Machine("M", 1, 4, "nobody.example/has-this", 1, ((ZONE, "nowhere"),))
    with added_node(ground, cpu=1, gib=1, gpus=0) as name:
        ground.soon(lambda: _ready(ground, name))

        said = place(nowhere, ground.cluster.nodes(counted=False))

        assert said.holders == 0
        assert said.missing == ("no node has nobody.example/has-this", f"no node has the label {ZONE}=nowhere")


def _ready(ground: Ground, name: str) -> Node | None:
    found = next((node for node in ground.cluster.nodes() if node.name == name), None)
    tainted = found is not None and any(taint.key.startswith("node.kubernetes.io/") for taint in found.taints)
    return found if found is not None and found.ready and not tainted else None


def _with_free_cpu(ground: Ground, name: str, millis: int) -> Node | None:
    return next((node for node in ground.cluster.nodes() if node.name == name and node.free.cpu_millis == millis), None)


def _deployment(ground: Ground, replicas: int) -> Manifest:
    manifest = ground.deployment(
        replicas=replicas, resources={"requests": {"cpu": "1500m", "memory": "512Mi", GPU: "1"}, "limits": {GPU: "1"}}
    )
    content = manifest.content
    pod = content["spec"]["template"]["spec"]
    pod["nodeSelector"], pod["tolerations"] = {ZONE: "here"}, [{"key": KEEP_OUT, "operator": "Exists", "effect": "NoSchedule"}]
    return Manifest.of(content)
