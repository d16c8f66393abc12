"""The past of one deployment, looked up as one who asks for causes needs it: by stream, by kind, by time."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import get_args

from domain.audit import RequestWitnessed
from domain.facts import Fact
from domain.nodes_seen import NodeFact, NodeGone, NodeUnready
from domain.record import Recorded
from domain.replica import ReplicaCreated, ReplicaScheduled
from projections.attribution import UNKNOWN, Attribution, attribution
from projections.traces import follows, may_be_anothers
from projections.when import happened_at


class Past:
    """Facts about a deployment and what concerns it, oldest first; and others' requests, as far as an audit log tells."""

    def __init__(self, facts: Iterable[Recorded[Fact]], witnessed: Iterable[Recorded[Fact]] = ()) -> None:
        """Take the facts in; nothing is changed afterwards."""
        self.facts = tuple(facts)
        self._positions = [recorded.position for recorded in self.facts]
        self._streams: dict[str, list[Recorded[Fact]]] = defaultdict(list)
        self._kinds: dict[type, list[Recorded[Fact]]] = defaultdict(list)
        for recorded in self.facts:
            self._streams[recorded.stream].append(recorded)
            self._kinds[type(recorded.fact)].append(recorded)
        requests = {one.position: one for one in (*self._kinds[RequestWitnessed], *witnessed)}
        self._requests = [one for _, one in sorted(requests.items()) if isinstance(one.fact, RequestWitnessed)]

    @cached_property
    def by_id(self) -> dict[str, Recorded[Fact]]:
        """Look a fact up by its id."""
        return {recorded.metadata.id: recorded for recorded in self.facts}

    def life(self, here: Recorded[Fact]) -> Sequence[Recorded[Fact]]:
        """Give all facts of the stream that a fact is of: of a replica, its whole life."""
        return self._streams.get(here.stream, ())

    def before(self, here: Recorded[Fact]) -> Sequence[Recorded[Fact]]:
        """Give the facts that were on record before this one."""
        return self.facts[: bisect_left(self._positions, here.position)]

    def of(self, *kinds: type) -> list[Recorded[Fact]]:
        """Give all facts of some kinds, in the ledger's order."""
        found = [recorded for kind in kinds for recorded in self._kinds.get(kind, ())]
        return found if len(kinds) == 1 else sorted(found, key=lambda one: one.position)

    @cached_property
    def births(self) -> dict[str, Recorded[Fact]]:
        """Give the creation of each replica, by its stream."""
        return {recorded.stream: recorded for recorded in reversed(self._kinds.get(ReplicaCreated, []))}

    def birth(self, here: Recorded[Fact]) -> Recorded[Fact] | None:
        """Give the creation of the replica that a fact is about."""
        return self.births.get(here.stream)

    def created(self, here: Recorded[Fact]) -> ReplicaCreated | None:
        """Give what is known of the replica that a fact is about from its creation."""
        birth = self.birth(here)
        return birth.fact if birth and isinstance(birth.fact, ReplicaCreated) else None

    def pod(self, here: Recorded[Fact]) -> str:
        """Name the pod that a fact is about; empty when it is not known."""
        created = self.created(here)
        return created.pod if created else ""

    def node(self, here: Recorded[Fact]) -> str:
        """Name the node that a replica was put on; empty when it is not known."""
        placed = last(self.life(here), lambda fact: isinstance(fact, ReplicaScheduled))
        return placed.fact.node if placed and isinstance(placed.fact, ReplicaScheduled) else ""

    def node_trouble(self, node: str, until: datetime) -> Recorded[Fact] | None:
        """Give the newest trouble of a node that stood at a time: it was gone, or not ready."""
        if not node:
            return None
        told = [one for one in self.of(*get_args(NodeFact)) if getattr(one.fact, "node", "") == node]
        newest = last(told, lambda fact: type(fact).__name__ not in {"NodeCordoned", "NodeUncordoned"}, until)
        return newest if newest and isinstance(newest.fact, NodeGone | NodeUnready) else None

    def hand(self, here: Recorded[Fact]) -> Attribution:
        """Say whom the API server's audit log names for a fact."""
        if not self._requests or not may_be_anothers(here.fact):
            return UNKNOWN
        created = self.created(here)
        requests = [one.fact for one in self._requests if isinstance(one.fact, RequestWitnessed)]
        pod = f"{created.namespace}/{created.pod}" if created else ""
        return attribution(here, requests, pod, follows(here, reversed(self.life(here)), pod))

    def request(self, here: Recorded[Fact]) -> Recorded[Fact] | None:
        """Give the one request that must be what a fact shows; None where none is known, or more than one may be it."""
        found = self.hand(here)
        if found.surety != "recorded":
            return None
        known = found.requests[0].identity
        return next((o for o in self._requests if isinstance(o.fact, RequestWitnessed) and o.fact.identity == known), None)


def last(facts: Sequence[Recorded[Fact]], fits: Callable[[Fact], bool], until: datetime | None = None) -> Recorded[Fact] | None:
    """Give the newest fact that fits and, with a time, happened by then."""
    fitting = (one for one in reversed(facts) if fits(one.fact))
    return next((one for one in fitting if until is None or happened_at(one) <= until), None)
