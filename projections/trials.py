"""Trials: what was seen of each version's replicas, which stays with the version when they are gone.

A verdict comes only when a version is healthy or its time is up; one that crashed and was replaced before has none. What there
was to see is on record all the same: it is gathered here from the facts, and decides nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from domain.actions import Failed
from domain.deployment import Deployment, Version
from domain.deployment_fold import evolve
from domain.facts import Fact
from domain.filling import FillFailed
from domain.names import Key
from domain.orders import Submitted
from domain.record import Recorded
from domain.repeats import gist
from domain.replica import BecameReady, Replica, ReplicaFact, Restarted
from domain.seen import ReplicasRefused
from projections.wording import count, last_words, listed

MOST = 5
"""So many reasons are kept, the newest: a version that fails says the same in many words."""

LONGEST = 1000
"""Characters of a reason that are told; what more an application printed is in the facts, which `why` names."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was seen of a version: its replicas, how many were ready at one time at most, how often their containers restarted.

    `reasons` are why they were not ready, or were not made, in the words of those who said so; the newest last.
    """

    replicas: int = 0
    ready_at_most: int = 0
    restarts: int = 0
    reasons: tuple[str, ...] = ()

    def figures(self, wanted: int) -> str:
        """Say what was seen in figures: `0 of 2 ready at most, 4 restarts`."""
        if not self.replicas:
            return "no replica of it was seen"
        ready = f"{self.ready_at_most} of {wanted} ready at most"
        return f"{ready}, {count(self.restarts, 'restart')}" if self.restarts else ready


def told_of(version: Version, seen: Trial) -> str:
    """Say what was seen of a version that was never healthy, and why it was not."""
    return f"{seen.figures(version.order.replicas)}{because(version.why or seen.reasons)}"


def again(seen: Trial) -> str:
    """Say how often a version that was healthy was started again, and why, behind what is said of it; empty for never."""
    return f", {count(seen.restarts, 'restart')}{because(seen.reasons)}" if seen.restarts else ""


def because(why: Sequence[str]) -> str:
    """Say why a version was not healthy, behind what is said of it; empty where nothing says why."""
    words = listed([last_words(one, LONGEST) for one in dict.fromkeys(why)], MOST)
    return f": {words}" if words else ""


UNSEEN = Trial()
_PASSING = frozenset({"Contested", "Gone", "Superseded", "Terminating"})
"""With these a write is tried again at once: they say nothing of the version."""


def trials(key: Key, facts: Iterable[Recorded[Fact]]) -> tuple[Deployment, Mapping[int, Trial]]:
    """Fold a deployment and, beside it, what was seen of each of its versions, by number."""
    deployment, bench = Deployment(key), _Bench()
    for recorded in facts:
        deployment = evolve(deployment, recorded)
        bench.take(recorded, deployment)
    return deployment, {number: tally.trial() for number, tally in bench.tallies.items()}


@dataclass(slots=True)
class _Tally:
    """The count of one version while its facts are gone through; `said`: the last words of each that said any."""

    replicas: set[str] = field(default_factory=set[str])
    ready: int = 0
    restarts: int = 0
    said: dict[str, str] = field(default_factory=dict[str, str])

    def say(self, who: str, words: str) -> None:
        """Keep someone's last words, as the newest."""
        if words:
            self.said.pop(who, None)
            self.said[who] = words

    def trial(self) -> Trial:
        """Give what was seen; words that say the same stand once."""
        newest: dict[str, str] = {}
        for words in reversed(self.said.values()):
            newest.setdefault(gist(words) or words, words)
        return Trial(len(self.replicas), self.ready, self.restarts, tuple(newest.values())[:MOST][::-1])


@dataclass(slots=True)
class _Bench:
    """All versions' counts. A pod template is of the newest version that has it: one that only scales goes on with it."""

    tallies: dict[int, _Tally] = field(default_factory=dict[int, _Tally])
    newest: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])

    def take(self, recorded: Recorded[Fact], after: Deployment) -> None:
        """Take a fact in, and what the deployment is after it."""
        match recorded.fact:
            case Submitted() as order:
                self.newest[order.incarnation, order.template] = order.number
                tally = self.tallies[order.number] = _Tally()
                for replica in _of(after, order.incarnation, order.template):
                    self._see(tally, replica, after)
            case ReplicasRefused() if after.wanted:
                self.tallies[after.wanted.number].say("", after.refused_replicas)
            case Failed(ref=ref, code=code, message=message) if after.wanted and code not in _PASSING:
                self.tallies[after.wanted.number].say(str(ref), f"{ref}: {code}: {message}")
            case FillFailed(words=words) as fill if after.wanted:
                self.tallies[after.wanted.number].say(fill.claim, words)
            case fact if isinstance(fact, get_args(ReplicaFact)):
                self._replica(recorded, after)
            case _:
                pass

    def _replica(self, recorded: Recorded[Fact], after: Deployment) -> None:
        replica = after.replicas.get(recorded.stream.partition("/")[2])
        number = self.newest.get((replica.incarnation, replica.template)) if replica else None
        if replica is None or number is None:
            return
        tally = self.tallies[number]
        if isinstance(recorded.fact, Restarted):
            tally.restarts += recorded.fact.times
        if isinstance(recorded.fact, BecameReady) or replica.uid not in tally.replicas:
            self._see(tally, replica, after)
        if replica.ready and not replica.restarts:
            tally.said.pop(replica.uid, None)  # what hindered it is over
        elif not replica.leaving:  # what is told to end is unready for that
            tally.say(replica.uid, replica.words)

    @staticmethod
    def _see(tally: _Tally, replica: Replica, after: Deployment) -> None:
        tally.replicas.add(replica.uid)
        tally.ready = max(tally.ready, sum(one.ready for one in _of(after, replica.incarnation, replica.template)))


def _of(deployment: Deployment, incarnation: int, template: str) -> list[Replica]:
    return [one for one in deployment.replicas.values() if (one.incarnation, one.template) == (incarnation, template)]
