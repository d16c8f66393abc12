"""The match of a ledger with the API server's own audit log: every write of either side that the other lacks."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from domain.actions import Action, Decided, Failed, NotAttempted, Outcome, Succeeded, Unknown
from domain.audit import RequestWitnessed
from domain.cluster import Bound
from domain.deployment import Deployment
from domain.deployment_fold import evolve
from domain.facts import Fact
from domain.names import Key
from domain.objects import Kind, ObjectRef
from domain.observe_requests import ManagedScope, routine, subject_of, worth
from domain.project import shared_namespace
from domain.record import Recorded
from domain.replica import ReplicaCreated, ReplicaScheduled
from projections.attribution import attribution_of
from projections.traces import Trace, trace_of

_PROGRAM = "deadreckon"
"""What our requests say they are made with."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Which time an audit log covers; without an end it has all there is."""

    since: datetime | None = None
    until: datetime | None = None

    def has(self, begun: datetime, done: datetime) -> bool:
        """Tell whether all that was written between two times must stand in the log."""
        return (self.since is None or self.since <= begun) and (self.until is None or done <= self.until)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An action that says that it has written."""

    action: Action
    outcome: Outcome
    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """What does not match; all empty when ledger and audit log agree one to one."""

    unrecorded: tuple[RequestWitnessed, ...]
    """Successful writes of ours that no action in the ledger stands for."""
    unproved: tuple[Claimed, ...]
    """Actions that claim to have written and are not in the audit log."""
    denied: tuple[Claimed, ...]
    """Actions that failed for certain, although the audit log shows a success."""
    repeated: tuple[str, ...]
    """Audit-IDs that were used for more than one write."""
    outcomes: tuple[str, ...]
    """Actions that do not have exactly one outcome."""
    untold: tuple[RequestWitnessed, ...] = ()
    """Successful writes of others on what is ours that no fact in the ledger stands for."""
    matched: int = 0
    """Actions that both sides have."""
    told: int = 0
    """Writes of others that both sides have."""
    beyond: int = 0
    """Actions that claim to have written when the log does not cover it: nothing can be said of them."""

    @property
    def agrees(self) -> bool:
        """Tell whether all of our own writes agree."""
        return not (self.unrecorded or self.unproved or self.denied or self.repeated or self.outcomes)

    @property
    def whole(self) -> bool:
        """Tell whether all agrees, others' writes too."""
        return self.agrees and not self.untold


@dataclass(frozen=True, slots=True)
class Ledgered:
    """What a ledger says, laid out for the match: actions and their outcomes, whose ground it is, what is told of others."""

    actions: Mapping[str, tuple[Action, Recorded[Fact]]]
    outcomes: tuple[Claimed, ...]
    counts: Counter[str]
    scope: ManagedScope
    witnessed: frozenset[str]
    counted: Counter[str]
    """How many alike writes of others were only counted, in the fact of a later one."""
    traces: Mapping[tuple[str, str], tuple[Trace, ...]]
    """What facts show of others' requests, by the kind and namespace that they are about."""

    @property
    def spaces(self) -> frozenset[str]:
        """Give the namespaces in which what is ours stands."""
        return frozenset(self.scope.projects) | self.scope.shared


def ledgered(facts: Iterable[Recorded[Fact]]) -> Ledgered:
    """Lay a ledger out."""
    actions: dict[str, tuple[Action, Recorded[Fact]]] = {}
    told: list[Recorded[Fact]] = []
    fleet, pods = _Fleet(), dict[str, str]()
    shared, nodes, witnessed = set[str](), set[str](), set[str]()
    counted = Counter[str]()
    traces = defaultdict[tuple[str, str], list[Trace]](list)
    for recorded in facts:
        fleet.take(recorded)
        match recorded.fact:
            case Decided() as decided:
                actions.update({action.id: (action, recorded) for action in decided.actions})
            case Succeeded() | Failed() | Unknown() | NotAttempted():
                told.append(recorded)
            case Bound(ledger=ledger):
                shared.add(shared_namespace(ledger))
            case RequestWitnessed() as request:
                witnessed.add(request.audit_id)
                counted[request.likeness] += request.count - 1 if request.succeeded else 0
            case ReplicaCreated(pod=pod, namespace=namespace):
                pods[recorded.stream] = f"{namespace}/{pod}"
            case ReplicaScheduled(node=node):
                nodes.add(node)
            case _:
                pass
        trace = trace_of(recorded, pods.get(recorded.stream, ""))
        if trace is not None:
            trace = replace(trace, ref=fleet.workload(recorded)) if not trace.ref.name else trace
            traces[trace.ref.kind, trace.ref.namespace].append(trace)
    outcomes = tuple(
        Claimed(actions[r.fact.action][0], r.fact, r.position, r.recorded_at)
        for r in told
        if isinstance(r.fact, Succeeded | Failed | Unknown | NotAttempted) and r.fact.action in actions
    )
    counts = Counter(r.fact.action for r in told if isinstance(r.fact, Succeeded | Failed | Unknown | NotAttempted))
    scope = ManagedScope.of(fleet.by_name(), frozenset(shared), frozenset(nodes))
    return Ledgered(
        actions, outcomes, counts, scope, frozenset(witnessed), counted, {place: tuple(left) for place, left in traces.items()}
    )


