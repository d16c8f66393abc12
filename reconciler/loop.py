"""The loop: record what was seen, decide what to do, have it done, record what came of it; one round after the other.

All of an engine's thinking happens here, in one thread, on one fold of the ledger. Only performing is handed out (to the
crew), and only after the intents are recorded. An engine that cannot record does not act.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from domain.actions import Action, Decided, HandOver, Remove, Succeeded, Unknown, mark_of
from domain.audit import RequestWitnessed
from domain.bounds import flaw_in_note
from domain.cluster import ApiServerUnheard, Bound, ImitationSeen, RewindAccepted, TookLead
from domain.deployment import Deployment
from domain.errors import Conflict, NotLeading, Rejected, Unfit, Unreachable, Unsound
from domain.facts import Fact, actions_stream, cluster_stream, replica_stream, seen_stream
from domain.marks import Signer
from domain.nodes_seen import NodeFact
from domain.objects import Manifest, Mark, ObjectRef
from domain.observe import News, observe
from domain.observe_requests import Ground
from domain.ports import Clock, Cluster, Feed, Ledger, NewId
from domain.record import Append, Circumstances, Document, Lease, Noted, Recorded, Who
from domain.recordable import MOST_FACTS, within
from domain.replica import ProbesAnswered, ReplicaUnsteady
from domain.seen import Settlement
from domain.shared_seen import SharedFact
from domain.sightings import Glance
from domain.unsound import NONSENSE, ObservationRefused
from reconciler.crew import Crew, Report
from reconciler.handing_over import handing_over
from reconciler.literals import Literals
from reconciler.memory import Draft, Memory
from reconciler.perform import Done, Task, perform_all, resolve
from reconciler.plan import Plan, plan
from reconciler.policy import DECIDER, Policy
from reconciler.recorder import ROUND, Circumspection, Recorder
from reconciler.request_duration import Estimate, duration_news
from reconciler.requests import AUDIT_LOG, Audited, AuditSource, NoSource, Witness, ground_of, of_the_log
from reconciler.serving import Serving
from reconciler.settlements import Settlements
from reconciler.sieve import Pair, Refusals, fit_frames, sifted
from reconciler.timers import Timers

PAGE = 500
INTENTS = 200
"""Decisions recorded in one round at most: thousands at once would outlast the lease."""
PLACES_KEPT = timedelta(seconds=60)
"""How often the watches' places are kept while there is no fact to keep them with."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this engine is: its name (host and process), its build, and whether it only observes."""

    name: str
    build: str = ""
    observing: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    """How long leadership lasts without renewal, in seconds, and how often it is renewed."""

    lease: float = 10.0
    renewal: float = 3.0

    @classmethod
    def of(cls, lease: float) -> Self:
        """Renew often enough that two renewals may be lost."""
        return cls(lease, lease * 0.3)


_TOLD_ONLY = TookLead | ImitationSeen | RequestWitnessed | ApiServerUnheard | NodeFact | SharedFact
"""Facts about all that change no decision: a cluster of thousands of nodes must not set all deployments thinking."""
Told = Callable[[Sequence[Recorded[Fact]]], None]
"""Is told all facts as they are folded: for screens and metrics."""


def _nobody(_: Sequence[Recorded[Fact]]) -> None:
    """Tell nobody."""


