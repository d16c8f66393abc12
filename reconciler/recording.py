"""Recording: what came in since the last round becomes facts, appended in one transaction for each kind of source.

What was seen is judged on the fold, and appended before anything is decided on it. What no ledger can keep is left out, and
that is told; what an action without an outcome may have done waits for the outcome (`reconciler.hold_back`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.actions import Succeeded, Unknown
from domain.bounds import flaw_in_note
from domain.cluster_ports import Feed
from domain.facts import Fact, actions_stream, replica_stream, seen_stream
from domain.marks import Signer
from domain.objects import ObjectRef
from domain.observations import WatchEvent
from domain.observe import News, observe
from domain.observe_requests import ManagedScope
from domain.record import Document, UncommittedFact
from domain.replica import ProbesAnswered, ReplicaUnsteady
from domain.seen import AppliedState
from reconciler.applied_states import AppliedStates
from reconciler.hold_back import ROUND, HoldBackBuffer, RecordingContext
from reconciler.ledger_tail import PAGE, LedgerTail, Notes
from reconciler.masking import Masking
from reconciler.memory import Draft
from reconciler.perform import Done
from reconciler.recordable_filter import fit_frames
from reconciler.request_duration import Estimate, duration_news
from reconciler.requests import AUDIT_LOG, AuditBatch, AuditSource, NoSource, Witness, managed_scope, of_the_log
from reconciler.serving import Serving

WATCH_POSITIONS_KEPT = timedelta(seconds=60)
"""How often the watches' places are kept while there is no fact to keep them with."""


@dataclass(frozen=True, slots=True)
class ProbeAnswersRead:
    """Answers of a replica (its uid) to its health checks, one for one, as they were read at a time; of a flood, their number."""

    subject: str
    replica: str
    fact: ProbesAnswered | ReplicaUnsteady
    at: datetime


def nothing() -> tuple[()]:
    """Give nothing: there is no such source."""
    return ()


@dataclass(frozen=True, slots=True)
class Inputs:
    """What comes in beside the watches. Each gives what is new since it was last asked, and never blocks."""

    measured: Callable[[], Sequence[Estimate]] = nothing
    """How long requests take."""
    witnessed: Callable[[], Sequence[ProbeAnswersRead]] = nothing
    """What relays tell of replicas' health checks."""
    looked: Callable[[], Sequence[WatchEvent]] = nothing
    """What is looked at now and then, since it may not be watched."""
    audit: AuditSource = field(default_factory=NoSource)
    """What the API server's audit log tells."""


