"""Which versions ran with a secret, and from when to when each of them was the one that was wanted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.facts import Fact
from domain.orders import DeletionOrdered, Submitted
from domain.project import PROJECT
from domain.record import Recorded


@dataclass(frozen=True, slots=True)
class SecretUse:
    """A version of a deployment that was rendered with a version of a secret; `until` is None while it is the wanted one."""

    subject: str
    version: int
    pinned: int
    scope: str
    who: str
    since: datetime
    until: datetime | None
    position: int
    acting_as: str = ""
    """In whose name `who` ordered it; empty: in their own."""


def uses(orders: Iterable[Recorded[Fact]], name: str, pinned: int | None = None) -> tuple[SecretUse, ...]:
    """Give the uses of a secret (in one of its versions, or in any) by one deployment; `orders` are its own, oldest first."""
    found: list[SecretUse] = []
    last: Recorded[Fact] | None = None
    for recorded in orders:
        if not isinstance(recorded.fact, Submitted | DeletionOrdered):
            continue
        if last is not None:
            found += _use(last, recorded.recorded_at, name)
        last = recorded
    if last is not None:
        found += _use(last, None, name)
    return tuple(use for use in found if pinned in {None, use.pinned})


def _use(recorded: Recorded[Fact], until: datetime | None, name: str) -> list[SecretUse]:
    order = recorded.fact
    if not isinstance(order, Submitted) or name not in dict(order.secrets):
        return []
    scope = dict(order.wider_secrets).get(name, PROJECT)
    who, subject = recorded.metadata.who, recorded.metadata.subject
    since, version = recorded.recorded_at, dict(order.secrets)[name]
    return [SecretUse(subject, order.number, version, scope, who.name, since, until, recorded.position, who.acting_as)]
