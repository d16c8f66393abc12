"""What was told of that which deployments stand on and in: nodes, namespaces, Secrets in use. The fold of these facts.

Only what is not as it should be is remembered: of a cluster of thousands of nodes, those few that are in trouble.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.changed import changed
from domain.nodes_seen import NodeCame, NodeCordoned, NodeFact, NodeGone, NodeReady, NodeUncordoned, NodeUnready
from domain.objects import ObjectRef
from domain.seen import Change
from domain.shared_seen import (
    NamespaceChanged,
    NamespaceGone,
    NamespaceLeaving,
    SecretChanged,
    SecretVanished,
    SharedFact,
)

_GONE = 500
"""So many nodes that are gone are remembered, the newest."""


@dataclass(frozen=True, slots=True)
class NodeTold:
    """How a node was, as it was told last."""

    cordoned: bool = False
    ready: bool = True
    gone: bool = False
    reason: str = ""
    """Why it is not ready, in Kubernetes' word."""


WELL = NodeTold()
"""What is not told of a node: it takes pods, it is ready, it is there."""


@dataclass(frozen=True, slots=True)
class NamespaceTold:
    """What others did to a namespace, as it was told last. `gone` is the uid of the one that is no more."""

    changes: tuple[Change, ...] = ()
    leaving: NamespaceLeaving | None = None
    gone: str = ""


@dataclass(frozen=True, slots=True)
class SecretTold:
    """What others did to a Secret in use, as it was told last."""

    manager: str = ""
    at: datetime | None = None
    vanished: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is not as it should be around the deployments."""

    nodes: Mapping[str, NodeTold] = field(default_factory=dict[str, NodeTold])
    namespaces: Mapping[ObjectRef, NamespaceTold] = field(default_factory=dict[ObjectRef, NamespaceTold])
    secrets: Mapping[ObjectRef, SecretTold] = field(default_factory=dict[ObjectRef, SecretTold])
    unheard_until: datetime | None = None
    """Until when the API server was not heard last."""

    def node(self, name: str) -> NodeTold:
        """Give how a node is, as far as it was told."""
        return self.nodes.get(name, WELL)

    def namespace(self, ref: ObjectRef) -> NamespaceTold:
        """Give what was told of a namespace."""
        return self.namespaces.get(ref) or NamespaceTold()


def take_in_node(around: Surroundings, fact: NodeFact) -> Surroundings:
    """Take a fact about a node in."""
    after = _node(around.node(fact.node), fact)
    others = {name: told for name, told in around.nodes.items() if name != fact.node}
    nodes = others if after == WELL else {**others, fact.node: after}
    gone = [name for name, told in nodes.items() if told.gone]
    for name in gone[: max(0, len(gone) - _GONE)]:
        del nodes[name]
    return changed(around, nodes=nodes)


def _node(told: NodeTold, fact: NodeFact) -> NodeTold:
    match fact:
        case NodeCordoned():
            return changed(told, cordoned=True)
        case NodeUncordoned():
            return changed(told, cordoned=False)
        case NodeUnready(_, reason):
            return changed(told, ready=False, reason=reason)
        case NodeReady():
            return changed(told, ready=True, reason="")
        case NodeGone():
            return NodeTold(gone=True)
        case NodeCame():
            return WELL


def take_in_shared(around: Surroundings, fact: SharedFact) -> Surroundings:
    """Take a fact about a namespace or a Secret in."""
    ref = fact.ref
    match fact:
        case SecretChanged(_, _, manager, at):
            return changed(around, secrets={**around.secrets, ref: SecretTold(manager, at)})
        case SecretVanished():
            return changed(around, secrets={**around.secrets, ref: SecretTold(vanished=True)})
        case NamespaceChanged(_, changes):
            told = changed(around.namespace(ref), changes=changes)
        case NamespaceLeaving():
            told = changed(around.namespace(ref), leaving=fact)
        case NamespaceGone(_, uid):
            told = NamespaceTold(gone=uid)
    return changed(around, namespaces={**around.namespaces, ref: told})
