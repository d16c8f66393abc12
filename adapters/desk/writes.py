"""A command's own writes to the cluster: under the same record and guards as an engine's, and known by their outcomes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal
from uuid import UUID, uuid5

from adapters.desk.archive import ALL_PROJECTS, EVERYTHING, Archive, Written
from adapters.desk.signature import Signature
from domain.actions import Action, Create, Decided, Ensure, Failed, Outcome, Succeeded, Unknown, Update, mark_of
from domain.cluster_ports import Cluster, Objects
from domain.errors import Rejected, Rejection, Unreachable
from domain.facts import Fact, actions_stream
from domain.marks import Signer
from domain.objects import Manifest, Mark, ObjectRef
from domain.ports import Clock, Ledger, NewId
from domain.record import UncommittedFact
from reconciler.perform import Task, perform_all, resolve

NAMESPACE_OF_IDS = UUID("6f2b1c7a-55d0-5c0e-9c52-2f6d1d9f0c11")
DECIDER = "secret-1"
DEAD = timedelta(minutes=5)
"""A command that has not told its outcomes after so long was ended."""


@dataclass(frozen=True, slots=True)
class WriteOrder:
    """Who orders a write, what it is about (empty: all projects), and what its facts hang together by."""

    signature: Signature
    correlation: str
    project: str

    @property
    def stream(self) -> str:
        """Name the stream of the writes' intents and outcomes."""
        return actions_stream(self.project or ALL_PROJECTS)


@dataclass(frozen=True, slots=True)
class WriteStep:
    """One write: what becomes of the object, and whether its manifest may be kept (one with a value in it never is)."""

    manifest: Manifest
    because: str
    verb: Literal["ensure", "create", "update"] = "ensure"
    uid: str = ""
    """Of the object that is to be changed."""
    kept: bool = True

    def action(self, identity: str, digest: str) -> Action:
        """Give the action under an identity."""
        ref, body = self.manifest.ref, digest if self.kept else ""
        match self.verb:
            case "ensure":
                return Ensure(identity, ref, body, self.because)
            case "create":
                return Create(identity, ref, body, self.because)
            case "update":
                return Update(identity, ref, body, self.uid, self.because)


@dataclass(frozen=True)
class Writes:
    """Decides, records and performs what a command itself does to the cluster."""

    ledger: Ledger
    cluster: Callable[[], Cluster]
    clock: Clock
    new_id: NewId
    build: str

    @property
    def archive(self) -> Archive:
        """Give the way to look up and to record."""
        return Archive(self.ledger)

    def order(self, signature: Signature, project: str = EVERYTHING) -> WriteOrder:
        """Begin an order."""
        return WriteOrder(signature, self.new_id(), project)

    def carry_out(self, order: WriteOrder, steps: tuple[WriteStep, ...], what: str) -> None:
        """Do it, on record. Raises Rejected, Unreachable (`what` was not done, or whether is not known), Conflict."""
        cluster = self.cluster()
        self._settle(order, cluster)
        for outcome in self._perform(order, steps, cluster):
            if isinstance(outcome, Failed) and outcome.code == "Unreachable":
                raise Unreachable(f"{what} was not stored: {outcome.message}")
            if isinstance(outcome, Failed):
                raise Rejected(Rejection(0, outcome.code, f"{outcome.ref}: {outcome.message}"))
            if not isinstance(outcome, Succeeded):
                raise Unreachable(f"it is not known whether {what} was stored: {outcome.message}; do it once more")

    def record(
        self,
        order: WriteOrder,
        stream: str,
        facts: tuple[Fact, ...],
        *,
        documents: tuple[bytes, ...] = (),
        expected: int | None = None,
    ) -> None:
        """Append facts to a stream, under the order's signature. Raises Conflict."""
        archive = self.archive
        metadata = (
            order.signature.metadata(self.new_id(), subject=order.project, correlation=order.correlation, build=self.build)
            for _ in facts
        )
        notes = tuple(UncommittedFact(fact, one) for fact, one in zip(facts, metadata, strict=True))

        def prepare() -> Written:
            at = archive.version(stream) if expected is None else expected
            return Written(stream, at, notes, tuple(archive.document(body) for body in documents))

        archive.record(prepare)

    def tried(self, order: WriteOrder) -> Iterator[ObjectRef]:
        """Name all objects that commands ever meant to write: what was once tried under a name may be there."""
        for recorded in self.ledger.read(order.stream):
            if isinstance(recorded.fact, Decided):
                yield from (action.ref for action in recorded.fact.actions)

    def _settle(self, order: WriteOrder, cluster: Objects) -> None:
        """Find out what became of actions whose command was ended before it could tell: every action has one outcome."""
        left = dict[str, Task]()
        signer = Signer(self.ledger.digest)
        for recorded in self.ledger.read(order.stream):
            fact = recorded.fact
            if isinstance(fact, Decided) and self.clock() - recorded.recorded_at > DEAD:
                mark = Mark(self.ledger.identity, position=fact.position)
                left |= {action.id: Task(action, replace(mark, action=action.id), None, signer) for action in fact.actions}
            elif isinstance(fact, Outcome):
                left.pop(fact.action, None)
        outcomes = tuple(_resolved(task, cluster) for task in left.values())
        if outcomes:
            self.record(order, order.stream, outcomes)

    def _perform(self, order: WriteOrder, steps: tuple[WriteStep, ...], cluster: Objects) -> tuple[Outcome, ...]:
        timeline = self.archive.world(order.project).timeline
        before, position = self.archive.version(order.stream), self.ledger.head()
        identity = self.ledger.identity
        lineage = f"{identity}.{timeline}" if timeline else identity
        actions = tuple(
            step.action(
                str(uuid5(NAMESPACE_OF_IDS, f"{lineage}/{order.stream}/{before + 1}/{number}")),
                self.ledger.digest(step.manifest.body.encode()),
            )
            for number, step in enumerate(steps, start=1)
        )
        decided = Decided(position, self.clock(), DECIDER, "", actions)
        kept = tuple(step.manifest.body.encode() for step in steps if step.kept)
        self.record(order, order.stream, (decided,), documents=kept, expected=before)
        signer = Signer(self.ledger.digest)
        tasks = tuple(
            Task(action, mark_of(identity, action, timeline=timeline, position=position), step.manifest, signer)
            for action, step in zip(actions, steps, strict=True)
        )
        outcomes = tuple(done.outcome for done in perform_all(tasks, cluster, lambda: True))
        self.record(order, order.stream, outcomes)
        return outcomes


def _resolved(task: Task, cluster: Objects) -> Outcome:
    """Find out what became of an action. Who may not read the object back (a Secret is read by few) leaves it unknown."""
    try:
        return resolve(task, cluster).outcome
    except Rejected as error:
        return Unknown(task.action.id, task.action.ref, f"it may not be read back: {error}")
