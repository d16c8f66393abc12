"""The ledger's tail, as one engine has it: every fact is folded as it comes, and what the engine appends is folded with it.

An engine thinks on this fold and on nothing else. All that it writes goes through here, under its lease, at the version at
which it has folded each stream: who was slower finds a conflict, and thinks again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from domain.audit import RequestWitnessed
from domain.cluster import ApiServerUnheard, ImitationSeen, RewindAccepted, TookLead
from domain.errors import NotLeading, Unsound
from domain.facts import Fact
from domain.nodes_seen import NodeFact
from domain.observe import News
from domain.ports import Ledger, NewId
from domain.record import Append, Document, EventMetadata, Recorded, UncommittedFact, Who
from domain.recordable import MOST_FACTS, within
from domain.shared_seen import SharedFact
from domain.unsound import ObservationRefused
from reconciler.leadership import Leadership
from reconciler.memory import Memory
from reconciler.recordable_filter import Pair, Refusals, sifted

PAGE = 500
"""Facts read at once."""

_TOLD_ONLY = TookLead | ImitationSeen | RequestWitnessed | ApiServerUnheard | NodeFact | SharedFact
"""Facts about all that change no decision: a cluster of thousands of nodes must not set all deployments thinking."""
FactListener = Callable[[Sequence[Recorded[Fact]]], None]
"""Is told all facts as they are folded: for screens and metrics."""
Notes = dict[str, tuple[UncommittedFact[Fact], ...]]
"""What is to be appended, by stream."""


def _concerns_all(recorded: Recorded[Fact]) -> bool:
    """Tell whether a fact may change what is decided about every deployment."""
    if recorded.stream.startswith("project/"):
        return True
    return "/" not in recorded.metadata.subject and not isinstance(recorded.fact, _TOLD_ONLY)


def _nobody(_: Sequence[Recorded[Fact]]) -> None:
    """Tell nobody."""


class LedgerTail:
    """One engine's fold of a ledger, and its pen. Only the engine's thread writes; others may read the fold."""

    def __init__(self, ledger: Ledger, leadership: Leadership, new_id: NewId, told: FactListener | None = None) -> None:
        """Begin before the first fact."""
        self.ledger, self.leadership = ledger, leadership
        self.memory = Memory()
        self.cluster_uid = ""
        """The cluster that this ledger belongs to; empty until that was found out."""
        self.due: set[str] = set()
        """Deployments that facts were about since it was last decided on them."""
        self.changed: set[str] = set()
        """Deployments that facts were about since it was last judged who is served."""
        self.rewind_accepted = False
        """Whether a person has taken the cluster for as new as the ledger says: what is watched is looked at anew."""
        self._new_id, self._told = new_id, told or _nobody
        self._telling = Refusals()
        """What is being told as left out; forgotten with the lead, since it may not have come to be recorded."""

    # --- reading

    def catch_up(self) -> bool:
        """Fold what is new; tell whether there was anything. Raises Unreachable."""
        moved = False
        while facts := self.ledger.tail(self.memory.position, PAGE):
            self._fold(facts)
            moved = True
            if len(facts) < PAGE:
                break
        return moved

    def _fold(self, facts: tuple[Recorded[Fact], ...]) -> None:
        touched = self.memory.take(facts)
        self.due |= touched
        self.changed |= touched
        if any(map(_concerns_all, facts)):
            self.due |= set(self.memory.subjects())
        self.rewind_accepted = self.rewind_accepted or any(isinstance(r.fact, RewindAccepted) for r in facts)
        self._told(facts)

    # --- writing

    def note(self, fact: Fact, subject: str, *, cause: str = "", seen_at: datetime | None = None) -> UncommittedFact[Fact]:
        """Note a fact as this engine's, with what caused it and what it belongs to."""
        identity = self.leadership.identity
        metadata = EventMetadata(
            id=self._new_id(),
            who=Who(identity.name, "engine"),
            subject=subject,
            cause=cause,
            correlation=self.memory.causal_context(subject).correlation,
            observed_at=seen_at,
            observed_by=identity.name if seen_at else "",
            build=identity.build,
        )
        return UncommittedFact(fact, metadata)

    def noted(self, told: Iterable[News], *, seen_at: datetime | None = None, cause: str = "") -> list[Pair]:
        """Note what was told; of what no ledger can keep it is told, once, that it was left out."""
        noted = [(news, self.note(news.fact, news.subject, cause=cause, seen_at=seen_at)) for news in told]
        kept, refused = sifted(noted, self.cluster_uid)
        return [*kept, *((news, self.note(news.fact, news.subject)) for news in self.untold(refused))]

    def untold(self, refused: Iterable[News]) -> Iterator[News]:
        """Give those facts about what was left out that were not told yet."""
        for news in refused:
            fact = news.fact
            assert isinstance(fact, ObservationRefused), "the sieve tells nothing else"
            if not self.memory.refusals.has(news.subject, fact) and not self._telling.has(news.subject, fact):
                self._telling.take(news.subject, fact)
                yield news

    def forget_telling(self) -> None:
        """Forget what was being told as left out: whoever leads next finds out what stands on record."""
        self._telling = Refusals()

    def append(
        self,
        notes: Mapping[str, tuple[UncommittedFact[Fact], ...]],
        documents: Sequence[Document] = (),
        watch_positions: Mapping[str, str] | None = None,
    ) -> None:
        """Append notes with the documents and places that belong to them, and fold them; nothing where there are none.

        Raises NotLeading, Conflict, Unreachable, Unsound.
        """
        if not notes:
            return
        if not self.leadership.leading:
            name = self.leadership.identity.name
            raise NotLeading(f"the lease of {name} ran out before it could record: it is taken anew, or by another")
        appends = [Append(stream, self._stands_at(stream), told) for stream, told in notes.items()]
        recorded = self._written(appends, documents, watch_positions)
        if self.memory.continues(recorded):
            self._fold(recorded)  # nobody wrote in between: there is nothing to read back
        else:
            self.catch_up()

    def keep(self, watch_positions: Mapping[str, str]) -> None:
        """Keep the places of watches where there is no fact to keep them with."""
        self.ledger.append((), watch_positions=watch_positions, lease=self.leadership.lease)

    def _written(
        self, appends: Sequence[Append[Fact]], documents: Sequence[Document], watch_positions: Mapping[str, str] | None
    ) -> tuple[Recorded[Fact], ...]:
        """Append; a stream in whose way a foreign row stands is left out, and what it is about is held. The others go on."""
        first, rest = within(appends, MOST_FACTS)
        if rest:  # the places come with the last of it: what a crash leaves out is seen again
            done = self._written(first, documents, None)
            return (*done, *self._written(rest, (), watch_positions))
        while True:
            try:
                return self.ledger.append(
                    appends, documents=documents, watch_positions=watch_positions, lease=self.leadership.lease
                )
            except Unsound as unsound:
                blocked = [append for append in appends if append.stream == unsound.stream]
                if not blocked:
                    raise
                for append in blocked:
                    self.memory.hold(append.notes[0].metadata.subject, unsound.message)
                appends = [append for append in appends if append.stream != unsound.stream]

    def _stands_at(self, stream: str) -> int:
        known = self.memory.version(stream)
        if known or not stream.startswith("replica/"):
            return known
        # A replica that was taken for gone is forgotten; should its pod be seen again, its stream goes on.
        return max((recorded.version for recorded in self.ledger.read(stream)), default=0)