class Recording:
    """What one engine sees, on its way into the ledger; for who leads."""

    def __init__(self, tail: LedgerTail, inputs: Inputs | None = None) -> None:
        """Begin with nothing seen, and no feed."""
        self.tail, self.inputs = tail, inputs or Inputs()
        self.feed: Feed | None = None
        """What is seen of the cluster; None while another leads."""
        self.applied_states = AppliedStates(tail.ledger)
        self.masking = Masking(tail.ledger)
        self._signer = Signer(tail.ledger.digest)
        self._clock = tail.leadership.clock
        self._watch_positions_kept: datetime | None = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.hold_back = HoldBackBuffer()
        self._serving = Serving()
        self._witness = Witness(self.tail.memory.recent_actions)
        self._watch_positions: dict[str, str] = {}

    def close_feed(self) -> None:
        """End the watches, if there are any."""
        if self.feed is not None:
            self.feed.close()
        self.feed = None

    def stop(self) -> None:
        """Close the feed and forget what is not recorded: whoever leads next sees it anew."""
        self.close_feed()
        self._begin_anew()
        self.tail.forget_telling()
        self.inputs.audit.forget()

    def wake_at(self) -> datetime | None:
        """Give the time at which something that waits is to be looked at again."""
        times = (self.hold_back.damper.wake_at(), self._serving.wake_at())
        return min((time for time in times if time is not None), default=None)

    def record(self) -> bool:
        """Append what came in since the last round; tell whether there was anything."""
        assert self.feed is not None, "who leads has a feed"
        tail, inputs = self.tail, self.inputs
        watch_events = self._fit_frames((*self.feed.take(min(PAGE, self.hold_back.room)), *inputs.looked()))
        watch_events = self._serving.take(watch_events)
        if watch_events or self.hold_back.has_more(self._clock()):
            watch_events = self.hold_back.ready(watch_events, RecordingContext(tail.memory.fleet, self._busy(), self._clock()))
        if watch_events:
            self._record_observations(watch_events)
        estimates = inputs.measured()
        if estimates:
            self._record_estimates(estimates)
        witnessed = inputs.witnessed()
        if witnessed:
            self._record_witnessed(witnessed)
        audited = inputs.audit.take()
        if audited:
            self._record_requests(audited)
        served = self._record_serving()
        return bool(watch_events or estimates or witnessed or audited or served)

    def record_outcomes(self, done: Mapping[str, Sequence[Done]]) -> None:
        """Append what came of actions, by deployment, with what the server returned to each write."""
        documents: list[Document] = []
        notes: Notes = {}
        for subject, each in done.items():
            notes[actions_stream(subject)] = tuple(self._outcome(subject, one, documents) for one in each)
        self.tail.append(notes, documents)

    def _outcome(self, subject: str, done: Done, documents: list[Document]) -> UncommittedFact[Fact]:
        outcome = done.outcome
        cause = self.tail.memory.causal_context(subject).decisions.get(outcome.action, "")
        if done.settled and isinstance(outcome, Succeeded):
            document = Document(self.tail.ledger.digest(done.settled), done.settled)
            documents.append(document)
            self.applied_states.keep(document.digest, AppliedState.of(done.settled))
            outcome = replace(outcome, settled=document.digest)
        noted = self.tail.note(outcome, subject, cause=cause)
        flaw = flaw_in_note(noted)
        if flaw is None:
            return noted
        # Every action has an outcome. What cannot be kept of it is not known: the next round looks what stands there.
        return replace(noted, fact=Unknown(outcome.action, outcome.ref, f"what came of it cannot be kept: {flaw}"))

    def _busy(self) -> AbstractSet[ObjectRef]:
        """Give the objects that an action without an outcome is about, whoever decided it."""
        return self.tail.memory.busy

    def _fit_frames(self, watch_events: tuple[WatchEvent, ...]) -> tuple[WatchEvent, ...]:
        """Give the frames that can be judged; of the others it is told, once, that they were left out."""
        sound, refused = fit_frames(watch_events, self.tail.memory.fleet, self.tail.cluster_uid)
        notes: Notes = {}
        for news in self.tail.untold(refused):
            notes[news.stream] = (*notes.get(news.stream, ()), self.tail.note(news.fact, news.subject))
        self.tail.append(notes)
        return sound

    def _record_observations(self, watch_events: tuple[WatchEvent, ...]) -> None:
        """Append what the watch events tell. Each is judged on the fold of all before it, so that nothing is told twice."""
        tail = self.tail
        draft = Draft(tail.memory, self._clock())
        notes: Notes = {}
        for seen, watch_event in enumerate(watch_events, 1):
            told = observe(
                draft.fleet,
                self.masking.masked(watch_event, draft.fleet),
                self.applied_states.look_up,
                genuine=self._signer.genuine,
                world=draft.world,
                cluster=tail.cluster_uid,
                head=tail.memory.position,
            )
            for news, noted in tail.noted(told, seen_at=watch_event.at):
                draft.take(news, noted)
                notes[news.stream] = (*notes.get(news.stream, ()), noted)
            if sum(map(len, notes.values())) >= ROUND:
                self.hold_back.give_back(watch_events[seen:])
                watch_events = watch_events[:seen]
                break
        self._watch_positions |= self.hold_back.advance(watch_events)
        if notes:
            tail.append(notes, (), self._watch_positions)
        elif self._watch_positions and (
            self._watch_positions_kept is None or self._clock() - self._watch_positions_kept >= WATCH_POSITIONS_KEPT
        ):
            # A watch that only moves on must not look, after a restart, like one that missed something.
            tail.keep(self._watch_positions)
        else:
            return
        self._watch_positions, self._watch_positions_kept = {}, self._clock()

    def _record_serving(self) -> bool:
        """Append what is new of who is served, and of others' objects that take what is ours; judged on what is folded by now."""
        tail = self.tail
        names = [tail.memory.object_name(subject) for subject in tail.changed]
        tail.changed = set()
        notes: Notes = {}
        for told, since in self._serving.news(tail.memory.fleet, names, self.applied_states.look_up, self._clock()):
            self._add(notes, [told], since)
        tail.append(notes)
        return bool(notes)

    def _record_estimates(self, estimates: Sequence[Estimate]) -> None:
        """Append what is new of how long requests take: an autoscaler is told only what stands in the ledger."""
        notes: Notes = {}
        for estimate in estimates:
            deployment = self.tail.memory.deployment(estimate.subject)
            fact = duration_news(deployment, estimate) if deployment else None
            told = [News(seen_stream(estimate.subject), estimate.subject, fact)] if fact is not None else []
            self._add(notes, told, estimate.at)
        self.tail.append(notes)

    def _record_witnessed(self, witnessed: Sequence[ProbeAnswersRead]) -> None:
        """Append the answers to health checks of replicas that are known."""
        notes: Notes = {}
        for told in witnessed:
            deployment = self.tail.memory.deployment(told.subject)
            if deployment is not None and told.replica in deployment.replicas:
                self._add(notes, [News(replica_stream(told.replica), told.subject, told.fact)], told.at)
        self.tail.append(notes)

    def _record_requests(self, audited: Sequence[AuditBatch]) -> None:
        """Append what the API server's audit log tells of others, with the place to which it was read."""
        tail = self.tail
        draft, notes = Draft(tail.memory, self._clock()), Notes()
        scope = managed_scope(tail.memory.fleet, tail.memory.world)
        for read in audited:
            of_log = of_the_log(read, tail.cluster_uid)
            for news in (*of_log, *self._others(read, scope, draft)):
                for one, noted in tail.noted([news], seen_at=self._clock()):
                    draft.take(one, noted)
                    notes[one.stream] = (*notes.get(one.stream, ()), noted)
        place = next((read.place for read in reversed(audited) if read.place), "")
        watch_positions = {AUDIT_LOG: place} if place else {}
        if notes:
            tail.append(notes, (), watch_positions)
        else:
            self._watch_positions |= watch_positions  # kept with the watches' places
        for read in audited:
            read.recorded()

    def _others(self, read: AuditBatch, scope: ManagedScope, draft: Draft) -> Iterator[News]:
        for request in self._witness.others(read.requests):
            news = self._witness.news(request, scope, draft.requests)
            if news is not None:
                yield replace(news, fact=self.masking.without(news.fact, self.tail.memory.deployment(news.subject)))

    def _add(self, notes: Notes, told: Sequence[News], seen_at: datetime) -> None:
        for news, noted in self.tail.noted(told, seen_at=seen_at):
            notes[news.stream] = (*notes.get(news.stream, ()), noted)
