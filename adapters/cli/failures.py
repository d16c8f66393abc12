"""Failures as a person or a program meets them: one sentence, the way out, an exit code that says which kind it was."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from adapters.terminal import cut, escaped, indented
from domain.errors import (
    Conflict,
    Contested,
    DeadreckonError,
    NotFound,
    NotLeading,
    Refused,
    Rejected,
    Unfit,
    Unreachable,
    Unsound,
)

if TYPE_CHECKING:
    from adapters.cli.screen import Screen
    from adapters.spec_file.problems import Problem

FAILED, USAGE, REFUSED, NO_SUCH, UNREACHABLE, FASTER, OURS, INTERRUPTED = 1, 2, 3, 4, 5, 6, 70, 130


@dataclass(frozen=True, slots=True)
class Failure:
    """What a command could not do: the exit code, the machine's word, the sentence, the way out, what is wrong in a file."""

    exit: int
    code: str
    message: str
    hint: str = ""
    problems: "tuple[Problem, ...]" = ()

    def as_json(self) -> str:
        """Write it in the documented form; `at` and `problems` are left out where no file is concerned."""
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.problems:
            first = self.problems[0]
            error["at"] = {"file": first.file, "line": first.line, "column": first.column, "path": first.path}
            error["problems"] = [asdict(problem) for problem in self.problems]
        if self.hint:
            error["hint"] = self.hint
        return escaped(json.dumps({"error": error}, ensure_ascii=False))


def failure_of(error: BaseException) -> Failure:
    """Say which failure an exception is, without the credentials that its words may repeat (a URL with a login)."""
    from adapters.cli.cures import CURES

    failure = _failure_of(error)
    return _without_credentials(replace(failure, hint=failure.hint or CURES.get(failure.code, "")))


def _without_credentials(failure: Failure) -> Failure:
    from domain.masks import NOTHING_KNOWN  # opened late: only a failure pays for it

    return replace(failure, message=NOTHING_KNOWN.hide(failure.message), hint=NOTHING_KNOWN.hide(failure.hint))


def _failure_of(error: BaseException) -> Failure:  # noqa: C901, PLR0911 (one line a kind)
    from adapters.desk.bad_spec import BadSpec  # opened late: only a failure pays for it

    match error:
        case BadSpec(code=code, message=message, hint=hint, problems=problems):
            return Failure(REFUSED, code, message, hint, problems)
        case NotFound(code=code, message=message, hint=hint):
            return Failure(NO_SUCH, code, message, hint)
        case Refused(code="version-moved", message=message, hint=hint):
            return Failure(FASTER, "version-moved", message, hint)
        case Refused(code=code, message=message, hint=hint):
            return Failure(REFUSED, code, message, hint)
        case Unfit(message=message, hint=hint):
            return Failure(REFUSED, "unfit", message, hint)
        case Unsound(message=message, hint=hint):
            return Failure(REFUSED, "unsound", message, hint)
        case Conflict():
            return Failure(FASTER, "conflict", f"{error}, again and again", hint="nothing was recorded; try once more")
        case Unreachable():
            return Failure(UNREACHABLE, "unreachable", str(error))
        case Rejected():
            return Failure(FAILED, "rejected", f"the cluster said no: {error}", hint=_who_may(error))
        case Contested() | NotLeading():
            return Failure(FASTER, "contested", str(error))
        case KeyboardInterrupt():
            return Failure(INTERRUPTED, "interrupted", "interrupted")
        case _:
            kind = "" if isinstance(error, DeadreckonError) else f"{type(error).__name__}: "
            hint = "this is a fault of ours; report it with the trace that RECKON_TRACE=1 shows"
            return Failure(OURS, "fault", f"{kind}{error}", hint)


def _who_may(error: Rejected) -> str:
    """Say who gives the right that is missing, where it is one."""
    if not (error.rejection.reason == "Forbidden" and " cannot " in error.rejection.message):
        return ""
    given = "an administrator lets you into a project: reckon project grant NAME --user YOU"
    return f"{given}; what holds for all projects is an administrator's to do (docs/install.md)"


def tell(failure: Failure, screen: "Screen") -> None:
    """Write a failure to stderr, in the form of the answer that was asked for."""
    if failure.exit == INTERRUPTED:
        return
    failure = _without_credentials(failure)  # also of usage, which no exception of ours tells
    failure = replace(failure, message=cut(failure.message), hint=cut(failure.hint))
    if screen.format in {"json", "jsonl", "yaml"}:
        sys.stderr.write(failure.as_json() + "\n")
        return
    from rich.text import Text  # opened late: only a failure pays for it

    if failure.problems:
        from adapters.cli.changing.problems import as_line

        for problem in failure.problems:
            screen.errors.print(as_line(problem, "error"), soft_wrap=True)
        return
    screen.errors.print(Text.assemble(("error: ", "bold red"), indented(failure.message)), soft_wrap=True)
    if failure.hint:
        screen.errors.print(Text.assemble(("hint: ", "bold"), indented(failure.hint)), soft_wrap=True)


def nearest(name: str, names: Iterable[str]) -> str:
    """Give the known name that a misspelt one most likely meant, empty when none is near."""
    by_lower = {known.lower(): known for known in names}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else ""
