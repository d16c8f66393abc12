"""Whether it is served, and what of others' takes its replicas, told."""

from collections.abc import Mapping

from domain.serving_seen import EndpointsChanged, LetGo, ServingFact, TakenUp, Taking
from projections.sentences.sentence import Sentence, Severity
from projections.wording import count, one_line

_DOES: Mapping[Taking, str] = {
    "selects": "sends requests to our pods",
    "scales": "sets the number of our Deployment's replicas",
    "budgets": "counts our pods in its budget: they may not be evicted while it says no",
    "polices": "says who may reach our pods and whom they may reach",
}
_LONGEST = 120


def tell(fact: ServingFact) -> Sentence:
    """Say who is reached by requests, or what of another's takes what is ours."""
    match fact:
        case EndpointsChanged():
            return _endpoints(fact)
        case TakenUp(ref):
            return Sentence("drift", "warning", f"{ref}, which is not ours, {taking(fact)}")
        case LetGo(ref, _, what, how):
            return Sentence("drift", "info", f"{ref}, which is not ours, {_released(what, how)}")


def taking(fact: TakenUp) -> str:
    """Say what another's object does to what is ours, and who wrote it."""
    detail = f" ({one_line(fact.detail, _LONGEST)})" if fact.detail else ""
    whose = "" if fact.manager in {"", "unknown"} else f"; written by {one_line(fact.manager, 60)}"
    return f"{_DOES[fact.what]}{detail}{whose}"


def _endpoints(fact: EndpointsChanged) -> Sentence:
    return Sentence("rollout", _grave(fact), f"{fact.ref} {served(fact)}{_others(fact)}")


def served(fact: EndpointsChanged) -> str:
    """Say how many ready replicas a Service sends requests to."""
    if not fact.ready:
        unserved = f"none of {count(fact.total, 'ready replica')} is served" if fact.total else "nothing is ready"
        return f"has no endpoints: {unserved}"
    if fact.serves:
        return f"sends requests to {'the ready replica' if fact.ready == 1 else f'all {fact.ready} ready replicas'}"
    return f"sends requests to {fact.ready} of {count(fact.total, 'ready replica')}"


def standing(fact: EndpointsChanged) -> str:
    """Say how it is since: while all ready replicas are served, their number may change untold."""
    return f"{fact.ref} {'sends requests to all ready replicas' if fact.serves else served(fact)}{_others(fact)}"


def _others(fact: EndpointsChanged) -> str:
    are = "is no replica of ours" if fact.others == 1 else "are no replicas of ours"
    return f"; {count(fact.others, 'endpoint')} more {are}" if fact.others else ""


def _grave(fact: EndpointsChanged) -> Severity:
    if fact.serves:
        return "good" if not fact.others else "warning"
    return "bad" if fact.total else "info"


def _released(what: Taking, how: str) -> str:
    over = {"selects": "sends requests to our pods", "scales": "scales our Deployment"}.get(what, "takes our pods")
    if how == "changed":
        return f"was changed and no longer {over}"
    return f"is gone and no longer {over}{'' if how == 'seen' else ' (when is not known)'}"
