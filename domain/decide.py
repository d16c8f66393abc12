"""The rules for people's orders: an order and what is known become facts, or a refusal that says why and what to do.

Everything that an order needs from outside (the rendering, the digest, the time) comes with it; nothing here looks anything up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from shlex import quote
from typing import assert_never

from domain import hold as holds
from domain.deployment import Deployment, Version
from domain.errors import NotFound, Refused
from domain.last_good_version import way_back
from domain.names import Key, Names
from domain.orders import (
    ERRORS,
    DeletionOrdered,
    Fill,
    Held,
    OrderFact,
    Origin,
    Rendered,
    Resumed,
    SubmissionRefused,
    Submitted,
    first_errors,
)
from domain.unsound import HOW_TO_GO_ON

SUBMISSION = Origin("submit")


@dataclass(frozen=True, slots=True)
class PreparedVersion:
    """A spec, resolved and rendered for one incarnation of a deployment: all of a version but its number."""

    incarnation: int
    source: str
    spec: str
    objects: tuple[Rendered, ...]
    template: str
    image: str
    digest: str
    machine_type: str
    replicas: int
    enabled: bool
    deadline: int
    secrets: tuple[tuple[str, int], ...] = ()
    catalogue: str = ""
    ceiling: int = 0
    fills: tuple[Fill, ...] = ()
    endpoint: str = ""
    wider_secrets: tuple[tuple[str, str], ...] = ()
    registry: tuple[str, int] | None = None

    @classmethod
    def again(cls, order: Submitted) -> "PreparedVersion":
        """Take an earlier version's rendering as it is."""
        return cls(
            incarnation=order.incarnation,
            source=order.source,
            spec=order.spec,
            objects=order.objects,
            template=order.template,
            image=order.image,
            digest=order.digest,
            machine_type=order.machine_type,
            replicas=order.replicas,
            enabled=order.enabled,
            deadline=order.deadline,
            secrets=order.secrets,
            catalogue=order.catalogue,
            ceiling=order.ceiling,
            fills=order.fills,
            endpoint=order.endpoint,
            wider_secrets=order.wider_secrets,
            registry=order.registry,
        )

    def submitted(self, number: int, key: str, origin: Origin) -> Submitted:
        """Give the version that this becomes under a number."""
        return Submitted(
            number=number,
            key=key,
            origin=origin,
            incarnation=self.incarnation,
            source=self.source,
            spec=self.spec,
            objects=self.objects,
            template=self.template,
            image=self.image,
            digest=self.digest,
            machine_type=self.machine_type,
            replicas=self.replicas,
            enabled=self.enabled,
            deadline=self.deadline,
            secrets=self.secrets,
            catalogue=self.catalogue,
            ceiling=self.ceiling,
            fills=self.fills,
            endpoint=self.endpoint,
            wider_secrets=self.wider_secrets,
            registry=self.registry,
        )


@dataclass(frozen=True, slots=True)
class Submit:
    """Make this the desired state. `key` tells a retry from a second submission; `if_version` refuses when someone was faster."""

    prepared: PreparedVersion
    key: str
    origin: Origin = SUBMISSION
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Put on record that a submission was turned away, and where it was wrong; `document` is its digest.

    `more` errors were counted only; `about` and `name` are as in `SubmissionRefused`.
    """

    codes: tuple[str, ...]
    places: tuple[str, ...]
    document: str
    more: int = 0
    about: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """Let everything of it go from the cluster; the history stays."""

    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Leave it as it is until a time, or until someone says resume."""

    reason: str
    now: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """Act again."""

    now: datetime


Command = Submit | Refuse | Delete | Hold | Resume


def decide(deployment: Deployment, command: Command) -> tuple[OrderFact, ...]:
    """Answer an order with facts; one that changes nothing gets (). Raises Refused, NotFound."""
    if deployment.unsound and isinstance(command, Submit | Delete):
        raise Refused("unsound", next(iter(deployment.unsound.values())), hint=HOW_TO_GO_ON)
    match command:
        case Submit():
            return _submit(deployment, command)
        case Refuse(codes, places, document, more, about, name):
            first = (first_errors(codes, more), first_errors(places, more))
            return (SubmissionRefused(*first, document, about[:ERRORS], name),)
        case Delete(if_version):
            return _delete(deployment, if_version)
        case Hold():
            _there(deployment)
            return hold(deployment.hold, command)
        case Resume(now):
            return resume(deployment.hold, now, deployment.key.name)
        case _:
            assert_never(command)


