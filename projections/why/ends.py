"""What a chain of causes ends with, in one sentence: a person, something that the cluster did, or that it is not known."""

from typing import get_args

from domain.actions import Decided, Outcome
from domain.audit import RequestWitnessed
from domain.facts import Fact
from domain.models import ModelFact
from domain.nodes_seen import NodeCordoned, NodeGone, NodeReady, NodeUncordoned, NodeUnready
from domain.orders import DeletionOrdered, Held, MarksOverruled, Resumed, SubmissionRefused, Submitted, ValuesRevealed
from domain.platform import PlatformSet
from domain.pod_facts import ReplicaAdmitted, ReplicaChanged, ReplicaDisowned, ReplicaEnded, ReplicaLeaving, ReplicaRemoved
from domain.project import ProjectFact
from domain.record import Recorded
from domain.replica import (
    BecameUnready,
    ProbeFailed,
    ReplicaCreated,
    ReplicaGone,
    ReplicaUnschedulable,
    ReplicaWaiting,
    Restarted,
)
from domain.scaling import Scaled, ScaledByHand
from domain.seen import (
    AdmissionChanged,
    Drifted,
    DriftEnded,
    MarkDoubted,
    ObjectLeaving,
    ObjectVanished,
    ReplicaSetScaled,
    UnmanagedSeen,
)
from domain.serving_seen import LetGo, TakenUp
from domain.shared_seen import NamespaceChanged, NamespaceGone, NamespaceLeaving, SecretChanged, SecretVanished
from projections.news_in_fact import news
from projections.sentences.departures import REASONS
from projections.sentences.requests import asker, tool
from projections.who import assurance, person
from projections.why.links import Root
from projections.why.past import Past
from projections.wording import listed, one_line

ORDERS = (
    Submitted,
    SubmissionRefused,
    DeletionOrdered,
    Held,
    Resumed,
    MarksOverruled,
    ValuesRevealed,
    PlatformSet,
    *get_args(ModelFact),
    *get_args(ProjectFact),
)
_LOG = "the API server's audit log says who"
_NOBODY = {"", "unknown"}
_ENDS: dict[type, tuple[Root, str]] = {
    ReplicaCreated: ("cluster", "its ReplicaSet made it to keep its count; what it was made for is not on record"),
    ReplicaRemoved: ("unknown", "its ReplicaSet was scaled down; what for is not on record"),
    ReplicaSetScaled: ("unknown", "what the ReplicaSet was scaled for is not on record"),
    ReplicaEnded: ("unknown", "what ended it is not on record"),
    ReplicaAdmitted: ("cluster", "the API server's admission did it: a policy, a webhook or a LimitRange"),
    AdmissionChanged: ("cluster", "the API server's admission did it: a policy, a webhook or a LimitRange"),
    ReplicaUnschedulable: ("cluster", "the scheduler finds no node for it"),
    ReplicaWaiting: ("cluster", "its node says so; nothing in the ledger led to it"),
    ProbeFailed: ("cluster", "the application did not pass its check; its logs may say what kept it from that"),
    Scaled: ("cluster", "the autoscaler did it, by the figures that stand there"),
    NodeUnready: ("cluster", "the node was not heard, or said that it is not ready; what befell it is not on record"),
    NodeReady: ("cluster", "the node says so"),
    NodeGone: ("unknown", f"someone or something took the node out of the cluster: {_LOG}"),
    NodeUncordoned: ("unknown", f"someone uncordoned it: {_LOG}"),
    SecretVanished: ("unknown", f"someone deleted the Secret: {_LOG}"),
    NamespaceGone: ("unknown", f"someone deleted the namespace: {_LOG}"),
    NamespaceLeaving: ("unknown", f"someone deleted the namespace: {_LOG}"),
    ObjectVanished: ("unknown", f"someone else deleted it: {_LOG}"),
    ObjectLeaving: ("unknown", f"someone else deleted it: {_LOG}"),
    ReplicaGone: ("unknown", f"someone or something deleted it: {_LOG}"),
}
_RESTARTS: dict[str, tuple[Root, str]] = {
    "crashed": ("cluster", "the application ended by itself; its last words and its logs may say why"),
    "completed": ("cluster", "the application ended by itself, without an error"),
    "out of memory": ("cluster", "it used more memory than it may"),
    "unknown": ("unknown", "what ended its container is not known: a check that failed, or its own end"),
}


