"""Faults by rule: which requests go wrong, and how. Chance comes from the cluster's own dice, so a seed tells it all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from adapters.simulator.dice import Dice
from domain.objects import ObjectRef


class Fault(Enum):
    """What goes wrong. UNREACHABLE: the request never arrives. REPLY_LOST: it is carried out, but the answer is lost."""

    UNREACHABLE = "unreachable"
    REPLY_LOST = "reply lost"
    CONTESTED = "contested"
    REJECTED = "rejected"


@dataclass(slots=True)
class FaultRule:
    """Which requests a fault meets. `verb` is apply, remove or read; empty matches any, so do `kind` and `name`.

    `calls` are the numbers (from 1) of the matching calls that it meets; without them each is met with `probability`.
    """

    fault: Fault
    verb: str = ""
    kind: str = ""
    name: str = ""
    calls: Sequence[int] = ()
    probability: float = 1.0
    seen: int = 0

    def matches(self, verb: str, ref: ObjectRef) -> bool:
        """Tell whether this request is of the kind that the rule speaks of."""
        return self.verb in ("", verb) and self.kind in ("", ref.kind) and self.name in ("", ref.name)


@dataclass(slots=True)
class Faults:
    """All rules that hold now; the first that strikes counts. `feed_delay`: seconds until a watch tells a frame."""

    rules: list[FaultRule] = field(default_factory=list[FaultRule])
    feed_delay: float = 0.0

    def add(self, rule: FaultRule) -> FaultRule:
        """Let a rule hold from now on."""
        self.rules.append(rule)
        return rule

    def end(self) -> None:
        """Let everything go well again."""
        self.rules.clear()
        self.feed_delay = 0.0

    def strike(self, verb: str, ref: ObjectRef, dice: Dice) -> Fault | None:
        """Decide whether a request goes wrong."""
        for rule in self.rules:
            if not rule.matches(verb, ref):
                continue
            rule.seen += 1
            if rule.seen in rule.calls if rule.calls else dice.chance() < rule.probability:
                return rule.fault
        return None