def _submit(deployment: Deployment, command: Submit) -> tuple[OrderFact, ...]:
    if any(version.order.key == command.key for version in deployment.versions):
        return ()
    _unmoved(deployment, command.if_version)
    if command.prepared.incarnation != next_incarnation(deployment):
        raise Refused(
            "version-moved",
            f"{deployment.key.name!r} was deleted or made anew in the meantime",
            hint="look at what stands now, then submit again",
        )
    newest = deployment.newest
    number = newest.number + 1 if newest else 1
    return (command.prepared.submitted(number, command.key, command.origin),)


def _unmoved(deployment: Deployment, if_version: int | None) -> None:
    newest = deployment.wanted
    stands = newest.number if newest else 0
    if if_version is not None and if_version != stands:
        who = f"version {stands} stands" if stands else "there is no such deployment"
        raise Refused(
            "version-moved",
            f"you built on version {if_version} of {deployment.key.name!r}, but {who} now: someone was faster",
            hint="look at the difference, then order again with the number that stands",
        )


def _delete(deployment: Deployment, if_version: int | None) -> tuple[OrderFact, ...]:
    version = present(deployment)
    _unmoved(deployment, if_version)
    return (DeletionOrdered(version.order.incarnation),)


def _there(deployment: Deployment) -> None:
    if not deployment.exists:
        present(deployment)


def present(deployment: Deployment) -> Version:
    """Give the version that shall run. Raises Refused (it was deleted), NotFound (there never was one)."""
    if deployment.wanted:
        return deployment.wanted
    name = deployment.key.name
    if deployment.newest is None:
        raise NotFound("no-such-deployment", f"there is no deployment {name!r} in project {deployment.key.project!r}")
    state = "is being deleted" if deployment.removing else "was deleted"
    back = f", or with: reckon rollback {quote(name)}" if way_back(deployment) else ""
    said = f"{name!r} {state}; its last version was {deployment.newest.number}"
    raise Refused("deleted", said, hint=f"bring it back with a submission{back}")


def next_incarnation(deployment: Deployment) -> int:
    """Give the incarnation that the next version belongs to: a submission after a deletion begins a new one."""
    newest = deployment.newest
    if newest is None:
        return 1
    return newest.order.incarnation if deployment.wanted else newest.order.incarnation + 1


def hold(standing: holds.ActiveHold | None, order: Hold) -> tuple[OrderFact, ...]:
    """Decide on a hold of a deployment, a project or all; the same hold again is no news."""
    if not order.reason.strip():
        raise Refused("reason-missing", "a hold needs a reason: who comes after you must know why", hint="--reason TEXT")
    if order.until is not None and order.until <= order.now:
        raise Refused("past", "a hold must end in the future", hint="--for 30m, say, or leave it out")
    if standing and standing.holds(order.now) and (standing.until, standing.reason) == (order.until, order.reason):
        return ()
    return (Held(order.until),)


def resume(standing: holds.ActiveHold | None, now: datetime, what: str) -> tuple[OrderFact, ...]:
    """Decide on the end of a hold. Raises Refused when nothing is held."""
    if standing is None:
        raise Refused("not-held", f"{what} is not held: there is nothing to resume")
    if not standing.holds(now):
        raise Refused("not-held", f"the hold of {what} ran out by itself: there is nothing to resume")
    return (Resumed(),)


def free_of_collision(key: Key, names: Names, others: Iterable[tuple[Key, Names]]) -> None:
    """See that no other project has its namespace, and no other deployment its objects' name there. Raises Refused."""
    for other, theirs in others:
        if other.project != key.project and theirs.namespace == names.namespace:
            raise Refused(
                "name-collision",
                f"project {other.project!r} has namespace {names.namespace!r} already: {key.project!r} would share it",
                hint="submit it in a project with another name",
            )
        if other.project == key.project and other != key and theirs.workload == names.workload:
            raise Refused(
                "name-collision",
                f"{key.name!r} and {other.name!r} of project {key.project!r} would share their objects' name {names.workload!r}",
                hint="choose another name",
            )
