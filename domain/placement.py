"""Placement: whether a cluster has a place for replicas of a machine type, and in words what is missing where it has none.

The same rules as the scheduler's own, as far as a machine type asks for something: node selector, taints, room. Two questions
are told apart: could a node hold a replica at all, and is there room for one now.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.machines import Machine, Toleration
from domain.nodes import Node, NodeCapacity, Taint

_OF_THE_MOMENT = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
"""Taints with such keys tell the state that a node is in (cordoned, not ready, short of memory); their like come and go."""
_PLENTY = 10**9
_GIB = 1024


@dataclass(frozen=True, slots=True)
class Placement:
    """What a cluster of `nodes` nodes has for a machine type.

    `holders` nodes could hold a replica, if they had nothing else to do; there is room for `now` replicas at this moment.
    `missing` says what is not there: for good where `holders` is 0, for now where `now` is; empty otherwise.
    """

    nodes: int
    holders: int
    now: int
    missing: tuple[str, ...] = ()


def place(machine: Machine, nodes: Iterable[Node]) -> Placement:
    """Say what nodes have for replicas of a machine type."""
    every = tuple(nodes)
    chosen = tuple(node for node in every if _selected(machine, node))
    open_ = tuple(node for node in chosen if not _barring(machine, node, passing=False))
    holders = tuple(node for node in open_ if fitting(machine, node.whole))
    if not holders:
        return Placement(len(every), 0, 0, _missing(machine, every, chosen, open_))
    taking = tuple(node for node in holders if node.ready and not node.cordoned and not _barring(machine, node, passing=True))
    now = sum(fitting(machine, node.free) for node in taking)
    return Placement(len(every), len(holders), now, () if now else _full(machine, holders, taking))


def fitting(machine: Machine, room: NodeCapacity) -> int:
    """Count the replicas that fit into a room."""
    wanted = ((machine.cpu_millis, room.cpu_millis), (machine.memory_mib, room.memory_mib), (1, room.pods))
    gpus = ((machine.gpus, room.other(machine.gpu_resource)),) if machine.gpus else ()
    return max(0, min(have // much if much else _PLENTY for much, have in (*wanted, *gpus)))


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Tell whether a toleration puts up with a taint, as Kubernetes reads it."""
    if toleration.effect not in {"", taint.effect}:
        return False
    if toleration.operator == "Exists":
        return toleration.key in {"", taint.key}
    return toleration.key == taint.key and toleration.value == taint.value


def _selected(machine: Machine, node: Node) -> bool:
    return node.universal or all(node.labels.get(label) == value for label, value in machine.node_selector)


def _barring(machine: Machine, node: Node, *, passing: bool) -> tuple[Taint, ...]:
    """Name the taints that keep replicas away; those of the moment only with `passing`."""
    return tuple(
        taint
        for taint in node.taints
        if taint.effect != "PreferNoSchedule"
        and (passing or not taint.key.startswith(_OF_THE_MOMENT))
        and not any(tolerates(toleration, taint) for toleration in machine.tolerations)
    )


def _missing(machine: Machine, every: Sequence[Node], chosen: Sequence[Node], open_: Sequence[Node]) -> tuple[str, ...]:
    if not every:
        return ("the cluster has no nodes",)
    told = list(_lacks(machine, [node.whole for node in open_ or chosen or every]))
    if not chosen:
        told.append(_no_label(machine, every))
    elif not open_:
        barred = dict.fromkeys(str(taint) for node in chosen for taint in _barring(machine, node, passing=False))
        whose = f"all nodes with {_labels(machine.node_selector)}" if machine.node_selector else "all nodes"
        told.append(f"{whose} have taints that it does not tolerate: {', '.join(barred)}")
    return tuple(told)


def _no_label(machine: Machine, every: Sequence[Node]) -> str:
    absent = [one for one in machine.node_selector if all(node.labels.get(one[0]) != one[1] for node in every)]
    if len(absent) == 1:
        return f"no node has the label {_labels(absent)}"
    return f"no node has all of the labels {_labels(machine.node_selector)}"


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name}={value}" for name, value in labels)


def _full(machine: Machine, holders: Sequence[Node], taking: Sequence[Node]) -> tuple[str, ...]:
    resting = len(holders) - len(taking)
    told = (
        [f"{resting} of {len(holders)} that could hold it take no pods now (cordoned, not ready or tainted)"] if resting else []
    )
    return (*told, *_lacks(machine, [node.free for node in taking], free=True))


def _lacks(machine: Machine, rooms: Sequence[NodeCapacity], *, free: bool = False) -> Iterator[str]:
    """Say of which resources even the largest room has too little; where of none, that no room has all of them together."""
    if not rooms or any(fitting(machine, room) for room in rooms):
        return
    gpus, pods = max(room.other(machine.gpu_resource) for room in rooms), max(room.pods for room in rooms)
    cpu, memory = max(room.cpu_millis for room in rooms), max(room.memory_mib for room in rooms)
    left, largest = (" free", "node with most of it free") if free else ("", "largest node")
    told = (
        (gpus < machine.gpus, _few_gpus(machine, gpus, left)),
        (cpu < machine.cpu_millis, f"the {largest} has {cpu / 1000:g} CPU of {machine.cpu_millis / 1000:g}"),
        (memory < machine.memory_mib, f"the {largest} has {_down(memory)} memory of {_up(machine.memory_mib)}"),
        (pods < 1, f"no node takes {'one more' if free else 'a'} pod"),
    )
    if any(too_few for too_few, _ in told):
        yield from (words for too_few, words in told if too_few)
    else:
        yield f"no node has all{left} that it takes, together"


def _few_gpus(machine: Machine, most: int, left: str) -> str:
    if not most:
        return f"no node has {machine.gpu_resource}{left}"
    return f"no node has more than {most} {machine.gpu_resource}{left} of {machine.gpus}"


def _down(mib: int) -> str:
    """Write what there is, rounded down; what is wanted is rounded up: so too little never looks like enough."""
    return f"{mib * 10 // _GIB / 10:g} GiB" if mib >= _GIB else f"{mib} MiB"


def _up(mib: int) -> str:
    return f"{-(-mib * 10 // _GIB) / 10:g} GiB" if mib >= _GIB else f"{mib} MiB"
