"""What an engine remembers: the fold of the whole ledger up to one position, kept by the tail loop, never reloaded for a turn."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain import deployment_fold
from domain import world as worlds
from domain.actions import Decided, Outcome
from domain.audit import Requests, RequestWitnessed
from domain.deployment import Deployment
from domain.facts import Fact
from domain.names import Key
from domain.objects import SHARED, ObjectRef
from domain.observe import News
from domain.orders import Submitted
from domain.record import Recorded, UncommittedFact
from domain.replica import ReplicaGone
from domain.unsound import ObservationRefused, Unreadable
from domain.world import World
from reconciler.recordable_filter import Refusals
from reconciler.requests import RecentActions

MOST_VERSIONS = 2**53
"""No stream of ours is longer: a version beyond it is a foreign row's, and the stream goes on without it."""


@dataclass(slots=True)
class CausalContext:
    """How a deployment's facts hang together: what to name as the cause and the correlation of the next one."""

    last: str = ""
    correlation: str = ""
    decisions: dict[str, str] = field(default_factory=dict[str, str])
    """For each action without an outcome, the id of the decision that it stands in."""


class Memory:
    """The folded ledger. `position` is that of the last fact taken in; everything up to there is in here, nothing after."""

    def __init__(self) -> None:
        """Begin before the first fact."""
        self.position = 0
        self.world = World()
        self.fleet: dict[str, Deployment] = {}
        self.busy: set[ObjectRef] = set()
        """The objects that an action without an outcome is about; less what is shared: of that, drift is only told."""
        self.refusals = Refusals()
        """What stands in the ledger as left out."""
        self.recent_actions = RecentActions()
        """The newest actions: a request that bears the id of one is ours."""
        self._versions: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._causal_contexts: defaultdict[str, CausalContext] = defaultdict(CausalContext)

    def take(self, facts: Iterable[Recorded[Fact]]) -> set[str]:
        """Take facts in, in the ledger's order; give the subjects of the deployments that they are about."""
        touched: set[str] = set()
        for recorded in facts:
            assert recorded.position > self.position, "facts come once, in the ledger's order"
            self._take(recorded)
            if "/" in recorded.metadata.subject:
                touched.add(recorded.metadata.subject)
        return touched

    def continues(self, facts: Sequence[Recorded[Fact]]) -> bool:
        """Tell whether these facts are the very next ones in the ledger, none left out."""
        positions = [recorded.position for recorded in facts]
        return positions == list(range(self.position + 1, self.position + 1 + len(positions)))

    def _take(self, recorded: Recorded[Fact]) -> None:
        self.position = recorded.position
        if isinstance(recorded.fact, ReplicaGone):
            self._versions.pop(recorded.stream, None)
        elif not isinstance(recorded.fact, Unreadable) or 0 < recorded.version <= MOST_VERSIONS:
            self._versions[recorded.stream] = max(recorded.version, self.version(recorded.stream))
        subject = recorded.metadata.subject
        self.recent_actions.take(recorded)
        if isinstance(recorded.fact, ObservationRefused):
            self.refusals.take(subject, recorded.fact)
        if "/" not in subject:
            self.world = worlds.evolve(self.world, recorded)
            return
        name = self._name(recorded)
        before = self.fleet.get(name) or Deployment(Key.of(subject))
        after = self.fleet[name] = deployment_fold.evolve(before, recorded)
        if after.pending is not before.pending:
            self.busy -= _acted_on(before)
            self.busy |= _acted_on(after)
        self._follow(subject, recorded)

    def hold(self, subject: str, why: str) -> None:
        """Decide nothing about a deployment any more: its facts cannot be recorded."""
        deployment = self.deployment(subject)
        if deployment is not None:
            held = replace(deployment, unsound={**deployment.unsound, self.position: why})
            self.fleet[self.object_name(subject)] = held

    def _follow(self, subject: str, recorded: Recorded[Fact]) -> None:
        causal_context = self._causal_contexts[subject]
        fact, metadata = recorded.fact, recorded.metadata
        if recorded.stream.startswith("deployment/"):
            causal_context.correlation = metadata.correlation or metadata.id
        if isinstance(fact, Decided):
            causal_context.decisions.update({action.id: metadata.id for action in fact.actions})
        elif isinstance(fact, Outcome):
            causal_context.decisions.pop(fact.action, None)
        if not isinstance(fact, RequestWitnessed):  # it says who did what is seen of it too: nothing is decided because of it
            causal_context.last = metadata.id

    def _name(self, recorded: Recorded[Fact]) -> str:
        """Give the name of a subject's objects, as its versions have it on record."""
        subject, fact = recorded.metadata.subject, recorded.fact
        known = self._names.get(subject)
        names = fact.names if isinstance(fact, Submitted) else None
        if known is not None and names is None:
            return known
        name = names.workload if names else known or self.object_name(subject)
        home = self.fleet.get(name)
        if home is not None and home.key.subject != subject:
            # Early names could meet. Who came first has it; the other is known by what no object is called.
            name = f"{name} of {subject}"
        if known is not None and known != name and (begun := self.fleet.pop(known, None)):
            self.fleet[name] = begun
        self._names[subject] = name
        return name

    def object_name(self, subject: str) -> str:
        """Give the name of a subject's objects: what is on record, or what they would be called."""
        return self._names.get(subject) or Key.of(subject).object_name

    def deployment(self, subject: str) -> Deployment | None:
        """Look a deployment up."""
        return self.fleet.get(self.object_name(subject))

    def subjects(self) -> Mapping[str, Deployment]:
        """Give all deployments that were ever ordered, by subject."""
        return {deployment.key.subject: deployment for deployment in self.fleet.values()}

    def version(self, stream: str) -> int:
        """Give the version at which a stream stands; 0 when it is new."""
        return self._versions.get(stream, 0)

    def causal_context(self, subject: str) -> CausalContext:
        """Give what the next fact about a subject hangs on."""
        return self._causal_contexts.get(subject) or CausalContext()


def _acted_on(deployment: Deployment) -> set[ObjectRef]:
    refs = (pending.action.ref for pending in deployment.pending.values())
    return {ref for ref in refs if ref.kind not in SHARED}


class Draft:
    """The fleet as it will be once the news of a batch is recorded; thrown away after the batch."""

    def __init__(self, memory: Memory, now: datetime) -> None:
        """Begin with what is remembered."""
        self.fleet = dict(memory.fleet)
        self.world = memory.world
        self._memory, self._now, self._position = memory, now, memory.position

    def requests(self, subject: str) -> Requests:
        """Give what is told of others' requests about a subject."""
        if "/" not in subject:
            return self.world.requests.get(subject, Requests())
        home = self.fleet.get(self._memory.object_name(subject))
        return home.requests if home else Requests()

    def take(self, news: News, noted: UncommittedFact[Fact]) -> None:
        """Take in a fact that is about to be appended."""
        self._position += 1
        recorded = Recorded(self._position, news.stream, 0, self._now, noted.fact, noted.metadata)
        if "/" not in news.subject:
            self.world = worlds.evolve(self.world, recorded)
            return
        name = self._memory.object_name(news.subject)
        before = self.fleet.get(name) or Deployment(Key.of(news.subject))
        self.fleet[name] = deployment_fold.evolve(before, recorded)
