"""What is wrong around a deployment now: nodes that its replicas are on, its namespace, the Secrets that it runs with.

A fold of its facts and of those of others that concern it (`projections.concerns`). A drain is told as what is known of it: who
cordoned a node, and how many of its replicas left that node since, by eviction or otherwise; kubectl names itself the same
whether it cordons or drains.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from domain.actions import Succeeded
from domain.facts import Fact
from domain.nodes_seen import NodeCame, NodeCordoned, NodeFact, NodeGone, NodeReady, NodeUncordoned, NodeUnready
from domain.objects import ObjectRef
from domain.pod_facts import ReplicaLeaving
from domain.record import Recorded
from domain.replica import ReplicaGone, ReplicaScheduled
from domain.shared_seen import NamespaceChanged, NamespaceGone, NamespaceLeaving, SecretChanged, SecretVanished, SharedFact
from projections.sentences.around import by_hand, tell_shared
from projections.wording import Clocked, count, listed, one_line

_EVICTED = "EvictionByEvictionAPI"


@dataclass(slots=True)
class _Node:
    """What is wrong with a node, and the replicas that left it since it was cordoned."""

    cordoned: NodeCordoned | None = None
    broken: NodeUnready | NodeGone | None = None
    evicted: set[str] = field(default_factory=set[str])
    left: set[str] = field(default_factory=set[str])


class SurroundingFacts:
    """Takes in, in the ledger's order, what concerns a deployment; says what of it stands."""

    def __init__(self) -> None:
        """Begin with nothing wrong."""
        self._where: dict[str, str] = {}
        self._nodes: dict[str, _Node] = {}
        self._namespace: dict[type[SharedFact], SharedFact] = {}
        self._secrets: dict[ObjectRef, SecretVanished] = {}

    @classmethod
    def of(cls, history: Iterable[Recorded[Fact]]) -> "SurroundingFacts":
        """Take a whole history in."""
        around = cls()
        for recorded in history:
            around.take(recorded)
        return around

    def take(self, recorded: Recorded[Fact]) -> None:
        """Take a fact in."""
        fact = recorded.fact
        if isinstance(fact, NodeFact):
            self._node(fact)
        elif isinstance(fact, SharedFact):
            self._shared(fact)
        elif isinstance(fact, Succeeded):
            if NamespaceGone in self._namespace and fact.effect != "absent":
                self._namespace.clear()  # what stands in it now could not without it
        else:
            self._replica(recorded.stream.rpartition("/")[2], fact)

    def told(self, clocked: Clocked) -> tuple[str, ...]:
        """Say what is wrong, one sentence each."""
        shared = [tell_shared(fact, clocked).text for fact in (*self._namespace.values(), *self._secrets.values())]
        return (*(said for name, node in sorted(self._nodes.items()) for said in self._told_of(name, node, clocked)), *shared)

    def _node(self, fact: NodeFact) -> None:
        node = self._nodes.setdefault(fact.node, _Node())
        match fact:
            case NodeCordoned():
                node.cordoned, node.evicted, node.left = fact, set(), set()
            case NodeUncordoned():
                node.cordoned = None
            case NodeUnready() | NodeGone():
                node.broken = fact
            case NodeReady():
                node.broken = None
            case NodeCame():
                self._nodes.pop(fact.node)

    def _shared(self, fact: SharedFact) -> None:
        match fact:
            case SecretVanished(ref):
                self._secrets[ref] = fact
            case SecretChanged(ref):
                self._secrets.pop(ref, None)
            case NamespaceChanged(_, changes) if not changes:
                self._namespace.pop(NamespaceChanged, None)
            case NamespaceGone():
                self._namespace = {NamespaceGone: fact}
            case NamespaceChanged() | NamespaceLeaving():
                self._namespace[type(fact)] = fact

    def _replica(self, uid: str, fact: Fact) -> None:
        match fact:
            case ReplicaScheduled(node):
                self._where[uid] = node
            case ReplicaLeaving() if uid in self._where:
                left = self._nodes.get(self._where[uid])
                if left is not None and left.cordoned is not None:
                    (left.evicted if fact.reason == _EVICTED else left.left).add(uid)
            case ReplicaGone():
                self._where.pop(uid, None)
            case _:
                pass

    def _told_of(self, name: str, node: _Node, clocked: Clocked) -> Iterator[str]:
        here = sum(where == name for where in self._where.values())
        called = one_line(name, 100)
        if node.cordoned is not None and (here or node.evicted or node.left):
            when = f" at {clocked(node.cordoned.at)}" if node.cordoned.at else ""
            since = [f"{count(len(node.evicted), 'replica')} evicted from it" if node.evicted else ""]
            others = node.left - node.evicted
            since.append(f"{len(others)} deleted there" if others else "")
            went = listed([each for each in since if each])
            left = f"; since then {went}" if went else ""
            still = f", {count(here, 'replica')} still there" if here else ""
            yield f"node {called} was cordoned{by_hand(node.cordoned.manager)}{when}{left}{still}"
        if isinstance(node.broken, NodeGone) and here:
            yield f"node {called} is no more, with {count(here, 'replica')} of this deployment still counted on it"
        elif isinstance(node.broken, NodeUnready) and here:
            why = one_line(node.broken.message or node.broken.reason)
            yield f"node {called} is not ready, with {count(here, 'replica')} on it: {why}"
