"""Which facts about all, or about a project, concern one deployment: what is told once stands in the history of each.

Engines that came to lead, times when nothing could be seen, the nodes that its replicas were on then, its namespace, the Secrets
that it runs with. A fold: where its replicas are, which trouble of a node it was told of, whether it exists.
"""

from collections.abc import Iterable, Iterator
from heapq import merge

from domain.actions import Decided, IncarnationEnded
from domain.cluster import ApiServerUnheard, ImitationSeen, ObservationGap, RewindAccepted, RewindFound, TookLead
from domain.facts import Fact
from domain.names import FIRST, WHOLE, Key, Names
from domain.nodes_seen import NodeCordoned, NodeFact, NodeGone, NodeUnready
from domain.objects import Kind
from domain.orders import Held, Resumed, Submitted
from domain.project import PROJECT, registry_object, secret_object
from domain.record import Recorded
from domain.replica import ReplicaGone, ReplicaScheduled
from domain.shared_seen import NamespaceChanged, NamespaceGone, NamespaceLeaving, SecretChanged, SecretVanished, SharedFact

_FOR_ALL = TookLead | ObservationGap | ApiServerUnheard | RewindFound | RewindAccepted | Held | Resumed
_TROUBLE = NodeCordoned | NodeUnready | NodeGone
_KEPT = 2
"""Versions whose Secrets are in use: the wanted one, and until it has its content the one before."""


class Concerns:
    """Takes facts in, in the ledger's order, and tells of each whether it concerns the deployment."""

    def __init__(self, key: Key) -> None:
        """Begin before its first fact."""
        self._key = key
        self._exists = False
        self._nodes: dict[str, str] = {}
        """Where its replicas are, by their uids."""
        self._troubled: set[str] = set()
        """Nodes whose trouble was told to it: how that ends concerns it too, wherever its replicas are by then."""
        self._names: Names | None = None
        self._secrets: list[frozenset[str]] = []

    def take(self, recorded: Recorded[Fact]) -> bool:
        """Take a fact in, and tell whether it concerns the deployment: its own always do."""
        subject = recorded.metadata.subject
        if subject == self._key.subject:
            self._own(recorded)
            return True
        if "/" in subject or subject not in {"", self._key.project} or not self._exists:
            return False
        return self._of_others(recorded.fact)

    def _own(self, recorded: Recorded[Fact]) -> None:
        fact, uid = recorded.fact, recorded.stream.rpartition("/")[2]
        match fact:
            case ReplicaScheduled(node):
                self._nodes[uid] = node
            case ReplicaGone():
                self._nodes.pop(uid, None)
            case Submitted():
                self._exists = True
                self._names = fact.names or self._names
                self._secrets = [_secrets(fact), *self._secrets][:_KEPT]
            case Decided(findings=findings) if any(isinstance(one, IncarnationEnded) for one in findings):
                self._exists, self._nodes, self._troubled = False, {}, set()
            case _:
                pass

    def _of_others(self, fact: Fact) -> bool:
        if isinstance(fact, NodeFact):
            return self._node(fact)
        if isinstance(fact, SharedFact):
            return self._shared(fact)
        if isinstance(fact, ImitationSeen):
            return fact.ref.namespace == self._namespace and fact.claims == self._called.workload
        return isinstance(fact, _FOR_ALL)

    def _node(self, fact: NodeFact) -> bool:
        if fact.node not in self._troubled and fact.node not in self._nodes.values():
            return False
        if isinstance(fact, _TROUBLE):
            self._troubled.add(fact.node)
        elif fact.node not in self._nodes.values():
            self._troubled.discard(fact.node)
        return True

    def _shared(self, fact: SharedFact) -> bool:
        match fact:
            case NamespaceChanged(ref) | NamespaceLeaving(ref) | NamespaceGone(ref):
                return ref.name == self._namespace
            case SecretChanged(ref) | SecretVanished(ref):
                return ref.namespace == self._namespace and any(ref.name in names for names in self._secrets)

    @property
    def _called(self) -> Names:
        return self._names or self._key.names()

    @property
    def _namespace(self) -> str:
        return self._called.namespace


def joined(concerns: Concerns, own: Iterable[Recorded[Fact]], others: Iterable[Recorded[Fact]]) -> Iterator[Recorded[Fact]]:
    """Give a deployment's facts and, between them, those of others that concern it; both come in the ledger's order."""
    return (recorded for recorded in merge(own, others, key=lambda one: one.position) if concerns.take(recorded))


def _secrets(order: Submitted) -> frozenset[str]:
    """Name the Secret objects that a version runs with, under either scheme of names, and its copies of wider ones."""
    wider = dict(order.wider_secrets)
    rendered = {one.ref.name for one in order.objects if one.ref.kind == Kind.SECRET.value}
    own = {
        secret_object(name, version, wider.get(name, PROJECT), scheme)
        for name, version in order.secrets
        for scheme in (FIRST, WHOLE)
    }
    logins = {registry_object(*order.registry, scheme) for scheme in (FIRST, WHOLE)} if order.registry else set[str]()
    return frozenset(rendered | own | logins)
