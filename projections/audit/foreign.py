"""Every hand that was not ours: what was changed, added, deleted or asked for on the cluster by others than this ledger."""

from collections.abc import Iterable, Iterator

from domain.actions import Decided, Remove
from domain.audit import RequestWitnessed
from domain.cluster import ImitationSeen
from domain.facts import Fact
from domain.names import OUR_MANAGERS
from domain.nodes_seen import NodeCordoned, NodeUncordoned
from domain.pod_facts import ReplicaChanged, ReplicaDisowned, ReplicaLeaving
from domain.record import Recorded
from domain.scaling import ScaledByHand
from domain.seen import Drifted, MarkDoubted, ObjectLeaving, ObjectVanished, UnmanagedSeen
from domain.serving_seen import LetGo, TakenUp
from domain.shared_seen import NamespaceChanged, NamespaceLeaving, SecretChanged, SecretVanished

HANDS: tuple[type[Fact], ...] = (
    Drifted,
    UnmanagedSeen,
    ObjectLeaving,
    ObjectVanished,
    ScaledByHand,
    TakenUp,
    LetGo,
    MarkDoubted,
    ImitationSeen,
    ReplicaDisowned,
    ReplicaChanged,
    NodeCordoned,
    NodeUncordoned,
    NamespaceChanged,
    NamespaceLeaving,
    SecretChanged,
    SecretVanished,
    RequestWitnessed,
)
"""The facts that tell of hands that are not ours. An eviction is one too: somebody asked for it (`_evicted`)."""


def hands(facts: Iterable[Recorded[Fact]]) -> Iterator[Recorded[Fact]]:
    """Give the facts that tell of foreign hands, oldest first; an object that we removed ourselves is none."""
    removed: set[str] = set()
    for recorded in facts:
        removed.update(_removed(recorded.fact))
        if _evicted(recorded.fact) or (isinstance(recorded.fact, HANDS) and not _ours(recorded.fact, removed)):
            yield recorded


def _ours(fact: Fact, removed: set[str]) -> bool:
    match fact:
        case ObjectLeaving() | ObjectVanished():
            return fact.uid in removed or (isinstance(fact, ObjectLeaving) and fact.ours)
        case SecretChanged():
            return fact.manager in OUR_MANAGERS
        case _:
            return False


def _evicted(fact: Fact) -> bool:
    return isinstance(fact, ReplicaLeaving) and fact.reason == "EvictionByEvictionAPI"


def _removed(fact: Fact) -> Iterator[str]:
    if isinstance(fact, Decided):
        yield from (action.uid for action in fact.actions if isinstance(action, Remove))
