"""What stands in the ledger and cannot be read: never written, and never skipped in silence.

Reading gives it in the place of the fact. Nobody decides about a deployment on a fold that misses a fact: it is held, with
this as the reason, until a build that can read it comes or a person puts on record that it is left out. All others go on.
"""

from dataclasses import dataclass

from domain.names import Key

HOW_TO_GO_ON = "where a newer build wrote it, run that build or a later one; `reckon verify` names all that is unsound"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that is no fact of ours. It has no stored name: it is made by reading, and by nobody else."""

    name: str
    """The name it stands under."""
    why: str
    """What is wrong with it, in a sentence that names its place."""
    unknown: bool = False
    """Its bytes may be well: this build does not know its name. A newer one may."""
    everything: bool = False
    """It stands where facts about all deployments stand, or about a whole project."""


@dataclass(frozen=True, slots=True)
class RowSetAside:
    """A person has looked at a row that cannot be read: every fold passes over it from now on. The row stays as it is.

    `digest` is the SHA-256 of its bytes, of which there are `size`: whether these are still the bytes can be checked for ever.
    """

    position: int
    name: str
    digest: str
    size: int
    why: str
    """What was wrong with it; who left it out, and for which reason, stands beside the fact."""


@dataclass(frozen=True, slots=True)
class ObservationRefused:
    """Something that was seen, answered or decided cannot be kept, and was left out: which field of what, and why. Told once."""

    what: str
    field: str
    why: str
    source: str = ""
    """Whose it was: an object, a replica, a stream."""


UnsoundFact = RowSetAside | ObservationRefused

NONSENSE = (ArithmeticError, ValueError, LookupError, TypeError, AttributeError)
"""What a fold or a sentence meets in a fact that can be read and makes no sense."""

_OF_ONE = frozenset({"deployment", "seen"})
_OF_ONE_OR_MORE = frozenset({"actions", "audited"})


def concerned(stream: str, subject: str) -> tuple[str, bool]:
    """Tell whom a row touches that cannot be read: a subject, and whether it is about all of it (empty subject: everything).

    `subject` is what the row is looked up by; the stream's name counts first, since it says which fold misses a fact.
    """
    kind, _, rest = stream.partition("/")
    if kind in _OF_ONE or (kind in _OF_ONE_OR_MORE and "/" in rest):
        return _of_one(rest)
    if kind in {"project", *_OF_ONE_OR_MORE}:
        return ("" if rest.startswith("*") else rest), bool(rest)
    if kind == "cluster":
        return "", True
    return _of_one(subject) if kind == "replica" else (subject, bool(subject) and "/" not in subject)


def _of_one(subject: str) -> tuple[str, bool]:
    key = Key.of(subject)
    return (subject, False) if key.project and key.name else ("", False)


def set_aside(fact: object) -> int | None:
    """Give the position of the row that a fact puts on record as left out; None for every other fact."""
    return fact.position if isinstance(fact, RowSetAside) else None
