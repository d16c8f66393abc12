"""Replay: every decision made again, from the log alone, and compared with the one that was recorded.

A decision names the position up to which its maker had folded; so the same facts are folded, the same plan is asked for, at
the same time, under the same policy. A decision that was wrongly *not* taken leaves no trace of its own: it is looked for
where things had come to rest, at the end of every long silence.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain import deployment_fold
from domain import world as worlds
from domain.actions import Action, Decided, Finding
from domain.cluster import ObservationGap, TookLead
from domain.deployment import Deployment
from domain.errors import Unfit
from domain.facts import Fact
from domain.names import Key
from domain.record import Recorded
from domain.world import World
from reconciler.plan import Plan, plan
from reconciler.policy import RULES, Policy, Rules

SILENCE = timedelta(seconds=20)
"""A silence this long means that things had come to rest."""
SLACK = timedelta(seconds=15)
"""A decision may come so long after its time before it counts as missed."""
SHOWN = 8
"""How many facts before a difference are shown."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first place where the same facts lead elsewhere. `recorded` is None where a decision was missed."""

    position: int
    recorded: Decided | None
    actions: tuple[Action, ...]
    findings: tuple[Finding, ...]
    before: tuple[Recorded[Fact], ...]


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """How many decisions and moments of rest were judged again, and the first difference, if any."""

    decisions: int
    rests: int
    difference: Divergence | None

    @property
    def equal(self) -> bool:
        """Tell whether everything came out as it is recorded."""
        return self.difference is None


def replay(
    subject: str, history: Iterable[Recorded[Fact]], *, ledger: str, document: Callable[[str], bytes | None]
) -> ReplayResult:
    """Judge a deployment's history again.

    `history`: the facts about the deployment, its project and the cluster, in the ledger's order. `document` looks up the
    policies that decisions name. Raises Unfit when one is missing.
    """
    return _Replay(subject, ledger, document).run(history)


@dataclass(frozen=True, slots=True)
class _Folded:
    """What was known at one position: the deployment (None before its first fact) and what holds for all."""

    deployment: Deployment | None = None
    world: World = field(default_factory=World)

    def take(self, subject: str, recorded: Recorded[Fact]) -> "_Folded":
        about = recorded.metadata.subject
        if "/" not in about:
            return replace(self, world=worlds.evolve(self.world, recorded))
        if about != subject:
            return self
        before = self.deployment or Deployment(Key.of(subject))
        return replace(self, deployment=deployment_fold.evolve(before, recorded))


class _Replay:
    """One pass over a history, with two hands: what was recorded, and what was folded when it was decided."""

    def __init__(self, subject: str, ledger: str, document: Callable[[str], bytes | None]) -> None:
        self._subject, self._ledger, self._document = subject, ledger, document
        # Two folds: of all so far, and of what the next decision was made on, which may be less.
        self._newest = self._folded = _Folded()
        self._ahead: deque[Recorded[Fact]] = deque()
        self._recent: deque[Recorded[Fact]] = deque(maxlen=SHOWN)
        self._policy: Policy | None = None
        self._rules = RULES
        self._suspect: Divergence | None = None
        self._decisions = self._rests = 0

    def run(self, history: Iterable[Recorded[Fact]]) -> ReplayResult:
        for recorded in history:
            difference = self._judge(recorded)
            if difference is not None:
                return ReplayResult(self._decisions, self._rests, difference)
            self._ahead.append(recorded)
            self._newest = self._newest.take(self._subject, recorded)
            self._recent.append(recorded)
        return ReplayResult(self._decisions, self._rests, None)

    def _judge(self, recorded: Recorded[Fact]) -> Divergence | None:
        self._suspect = self._suspect or self._missed(recorded)
        if recorded.metadata.who.surety == "engine":
            suspect, self._suspect = self._suspect, None
            if suspect is not None and self._was_silent(suspect, recorded):
                return suspect
        fact = recorded.fact
        if not isinstance(fact, Decided) or recorded.metadata.subject != self._subject:
            return None
        self._decisions += 1
        self._policy, self._rules = self._named_policy(fact.policy), Rules.of(fact.decider)
        while self._ahead and self._ahead[0].position <= fact.position:
            self._folded = self._folded.take(self._subject, self._ahead.popleft())
        made = self._planned(self._folded, fact.now)
        if (made.actions, made.findings) == (fact.actions, fact.findings):
            return None
        return Divergence(recorded.position, fact, made.actions, made.findings, tuple(self._recent))

    def _planned(self, folded: _Folded, now: datetime) -> Plan:
        if folded.deployment is None or self._policy is None:
            return Plan()
        return plan(folded.deployment, folded.world, ledger=self._ledger, now=now, policy=self._policy, rules=self._rules)

    def _missed(self, following: Recorded[Fact]) -> Divergence | None:
        """Look for a decision that was due in the silence before a fact.

        Whether anyone led in that silence is told by the engine's next fact, not by a person's order.
        """
        last = self._recent[-1] if self._recent else None
        if last is None or self._policy is None:
            return None
        ended = _thought_of(following)
        if ended - last.recorded_at < SILENCE:
            return None
        self._rests += self._newest.deployment is not None
        made = self._planned(self._newest, ended - SLACK)
        if not made:
            return None
        return Divergence(last.position, None, made.actions, made.findings, tuple(self._recent))

    def _was_silent(self, suspect: Divergence, following: Recorded[Fact]) -> bool:
        """Tell whether the engine led and looked, and yet said nothing: its next fact shows it."""
        if isinstance(following.fact, TookLead | ObservationGap):
            return False
        return _thought_of(following) - suspect.before[-1].recorded_at >= SILENCE

    def _named_policy(self, digest: str) -> Policy:
        text = self._document(digest)
        if text is None:
            raise Unfit(f"the policy {digest} that a decision names is not in the ledger", "restore it from a backup")
        return Policy(**json.loads(text))


def _thought_of(recorded: Recorded[Fact]) -> datetime:
    """Give the time at which a fact was decided or seen; an append may have taken long."""
    if isinstance(recorded.fact, Decided):
        return recorded.fact.now
    return recorded.metadata.observed_at or recorded.recorded_at
