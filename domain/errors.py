"""The failures that Deadreckon knows by name, and what each asks of whoever meets it.

*Refused* goes to the caller. *Conflict*, *Unreachable* and *Contested* are turned again after a while. *Unfit* stops the start.
*Unsound* stops what it is about, and nothing else.
Whatever is none of these is a bug.
"""

from dataclasses import dataclass


class DeadreckonError(Exception):
    """Something that Deadreckon has a word for."""


class Refused(DeadreckonError):
    """An order that the rules do not allow; nothing has changed."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        """Keep the machine's word (`code`), the person's sentence, and the way out where there is one."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class Unrecordable(Refused):
    """Something that may not be written, since it could not be read back: nothing has changed."""

    def __init__(self, what: str, field: str, why: str) -> None:
        """Name what was to be recorded, the field, and what is wrong with it."""
        message = f"{what} cannot be recorded: {field or 'it'} {why}"
        super().__init__("unrecordable", message, "nothing was recorded; what is given must be as it can be read back")
        self.what = what
        self.field = field
        self.why = why


class NotFound(Refused):
    """There is no such deployment, version, project, replica or event."""


class Conflict(DeadreckonError):
    """Someone else wrote to the stream first: load, decide again."""

    def __init__(self, stream: str, expected: int) -> None:
        """Name the stream and the version that it was expected to stand at."""
        super().__init__(f"{stream} has moved on from version {expected}")
        self.stream = stream
        self.expected = expected


class NotLeading(DeadreckonError):
    """The lease that came with an append is no longer the newest: stop acting."""


class Unfit(DeadreckonError):
    """A ledger, library or setting that would lose facts or mix up clusters: refuse to start, and say why."""

    def __init__(self, message: str, hint: str = "") -> None:
        """Say what is wrong, and the cure where there is one."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class Unsound(DeadreckonError):
    """The ledger holds what is not what it says it is: it is never used, and what does not need it goes on."""

    def __init__(self, message: str, hint: str = "", *, stream: str = "") -> None:
        """Say what stands where; `stream` names one that cannot be written to because of it."""
        super().__init__(message)
        self.message = message
        self.hint = hint or "`reckon verify` says what else is wrong; see docs/operating.md, a row that is unsound"
        self.stream = stream


class Unreachable(DeadreckonError):
    """The other side did not answer; whether a write arrived is unknown."""


class Contested(DeadreckonError):
    """The object changed between the reading and the writing (HTTP 409)."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """The API server's own no: an HTTP status, its machine word, its sentence."""

    status: int
    reason: str
    message: str


class Rejected(DeadreckonError):
    """The cluster refused a request for good; the same request again would be refused again."""

    def __init__(self, rejection: Rejection) -> None:
        """Keep the API server's own words."""
        super().__init__(f"{rejection.reason}: {rejection.message}")
        self.rejection = rejection
