"""What befell the nodes under a deployment and what its project shares, told."""

from typing import assert_never

from domain.nodes_seen import NodeCame, NodeCordoned, NodeFact, NodeGone, NodeReady, NodeUncordoned, NodeUnready
from domain.shared_seen import (
    NamespaceChanged,
    NamespaceCondition,
    NamespaceGone,
    NamespaceLeaving,
    SecretChanged,
    SecretVanished,
    SharedFact,
)
from projections.sentences.objects import by, fields
from projections.sentences.sentence import Sentence
from projections.wording import Clocked, count, listed, one_line

_MISSED = " (when is not known)"
_LONGEST = 100


def tell_node(fact: NodeFact) -> Sentence:
    """Say what befell a node."""
    node = one_line(fact.node, _LONGEST)
    match fact:
        case NodeCordoned(_, manager):
            return Sentence("node", "warning", f"node {node} was cordoned{by_hand(manager)}: no new pods are put there")
        case NodeUncordoned(_, manager):
            return Sentence("node", "good", f"node {node} was uncordoned{by_hand(manager)}: it takes new pods again")
        case NodeUnready(_, reason, message):
            words = ": ".join(one_line(said) for said in (reason, message) if said)
            return Sentence("node", "bad", f"node {node} is not ready: {words or 'no reason is given'}{_often(fact.times)}")
        case NodeReady():
            return Sentence("node", "good", f"node {node} is ready again{_often(fact.times)}")
        case NodeGone(_, how):
            return Sentence("node", "bad", f"node {node} is no more{'' if how == 'seen' else _MISSED}")
        case NodeCame():
            return Sentence("node", "good", f"a node {node} is there again")
        case _:
            assert_never(fact)


def tell_shared(fact: SharedFact, clocked: Clocked) -> Sentence:
    """Say what others did to a namespace or a Secret."""
    thing = one_line(str(fact.ref), 2 * _LONGEST)
    match fact:
        case NamespaceChanged(changes=changes):
            return _namespace(fact, thing) if changes else Sentence("namespace", "good", f"{thing} is as it was again")
        case NamespaceLeaving():
            return Sentence("namespace", "bad", _leaving(fact, thing, clocked))
        case NamespaceGone(_, _, how):
            missed = "" if how == "seen" else _MISSED
            return Sentence("namespace", "bad", f"{thing} is no more, and nothing that stood in it{missed}")
        case SecretChanged(_, _, manager, _, fields):
            what = f": {listed([one_line(each, _LONGEST) for each in fields])}" if fields else ""
            return Sentence("secret", "warning", f"{thing} was written{by_hand(manager) or ' by someone else'}{what}")
        case SecretVanished():
            return Sentence("secret", "bad", f"{thing} is in use, and is not there: containers that need it cannot start")
        case _:
            assert_never(fact)


def _namespace(fact: NamespaceChanged, thing: str) -> Sentence:
    """Say what is new of what others did to a namespace first, and what stood otherwise before."""
    fresh = [one for one in fact.changes if one.path not in fact.before]
    said = [f"{by(fresh)} changed {thing}: {fields(fresh)}"] if fresh else []
    said += [f"{thing} is as it was again at {fields(fact.gone)}"] if fact.gone else []
    if fact.before:
        said.append(f"still otherwise: {fields([one for one in fact.changes if one.path in fact.before])}")
    return Sentence("namespace", "warning" if fresh else "info", "; ".join(said))


def _leaving(fact: NamespaceLeaving, thing: str, clocked: Clocked) -> str:
    since = f" since {clocked(fact.at)}" if fact.at else ""
    waits = listed([*map(_condition, fact.conditions), *(f"finalizer {one_line(each, 60)}" for each in fact.finalizers)])
    hands = listed([one_line(each, 60) for each in fact.managers])
    wrote = f"; who wrote to it last: {hands}" if hands else ""
    return f"{thing} is being deleted{since}, with all that stands in it{f', and waits for {waits}' if waits else ''}{wrote}"


def _condition(condition: NamespaceCondition) -> str:
    return f"{one_line(condition.type, 60)} ({one_line(condition.message or condition.reason)})"


def by_hand(manager: str) -> str:
    """Name the field manager, where it is known: ` by kubectl`."""
    return "" if manager in {"", "unknown"} else f" by {one_line(manager, 60)}"


def _often(times: int) -> str:
    return f" (it changed {count(times, 'time')} since it was last told)" if times > 1 else ""
