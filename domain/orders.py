"""What people order, as facts: submissions, refusals, deletions, holds. Stream `deployment/<project>/<name>`.

Texts stand apart: `source` (as submitted), `spec` (normalised) and each object's `body` (rendered) are digests of documents.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.names import Names
from domain.objects import Kind, ObjectRef

OriginKind = Literal["submit", "rollback", "start", "stop", "scale", "set"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """One object of a version: where it stands and the digest of its manifest."""

    ref: ObjectRef
    body: str


@dataclass(frozen=True, slots=True)
class Fill:
    """One integration of a version that is filled before it is applied: the job that does it and the claim that holds it.

    `identity` is what the source stood at when the version was submitted (a commit, a digest of what a bucket holds); empty
    when it could not be asked then: the job finds out.
    """

    integration: str
    claim: ObjectRef
    job: ObjectRef
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a version came from: a submitted spec, or a change of version `of` (0: none)."""

    kind: OriginKind
    of: int = 0


@dataclass(frozen=True, slots=True)
class Submitted:
    """A new immutable version: the desired state from now on."""

    number: int
    incarnation: int
    key: str
    """The idempotency key of the order: the same order again makes no second version."""
    origin: Origin
    source: str
    spec: str
    objects: tuple[Rendered, ...]
    template: str
    """The digest of the pod template; a version with an equal one restarts nothing."""
    image: str
    digest: str
    """`sha256:…` that the image's name stood for, or empty when its registry could not be asked."""
    machine_type: str
    replicas: int
    """How many shall run: 0 while stopped."""
    enabled: bool
    deadline: int
    """Seconds that the rollout may stand still."""
    secrets: tuple[tuple[str, int], ...] = ()
    """Name and version of each secret that this version runs with."""
    catalogue: str = ""
    ceiling: int = 0
    """How many the autoscaler may run; 0 without one, and then `replicas` is the number."""
    fills: tuple[Fill, ...] = ()
    endpoint: str = ""
    """The URL under which it is reached from outside; empty where the platform has no ingress."""
    wider_secrets: tuple[tuple[str, str], ...] = ()
    """Name and scope (`cluster`, `team`) of each of `secrets` that is not the project's own."""
    registry: tuple[str, int] | None = None
    """Name and version of the stored registry whose login pulls the image."""

    @property
    def names(self) -> Names | None:
        """Give the names under which it was rendered; None where it has no objects."""
        workloads = (rendered.ref for rendered in self.objects if rendered.ref.kind == Kind.DEPLOYMENT.value)
        return next((Names(ref.namespace, ref.name) for ref in workloads), None)


@dataclass(frozen=True, slots=True)
class SubmissionRefused:
    """A submission that was not accepted: what was wrong and where, and the document's digest, never its text.

    Of very many errors the first stand here, and as the last element how many more there were.
    """

    codes: tuple[str, ...]
    places: tuple[str, ...]
    document: str
    about: tuple[str, ...] = ()
    """What each error is about: a field of the file or, where the file was right, what was refused, in words."""
    name: str = ""
    """The deployment that it was meant for, as far as that can be read."""

    @property
    def errors(self) -> int:
        """Count all errors, also those that are only counted."""
        more = _MORE.fullmatch(self.codes[-1]) if self.codes else None
        return len(self.codes) - 1 + int(more[1]) if more else len(self.codes)


ERRORS = 50
"""Errors of a refused submission that are put on record, each with its place."""
_MORE = re.compile(r"… and (\d{1,9}) more")


def first_errors(told: tuple[str, ...], more: int = 0) -> tuple[str, ...]:
    """Give the first codes or places, and how many more there are: a file of thousands of errors fills no ledger.

    `more` were left out before.
    """
    more += max(0, len(told) - ERRORS)
    return (*told[:ERRORS], f"… and {more} more") if more and told else told


@dataclass(frozen=True, slots=True)
class DeletionOrdered:
    """The deployment's objects shall go; its history stays."""

    incarnation: int


@dataclass(frozen=True, slots=True)
class Held:
    """Leave it as it is: recorded, not acted upon. The scope is the stream's: a deployment, a project, or all (`cluster`)."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Resumed:
    """Act again."""


@dataclass(frozen=True, slots=True)
class MarksOverruled:
    """A person has looked at the doubted marks of these objects: they mean nothing, and the deployment is acted upon again."""

    objects: tuple[ObjectRef, ...]


@dataclass(frozen=True, slots=True)
class ValuesRevealed:
    """Someone had the literal values of env and headers of these versions shown."""

    versions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HostTaken:
    """From here on a host name is that of the deployment which this is about. Stream `host/<name>`."""

    host: str


OrderFact = Submitted | HostTaken | SubmissionRefused | DeletionOrdered | Held | Resumed | MarksOverruled | ValuesRevealed
