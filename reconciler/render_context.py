"""The context of a rendering: the spec and all else that its objects depend on. Equal contexts give equal bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.machines import Machine, Toleration
from domain.names import LABEL, MANAGER, Key, Names, slug
from domain.objects import Json
from domain.platform import Platform
from domain.spec import Spec


@dataclass(frozen=True, slots=True)
class RenderContext:
    """What a version's objects are rendered from.

    `image` is pinned where that was possible; `secrets` has the version of each secret that the spec names, `wider` the scope
    of each that is not the project's own; `registry` the stored login's name and version; `identities` what each
    integration's source stands at, by the integration's name. `deadline` is in seconds.
    """

    spec: Spec
    key: Key
    ledger: str
    incarnation: int
    machine: Machine
    image: str
    secrets: Mapping[str, int]
    deadline: int
    restricted: bool = False
    platform: Platform = field(default_factory=Platform)
    wider: Mapping[str, str] = field(default_factory=dict[str, str])
    registry: tuple[str, int] | None = None
    identities: Mapping[str, str] = field(default_factory=dict[str, str])
    ran: int = 0
    """How many replicas ran last: so many stay where autoscaling is kept written and switched off. 0: not known, or not asked."""
    recorded: Names | None = None
    """What it is called already, by its own versions and by its project's; None: it is new, as its project is."""
    first: frozenset[tuple[str, str]] = frozenset()
    """Scope and name of the secrets, `registry` and name of the logins, whose objects are named as at first."""

    @property
    def names(self) -> Names:
        """Give the names of its namespace and of its objects."""
        return self.recorded or self.key.names()

    @property
    def replicas(self) -> int:
        """Give the number of replicas that shall run; of what is autoscaled the floor."""
        least, scaling = self.spec.replicas_wanted, self.spec.resources.autoscaling
        if not self.ran or not least or scaling is None or scaling.enabled:
            return least
        return min(max(self.ran, least), max(scaling.max_replicas or self.ran, least))

    @property
    def labels(self) -> dict[str, str]:
        """Give the labels of all objects of the deployment."""
        return {
            "app.kubernetes.io/managed-by": MANAGER,
            f"{LABEL}/ledger": self.ledger,
            f"{LABEL}/project": slug(self.key.project, 63),
            f"{LABEL}/deployment": self.names.workload,
            f"{LABEL}/incarnation": str(self.incarnation),
        }

    @property
    def selector(self) -> dict[str, str]:
        """Give the labels by which its replicas are selected."""
        return {name: self.labels[name] for name in (f"{LABEL}/deployment", f"{LABEL}/incarnation")}

    @property
    def placed(self) -> dict[str, Any]:
        """Give the part of a pod that says on which nodes its machine type may run; empty where on any."""
        machine, placed = self.machine, dict[str, Any]()
        if machine.node_selector:
            placed["nodeSelector"] = dict(machine.node_selector)
        if machine.tolerations:
            placed["tolerations"] = [_written(toleration) for toleration in machine.tolerations]
        return placed

    def metadata(self, name: str = "") -> dict[str, Json]:
        """Give the metadata of one of its objects, by default of that which has the deployment's own name."""
        return {
            "name": name or self.names.workload,
            "namespace": self.names.namespace,
            "labels": self.labels,
            "annotations": {f"{LABEL}/name": self.key.subject},
        }


def _written(toleration: Toleration) -> dict[str, str]:
    written = {"key": toleration.key, "operator": toleration.operator, "value": toleration.value, "effect": toleration.effect}
    return {name: value for name, value in written.items() if value}
