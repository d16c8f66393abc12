"""Writes that others asked of the API server, as its own audit log tells them: the only record that names the person.

Stream `audited/<project>/<name>`; what is about a whole project (its namespace, its Secrets) stands in the project's, what is
about a node in the cluster's. Nothing of what a request or an answer holds is kept: only who asked for what, and what came of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.objects import ObjectRef
from domain.repeats import NEVER, RepeatCount, count_told

KEPT = 64
"""Requests that a fold remembers, the newest: enough to say who did what has just been seen."""
EACH = 3
"""So many refusals of one kind are told one by one, later ones when their number has doubled."""
KINDS, OTHERS = 32, "others"
"""So many kinds of refusals are counted apart, all others together."""
REFUSED = 300
"""The first HTTP status that is no success."""


@dataclass(frozen=True, slots=True)
class RequestWitnessed:
    """Another than an engine of this ledger wrote, or tried to.

    `ref` has no name where a whole collection was deleted. `subresource` is such as `eviction` or `scale`. `uid` and
    `resource_version` are those of the object after the write, empty where the log's level leaves them out. `user` is who
    the API server authenticated, `acting_as` whom it was asked to take them for. `manager` is the field manager that was named.
    `code` and `message` are its answer; `message` is empty on success. `at` is when it received the request.
    """

    audit_id: str
    verb: str
    ref: ObjectRef
    subresource: str
    uid: str
    resource_version: str
    user: str
    manager: str
    user_agent: str
    code: int
    message: str
    at: datetime
    acting_as: str = ""
    answered_at: datetime | None = None
    """When it had answered: the write was done before that, and not before `at`."""
    count: int = 1
    """How many like it were refused up to this one; all but the first few are told only when their number has doubled."""

    @property
    def succeeded(self) -> bool:
        """Tell whether the API server did it."""
        return 0 < self.code < REFUSED

    @property
    def identity(self) -> tuple[str, str, datetime]:
        """Name what makes it itself: whoever asks chooses the Audit-ID, and may choose one of before."""
        return self.audit_id, self.user, self.at

    @property
    def likeness(self) -> str:
        """Name what makes two alike: writes of one user to one object, and what one user is refused in one namespace.

        As whom a user asked does not count with refusals: else one who may ask as anybody would be told for each name.
        """
        what = (self.user, self.verb, self.ref.kind, self.ref.namespace, self.subresource)
        return "\n".join((*what, self.acting_as, self.ref.name) if self.succeeded else (*what, str(self.code)))


@dataclass(frozen=True, slots=True)
class Requests:
    """The newest requests about a deployment, a project or the cluster, and how often refusals were told."""

    newest: tuple[RequestWitnessed, ...] = ()
    refusals: Mapping[str, RepeatCount] = field(default_factory=dict[str, RepeatCount])

    def taking(self, request: RequestWitnessed) -> "Requests":
        """Take one in."""
        newest = (*self.newest[-(KEPT - 1) :], request)
        if request.succeeded:
            return Requests(newest, self.refusals)
        return Requests(newest, count_told(self.refusals, self._kind(request), request.count))

    def knows(self, request: RequestWitnessed) -> bool:
        """Tell whether it is among the newest."""
        return any(one.identity == request.identity for one in self.newest)

    def told(self, request: RequestWitnessed) -> RepeatCount:
        """Give how many refusals like this one were counted and told."""
        return self.refusals.get(self._kind(request), NEVER)

    def _kind(self, request: RequestWitnessed) -> str:
        """Give what a refusal is counted as; the users are endless, so from some number of kinds on all others are one."""
        known = request.likeness in self.refusals or len(self.refusals) < KINDS
        return request.likeness if known else OTHERS
