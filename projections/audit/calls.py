"""Which requests were made to the API server for a deployment, what came of each, and whether its audit log shows it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.actions import Action, Decided, Failed, NotAttempted, Outcome, Succeeded
from domain.facts import Fact
from domain.objects import ObjectRef
from domain.record import Recorded

Shown = Literal["yes", "no", "not asked", "not to be expected"]


@dataclass(frozen=True, slots=True)
class Call:
    """One write request that was decided on. Its id is its Audit-ID at the API server.

    `decided` and `told` are positions: of the decision, and of what came of it (0: nothing yet). `wrote` tells whether the
    cluster was changed by it, as far as is known: None where that is not known.
    """

    audit_id: str
    verb: str
    ref: ObjectRef
    because: str
    at: datetime
    decided: int
    engine: str
    outcome: str = "under way"
    told: int = 0
    wrote: bool | None = None
    audited: Shown = "not asked"
    user: str = ""
    """Whom the audit log names, where it was asked."""


def calls(history: Iterable[Recorded[Fact]], audited: Mapping[str, str] | None = None) -> tuple[Call, ...]:
    """Give the requests made for a deployment, oldest first.

    `audited` has the user for the Audit-ID of each successful write in the API server's audit log; None: it was not asked.
    """
    history = tuple(history)
    outcomes = {r.fact.action: (r.position, r.fact) for r in history if isinstance(r.fact, Outcome)}
    decisions = ((recorded, action) for recorded in history for action in _actions(recorded))
    return tuple(_call(recorded, action, outcomes.get(action.id), audited) for recorded, action in decisions)


def _actions(recorded: Recorded[Fact]) -> Iterator[Action]:
    return iter(recorded.fact.actions if isinstance(recorded.fact, Decided) else ())


def _call(recorded: Recorded[Fact], action: Action, told: tuple[int, Outcome] | None, audited: Mapping[str, str] | None) -> Call:
    position, outcome = told or (0, None)
    wrote = _wrote(outcome)
    return Call(
        audit_id=action.id,
        verb=action.verb,
        ref=action.ref,
        because=action.because,
        at=recorded.recorded_at,
        decided=recorded.position,
        engine=recorded.metadata.who.name,
        outcome=_word(outcome),
        told=position,
        wrote=wrote,
        audited=_shown(action.id, wrote=wrote, audited=audited),
        user=(audited or {}).get(action.id, ""),
    )


def _wrote(outcome: Outcome | None) -> bool | None:
    match outcome:
        case Succeeded(wrote=wrote):
            return wrote
        case Failed() | NotAttempted():
            return False
        case _:
            return None


def _word(outcome: Outcome | None) -> str:
    match outcome:
        case None:
            return "under way"
        case Succeeded(effect=effect):
            return effect
        case Failed(code=code):
            return f"refused: {code}"
        case NotAttempted():
            return "not attempted"
        case _:
            return "not known"


def _shown(audit_id: str, *, wrote: bool | None, audited: Mapping[str, str] | None) -> Shown:
    if audited is None:
        return "not asked"
    if audit_id in audited:
        return "yes"
    return "no" if wrote else "not to be expected"