class _Fleet:
    def __init__(self) -> None:
        self._known: dict[str, Deployment] = {}

    def take(self, recorded: Recorded[Fact]) -> None:
        subject = recorded.metadata.subject
        if "/" in subject:
            self._known[subject] = evolve(self._known.get(subject) or Deployment(Key.of(subject)), recorded)

    def workload(self, recorded: Recorded[Fact]) -> ObjectRef:
        subject = recorded.metadata.subject
        names = (self._known.get(subject) or Deployment(Key.of(subject))).names
        return ObjectRef(Kind.DEPLOYMENT.value, names.namespace, names.workload)

    def by_name(self) -> dict[str, Deployment]:
        return {deployment.names.workload: deployment for deployment in self._known.values()}


def match(
    facts: Iterable[Recorded[Fact]],
    entries: Iterable[RequestWitnessed],
    *,
    spaces: AbstractSet[str] = frozenset(),
    cover: Callable[[], Cover] = Cover,
) -> Match:
    """Compare a ledger with the writes that the API server wrote down; `spaces` are namespaces of ours beside those on record.

    `cover` tells, once all entries were read, which time they are of.
    """
    ledger = ledgered(facts)
    ours, others = _parted(entries, ledger, spaces)
    covered = cover()
    succeeded = {entry.audit_id for entry in ours if entry.succeeded}
    claims = [c for c in ledger.outcomes if isinstance(c.outcome, Succeeded) and c.outcome.wrote and c.action.id not in succeeded]
    unproved = [claim for claim in claims if covered.has(ledger.actions[claim.action.id][1].recorded_at, claim.at)]
    foreign = [entry for entry in others if _counts(entry, ledger.scope)]
    untold = [entry for entry in foreign if not _stands(entry, ledger)]
    return Match(
        unrecorded=tuple(entry for entry in ours if entry.succeeded and entry.audit_id not in ledger.actions),
        unproved=tuple(unproved),
        denied=tuple(c for c in ledger.outcomes if isinstance(c.outcome, Failed | NotAttempted) and c.action.id in succeeded),
        repeated=tuple(i for i, times in Counter(entry.audit_id for entry in ours).items() if times > 1),
        outcomes=tuple(sorted({i for i in ledger.actions if ledger.counts[i] != 1} | _strange(ledger))),
        untold=tuple(untold),
        matched=len(succeeded & set(ledger.actions)),
        told=len(foreign) - len(untold),
        beyond=len(claims) - len(unproved),
    )


def _strange(ledger: Ledgered) -> set[str]:
    return {i for i, times in ledger.counts.items() if times != 1 or i not in ledger.actions}


def _parted(
    entries: Iterable[RequestWitnessed], ledger: Ledgered, spaces: AbstractSet[str]
) -> tuple[list[RequestWitnessed], list[RequestWitnessed]]:
    """Part writes on our ground into ours, by Audit-ID or by the program and its user, and those of others."""
    spaces = ledger.spaces | spaces
    ours: list[RequestWitnessed] = []
    rest: list[RequestWitnessed] = []
    for entry in entries:
        if entry.audit_id in ledger.actions and entry.ref == ledger.actions[entry.audit_id][0].ref:
            ours.append(entry)
        elif _within(entry, spaces):
            (ours if entry.user_agent.startswith(_PROGRAM) and not entry.acting_as else rest).append(entry)
        elif entry.ref.kind == "Node":
            rest.append(entry)
    return ours, rest


def _within(entry: RequestWitnessed, spaces: AbstractSet[str]) -> bool:
    return entry.ref.namespace in spaces or (entry.ref.kind == Kind.NAMESPACE.value and entry.ref.name in spaces)


def _counts(entry: RequestWitnessed, scope: ManagedScope) -> bool:
    return entry.succeeded and worth(entry) and not routine(entry) and subject_of(scope, entry) is not None


def _stands(entry: RequestWitnessed, ledger: Ledgered) -> bool:
    """Tell whether a fact stands for another's write: the one that names it, or what was seen of it."""
    if entry.audit_id in ledger.witnessed:
        return True
    if ledger.counted[entry.likeness] > 0:
        ledger.counted[entry.likeness] -= 1
        return True
    traces = ledger.traces.get((entry.ref.kind, entry.ref.namespace), ())
    return any(attribution_of(trace, (entry,)).requests for trace in traces)