def _nothing_measured() -> tuple[Estimate, ...]:
    """Measure nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Witnessed:
    """Answers of a replica (its uid) to its health checks, one for one, as they were read at a time; of a flood, their number."""

    subject: str
    replica: str
    fact: ProbesAnswered | ReplicaUnsteady
    at: datetime


def _nothing_witnessed() -> tuple[Witnessed, ...]:
    """Witness nothing."""
    return ()


def _nothing_looked_at() -> tuple[Glance, ...]:
    """Look at nothing."""
    return ()


class Loop:
    """One engine's mind. `step` does one round; whoever hosts it says when (threads in `adapters.engine`, or a simulation)."""

    def __init__(  # noqa: PLR0913 (its ports; named by the caller)
        self,
        ledger: Ledger,
        cluster: Cluster,
        crew: Crew,
        *,
        clock: Clock,
        new_id: NewId,
        identity: Identity,
        policy: Policy,
        patience: Patience | None = None,
        told: Told | None = None,
    ) -> None:
        """Begin as a stand-by that remembers nothing."""
        self.ledger, self.cluster, self.crew = ledger, cluster, crew
        self.clock, self.new_id = clock, new_id
        self.identity, self.policy, self.patience = identity, policy, patience or Patience()
        self._told = told or _nobody
        self.memory = Memory()
        self.timers = Timers()
        self.lease: Lease | None = None
        self.feed: Feed | None = None
        self.settlements = Settlements(ledger)
        self._literals = Literals(ledger)
        self.recorder = Recorder()
        self._signer = Signer(ledger.digest)
        self.measured: Callable[[], Sequence[Estimate]] = _nothing_measured
        """Gives what was newly measured of how long requests take; set by who hosts a gauge."""
        self.witnessed: Callable[[], Sequence[Witnessed]] = _nothing_witnessed
        """Gives what relays newly told of replicas' health checks; set likewise."""
        self.audit: AuditSource = NoSource()
        """Gives what the API server's audit log tells; set by who hosts one."""
        self._witness = Witness(self.memory.acts)
        self._serving = Serving()
        self.looked: Callable[[], Sequence[Glance]] = _nothing_looked_at
        """Gives what was seen apart from the watches; set likewise."""
        self._renewal = timedelta(seconds=self.patience.renewal)
        self._renew_at: datetime | None = None
        self._vacancy: Lease | None = None
        """What the first lease told that led to no lead yet: those after it only know of our own tries."""
        self._telling = Refusals()
        """What is being told as left out; forgotten with the lead, since it may not have come to be recorded."""
        self._places: dict[str, str] = {}
        self._places_kept: datetime | None = None
        self._due: set[str] = set()
        self._changed: set[str] = set()
        """Deployments that facts were about since it was last judged who is served."""
        self._at_work: set[str] = set()
        self._cluster_uid = ""
        self._policy_digest = ""

    # --- one round

    def step(self) -> bool:
        """Do one round; tell whether it found anything to do. Raises Unreachable when the ledger cannot be reached."""
        moved = self._catch_up()
        try:
            if not self._lead():
                return moved
            recorded = self._record()
            decided = self._decide()
        except (NotLeading, Conflict):
            self.step_down()
            return True
        except (Unreachable, Unsound):
            # What was taken from the crew and the feed may not stand in the ledger: it is found out anew.
            self.step_down()
            raise
        return moved or recorded or decided

    @property
    def leading(self) -> bool:
        """Tell whether the lease is held and has not run out by this engine's own clock."""
        if self.lease is None or self._renew_at is None:
            return False
        return self.clock() < self._renew_at + timedelta(seconds=self.patience.lease - self.patience.renewal)

    def step_down(self) -> None:
        """Stop recording and acting; what is under way will be resolved by whoever leads next."""
        if self.feed is not None:
            self.feed.close()
        self.lease, self.feed, self._renew_at = None, None, None
        # Whoever leads looks at everything first: a stand-by's old times would wake it for nothing, again and again.
        self.recorder, self.timers, self._places, self._telling = Recorder(), Timers(), {}, Refusals()
        self._serving = Serving()
        self.audit.forget()
        self._witness = Witness(self.memory.acts)

    def resign(self) -> None:
        """Record what has been done, begin nothing new, and give leadership up: a stand-by need not wait for the lease."""
        lease = self.lease
        try:
            if self.leading:
                self._catch_up()
                self._record_outcomes(self.crew.reports())
        except (NotLeading, Conflict):
            pass  # whoever leads now finds it out
        finally:
            self.step_down()
            if lease is not None:
                self.ledger.release(lease)

    def wake_at(self) -> datetime | None:
        """Give the time at which a round is due even if nothing happens."""
        times = (self.timers.first(), self._renew_at, self.recorder.calm.wake_at(), self._serving.wake_at())
        return min((time for time in times if time is not None), default=None)

    # --- remembering

    def _catch_up(self) -> bool:
        moved = False
        while facts := self.ledger.tail(self.memory.position, PAGE):
            self._fold(facts)
            moved = True
            if len(facts) < PAGE:
                break
        return moved

    def _fold(self, facts: tuple[Recorded[Fact], ...]) -> None:
        touched = self.memory.take(facts)
        self._due |= touched
        self._changed |= touched
        self._react(facts)
        self._told(facts)

    def _react(self, facts: tuple[Recorded[Fact], ...]) -> None:
        """Attend to the few facts that concern more than one deployment."""
        everywhere = [r for r in facts if "/" not in r.circumstances.subject and not r.stream.startswith("project/")]
        if any(not isinstance(r.fact, _TOLD_ONLY) for r in everywhere) or any(r.stream.startswith("project/") for r in facts):
            self._due |= set(self.memory.subjects())
        if self.feed is not None and any(isinstance(r.fact, RewindAccepted) for r in facts):
            self.feed.close()
            self.feed = self.cluster.follow(self.ledger.identity, {})

    # --- leading

    def _lead(self) -> bool:
        now = self.clock()
        if self.lease is not None and self._renew_at is not None and timedelta(0) < self._renew_at - now <= self._renewal:
            return True  # a clock that was set back makes it renewed at once
        if self.lease is not None and not self.leading:
            self.step_down()  # it ran out while this engine slept: it is taken anew, on record, or by another
        lease = self.ledger.lead(self.identity.name, self.patience.lease)
        if lease is None or (self.lease is not None and lease.epoch != self.lease.epoch):
            self.step_down()
        if lease is None:
            self._vacancy = None
            return False
        self._renew_at = now + self._renewal
        if self.lease is None:
            self._take_lead(lease)
        return True

    def _take_lead(self, lease: Lease) -> None:
        self._vacancy = self._vacancy or lease
        self._catch_up()
        try:
            self._bind(lease)
        except (Unreachable, Rejected, Unfit, Unsound):
            # A stand-by that reaches the right cluster, and may look at it, shall not wait for this one.
            with suppress(Unreachable):
                self.ledger.release(lease)
            raise
        self.lease, self._vacancy = lease, None
        self._policy_digest = self.ledger.digest(self.policy.document())
        self._due |= set(self.memory.subjects())
        self.feed = self.cluster.follow(self.ledger.identity, self.ledger.places())

    def _bind(self, lease: Lease) -> None:
        """Bind the ledger to this cluster the first time, and refuse any other ever after."""
        self._cluster_uid = self.cluster.identity()
        bound = self.memory.world.cluster
        if bound not in {"", self._cluster_uid}:
            ours = f"{bound} ({self.memory.world.description})"
            message = f"this ledger belongs to the cluster {ours}, and this is {self._cluster_uid} ({self.cluster.description})"
            raise Unfit(message, "name the cluster that it began with, or begin a new ledger")
        facts: list[Fact] = [self._took_lead(lease)]
        if not bound:
            cluster = self.cluster
            facts.insert(0, Bound(self._cluster_uid, self.ledger.identity, cluster.description, cluster.simulated))
        stream = cluster_stream(self._cluster_uid)
        notes = tuple(Noted(fact, self._circumstances("")) for fact in facts)
        documents = [Document(self.ledger.digest(self.policy.document()), self.policy.document())]
        self.ledger.append([Append(stream, self.memory.version(stream), notes)], documents=documents, lease=lease)
        self._catch_up()

    def _took_lead(self, lease: Lease) -> TookLead:
        identity, before = self.identity, self._vacancy or lease
        return TookLead(
            identity.name,
            lease.epoch,
            identity.observing,
            build=identity.build,
            unled_since=before.unled_since,
            lost_by=before.lost_by,
        )

    # --- recording

    def _record(self) -> bool:
        reports = self.crew.reports()
        if reports:
            self._record_outcomes(reports)
        assert self.feed is not None, "who leads has a feed"
        glances = self._fit_frames((*self.feed.take(min(PAGE, self.recorder.room)), *self.looked()))
        glances = self._serving.take(glances)
        if glances or self.recorder.has_more(self.clock()):
            glances = self.recorder.ready(glances, Circumspection(self.memory.fleet, self._busy(), self.clock()))
        if glances:
            self._record_sightings(glances)
        estimates = self.measured()
        if estimates:
            self._record_estimates(estimates)
        witnessed = self.witnessed()
        if witnessed:
            self._record_witnessed(witnessed)
        audited = self.audit.take()
        if audited:
            self._record_requests(audited)
        served = self._record_serving()
        return bool(reports or glances or estimates or witnessed or audited or served)

    def _busy(self) -> AbstractSet[ObjectRef]:
        """Give the objects that an action without an outcome is about, whoever decided it."""
        return self.memory.busy

    def _record_outcomes(self, reports: tuple[Report, ...]) -> None:
        notes: dict[str, tuple[Noted[Fact], ...]] = {}
        documents: list[Document] = []
        for report in reports:
            self._at_work.discard(report.subject)
            if report.error is not None:
                self.timers.again(report.subject, self.clock(), self.policy)
                continue
            self.timers.forget(report.subject)
            self._due.add(report.subject)
            deployment = self.memory.deployment(report.subject)
            assert deployment is not None, "only what was folded is acted upon"
            # After a change of leader someone else may have resolved it: every action has one outcome.
            fresh = [done for done in report.done if done.outcome.action in deployment.pending]
            if fresh:
                told = tuple(self._outcome(report.subject, done, documents) for done in fresh)
                notes[actions_stream(report.subject)] = told
        self._append(notes, documents)

    def _outcome(self, subject: str, done: Done, documents: list[Document]) -> Noted[Fact]:
        outcome = done.outcome
        cause = self.memory.thread(subject).decisions.get(outcome.action, "")
        if done.settled and isinstance(outcome, Succeeded):
            document = Document(self.ledger.digest(done.settled), done.settled)
            documents.append(document)
            self.settlements.keep(document.digest, Settlement.of(done.settled))
            outcome = replace(outcome, settled=document.digest)
        noted = Noted(outcome, self._circumstances(subject, cause=cause))
        flaw = flaw_in_note(noted)
        if flaw is None:
            return noted
        # Every action has an outcome. What cannot be kept of it is not known: the next round looks what stands there.
        return replace(noted, fact=Unknown(outcome.action, outcome.ref, f"what came of it cannot be kept: {flaw}"))

    def _record_sightings(self, glances: tuple[Glance, ...]) -> None:
        """Append what the glances tell. Each is judged on the fold of all before it, so that nothing is told twice."""
        draft = Draft(self.memory, self.clock())
        notes: dict[str, tuple[Noted[Fact], ...]] = {}
        for seen, glance in enumerate(glances, 1):
            told = observe(
                draft.fleet,
                self._literals.masked(glance, draft.fleet),
                self.settlements.look_up,
                genuine=self._signer.genuine,
                world=draft.world,
                cluster=self._cluster_uid,
                head=self.memory.position,
            )
            for news, noted in self._noted(told, seen_at=glance.at):
                draft.take(news, noted)
                notes[news.stream] = (*notes.get(news.stream, ()), noted)
            if sum(map(len, notes.values())) >= ROUND:
                self.recorder.give_back(glances[seen:])
                glances = glances[:seen]
                break
        self._places |= self.recorder.advance(glances)
        if notes:
            self._append(notes, (), self._places)
        elif self._places and (self._places_kept is None or self.clock() - self._places_kept >= PLACES_KEPT):
            # A watch that only moves on must not look, after a restart, like one that missed something.
            self.ledger.append((), places=self._places, lease=self.lease)
        else:
            return
        self._places, self._places_kept = {}, self.clock()

    def _record_serving(self) -> bool:
        """Append what is new of who is served, and of others' objects that take what is ours; judged on what is folded by now."""
        names = [self.memory.object_name(subject) for subject in self._changed]
        self._changed = set()
        notes: dict[str, tuple[Noted[Fact], ...]] = {}
        for told, since in self._serving.news(self.memory.fleet, names, self.settlements.look_up, self.clock()):
            for news, noted in self._noted([told], seen_at=since):
                notes[news.stream] = (*notes.get(news.stream, ()), noted)
        self._append(notes)
        return bool(notes)

    def _record_estimates(self, estimates: Sequence[Estimate]) -> None:
        """Append what is new of how long requests take: an autoscaler is told only what stands in the ledger."""
        notes: dict[str, tuple[Noted[Fact], ...]] = {}
        for estimate in estimates:
            deployment = self.memory.deployment(estimate.subject)
            fact = duration_news(deployment, estimate) if deployment else None
            told = [News(seen_stream(estimate.subject), estimate.subject, fact)] if fact is not None else []
            for news, noted in self._noted(told, seen_at=estimate.at):
                notes[news.stream] = (*notes.get(news.stream, ()), noted)
        self._append(notes)

    def _record_witnessed(self, witnessed: Sequence[Witnessed]) -> None:
        """Append the answers to health checks of replicas that are known."""
        notes: dict[str, tuple[Noted[Fact], ...]] = {}
        for told in witnessed:
            deployment = self.memory.deployment(told.subject)
            if deployment is not None and told.replica in deployment.replicas:
                fact = News(replica_stream(told.replica), told.subject, told.fact)
                for news, noted in self._noted([fact], seen_at=told.at):
                    notes[news.stream] = (*notes.get(news.stream, ()), noted)
        self._append(notes)

    def _record_requests(self, audited: Sequence[Audited]) -> None:
        """Append what the API server's audit log tells of others, with the place to which it was read."""
        draft, notes = Draft(self.memory, self.clock()), dict[str, tuple[Noted[Fact], ...]]()
        ground = ground_of(self.memory.fleet, self.memory.world)
        for read in audited:
            of_log = of_the_log(read, self._cluster_uid)
            for news in (*of_log, *self._others(read, ground, draft)):
                for one, noted in self._noted([news], seen_at=self.clock()):
                    draft.take(one, noted)
                    notes[one.stream] = (*notes.get(one.stream, ()), noted)
        place = next((read.place for read in reversed(audited) if read.place), "")
        places = {AUDIT_LOG: place} if place else {}
        if notes:
            self._append(notes, (), places)
        else:
            self._places |= places  # kept with the watches' places
        for read in audited:
            read.recorded()

    def _others(self, read: Audited, ground: Ground, draft: Draft) -> Iterator[News]:
        for request in self._witness.others(read.requests):
            news = self._witness.news(request, ground, draft.requests)
            if news is not None:
                yield replace(news, fact=self._literals.without(news.fact, self.memory.deployment(news.subject)))

    def _fit_frames(self, glances: tuple[Glance, ...]) -> tuple[Glance, ...]:
        """Give the frames that can be judged; of the others it is told, once, that they were left out."""
        sound, refused = fit_frames(glances, self.memory.fleet, self._cluster_uid)
        notes: dict[str, tuple[Noted[Fact], ...]] = {}
        for news in self._untold(refused):
            notes[news.stream] = (*notes.get(news.stream, ()), Noted(news.fact, self._circumstances(news.subject)))
        self._append(notes)
        return sound

    def _noted(self, told: Iterable[News], *, seen_at: datetime | None = None, cause: str = "") -> list[Pair]:
        """Note what was told; of what no ledger can keep it is told, once, that it was left out."""
        noted = [(news, Noted(news.fact, self._circumstances(news.subject, cause=cause, seen_at=seen_at))) for news in told]
        kept, refused = sifted(noted, self._cluster_uid)
        return [*kept, *((news, Noted(news.fact, self._circumstances(news.subject))) for news in self._untold(refused))]

    def _untold(self, refused: Iterable[News]) -> Iterator[News]:
        for news in refused:
            fact = news.fact
            assert isinstance(fact, ObservationRefused), "the sieve tells nothing else"
            if not self.memory.refusals.has(news.subject, fact) and not self._telling.has(news.subject, fact):
                self._telling.take(news.subject, fact)
                yield news

    def _append(
        self,
        notes: Mapping[str, tuple[Noted[Fact], ...]],
        documents: Sequence[Document] = (),
        places: Mapping[str, str] | None = None,
    ) -> None:
        if notes:
            if not self.leading:
                raise NotLeading(
                    f"the lease of {self.identity.name} ran out before it could record: it is taken anew, or by another"
                )
            appends = [Append(stream, self._stands_at(stream), told) for stream, told in notes.items()]
            recorded = self._written(appends, documents, places)
            if self.memory.continues(recorded):
                self._fold(recorded)  # nobody wrote in between: there is nothing to read back
            else:
                self._catch_up()

    def _written(
        self, appends: Sequence[Append[Fact]], documents: Sequence[Document], places: Mapping[str, str] | None
    ) -> tuple[Recorded[Fact], ...]:
        """Append; a stream in whose way a foreign row stands is left out, and what it is about is held. The others go on."""
        first, rest = within(appends, MOST_FACTS)
        if rest:  # the places come with the last of it: what a crash leaves out is seen again
            done = self._written(first, documents, None)
            return (*done, *self._written(rest, (), places))
        while True:
            try:
                return self.ledger.append(appends, documents=documents, places=places, lease=self.lease)
            except Unsound as unsound:
                blocked = [append for append in appends if append.stream == unsound.stream]
                if not blocked:
                    raise
                for append in blocked:
                    self.memory.hold(append.notes[0].circumstances.subject, unsound.message)
                appends = [append for append in appends if append.stream != unsound.stream]

    def _stands_at(self, stream: str) -> int:
        known = self.memory.version(stream)
        if known or not stream.startswith("replica/"):
            return known
        # A replica that was taken for gone is forgotten; should its pod be seen again, its stream goes on.
        return max((recorded.version for recorded in self.ledger.read(stream)), default=0)

    # --- deciding

    def _decide(self) -> bool:
        now = self.clock()
        subjects = (self._due | self.timers.due(now)) - self._at_work
        self._due &= self._at_work
        plans: dict[str, Plan] = {}
        for subject in sorted(subjects):
            deployment = self.memory.deployment(subject)
            if deployment is None:
                continue
            if deployment.pending:
                if not self.timers.waiting(subject, now):
                    self._resolve(deployment)
                continue
            try:
                made = plan(deployment, self.memory.world, ledger=self.ledger.identity, now=now, policy=self.policy)
            except NONSENSE as error:
                self.memory.hold(subject, f"nothing can be decided on what the ledger says of it: {error!r}")
                continue
            self.timers.look_again(subject, made.wake_at)
            if made:
                plans[subject] = made
        self._due |= set(list(plans)[INTENTS:])
        if plans:
            self._intend(dict(list(plans.items())[:INTENTS]), now)
        return bool(plans)

    def _intend(self, plans: Mapping[str, Plan], now: datetime) -> None:
        """Append the intents; only when they stand in the ledger are they handed to the crew."""
        position = self.memory.position
        notes: dict[str, tuple[Noted[Fact], ...]] = {}
        for subject, made in plans.items():
            decided = Decided(position, now, DECIDER, self._policy_digest, made.actions, made.findings)
            cause = self.memory.thread(subject).last
            for news, noted in self._noted([News(actions_stream(subject), subject, decided)], cause=cause):
                notes[news.stream] = (*notes.get(news.stream, ()), noted)
        self._append(notes)
        for subject, made in plans.items():
            if actions_stream(subject) not in notes:
                self.memory.hold(subject, "what was decided about it cannot be kept: see its events")
            elif made.actions:
                self._perform(subject)
            else:
                self._due.add(subject)

    def _perform(self, subject: str) -> None:
        marked = self._marked(subject)
        self._at_work.add(subject)
        self.crew.start(subject, lambda: perform_all(self._tasks(marked), self.cluster, lambda: self.leading))

    def _resolve(self, deployment: Deployment) -> None:
        """Find out what became of actions that another engine, or this one before a crash, left without an outcome."""
        subject = deployment.key.subject
        marked = self._marked(subject)
        self._at_work.add(subject)
        self.crew.start(subject, lambda: tuple(resolve(task, self.cluster) for task in self._tasks(marked)))

    def _marked(self, subject: str) -> tuple[tuple[Action, Mark], ...]:
        deployment = self.memory.deployment(subject)
        assert deployment is not None, "only what was folded is acted upon"
        ledger, timeline = self.ledger.identity, self.memory.world.timeline
        return tuple(
            (pending.action, mark_of(ledger, pending.action, timeline=timeline, position=pending.position))
            for pending in deployment.pending.values()
        )

    def _tasks(self, marked: tuple[tuple[Action, Mark], ...]) -> tuple[Task, ...]:
        """Look the manifests up, in the crew's time: for thousands at once the loop would lose its lease over it."""
        return tuple(self._task(action, mark) for action, mark in marked)

    def _task(self, action: Action, mark: Mark) -> Task:
        try:
            return Task(action, mark, self._manifest(action), self._signer)
        except Unsound as unsound:
            return Task(action, mark, None, self._signer, unsound=unsound.message)

    def _manifest(self, action: Action) -> Manifest | None:
        if isinstance(action, Remove):
            return None
        if isinstance(action, HandOver):
            return handing_over(action)
        body = self.ledger.document(action.body)
        return Manifest(action.ref, body.decode()) if body is not None else None

    def _circumstances(self, subject: str, *, cause: str = "", seen_at: datetime | None = None) -> Circumstances:
        return Circumstances(
            id=self.new_id(),
            who=Who(self.identity.name, "engine"),
            subject=subject,
            cause=cause,
            correlation=self.memory.thread(subject).correlation,
            observed_at=seen_at,
            observed_by=self.identity.name if seen_at else "",
            build=self.identity.build,
        )
