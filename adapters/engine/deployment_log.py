"""What an engine's log says of a deployment: every line is bound to what leads from it to the ledger.

That is the deployment, its version, the action and the correlation: the id of the order that it all belongs to. What others
said, and why something was decided, stands in the ledger alone: masked, with its bounds, and once.
"""

from collections.abc import Sequence
from typing import assert_never

import structlog
from structlog.typing import FilteringBoundLogger

from domain.actions import (
    Decided,
    Failed,
    Finding,
    GaveUpCorrecting,
    IncarnationEnded,
    NotAttempted,
    Outcome,
    Succeeded,
    Unknown,
    VersionFailed,
    VersionHealthy,
    VersionRecovered,
)
from domain.facts import Fact
from domain.orders import Submitted
from domain.record import Recorded, Who
from projections.sentences.actions import finding, tell
from projections.sentences.sentence import Severity
from reconciler.memory import Memory

log: FilteringBoundLogger = structlog.get_logger()


def logger_of(memory: Memory, subject: str) -> FilteringBoundLogger:
    """Give the logger of a deployment as it is folded now; its newest version is the one that was ordered last."""
    home = memory.deployment(subject)
    newest = home.newest if home else None
    return _bound(subject, newest.number if newest else 0, memory.causal_context(subject).correlation)


def _bound(subject: str, version: int, correlation: str) -> FilteringBoundLogger:
    return log.bind(deployment=subject, version=version, correlation=correlation)


class ActionLog:
    """Logs what one engine decided and what came of it, once it stands in the ledger; of what others record, nothing."""

    def __init__(self, engine: str) -> None:
        """Log for the engine of this name."""
        self._engine = Who(engine, "engine")
        self._versions: dict[str, int] = {}
        self._under_way: dict[str, FilteringBoundLogger] = {}
        """The logger of each action without an outcome: that is logged under the version and the order it was decided for."""

    def told(self, facts: Sequence[Recorded[Fact]]) -> None:
        """Log some facts."""
        for recorded in facts:
            match recorded.fact:
                case Submitted(number=number):
                    self._versions[recorded.metadata.subject] = number
                case Decided() as decided:
                    self._decided(recorded, decided)
                case Succeeded() | Failed() | Unknown() | NotAttempted() as outcome:
                    self._done(recorded, outcome)
                case _:
                    pass

    def _decided(self, recorded: Recorded[Fact], decided: Decided) -> None:
        bound, ours = self._logger(recorded), recorded.metadata.who == self._engine
        for action in decided.actions:
            self._under_way[action.id] = of_action = bound.bind(action=action.id)
            if ours:
                again = {"retry_of": action.retry_of} if action.retry_of else {}
                of_action.info("action.decided", verb=action.verb, object=str(action.ref), position=recorded.position, **again)
        for found in decided.findings if ours else ():
            grave, _ = finding(found)
            _say(bound, grave, f"finding.{found.finding}", position=recorded.position, **_told(found))

    def _done(self, recorded: Recorded[Fact], outcome: Outcome) -> None:
        bound = self._under_way.pop(outcome.action, None) or self._logger(recorded).bind(action=outcome.action)
        if recorded.metadata.who != self._engine:
            return
        match outcome:
            case Succeeded(effect=effect):
                how = {"effect": effect}
            case Failed(code=code):
                how = {"code": code}
            case Unknown() | NotAttempted():
                how = {}
            case _:
                assert_never(outcome)
        event = f"action.{type(outcome).__name__.lower()}"
        _say(bound, tell(outcome).severity, event, object=str(outcome.ref), position=recorded.position, **how)

    def _logger(self, recorded: Recorded[Fact]) -> FilteringBoundLogger:
        subject = recorded.metadata.subject
        return _bound(subject, self._versions.get(subject, 0), recorded.metadata.correlation)


def _say(bound: FilteringBoundLogger, grave: Severity, event: str, **values: object) -> None:
    say = bound.warning if grave in {"warning", "bad"} else bound.info
    say(event, **values)


def _told(found: Finding) -> dict[str, object]:
    match found:
        case VersionHealthy(number) | VersionFailed(number) | VersionRecovered(number):
            return {"version": number}
        case GaveUpCorrecting(ref, path, corrections):
            return {"object": str(ref), "path": path, "corrections": corrections}
        case IncarnationEnded(incarnation):
            return {"incarnation": incarnation}
        case _:
            assert_never(found)
