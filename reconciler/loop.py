"""The loop: record what was seen, decide what to do, have it done, record what came of it; one round after the other.

All of an engine's thinking happens here, in one thread, on one fold of the ledger. Only performing is handed out (to the
workers), and only after the intents are recorded. An engine that cannot record does not act.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from domain.actions import Action, Decided, HandOver, Remove, mark_of
from domain.cluster_ports import Cluster
from domain.deployment import Deployment
from domain.errors import Conflict, NotLeading, Rejected, Unfit, Unreachable, Unsound
from domain.facts import actions_stream
from domain.marks import Signer
from domain.objects import Manifest, Mark
from domain.observe import News
from domain.record import Document, Lease
from domain.unsound import NONSENSE
from reconciler.binding import bind
from reconciler.handing_over import handing_over
from reconciler.ledger_tail import Notes
from reconciler.perform import Done, Task, perform_all, resolve
from reconciler.plan import Plan, plan
from reconciler.policy import DECIDER, Policy
from reconciler.recording import Recording
from reconciler.timers import Timers
from reconciler.worker_pool import JobReport, WorkerPool

INTENTS = 200
"""Decisions recorded in one round at most: thousands at once would outlast the lease."""


class Loop:
    """One engine's mind. `step` does one round; whoever hosts it says when (threads in `adapters.engine`, or a simulation)."""

    def __init__(self, recording: Recording, cluster: Cluster, workers: WorkerPool, policy: Policy) -> None:
        """Begin as a stand-by that remembers nothing."""
        self.recording, self.tail, self.leadership = recording, recording.tail, recording.tail.leadership
        self.cluster, self.workers, self.policy = cluster, workers, policy
        self.timers = Timers()
        self._clock = self.leadership.clock
        self._signer = Signer(self.tail.ledger.digest)
        self._policy_digest = ""
        self._at_work: set[str] = set()

    # --- one round

    def step(self) -> bool:
        """Do one round; tell whether it found anything to do. Raises Unreachable when the ledger cannot be reached."""
        moved = self.tail.catch_up()
        try:
            if not self._lead():
                return moved
            recorded = self._record()
            decided = self._decide()
        except (NotLeading, Conflict):
            self.step_down()
            return True
        except (Unreachable, Unsound):
            # What was taken from the workers and the feed may not stand in the ledger: it is found out anew.
            self.step_down()
            raise
        return moved or recorded or decided

    def step_down(self) -> None:
        """Stop recording and acting; what is under way will be resolved by whoever leads next."""
        self.leadership.end()
        self.recording.stop()
        # Whoever leads looks at everything first: a stand-by's old times would wake it for nothing, again and again.
        self.timers = Timers()

    def resign(self) -> None:
        """Record what has been done, begin nothing new, and give leadership up: a stand-by need not wait for the lease."""
        lease = self.leadership.lease
        try:
            if self.leadership.leading:
                self.tail.catch_up()
                self._record_outcomes(self.workers.reports())
        except (NotLeading, Conflict):
            pass  # whoever leads now finds it out
        finally:
            self.step_down()
            if lease is not None:
                self.leadership.release(lease)

    def wake_at(self) -> datetime | None:
        """Give the time at which a round is due even if nothing happens."""
        times = (self.timers.first(), self.leadership.renew_at, self.recording.wake_at())
        return min((time for time in times if time is not None), default=None)

    # --- leading

    def _lead(self) -> bool:
        if self.leadership.fresh:
            return True
        lease = self.leadership.ask()
        if self.leadership.lease is not None:
            return True
        self.recording.stop()
        self.timers = Timers()
        if lease is None:
            return False
        self._take_lead(lease)
        return True

    def _take_lead(self, lease: Lease) -> None:
        tail, policy = self.tail, self.policy.document()
        tail.catch_up()
        try:
            bind(tail, self.cluster, lease, Document(tail.ledger.digest(policy), policy))
        except (Unreachable, Rejected, Unfit, Unsound):
            # A stand-by that reaches the right cluster, and may look at it, shall not wait for this one.
            with suppress(Unreachable):
                self.leadership.release(lease)
            raise
        self.leadership.take(lease)
        self._policy_digest = tail.ledger.digest(policy)
        tail.due |= set(tail.memory.subjects())
        self._follow(tail.ledger.watch_positions())

    def _follow(self, watch_positions: Mapping[str, str]) -> None:
        """Watch from these places on; without any, all is looked at anew."""
        self.tail.rewind_accepted = False
        self.recording.close_feed()
        self.recording.feed = self.cluster.follow(self.tail.ledger.identity, watch_positions)

    # --- recording

    def _record(self) -> bool:
        reports = self.workers.reports()
        if reports:
            self._record_outcomes(reports)
        if self.tail.rewind_accepted:
            self._follow({})
        recorded = self.recording.record()
        return bool(reports) or recorded

    def _record_outcomes(self, reports: tuple[JobReport, ...]) -> None:
        done: dict[str, list[Done]] = {}
        for report in reports:
            self._at_work.discard(report.subject)
            if report.error is not None:
                self.timers.again(report.subject, self._clock(), self.policy)
                continue
            self.timers.forget(report.subject)
            self.tail.due.add(report.subject)
            deployment = self.tail.memory.deployment(report.subject)
            assert deployment is not None, "only what was folded is acted upon"
            # After a change of leader someone else may have resolved it: every action has one outcome.
            fresh = [one for one in report.done if one.outcome.action in deployment.pending]
            if fresh:
                done[report.subject] = fresh
        self.recording.record_outcomes(done)

    # --- deciding

    def _decide(self) -> bool:
        now = self._clock()
        subjects = (self.tail.due | self.timers.due(now)) - self._at_work
        self.tail.due &= self._at_work
        plans: dict[str, Plan] = {}
        for subject in sorted(subjects):
            deployment = self.tail.memory.deployment(subject)
            if deployment is None:
                continue
            if deployment.pending:
                if not self.timers.waiting(subject, now):
                    self._resolve(deployment)
                continue
            try:
                made = plan(deployment, self.tail.memory.world, ledger=self.tail.ledger.identity, now=now, policy=self.policy)
            except NONSENSE as error:
                self.tail.memory.hold(subject, f"nothing can be decided on what the ledger says of it: {error!r}")
                continue
            self.timers.look_again(subject, made.wake_at)
            if made:
                plans[subject] = made
        self.tail.due |= set(list(plans)[INTENTS:])
        if plans:
            self._intend(dict(list(plans.items())[:INTENTS]), now)
        return bool(plans)

    def _intend(self, plans: Mapping[str, Plan], now: datetime) -> None:
        """Append the intents; only when they stand in the ledger are they handed to the workers."""
        position = self.tail.memory.position
        notes: Notes = {}
        for subject, made in plans.items():
            decided = Decided(position, now, DECIDER, self._policy_digest, made.actions, made.findings)
            cause = self.tail.memory.causal_context(subject).last
            for news, noted in self.tail.noted([News(actions_stream(subject), subject, decided)], cause=cause):
                notes[news.stream] = (*notes.get(news.stream, ()), noted)
        self.tail.append(notes)
        for subject, made in plans.items():
            if actions_stream(subject) not in notes:
                self.tail.memory.hold(subject, "what was decided about it cannot be kept: see its events")
            elif made.actions:
                self._perform(subject)
            else:
                self.tail.due.add(subject)

    def _perform(self, subject: str) -> None:
        marked = self._marked(subject)
        self._at_work.add(subject)
        self.workers.start(subject, lambda: perform_all(self._tasks(marked), self.cluster, lambda: self.leadership.leading))

    def _resolve(self, deployment: Deployment) -> None:
        """Find out what became of actions that another engine, or this one before a crash, left without an outcome."""
        subject = deployment.key.subject
        marked = self._marked(subject)
        self._at_work.add(subject)
        self.workers.start(subject, lambda: tuple(resolve(task, self.cluster) for task in self._tasks(marked)))

    def _marked(self, subject: str) -> tuple[tuple[Action, Mark], ...]:
        deployment = self.tail.memory.deployment(subject)
        assert deployment is not None, "only what was folded is acted upon"
        ledger, timeline = self.tail.ledger.identity, self.tail.memory.world.timeline
        return tuple(
            (pending.action, mark_of(ledger, pending.action, timeline=timeline, position=pending.position))
            for pending in deployment.pending.values()
        )

    def _tasks(self, marked: tuple[tuple[Action, Mark], ...]) -> tuple[Task, ...]:
        """Look the manifests up, in the workers' time: for thousands at once the loop would lose its lease over it."""
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
        body = self.tail.ledger.document(action.body)
        return Manifest(action.ref, body.decode()) if body is not None else None
