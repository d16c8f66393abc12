"""Nodes as a place for replicas: their labels, their taints, and their room."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ANY = "*"
"""Among `NodeCapacity.others`: so many of any resource that is not named. Only simulated nodes have it."""


@dataclass(frozen=True, slots=True)
class Taint:
    """What keeps pods away that do not tolerate it (Kubernetes' own words)."""

    key: str
    value: str = ""
    effect: str = "NoSchedule"

    def __str__(self) -> str:
        """Write it as kubectl does: `dedicated=gpu:NoSchedule`."""
        return f"{self.key}{'=' if self.value else ''}{self.value}:{self.effect}"


@dataclass(frozen=True, slots=True)
class NodeCapacity:
    """How much there is: CPU in thousandths of a core, memory in MiB, pods, and other resources by their names."""

    cpu_millis: int = 0
    memory_mib: int = 0
    pods: int = 0
    others: Mapping[str, int] = field(default_factory=dict[str, int])

    def other(self, resource: str) -> int:
        """Give how much of an extended resource there is."""
        return self.others.get(resource, self.others.get(ANY, 0))


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `whole` is what it may give to pods, `free` what no pod has requested yet."""

    name: str
    whole: NodeCapacity
    free: NodeCapacity
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    taints: tuple[Taint, ...] = ()
    ready: bool = True
    cordoned: bool = False
    universal: bool = False
    """It fits every node selector. Only simulated nodes do."""
