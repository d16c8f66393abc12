"""Who has acted on a deployment, or could have: people, engines, and foreign field managers that the record knows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from domain.audit import RequestWitnessed
from domain.cluster import ImitationSeen, TookLead
from domain.facts import Fact
from domain.names import OUR_MANAGERS
from domain.nodes_seen import NodeCordoned, NodeUncordoned
from domain.pod_facts import ReplicaChanged, ReplicaDisowned
from domain.record import Recorded
from domain.scaling import ScaledByHand
from domain.seen import Drifted, ObjectLeaving, ObjectVanished, UnmanagedSeen
from domain.serving_seen import LetGo, TakenUp
from domain.shared_seen import NamespaceChanged, NamespaceLeaving, SecretChanged
from projections.when import happened_at
from projections.who import assurance

Role = Literal["person", "engine", "field manager", "user of the API server"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone in the record: how they are known there, how often and when, and where they stand first and last."""

    name: str
    role: Role
    how: str
    times: int
    first_at: datetime
    last_at: datetime
    first: int
    last: int
    acting_as: str = ""
    """In whose name they acted; empty: in their own."""


def actors(history: Iterable[Recorded[Fact]]) -> tuple[Actor, ...]:
    """Name all who acted, in the order in which they were first seen. `history` is a deployment's, and what concerns it."""
    known: dict[tuple[str, str, Role], Actor] = {}
    for recorded in history:
        for name, acting_as, role, how in _named(recorded):
            at = happened_at(recorded)
            first = Actor(name, role, how, 0, at, at, recorded.position, recorded.position, acting_as)
            before = known.get((name, acting_as, role), first)
            known[name, acting_as, role] = replace(before, times=before.times + 1, last_at=at, last=recorded.position)
    return tuple(known.values())


def _named(recorded: Recorded[Fact]) -> Iterable[tuple[str, str, Role, str]]:
    """Give accounts, in whose name each acted, what they are, and how they are known."""
    fact, who = recorded.fact, recorded.metadata.who
    if isinstance(fact, TookLead):
        does = "recorded only" if fact.observing else "recorded and acted"
        return [(fact.holder, "", "engine", f"led, {does}")]
    if who.surety != "engine":
        return [(who.name, who.acting_as, "person", assurance(who))]
    if managers := _managers(fact):
        return [(name, "", "field manager", how) for name, how in managers]
    if isinstance(fact, RequestWitnessed) and fact.user:
        return [(fact.user, fact.acting_as, "user of the API server", "by its audit log")]
    return []


def _managers(fact: Fact) -> list[tuple[str, str]]:
    """Name the field managers that a fact knows, and what each did. Who wrote last to what is deleted may be innocent of that."""
    names: set[str]
    match fact:
        case Drifted(changes=changes) | UnmanagedSeen(changes=changes):
            names, how = {change.manager for change in changes}, "wrote what is ours"
        case ReplicaChanged(changes) | ReplicaDisowned(changes):
            names, how = {change.manager for change in changes}, "wrote a replica of ours"
        case NamespaceChanged(changes=changes):
            names, how = {change.manager for change in changes}, "wrote our namespace"
        case ScaledByHand(manager=name):
            names, how = {name}, "scaled it"
        case ImitationSeen(manager=name):
            names, how = {name}, "wrote our labels"
        case NodeCordoned(manager=name) | NodeUncordoned(manager=name):
            names, how = {name}, "cordoned or uncordoned its node"
        case SecretChanged(manager=name):
            names, how = {name}, "wrote a Secret in use"
        case ObjectLeaving(managers=managers) | ObjectVanished(managers=managers) | NamespaceLeaving(managers=managers):
            names, how = set(managers), "wrote to what was deleted"
        case TakenUp(manager=name) | LetGo(manager=name):
            names, how = {name}, "wrote what takes our pods"
        case _:
            return []
    return [(name, how) for name in sorted(names - _NOBODY)]


_NOBODY = frozenset({"", "unknown"}) | OUR_MANAGERS