def end(here: Recorded[Fact], past: Past, *, autoscaled: bool = False) -> tuple[Root, str]:
    """Say what the chain comes to, by its last cause; `autoscaled`: an autoscaler stands between, which somebody ordered."""
    fact = here.fact
    hand = past.hand(here)
    if hand.surety == "one of several":
        return "unknown", f"it was {hand}, as far as the API server's audit log tells: which request it was cannot be told"
    if isinstance(fact, ORDERS):
        who = here.metadata.who
        ordered = f"{person(who)} ordered it ({assurance(who)})"
        return "person", f"the autoscaler did it, by the figures that stand there; {ordered}" if autoscaled else ordered
    if isinstance(fact, RequestWitnessed):
        return _asked(fact)
    return _by_hand(fact) or _of_replica(fact) or _ENDS.get(type(fact)) or _otherwise(here)


def _asked(fact: RequestWitnessed) -> tuple[Root, str]:
    program = tool(fact)
    if not fact.succeeded:
        return "unknown", f"{asker(fact)} asked for it and was refused ({fact.code}), says the API server's audit log"
    if fact.user.startswith("system:") and not fact.acting_as:
        return "cluster", f"{asker(fact)} asked for it, says the API server's audit log"
    return "person", f"{asker(fact)}{f' (by {program})' if program else ''} asked for it, says the API server's audit log"


def _by_hand(fact: Fact) -> tuple[Root, str] | None:
    """Name the field managers whose change it was; a manager is a program at best, and is no person."""
    match fact:
        case Drifted() | UnmanagedSeen() | ReplicaChanged() | NamespaceChanged():
            named = {change.manager for change in news(fact)}
        case ScaledByHand() | ReplicaDisowned() | MarkDoubted() | NodeCordoned() | SecretChanged() | TakenUp() | LetGo():
            named = {fact.manager}
        case DriftEnded(how="reverted"):
            named = set[str]()
        case _:
            return None
    managers = [one_line(name, 60) for name in sorted(named - _NOBODY)]
    hands = f"field manager {listed(managers)}" if managers else "someone whom the API server did not name"
    return "cluster", f"it was done on the cluster by {hands}, not by Deadreckon"


def _of_replica(fact: Fact) -> tuple[Root, str] | None:  # noqa: PLR0911 (one line a fact)
    match fact:
        case ReplicaGone(how="foreign"):
            return "cluster", "it never was a replica of this deployment"
        case ReplicaLeaving(reason="EvictionByEvictionAPI"):
            return "unknown", f"someone or something evicted it: {_LOG}"
        case ReplicaLeaving(reason=reason) if reason:
            return "cluster", f"{REASONS.get(reason, one_line(reason, 80))}; what led to that is not on record"
        case ReplicaLeaving():
            return "unknown", f"someone or something deleted it: {_LOG}"
        case BecameUnready(reason="ContainersNotReady"):
            return (
                "unknown",
                "its readiness check failed or its container ended: no Event of the kubelet and no restart tells which",
            )
        case Restarted(cause=cause):
            return _RESTARTS.get(cause, ("cluster", f"its {cause} ended it"))
        case _:
            return None


def _otherwise(here: Recorded[Fact]) -> tuple[Root, str]:
    if isinstance(here.fact, Decided | Outcome):
        return "unknown", "what led to it is not in the ledger"
    if here.stream.startswith("replica/"):
        return "cluster", "it befell the replica itself; nothing in the ledger led to it"
    return "cluster", "it was seen on the cluster; nothing in the ledger led to it"
