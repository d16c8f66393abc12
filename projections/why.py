"""Why: the chain of causes, from a fact back to a person, or to something the cluster did of itself.

What an engine or a person recorded as the cause is taken as it is. What was only observed names no cause: there the chain
follows what Kubernetes' own parts do (a probe fails, so the container is ended; a Deployment is written, so a replica is
made), and says that it was derived. It always goes back in the ledger's order, so it always ends.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from domain.actions import Decided, Failed, NotAttempted, Remove, Succeeded, Unknown, VersionFailed
from domain.facts import Fact
from domain.filling import FillFailed
from domain.models import ModelFact
from domain.objects import Kind, ObjectRef
from domain.orders import DeletionOrdered, Held, Resumed, SubmissionRefused, Submitted, ValuesRevealed
from domain.platform import PlatformSet
from domain.project import ProjectFact
from domain.record import Recorded
from domain.replica import (
    BecameReady,
    BecameUnready,
    ProbeFailed,
    ReplicaCreated,
    ReplicaGone,
    ReplicaKilled,
    ReplicaLeaving,
    ReplicaUnschedulable,
    ReplicaWaiting,
    Restarted,
)
from domain.scaling import Scaled, ScaledByHand
from domain.seen import Drifted, DriftEnded, ObjectLeaving, ObjectVanished, ReplicasRefused, RolloutProgressed, UnmanagedSeen

Surety = Literal["asked", "recorded", "derived"]
"""How a link comes to be there: it was asked about, was recorded as the cause, or follows from the order of things."""
Root = Literal["person", "cluster", "unknown"]

EVIDENCE = (Restarted, ReplicaWaiting, ReplicaUnschedulable, ReplicasRefused, ProbeFailed, FillFailed)
_OF_ALL = (PlatformSet, *get_args(ModelFact), *get_args(ProjectFact))
ORDERS = (Submitted, SubmissionRefused, DeletionOrdered, Held, Resumed, ValuesRevealed, *_OF_ALL)
TELLING = (
    Submitted,
    DeletionOrdered,
    Held,
    Failed,
    Unknown,
    Restarted,
    BecameUnready,
    ReplicasRefused,
    Drifted,
    ObjectVanished,
)
OUTCOMES = (Succeeded, Failed, Unknown, NotAttempted)
SCALINGS = (Scaled, ScaledByHand)
FOLLOWS = timedelta(seconds=60)
"""So long after a scaling, a replica that comes or goes does so because of it."""
WATCHED_APART = timedelta(seconds=2)
"""Times of the cluster are in whole seconds."""


@dataclass(frozen=True, slots=True)
class Link:
    """One fact of the chain, and how surely it is the cause of the one before it."""

    recorded: Recorded[Fact]
    surety: Surety


@dataclass(frozen=True, slots=True)
class Chain:
    """From what was asked about, back to its root; `end` says in a sentence what the root is."""

    links: tuple[Link, ...]
    root: Root
    end: str


def chain(facts: Iterable[Recorded[Fact]], start: Recorded[Fact]) -> Chain:
    """Give the chain of causes of a fact; `facts` are those about its subject, oldest first."""
    facts = tuple(facts)
    past = [recorded for recorded in facts if recorded.position <= start.position]
    by_id = {recorded.circumstances.id: recorded for recorded in past}
    links = [Link(start, "asked")]
    while True:
        here = links[-1].recorded
        before = [recorded for recorded in past if recorded.position < here.position]
        link = _evidence(here, before) or _recorded(here, by_id) or _scaling(here, before, facts) or _derived(here, before)
        # A scaling may be on record after what it led to; from there on it goes back like all else.
        if link is None or (link.recorded.position >= here.position and not isinstance(link.recorded.fact, SCALINGS)):
            root, end = _end(here)
            return Chain(tuple(links), root, end)
        links.append(link)


def _recorded(here: Recorded[Fact], by_id: dict[str, Recorded[Fact]]) -> Link | None:
    cause = by_id.get(here.circumstances.cause)
    return Link(cause, "recorded") if cause else None


def _evidence(here: Recorded[Fact], before: Sequence[Recorded[Fact]]) -> Link | None:
    """Find what a verdict of failure rests on: the newest sign of it since the submission."""
    fact = here.fact
    if not isinstance(fact, Decided) or not any(isinstance(found, VersionFailed) for found in fact.findings):
        return None
    for recorded in reversed(before):
        if isinstance(recorded.fact, Submitted):
            return None
        if isinstance(recorded.fact, EVIDENCE):
            return Link(recorded, "derived")
    return None


def _scaling(here: Recorded[Fact], before: Sequence[Recorded[Fact]], facts: Sequence[Recorded[Fact]]) -> Link | None:
    """Find the scaling that a replica was made for, or leaves because of.

    Kinds are watched apart, and a scaling waits for its reason: so it may be on record some moments later.
    """
    fact = here.fact
    if not isinstance(fact, ReplicaCreated | ReplicaLeaving):
        return None
    came = isinstance(fact, ReplicaCreated)
    when = fact.created_at if isinstance(fact, ReplicaCreated) and fact.created_at else _seen_at(here)
    near = (
        recorded
        for recorded in reversed(facts)
        if isinstance(recorded.fact, SCALINGS)
        and recorded.fact.before != recorded.fact.after
        and (recorded.fact.after > recorded.fact.before) is came
        and when - FOLLOWS <= _seen_at(recorded) <= when + WATCHED_APART
    )
    scaling, written = next(near, None), _write(before, Kind.DEPLOYMENT.value)
    if scaling is None or (written is not None and written.recorded_at > _seen_at(scaling) + WATCHED_APART):
        return None
    return Link(scaling, "derived")


def _seen_at(recorded: Recorded[Fact]) -> datetime:
    if isinstance(recorded.fact, Scaled):
        return recorded.fact.at
    return recorded.circumstances.observed_at or recorded.recorded_at


def _derived(here: Recorded[Fact], before: Sequence[Recorded[Fact]]) -> Link | None:
    found = _of_a_replica(here, before) if here.stream.startswith("replica/") else _of_an_object(here.fact, before)
    return Link(found, "derived") if found else None


def _of_a_replica(  # noqa: PLR0911 (one line a fact)
    here: Recorded[Fact], before: Sequence[Recorded[Fact]]
) -> Recorded[Fact] | None:
    fact = here.fact
    if isinstance(fact, ReplicaCreated):
        return _write(before, Kind.DEPLOYMENT.value)
    own = [recorded for recorded in before if recorded.stream == here.stream]
    match fact:
        case Restarted(cause="startup probe" | "liveness probe"):
            near = _last(own, lambda f: isinstance(f, ReplicaKilled) and f.probe is not None)
            return near or _last(own, lambda f: isinstance(f, ProbeFailed)) or _birth(own)
        case ReplicaKilled(probe=probe) if probe:
            return _last(own, lambda f: isinstance(f, ProbeFailed) and f.probe == probe) or _birth(own)
        case BecameUnready():
            return _since_ready(own) or _birth(own)
        case ReplicaKilled():  # no probe: it was stopped
            return _last(own, lambda f: isinstance(f, ReplicaLeaving)) or _told_to_leave(own, before) or _birth(own)
        case ReplicaGone():
            return _last(own, lambda f: isinstance(f, ReplicaLeaving)) or _birth(own)
        case ReplicaWaiting(reason="CrashLoopBackOff"):
            return _last(own, lambda f: isinstance(f, Restarted)) or _birth(own)
        case ReplicaLeaving():
            return _told_to_leave(own, before)
        case _:
            return _birth(own)


def _birth(own: Sequence[Recorded[Fact]]) -> Recorded[Fact] | None:
    return _last(own, lambda f: isinstance(f, ReplicaCreated))


def _since_ready(own: Sequence[Recorded[Fact]]) -> Recorded[Fact] | None:
    for recorded in reversed(own):
        if isinstance(recorded.fact, BecameReady):
            return None
        if isinstance(recorded.fact, ReplicaLeaving | Restarted | ReplicaKilled):
            return recorded
        if isinstance(recorded.fact, ProbeFailed) and recorded.fact.probe == "readiness":
            return recorded
    return None


def _told_to_leave(own: Sequence[Recorded[Fact]], before: Sequence[Recorded[Fact]]) -> Recorded[Fact] | None:
    """Find our write that a replica leaves because of: one that came after its birth, or a hand that scaled it away."""
    birth = _birth(own)
    drifted = _last(before, lambda f: isinstance(f, Drifted) and any(c.path == "spec.replicas" for c in f.changes))
    written = _write(before, Kind.DEPLOYMENT.value)
    newest = max((found for found in (drifted, written) if found), key=lambda r: r.position, default=None)
    return newest if newest and birth and newest.position > birth.position else None


def _of_an_object(fact: Fact, before: Sequence[Recorded[Fact]]) -> Recorded[Fact] | None:
    match fact:
        case RolloutProgressed() | ReplicasRefused():
            return _write(before, Kind.DEPLOYMENT.value)
        case Scaled():
            return _write(before, Kind.AUTOSCALER.value)
        case DriftEnded(ref):
            return _last(before, lambda f: isinstance(f, Succeeded | Drifted) and f.ref == ref)
        case ObjectVanished(ref) | ObjectLeaving(ref):
            return _removal(before, ref)
        case Succeeded() | Failed() | Unknown() | NotAttempted():
            return _last(before, lambda f: isinstance(f, Decided) and any(a.id == fact.action for a in f.actions))
        case _:
            return None


def _write(before: Sequence[Recorded[Fact]], kind: str) -> Recorded[Fact] | None:
    return _last(before, lambda f: isinstance(f, Succeeded) and f.ref.kind == kind and f.effect != "found")


def _removal(before: Sequence[Recorded[Fact]], ref: ObjectRef) -> Recorded[Fact] | None:
    """Find our own removal of an object, where it is what happened to it last."""
    removed = {
        action.id
        for recorded in before
        if isinstance(recorded.fact, Decided)
        for action in recorded.fact.actions
        if isinstance(action, Remove) and action.ref == ref
    }
    last = _last(before, lambda f: isinstance(f, OUTCOMES) and f.ref == ref)
    return last if last and isinstance(last.fact, OUTCOMES) and last.fact.action in removed else None


def _last(facts: Sequence[Recorded[Fact]], fits: Callable[[Fact], bool]) -> Recorded[Fact] | None:
    return next((recorded for recorded in reversed(facts) if fits(recorded.fact)), None)


def _end(here: Recorded[Fact]) -> tuple[Root, str]:
    fact, who = here.fact, here.circumstances.who
    if isinstance(fact, ORDERS):
        surety = "proved" if who.surety == "authenticated" else "claimed, not proved"
        return "person", f"{who.name} ordered it ({surety})"
    if isinstance(fact, Drifted | UnmanagedSeen | ScaledByHand):
        named = {fact.manager} if isinstance(fact, ScaledByHand) else {change.manager for change in fact.changes}
        managers = sorted(named - {"", "unknown"})
        hands = f"field manager {', '.join(managers)}" if managers else "someone whom the API server did not name"
        return "cluster", f"it was done on the cluster by {hands}, not by Deadreckon"
    if isinstance(fact, ObjectVanished | ObjectLeaving):
        return "unknown", "someone else deleted it; who it was stands in the API server's audit log only"
    if here.stream.startswith("replica/"):
        return "cluster", "the cluster did it of itself, or by other hands; nothing in the ledger led to it"
    if isinstance(fact, Decided | Succeeded | Failed | Unknown | NotAttempted):
        return "unknown", "what led to it is not in the ledger"
    return "cluster", "it was seen on the cluster; nothing in the ledger led to it"


def telling(facts: Sequence[Recorded[Fact]]) -> Recorded[Fact] | None:
    """Choose the fact that tells most about how a deployment is now: the newest verdict, trouble or order about it."""
    leaving = {recorded.stream for recorded in facts if isinstance(recorded.fact, ReplicaLeaving)}
    for recorded in reversed(facts):
        fact = recorded.fact
        if isinstance(fact, BecameUnready) and recorded.stream in leaving:
            continue  # what leaves is not ready any more: that is no trouble
        if isinstance(fact, TELLING):
            return recorded
        if isinstance(fact, Decided) and fact.findings:
            return recorded
        if isinstance(fact, ReplicaUnschedulable | ProbeFailed) or _bad_wait(fact):
            return recorded
    return facts[-1] if facts else None


def _bad_wait(fact: Fact) -> bool:
    return isinstance(fact, ReplicaWaiting) and fact.reason not in {"ContainerCreating", "PodInitializing"}
