"""The record: what stands beside every fact in the ledger — who, why, what caused it, when, at which place."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, TypeVar

F_co = TypeVar("F_co", covariant=True)

Surety = Literal["authenticated", "claimed", "engine"]


@dataclass(frozen=True, slots=True)
class Who:
    """An actor, how surely we know that it was they, and whom they named with `--as`."""

    name: str
    surety: Surety
    acting_as: str = ""


@dataclass(frozen=True, slots=True)
class EventMetadata:
    """What is known of a fact before it is recorded."""

    id: str
    """The fact's own id, unique in the ledger."""
    who: Who
    subject: str = ""
    """The deployment (`project/name`) or project it is about; empty for what concerns the whole ledger."""
    reason: str = ""
    ticket: str = ""
    cause: str = ""
    """The id of the fact that led to this one."""
    correlation: str = ""
    """The id of the order that all this belongs to."""
    observed_at: datetime | None = None
    observed_by: str = ""
    build: str = ""
    origin: tuple[tuple[str, str], ...] = ()
    """Git's repository, ref and commit, the CI run: name and value."""


@dataclass(frozen=True, slots=True)
class UncommittedFact(Generic[F_co]):
    """A fact with its metadata, about to be appended."""

    fact: F_co
    metadata: EventMetadata


@dataclass(frozen=True, slots=True)
class Recorded(Generic[F_co]):
    """A fact at its place: a position in the ledger's one order, a version in its stream, a time that never runs backwards."""

    position: int
    stream: str
    version: int
    recorded_at: datetime
    fact: F_co
    metadata: EventMetadata


@dataclass(frozen=True, slots=True)
class Append(Generic[F_co]):
    """Facts that shall stand in a stream right after its version `expected` (0: the stream is new)."""

    stream: str
    expected: int
    notes: tuple[UncommittedFact[F_co], ...]


@dataclass(frozen=True, slots=True)
class Lease:
    """Leadership of a ledger: who holds it and the number that every one of the leader's appends is checked against."""

    holder: str
    epoch: int
    unled_since: datetime | None = field(default=None, compare=False)
    """Of one newly taken: when the one before was given up, or ran out; None where that is not known."""
    lost_by: str = field(default="", compare=False)
    """Of one newly taken: whose had run out; empty where it was given up."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text kept apart from the facts that name it by digest: a submitted spec, a manifest, a server's answer."""

    digest: str
    body: bytes
