"""Whether a cluster has a place for a machine type: the rules, the words, and what always holds."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.machines import Machine, Toleration
from domain.nodes import Node, NodeCapacity, Taint
from domain.placement import Placement, fitting, place, tolerates

GIB = 1024
GPU = "nvidia.com/gpu"
SMALL = Machine("C4", 1800, 3686)
A100 = Machine("A100", 10_800, 82_944, GPU, 1, (("deadreckon.dev/gpu", "A100"),), (Toleration(GPU),))


def node(name: str = "one", cpu: float = 4, gib: float = 16, gpus: int = 0, **changes: Any) -> Node:  # noqa: ANN401 (fields of a Node)
    room = NodeCapacity(int(cpu * 1000), int(gib * GIB), 110, {GPU: gpus} if gpus else {})
    return replace(Node(name, room, room), **changes)


def test_there_is_room_for_as_many_as_fit_on_all_nodes_together() -> None:
    assert place(SMALL, [node("a"), node("b", cpu=2)]) == Placement(2, holders=2, now=3)


def test_what_pods_have_taken_is_no_room_but_the_node_could_hold_it() -> None:
    full = node(free=NodeCapacity(400, 900, 100))
    said = place(SMALL, [full])
    assert (said.holders, said.now) == (1, 0)
    assert said.missing == (
        "the node with most of it free has 0.4 CPU of 1.8",
        "the node with most of it free has 900 MiB memory of 3.6 GiB",
    )


@pytest.mark.parametrize(
    ("machine", "nodes", "said"),
    [
        (SMALL, [], ("the cluster has no nodes",)),
        (SMALL, [node(cpu=1)], ("the largest node has 1 CPU of 1.8",)),
        (SMALL, [node(gib=3.55)], ("the largest node has 3.5 GiB memory of 3.6 GiB",)),
        (SMALL, [node(cpu=1), node("b", gib=2)], ("no node has all that it takes, together",)),
        (
            A100,
            [node()],
            (
                f"no node has {GPU}",
                *("the largest node has 4 CPU of 10.8",),
                "the largest node has 16 GiB memory of 81 GiB",
                "no node has the label deadreckon.dev/gpu=A100",
            ),
        ),
        (A100, [node(cpu=12, gib=90, gpus=1)], ("no node has the label deadreckon.dev/gpu=A100",)),
        (
            replace(A100, gpus=8),
            [node(cpu=12, gib=90, gpus=2, labels={"deadreckon.dev/gpu": "A100"})],
            (f"no node has more than 2 {GPU} of 8",),
        ),
        (
            SMALL,
            [node(taints=(Taint("dedicated", "db"),))],
            ("all nodes have taints that it does not tolerate: dedicated=db:NoSchedule",),
        ),
        (
            replace(SMALL, node_selector=(("a", "1"),)),
            [node(taints=(Taint("dedicated", "db"),), labels={"a": "1"}), node("b", labels={"a": "2"})],
            ("all nodes with a=1 have taints that it does not tolerate: dedicated=db:NoSchedule",),
        ),
        (
            replace(SMALL, node_selector=(("a", "1"), ("b", "2"))),
            [node(labels={"a": "1"}), node("b", labels={"b": "2"})],
            ("no node has all of the labels a=1, b=2",),
        ),
    ],
)
def test_what_is_missing_is_said(machine: Machine, nodes: list[Node], said: tuple[str, ...]) -> None:
    assert place(machine, nodes) == Placement(len(nodes), 0, 0, said)


@pytest.mark.parametrize(
    ("machine", "free", "said"),
    [
        (SMALL, NodeCapacity(4000, 16 * GIB, 0), ("no node takes one more pod",)),
        (A100, NodeCapacity(12_000, 90 * GIB, 9, {GPU: 0}), (f"no node has {GPU} free",)),
        (replace(A100, gpus=4), NodeCapacity(12_000, 90 * GIB, 9, {GPU: 3}), (f"no node has more than 3 {GPU} free of 4",)),
    ],
)
def test_what_is_taken_is_said(machine: Machine, free: NodeCapacity, said: tuple[str, ...]) -> None:
    full = node(cpu=48, gib=400, gpus=8, labels={"deadreckon.dev/gpu": "A100"}, free=free)

    assert place(machine, [full]) == Placement(1, holders=1, now=0, missing=said)


def test_that_no_node_takes_pods_and_that_what_is_free_lies_apart_is_said() -> None:
    none, apart = NodeCapacity(4000, 16 * GIB, 0), (NodeCapacity(4000, 1 * GIB, 9), NodeCapacity(1000, 16 * GIB, 9))

    assert place(SMALL, [node(whole=none, free=none)]).missing == ("no node takes a pod",)
    assert place(SMALL, [node(free=free) for free in apart]).missing == ("no node has all free that it takes, together",)


@pytest.mark.parametrize(
    ("room", "many"),
    [
        ((1799, 3686, 9), 0),
        ((1800, 3686, 9), 1),
        ((3600, 7371, 9), 1),
        ((3600, 7372, 9), 2),
        ((9999, 99_999, 1), 1),
        ((-1, 1, 1), 0),
    ],
)
def test_as_many_fit_as_the_scarcest_resource_allows(room: tuple[int, int, int], many: int) -> None:
    assert fitting(SMALL, NodeCapacity(*room)) == many


@pytest.mark.parametrize(
    "resting",
    [{"cordoned": True}, {"ready": False}, {"taints": (Taint("node.kubernetes.io/disk-pressure"),)}],
)
def test_a_node_that_takes_nothing_now_could_hold_it_later(resting: dict[str, Any]) -> None:
    said = place(SMALL, [node(**resting)])
    assert (said.holders, said.now) == (1, 0)
    assert said.missing == ("1 of 1 that could hold it take no pods now (cordoned, not ready or tainted)",)


def test_a_taint_that_only_prefers_keeps_nobody_away() -> None:
    assert place(SMALL, [node(taints=(Taint("x", effect="PreferNoSchedule"),))]).now == 2


def test_gpu_nodes_are_tainted_and_gpu_types_tolerate_it() -> None:
    big = node(cpu=48, gib=400, gpus=3, labels={"deadreckon.dev/gpu": "A100"}, taints=(Taint(GPU, "present"),))
    assert place(A100, [big]).now == 3
    assert place(SMALL, [big]).holders == 0


@pytest.mark.parametrize(
    ("toleration", "taint", "held"),
    [
        (Toleration("a"), Taint("a", "x"), True),
        (Toleration("a"), Taint("b"), False),
        (Toleration("", effect=""), Taint("b"), True),
        (Toleration("a", "Equal", "x"), Taint("a", "x"), True),
        (Toleration("a", "Equal", "x"), Taint("a", "y"), False),
        (Toleration("a", effect=""), Taint("a", effect="NoExecute"), True),
        (Toleration("a"), Taint("a", effect="NoExecute"), False),
    ],
)
def test_tolerations_are_read_as_kubernetes_reads_them(toleration: Toleration, taint: Taint, held: bool) -> None:
    assert tolerates(toleration, taint) is held


rooms = st.builds(
    NodeCapacity,
    cpu_millis=st.integers(0, 8000),
    memory_mib=st.integers(0, 8192),
    pods=st.integers(0, 5),
    others=st.dictionaries(st.just(GPU), st.integers(0, 4)),
)
taints = st.builds(
    Taint,
    st.sampled_from(["a", GPU, "node.kubernetes.io/unschedulable"]),
    effect=st.sampled_from(["NoSchedule", "NoExecute", "PreferNoSchedule"]),
)
labels = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"))


@st.composite
def nodes(draw: st.DrawFn) -> Node:
    whole = draw(rooms)
    free = NodeCapacity(
        draw(st.integers(0, whole.cpu_millis)),
        draw(st.integers(0, whole.memory_mib)),
        draw(st.integers(0, whole.pods)),
        {name: draw(st.integers(0, much)) for name, much in whole.others.items()},
    )
    some = st.lists(taints, max_size=2).map(tuple)
    return Node("n", whole, free, draw(labels), draw(some), draw(st.booleans()), draw(st.booleans()))


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    gpus = draw(st.integers(0, 4))
    return Machine(
        "m",
        draw(st.integers(1, 8000)),
        draw(st.integers(4, 8192)),
        GPU if gpus else "",
        gpus,
        tuple(sorted(draw(labels).items())),
        tuple(draw(st.lists(st.builds(Toleration, st.sampled_from(["a", GPU])), max_size=2))),
    )


@given(machines(), st.lists(nodes(), max_size=4))
def test_something_is_missing_exactly_where_there_is_no_room_now(machine: Machine, cluster: list[Node]) -> None:
    said = place(machine, cluster)
    assert said.nodes >= said.holders
    assert said.now == 0 or said.holders > 0
    assert bool(said.missing) is (said.now == 0)


@given(machines(), st.lists(nodes(), max_size=4), nodes())
def test_one_more_node_never_takes_a_place_away(machine: Machine, cluster: list[Node], more: Node) -> None:
    before, after = place(machine, cluster), place(machine, [*cluster, more])
    assert after.holders >= before.holders
    assert after.now >= before.now


@given(machines(), rooms)
def test_so_many_fit_and_not_one_more(machine: Machine, room: NodeCapacity) -> None:
    def less(room: NodeCapacity, times: int) -> NodeCapacity:
        others = {GPU: room.other(GPU) - times * machine.gpus}
        return NodeCapacity(
            room.cpu_millis - times * machine.cpu_millis, room.memory_mib - times * machine.memory_mib, room.pods - times, others
        )

    many = fitting(machine, room)
    left = less(room, many)
    assert min(left.cpu_millis, left.memory_mib, left.pods, left.other(GPU)) >= 0
    assert fitting(machine, left) == 0
