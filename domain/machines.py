"""Machine types: what a name such as `C4` or `A100x2` gives a replica."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Toleration:
    """A taint of nodes that replicas of this machine type put up with (Kubernetes' own words)."""

    key: str
    operator: str = "Exists"
    value: str = ""
    effect: str = "NoSchedule"


@dataclass(frozen=True, slots=True)
class Machine:
    """What one replica requests: CPU in thousandths of a core, memory in MiB, GPUs by resource name and count."""

    name: str
    cpu_millis: int
    memory_mib: int
    gpu_resource: str = ""
    gpus: int = 0
    node_selector: tuple[tuple[str, str], ...] = ()
    tolerations: tuple[Toleration, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All machine types of a platform, by name, and the digest of the file they came from."""

    machines: Mapping[str, Machine] = field(default_factory=dict[str, Machine])
    digest: str = ""
