"""Requests of others, as the API server's audit log tells them: which become facts. Ours are known by the actions they are of."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from domain.actions import Action, Decided, Outcome
from domain.audit import Requests, RequestWitnessed
from domain.cluster import ObservationGap
from domain.facts import Fact, audited_stream, cluster_stream
from domain.observe import News
from domain.observe_requests import ManagedScope, Tally, subject_of, worth
from domain.ownership import Fleet
from domain.project import shared_namespace
from domain.record import Recorded
from domain.unsound import ObservationRefused
from domain.world import World

AUDIT_LOG = "audit-log"
"""Under which the place is kept to which the audit log was read, beside the places of the watches."""
GAP_KIND = "AuditLog"
_ACTIONS = 20_000
_SEEN = 4096
_EARLY, _LATE = timedelta(seconds=30), timedelta(minutes=2)
"""A request with an action's id is ours from shortly before it was decided until shortly after its outcome came on record."""


@dataclass(frozen=True, slots=True)
class AuditBatch:
    """What came of an audit log in one go. `recorded` is to be called once all of it is on record."""

    requests: tuple[RequestWitnessed, ...]
    place: str = ""
    gap: tuple[datetime | None, datetime, str] | None = None
    flaw: str = ""
    recorded: Callable[[], None] = lambda: None


class AuditSource(Protocol):
    """Gives what the API server's audit log tells, to an engine that leads."""

    def take(self) -> Sequence[AuditBatch]:
        """Give what came in; never blocks."""
        ...

    def forget(self) -> None:
        """Begin anew from the place on record: what was taken may not have come to be recorded."""
        ...


class NoSource:
    """Where no audit log was named."""

    def take(self) -> Sequence[AuditBatch]:
        """Give nothing."""
        return ()

    def forget(self) -> None:
        """Forget nothing."""


@dataclass(slots=True)
class _Act:
    action: Action
    since: datetime
    until: datetime | None = None
    used: bool = False


@dataclass(slots=True)
class RecentActions:
    """The newest actions, whoever decided them, and when they were under way."""

    known: OrderedDict[str, _Act] = field(default_factory=OrderedDict[str, _Act])

    def take(self, recorded: Recorded[Fact]) -> None:
        """Take a fact in."""
        fact = recorded.fact
        if isinstance(fact, Decided):
            for action in fact.actions:
                self.known[action.id] = _Act(action, recorded.recorded_at)
            while len(self.known) > _ACTIONS:
                self.known.popitem(last=False)
        elif isinstance(fact, Outcome) and (act := self.known.get(fact.action)) is not None:
            act.until = act.until or recorded.recorded_at

    def ours(self, request: RequestWitnessed) -> bool:
        """Tell whether a request is an action's: of its id, on its object, in its time, and the first such one.

        An action's id stands on the object that it wrote, for everybody to read: whoever uses it again is another.
        """
        act = self.known.get(request.audit_id)
        if act is None or act.used or request.acting_as or act.action.ref != request.ref:
            return False
        within = act.since - _EARLY <= request.at and (act.until is None or request.at <= act.until + _LATE)
        act.used = act.used or (within and request.succeeded)
        return within


class Witness:
    """Says which requests are told: those of others, on what is ours, each once."""

    def __init__(self, recent_actions: RecentActions) -> None:
        """Begin with nothing seen."""
        self._acts, self._tally = recent_actions, Tally()
        self._seen: OrderedDict[tuple[str, str, datetime], None] = OrderedDict()

    def others(self, requests: Sequence[RequestWitnessed]) -> list[RequestWitnessed]:
        """Leave out what is ours, what is never told, and what was seen already."""
        return [request for request in requests if not self._acts.ours(request) and worth(request) and self._first(request)]

    def _first(self, request: RequestWitnessed) -> bool:
        if request.identity in self._seen:
            return False
        self._seen[request.identity] = None
        if len(self._seen) > _SEEN:
            self._seen.popitem(last=False)
        return True

    def news(self, request: RequestWitnessed, scope: ManagedScope, told_of: Callable[[str], Requests]) -> News | None:
        """Give the fact that a request makes now, beside what was told of its subject; None where it makes none."""
        subject = subject_of(scope, request)
        told = told_of(subject) if subject is not None else Requests()
        if subject is None or told.knows(request):
            return None
        counted = self._tally.telling(subject, request, told)
        return News(audited_stream(subject), subject, counted) if counted else None


def managed_scope(fleet: Fleet, world: World) -> ManagedScope:
    """Say where what is ours stands."""
    return ManagedScope.of(fleet, frozenset({shared_namespace(world.ledger)} if world.ledger else ()))


def of_the_log(read: AuditBatch, cluster: str) -> list[News]:
    """Give what is to be told of the log itself: what is missing of it, and what could not be read."""
    stream, told = cluster_stream(cluster), list[News]()
    if read.gap is not None:
        since, until, why = read.gap
        told.append(News(stream, "", ObservationGap(GAP_KIND, since, until, why)))
    if read.flaw:
        told.append(
            News(stream, "", ObservationRefused("an entry of the audit log", "it", read.flaw, "the API server's audit log"))
        )
    return told
